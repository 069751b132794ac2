#include <string.h>

#include "window.h"

// Windows of 2 × 2 with stride 2: each element belongs to one window, so the adjoint stores where the general form adds.

/// Whether `value` replaces `best`: larger, or the first NaN.
CK_INLINE bool takes(float value, float best) { return value > best || (value != value && best == best); }

CK_CLONES static void maximum_row(const float *a, const float *b, float *y, int64_t count) {
    for (int64_t o = 0; o < count; o++) {
        float best = a[2 * o];
        best = takes(a[2 * o + 1], best) ? a[2 * o + 1] : best;
        best = takes(b[2 * o], best) ? b[2 * o] : best;
        best = takes(b[2 * o + 1], best) ? b[2 * o + 1] : best;
        y[o] = best;
    }
}

CK_CLONES static void scatter_row(const float *a, const float *b, const float *v, float *restrict y, float *restrict z, int64_t count) {
    for (int64_t o = 0; o < count; o++) {
        float best = a[2 * o], value = v[o];
        int at = 0;
        at = takes(a[2 * o + 1], best) ? 1 : at;
        best = at == 1 ? a[2 * o + 1] : best;
        at = takes(b[2 * o], best) ? 2 : at;
        best = at == 2 ? b[2 * o] : best;
        at = takes(b[2 * o + 1], best) ? 3 : at;
        y[2 * o] = at == 0 ? value : 0;
        y[2 * o + 1] = at == 1 ? value : 0;
        z[2 * o] = at == 2 ? value : 0;
        z[2 * o + 1] = at == 3 ? value : 0;
    }
}

CK_CLONES static void gather_row(const float *a, const float *b, const float *v, const float *w, float *y, int64_t count) {
    for (int64_t o = 0; o < count; o++) {
        float best = a[2 * o], value = v[2 * o];
        bool t = takes(a[2 * o + 1], best);
        best = t ? a[2 * o + 1] : best;
        value = t ? v[2 * o + 1] : value;
        t = takes(b[2 * o], best);
        best = t ? b[2 * o] : best;
        value = t ? w[2 * o] : value;
        value = takes(b[2 * o + 1], best) ? w[2 * o + 1] : value;
        y[o] = value;
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
