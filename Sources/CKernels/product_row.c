#include "product.h"

// One to three rows times a matrix that is read once, at the speed of memory. Where B's columns are adjacent, bands of eight of its rows are read from
// end to end while C stays in the first cache; where B's rows are, blocks of it are transposed in registers. Each element is the same chain as ever.

#if CK_X86

enum { BAND = 8 };

/// C += a[0..<depth] · B over `columns` columns for one row; depth ≤ 8 is a constant where this is inlined.
CK_FOR_AVX512 CK_INLINE void band512(const int depth, const float *a, int64_t a_column, const float *b, int64_t b_row, float *c, int64_t columns) {
    __m512 value[BAND];
#pragma unroll
    for (int k = 0; k < depth; k++) value[k] = _mm512_set1_ps(a[k * a_column]);
    int64_t j = 0;
    for (; j + 32 <= columns; j += 32) {
        __m512 low = _mm512_loadu_ps(c + j), high = _mm512_loadu_ps(c + j + 16);
#pragma unroll
        for (int k = 0; k < depth; k++) {
            low = _mm512_fmadd_ps(value[k], _mm512_loadu_ps(b + k * b_row + j), low);
            high = _mm512_fmadd_ps(value[k], _mm512_loadu_ps(b + k * b_row + j + 16), high);
        }
        _mm512_storeu_ps(c + j, low);
        _mm512_storeu_ps(c + j + 16, high);
    }
    for (; j < columns; j += 16) {
        __mmask16 mask = columns - j >= 16 ? 0xffff : (__mmask16)((1u << (columns - j)) - 1);
        __m512 sum = _mm512_maskz_loadu_ps(mask, c + j);
#pragma unroll
        for (int k = 0; k < depth; k++) sum = _mm512_fmadd_ps(value[k], _mm512_maskz_loadu_ps(mask, b + k * b_row + j), sum);
        _mm512_mask_storeu_ps(c + j, mask, sum);
    }
}

