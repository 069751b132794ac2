#include "product.h"

#if CK_X86

// 14 × 32: 28 accumulators, two vectors of B and one broadcast of A fill the 32 registers.

/// How rows of B are found.
enum { ADJACENT, SCATTERED, FETCHING };

/// A block of `rows` × 16·`vectors`; the first three are constants where this is inlined. `FETCHING` asks for two lines a step, `step` bytes from one step to
/// the next, of what is read later.
CK_FOR_AVX512 CK_INLINE void block(const int rows, const int vectors, const int form, const ck_panel *p, int64_t row, const char *ahead, int64_t step) {
    __m512 sum[14][2];
    __mmask16 mask[2];
    float *c = p->c + row * p->c_row;
    const int64_t c_row = p->c_row;
#pragma unroll
    for (int j = 0; j < vectors; j++) {
        int64_t real = p->columns - 16 * j;
        mask[j] = real >= 16 ? 0xffff : real <= 0 ? 0 : (__mmask16)((1u << real) - 1);
    }
#pragma unroll
    for (int i = 0; i < rows; i++) {
#pragma unroll
        for (int j = 0; j < vectors; j++) sum[i][j] = p->loads ? _mm512_maskz_loadu_ps(mask[j], c + i * c_row + 16 * j) : _mm512_setzero_ps();
    }
    const float *a = p->a + row * p->a_row, *b = p->b;
    const int64_t a_row = p->a_row, a_column = p->a_column, b_row = p->b_row;
    const int64_t *b_rows = p->b_rows;
    for (int64_t k = p->depth; k > 0; k--) {
        __m512 line[2];
        const float *from = form == SCATTERED ? b + *b_rows++ : b;
        if (form == FETCHING) {
            __builtin_prefetch(ahead, 0, 2);
            __builtin_prefetch(ahead + 64, 0, 2);
            ahead += step;
        }
#pragma unroll
        for (int j = 0; j < vectors; j++) line[j] = _mm512_loadu_ps(from + 16 * j);
#pragma unroll
        for (int i = 0; i < rows; i++) {
            __m512 value = _mm512_set1_ps(a[i * a_row]);
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_fmadd_ps(value, line[j], sum[i][j]);
        }
        a += a_column;
        b += b_row;
    }
    if (p->column_scale != NULL) {
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            __m512 scale = _mm512_maskz_loadu_ps(mask[j], p->column_scale + 16 * j);
#pragma unroll
            for (int i = 0; i < rows; i++) sum[i][j] = _mm512_mul_ps(sum[i][j], scale);
        }
    }
    if (p->column_bias != NULL) {
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            __m512 bias = _mm512_maskz_loadu_ps(mask[j], p->column_bias + 16 * j);
#pragma unroll
            for (int i = 0; i < rows; i++) sum[i][j] = _mm512_add_ps(sum[i][j], bias);
        }
    }
    if (p->row_bias != NULL) {
#pragma unroll
        for (int i = 0; i < rows; i++) {
            __m512 bias = _mm512_set1_ps(p->row_bias[row + i]);
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_add_ps(sum[i][j], bias);
        }
    }
    if (p->residual != NULL) {
        const float *residual = p->residual + row * c_row;
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_add_ps(sum[i][j], _mm512_maskz_loadu_ps(mask[j], residual + i * c_row + 16 * j));
        }
    }
    if (p->relu) {
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_max_ps(_mm512_setzero_ps(), sum[i][j]);
        }
    }
#pragma unroll
    for (int i = 0; i < rows; i++) {
#pragma unroll
        for (int j = 0; j < vectors; j++) _mm512_mask_storeu_ps(c + i * c_row + 16 * j, mask[j], sum[i][j]);
    }
}

