#pragma once
#include "ck_base.h"

/// Pooling windows over `planes` (batch · channels) dense planes of 1 to 3 axes (missing leading ones have size, kernel, stride, dilation 1, low 0).
/// All types but bool. Positions outside the plane never win a maximum and add nothing to a sum; a window wholly outside has
/// the type's lowest value (−infinity for floats) as maximum. The first of equal maxima in row-major order counts; the first NaN wins.
typedef struct {
    /// [planes, size…], read.
    const void *x;
    /// The second operand where there is one, read.
    const void *v;
    /// Written.
    void *y;
    int64_t planes;
    int64_t size[3], kernel[3], stride[3], low[3], dilation[3], output[3];
    uint8_t type;
} ck_window_args;

/// x → y [planes, output…].
int64_t ck_window_maximum_tiles(const void *args);
void ck_window_maximum_run(const void *args, int64_t tile);
/// x, v [planes, output…] → y [planes, size…]: v added where x's window maximum stands.
int64_t ck_window_maximum_scatter_tiles(const void *args);
void ck_window_maximum_scatter_run(const void *args, int64_t tile);
/// x, v [planes, size…] → y [planes, output…]: v read where x's window maximum stands (0 if the window is empty).
int64_t ck_window_maximum_gather_tiles(const void *args);
void ck_window_maximum_gather_run(const void *args, int64_t tile);
/// x → y [planes, output…].
int64_t ck_window_sum_tiles(const void *args);
void ck_window_sum_run(const void *args, int64_t tile);
/// v [planes, output…] → y [planes, size…]; x is not read.
int64_t ck_window_sum_scatter_tiles(const void *args);
void ck_window_sum_scatter_run(const void *args, int64_t tile);
