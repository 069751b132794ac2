#include <string.h>

#include "product.h"

/// Copies whole rows of a panel; asks for the next panel's meanwhile, which no hardware prefetcher sees coming over such strides.
CK_CLONES static void copy_rows(const float *b, int64_t b_row, int64_t depth, float *target) {
    for (int64_t k = 0; k < depth; k++) {
        __builtin_prefetch(b + k * b_row + CK_PANEL, 0, 2);
        __builtin_prefetch(b + k * b_row + CK_PANEL + 16, 0, 2);
        memcpy(target + k * CK_PANEL, b + k * b_row, CK_PANEL * sizeof *b);
    }
}

void ck_product_pack_panel(const ck_product_kernels *kernels, const float *b, int64_t b_row, int64_t b_column, int64_t columns, int64_t depth, float *target) {
    if (columns < CK_PANEL) memset(target, 0, (size_t)(depth * CK_PANEL) * sizeof *target);
    if (b_column == 1) {
        if (columns == CK_PANEL) {
            copy_rows(b, b_row, depth, target);
        } else {
            for (int64_t k = 0; k < depth; k++) {
                for (int64_t j = 0; j < columns; j++) target[k * CK_PANEL + j] = b[k * b_row + j];
            }
        }
        return;
    }
    int64_t j = 0;
    if (b_row == 1) {
        for (; j + 8 <= columns; j += 8) kernels->transpose8(b + j * b_column, b_column, depth, target + j, CK_PANEL);
    }
    for (; j < columns; j++) {
        for (int64_t k = 0; k < depth; k++) target[k * CK_PANEL + j] = b[k * b_row + j * b_column];
    }
}

int64_t ck_product_packed_count(int64_t k, int64_t n) { return ck_ceil_div(n, CK_PANEL) * CK_PANEL * k; }

/// Panels a tile of packing takes, for some 16 K floats.
static int64_t panels_per_tile(const ck_product_pack_args *args) { return ck_max(1, 16384 / (CK_PANEL * ck_max(1, args->k))); }

int64_t ck_product_pack_tiles(const void *args) {
    const ck_product_pack_args *p = args;
    return p->k == 0 ? 0 : ck_ceil_div(ck_ceil_div(p->n, CK_PANEL), panels_per_tile(p));
}

void ck_product_pack_run(const void *args, int64_t tile) {
    const ck_product_pack_args *p = args;
    const ck_product_kernels *kernels = ck_product_kernels_now();
    int64_t panels = ck_ceil_div(p->n, CK_PANEL), per = panels_per_tile(p);
    for (int64_t q = tile * per; q < ck_min(panels, tile * per + per); q++) {
        int64_t column = q * CK_PANEL;
        ck_product_pack_panel(kernels, p->b + column * p->b_column, p->b_row, p->b_column, ck_min(CK_PANEL, p->n - column), p->k, p->target + column * p->k);
    }
}
