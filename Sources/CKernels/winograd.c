#include <math.h>

#include "winograd.h"

// A tile of work takes some tiles of the images: transforms them all, multiplies position by position, transforms back; everything between stays in
// the second cache. Where tiles of the images are few, reading the filters is the work: then all are transformed first, once, and a tile of work takes
// some panels of the filters.

enum { WINOGRAD_NEAR = 700000 / 4, LARGEST_CHUNK = 112, STAGGER = 16 };
/// Fewer tiles of the images than this are transformed first, so many in a tile of work; tiles of work that there should be.
enum { FEW_TILES = 112, TRANSFORM_PART = 4, WINOGRAD_WANTED = 8 };

void ck_winograd_product(const ck_product_kernels *kernels, ck_panel job, int64_t panels, int64_t b_panel) {
    const float *after = job.ahead;
    const int64_t depth = job.depth, slice = depth > CK_DEPTH_MOST ? CK_DEPTH : depth;
    const float *a = job.a, *b = job.b;
    float *c = job.c;
    job.b_row = CK_PANEL;
    job.columns = CK_PANEL;
    for (int64_t k = 0; k < depth; k += slice) {
        job.depth = ck_min(slice, depth - k);
        job.a = a + k * job.a_column;
        for (int64_t q = 0; q < panels; q++) {
            job.b = b + q * b_panel + k * CK_PANEL;
            job.c = c + q * CK_PANEL;
            if (after != NULL) job.ahead = q + 1 < panels ? job.b + b_panel : k + job.depth < depth ? b + (k + job.depth) * CK_PANEL : after;
            kernels->panel(&job);
        }
        job.loads = true;
    }
}

/// How the tiles are cut; follows from the sizes alone.
typedef struct {
    ck_winograd_grid grid;
    int64_t sources, targets, panels, chunks;
    /// Transformed in a run of its own; shares of the panels.
    bool is_apart;
    int64_t panel_tiles;
} winograd_plan;

static winograd_plan make_plan(const ck_winograd_args *p) {
    winograd_plan plan = {.grid = ck_winograd_make_grid(p->images, p->output, p->outputs)};
    plan.sources = ck_winograd_padded(p->sources);
    plan.panels = ck_ceil_div(p->targets, CK_PANEL);
    plan.targets = plan.panels * CK_PANEL;
    plan.panel_tiles = 1;
    plan.is_apart = plan.grid.total < FEW_TILES;
    if (plan.is_apart) {
        plan.chunks = ck_ceil_div(plan.grid.total, LARGEST_CHUNK / 2);
        plan.panel_tiles = ck_min(plan.panels, ck_ceil_div(WINOGRAD_WANTED, ck_max(1, plan.chunks)));
        return plan;
    }
    int64_t chunk = WINOGRAD_NEAR / (plan.grid.positions * (plan.sources + plan.targets));
    chunk = chunk <= 14 ? 14 : chunk >= LARGEST_CHUNK ? LARGEST_CHUNK : chunk / 14 * 14;
    plan.chunks = ck_ceil_div(plan.grid.total, chunk);
    // An even number of chunks, for two threads, where there is something to divide.
    if (plan.grid.total >= 8) plan.chunks += plan.chunks % 2;
    return plan;
}

int64_t ck_winograd_tiles(const void *args) {
    const ck_winograd_args *p = args;
    if (p->targets <= 0) return 0;
    const winograd_plan plan = make_plan(p);
    return plan.chunks * plan.panel_tiles;
}

/// Not a number for every output of a tile, where memory is short.
static void spoil(float *plane, int64_t stride, int64_t channels, const int64_t size[2], int64_t row, int64_t column, int64_t outputs) {
    for (int64_t i = row; i < ck_min(size[0], row + outputs); i++) {
        for (int64_t j = column; j < ck_min(size[1], column + outputs); j++) {
            for (int64_t c = 0; c < channels; c++) plane[(i * size[1] + j) * stride + c] = NAN;
        }
    }
}

/// Transforms `count` tiles from `first` on: position i of tile q to inputs[i · stride + q · sources].
static void transform(const ck_winograd_args *p, const winograd_plan *plan, int64_t first, int64_t count, const float *zeros, float *inputs, int64_t stride) {
    const ck_winograd_grid *grid = &plan->grid;
    const int64_t plane = p->size[0] * p->size[1] * p->sources;
    ck_winograd_place next = ck_winograd_find(grid, first);
    for (int64_t q = 0; q < count; q++) {
        const ck_winograd_place at = next;
        next = ck_winograd_find(grid, first + ck_min(q + 1, count - 1));
        const float *pixels[CK_WINOGRAD_MOST];
        // What of it the tiles above and before do not share.
        ck_winograd_fetch(p->x + next.image * plane, p->sources, p->sources, p->size, next.row - p->low[0] + 2, next.column - p->low[1] + 2, grid->outputs);
        ck_winograd_pixels(p->x + at.image * plane, p->sources, p->size, at.row - p->low[0], at.column - p->low[1], grid->side, zeros, pixels);
        ck_winograd_input(grid->outputs, pixels, p->sources, inputs + q * plan->sources, stride);
    }
}

static int64_t all_inputs_stride(const winograd_plan *plan) { return plan->grid.total * plan->sources + STAGGER; }

int64_t ck_winograd_workspace(const ck_winograd_args *p) {
    const winograd_plan plan = make_plan(p);
    return plan.is_apart ? 4 * (plan.grid.positions * all_inputs_stride(&plan) + plan.sources) : 0;
}

