#include <string.h>

#include "product.h"

// One to three rows times a matrix that is read once, at the speed of memory. Where B's columns are adjacent, two of its rows are read from end to end
// while C stays in the first cache, and the two after them are asked for (bands of more rows are more streams than the processor's own prefetcher
// follows); where B's rows are, blocks of it are transposed in registers. Each element is the same chain as ever.

#if CK_X86

/// C += a[0..<depth] · B over `columns` columns for one row; depth, 1 or 2, is a constant where this is inlined.
CK_FOR_AVX512 CK_INLINE void band512(const int depth, const float *a, int64_t a_column, const float *b, int64_t b_row, float *c, int64_t columns) {
    __m512 value[2];
#pragma unroll
    for (int k = 0; k < depth; k++) value[k] = _mm512_set1_ps(a[k * a_column]);
    int64_t j = 0;
    for (; j + 64 <= columns; j += 64) {
        __m512 sum[4];
#pragma unroll
        for (int q = 0; q < 4; q++) sum[q] = _mm512_loadu_ps(c + j + 16 * q);
#pragma unroll
        for (int k = 0; k < depth; k++) {
#pragma unroll
            for (int q = 0; q < 4; q++) {
                __builtin_prefetch(b + (k + 2) * b_row + j + 16 * q, 0, 3);
                sum[q] = _mm512_fmadd_ps(value[k], _mm512_loadu_ps(b + k * b_row + j + 16 * q), sum[q]);
            }
        }
#pragma unroll
        for (int q = 0; q < 4; q++) _mm512_storeu_ps(c + j + 16 * q, sum[q]);
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
    for (; k + 2 <= depth; k += 2) band512(2, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
    for (; k < depth; k++) band512(1, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
}

CK_FOR_AVX2 CK_INLINE void band256(const int depth, const float *a, int64_t a_column, const float *b, int64_t b_row, float *c, int64_t columns) {
    __m256 value[2];
#pragma unroll
    for (int k = 0; k < depth; k++) value[k] = _mm256_broadcast_ss(a + k * a_column);
    int64_t j = 0;
    for (; j + 32 <= columns; j += 32) {
        __m256 sum[4];
#pragma unroll
        for (int q = 0; q < 4; q++) sum[q] = _mm256_loadu_ps(c + j + 8 * q);
#pragma unroll
        for (int k = 0; k < depth; k++) {
            __builtin_prefetch(b + (k + 2) * b_row + j, 0, 3);
            __builtin_prefetch(b + (k + 2) * b_row + j + 16, 0, 3);
#pragma unroll
            for (int q = 0; q < 4; q++) sum[q] = _mm256_fmadd_ps(value[k], _mm256_loadu_ps(b + k * b_row + j + 8 * q), sum[q]);
        }
#pragma unroll
        for (int q = 0; q < 4; q++) _mm256_storeu_ps(c + j + 8 * q, sum[q]);
    }
    for (; j < columns; j++) {
        float sum = c[j];
        for (int k = 0; k < depth; k++) sum = __builtin_fmaf(a[k * a_column], b[k * b_row + j], sum);
        c[j] = sum;
    }
}

CK_FOR_AVX2 void ck_row_stream_avx2(const float *a, int64_t a_column, const float *b, int64_t b_row, int64_t depth, float *c, int64_t columns) {
    int64_t k = 0;
    for (; k + 2 <= depth; k += 2) band256(2, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
    for (; k < depth; k++) band256(1, a + k * a_column, a_column, b + k * b_row, b_row, c, columns);
}

/// C += a · packed panels, each read from end to end. A panel's chains alone would wait for one another's products: so many panels go side by side as fill
/// the time.
CK_FOR_AVX2 CK_INLINE void panels256(const int count, const float *a, int64_t a_column, const float *panel, int64_t stride, int64_t depth, float *c) {
    __m256 sum[8];
#pragma unroll
    for (int q = 0; q < 4 * count; q++) sum[q] = _mm256_loadu_ps(c + 8 * q);
    for (; depth > 0; depth--, a += a_column, panel += CK_PANEL) {
        __m256 value = _mm256_broadcast_ss(a);
#pragma unroll
        for (int q = 0; q < 4 * count; q++) sum[q] = _mm256_fmadd_ps(value, _mm256_loadu_ps(panel + q / 4 * stride + q % 4 * 8), sum[q]);
    }
#pragma unroll
    for (int q = 0; q < 4 * count; q++) _mm256_storeu_ps(c + 8 * q, sum[q]);
}

CK_FOR_AVX2 void ck_row_panels_avx2(const float *a, int64_t a_column, const float *panels, int64_t stride, int64_t depth, float *c, int64_t count) {
    for (; count >= 2; count -= 2, panels += 2 * stride, c += 2 * CK_PANEL) panels256(2, a, a_column, panels, stride, depth, c);
    if (count > 0) panels256(1, a, a_column, panels, stride, depth, c);
}

CK_FOR_AVX512 CK_INLINE void panels512(const int count, const float *a, int64_t a_column, const float *panel, int64_t stride, int64_t depth, float *c) {
    __m512 sum[8];
#pragma unroll
    for (int q = 0; q < 2 * count; q++) sum[q] = _mm512_loadu_ps(c + 16 * q);
    for (; depth > 0; depth--, a += a_column, panel += CK_PANEL) {
        __m512 value = _mm512_set1_ps(*a);
#pragma unroll
        for (int q = 0; q < 2 * count; q++) sum[q] = _mm512_fmadd_ps(value, _mm512_loadu_ps(panel + q / 2 * stride + q % 2 * 16), sum[q]);
    }
#pragma unroll
    for (int q = 0; q < 2 * count; q++) _mm512_storeu_ps(c + 16 * q, sum[q]);
}

CK_FOR_AVX512 void ck_row_panels_avx512(const float *a, int64_t a_column, const float *panels, int64_t stride, int64_t depth, float *c, int64_t count) {
    for (; count >= 4; count -= 4, panels += 4 * stride, c += 4 * CK_PANEL) panels512(4, a, a_column, panels, stride, depth, c);
    if (count >= 2) panels512(2, a, a_column, panels, stride, depth, c), count -= 2, panels += 2 * stride, c += 2 * CK_PANEL;
    if (count > 0) panels512(1, a, a_column, panels, stride, depth, c);
}

/// Eight steps of the chains of eight columns: an 8 × 8 block of Bᵀ, transposed in registers.
CK_FOR_AVX2 CK_INLINE __m256 turned8(const float *a, int64_t a_column, const float *b, int64_t b_column, __m256 sum) {
#pragma unroll
    for (int half = 0; half < 2; half++, b += 4, a += 4 * a_column) {
        __m256 r[4], s[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            r[i] = _mm256_insertf128_ps(_mm256_castps128_ps256(_mm_loadu_ps(b + i * b_column)), _mm_loadu_ps(b + (i + 4) * b_column), 1);
        }
        s[0] = _mm256_unpacklo_ps(r[0], r[1]);
        s[1] = _mm256_unpackhi_ps(r[0], r[1]);
        s[2] = _mm256_unpacklo_ps(r[2], r[3]);
        s[3] = _mm256_unpackhi_ps(r[2], r[3]);
        sum = _mm256_fmadd_ps(_mm256_broadcast_ss(a), _mm256_shuffle_ps(s[0], s[2], 0x44), sum);
        sum = _mm256_fmadd_ps(_mm256_broadcast_ss(a + a_column), _mm256_shuffle_ps(s[0], s[2], 0xee), sum);
        sum = _mm256_fmadd_ps(_mm256_broadcast_ss(a + 2 * a_column), _mm256_shuffle_ps(s[1], s[3], 0x44), sum);
        sum = _mm256_fmadd_ps(_mm256_broadcast_ss(a + 3 * a_column), _mm256_shuffle_ps(s[1], s[3], 0xee), sum);
    }
    return sum;
}

/// C += a · Bᵀ for 32 columns, whose chains run side by side. A line of B is read whole before the next eight columns': where columns are pages apart,
/// all their lines fall on one set, and it has room for eight.
CK_FOR_AVX2 static void turned32(const float *a, int64_t a_column, const float *b, int64_t b_column, int64_t depth, float *c) {
    enum { LINE = 16, AHEAD = 16 };
    __m256 sum[4];
#pragma unroll
    for (int q = 0; q < 4; q++) sum[q] = _mm256_loadu_ps(c + 8 * q);
    int64_t k = 0;
    for (; k + LINE <= depth; k += LINE) {
#pragma unroll
        for (int q = 0; q < 4; q++) {
            const float *from = b + 8 * q * b_column + k;
            for (int i = 0; i < 8; i++) __builtin_prefetch(from + i * b_column + AHEAD, 0, 3);
            sum[q] = turned8(a + k * a_column, a_column, from, b_column, sum[q]);
            sum[q] = turned8(a + (k + 8) * a_column, a_column, from + 8, b_column, sum[q]);
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

/// All rows of one matrix at some columns of packed panels, from a panel's first one on.
static void run_panels(const ck_product_args *p, const ck_product_kernels *kernels, int64_t item, int64_t column, int64_t columns) {
    enum { MOST = 4 * CK_PANEL };
    const float *a = (const float *)p->a + item * p->a_batch, *panels = p->packed + item * p->b_batch;
    for (int64_t j = column; j < column + columns; j += MOST) {
        const int64_t width = ck_min(MOST, column + columns - j);
        for (int64_t row = 0; row < p->m; row++) {
            const int64_t at = item * p->c_batch + row * p->c_row + j;
            float *c = (float *)p->c + at, sums[MOST] = {0};
            for (int64_t i = 0; p->accumulate && i < width; i++) sums[i] = c[i];
            kernels->row_panels(a + row * p->a_row, p->a_column, panels + j * p->k, CK_PANEL * p->k, p->k, sums, ck_ceil_div(width, CK_PANEL));
            finish(p, row, at, j, width, sums);
            memcpy(c, sums, (size_t)width * sizeof *c);
        }
    }
}

bool ck_product_rows(const ck_product_args *p, const ck_product_kernels *kernels, int64_t item, int64_t column, int64_t columns) {
    if (p->m > 3) return false;
    if (p->is_packed) {
        if (kernels->row_panels != NULL) run_panels(p, kernels, item, column, columns);
        return kernels->row_panels != NULL;
    }
    // A residual that is C itself must be read before C is written.
    const bool streams = p->b_column == 1 && kernels->stream != NULL, turns = p->b_row == 1 && kernels->turned != NULL && p->m == 1;
    if (!(streams || turns) || p->residual == p->c) return false;
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
