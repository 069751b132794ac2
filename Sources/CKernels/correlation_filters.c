#include <math.h>
#include <string.h>

#include "correlation.h"

int64_t ck_correlation_filters_count(const ck_correlation_filters_args *p) {
    return ck_ceil_div(p->targets, CK_PANEL) * CK_PANEL * p->sources * ck_volume(p->taps);
}

/// Sources of a tile, for some 64 K floats.
static int64_t sources_per_tile(const ck_correlation_filters_args *p) { return ck_max(16, 65536 / (CK_PANEL * ck_max(1, ck_volume(p->kernel)))); }

int64_t ck_correlation_filters_tiles(const void *args) {
    const ck_correlation_filters_args *p = args;
    return ck_volume(p->taps) == 0 ? 0 : ck_ceil_div(p->targets, CK_PANEL) * ck_ceil_div(p->sources, sources_per_tile(p));
}

void ck_correlation_filters_run(const void *args, int64_t tile) {
    const ck_correlation_filters_args *p = args;
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const int64_t volume = ck_volume(p->kernel), kept = ck_volume(p->taps), per = sources_per_tile(p), parts = ck_ceil_div(p->sources, per);
    const ck_filters filters = {p->w, p->targets, p->sources, p->target_stride, p->source_stride, volume};
    const int64_t panel = tile / parts, first = tile % parts * per, last = ck_min(p->sources, first + per), block = ck_filters_block(&filters);
    float *target = p->panels + panel * kept * p->sources * CK_PANEL, *rows = ck_scratch(block * volume * CK_PANEL * 4);
    if (rows == NULL) {
        for (int64_t i = first * CK_PANEL; i < last * CK_PANEL; i++) target[i] = NAN;
        return;
    }
    for (int64_t s = first; s < last; s += block) {
        const int64_t count = ck_min(block, last - s);
        ck_filters_read(&filters, kernels, panel * CK_PANEL, s, count, rows);
        for (int64_t tap = 0; tap < kept; tap++) {
            const int64_t t2 = tap % p->taps[2], t1 = tap / p->taps[2] % p->taps[1], t0 = tap / p->taps[2] / p->taps[1];
            const int64_t at = ((p->first[0] + t0 * p->step[0]) * p->kernel[1] + p->first[1] + t1 * p->step[1]) * p->kernel[2] + p->first[2] + t2 * p->step[2];
            for (int64_t i = 0; i < count; i++) {
                memcpy(target + (tap * p->sources + s + i) * CK_PANEL, rows + (i * volume + at) * CK_PANEL, CK_PANEL * sizeof *rows);
            }
        }
    }
}
