#pragma once
#include "ck_base.h"

/// Kernels along the middle axis of source [outer, length, inner], dense.
typedef struct {
    const void *source;
    void *target;
    int64_t outer, length, inner;
    uint8_t type;
} ck_axis_args;

/// target like source: the running sum (integers wrap; bool is not taken). One chain from the first element on.
int64_t ck_cumulative_sum_tiles(const void *args);
void ck_cumulative_sum_run(const void *args, int64_t tile);
/// target [outer, length, inner] i64: the stable ascending order; NaN comes last.
int64_t ck_order_tiles(const void *args);
void ck_order_run(const void *args, int64_t tile);
/// target [outer, inner] i64: the first index of the largest element; the first NaN wins. Precondition: length > 0.
int64_t ck_index_of_maximum_tiles(const void *args);
void ck_index_of_maximum_run(const void *args, int64_t tile);
