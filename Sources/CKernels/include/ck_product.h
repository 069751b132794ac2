#pragma once
#include "ck_base.h"

/// C = A·B for a batch of matrices, C [batch, m, n], A [batch, m, k], B [batch, k, n].
///
/// f32: every element of C is one chain of fused multiply-adds over k in ascending order, from 0 or (`accumulate`) from what C holds:
/// its bits depend neither on tiles, threads nor AVX2 against AVX-512 (baseline x86-64 rounds each product). Then, f32 only and in this order:
/// + bias, + residual, maximum with 0. Other types (f64, i32, i64 wrapping): no tail but `accumulate`.
/// C may not overlap A, B; `residual` may be C itself where k is at most 512 (beyond, C holds parts of the chains before the tail).
typedef struct {
    const void *a, *b;
    void *c;
    int64_t m, n, k, batch;
    /// Strides in elements: from one row of A to the next, from one column to the next. Either orientation, or any view.
    int64_t a_row, a_column;
    int64_t b_row, b_column;
    /// Stride from one row of C (and of `residual`) to the next; its columns are adjacent.
    int64_t c_row;
    /// Strides from one matrix of the batch to the next; 0 shares the matrix (not for C).
    int64_t a_batch, b_batch, c_batch;
    /// f32 only, where `is_packed`: panels of B made by `ck_product_pack` (then `b` is not read and b_batch counts elements of the panels).
    const float *packed;
    /// Null, or n values added to each row of C; m values added to each column when `bias_per_row`.
    const float *bias;
    /// Null, or added elementwise; laid out like C.
    const float *residual;
    uint8_t type;
    bool bias_per_row, relu, accumulate, is_packed;
    /// Whether one thread alone takes all tiles: then there is no use for many.
    bool is_alone;
} ck_product_args;

int64_t ck_product_tiles(const void *args);
void ck_product_run(const void *args, int64_t tile);
int64_t ck_product_scratch(const void *args);

/// The number of floats that the panels of a B of k × n take: n rounded up to 32, times k.
int64_t ck_product_packed_count(int64_t k, int64_t n);
/// Whether packing the panels of B once, in a step before, costs less than what the tiles of a product do without: they pack what each of them reads.
bool ck_product_shares_panels(const ck_product_args *args);
/// Writes the panels of one matrix B: panel p holds columns 32p..<32p+32 as [k][32], padded with zeros. The format is the same for every instruction set.
/// `target` is 64-byte aligned.
typedef struct {
    const float *b;
    float *target;
    int64_t n, k, b_row, b_column;
} ck_product_pack_args;
int64_t ck_product_pack_tiles(const void *args);
void ck_product_pack_run(const void *args, int64_t tile);
