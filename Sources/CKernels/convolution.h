#pragma once
// A cross-correlation in one general form, which the forward direction and each phase of the input gradient are.
#include "product.h"

/// target[image, row, o] = Σ over (column c, taps t): weights[row, c, t] · source[image, c, o · step + first + t · tap_step], for the
/// `rows` channels of the target and the `columns` channels of the source of every group. Positions outside the source are 0.
typedef struct {
    int64_t images, groups, rows, columns;
    const void *source;
    /// Elements from image to image and channel to channel; planes are dense.
    int64_t source_image, source_channel;
    int64_t size[3];
    int64_t step[3], first[3], taps[3], tap_step[3];
    void *target;
    int64_t target_image, target_channel;
    /// Elements from output to output along each axis.
    int64_t target_step[3];
    int64_t count[3];
    /// [groups][rows][columns][taps], dense.
    const void *weights;
    /// One value a target channel, or null; laid out like the target, or null.
    const float *bias, *residual;
    bool relu;
} ck_cross;

/// Merges axes that need not be apart (a 1 × 1 kernel over dense planes has one).
void ck_cross_simplify(ck_cross *cross);
/// f32 on the microkernel.
int64_t ck_cross_tiles(const ck_cross *cross);
void ck_cross_run(const ck_cross *cross, int64_t tile);
/// Any type but bool, plainly: images first..<last of one group (f32 with fused multiply-adds in the same order as the fast form).
void ck_cross_plain(const ck_cross *cross, int type, int64_t group, int64_t first, int64_t last);

/// The padded copy of a source's channels for some outputs: elements are split into phases by (position mod step), so that every tap is one offset
/// and a row of outputs one run.
typedef struct {
    /// Lowest offset of any tap, the number of phases, the largest shift within a phase, and the outputs, per axis.
    int64_t base[3], phases[3], reach[3], count[3];
    /// Elements from image to image, channel to channel, and along axes 0 and 1.
    int64_t image, channel, slab, row;
} ck_cross_copy;

/// The copy that `count` outputs along each axis and `channels` channels need.
ck_cross_copy ck_cross_copy_plan(const ck_cross *cross, const int64_t count[3], int64_t channels);
/// Offsets in the copy of each (channel, tap), for the output at the copy's corner.
void ck_cross_copy_offsets(const ck_cross *cross, const ck_cross_copy *copy, int64_t channels, int64_t *offsets);
/// Copies channels channel..<channel + channels of one image, for outputs from `start` on.
void ck_cross_copy_source(const ck_cross *cross, const ck_cross_copy *copy, const int64_t start[3], int64_t image, int64_t group, int64_t channel,
                          int64_t channels, float *target);

/// Adds to the weights [columns][taps] of one row of a group what its channels channel..<channel + channels get from all images; the target is dy, read.
void ck_cross_add_weights(const ck_cross *cross, int type, int64_t group, int64_t row, int64_t channel, int64_t channels, void *weights);

/// The forward direction of a convolution.
ck_cross ck_convolution_forward_cross(const ck_convolution_args *args);
