#pragma once
#include "ck_base.h"

// Correlations channels last, f32, 1 to 3 axes (missing leading ones have size 1, one tap, steps 1, first 0): convolutions, and their adjoints in x as one
// correlation for each phase of x. Each output is one chain over (tap, source).

/// y[image, first_target + o · target_step, target] = act((Σ over taps t and sources: panels · x[image, first + o · step + t · tap_step, source])
/// · scale + bias + residual) for o in 0..<count; positions outside x are 0, what other phases write stays as it is. Two runs after each other: `gather` (0 tiles
/// where gathering is a part of the second), then the sums.
typedef struct {
    const float *x;
    /// Made by `ck_correlation_filters_run`.
    const float *panels;
    float *y;
    /// Null, or one value a target; null, or laid out like y. Every operation rounds.
    const float *scale, *bias, *residual;
    /// `ck_correlation_workspace` bytes, 64-byte aligned, undefined content; null when that is 0.
    float *workspace;
    int64_t images, sources, targets;
    int64_t size[3], first[3], step[3], taps[3], tap_step[3];
    int64_t count[3], output[3], first_target[3], target_step[3];
    bool relu;
} ck_correlation_args;

int64_t ck_correlation_workspace(const ck_correlation_args *args);
int64_t ck_correlation_gather_tiles(const void *args);
void ck_correlation_gather_run(const void *args, int64_t tile);
int64_t ck_correlation_tiles(const void *args);
void ck_correlation_run(const void *args, int64_t tile);

/// Some taps of filters as panels [panel of 32 targets][tap][source][32], zeros where no target is.
typedef struct {
    const float *w;
    float *panels;
    /// Elements of `w` from one target and source to the next; a pair's `kernel` taps are adjacent.
    int64_t targets, sources, target_stride, source_stride;
    /// The taps kept: along each axis `taps` of them from `first` on, `step` apart (negative: backwards).
    int64_t kernel[3], first[3], step[3], taps[3];
} ck_correlation_filters_args;

int64_t ck_correlation_filters_count(const ck_correlation_filters_args *args);
int64_t ck_correlation_filters_tiles(const void *args);
void ck_correlation_filters_run(const void *args, int64_t tile);

/// The adjoint in the filters, dw [targets, sources, taps…] from x [images, size…, sources] and dy [images, count…, targets]: two runs after each other,
/// `gather` (sums of blocks of a fixed size), `finish`.
typedef struct {
    const float *x, *dy;
    float *dw;
    /// `ck_correlation_gradient_workspace` bytes, 64-byte aligned, undefined content.
    void *workspace;
    int64_t images, sources, targets;
    int64_t size[3], first[3], step[3], taps[3], tap_step[3], count[3];
} ck_correlation_gradient_args;

int64_t ck_correlation_gradient_workspace(const ck_correlation_gradient_args *args);
int64_t ck_correlation_gradient_gather_tiles(const void *args);
void ck_correlation_gradient_gather_run(const void *args, int64_t tile);
int64_t ck_correlation_gradient_finish_tiles(const void *args);
void ck_correlation_gradient_finish_run(const void *args, int64_t tile);
