#pragma once
#include "ck_base.h"

/// A convolution whose every channel has a filter of its own (as many groups and filters as channels) and its adjoints, channels last, f32, 1 to 3 axes
/// (missing leading ones have size, kernel, stride, dilation 1, low 0).
///
///   x [images, size…, channels], w [channels, kernel…], y [images, output…, channels]
///
/// `forward` writes y, `input` reads y (as dy) and writes x (as dx), `weights` reads x and y (as dy) and leaves sums that `weights_finish` writes to w.
typedef struct {
    float *x, *w, *y;
    /// Weights only: `ck_depthwise_weights_workspace` bytes, undefined content.
    float *workspace;
    int64_t images, channels;
    int64_t size[3], kernel[3], stride[3], low[3], dilation[3], output[3];
} ck_depthwise_args;

int64_t ck_depthwise_forward_tiles(const void *args);
void ck_depthwise_forward_run(const void *args, int64_t tile);
int64_t ck_depthwise_input_tiles(const void *args);
void ck_depthwise_input_run(const void *args, int64_t tile);
int64_t ck_depthwise_weights_workspace(const ck_depthwise_args *args);
int64_t ck_depthwise_weights_tiles(const void *args);
void ck_depthwise_weights_run(const void *args, int64_t tile);
int64_t ck_depthwise_weights_finish_tiles(const void *args);
void ck_depthwise_weights_finish_run(const void *args, int64_t tile);
