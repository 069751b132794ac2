#include <math.h>
#include <string.h>

#include "window.h"

// A run of up to 256 outputs of a row at a time: for each window position in row-major order, all outputs that it serves.

/// The maxima of outputs from..<to of row (d, h), and, when `at` is not null, where in the plane they stand (−1: nowhere).
#define DEFINE_RUN(name, type, lowest) \
    CK_CLONES static void name(const ck_window_args *p, const type *x, int64_t d, int64_t h, int64_t from, int64_t to, type *best, int64_t *at) { \
        for (int64_t i = 0; i < to - from; i++) best[i] = (lowest); \
        for (int64_t i = 0; at != NULL && i < to - from; i++) at[i] = -1; \
        for (int64_t kd = 0; kd < p->kernel[0]; kd++) { \
            int64_t id = d * p->stride[0] + kd * p->dilation[0] - p->low[0]; \
            if (id < 0 || id >= p->size[0]) continue; \
            for (int64_t kh = 0; kh < p->kernel[1]; kh++) { \
                int64_t ih = h * p->stride[1] + kh * p->dilation[1] - p->low[1]; \
                if (ih < 0 || ih >= p->size[1]) continue; \
                for (int64_t kw = 0; kw < p->kernel[2]; kw++) { \
                    int64_t first, last, step = p->stride[2]; \
                    ck_window_inside(p, 2, kw, from, to, &first, &last); \
                    int64_t start = (id * p->size[1] + ih) * p->size[2] + kw * p->dilation[2] - p->low[2]; \
                    if (at == NULL) { \
                        for (int64_t o = first; o < last; o++) { \
                            type value = x[start + o * step], old = best[o - from]; \
                            best[o - from] = value > old || value != value ? value : old; \
                        } \
                    } else { \
                        for (int64_t o = first; o < last; o++) { \
                            type value = x[start + o * step], old = best[o - from]; \
                            bool takes = at[o - from] < 0 || value > old || (value != value && old == old); \
                            best[o - from] = takes ? value : old; \
                            at[o - from] = takes ? start + o * step : at[o - from]; \
                        } \
                    } \
                } \
            } \
        } \
    }
DEFINE_RUN(run_i32, int32_t, INT32_MIN)
DEFINE_RUN(run_i64, int64_t, INT64_MIN)
DEFINE_RUN(run_f32, float, -INFINITY)
DEFINE_RUN(run_f64, double, -INFINITY)

/// A statement for every run of every row of one plane.
#define FOR_RUNS(p) \
    for (int64_t d = 0; d < p->output[0]; d++) \
        for (int64_t h = 0; h < p->output[1]; h++) \
            for (int64_t from = 0, to; to = ck_min(p->output[2], from + CK_WINDOW_RUN), from < p->output[2]; from = to)

#define DEFINE_PLANE(suffix, type, sum) \
    static void maximum_##suffix(const ck_window_args *p, const type *x, type *y) { \
        FOR_RUNS(p) run_##suffix(p, x, d, h, from, to, y + (d * p->output[1] + h) * p->output[2] + from, NULL); \
    } \
    static void scatter_##suffix(const ck_window_args *p, const type *x, const type *v, type *y) { \
        type best[CK_WINDOW_RUN]; \
        int64_t at[CK_WINDOW_RUN]; \
        memset(y, 0, (size_t)ck_window_size(p) * sizeof(type)); \
        FOR_RUNS(p) { \
            run_##suffix(p, x, d, h, from, to, best, at); \
            const type *values = v + (d * p->output[1] + h) * p->output[2] + from; \
            for (int64_t i = 0; i < to - from; i++) { \
                if (at[i] >= 0) y[at[i]] = (type)((sum)y[at[i]] + (sum)values[i]); \
            } \
        } \
    } \
    static void gather_##suffix(const ck_window_args *p, const type *x, const type *v, type *y) { \
        type best[CK_WINDOW_RUN]; \
        int64_t at[CK_WINDOW_RUN]; \
        FOR_RUNS(p) { \
            run_##suffix(p, x, d, h, from, to, best, at); \
            type *row = y + (d * p->output[1] + h) * p->output[2] + from; \
            for (int64_t i = 0; i < to - from; i++) row[i] = at[i] >= 0 ? v[at[i]] : 0; \
        } \
    }
