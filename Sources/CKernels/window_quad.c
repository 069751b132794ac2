#include <string.h>

#include "window.h"

// Windows of 2 × 2 with stride 2: each element belongs to one window, so the adjoint stores where the general form adds. Rows are taken 16, 8 or 4
// outputs at a time; the last vector of a row overlaps the one before, and the only one of a short row reaches into the next row, which is made later.

/// How many elements before they are written lines are asked for.
enum { AHEAD = 512 };

#pragma clang diagnostic ignored "-Wpsabi"

/// Whether `value` replaces `best`: larger, or the first NaN.
CK_INLINE bool takes(float value, float best) { return value > best || (value != value && best == best); }

/// Vectors of N outputs: even and odd elements of 2N adjacent ones, and what `takes` is of vectors.
#define DEFINE_VECTORS(N, EVEN, ODD, LOW, HIGH) \
    typedef float v##N __attribute__((ext_vector_type(N), aligned(4))); \
    typedef int32_t m##N __attribute__((ext_vector_type(N), aligned(4))); \
    CK_INLINE void split##N(const float *x, v##N *even, v##N *odd) { \
        v##N low = *(const v##N *)x, high = *(const v##N *)(x + N); \
        *even = __builtin_shufflevector(low, high, EVEN); \
        *odd = __builtin_shufflevector(low, high, ODD); \
    } \
    CK_INLINE void merge##N(const v##N *even, const v##N *odd, float *x) { \
        *(v##N *)x = __builtin_shufflevector(*even, *odd, LOW); \
        *(v##N *)(x + N) = __builtin_shufflevector(*even, *odd, HIGH); \
    } \
    /* Where `value` is larger, or the first NaN. */ \
    CK_INLINE void beats##N(const v##N *value, const v##N *best, m##N *is_better) { *is_better = ~(*value <= *best) & (*best == *best); } \
    /* The winners of the upper and lower two of each window's elements x, and of these two: the maximum. */ \
    CK_INLINE void find##N(const v##N *x, v##N *best, m##N *is_odd, m##N *is_below) { \
        beats##N(&x[1], &x[0], &is_odd[0]); \
        beats##N(&x[3], &x[2], &is_odd[1]); \
        const v##N upper = is_odd[0] ? x[1] : x[0], lower = is_odd[1] ? x[3] : x[2]; \
        beats##N(&lower, &upper, is_below); \
        *best = *is_below ? lower : upper; \
    } \
    CK_INLINE void maximum##N(const float *a, const float *b, float *y, int64_t o) { \
        v##N best, x[4]; \
        m##N is_odd[2], is_below; \
        split##N(a + 2 * o, &x[0], &x[1]); \
        split##N(b + 2 * o, &x[2], &x[3]); \
        find##N(x, &best, is_odd, &is_below); \
        *(v##N *)(y + o) = best; \
    } \
    CK_INLINE void scatter##N(const float *a, const float *b, const float *v, float *y, float *z, int64_t o) { \
        v##N best, x[4], value = *(const v##N *)(v + o), share[4]; \
        m##N is_odd[2], is_below; \
        split##N(a + 2 * o, &x[0], &x[1]); \
        split##N(b + 2 * o, &x[2], &x[3]); \
        find##N(x, &best, is_odd, &is_below); \
        share[0] = ~is_below & ~is_odd[0] ? value : 0.0f; \
        share[1] = ~is_below & is_odd[0] ? value : 0.0f; \
        share[2] = is_below & ~is_odd[1] ? value : 0.0f; \
        share[3] = is_below & is_odd[1] ? value : 0.0f; \
        merge##N(&share[0], &share[1], y + 2 * o); \
        merge##N(&share[2], &share[3], z + 2 * o); \
    } \
    CK_INLINE void gather##N(const float *a, const float *b, const float *v, const float *w, float *y, int64_t o) { \
        v##N best, x[4], from[4]; \
        m##N is_odd[2], is_below; \
        split##N(a + 2 * o, &x[0], &x[1]); \
        split##N(b + 2 * o, &x[2], &x[3]); \
        find##N(x, &best, is_odd, &is_below); \
        split##N(v + 2 * o, &from[0], &from[1]); \
        split##N(w + 2 * o, &from[2], &from[3]); \
        const v##N upper = is_odd[0] ? from[1] : from[0], lower = is_odd[1] ? from[3] : from[2]; \
        *(v##N *)(y + o) = is_below ? lower : upper; \
    }
