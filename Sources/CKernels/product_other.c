#include <string.h>

#include "product.h"

// Products of f64, i64 and i32: rows of C as sums of rows of B, blocked so that four rows of C share each row of B.
// f64 is one chain of multiply-adds over k; integers wrap.

enum { OTHER_ROWS = 4, OTHER_COLUMNS = 256 };

int64_t ck_product_other_tiles(const ck_product_args *p) {
    if (p->m <= 0 || p->n <= 0 || p->batch <= 0) return 0;
    int64_t work = ck_max(1, 4 * OTHER_ROWS * p->n * ck_max(1, p->k));
    // Bands of rows of some 200 k operations each.
    int64_t bands = ck_max(1, ck_min(ck_ceil_div(p->m, 4 * OTHER_ROWS), work * ck_ceil_div(p->m, 4 * OTHER_ROWS) / 200000));
    return bands * p->batch;
}

/// sum[i][j] over a block; `contiguous` columns of B are adjacent.
#define DEFINE_PRODUCT(name, type, arithmetic) \
    CK_CLONES static void name(const ck_product_args *p, int64_t item, int64_t row_start, int64_t row_end) { \
        const type *a = (const type *)p->a + item * p->a_batch, *b = (const type *)p->b + item * p->b_batch; \
        type *c = (type *)p->c + item * p->c_batch; \
        for (int64_t column = 0; column < p->n; column += OTHER_COLUMNS) { \
            int64_t columns = ck_min(OTHER_COLUMNS, p->n - column); \
            for (int64_t row = row_start; row < row_end; row += OTHER_ROWS) { \
                int64_t rows = ck_min(OTHER_ROWS, row_end - row); \
                arithmetic sum[OTHER_ROWS][OTHER_COLUMNS], line[OTHER_COLUMNS]; \
                memset(sum, 0, sizeof sum); \
                if (p->accumulate) { \
                    for (int64_t i = 0; i < rows; i++) { \
                        for (int64_t j = 0; j < columns; j++) sum[i][j] = (arithmetic)c[(row + i) * p->c_row + column + j]; \
                    } \
                } \
                for (int64_t k = 0; k < p->k; k++) { \
                    const type *from = b + k * p->b_row + column * p->b_column; \
                    arithmetic value[OTHER_ROWS] = {0}; \
                    for (int64_t i = 0; i < rows; i++) value[i] = (arithmetic)a[(row + i) * p->a_row + k * p->a_column]; \
                    for (int64_t j = 0; j < columns; j++) line[j] = (arithmetic)from[j * p->b_column]; \
                    for (int64_t j = 0; j < columns; j++) { \
                        sum[0][j] += value[0] * line[j]; \
                        sum[1][j] += value[1] * line[j]; \
                        sum[2][j] += value[2] * line[j]; \
                        sum[3][j] += value[3] * line[j]; \
                    } \
                } \
                for (int64_t i = 0; i < rows; i++) { \
                    for (int64_t j = 0; j < columns; j++) c[(row + i) * p->c_row + column + j] = (type)sum[i][j]; \
                } \
            } \
        } \
    }
DEFINE_PRODUCT(product_f64, double, double)
// Unsigned arithmetic wraps where signed would be undefined.
DEFINE_PRODUCT(product_i64, int64_t, uint64_t)
DEFINE_PRODUCT(product_i32, int32_t, uint32_t)

void ck_product_other_run(const ck_product_args *p, int64_t tile) {
    int64_t bands = ck_product_other_tiles(p) / p->batch;
    int64_t item = tile / bands, band = tile % bands;
    int64_t blocks = ck_ceil_div(p->m, OTHER_ROWS);
    int64_t start = ck_share(blocks, bands, band) * OTHER_ROWS, end = ck_min(p->m, ck_share(blocks, bands, band + 1) * OTHER_ROWS);
    switch (p->type) {
    case CK_F64: product_f64(p, item, start, end); break;
    case CK_I64: product_i64(p, item, start, end); break;
    case CK_I32: product_i32(p, item, start, end); break;
    }
}