DEFINE_PLANE(i32, int32_t, uint32_t)
DEFINE_PLANE(i64, int64_t, uint64_t)
DEFINE_PLANE(f32, float, float)
DEFINE_PLANE(f64, double, double)

int64_t ck_window_maximum_tiles(const void *args) { return ck_window_tiles(args); }
int64_t ck_window_maximum_scatter_tiles(const void *args) { return ck_window_tiles(args); }
int64_t ck_window_maximum_gather_tiles(const void *args) { return ck_window_tiles(args); }

/// The planes of a tile, and the bytes of a plane and its outputs.
typedef struct {
    int64_t first, last, plane, output;
} window_planes;

static window_planes planes_of(const ck_window_args *p, int64_t tile) {
    const int64_t tiles = ck_window_tiles(p), bytes = ck_type_bytes(p->type);
    return (window_planes){ck_share(p->planes, tiles, tile), ck_share(p->planes, tiles, tile + 1), ck_window_size(p) * bytes, ck_window_outputs(p) * bytes};
}

void ck_window_maximum_run(const void *args, int64_t tile) {
    const ck_window_args *p = args;
    const window_planes planes = planes_of(p, tile);
    const char *x = (const char *)p->x + planes.first * planes.plane;
    char *y = (char *)p->y + planes.first * planes.output;
    if (ck_window_is_quad(p)) {
        ck_window_quad_maximum(p, planes.last - planes.first, (const void *)x, (void *)y);
        return;
    }
    for (int64_t plane = planes.first; plane < planes.last; plane++, x += planes.plane, y += planes.output) {
        switch (p->type) {
        case CK_I32: maximum_i32(p, (const void *)x, (void *)y); break;
        case CK_I64: maximum_i64(p, (const void *)x, (void *)y); break;
        case CK_F32: maximum_f32(p, (const void *)x, (void *)y); break;
        case CK_F64: maximum_f64(p, (const void *)x, (void *)y); break;
        }
    }
}

void ck_window_maximum_scatter_run(const void *args, int64_t tile) {
    const ck_window_args *p = args;
    const window_planes planes = planes_of(p, tile);
    const char *x = (const char *)p->x + planes.first * planes.plane, *v = (const char *)p->v + planes.first * planes.output;
    char *y = (char *)p->y + planes.first * planes.plane;
    if (ck_window_is_quad(p)) {
        ck_window_quad_scatter(p, planes.last - planes.first, (const void *)x, (const void *)v, (void *)y);
        return;
    }
    for (int64_t plane = planes.first; plane < planes.last; plane++, x += planes.plane, v += planes.output, y += planes.plane) {
        switch (p->type) {
        case CK_I32: scatter_i32(p, (const void *)x, (const void *)v, (void *)y); break;
        case CK_I64: scatter_i64(p, (const void *)x, (const void *)v, (void *)y); break;
        case CK_F32: scatter_f32(p, (const void *)x, (const void *)v, (void *)y); break;
        case CK_F64: scatter_f64(p, (const void *)x, (const void *)v, (void *)y); break;
        }
    }
}

void ck_window_maximum_gather_run(const void *args, int64_t tile) {
    const ck_window_args *p = args;
    const window_planes planes = planes_of(p, tile);
    const char *x = (const char *)p->x + planes.first * planes.plane, *v = (const char *)p->v + planes.first * planes.plane;
    char *y = (char *)p->y + planes.first * planes.output;
    if (ck_window_is_quad(p)) {
        ck_window_quad_gather(p, planes.last - planes.first, (const void *)x, (const void *)v, (void *)y);
        return;
    }
    for (int64_t plane = planes.first; plane < planes.last; plane++, x += planes.plane, v += planes.plane, y += planes.output) {
        switch (p->type) {
        case CK_I32: gather_i32(p, (const void *)x, (const void *)v, (void *)y); break;
        case CK_I64: gather_i64(p, (const void *)x, (const void *)v, (void *)y); break;
        case CK_F32: gather_f32(p, (const void *)x, (const void *)v, (void *)y); break;
        case CK_F64: gather_f64(p, (const void *)x, (const void *)v, (void *)y); break;
        }
    }
}
