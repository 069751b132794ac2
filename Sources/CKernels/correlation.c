#include <math.h>

#include "correlation.h"

// Outputs side by side are the rows of a product with the filters. Where a row of outputs is long and channels are many, a padded copy of its band is
// read in place, a row of taps at a time; else taps are gathered into rows of their own. Where outputs are few, reading the filters is the work: then all
// taps are gathered first, once, and each tile reads some panels of the filters in order.

enum { CORRELATION_NEAR = 65536, ROWS_MOST = 252, ROWS_LEAST = 16, ROW_PIECE = 252, TILES_WANTED = 8 };
/// Columns of the rows that one tile of `gather` writes, and the depth of a slice where filters are streamed: two of them and a block of rows are near.
enum { GATHER_PART = 16384, STREAM_DEPTH = 256 };

typedef struct {
    ck_taps taps;
    int64_t tap_count, depth, panels, outputs;
    bool gathers;
    /// Gathered: in a run of its own.
    bool is_apart;
    /// Gathered: outputs are cut into blocks, panels into shares.
    int64_t blocks, panel_tiles;
    /// Else: axis 1 is cut into bands, axis 2 into pieces.
    int64_t bands, pieces;
} correlation_plan;

static correlation_plan make_plan(const ck_correlation_args *p) {
    correlation_plan plan = {.taps = {.x = p->x, .sources = p->sources, .images = p->images}};
    for (int i = 0; i < 3; i++) {
        plan.taps.size[i] = p->size[i], plan.taps.first[i] = p->first[i], plan.taps.step[i] = p->step[i], plan.taps.taps[i] = p->taps[i];
        plan.taps.tap_step[i] = p->tap_step[i], plan.taps.count[i] = p->count[i];
    }
    plan.tap_count = ck_volume(p->taps);
    plan.depth = plan.tap_count * p->sources;
    plan.panels = ck_ceil_div(p->targets, CK_PANEL);
    plan.outputs = p->images * ck_volume(p->count);
    const int64_t run = p->tap_step[2] == 1 ? p->taps[2] * p->sources : p->sources;
    const int64_t gathered = ck_max(ROWS_LEAST, ck_min(ROWS_MOST, CORRELATION_NEAR / ck_max(1, plan.depth)));
    plan.blocks = ck_ceil_div(plan.outputs, gathered);
    // Rows that end in whole vectors can be gathered side by side.
    const bool is_few = plan.depth > 0 && plan.blocks < TILES_WANTED && p->sources % 16 == 0;
    // Eight rows of a product keep the multipliers busy; fewer read more of the filters than they use.
    plan.gathers = plan.depth == 0 || run < 24 || p->count[2] < (is_few ? 16 : 8);
    plan.is_apart = plan.gathers && is_few;
    plan.panel_tiles = plan.bands = plan.pieces = 1;
    if (plan.gathers) {
        if (plan.blocks < TILES_WANTED) {
            if (plan.is_apart) plan.blocks = ck_ceil_div(plan.outputs, ROWS_MOST);
            plan.panel_tiles = ck_min(plan.panels, ck_ceil_div(TILES_WANTED, ck_max(1, plan.blocks)));
        }
    } else {
        plan.blocks = 1;
        plan.pieces = ck_ceil_div(p->count[2], ROW_PIECE);
        const int64_t width = (ck_ceil_div(p->count[2], plan.pieces) * p->step[2] + p->taps[2] * p->tap_step[2]) * p->sources * ck_max(1, p->taps[0]);
        // Rows of a band so that its copy stays near, and so that there are some tiles.
        int64_t rows = ck_max(1, (CORRELATION_NEAR / width - p->taps[1] * p->tap_step[1]) / ck_max(1, p->step[1]));
        rows = ck_min(rows, ck_max(4, ck_ceil_div(p->images * p->count[0] * p->count[1] * plan.pieces, TILES_WANTED)));
        plan.bands = ck_ceil_div(p->count[1], ck_min(rows, ck_max(1, p->count[1])));
        const int64_t tiles = p->images * p->count[0] * plan.bands * plan.pieces;
        if (tiles < TILES_WANTED && tiles > 0) plan.panel_tiles = ck_min(plan.panels, TILES_WANTED / tiles);
    }
    return plan;
}

int64_t ck_correlation_tiles(const void *args) {
    const ck_correlation_args *p = args;
    const correlation_plan plan = make_plan(p);
    if (plan.outputs <= 0 || p->targets <= 0) return 0;
    return plan.panel_tiles * (plan.gathers ? plan.blocks : p->images * p->count[0] * plan.bands * plan.pieces);
}

