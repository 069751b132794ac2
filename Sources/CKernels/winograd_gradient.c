#include <math.h>

#include "winograd.h"

// dw = Gᵀ [Σ over tiles (Bᵀ d B) (A y Aᵀ)] G. The sum over tiles is a product for each position. Few channels: every tile of work transforms some
// tiles and adds to sums of its own, that are added at the end. Many: all tiles are transformed first, and a tile of work takes one position. Many and few
// tiles: a tile of work takes all positions of some filters, whose sums are never anywhere but near.

enum { GRADIENT_NEAR = 500000 / 4, SUMS_MOST = 1 << 18, PARTS = 8, STAGGER = 16, BLOCK_SOURCES = 14 };
/// Up to so many tiles of the images, sums are larger than what they are made of; floats of those that are near at once.
enum { FEW_TILES = 128, NEAR_SUMS = 1 << 16 };

typedef struct {
    ck_winograd_grid grid;
    int64_t sources, panels, targets;
    /// Floats of one set of sums [position][panel][source][32], from position to position, and how many sets there are in the workspace.
    int64_t sums, position_sums, parts;
    /// Tiles that a tile of work transforms at once, if it adds to sums of its own.
    int64_t chunk;
    bool is_apart;
    /// All positions at once: about how many sources a tile of work takes; 0 otherwise.
    int64_t near_sources;
} gradient_plan;

static gradient_plan make_plan(const ck_winograd_gradient_args *p) {
    gradient_plan plan = {.grid = ck_winograd_make_grid(p->images, p->output, p->outputs)};
    plan.sources = ck_winograd_padded(p->sources);
    // The products read columns of tiles: at distances of half a page these would share two sets of the first cache.
    if (plan.sources % 512 == 0) plan.sources += 16;
    plan.panels = ck_ceil_div(p->targets, CK_PANEL);
    plan.targets = plan.panels * CK_PANEL;
    // Positions start at different places of a page, since they are read side by side in the end.
    plan.position_sums = plan.targets * p->sources + STAGGER;
    plan.sums = plan.grid.positions * plan.position_sums;
    plan.is_apart = plan.sums > SUMS_MOST;
    plan.chunk = ck_max(16, ck_min(112, GRADIENT_NEAR / (plan.grid.positions * (plan.sources + plan.targets))));
    plan.near_sources = 0;
    if (plan.is_apart && plan.grid.total <= FEW_TILES) {
        plan.near_sources = ck_max(1, NEAR_SUMS / (plan.grid.positions * CK_PANEL * BLOCK_SOURCES)) * BLOCK_SOURCES;
        plan.parts = 0;
        return plan;
    }
    plan.parts = plan.is_apart ? 1 : ck_max(1, ck_min(PARTS, ck_ceil_div(plan.grid.total, 2 * plan.chunk)));
    return plan;
}

/// Where all tiles are transformed first: tiles [position][tile][source], then [position][panel][tile][32], behind the sums.
static float *all_inputs(const gradient_plan *plan, const ck_winograd_gradient_args *p) { return (float *)p->workspace + plan->parts * plan->sums + STAGGER; }
static int64_t inputs_stride(const gradient_plan *plan) { return plan->grid.total * plan->sources + STAGGER; }
static float *all_spreads(const gradient_plan *plan, const ck_winograd_gradient_args *p) {
    return all_inputs(plan, p) + plan->grid.positions * inputs_stride(plan);
}
static int64_t spreads_stride(const gradient_plan *plan) { return plan->grid.total * plan->targets + STAGGER; }

int64_t ck_winograd_gradient_workspace(const ck_winograd_gradient_args *p) {
    const gradient_plan plan = make_plan(p);
    int64_t floats = plan.parts * plan.sums + STAGGER;
    if (plan.is_apart) floats += plan.grid.positions * (inputs_stride(&plan) + spreads_stride(&plan));
    return floats * 4;
}

