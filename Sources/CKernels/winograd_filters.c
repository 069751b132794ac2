#include "winograd.h"

// Filters to panels, and sums over tiles back to filters: G w Gᵀ and Gᵀ u G, 16 channels at a time.

/// G of 3 elements: 4 or 6.
CK_INLINE void turn_filter(const int outputs, const ck_lanes *w, ck_lanes *o, const int t) {
    const ck_lanes a = w[0], b = w[1], c = w[2];
    if (outputs == 2) {
        ck_lanes s = a + c;
        o[0] = a;
        o[t] = 0.5f * (s + b);
        o[2 * t] = 0.5f * (s - b);
        o[3 * t] = c;
    } else {
        ck_lanes s = a + c, q = a + 4.0f * c, d = 2.0f * b;
        o[0] = 0.25f * a;
        o[t] = (-1.0f / 6) * (s + b);
        o[2 * t] = (-1.0f / 6) * (s - b);
        o[3 * t] = (1.0f / 24) * (q + d);
        o[4 * t] = (1.0f / 24) * (q - d);
        o[5 * t] = c;
    }
}

/// Gᵀ of 4 or 6 elements `s` apart: 3.
CK_INLINE void turn_back(const int outputs, const ck_lanes *u, const int s, ck_lanes *o, const int t) {
    if (outputs == 2) {
        ck_lanes a = 0.5f * (u[s] + u[2 * s]);
        o[0] = u[0] + a;
        o[t] = 0.5f * (u[s] - u[2 * s]);
        o[2 * t] = a + u[3 * s];
    } else {
        ck_lanes a = (-1.0f / 6) * (u[s] + u[2 * s]), b = (1.0f / 24) * (u[3 * s] + u[4 * s]);
        o[0] = 0.25f * u[0] + (a + b);
        o[t] = (-1.0f / 6) * (u[s] - u[2 * s]) + (1.0f / 12) * (u[3 * s] - u[4 * s]);
        o[2 * t] = (a + 4.0f * b) + u[5 * s];
    }
}

/// One row of 32 targets: its 9 taps to the positions of the panels, `stride` apart.
CK_INLINE void filter_row(const int outputs, const float *rows, const bool turned, float *panels, int64_t stride) {
    const int side = outputs + 2;
#pragma unroll
    for (int half = 0; half < CK_PANEL; half += 16) {
        ck_lanes m[18];
#pragma unroll
        for (int x = 0; x < 3; x++) {
            ck_lanes w[3];
#pragma unroll
            for (int y = 0; y < 3; y++) w[y] = *(const ck_lanes *)(rows + (turned ? 8 - (y * 3 + x) : y * 3 + x) * CK_PANEL + half);
            turn_filter(outputs, w, m + x, 3);
        }
#pragma unroll
        for (int i = 0; i < side; i++) {
            ck_lanes o[6];
            turn_filter(outputs, m + i * 3, o, 1);
#pragma unroll
            for (int j = 0; j < side; j++) *(ck_lanes *)(panels + (i * side + j) * stride + half) = o[j];
        }
    }
}

CK_CLONES static void filter_rows2(const float *rows, int64_t count, bool turned, float *panels, int64_t stride) {
    for (int64_t s = 0; s < count; s++) filter_row(2, rows + s * 9 * CK_PANEL, turned, panels + s * CK_PANEL, stride);
}
CK_CLONES static void filter_rows4(const float *rows, int64_t count, bool turned, float *panels, int64_t stride) {
    for (int64_t s = 0; s < count; s++) filter_row(4, rows + s * 9 * CK_PANEL, turned, panels + s * CK_PANEL, stride);
}

int64_t ck_winograd_filters_count(int64_t targets, int64_t sources, int64_t outputs) {
    return (outputs + 2) * (outputs + 2) * ck_winograd_filter_stride(targets, sources);
}

/// A tile takes the same sources of one panel.
enum { SOURCES_PER_TILE = 64 };

int64_t ck_winograd_filters_tiles(const void *args) {
    const ck_winograd_filters_args *p = args;
    return ck_ceil_div(p->targets, CK_PANEL) * ck_ceil_div(p->sources, SOURCES_PER_TILE);
}

void ck_winograd_filters_run(const void *args, int64_t tile) {
    const ck_winograd_filters_args *p = args;
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const ck_filters filters = {p->w, p->targets, p->sources, p->target_stride, p->source_stride, 9};
    const int64_t parts = ck_ceil_div(p->sources, SOURCES_PER_TILE), panel = tile / parts, first = tile % parts * SOURCES_PER_TILE;
    const int64_t last = ck_min(p->sources, first + SOURCES_PER_TILE), block = ck_filters_block(&filters);
    const int64_t stride = ck_winograd_filter_stride(p->targets, p->sources);
    _Alignas(64) float rows[128 * CK_PANEL];
    for (int64_t s = first; s < last; s += block) {
        const int64_t count = ck_min(block, last - s);
        ck_filters_read(&filters, kernels, panel * CK_PANEL, s, count, rows);
        (p->outputs == 2 ? filter_rows2 : filter_rows4)(rows, count, p->turned, p->panels + (panel * p->sources + s) * CK_PANEL, stride);
    }
}

/// Gᵀ u G of one row of 32 targets, u's positions `stride` apart and summed over `parts` copies `part_stride` apart: rows [9][32].
CK_INLINE void back_row(const int outputs, const float *u, int64_t stride, int64_t parts, int64_t part_stride, float *rows) {
    const int side = outputs + 2;
#pragma unroll
    for (int half = 0; half < CK_PANEL; half += 16) {
        ck_lanes m[18];
#pragma unroll
        for (int x = 0; x < side; x++) {
            ck_lanes column[6];
#pragma unroll
            for (int y = 0; y < side; y++) {
                const float *from = u + (y * side + x) * stride + half;
                ck_lanes sum = *(const ck_lanes *)from;
                for (int64_t part = 1; part < parts; part++) sum += *(const ck_lanes *)(from + part * part_stride);
                column[y] = sum;
            }
            turn_back(outputs, column, 1, m + x, side);
        }
#pragma unroll
        for (int y = 0; y < 3; y++) {
            ck_lanes o[3];
            turn_back(outputs, m + y * side, 1, o, 1);
#pragma unroll
            for (int x = 0; x < 3; x++) *(ck_lanes *)(rows + (y * 3 + x) * CK_PANEL + half) = o[x];
        }
    }
}

CK_CLONES static void back_rows2(const float *u, int64_t stride, int64_t parts, int64_t part_stride, int64_t count, float *rows) {
    for (int64_t s = 0; s < count; s++) back_row(2, u + s * CK_PANEL, stride, parts, part_stride, rows + s * 9 * CK_PANEL);
}
CK_CLONES static void back_rows4(const float *u, int64_t stride, int64_t parts, int64_t part_stride, int64_t count, float *rows) {
    for (int64_t s = 0; s < count; s++) back_row(4, u + s * CK_PANEL, stride, parts, part_stride, rows + s * 9 * CK_PANEL);
}

void ck_winograd_filters_back(int64_t outputs, const float *u, int64_t stride, int64_t parts, int64_t part_stride, int64_t count, float *rows) {
    (outputs == 2 ? back_rows2 : back_rows4)(u, stride, parts, part_stride, count, rows);
}
