#include "product.h"

#if CK_X86

// 6 × 16: 12 accumulators, two vectors of B and a broadcast of A in 16 registers. A panel of 32 columns is done in two halves.

/// The tail of a block at the edge, where vectors would reach past C; the same operations in the same order, element by element.
static void finish_edge(int rows, int vectors, const ck_panel *p, int64_t row, int64_t column, const float *sums) {
    int64_t columns = ck_min(p->columns - column, 8 * vectors);
    for (int i = 0; i < rows; i++) {
        int64_t at = (row + i) * p->c_row + column;
        for (int64_t j = 0; j < columns; j++) {
            float value = sums[i * 8 * vectors + j];
            if (p->column_scale != NULL) value *= p->column_scale[column + j];
            if (p->column_bias != NULL) value += p->column_bias[column + j];
            if (p->row_bias != NULL) value += p->row_bias[row + i];
            if (p->residual != NULL) value += p->residual[at + j];
            p->c[at + j] = p->relu ? ck_relu(value) : value;
        }
    }
}

/// How rows of B are found.
enum { ADJACENT, SCATTERED, FETCHING };

/// A block of `rows` × 8·`vectors` at `column`; the first three are constants where this is inlined. `FETCHING` asks for one line a step, `step` bytes from
/// one to the next, of what is read later.
CK_FOR_AVX2 CK_INLINE void block(const int rows, const int vectors, const int form, const ck_panel *p, int64_t row, int64_t column, const char *ahead,
                                 int64_t step) {
    __m256 sum[6][2];
    float edge[6 * 16];
    const int64_t c_row = p->c_row;
    float *c = p->c + row * c_row + column;
    const bool whole = p->columns - column >= 8 * vectors;
    if (!p->loads) {
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm256_setzero_ps();
        }
    } else {
        const float *from = c;
        int64_t from_row = c_row;
        if (!whole) {
            for (int i = 0; i < rows; i++) {
                for (int64_t j = 0; j < 8 * vectors; j++) edge[i * 8 * vectors + j] = j < p->columns - column ? c[i * c_row + j] : 0;
            }
            from = edge;
            from_row = 8 * vectors;
        }
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm256_loadu_ps(from + i * from_row + 8 * j);
        }
    }
    const float *a = p->a + row * p->a_row, *b = p->b + column;
    const int64_t a_row = p->a_row, a_column = p->a_column, b_row = p->b_row;
    const float *a5 = a + 5 * a_row;
    int64_t a_row3 = 3 * a_row;
    const int64_t *b_rows = p->b_rows;
    for (int64_t k = p->depth; k > 0; k--) {
        __m256 line[2];
        const float *from = form == SCATTERED ? b + *b_rows++ : b;
        if (form == FETCHING) {
            __builtin_prefetch(ahead, 0, 2);
            ahead += step;
        }
#pragma unroll
        for (int j = 0; j < vectors; j++) line[j] = _mm256_loadu_ps(from + 8 * j);
#pragma unroll
        for (int i = 0; i < rows; i++) {
            __m256 value = _mm256_broadcast_ss(i == 5 ? a5 : a + (i == 3 ? a_row3 : i * a_row));
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm256_fmadd_ps(value, line[j], sum[i][j]);
        }
        a += a_column;
        a5 += a_column;
        b += b_row;
        // Opaque, or the address of each row is a sum of its own; these are ones that an instruction can hold.
        __asm__("" : "+r"(a5), "+r"(a_row3));
    }
    if (!whole) {
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) _mm256_storeu_ps(edge + i * 8 * vectors + 8 * j, sum[i][j]);
        }
        finish_edge(rows, vectors, p, row, column, edge);
        return;
    }
#pragma unroll
    for (int i = 0; i < rows; i++) {
#pragma unroll
        for (int j = 0; j < vectors; j++) {
            __m256 value = sum[i][j];
            if (p->column_scale != NULL) value = _mm256_mul_ps(value, _mm256_loadu_ps(p->column_scale + column + 8 * j));
            if (p->column_bias != NULL) value = _mm256_add_ps(value, _mm256_loadu_ps(p->column_bias + column + 8 * j));
            if (p->row_bias != NULL) value = _mm256_add_ps(value, _mm256_broadcast_ss(p->row_bias + row + i));
            if (p->residual != NULL) value = _mm256_add_ps(value, _mm256_loadu_ps(p->residual + (row + i) * c_row + column + 8 * j));
            if (p->relu) value = _mm256_max_ps(_mm256_setzero_ps(), value);
            _mm256_storeu_ps(c + i * c_row + 8 * j, value);
        }
    }
}