/// Transforms tiles first..<first + count; tile q of position i goes to inputs[i · input_stride + q · sources] and likewise.
static void transform(const gradient_plan *plan, const ck_winograd_gradient_args *p, const float *zeros, int64_t first, int64_t count, float *inputs,
                      int64_t input_stride, float *spreads, int64_t spread_stride, int64_t panel_stride) {
    const ck_winograd_grid *grid = &plan->grid;
    const int64_t plane = p->size[0] * p->size[1] * p->sources, dy_plane = p->output[0] * p->output[1] * p->targets;
    ck_winograd_place next = ck_winograd_find(grid, first);
    for (int64_t q = 0; q < count; q++) {
        const ck_winograd_place at = next;
        next = ck_winograd_find(grid, first + ck_min(q + 1, count - 1));
        const float *pixels[CK_WINOGRAD_MOST];
        // What of it the tiles above and before do not share.
        ck_winograd_fetch(p->x + next.image * plane, p->sources, p->sources, p->size, next.row - p->low[0] + 2, next.column - p->low[1] + 2, grid->outputs);
        ck_winograd_fetch(p->dy + next.image * dy_plane, p->targets, p->targets, p->output, next.row, next.column, grid->outputs);
        ck_winograd_pixels(p->x + at.image * plane, p->sources, p->size, at.row - p->low[0], at.column - p->low[1], grid->side, zeros, pixels);
        ck_winograd_input(grid->outputs, pixels, p->sources, inputs + q * plan->sources, input_stride);
        ck_winograd_pixels(p->dy + at.image * dy_plane, p->targets, p->output, at.row, at.column, grid->outputs, zeros, pixels);
        ck_winograd_spread(grid->outputs, pixels, p->targets, spreads + q * CK_PANEL, spread_stride, panel_stride);
    }
    // Vectors of a last panel that have no channels.
    if (plan->targets - ck_winograd_padded(p->targets) > 0) {
        for (int64_t i = 0; i < grid->positions; i++) {
            float *panel = spreads + i * spread_stride + (plan->panels - 1) * panel_stride;
            for (int64_t q = 0; q < count; q++) {
                for (int j = 16; j < CK_PANEL; j++) panel[q * CK_PANEL + j] = 0;
            }
        }
    }
}

/// Adds the products of `count` tiles at one position to its sums [panel][source][32].
static void gather(const gradient_plan *plan, const ck_winograd_gradient_args *p, int64_t count, const float *inputs, const float *spreads,
                   int64_t panel_stride, float *sums, bool loads) {
    const ck_product_kernels *kernels = ck_product_kernels_now();
    ck_panel job = {.rows = p->sources, .columns = CK_PANEL, .a_row = 1, .a_column = plan->sources, .b_row = CK_PANEL, .c_row = CK_PANEL};
    // No tiles at all still make sums, of nothing.
    for (int64_t k = 0; k < count || k == 0; k += CK_DEPTH) {
        job.depth = ck_min(CK_DEPTH, count - k);
        job.a = inputs + k * plan->sources;
        job.loads = loads || k > 0;
        for (int64_t q = 0; q < plan->panels; q++) {
            job.b = spreads + q * panel_stride + k * CK_PANEL;
            job.c = sums + q * p->sources * CK_PANEL;
            kernels->panel(&job);
        }
    }
}

/// One number that is none in each position, where memory is short: the loss will not be finite, and nothing is committed.
static void spoil(const gradient_plan *plan, float *values, int64_t stride) {
    for (int64_t i = 0; i < plan->grid.positions; i++) values[i * stride] = NAN;
}

enum { TILES_APART = 16 };

int64_t ck_winograd_gradient_transform_tiles(const void *args) {
    const gradient_plan plan = make_plan(args);
    return plan.is_apart ? ck_ceil_div(plan.grid.total, TILES_APART) : 0;
}

void ck_winograd_gradient_transform_run(const void *args, int64_t tile) {
    const ck_winograd_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    const int64_t first = tile * TILES_APART, count = ck_min(TILES_APART, plan.grid.total - first), zero_count = ck_max(plan.sources, plan.targets);
    float *zeros = ck_scratch(zero_count * 4);
    if (zeros == NULL) {
        spoil(&plan, all_spreads(&plan, p) + first * CK_PANEL, spreads_stride(&plan));
        return;
    }
    for (int64_t i = 0; i < zero_count; i++) zeros[i] = 0;
    transform(&plan, p, zeros, first, count, all_inputs(&plan, p) + first * plan.sources, inputs_stride(&plan), all_spreads(&plan, p) + first * CK_PANEL,
              spreads_stride(&plan), plan.grid.total * CK_PANEL);
}

int64_t ck_winograd_gradient_gather_tiles(const void *args) {
    const gradient_plan plan = make_plan(args);
    return plan.near_sources > 0 ? 0 : plan.is_apart ? plan.grid.positions : plan.parts;
}

/// Floats of a tile: zeros, and the transforms of a chunk.
static int64_t tile_floats(const gradient_plan *plan) {
    return ck_max(plan->sources, plan->targets) + plan->grid.positions * (plan->chunk * (plan->sources + plan->targets) + 2 * STAGGER);
}

int64_t ck_winograd_gradient_scratch(const void *args) {
    const gradient_plan plan = make_plan(args);
    return plan.is_apart ? 0 : tile_floats(&plan) * 4;
}

