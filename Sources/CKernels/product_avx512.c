#include "product.h"

#if CK_X86

// 14 × 32: 28 accumulators, two vectors of B and one broadcast of A fill the 32 registers. What counts beside the fused multiply-adds is how few other
// instructions there are: another thread of the same core takes its share of them.

/// How the rows of B, or of A (`COPIED`: [depth][CK_COPY_STEP]), are found.
enum { ADJACENT, SCATTERED, FETCHING, COPIED };

/// Rows of A five by five: each is one of three pointers and a multiple of the stride that an address can hold.
typedef struct {
    const float *from[3];
    int64_t row, row3;
} rows_of_a;

/// One step of the chains of `rows` × 16·`vectors` elements: row `at` of A's columns, a row of B at `b`.
CK_FOR_AVX512 CK_INLINE void step(const int rows, const int vectors, const bool copied, __m512 sum[14][2], const rows_of_a *a, const int64_t at, const float *b) {
    __m512 line[2], value;
    // Kept in this order: compilers that load ahead have more values than registers, and spill sums inside the loop.
#pragma unroll
    for (int j = 0; j < vectors; j++) __asm__ volatile("vmovups %1, %0" : "=v"(line[j]) : "m"(*(const float(*)[16])(b + 16 * j)));
#pragma unroll
    for (int i = 0; i < rows; i++) {
        const float *from = copied ? a->from[0] + at + i : a->from[i / 5] + (i % 5 == 3 ? a->row3 : i % 5 * a->row) + at;
        if (copied) {
            // The broadcast is a part of the multiply-add; compilers make it one of its own when it is used twice.
#pragma unroll
            for (int j = 0; j < vectors; j++) __asm__ volatile("vfmadd231ps %2%{1to16%}, %1, %0" : "+v"(sum[i][j]) : "v"(line[j]), "m"(*from));
        } else {
            __asm__ volatile("vbroadcastss %1, %0" : "=v"(value) : "m"(*from));
#pragma unroll
            for (int j = 0; j < vectors; j++) __asm__ volatile("vfmadd231ps %2, %1, %0" : "+v"(sum[i][j]) : "v"(line[j]), "v"(value));
        }
    }
}

/// The row of C after this one. Opaque, or the addresses of all rows are made first and kept in memory.
CK_INLINE const float *next_row(const float *c, int64_t c_row) {
    c += c_row;
    __asm__("" : "+r"(c));
    return c;
}

/// A block of `rows` × 16·`vectors`; the first three are constants where this is inlined. `FETCHING` asks for two lines a step, `stride` bytes from one step
/// to the next, of what is read later.
CK_FOR_AVX512 CK_INLINE void block(const int rows, const int vectors, const int form, const ck_panel *p, int64_t row, const char *ahead, int64_t stride) {
    __m512 sum[14][2];
    __mmask16 mask[2];
    float *c = p->c + row * p->c_row;
    const int64_t c_row = p->c_row;
#pragma unroll
    for (int j = 0; j < vectors; j++) {
        int64_t real = p->columns - 16 * j;
        mask[j] = real >= 16 ? 0xffff : real <= 0 ? 0 : (__mmask16)((1u << real) - 1);
    }
    if (p->loads) {
        const float *from = c;
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_maskz_loadu_ps(mask[j], from + 16 * j);
            from = next_row(from, c_row);
        }
    } else {
#pragma unroll
        for (int i = 0; i < rows; i++) {
#pragma unroll
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_setzero_ps();
        }
    }
    const float *first = p->a + row * p->a_row, *b = p->b;
    rows_of_a a = {{first, first + 5 * p->a_row, first + 10 * p->a_row}, p->a_row, 3 * p->a_row};
    const int64_t a_column = form == COPIED ? CK_COPY_STEP : p->a_column, b_row = p->b_row;
    const int64_t *b_rows = p->b_rows;
    int64_t k = p->depth;
    if (form == COPIED || (form == ADJACENT && a_column == 1)) {
        for (; k >= 4; k -= 4) {
            // Opaque, or each row's address is a sum of its own.
            if (form != COPIED) __asm__("" : "+r"(a.from[1]), "+r"(a.from[2]), "+r"(a.row3));
#pragma unroll
            for (int u = 0; u < 4; u++) {
                step(rows, vectors, form == COPIED, sum, &a, u * (form == COPIED ? CK_COPY_STEP : 1), b);
                b += b_row;
            }
#pragma unroll
            for (int h = 0; h < 3; h++) a.from[h] += 4 * a_column;
        }
    }
    for (; k > 0; k--) {
        if (form != COPIED) __asm__("" : "+r"(a.from[1]), "+r"(a.from[2]), "+r"(a.row3));
        if (form == FETCHING) {
            __builtin_prefetch(ahead, 0, 2);
            __builtin_prefetch(ahead + 64, 0, 2);
            ahead += stride;
        }
        step(rows, vectors, form == COPIED, sum, &a, 0, form == SCATTERED ? b + *b_rows++ : b);
#pragma unroll
        for (int h = 0; h < 3; h++) a.from[h] += a_column;
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
            for (int j = 0; j < vectors; j++) sum[i][j] = _mm512_add_ps(sum[i][j], _mm512_maskz_loadu_ps(mask[j], residual + 16 * j));
            residual = next_row(residual, c_row);
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
        for (int j = 0; j < vectors; j++) _mm512_mask_storeu_ps(c + 16 * j, mask[j], sum[i][j]);
        c = (float *)next_row(c, c_row);
    }
}

