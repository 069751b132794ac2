#pragma once
#include "ck_base.h"

/// A convolution (cross-correlation) and its two adjoints, channels first, 1 to 3 spatial axes; missing leading axes have
/// size 1, kernel 1, stride 1, dilation 1, low 0.
///
///   x [batch, channels, size…], w [filters, channels / groups, kernel…], y [batch, filters, output…]
///
/// `forward` reads x, w and writes y; `input` reads y (as dy), w and writes x (as dx); `weights` reads x, y (as dy) and writes w (as dw).
/// What padding there is after an axis follows from `output`. All tensors are dense. f32 is fast; f64, i32 and i64 are plain loops.
/// Each element of y and dx is one chain over (channel, kernel position); dw sums blocks of a fixed size in a fixed order.
typedef struct {
    void *x, *w, *y;
    /// Forward, f32: null, or one value a filter; null, or laid out like y. y = act(chain + bias + residual).
    const float *bias, *residual;
    /// `ck_convolution_…_workspace` bytes, 64-byte aligned, undefined content; null when that is 0.
    void *workspace;
    int64_t batch, channels, filters, groups;
    int64_t size[3], kernel[3], stride[3], low[3], dilation[3], output[3];
    uint8_t type;
    bool relu;
} ck_convolution_args;

int64_t ck_convolution_forward_tiles(const void *args);
void ck_convolution_forward_run(const void *args, int64_t tile);

/// The adjoint in x: two runs after each other, first `input_arrange` (weights into the workspace; may have 0 tiles), then `input`.
int64_t ck_convolution_input_workspace(const ck_convolution_args *args);
int64_t ck_convolution_input_arrange_tiles(const void *args);
void ck_convolution_input_arrange_run(const void *args, int64_t tile);
int64_t ck_convolution_input_tiles(const void *args);
void ck_convolution_input_run(const void *args, int64_t tile);

/// The adjoint in w: two runs after each other, first `weights` (partial sums), then `weights_finish` (may have 0 tiles).
int64_t ck_convolution_weights_workspace(const ck_convolution_args *args);
int64_t ck_convolution_weights_tiles(const void *args);
void ck_convolution_weights_run(const void *args, int64_t tile);
int64_t ck_convolution_weights_finish_tiles(const void *args);
void ck_convolution_weights_finish_run(const void *args, int64_t tile);
