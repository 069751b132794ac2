#include <string.h>

#include "window.h"

// Windows of 2 × 2 with stride 2: each element belongs to one window, so the adjoint stores where the general form adds. Rows are taken 16, 8 or 4
// outputs at a time; the last vector of a row overlaps the one before.

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
    /* Which of a window's four elements is the maximum: 0 to 3. */ \
    CK_INLINE void find##N(const float *a, const float *b, v##N *best, m##N *at) { \
        v##N x[4]; \
        split##N(a, &x[0], &x[1]); \
        split##N(b, &x[2], &x[3]); \
        *best = x[0]; \
        *at = 0; \
        for (int k = 1; k < 4; k++) { \
            m##N is_better = (x[k] > *best) | ((x[k] != x[k]) & (*best == *best)); \
            *best = is_better ? x[k] : *best; \
            *at = is_better ? (m##N)k : *at; \
        } \
    } \
    CK_INLINE void maximum##N(const float *a, const float *b, float *y, int64_t o) { \
        v##N best; \
        m##N at; \
        find##N(a + 2 * o, b + 2 * o, &best, &at); \
        *(v##N *)(y + o) = best; \
    } \
    CK_INLINE void scatter##N(const float *a, const float *b, const float *v, float *y, float *z, int64_t o) { \
        v##N best, value = *(const v##N *)(v + o), share[4]; \
        m##N at; \
        find##N(a + 2 * o, b + 2 * o, &best, &at); \
        for (int k = 0; k < 4; k++) share[k] = at == k ? value : 0.0f; \
        merge##N(&share[0], &share[1], y + 2 * o); \
        merge##N(&share[2], &share[3], z + 2 * o); \
    } \
    CK_INLINE void gather##N(const float *a, const float *b, const float *v, const float *w, float *y, int64_t o) { \
        v##N best, x[4]; \
        m##N at; \
        find##N(a + 2 * o, b + 2 * o, &best, &at); \
        split##N(v + 2 * o, &x[0], &x[1]); \
        split##N(w + 2 * o, &x[2], &x[3]); \
        *(v##N *)(y + o) = at == 0 ? x[0] : at == 1 ? x[1] : at == 2 ? x[2] : x[3]; \
    }
#define PICK(...) __VA_ARGS__
DEFINE_VECTORS(4, PICK(0, 2, 4, 6), PICK(1, 3, 5, 7), PICK(0, 4, 1, 5), PICK(2, 6, 3, 7))
DEFINE_VECTORS(8, PICK(0, 2, 4, 6, 8, 10, 12, 14), PICK(1, 3, 5, 7, 9, 11, 13, 15), PICK(0, 8, 1, 9, 2, 10, 3, 11), PICK(4, 12, 5, 13, 6, 14, 7, 15))
DEFINE_VECTORS(16, PICK(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30), PICK(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31),
               PICK(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23), PICK(8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31))

/// The form of a row for its length: the widest vectors that fit once; `o` is the first output of each.
#define FOR_VECTORS(count, form, ...) \
    if (count >= 16) { \
        for (int64_t o = 0; o < count; o += 16) form##16(__VA_ARGS__, ck_min(o, count - 16)); \
        return; \
    } \
    if (count >= 8) { \
        for (int64_t o = 0; o < count; o += 8) form##8(__VA_ARGS__, ck_min(o, count - 8)); \
        return; \
    } \
    if (count >= 4) { \
        for (int64_t o = 0; o < count; o += 4) form##4(__VA_ARGS__, ck_min(o, count - 4)); \
        return; \
    }

/// Which of one window's elements is the maximum.
CK_INLINE int find1(const float *a, const float *b) {
    int at = takes(a[1], a[0]) ? 1 : 0;
    float best = a[at];
    if (takes(b[0], best)) at = 2, best = b[0];
    return takes(b[1], best) ? 3 : at;
}

CK_CLONES static void maximum_row(const float *a, const float *b, float *y, int64_t count) {
    FOR_VECTORS(count, maximum, a, b, y)
    for (int64_t o = 0; o < count; o++) {
        const int at = find1(a + 2 * o, b + 2 * o);
        y[o] = at < 2 ? a[2 * o + at] : b[2 * o + at - 2];
    }
}

CK_CLONES static void scatter_row(const float *a, const float *b, const float *v, float *y, float *z, int64_t count) {
    FOR_VECTORS(count, scatter, a, b, v, y, z)
    for (int64_t o = 0; o < count; o++) {
        const int at = find1(a + 2 * o, b + 2 * o);
        for (int k = 0; k < 2; k++) {
            y[2 * o + k] = at == k ? v[o] : 0;
            z[2 * o + k] = at == k + 2 ? v[o] : 0;
        }
    }
}

CK_CLONES static void gather_row(const float *a, const float *b, const float *v, const float *w, float *y, int64_t count) {
    FOR_VECTORS(count, gather, a, b, v, w, y)
    for (int64_t o = 0; o < count; o++) {
        const int at = find1(a + 2 * o, b + 2 * o);
        y[o] = at < 2 ? v[2 * o + at] : w[2 * o + at - 2];
    }
}

#define FOR_ROWS(p) \
    const int64_t width = p->size[2]; \
    for (int64_t d = 0; d < p->output[0]; d++) \
        for (int64_t h = 0, row = d * p->output[1], at = d * p->size[1] * width; h < p->output[1]; h++, row++, at += 2 * width)

void ck_window_quad_maximum(const ck_window_args *p, const float *x, float *y) {
    FOR_ROWS(p) maximum_row(x + at, x + at + width, y + row * p->output[2], p->output[2]);
}

void ck_window_quad_scatter(const ck_window_args *p, const float *x, const float *v, float *y) {
    // Odd sizes leave a column and a row outside every window.
    if (p->output[1] * 2 != p->size[1] || p->output[2] * 2 != p->size[2]) memset(y, 0, (size_t)ck_window_size(p) * sizeof *y);
    FOR_ROWS(p) scatter_row(x + at, x + at + width, v + row * p->output[2], y + at, y + at + width, p->output[2]);
}

void ck_window_quad_gather(const ck_window_args *p, const float *x, const float *v, float *y) {
    FOR_ROWS(p) gather_row(x + at, x + at + width, v + at, v + at + width, y + row * p->output[2], p->output[2]);
}
