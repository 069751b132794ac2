#include "product.h"

// The microkernels of the weight gradient: rows of A at offsets of their own, read in runs of pixels.
// Each body is written once per vector width; the order of the sums is the same in all.

typedef float vector4 __attribute__((vector_size(16)));
typedef float vector4_loose __attribute__((vector_size(16), aligned(4)));

/// A block of 4 × 8 at `column`.
static void plain_block(const ck_outer *p, int64_t row, int64_t rows, int64_t column) {
    enum { ROWS = 4 };
    vector4 sum[ROWS][2] = {{{0}}};
    int64_t at[ROWS];
    // Rows beyond the last repeat it and are not stored.
    for (int i = 0; i < ROWS; i++) at[i] = p->a_rows[row + ck_min(i, rows - 1)];
    const float *b = p->b + column;
    for (int64_t r = 0; r < p->run_count; r++) {
        const float *a = p->a + p->runs[r];
        for (int64_t x = 0; x < p->run_length; x++, b += CK_PANEL) {
            vector4 low = *(const vector4_loose *)b, high = *(const vector4_loose *)(b + 4);
#pragma unroll
            for (int i = 0; i < ROWS; i++) {
                float value = a[at[i] + x];
                sum[i][0] += value * low;
                sum[i][1] += value * high;
            }
        }
    }
    for (int64_t i = 0; i < rows; i++) {
        float *c = p->c + (row + i) * p->c_row + column;
        *(vector4_loose *)c += sum[i][0];
        *(vector4_loose *)(c + 4) += sum[i][1];
    }
}

void ck_outer_plain(const ck_outer *p) {
    for (int64_t column = 0; column < p->columns; column += 8) {
        for (int64_t row = 0; row < p->rows; row += 4) plain_block(p, row, ck_min(4, p->rows - row), column);
    }
}

#if CK_X86

CK_FOR_AVX2 CK_INLINE void block2(const int rows, const ck_outer *p, int64_t row, int64_t column) {
    __m256 sum[6][2];
    const float *at[6];
#pragma unroll
    for (int i = 0; i < rows; i++) {
        sum[i][0] = sum[i][1] = _mm256_setzero_ps();
        at[i] = p->a + p->a_rows[row + i];
    }
    const float *b = p->b + column;
    for (int64_t r = 0; r < p->run_count; r++) {
        const int64_t start = p->runs[r], end = start + p->run_length;
        for (int64_t x = start; x < end; x++, b += CK_PANEL) {
            __m256 low = _mm256_loadu_ps(b), high = _mm256_loadu_ps(b + 8);
#pragma unroll
            for (int i = 0; i < rows; i++) {
                __m256 value = _mm256_broadcast_ss(at[i] + x);
                sum[i][0] = _mm256_fmadd_ps(value, low, sum[i][0]);
                sum[i][1] = _mm256_fmadd_ps(value, high, sum[i][1]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < rows; i++) {
        float *c = p->c + (row + i) * p->c_row + column;
        _mm256_storeu_ps(c, _mm256_add_ps(_mm256_loadu_ps(c), sum[i][0]));
        _mm256_storeu_ps(c + 8, _mm256_add_ps(_mm256_loadu_ps(c + 8), sum[i][1]));
    }
}

#define BLOCK(rows) \
    CK_FOR_AVX2 __attribute__((noinline)) static void avx2_##rows(const ck_outer *p, int64_t row, int64_t column) { block2(rows, p, row, column); }
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6)
#undef BLOCK

void ck_outer_avx2(const ck_outer *p) {
    static void (*const blocks[7])(const ck_outer *, int64_t, int64_t) = {NULL, avx2_1, avx2_2, avx2_3, avx2_4, avx2_5, avx2_6};
    for (int64_t column = 0; column < p->columns; column += 16) {
        int64_t row = 0;
        for (int64_t left = ck_ceil_div(p->rows, 6); left > 0; left--) {
            int64_t rows = ck_ceil_div(p->rows - row, left);
            blocks[rows](p, row, column);
            row += rows;
        }
    }
}

CK_FOR_AVX512 CK_INLINE void block5(const int rows, const int vectors, const ck_outer *p, int64_t row) {
    __m512 sum[14][2];
    const float *at[14];
#pragma unroll
    for (int i = 0; i < rows; i++) {
        sum[i][0] = sum[i][1] = _mm512_setzero_ps();
        at[i] = p->a + p->a_rows[row + i];
    }
    const float *b = p->b;
    for (int64_t r = 0; r < p->run_count; r++) {
        const int64_t start = p->runs[r], end = start + p->run_length;
        for (int64_t x = start; x < end; x++, b += CK_PANEL) {
            __m512 line[2];
#pragma unroll
            for (int j = 0; j < vectors; j++) line[j] = _mm512_loadu_ps(b + 16 * j);
#pragma unroll
            for (int i = 0; i < rows; i++) {
                __m512 value = _mm512_set1_ps(at[i][x]);
#pragma unroll
                for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_fmadd_ps(value, line[j], sum[i][j]);
            }
        }
    }
#pragma unroll
    for (int i = 0; i < rows; i++) {
        float *c = p->c + (row + i) * p->c_row;
#pragma unroll
        for (int j = 0; j < vectors; j++) _mm512_storeu_ps(c + 16 * j, _mm512_add_ps(_mm512_loadu_ps(c + 16 * j), sum[i][j]));
    }
}

#define BLOCK(rows) \
    CK_FOR_AVX512 __attribute__((noinline)) static void avx512_##rows##x2(const ck_outer *p, int64_t row) { block5(rows, 2, p, row); } \
    CK_FOR_AVX512 __attribute__((noinline)) static void avx512_##rows##x1(const ck_outer *p, int64_t row) { block5(rows, 1, p, row); }
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6) BLOCK(7) BLOCK(8) BLOCK(9) BLOCK(10) BLOCK(11) BLOCK(12) BLOCK(13) BLOCK(14)
#undef BLOCK

void ck_outer_avx512(const ck_outer *p) {
#define BOTH(rows) {avx512_##rows##x1, avx512_##rows##x2}
    static void (*const blocks[15][2])(const ck_outer *, int64_t) = {{NULL, NULL}, BOTH(1), BOTH(2),  BOTH(3),  BOTH(4),  BOTH(5),  BOTH(6), BOTH(7),
                                                                     BOTH(8),      BOTH(9), BOTH(10), BOTH(11), BOTH(12), BOTH(13), BOTH(14)};
#undef BOTH
    int64_t row = 0;
    for (int64_t left = ck_ceil_div(p->rows, 14); left > 0; left--) {
        int64_t rows = ck_ceil_div(p->rows - row, left);
        blocks[rows][p->columns > 16](p, row);
        row += rows;
    }
}

#endif
