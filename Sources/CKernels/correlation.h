#pragma once
// Where the taps of a correlation lie in a tensor channels last, and how they are gathered.
#include "filters.h"

/// The source side of a correlation.
typedef struct {
    const float *x;
    int64_t sources, images;
    int64_t size[3], first[3], step[3], taps[3], tap_step[3], count[3];
} ck_taps;

static inline int64_t ck_volume(const int64_t v[3]) { return v[0] * v[1] * v[2]; }

/// Rows of taps first..<last for `outputs` outputs from `output` on, counted through images and axes: [tap − first][source] of output i at
/// target + i · pitch. Writes up to 15 floats more behind a row.
void ck_taps_gather(const ck_taps *taps, int64_t first, int64_t last, int64_t output, int64_t outputs, float *target, int64_t pitch);

/// The elements of one row of axis 2 that outputs from `start` on read, padded: `length` positions from `position` on of row (image, p0, p1) to target.
void ck_taps_copy_row(const ck_taps *taps, int64_t image, int64_t p0, int64_t p1, int64_t position, int64_t length, float *target);
