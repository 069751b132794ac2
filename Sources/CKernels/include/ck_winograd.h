#pragma once
#include "ck_base.h"

// Convolutions with 3 × 3 kernels and stride 1 by Winograd's minimal filtering (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016), channels last, f32. `outputs` is 2 or 4: F(2 × 2) on tiles of 4 × 4, F(4 × 4) on tiles of 6 × 6. The largest error, in units of
// the output's root mean square, stays below 4e-6 with F(2) (as with the plain sum) and below 1e-4 with F(4); the adjoint in the filters, a long sum
// whose terms cancel in the last transform, stays below 2e-4 with either over 2^14 tiles (the plain sum: 1e-5).

/// Filters to the transformed panels that `ck_winograd_run` reads: [position of the tile][panel of 32 targets][source][32].
typedef struct {
    const float *w;
    float *panels;
    /// Channels written and read by the convolution, and the elements of `w` from one to the next; a pair's 9 taps are adjacent.
    int64_t targets, sources, target_stride, source_stride;
    int64_t outputs;
    /// Turns the kernel by half a circle, for the adjoint in x.
    bool turned;
} ck_winograd_filters_args;

/// Floats of the panels.
int64_t ck_winograd_filters_count(int64_t targets, int64_t sources, int64_t outputs);
int64_t ck_winograd_filters_tiles(const void *args);
void ck_winograd_filters_run(const void *args, int64_t tile);

/// y [images, output…, targets] = act((x [images, size…, sources] ∗ panels) · scale + bias + residual), x padded by `low` zeros before each axis. Two runs after each
/// other: `transform` (0 tiles where transforming is a part of the second), then the products.
typedef struct {
    const float *x, *panels;
    float *y;
    /// Null, or one value a target; null, or laid out like y. Every operation rounds.
    const float *scale, *bias, *residual;
    /// `ck_winograd_workspace` bytes, 64-byte aligned, undefined content; null when that is 0.
    float *workspace;
    int64_t images, sources, targets;
    int64_t size[2], low[2], output[2];
    int64_t outputs;
    bool relu;
} ck_winograd_args;

int64_t ck_winograd_workspace(const ck_winograd_args *args);
int64_t ck_winograd_transform_tiles(const void *args);
void ck_winograd_transform_run(const void *args, int64_t tile);
int64_t ck_winograd_tiles(const void *args);
void ck_winograd_run(const void *args, int64_t tile);
int64_t ck_winograd_scratch(const void *args);

/// The adjoint in the filters: dw [targets, sources, 3, 3] from x [images, size…, sources] and dy [images, output…, targets], in two or three runs:
/// `transform` (0 tiles where transforming is a part of `gather`), `gather` (0 tiles where the sums over tiles are a part of `finish`), `finish`.
typedef struct {
    const float *x, *dy;
    float *dw;
    /// `ck_winograd_gradient_workspace` bytes, 64-byte aligned, undefined content.
    void *workspace;
    int64_t images, sources, targets;
    int64_t size[2], low[2], output[2];
    int64_t outputs;
} ck_winograd_gradient_args;

int64_t ck_winograd_gradient_workspace(const ck_winograd_gradient_args *args);
int64_t ck_winograd_gradient_transform_tiles(const void *args);
void ck_winograd_gradient_transform_run(const void *args, int64_t tile);
int64_t ck_winograd_gradient_gather_tiles(const void *args);
void ck_winograd_gradient_gather_run(const void *args, int64_t tile);
int64_t ck_winograd_gradient_scratch(const void *args);
int64_t ck_winograd_gradient_finish_tiles(const void *args);
void ck_winograd_gradient_finish_run(const void *args, int64_t tile);
int64_t ck_winograd_gradient_finish_scratch(const void *args);