/// Where output (o0, o1, o2) of an image is in y.
static int64_t target_of(const ck_correlation_args *p, int64_t image, int64_t o0, int64_t o1, int64_t o2) {
    const int64_t row = (image * p->output[0] + p->first_target[0] + o0 * p->target_step[0]) * p->output[1] + p->first_target[1] + o1 * p->target_step[1];
    return (row * p->output[2] + p->first_target[2] + o2 * p->target_step[2]) * p->targets;
}

/// Where output number `output` is in y.
static int64_t target_at(const ck_correlation_args *p, int64_t output) {
    const int64_t o2 = output % p->count[2], rest = output / p->count[2], o1 = rest % p->count[1];
    return target_of(p, rest / p->count[1] / p->count[0], rest / p->count[1] % p->count[0], o1, o2);
}

int64_t ck_correlation_workspace(const ck_correlation_args *p) {
    const correlation_plan plan = make_plan(p);
    return plan.is_apart ? plan.outputs * plan.depth * 4 : 0;
}

static int64_t outputs_per_tile(const correlation_plan *plan) { return ck_max(1, GATHER_PART / plan->depth); }

int64_t ck_correlation_gather_tiles(const void *args) {
    const correlation_plan plan = make_plan(args);
    return plan.is_apart ? ck_ceil_div(plan.outputs, outputs_per_tile(&plan)) : 0;
}

void ck_correlation_gather_run(const void *args, int64_t tile) {
    const ck_correlation_args *p = args;
    const correlation_plan plan = make_plan(p);
    const int64_t per = outputs_per_tile(&plan), first = tile * per;
    ck_taps_gather(&plan.taps, 0, plan.tap_count, first, ck_min(per, plan.outputs - first), p->workspace + first * plan.depth,
                   plan.depth);
}

/// `rows` outputs at one panel, from slice to slice of the depth. The tail comes with the last slice.
static void run_panel(const ck_correlation_args *p, const ck_product_kernels *kernels, ck_panel job, int64_t panel, int64_t at, bool is_first, bool is_last) {
    const int64_t column = panel * CK_PANEL;
    job.columns = ck_min(CK_PANEL, p->targets - column);
    job.c = p->y + at + column;
    job.c_row = p->target_step[2] * p->targets;
    job.loads = !is_first;
    if (is_last) {
        job.column_scale = p->scale == NULL ? NULL : p->scale + column;
        job.column_bias = p->bias == NULL ? NULL : p->bias + column;
        job.residual = p->residual == NULL ? NULL : p->residual + at + column;
        job.relu = p->relu;
    }
    kernels->panel(&job);
}

/// Whether outputs lie side by side in y whatever rows they are of.
static bool is_dense(const ck_correlation_args *p) {
    bool result = true;
    for (int i = 0; i < 3; i++) result = result && p->target_step[i] == 1 && p->count[i] == p->output[i];
    return result;
}

static void spoil(const ck_correlation_args *p, int64_t at, int64_t first, int64_t last) {
    for (int64_t i = first * CK_PANEL; i < ck_min(p->targets, last * CK_PANEL); i++) p->y[at + i] = NAN;
}

static void run_gathered(const ck_correlation_args *p, const correlation_plan *plan, int64_t block, int64_t first, int64_t last) {
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const int64_t start = ck_share(plan->outputs, plan->blocks, block), end = ck_share(plan->outputs, plan->blocks, block + 1);
    const float *rows;
    if (plan->is_apart) {
        rows = p->workspace + start * plan->depth;
    } else {
        float *own = ck_scratch(((end - start) * plan->depth + 16) * 4);
        if (own == NULL) {
            for (int64_t output = start; output < end; output++) spoil(p, target_at(p, output), first, last);
            return;
        }
        if (plan->depth > 0) ck_taps_gather(&plan->taps, 0, plan->tap_count, start, end - start, own, plan->depth);
        rows = own;
    }
    const bool dense = is_dense(p);
    const int64_t slice = plan->is_apart ? STREAM_DEPTH : plan->depth > CK_DEPTH_MOST ? CK_DEPTH : plan->depth;
    int64_t k = 0;
    do {
        ck_panel job = {.depth = ck_min(slice, plan->depth - k), .a_row = plan->depth, .a_column = 1, .b_row = CK_PANEL};
        for (int64_t panel = first; panel < last; panel++) {
            job.b = p->panels + (panel * plan->depth + k) * CK_PANEL;
            if (plan->is_apart) {
                // The next panel's slice, the next slice of the first panel, the next tile.
                const bool is_end = k + job.depth >= plan->depth;
                job.ahead = panel + 1 < last ? job.b + plan->depth * CK_PANEL
                                             : p->panels + (is_end ? last * plan->depth : first * plan->depth + k + job.depth) * CK_PANEL;
            }
            for (int64_t output = start, next; output < end; output = next) {
                next = dense ? end : ck_min(end, (output / p->count[2] + 1) * p->count[2]);
                job.rows = next - output;
                job.a = rows + (output - start) * plan->depth + k;
                run_panel(p, kernels, job, panel, target_at(p, output), k == 0, k + job.depth >= plan->depth);
                job.ahead = NULL;
            }
        }
        k += job.depth;
    } while (k < plan->depth);
}

