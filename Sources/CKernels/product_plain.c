#include "product.h"

// Baseline vectors of four: 4 × 8 in SSE's 16 registers, 8 × 8 where there are 32 (the compiler contracts to fused multiply-adds there).
#if defined(__aarch64__)
enum { ROWS = 8 };
#else
enum { ROWS = 4 };
#endif

typedef float vector4 __attribute__((vector_size(16)));
typedef float vector4_loose __attribute__((vector_size(16), aligned(4)));

/// A block of `rows` × 8 at `column`, rows of B at offsets or not; both are constants where this is inlined.
CK_INLINE void block(const int rows, const bool scattered, const ck_panel *p, int64_t row, int64_t column) {
    vector4 sum[ROWS][2];
    const int64_t c_row = p->c_row, columns = ck_min(p->columns - column, 8);
    float *c = p->c + row * c_row + column;
    float edge[ROWS][8];
    for (int i = 0; i < rows; i++) {
        for (int64_t j = 0; j < 8; j++) edge[i][j] = p->loads && j < columns ? c[i * c_row + j] : 0;
        sum[i][0] = *(vector4_loose *)&edge[i][0];
        sum[i][1] = *(vector4_loose *)&edge[i][4];
    }
    const float *a = p->a + row * p->a_row, *b = p->b + column;
    const int64_t a_row = p->a_row, a_column = p->a_column, b_row = p->b_row;
    const int64_t *b_rows = p->b_rows;
    for (int64_t k = p->depth; k > 0; k--) {
        const float *from = scattered ? b + *b_rows++ : b;
        vector4 low = *(const vector4_loose *)from, high = *(const vector4_loose *)(from + 4);
#pragma unroll
        for (int i = 0; i < rows; i++) {
            float value = a[i * a_row];
            sum[i][0] += value * low;
            sum[i][1] += value * high;
        }
        a += a_column;
        b += b_row;
    }
    for (int i = 0; i < rows; i++) {
        *(vector4_loose *)&edge[i][0] = sum[i][0];
        *(vector4_loose *)&edge[i][4] = sum[i][1];
        const float *residual = p->residual == NULL ? NULL : p->residual + (row + i) * c_row + column;
        for (int64_t j = 0; j < columns; j++) {
            float value = edge[i][j];
            if (p->column_scale != NULL) value *= p->column_scale[column + j];
            if (p->column_bias != NULL) value += p->column_bias[column + j];
            if (p->row_bias != NULL) value += p->row_bias[row + i];
            if (residual != NULL) value += residual[j];
            c[i * c_row + j] = p->relu ? ck_relu(value) : value;
        }
    }
}

#define BLOCK(name, rows, scattered) \
    __attribute__((noinline)) static void name(const ck_panel *p, int64_t row, int64_t column) { block(rows, scattered, p, row, column); }
BLOCK(whole_block, ROWS, false)
BLOCK(single_row, 1, false)
BLOCK(scattered_block, ROWS, true)
BLOCK(scattered_row, 1, true)

static void panel(const ck_panel *p) {
    for (int64_t column = 0; column < p->columns; column += 8) {
        int64_t row = 0;
        for (; row + ROWS <= p->rows; row += ROWS) whole_block(p, row, column);
        for (; row < p->rows; row++) single_row(p, row, column);
    }
}

static void scattered(const ck_panel *p) {
    for (int64_t column = 0; column < p->columns; column += 8) {
        int64_t row = 0;
        for (; row + ROWS <= p->rows; row += ROWS) scattered_block(p, row, column);
        for (; row < p->rows; row++) scattered_row(p, row, column);
    }
}

static void transpose8(const float *source, int64_t stride, int64_t depth, float *target, int64_t target_stride) {
    for (int64_t k = 0; k < depth; k++) {
        for (int j = 0; j < 8; j++) target[k * target_stride + j] = source[j * stride + k];
    }
}

const ck_product_kernels *ck_product_kernels_plain(void) {
    static const ck_product_kernels kernels = {2 * ROWS, INT64_MAX, panel, scattered, ck_outer_plain, NULL, NULL, NULL, transpose8};
    return &kernels;
}
