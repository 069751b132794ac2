#pragma once
// Filters as users keep them, read in blocks of 32 target channels.
#include "product.h"

/// Weights of `targets` × `sources` channels; each pair's taps are `volume` adjacent elements.
typedef struct {
    const float *w;
    int64_t targets, sources, target_stride, source_stride, volume;
} ck_filters;

/// Elements of one block: sources at once times taps; a few sources together where they are adjacent.
static inline int64_t ck_filters_block(const ck_filters *f) { return f->source_stride == f->volume ? ck_max(1, 128 / ck_max(1, f->volume)) : 1; }

/// Reads sources source..<source + count (at most `ck_filters_block`) of the 32 targets from `target` on: rows [count · volume][32], zeros where no target is.
static inline void ck_filters_read(const ck_filters *f, const ck_product_kernels *kernels, int64_t target, int64_t source, int64_t count, float *rows) {
    const float *from = f->w + target * f->target_stride + source * f->source_stride;
    ck_product_pack_panel(kernels, from, 1, f->target_stride, ck_min(CK_PANEL, f->targets - target), count * f->volume, rows);
}

/// The transpose of rows [count][32], of which the first `targets` columns count: column j to target[j · stride + row].
void ck_filters_write(const ck_product_kernels *kernels, const float *rows, int64_t count, int64_t targets, float *target, int64_t stride);
