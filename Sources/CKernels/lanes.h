#pragma once
// 16 images side by side.
#include "product.h"

enum { CK_LANE_COUNT = 16 };

/// Planes of up to 16 images to [channel][row][column][16] with a frame of zeros: rows first..<first + rows, columns from −low_column on, `width` of them.
/// Images that are not there are zeros.
void ck_lanes_enter(const float *planes, int64_t images, int64_t channels, const int64_t size[2], int64_t first, int64_t rows, int64_t low_column,
                    int64_t width, float *lanes);
/// One row of `width` pixels of 16 images to the same place of each: image i's at `planes` + i · stride.
void ck_lanes_leave(const float *lanes, int64_t images, int64_t stride, int64_t width, float *planes);

/// A block of a convolution: `targets` ≤ 4 rows of weights, `pixels` ≤ 6 outputs side by side.
typedef struct {
    /// The first output's corner in [source][row][column][16]; floats from source to source and row to row.
    const float *x;
    int64_t x_source, x_row;
    /// The first target's weights of source 0 at tap 0; elements from target to target, source to source and tap to tap (−1 backwards).
    const float *w;
    int64_t w_target, w_source, w_tap;
    int64_t sources, kernel[2];
    /// Floats from target to target.
    float *y;
    int64_t y_target;
    /// One value a target, or null.
    const float *bias;
    bool relu;
} ck_lanes_block;

/// A block of the adjoint in the weights: `targets` ≤ 4, `taps` ≤ 5 of one row of the kernel; sums over the lanes are added to dw.
typedef struct {
    /// The first tap's pixel for output (0, 0), and target 0's output (0, 0), all [row][column][16].
    const float *x, *dy;
    int64_t x_row, dy_row, dy_target, rows, columns;
    float *dw;
    int64_t dw_target;
} ck_lanes_gradient_block;

/// The kernels of the instruction set in force, for every size of a block.
void ck_lanes_convolve(const ck_lanes_block *block, int64_t targets, int64_t pixels);
void ck_lanes_gather(const ck_lanes_gradient_block *block, int64_t targets, int64_t taps);
/// The sizes of blocks that the instruction set in force likes best.
int64_t ck_lanes_best_targets(void);
int64_t ck_lanes_best_pixels(void);
int64_t ck_lanes_best_taps(void);
