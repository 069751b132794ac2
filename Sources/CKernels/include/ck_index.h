#pragma once
#include "ck_base.h"

/// The position of the first index outside 0..<limit, or −1. `type` is CK_I32 or CK_I64.
int64_t ck_index_check(const void *indices, int type, int64_t count, int64_t limit);

/// target [outer, count, inner] = source [outer, limit, inner] at indices [count]. Indices are in range (checked before).
typedef struct {
    const void *source;
    const void *indices;
    void *target;
    int64_t outer, limit, count, inner;
    uint8_t element_bytes, index_type;
} ck_gather_args;
int64_t ck_gather_tiles(const void *args);
void ck_gather_run(const void *args, int64_t tile);

enum { CK_SCATTER_SET = 0, CK_SCATTER_ADD = 1, CK_SCATTER_MAXIMUM = 2 };

/// target [outer, limit, inner] op= values [outer, count, inner] at indices [count], in the order of the indices (later ones win for set).
/// The target holds the first operand already. Indices are in range. bool: add is or, maximum is or.
typedef struct {
    void *target;
    const void *indices;
    const void *values;
    int64_t outer, limit, count, inner;
    uint8_t type, index_type, mode;
} ck_scatter_args;
int64_t ck_scatter_tiles(const void *args);
void ck_scatter_run(const void *args, int64_t tile);
