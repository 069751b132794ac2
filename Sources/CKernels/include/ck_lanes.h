#pragma once
#include "ck_base.h"

// Convolutions of few channels over 1 or 2 axes, f32, stride 1, no dilation, no groups: tensors channels first, inside 16 images side by side in
// the lanes of a vector, which keeps the multipliers busy whatever the number of channels. Each element of y and dx is one chain over (channel,
// kernel position); dw adds up images 16 at a time.

/// y [images, targets, output…] = act(x [images, sources, size…] ∗ w + bias).
typedef struct {
    const float *x, *w;
    float *y;
    /// Null, or one value a target.
    const float *bias;
    /// Elements of `w` from one target and source to the next; a pair's kernel is dense.
    int64_t images, sources, targets, target_stride, source_stride;
    int64_t size[2], kernel[2], low[2], output[2];
    /// Turns the kernel by half a circle, for the adjoint in x. Takes the maximum with 0 at the end.
    bool turned, relu;
} ck_lanes_args;

int64_t ck_lanes_tiles(const void *args);
void ck_lanes_run(const void *args, int64_t tile);
int64_t ck_lanes_scratch(const void *args);

/// dw [targets, sources, kernel…] from x [images, sources, size…] and dy [images, targets, output…]: two runs after each other, `gather`, `finish`.
typedef struct {
    const float *x, *dy;
    float *dw;
    /// `ck_lanes_gradient_workspace` bytes, undefined content.
    float *workspace;
    int64_t images, sources, targets;
    int64_t size[2], kernel[2], low[2], output[2];
} ck_lanes_gradient_args;

int64_t ck_lanes_gradient_workspace(const ck_lanes_gradient_args *args);
int64_t ck_lanes_gradient_gather_tiles(const void *args);
void ck_lanes_gradient_gather_run(const void *args, int64_t tile);
int64_t ck_lanes_gradient_scratch(const void *args);
int64_t ck_lanes_gradient_finish_tiles(const void *args);
void ck_lanes_gradient_finish_run(const void *args, int64_t tile);