/// A band of outputs: rows from..<to of axis 1, outputs left..<right of axis 2, of one image and one position of axis 0.
typedef struct {
    int64_t image, o0, from, to, left, right;
} output_band;

static void run_band(const ck_correlation_args *p, const correlation_plan *plan, const output_band *b, int64_t first, int64_t last) {
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const ck_taps *t = &plan->taps;
    const int64_t length = (b->right - b->left - 1) * t->step[2] + (t->taps[2] - 1) * t->tap_step[2] + 1, row = length * t->sources;
    const int64_t height = (b->to - b->from - 1) * t->step[1] + (t->taps[1] - 1) * t->tap_step[1] + 1, slab = row * height;
    float *copy = ck_scratch(slab * t->taps[0] * 4);
    if (copy == NULL) {
        for (int64_t o1 = b->from; o1 < b->to; o1++) {
            for (int64_t o2 = b->left; o2 < b->right; o2++) spoil(p, target_of(p, b->image, b->o0, o1, o2), first, last);
        }
        return;
    }
    for (int64_t t0 = 0; t0 < t->taps[0]; t0++) {
        const int64_t p0 = t->first[0] + b->o0 * t->step[0] + t0 * t->tap_step[0], corner = t->first[1] + b->from * t->step[1];
        for (int64_t i = 0; i < height; i++) {
            ck_taps_copy_row(t, b->image, p0, corner + i, t->first[2] + b->left * t->step[2], length, copy + t0 * slab + i * row);
        }
    }
    // Taps that are adjacent in a row are one run of the depth.
    const int64_t per_run = t->tap_step[2] == 1 ? t->taps[2] : 1, run = per_run * t->sources, slice = run > CK_DEPTH_MOST ? CK_DEPTH : run;
    for (int64_t tap = 0; tap < plan->tap_count; tap += per_run) {
        const int64_t t2 = tap % t->taps[2], t1 = tap / t->taps[2] % t->taps[1], t0 = tap / t->taps[2] / t->taps[1];
        const float *corner = copy + t0 * slab + t1 * t->tap_step[1] * row + t2 * t->tap_step[2] * t->sources;
        for (int64_t k = 0; k < run; k += slice) {
            ck_panel job = {.rows = b->right - b->left, .depth = ck_min(slice, run - k), .a_row = t->step[2] * t->sources, .a_column = 1, .b_row = CK_PANEL};
            const bool is_last = tap + per_run >= plan->tap_count && k + job.depth >= run;
            for (int64_t panel = first; panel < last; panel++) {
                job.b = p->panels + ((panel * plan->tap_count + tap) * t->sources + k) * CK_PANEL;
                for (int64_t o1 = b->from; o1 < b->to; o1++) {
                    job.a = corner + (o1 - b->from) * t->step[1] * row + k;
                    run_panel(p, kernels, job, panel, target_of(p, b->image, b->o0, o1, b->left), tap == 0 && k == 0, is_last);
                }
            }
        }
    }
}

void ck_correlation_run(const void *args, int64_t tile) {
    const ck_correlation_args *p = args;
    const correlation_plan plan = make_plan(p);
    const int64_t panel_tile = tile % plan.panel_tiles, rest = tile / plan.panel_tiles;
    const int64_t first = ck_share(plan.panels, plan.panel_tiles, panel_tile), last = ck_share(plan.panels, plan.panel_tiles, panel_tile + 1);
    if (plan.gathers) {
        run_gathered(p, &plan, rest, first, last);
        return;
    }
    const int64_t piece = rest % plan.pieces, band = rest / plan.pieces % plan.bands, plane = rest / plan.pieces / plan.bands;
    const output_band b = {plane / p->count[0], plane % p->count[0], ck_share(p->count[1], plan.bands, band), ck_share(p->count[1], plan.bands, band + 1),
                           ck_share(p->count[2], plan.pieces, piece), ck_share(p->count[2], plan.pieces, piece + 1)};
    run_band(p, &plan, &b, first, last);
}
