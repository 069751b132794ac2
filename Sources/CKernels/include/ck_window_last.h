#pragma once
#include "ck_base.h"

/// Pooling windows channels last, f32, over 1 to 3 axes (missing leading ones have size, kernel, stride, dilation 1, low 0). The rules are those of
/// `ck_window_args`: positions outside never win a maximum, the first of equal maxima counts, the first NaN wins.
typedef struct {
    /// [images, size…, channels], read.
    const float *x;
    /// The second operand where there is one, read.
    const float *v;
    /// Written.
    float *y;
    int64_t images, channels;
    int64_t size[3], kernel[3], stride[3], low[3], dilation[3], output[3];
} ck_window_last_args;

/// x → y [images, output…, channels].
int64_t ck_window_last_maximum_tiles(const void *args);
void ck_window_last_maximum_run(const void *args, int64_t tile);
/// x, v [images, output…, channels] → y [images, size…, channels]: v added where x's window maximum stands.
int64_t ck_window_last_maximum_scatter_tiles(const void *args);
void ck_window_last_maximum_scatter_run(const void *args, int64_t tile);
/// x, v [images, size…, channels] → y [images, output…, channels]: v read where x's window maximum stands (0 if the window is empty).
int64_t ck_window_last_maximum_gather_tiles(const void *args);
void ck_window_last_maximum_gather_run(const void *args, int64_t tile);
/// x → y [images, output…, channels].
int64_t ck_window_last_sum_tiles(const void *args);
void ck_window_last_sum_run(const void *args, int64_t tile);
/// v [images, output…, channels] → y [images, size…, channels]; x is not read.
int64_t ck_window_last_sum_scatter_tiles(const void *args);
void ck_window_last_sum_scatter_run(const void *args, int64_t tile);
