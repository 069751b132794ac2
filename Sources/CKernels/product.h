#pragma once
// The product's panels: what the driver hands to the microkernel of an instruction set.
#include "internal.h"

/// Columns of a packed panel, for every instruction set.
enum { CK_PANEL = 32 };
/// The longest run over k between two visits of C, so that a panel's slice stays in the first cache.
enum { CK_DEPTH = 256, CK_DEPTH_MOST = 512 };
/// Floats from one k to the next of a block of A that was copied to be near: one line.
enum { CK_COPY_STEP = 16 };

/// `rows` rows of C at up to 32 columns: C = A·B, one chain of fused multiply-adds an element, then the tail.
typedef struct {
    int64_t rows, columns, depth;
    const float *a;
    int64_t a_row, a_column;
    /// Row k of the panel is at b + k · b_row.
    const float *b;
    int64_t b_row;
    /// Only read by `scattered`: row k of the panel is at b + b_rows[k].
    const int64_t *b_rows;
    /// Null, or what will be read after this: as many floats as these rows of B (`depth` · 32), fetched into near memory meanwhile. Never read, so any
    /// address is good.
    const float *ahead;
    float *c;
    int64_t c_row;
    /// Null, or one factor a column.
    const float *column_scale;
    /// One value a column, one a row, or null; then a block laid out like C, or null.
    const float *column_bias, *row_bias, *residual;
    /// Start from what C holds; take the maximum with 0 at the end.
    bool loads, relu;
} ck_panel;

/// C += A·B over pixels, where A is read at row offsets in runs: C [rows][columns ≤ 32] of full panels, sums from 0 that are added to C at the end.
typedef struct {
    int64_t rows, columns;
    /// Element (i, pixel x of run r) of A is at a + a_rows[i] + runs[r] + x.
    const float *a;
    const int64_t *a_rows, *runs;
    int64_t run_count, run_length;
    /// [run_count · run_length][32].
    const float *b;
    float *c;
    int64_t c_row;
} ck_outer;

/// The microkernels of one instruction set.
typedef struct {
    /// Rows of a block, whose accumulators fill the registers: at most `CK_COPY_STEP`.
    int64_t block_rows;
    /// From so many panels that use it, a transposed copy of a block of adjacent rows pays.
    int64_t copy_panels;
    /// Any number of rows, at most 32 columns. Fastest where A is a copy [depth][CK_COPY_STEP] of a block's rows.
    void (*panel)(const ck_panel *);
    /// The same with the rows of B where `b_rows` says: up to 32 floats are read from each, or 16 when `columns` is at most 16.
    void (*scattered)(const ck_panel *);
    void (*outer)(const ck_outer *);
    /// One row: c[j] += Σ a[k] · b[k · b_row + j], or with b[j · b_column + k]; null where there is none that pays.
    void (*stream)(const float *a, int64_t a_column, const float *b, int64_t b_row, int64_t depth, float *c, int64_t columns);
    void (*turned)(const float *a, int64_t a_column, const float *b, int64_t b_column, int64_t depth, float *c, int64_t columns);
    /// The same with `count` packed panels [depth][32], `stride` floats apart: c[32 q + j] += Σ a[k] · panels[q][k][j]; null likewise.
    void (*row_panels)(const float *a, int64_t a_column, const float *panels, int64_t stride, int64_t depth, float *c, int64_t count);
    /// Transposes 8 rows of `depth` elements: target[k · target_stride + j] = source[j · stride + k], j < 8.
    void (*transpose8)(const float *source, int64_t stride, int64_t depth, float *target, int64_t target_stride);
} ck_product_kernels;

void ck_outer_plain(const ck_outer *job);
void ck_outer_avx2(const ck_outer *job);
void ck_outer_avx512(const ck_outer *job);

/// The `transpose8` of AVX2.
void ck_product_transpose8_avx2(const float *source, int64_t stride, int64_t depth, float *target, int64_t target_stride);

const ck_product_kernels *ck_product_kernels_plain(void);
const ck_product_kernels *ck_product_kernels_avx2(void);
const ck_product_kernels *ck_product_kernels_avx512(void);
/// Those of the instruction set in force.
const ck_product_kernels *ck_product_kernels_now(void);

/// Writes rows k0..<k0 + depth of the panel that begins at column `column` (at most `columns` of them are real) to target [depth][32].
void ck_product_pack_panel(const ck_product_kernels *kernels, const float *b, int64_t b_row, int64_t b_column, int64_t columns, int64_t depth, float *target);

void ck_row_stream_avx2(const float *a, int64_t a_column, const float *b, int64_t b_row, int64_t depth, float *c, int64_t columns);
void ck_row_stream_avx512(const float *a, int64_t a_column, const float *b, int64_t b_row, int64_t depth, float *c, int64_t columns);
void ck_row_turned_avx2(const float *a, int64_t a_column, const float *b, int64_t b_column, int64_t depth, float *c, int64_t columns);
void ck_row_panels_avx2(const float *a, int64_t a_column, const float *panels, int64_t stride, int64_t depth, float *c, int64_t count);
void ck_row_panels_avx512(const float *a, int64_t a_column, const float *panels, int64_t stride, int64_t depth, float *c, int64_t count);
/// All rows of one matrix at some columns, where these are so few that reading B is the work; false (and nothing done) where another form is better.
bool ck_product_rows(const ck_product_args *args, const ck_product_kernels *kernels, int64_t item, int64_t column, int64_t columns);

/// Products of other types than f32.
int64_t ck_product_other_tiles(const ck_product_args *args);
void ck_product_other_run(const ck_product_args *args, int64_t tile);

/// maximum(value, 0) as the vector kernels take it: NaN stays NaN.
static inline float ck_relu(float value) { return value < 0 ? 0 : value; }