#define BLOCK(rows) \
    CK_FOR_AVX2 __attribute__((noinline)) static void block##rows##x2(const ck_panel *p, int64_t row, int64_t column) { \
        block(rows, 2, ADJACENT, p, row, column, NULL, 0); \
    } \
    CK_FOR_AVX2 __attribute__((noinline)) static void block##rows##x1(const ck_panel *p, int64_t row, int64_t column) { \
        block(rows, 1, ADJACENT, p, row, column, NULL, 0); \
    } \
    CK_FOR_AVX2 __attribute__((noinline)) static void block##rows##s2(const ck_panel *p, int64_t row, int64_t column) { \
        block(rows, 2, SCATTERED, p, row, column, NULL, 0); \
    } \
    CK_FOR_AVX2 __attribute__((noinline)) static void block##rows##s1(const ck_panel *p, int64_t row, int64_t column) { \
        block(rows, 1, SCATTERED, p, row, column, NULL, 0); \
    } \
    CK_FOR_AVX2 __attribute__((noinline)) static void block##rows##f2(const ck_panel *p, int64_t row, int64_t column, const char *ahead, int64_t step) { \
        block(rows, 2, FETCHING, p, row, column, ahead, step); \
    }
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6)

typedef void (*block_function)(const ck_panel *, int64_t row, int64_t column);
static const block_function blocks2[7] = {NULL, block1x2, block2x2, block3x2, block4x2, block5x2, block6x2};
static const block_function blocks1[7] = {NULL, block1x1, block2x1, block3x1, block4x1, block5x1, block6x1};
static const block_function scattered2[7] = {NULL, block1s2, block2s2, block3s2, block4s2, block5s2, block6s2};
static const block_function scattered1[7] = {NULL, block1s1, block2s1, block3s1, block4s1, block5s1, block6s1};
typedef void (*fetching_function)(const ck_panel *, int64_t row, int64_t column, const char *ahead, int64_t step);
static const fetching_function fetching2[7] = {NULL, block1f2, block2f2, block3f2, block4f2, block5f2, block6f2};

static void run_blocks(const block_function *of2, const block_function *of1, const ck_panel *p) {
    for (int64_t column = 0; column < p->columns; column += 16) {
        const block_function *blocks = p->columns - column > 8 ? of2 : of1;
        int64_t row = 0;
        for (int64_t left = ck_ceil_div(p->rows, 6); left > 0; left--) {
            int64_t rows = ck_ceil_div(p->rows - row, left);
            blocks[rows](p, row, column);
            row += rows;
        }
    }
}

/// More than 16 columns; every block asks for an even part of what is `ahead`.
static void run_fetching(const ck_panel *p) {
    const int64_t blocks = ck_ceil_div(p->rows, 6), step = ck_ceil_div(CK_PANEL * 4, 2 * ck_max(1, blocks));
    const char *ahead = (const char *)p->ahead;
    for (int64_t column = 0; column < CK_PANEL; column += 16) {
        int64_t row = 0;
        for (int64_t left = blocks; left > 0; left--) {
            int64_t rows = ck_ceil_div(p->rows - row, left);
            fetching2[rows](p, row, column, ahead, step);
            ahead += p->depth * step;
            row += rows;
        }
    }
}

static void panel(const ck_panel *p) {
    if (p->ahead != NULL && p->columns > 24) run_fetching(p);
    else run_blocks(blocks2, blocks1, p);
}
static void scattered(const ck_panel *p) { run_blocks(scattered2, scattered1, p); }

/// An 8 × 8 transposition at a time; no wider form is faster.
CK_FOR_AVX2 void ck_product_transpose8_avx2(const float *source, int64_t stride, int64_t depth, float *target, int64_t target_stride) {
    int64_t k = 0;
    for (; k + 8 <= depth; k += 8) {
        __m256 r[8], s[8];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const float *from = source + i * stride + k;
            r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from)), _mm_loadu_ps(from + 4 * stride), 1);
            r[i + 4] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + 4)), _mm_loadu_ps(from + 4 * stride + 4), 1);
        }
#pragma unroll
        for (int h = 0; h < 8; h += 4) {
            s[h] = _mm256_unpacklo_ps(r[h], r[h + 1]);
            s[h + 1] = _mm256_unpackhi_ps(r[h], r[h + 1]);
            s[h + 2] = _mm256_unpacklo_ps(r[h + 2], r[h + 3]);
            s[h + 3] = _mm256_unpackhi_ps(r[h + 2], r[h + 3]);
            float *to = target + (k + h) * target_stride;
            _mm256_storeu_ps(to, _mm256_shuffle_ps(s[h], s[h + 2], 0x44));
            _mm256_storeu_ps(to + target_stride, _mm256_shuffle_ps(s[h], s[h + 2], 0xee));
            _mm256_storeu_ps(to + 2 * target_stride, _mm256_shuffle_ps(s[h + 1], s[h + 3], 0x44));
            _mm256_storeu_ps(to + 3 * target_stride, _mm256_shuffle_ps(s[h + 1], s[h + 3], 0xee));
        }
    }
    for (; k < depth; k++) {
        for (int j = 0; j < 8; j++) target[k * target_stride + j] = source[j * stride + k];
    }
}

const ck_product_kernels *ck_product_kernels_avx2(void) {
    static const ck_product_kernels kernels = {12, INT64_MAX, panel, scattered, ck_outer_avx2, ck_row_stream_avx2, ck_row_turned_avx2, ck_row_panels_avx2, ck_product_transpose8_avx2};
    return &kernels;
}

#else

const ck_product_kernels *ck_product_kernels_avx2(void) { return ck_product_kernels_plain(); }

#endif