#pragma once
// Blocks of keys and tiles of queries: what is seen of them, and their products by the packed microkernel.
#include "attention.h"
#include "product.h"

/// The operations on rows of the instruction set in force.
static inline const ck_attention_rows *ck_attention_rows_now(void) {
#if CK_X86
    switch (ck_isa()) {
    case CK_AVX512: return &ck_attention_rows_avx512;
    case CK_AVX2: return &ck_attention_rows_avx2;
    default: break;
    }
#endif
    return &ck_attention_rows_baseline;
}

/// The problem with its scale, a factor, and its fill as numbers.
static inline ck_attention_problem ck_attention_resolved(ck_attention_problem p) {
    if (p.scale_from != NULL) p.scale = *p.scale_from;
    if (p.fill_from != NULL) p.fill = *p.fill_from;
    if (p.divides) p.scale = 1 / p.scale;
    p.divides = false;
    return p;
}

static inline int64_t ck_attention_at(ck_attention_layout at, const ck_attention_problem *p, int64_t head) {
    return head / p->inner * at.outer + head % p->inner * at.inner;
}

/// Queries of a tile: fewer where the diagonal cuts tiles, since what lies above it within a tile is computed for nothing.
static inline int64_t ck_attention_queries(const ck_attention_problem *p) { return p->is_causal ? 32 : 56; }

/// Operations of all heads together, roughly.
static inline double ck_attention_work(const ck_attention_problem *p) {
    double all = 2.0 * (double)(p->queries * p->keys) * (double)(p->depth + p->width + 24) * (double)(p->outer * p->inner);
    return p->is_causal ? 0.6 * all : all;
}

/// How many of the `count` keys from `key` on some of the queries up to `query` see.
static inline int64_t ck_attention_seen(const ck_attention_problem *p, int64_t query, int64_t key, int64_t count) {
    if (!p->is_causal) return count;
    return ck_max(0, ck_min(count, query + p->offset + 1 - key));
}

/// Whether hidden keys have a weight of exactly 0 in all rows, given a score of each that is not above its largest.
static inline bool ck_attention_hides(const float *largest, int64_t rows, float fill) {
    for (int64_t i = 0; i < rows; i++) {
        if (!(largest[i] - fill > CK_ATTENTION_NOTHING)) return false;
    }
    return true;
}

/// The tile of queries from `query` and keys from `key` on; scores are still missing.
static inline ck_attention_tile ck_attention_make_tile(
    const ck_attention_problem *p, int64_t head, int64_t query, int64_t rows, int64_t key, int64_t columns, float *scores) {
    ck_attention_tile tile = {.scores = scores, .rows = rows, .columns = columns, .seen = query + p->offset + 1 - key, .is_causal = p->is_causal,
                              .mask_row = p->mask_row, .mask_column = p->mask_column, .scale = p->scale, .fill = p->fill};
    if (p->mask != NULL) {
        tile.mask = p->mask + head / p->inner * p->mask_outer + head % p->inner * p->mask_inner + query * p->mask_row + key * p->mask_column;
    }
    return tile;
}

static inline int64_t ck_attention_panels(int64_t columns) { return ck_ceil_div(columns, CK_PANEL); }

/// Packs a matrix [depth][columns] of any strides; a panel takes depth · 32 floats.
static inline void ck_attention_pack(
    const ck_product_kernels *kernels, const float *b, int64_t b_row, int64_t b_column, int64_t columns, int64_t depth, float *target) {
    for (int64_t q = 0; q < columns; q += CK_PANEL) {
        ck_product_pack_panel(kernels, b + q * b_column, b_row, b_column, ck_min(CK_PANEL, columns - q), depth, target + q * depth);
    }
}

/// C (+)= A·B with B's panels; `pitch` floats of a panel were made for the first `job->depth` · 32 or more of it.
static inline void ck_attention_multiply(const ck_product_kernels *kernels, ck_panel job, const float *panels, int64_t pitch, int64_t columns, float *c) {
    for (int64_t q = 0; q < columns; q += CK_PANEL) {
        job.columns = ck_min(CK_PANEL, columns - q);
        job.b = panels + q / CK_PANEL * pitch;
        job.b_row = CK_PANEL;
        job.c = c + q;
        kernels->panel(&job);
    }
}