#define BLOCK(rows) \
    CK_FOR_AVX512 __attribute__((noinline)) static void block##rows##x2(const ck_panel *p, int64_t row) { block(rows, 2, ADJACENT, p, row, NULL, 0); } \
    CK_FOR_AVX512 __attribute__((noinline)) static void block##rows##x1(const ck_panel *p, int64_t row) { block(rows, 1, ADJACENT, p, row, NULL, 0); } \
    CK_FOR_AVX512 __attribute__((noinline)) static void block##rows##s2(const ck_panel *p, int64_t row) { block(rows, 2, SCATTERED, p, row, NULL, 0); } \
    CK_FOR_AVX512 __attribute__((noinline)) static void block##rows##s1(const ck_panel *p, int64_t row) { block(rows, 1, SCATTERED, p, row, NULL, 0); } \
    CK_FOR_AVX512 __attribute__((noinline)) static void block##rows##f2(const ck_panel *p, int64_t row, const char *ahead, int64_t step) { \
        block(rows, 2, FETCHING, p, row, ahead, step); \
    }
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6) BLOCK(7) BLOCK(8) BLOCK(9) BLOCK(10) BLOCK(11) BLOCK(12) BLOCK(13) BLOCK(14)

typedef void (*block_function)(const ck_panel *, int64_t row);
static const block_function blocks2[15] = {NULL, block1x2, block2x2, block3x2, block4x2, block5x2, block6x2, block7x2,
                                          block8x2, block9x2, block10x2, block11x2, block12x2, block13x2, block14x2};
static const block_function blocks1[15] = {NULL, block1x1, block2x1, block3x1, block4x1, block5x1, block6x1, block7x1,
                                          block8x1, block9x1, block10x1, block11x1, block12x1, block13x1, block14x1};
static const block_function scattered2[15] = {NULL, block1s2, block2s2, block3s2, block4s2, block5s2, block6s2, block7s2,
                                          block8s2, block9s2, block10s2, block11s2, block12s2, block13s2, block14s2};
static const block_function scattered1[15] = {NULL, block1s1, block2s1, block3s1, block4s1, block5s1, block6s1, block7s1,
                                          block8s1, block9s1, block10s1, block11s1, block12s1, block13s1, block14s1};

static void run_blocks(const block_function *blocks, const ck_panel *p) {
    // Even blocks: 15 rows are 8 + 7, not 14 + 1.
    int64_t row = 0;
    for (int64_t left = ck_ceil_div(p->rows, 14); left > 0; left--) {
        int64_t rows = ck_ceil_div(p->rows - row, left);
        blocks[rows](p, row);
        row += rows;
    }
}

typedef void (*fetching_function)(const ck_panel *, int64_t row, const char *ahead, int64_t step);
static const fetching_function fetching2[15] = {NULL, block1f2, block2f2, block3f2, block4f2, block5f2, block6f2, block7f2,
                                                block8f2, block9f2, block10f2, block11f2, block12f2, block13f2, block14f2};

/// More than 16 columns; every block asks for an even part of what is `ahead`.
static void run_fetching(const ck_panel *p) {
    const int64_t blocks = ck_ceil_div(p->rows, 14), step = ck_ceil_div(CK_PANEL * 4, ck_max(1, blocks));
    const char *ahead = (const char *)p->ahead;
    int64_t row = 0;
    for (int64_t left = blocks; left > 0; left--) {
        int64_t rows = ck_ceil_div(p->rows - row, left);
        fetching2[rows](p, row, ahead, step);
        ahead += p->depth * step;
        row += rows;
    }
}

static void panel(const ck_panel *p) {
    if (p->ahead != NULL && p->columns > 16) run_fetching(p);
    else run_blocks(p->columns > 16 ? blocks2 : blocks1, p);
}
static void scattered(const ck_panel *p) { run_blocks(p->columns > 16 ? scattered2 : scattered1, p); }

const ck_product_kernels *ck_product_kernels_avx512(void) {
    static const ck_product_kernels kernels = {panel, scattered, ck_outer_avx512, ck_row_stream_avx512, ck_row_turned_avx2, ck_row_panel_avx512, ck_product_transpose8_avx2};
    return &kernels;
}

#else

const ck_product_kernels *ck_product_kernels_avx512(void) { return ck_product_kernels_plain(); }

#endif