int64_t ck_winograd_transform_tiles(const void *args) {
    const winograd_plan plan = make_plan(args);
    return plan.is_apart ? ck_ceil_div(plan.grid.total, TRANSFORM_PART) : 0;
}

void ck_winograd_transform_run(const void *args, int64_t tile) {
    const ck_winograd_args *p = args;
    const winograd_plan plan = make_plan(p);
    const int64_t first = tile * TRANSFORM_PART, count = ck_min(TRANSFORM_PART, plan.grid.total - first), stride = all_inputs_stride(&plan);
    float *inputs = p->workspace + first * plan.sources, *zeros = ck_scratch(plan.sources * 4);
    if (zeros == NULL) {
        for (int64_t i = 0; i < count * plan.sources; i++) inputs[i] = NAN;
        return;
    }
    for (int64_t i = 0; i < plan.sources; i++) zeros[i] = 0;
    transform(p, &plan, first, count, zeros, inputs, stride);
}

/// Floats of a tile of so many squares at so many columns: the input's transforms unless they were taken apart, the products, zeros and what is dropped.
static int64_t tile_floats(const winograd_plan *plan, int64_t count, int64_t width) {
    const int64_t inputs = plan->is_apart ? 0 : count * plan->sources + STAGGER;
    return plan->grid.positions * (inputs + count * width + STAGGER) + 2 * ck_max(plan->sources, plan->targets);
}

int64_t ck_winograd_scratch(const void *args) {
    const winograd_plan plan = make_plan(args);
    return tile_floats(&plan, ck_ceil_div(plan.grid.total, ck_max(1, plan.chunks)), ck_ceil_div(plan.panels, ck_max(1, plan.panel_tiles)) * CK_PANEL) * 4;
}

void ck_winograd_run(const void *args, int64_t tile) {
    const ck_winograd_args *p = args;
    const winograd_plan plan = make_plan(p);
    const ck_winograd_grid *grid = &plan.grid;
    const int64_t chunk = tile / plan.panel_tiles, share = tile % plan.panel_tiles;
    const int64_t first = ck_share(grid->total, plan.chunks, chunk), count = ck_share(grid->total, plan.chunks, chunk + 1) - first;
    const int64_t panel = ck_share(plan.panels, plan.panel_tiles, share), panels = ck_share(plan.panels, plan.panel_tiles, share + 1) - panel;
    const int64_t channel = panel * CK_PANEL, width = panels * CK_PANEL, channels = ck_min(width, p->targets - channel);
    const int64_t product_stride = count * width + STAGGER, outside_count = ck_max(plan.sources, plan.targets);
    const int64_t input_stride = plan.is_apart ? all_inputs_stride(&plan) : count * plan.sources + STAGGER;
    const int64_t plane = p->output[0] * p->output[1] * p->targets;
    float *memory = ck_scratch(tile_floats(&plan, count, width) * 4);
    if (memory == NULL) {
        // Loudly: a step whose loss is not a number commits nothing.
        for (int64_t q = 0; q < count; q++) {
            const ck_winograd_place at = ck_winograd_find(grid, first + q);
            spoil(p->y + at.image * plane + channel, p->targets, channels, p->output, at.row, at.column, grid->outputs);
        }
        return;
    }
    float *zeros = memory, *dump = zeros + outside_count, *products = dump + outside_count, *own = products + grid->positions * product_stride;
    for (int64_t i = 0; i < outside_count; i++) zeros[i] = 0;
    if (!plan.is_apart) transform(p, &plan, first, count, zeros, own, input_stride);
    const float *inputs = plan.is_apart ? p->workspace + first * plan.sources : own;
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const int64_t filter_stride = ck_winograd_filter_stride(p->targets, p->sources);
    const float *filters = p->panels + channel * p->sources;
    for (int64_t i = 0; i < grid->positions; i++) {
        ck_panel job = {.rows = count, .depth = p->sources, .a = inputs + i * input_stride, .a_row = plan.sources, .a_column = 1,
                        .b = filters + i * filter_stride, .c = products + i * product_stride, .c_row = width};
        // The next position, then the next tile.
        if (plan.is_apart) job.ahead = i + 1 < grid->positions ? job.b + filter_stride : filters + width * p->sources;
        ck_winograd_product(kernels, job, panels, p->sources * CK_PANEL);
    }
    const ck_winograd_tail tail = {p->scale == NULL ? NULL : p->scale + channel, p->bias == NULL ? NULL : p->bias + channel, p->relu};
    ck_winograd_place next = ck_winograd_find(grid, first);
    for (int64_t q = 0; q < count; q++) {
        const ck_winograd_place at = next;
        next = ck_winograd_find(grid, first + ck_min(q + 1, count - 1));
        const float *pixels[CK_WINOGRAD_MOST], *residuals[CK_WINOGRAD_MOST];
        const int64_t image = at.image * plane + channel;
        ck_winograd_fetch(p->y + next.image * plane + channel, p->targets, channels, p->output, next.row, next.column, grid->outputs);
        ck_winograd_pixels(p->y + image, p->targets, p->output, at.row, at.column, grid->outputs, dump, pixels);
        if (p->residual != NULL) {
            ck_winograd_pixels(p->residual + image, p->targets, p->output, at.row, at.column, grid->outputs, zeros, residuals);
        }
        ck_winograd_output(grid->outputs, products + q * width, product_stride, channels, (float *const *)pixels, p->residual != NULL ? residuals : NULL,
                           &tail);
    }
}
