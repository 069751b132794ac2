#pragma once
#include "ck_base.h"

/// target[i · target_stride] = source[i · source_stride] for every index i in `extent`: permute, slice, expand (source stride 0), reverse
/// (negative stride, pointer at the first element read), pad's interior, concatenate, reshape of a view. Strides in elements; source and target do not overlap.
typedef struct {
    const void *source;
    void *target;
    /// Null, or an i64 times its stride is added to the pointer: the start of a dynamic slice (source) or update (target). Checked before by `ck_index_check`.
    const int64_t *source_start, *target_start;
    int64_t source_start_stride, target_start_stride;
    int64_t rank;
    int64_t extent[CK_RANK], source_stride[CK_RANK], target_stride[CK_RANK];
    /// 1, 4 or 8.
    uint8_t element_bytes;
} ck_copy_args;
int64_t ck_copy_tiles(const void *args);
void ck_copy_run(const void *args, int64_t tile);

/// The element whose lowest `element_bytes` bytes are in `bits` at every index of a strided block (pad, zeros).
typedef struct {
    void *target;
    uint64_t bits;
    int64_t rank;
    int64_t extent[CK_RANK], target_stride[CK_RANK];
    uint8_t element_bytes;
} ck_fill_args;
int64_t ck_fill_tiles(const void *args);
void ck_fill_run(const void *args, int64_t tile);

/// target [outer, length, inner] = the index along the middle axis, as any type but bool.
typedef struct {
    void *target;
    int64_t outer, length, inner;
    uint8_t type;
} ck_iota_args;
int64_t ck_iota_tiles(const void *args);
void ck_iota_run(const void *args, int64_t tile);