void ck_winograd_gradient_gather_run(const void *args, int64_t tile) {
    const ck_winograd_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    const int64_t position_sums = plan.position_sums;
    if (plan.is_apart) {
        gather(&plan, p, plan.grid.total, all_inputs(&plan, p) + tile * inputs_stride(&plan), all_spreads(&plan, p) + tile * spreads_stride(&plan),
               plan.grid.total * CK_PANEL, (float *)p->workspace + tile * position_sums, false);
        return;
    }
    const int64_t first = ck_share(plan.grid.total, plan.parts, tile), last = ck_share(plan.grid.total, plan.parts, tile + 1);
    const int64_t zero_count = ck_max(plan.sources, plan.targets);
    const int64_t input_stride = plan.chunk * plan.sources + STAGGER, spread_stride = plan.chunk * plan.targets + STAGGER;
    float *memory = ck_scratch(tile_floats(&plan) * 4);
    if (memory == NULL) {
        spoil(&plan, (float *)p->workspace + tile * plan.sums, position_sums);
        return;
    }
    float *zeros = memory, *inputs = zeros + zero_count, *spreads = inputs + plan.grid.positions * input_stride;
    for (int64_t i = 0; i < zero_count; i++) zeros[i] = 0;
    float *sums = (float *)p->workspace + tile * plan.sums;
    for (int64_t at = first; at < last || at == first; at += plan.chunk) {
        const int64_t count = ck_min(plan.chunk, last - at);
        transform(&plan, p, zeros, at, count, inputs, input_stride, spreads, spread_stride, plan.chunk * CK_PANEL);
        for (int64_t i = 0; i < plan.grid.positions; i++) {
            gather(&plan, p, count, inputs + i * input_stride, spreads + i * spread_stride, plan.chunk * CK_PANEL, sums + i * position_sums, at > first);
        }
    }
}

/// Sources source..<source + count of one panel from their sums to dw.
static void finish(const gradient_plan *plan, const ck_winograd_gradient_args *p, const float *sums, int64_t stride, int64_t parts, int64_t panel,
                   int64_t source, int64_t count) {
    const int64_t target = panel * CK_PANEL, real = ck_min(CK_PANEL, p->targets - target);
    _Alignas(64) float rows[BLOCK_SOURCES * 9 * CK_PANEL];
    ck_winograd_filters_back(p->outputs, sums, stride, parts, plan->sums, count, rows);
    ck_filters_write(ck_product_kernels_now(), rows, count * 9, real, p->dw + (target * p->sources + source) * 9, p->sources * 9);
}

/// Products of all positions and what becomes of them, for some sources of one panel.
static void run_near(const gradient_plan *plan, const ck_winograd_gradient_args *p, int64_t panel, int64_t source, int64_t count) {
    const int64_t stride = count * CK_PANEL + STAGGER, tiles = plan->grid.total;
    float *sums = ck_scratch(plan->grid.positions * stride * 4);
    if (sums == NULL) {
        p->dw[(panel * CK_PANEL * p->sources + source) * 9] = NAN;
        return;
    }
    const ck_product_kernels *kernels = ck_product_kernels_now();
    ck_panel job = {.rows = count, .columns = CK_PANEL, .depth = tiles, .a_row = 1, .a_column = plan->sources, .b_row = CK_PANEL, .c_row = CK_PANEL};
    for (int64_t i = 0; i < plan->grid.positions; i++) {
        job.a = all_inputs(plan, p) + i * inputs_stride(plan) + source;
        job.b = all_spreads(plan, p) + i * spreads_stride(plan) + panel * tiles * CK_PANEL;
        job.c = sums + i * stride;
        kernels->panel(&job);
    }
    for (int64_t s = 0; s < count; s += BLOCK_SOURCES) finish(plan, p, sums + s * CK_PANEL, stride, 1, panel, source + s, ck_min(BLOCK_SOURCES, count - s));
}

int64_t ck_winograd_gradient_finish_scratch(const void *args) {
    const gradient_plan plan = make_plan(args);
    const int64_t sources = ((const ck_winograd_gradient_args *)args)->sources;
    if (plan.near_sources == 0) return 0;
    return plan.grid.positions * (ck_ceil_div(sources, ck_ceil_div(sources, plan.near_sources)) * CK_PANEL + STAGGER) * 4;
}

int64_t ck_winograd_gradient_finish_tiles(const void *args) {
    const ck_winograd_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    return plan.panels * ck_ceil_div(p->sources, plan.near_sources > 0 ? plan.near_sources : BLOCK_SOURCES);
}

void ck_winograd_gradient_finish_run(const void *args, int64_t tile) {
    const ck_winograd_gradient_args *p = args;
    const gradient_plan plan = make_plan(p);
    if (plan.near_sources > 0) {
        // Neighbours share their sources.
        const int64_t panel = tile % plan.panels, blocks = ck_ceil_div(p->sources, plan.near_sources), block = tile / plan.panels;
        const int64_t source = ck_share(p->sources, blocks, block);
        run_near(&plan, p, panel, source, ck_share(p->sources, blocks, block + 1) - source);
        return;
    }
    const int64_t blocks = ck_ceil_div(p->sources, BLOCK_SOURCES), panel = tile / blocks, source = tile % blocks * BLOCK_SOURCES;
    const float *sums = (const float *)p->workspace + (panel * p->sources + source) * CK_PANEL;
    finish(&plan, p, sums, plan.position_sums, plan.parts, panel, source, ck_min(BLOCK_SOURCES, p->sources - source));
}
