#include <string.h>

#include "window.h"

// Each sum is one chain over the window's positions in row-major order; each element of the adjoint one over the outputs in theirs.

#define FOR_ROWS(p) \
    for (int64_t d = 0; d < p->output[0]; d++) \
        for (int64_t h = 0; h < p->output[1]; h++) \
            for (int64_t kd = 0; kd < p->kernel[0]; kd++) \
                for (int64_t kh = 0; kh < p->kernel[1]; kh++)

#define DEFINE_SUM(suffix, type, wide) \
    CK_CLONES static void sum_##suffix(const ck_window_args *p, const type *x, type *y) { \
        memset(y, 0, (size_t)ck_window_outputs(p) * sizeof(type)); \
        FOR_ROWS(p) { \
            int64_t id = d * p->stride[0] + kd * p->dilation[0] - p->low[0], ih = h * p->stride[1] + kh * p->dilation[1] - p->low[1]; \
            if (id < 0 || id >= p->size[0] || ih < 0 || ih >= p->size[1]) continue; \
            type *row = y + (d * p->output[1] + h) * p->output[2]; \
            for (int64_t kw = 0; kw < p->kernel[2]; kw++) { \
                int64_t first, last, step = p->stride[2]; \
                ck_window_inside(p, 2, kw, 0, p->output[2], &first, &last); \
                int64_t start = (id * p->size[1] + ih) * p->size[2] + kw * p->dilation[2] - p->low[2]; \
                for (int64_t o = first; o < last; o++) row[o] = (type)((wide)row[o] + (wide)x[start + o * step]); \
            } \
        } \
    } \
    CK_CLONES static void scatter_##suffix(const ck_window_args *p, const type *v, type *y) { \
        memset(y, 0, (size_t)ck_window_size(p) * sizeof(type)); \
        FOR_ROWS(p) { \
            int64_t id = d * p->stride[0] + kd * p->dilation[0] - p->low[0], ih = h * p->stride[1] + kh * p->dilation[1] - p->low[1]; \
            if (id < 0 || id >= p->size[0] || ih < 0 || ih >= p->size[1]) continue; \
            const type *row = v + (d * p->output[1] + h) * p->output[2]; \
            for (int64_t kw = 0; kw < p->kernel[2]; kw++) { \
                int64_t first, last, step = p->stride[2]; \
                ck_window_inside(p, 2, kw, 0, p->output[2], &first, &last); \
                int64_t start = (id * p->size[1] + ih) * p->size[2] + kw * p->dilation[2] - p->low[2]; \
                for (int64_t o = first; o < last; o++) y[start + o * step] = (type)((wide)y[start + o * step] + (wide)row[o]); \
            } \
        } \
    }
DEFINE_SUM(i32, int32_t, uint32_t)
DEFINE_SUM(i64, int64_t, uint64_t)
DEFINE_SUM(f32, float, float)
DEFINE_SUM(f64, double, double)

int64_t ck_window_sum_tiles(const void *args) { return ck_window_tiles(args); }
int64_t ck_window_sum_scatter_tiles(const void *args) { return ck_window_tiles(args); }

void ck_window_sum_run(const void *args, int64_t tile) {
    const ck_window_args *p = args;
    int64_t tiles = ck_window_tiles(p), bytes = ck_type_bytes(p->type);
    for (int64_t plane = ck_share(p->planes, tiles, tile); plane < ck_share(p->planes, tiles, tile + 1); plane++) {
        const void *x = (const char *)p->x + plane * ck_window_size(p) * bytes;
        void *y = (char *)p->y + plane * ck_window_outputs(p) * bytes;
        switch (p->type) {
        case CK_I32: sum_i32(p, x, y); break;
        case CK_I64: sum_i64(p, x, y); break;
        case CK_F32: sum_f32(p, x, y); break;
        case CK_F64: sum_f64(p, x, y); break;
        }
    }
}

void ck_window_sum_scatter_run(const void *args, int64_t tile) {
    const ck_window_args *p = args;
    int64_t tiles = ck_window_tiles(p), bytes = ck_type_bytes(p->type);
    for (int64_t plane = ck_share(p->planes, tiles, tile); plane < ck_share(p->planes, tiles, tile + 1); plane++) {
        const void *v = (const char *)p->v + plane * ck_window_outputs(p) * bytes;
        void *y = (char *)p->y + plane * ck_window_size(p) * bytes;
        switch (p->type) {
        case CK_I32: scatter_i32(p, v, y); break;
        case CK_I64: scatter_i64(p, v, y); break;
        case CK_F32: scatter_f32(p, v, y); break;
        case CK_F64: scatter_f64(p, v, y); break;
        }
    }
}