#define NAMED(rows, name, vectors, form) \
    CK_FOR_AVX512 __attribute__((noinline)) static void block##rows##name(const ck_panel *p, int64_t row, const char *ahead, int64_t stride) { \
        block(rows, vectors, form, p, row, ahead, stride); \
    }
#define BLOCK(rows) \
    NAMED(rows, x2, 2, ADJACENT) NAMED(rows, x1, 1, ADJACENT) NAMED(rows, s2, 2, SCATTERED) NAMED(rows, s1, 1, SCATTERED) NAMED(rows, f2, 2, FETCHING) \
    NAMED(rows, c2, 2, COPIED)
BLOCK(1) BLOCK(2) BLOCK(3) BLOCK(4) BLOCK(5) BLOCK(6) BLOCK(7) BLOCK(8) BLOCK(9) BLOCK(10) BLOCK(11) BLOCK(12) BLOCK(13) BLOCK(14)

typedef void (*block_function)(const ck_panel *, int64_t row, const char *ahead, int64_t stride);
#define TABLE(name) \
    {NULL, block1##name, block2##name, block3##name, block4##name, block5##name, block6##name, block7##name, \
     block8##name, block9##name, block10##name, block11##name, block12##name, block13##name, block14##name}
static const block_function blocks2[15] = TABLE(x2), blocks1[15] = TABLE(x1), scattered2[15] = TABLE(s2), scattered1[15] = TABLE(s1), fetching2[15] = TABLE(f2),
                            copied2[15] = TABLE(c2);

/// Each block asks for an even part of the `ahead` bytes.
static void run_blocks(const block_function *blocks, const ck_panel *p, const char *ahead) {
    // Even blocks: 15 rows are 8 + 7, not 14 + 1.
    const int64_t count = ck_ceil_div(p->rows, 14), stride = ck_ceil_div(CK_PANEL * 4, ck_max(1, count));
    int64_t row = 0;
    for (int64_t left = count; left > 0; left--) {
        int64_t rows = ck_ceil_div(p->rows - row, left);
        blocks[rows](p, row, ahead, stride);
        ahead += p->depth * stride;
        row += rows;
    }
}

static void panel(const ck_panel *p) {
    const bool is_copied = p->a_row == 1 && p->a_column == CK_COPY_STEP;
    if (p->columns <= 16) run_blocks(blocks1, p, NULL);
    else if (p->ahead != NULL) run_blocks(fetching2, p, (const char *)p->ahead);
    else run_blocks(is_copied ? copied2 : blocks2, p, NULL);
}
static void scattered(const ck_panel *p) { run_blocks(p->columns > 16 ? scattered2 : scattered1, p, NULL); }

const ck_product_kernels *ck_product_kernels_avx512(void) {
    static const ck_product_kernels kernels = {14, 8, panel, scattered, ck_outer_avx512, ck_row_stream_avx512, ck_row_turned_avx2, ck_row_panels_avx512, ck_product_transpose8_avx2};
    return &kernels;
}

#else

const ck_product_kernels *ck_product_kernels_avx512(void) { return ck_product_kernels_plain(); }

#endif
