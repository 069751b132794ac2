#pragma once
// What the window kernels share: the rows of outputs that one kernel position serves.
#include "internal.h"

enum { CK_WINDOW_RUN = 256, CK_WINDOW_TILE = 32768 };

static inline int64_t ck_window_size(const ck_window_args *p) { return p->size[0] * p->size[1] * p->size[2]; }
static inline int64_t ck_window_outputs(const ck_window_args *p) { return p->output[0] * p->output[1] * p->output[2]; }

/// Tiles of whole planes.
static inline int64_t ck_window_tiles(const ck_window_args *p) {
    int64_t per_plane = ck_max(ck_window_size(p), ck_window_outputs(p) * p->kernel[0] * p->kernel[1] * p->kernel[2]);
    if (p->planes <= 0 || per_plane <= 0) return 0;
    return ck_max(1, ck_min(p->planes, (int64_t)((double)p->planes * (double)per_plane / CK_WINDOW_TILE)));
}

/// The outputs first..<last of an axis, among from..<to, whose window position `k` lies inside the plane.
static inline void ck_window_inside(const ck_window_args *p, int axis, int64_t k, int64_t from, int64_t to, int64_t *first, int64_t *last) {
    // Input index of output o: o · stride + shift.
    int64_t shift = k * p->dilation[axis] - p->low[axis], stride = p->stride[axis], size = p->size[axis];
    *first = ck_max(from, shift >= 0 ? 0 : ck_ceil_div(-shift, stride));
    *last = ck_min(to, shift >= size ? 0 : (size - 1 - shift) / stride + 1);
}

/// Whether the windows are the frequent ones: 2 × 2, side by side, without padding.
static inline bool ck_window_is_quad(const ck_window_args *p) {
    return p->type == CK_F32 && p->kernel[0] == 1 && p->kernel[1] == 2 && p->kernel[2] == 2 && p->stride[0] == 1 && p->stride[1] == 2 && p->stride[2] == 2
           && p->low[0] == 0 && p->low[1] == 0 && p->low[2] == 0 && p->dilation[1] == 1 && p->dilation[2] == 1 && p->output[0] == p->size[0]
           && p->output[1] * 2 <= p->size[1] && p->output[2] * 2 <= p->size[2];
}

/// The quad forms of f32, for adjacent planes.
void ck_window_quad_maximum(const ck_window_args *p, int64_t planes, const float *x, float *y);
void ck_window_quad_scatter(const ck_window_args *p, int64_t planes, const float *x, const float *v, float *y);
void ck_window_quad_gather(const ck_window_args *p, int64_t planes, const float *x, const float *v, float *y);