CK_FOR_AVX512 void ck_row_stream_avx512(const float *a, int64_t a_column, const float *b, int64_t b_row, int64_t depth, float *c, int64_t columns) {
    int64_t k = 0;
    for (; k + BAND <= depth; k += BAND) band512(BAND, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
    for (; k < depth; k++) band512(1, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
}

CK_FOR_AVX2 CK_INLINE void band256(const int depth, const float *a, int64_t a_column, const float *b, int64_t b_row, float *c, int64_t columns) {
    __m256 value[BAND];
#pragma unroll
    for (int k = 0; k < depth; k++) value[k] = _mm256_broadcast_ss(a + k * a_column);
    int64_t j = 0;
    for (; j + 16 <= columns; j += 16) {
        __m256 low = _mm256_loadu_ps(c + j), high = _mm256_loadu_ps(c + j + 8);
#pragma unroll
        for (int k = 0; k < depth; k++) {
            low = _mm256_fmadd_ps(value[k], _mm256_loadu_ps(b + k * b_row + j), low);
            high = _mm256_fmadd_ps(value[k], _mm256_loadu_ps(b + k * b_row + j + 8), high);
        }
        _mm256_storeu_ps(c + j, low);
        _mm256_storeu_ps(c + j + 8, high);
    }
    for (; j < columns; j++) {
        float sum = c[j];
        for (int k = 0; k < depth; k++) sum = __builtin_fmaf(a[k * a_column], b[k * b_row + j], sum);
        c[j] = sum;
    }
}

CK_FOR_AVX2 void ck_row_stream_avx2(const float *a, int64_t a_column, const float *b, int64_t b_row, int64_t depth, float *c, int64_t columns) {
    int64_t k = 0;
    for (; k + BAND <= depth; k += BAND) band256(BAND, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
    for (; k < depth; k++) band256(1, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
}

/// C += a · Bᵀ for 32 columns: blocks of 8 × 8 of B, transposed in registers; four chains of vectors run side by side.
CK_FOR_AVX2 static void turned32(const float *a, int64_t a_column, const float *b, int64_t b_column, int64_t depth, float *c) {
    __m256 sum[4];
#pragma unroll
    for (int q = 0; q < 4; q++) sum[q] = _mm256_loadu_ps(c + 8 * q);
    int64_t k = 0;
    for (; k + 8 <= depth; k += 8) {
#pragma unroll
        for (int q = 0; q < 4; q++) {
            const float *from = b + 8 * q * b_column + k;
#pragma unroll
            for (int half = 0; half < 2; half++, from += 4) {
                __m256 r[4], s[4];
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(from + i * b_column)), _mm_loadu_ps(from + (i + 4) * b_column), 1);
                }
                s[0] = _mm256_unpacklo_ps(r[0], r[1]);
                s[1] = _mm256_unpackhi_ps(r[0], r[1]);
                s[2] = _mm256_unpacklo_ps(r[2], r[3]);
                s[3] = _mm256_unpackhi_ps(r[2], r[3]);
                const float *value = a + (k + 4 * half) * a_column;
                sum[q] = _mm256_fmadd_ps(_mm256_broadcast_ss(value), _mm256_shuffle_ps(s[0], s[2], 0x44), sum[q]);
                sum[q] = _mm256_fmadd_ps(_mm256_broadcast_ss(value + a_column), _mm256_shuffle_ps(s[0], s[2], 0xee), sum[q]);
                sum[q] = _mm256_fmadd_ps(_mm256_broadcast_ss(value + 2 * a_column), _mm256_shuffle_ps(s[1], s[3], 0x44), sum[q]);
                sum[q] = _mm256_fmadd_ps(_mm256_broadcast_ss(value + 3 * a_column), _mm256_shuffle_ps(s[1], s[3], 0xee), sum[q]);
            }
        }
    }
#pragma unroll
    for (int q = 0; q < 4; q++) _mm256_storeu_ps(c + 8 * q, sum[q]);
    for (; k < depth; k++) {
        for (int j = 0; j < 32; j++) c[j] = __builtin_fmaf(a[k * a_column], b[j * b_column + k], c[j]);
    }
}

CK_FOR_AVX2 void ck_row_turned_avx2(const float *a, int64_t a_column, const float *b, int64_t b_column, int64_t depth, float *c, int64_t columns) {
    int64_t j = 0;
    for (; j + 32 <= columns; j += 32) turned32(a, a_column, b + j * b_column, b_column, depth, c + j);
    for (; j < columns; j++) {
        float sum = c[j];
        for (int64_t k = 0; k < depth; k++) sum = __builtin_fmaf(a[k * a_column], b[j * b_column + k], sum);
        c[j] = sum;
    }
}

#endif

/// The tail of one row: what the microkernels do to their sums, in the same order.
CK_CLONES static void finish(const ck_product_args *p, int64_t row, int64_t at, int64_t column, int64_t columns, float *c) {
    const float *residual = p->residual == NULL ? NULL : p->residual + at;
    const float *bias = p->bias == NULL ? NULL : p->bias + (p->bias_per_row ? row : column);
    for (int64_t j = 0; bias != NULL && !p->bias_per_row && j < columns; j++) c[j] += bias[j];
    for (int64_t j = 0; bias != NULL && p->bias_per_row && j < columns; j++) c[j] += *bias;
    for (int64_t j = 0; residual != NULL && j < columns; j++) c[j] += residual[j];
    for (int64_t j = 0; p->relu && j < columns; j++) c[j] = ck_relu(c[j]);
}

bool ck_product_rows(const ck_product_args *p, const ck_product_kernels *kernels, int64_t item, int64_t column, int64_t columns) {
    // Packed panels have a kernel of their own; a residual that is C itself must be read before C is written.
    const bool streams = p->b_column == 1 && kernels->stream != NULL, turns = p->b_row == 1 && kernels->turned != NULL && p->m == 1;
    if (p->packed != NULL || p->m > 3 || !(streams || turns) || p->residual == p->c) return false;
    for (int64_t row = 0; row < p->m; row++) {
        const int64_t at = item * p->c_batch + row * p->c_row + column;
        const float *a = (const float *)p->a + item * p->a_batch + row * p->a_row;
        const float *b = (const float *)p->b + item * p->b_batch + column * p->b_column;
        float *c = (float *)p->c + at;
        for (int64_t j = 0; !p->accumulate && j < columns; j++) c[j] = 0;
        if (streams) kernels->stream(a, p->a_column, b, p->b_row, p->k, c, columns);
        else kernels->turned(a, p->a_column, b, p->b_column, p->k, c, columns);
        finish(p, row, at, column, columns, c);
    }
    return true;
}