#define PICK(...) __VA_ARGS__
DEFINE_VECTORS(4, PICK(0, 2, 4, 6), PICK(1, 3, 5, 7), PICK(0, 4, 1, 5), PICK(2, 6, 3, 7))
DEFINE_VECTORS(8, PICK(0, 2, 4, 6, 8, 10, 12, 14), PICK(1, 3, 5, 7, 9, 11, 13, 15), PICK(0, 8, 1, 9, 2, 10, 3, 11), PICK(4, 12, 5, 13, 6, 14, 7, 15))
DEFINE_VECTORS(16, PICK(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), PICK(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
               PICK(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), PICK(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))

/// Which of one window's elements is the maximum.
CK_INLINE int find1(const float *a, const float *b) {
    int at = takes(a[1], a[0]) ? 1 : 0;
    float best = a[at];
    if (takes(b[0], best)) at = 2, best = b[0];
    return takes(b[1], best) ? 3 : at;
}

CK_INLINE void maximum1(const float *a, const float *b, float *y, int64_t o) {
    const int at = find1(a + 2 * o, b + 2 * o);
    y[o] = at < 2 ? a[2 * o + at] : b[2 * o + at - 2];
}

CK_INLINE void scatter1(const float *a, const float *b, const float *v, float *y, float *z, int64_t o) {
    const int at = find1(a + 2 * o, b + 2 * o);
    for (int k = 0; k < 2; k++) {
        y[2 * o + k] = at == k ? v[o] : 0;
        z[2 * o + k] = at == k + 2 ? v[o] : 0;
    }
}

CK_INLINE void gather1(const float *a, const float *b, const float *v, const float *w, float *y, int64_t o) {
    const int at = find1(a + 2 * o, b + 2 * o);
    y[o] = at < 2 ? v[2 * o + at] : w[2 * o + at - 2];
}

/// Whether vectors of n outputs from the first of a row on end before the planes and outputs do, all of which are made.
#define HAS_ROOM(n) (is_exact && at + width + 2 * (n) <= elements && row * count + (n) <= outputs)

/// A row by the widest vectors that fit.
#define TAKE_ROW(form, ...) \
    if (count >= 16 || (count > 8 && HAS_ROOM(16))) { \
        for (int64_t o = 0; o < count; o += 16) form##16(__VA_ARGS__, ck_max(0, ck_min(o, count - 16))); \
    } else if (count >= 8 || (count > 4 && HAS_ROOM(8))) { \
        for (int64_t o = 0; o < count; o += 8) form##8(__VA_ARGS__, ck_max(0, ck_min(o, count - 8))); \
    } else if (count >= 4 || (count > 1 && HAS_ROOM(4))) { \
        for (int64_t o = 0; o < count; o += 4) form##4(__VA_ARGS__, ck_max(0, ck_min(o, count - 4))); \
    } else { \
        for (int64_t o = 0; o < count; o++) form##1(__VA_ARGS__, o); \
    }

/// A statement for each row of outputs of adjacent planes: `row` counts them, `at` is where their first row of elements begins.
#define FOR_ROWS(p, planes) \
    const bool is_exact = is_covered(p); \
    const int64_t width = (p)->size[2], count = (p)->output[2], high = (p)->output[1], slabs = (planes) * (p)->output[0]; \
    const int64_t elements = slabs * (p)->size[1] * width, outputs = slabs * high * count; \
    for (int64_t slab = 0; slab < slabs; slab++) \
        for (int64_t h = 0, row = slab * high, at = slab * (p)->size[1] * width; h < high; h++, row++, at += 2 * width)

/// Whether each element is in a window; odd sizes leave a column and a row outside.
static inline bool is_covered(const ck_window_args *p) { return p->output[1] * 2 == p->size[1] && p->output[2] * 2 == p->size[2]; }

CK_CLONES void ck_window_quad_maximum(const ck_window_args *p, int64_t planes, const float *x, float *y) {
    FOR_ROWS(p, planes) {
        const float *a = x + at, *b = a + width;
        float *to = y + row * count;
        TAKE_ROW(maximum, a, b, to)
    }
}

CK_CLONES void ck_window_quad_scatter(const ck_window_args *p, int64_t planes, const float *x, const float *v, float *y) {
    if (!is_covered(p)) memset(y, 0, (size_t)(planes * ck_window_size(p)) * sizeof *y);
    FOR_ROWS(p, planes) {
        const float *a = x + at, *b = a + width, *slopes = v + row * count;
        float *to = y + at, *below = to + width;
        for (int64_t i = at + AHEAD; i < ck_min(elements, at + AHEAD + 2 * width); i += 16) __builtin_prefetch(y + i, 1);
        TAKE_ROW(scatter, a, b, slopes, to, below)
    }
}

CK_CLONES void ck_window_quad_gather(const ck_window_args *p, int64_t planes, const float *x, const float *v, float *y) {
    FOR_ROWS(p, planes) {
        const float *a = x + at, *b = a + width, *from = v + at, *below = from + width;
        float *to = y + row * count;
        TAKE_ROW(gather, a, b, from, below, to)
    }
}
