#pragma once
#include "ck_base.h"

enum { CK_SUM = 0, CK_PRODUCT = 1, CK_MAXIMUM = 2, CK_MINIMUM = 3 };

/// A reduction of a strided view: target [kept…] (dense, row-major) over the reduced axes, any type, in one fixed order for every thread count and instruction set.
/// Sum of bool is i64, its product is `and`, maximum `or`, minimum `and` (bool results). Integers wrap. NaN wins maxima and minima.
/// No element: 0, 1, the type's lowest, the type's highest value.
typedef struct {
    const void *source;
    void *target;
    int64_t kept_rank, reduced_rank;
    int64_t kept_extent[CK_RANK], kept_stride[CK_RANK];
    int64_t reduced_extent[CK_RANK], reduced_stride[CK_RANK];
    uint8_t type, operation;
} ck_reduce_args;
int64_t ck_reduce_tiles(const void *args);
void ck_reduce_run(const void *args, int64_t tile);
