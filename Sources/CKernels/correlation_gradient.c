#include <math.h>

#include "correlation.h"

// dw is a product over outputs of the gathered taps, transposed, and dy. A tile takes some outputs and some taps; its sums are its own, and those of
// equal taps are added in order at the end.

enum { PARTS_MOST = 8, SUMS_MOST = 1 << 20, TILES_WANTED = 8, GATHERED = 65536 };

typedef struct {
    ck_taps taps;
    int64_t tap_count, depth, panels, outputs;
    /// Outputs and taps are cut into shares.
    int64_t parts, tap_tiles;
} gradient_plan;

static gradient_plan make_plan(const ck_correlation_gradient_args *p) {
    gradient_plan plan = {.taps = {.x = p->x, .sources = p->sources, .images = p->images}};
    for (int i = 0; i < 3; i++) {
        plan.taps.size[i] = p->size[i], plan.taps.first[i] = p->first[i], plan.taps.step[i] = p->step[i], plan.taps.taps[i] = p->taps[i];
        plan.taps.tap_step[i] = p->tap_step[i], plan.taps.count[i] = p->count[i];
    }
    plan.tap_count = ck_volume(p->taps);
    plan.depth = plan.tap_count * p->sources;
    plan.panels = ck_ceil_div(p->targets, CK_PANEL);
    plan.outputs = p->images * ck_volume(p->count);
    const int64_t sums = plan.panels * CK_PANEL * plan.depth;
    plan.parts = ck_max(1, ck_min(ck_min(PARTS_MOST, SUMS_MOST / ck_max(1, sums)), plan.outputs / 256));
    plan.tap_tiles = ck_max(1, ck_min(plan.tap_count, TILES_WANTED / plan.parts));
    return plan;
}

static int64_t sums_of(const gradient_plan *plan) { return plan->panels * CK_PANEL * plan->depth; }

int64_t ck_correlation_gradient_workspace(const ck_correlation_gradient_args *p) {
    const gradient_plan plan = make_plan(p);
    return plan.parts * sums_of(&plan) * 4;
}

int64_t ck_correlation_gradient_gather_tiles(const void *args) {
    const gradient_plan plan = make_plan(args);
    return plan.depth <= 0 ? 0 : plan.parts * plan.tap_tiles;
}

/// Rows of dy at one panel, zeros where there are no targets.
CK_CLONES static void copy_panel(const float *from, int64_t row, int64_t columns, int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < columns; j++) to[i * CK_PANEL + j] = from[i * row + j];
        for (int64_t j = columns; j < CK_PANEL; j++) to[i * CK_PANEL + j] = 0;
    }
}

void ck_correlation_gradient_gather_run(const void *args, int64_t tile) {
    const ck_correlation_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const int64_t part = tile / plan.tap_tiles, tap_tile = tile % plan.tap_tiles;
    const int64_t first_tap = ck_share(plan.tap_count, plan.tap_tiles, tap_tile), last_tap = ck_share(plan.tap_count, plan.tap_tiles, tap_tile + 1);
    const int64_t first = ck_share(plan.outputs, plan.parts, part), last = ck_share(plan.outputs, plan.parts, part + 1);
    // Rows lie so far apart that no two of a column share a set of the first cache; dy's panels are copied for the same reason.
    const int64_t rows = (last_tap - first_tap) * p->sources, pitch = (rows + 15) / 16 * 16 + 16, block = ck_max(16, ck_min(CK_DEPTH, GATHERED / ck_max(1, rows)));
    // Sums [panel][tap][source][32].
    float *sums = (float *)p->workspace + part * sums_of(&plan) + first_tap * p->sources * CK_PANEL;
    float *gathered = ck_scratch((block * pitch + block * CK_PANEL) * 4);
    if (gathered == NULL) {
        sums[0] = NAN;
        return;
    }
    float *panel_rows = gathered + block * pitch;
    for (int64_t at = first; at < last || at == first; at += block) {
        const int64_t count = ck_min(block, last - at);
        if (count > 0) ck_taps_gather(&plan.taps, first_tap, last_tap, at, count, gathered, pitch);
        ck_panel job = {.rows = rows, .columns = CK_PANEL, .depth = count, .a = gathered, .a_row = 1, .a_column = pitch, .c_row = CK_PANEL, .loads = at > first};
        for (int64_t panel = 0; panel < plan.panels; panel++) {
            const int64_t columns = ck_min(CK_PANEL, p->targets - panel * CK_PANEL);
            job.b = p->dy + at * p->targets + panel * CK_PANEL;
            job.b_row = p->targets;
            if (p->targets != CK_PANEL) {
                copy_panel(job.b, p->targets, columns, count, panel_rows);
                job.b = panel_rows;
                job.b_row = CK_PANEL;
            }
            job.c = sums + panel * plan.depth * CK_PANEL;
            kernels->panel(&job);
        }
    }
}

/// Sources that a tile of the end takes.
static int64_t sources_per_tile(const gradient_plan *plan) { return ck_max(1, 126 / ck_max(1, plan->tap_count)); }

int64_t ck_correlation_gradient_finish_tiles(const void *args) {
    const ck_correlation_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    return plan.depth <= 0 ? 0 : plan.panels * ck_ceil_div(p->sources, sources_per_tile(&plan));
}

/// Adds the parts of one row of sums.
CK_CLONES static void add_parts(const float *sums, int64_t parts, int64_t stride, float *row) {
    for (int j = 0; j < CK_PANEL; j++) row[j] = sums[j];
    for (int64_t part = 1; part < parts; part++) {
        for (int j = 0; j < CK_PANEL; j++) row[j] += sums[part * stride + j];
    }
}

void ck_correlation_gradient_finish_run(const void *args, int64_t tile) {
    const ck_correlation_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    const int64_t per = sources_per_tile(&plan), tiles = ck_ceil_div(p->sources, per), panel = tile / tiles, source = tile % tiles * per;
    const int64_t count = ck_min(per, p->sources - source), target = panel * CK_PANEL, real = ck_min(CK_PANEL, p->targets - target);
    float *dw = p->dw + (target * p->sources + source) * plan.tap_count;
    float *rows = ck_scratch(count * plan.tap_count * CK_PANEL * 4);
    if (rows == NULL) {
        dw[0] = NAN;
        return;
    }
    const float *sums = (const float *)p->workspace + panel * plan.depth * CK_PANEL;
    for (int64_t tap = 0; tap < plan.tap_count; tap++) {
        for (int64_t s = 0; s < count; s++) {
            add_parts(sums + (tap * p->sources + source + s) * CK_PANEL, plan.parts, sums_of(&plan), rows + (s * plan.tap_count + tap) * CK_PANEL);
        }
    }
    ck_filters_write(ck_product_kernels_now(), rows, count * plan.tap_count, real, dw, p->sources * plan.tap_count);
}
