#include <math.h>

#include "winograd.h"

// A tile of work takes some tiles of the images: transforms them all, multiplies position by position, transforms back; everything between stays in
// the second cache.

enum { WINOGRAD_NEAR = 700000 / 4, LARGEST_CHUNK = 112, STAGGER = 16 };

void ck_winograd_product(const ck_product_kernels *kernels, ck_panel job, int64_t panels, int64_t b_panel) {
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
            kernels->panel(&job);
        }
        job.loads = true;
    }
}

/// How the tiles are cut; follows from the sizes alone.
typedef struct {
    ck_winograd_grid grid;
    int64_t sources, targets, panels, chunks;
} winograd_plan;

static winograd_plan make_plan(const ck_winograd_args *p) {
    winograd_plan plan = {.grid = ck_winograd_make_grid(p->images, p->output, p->outputs)};
    plan.sources = ck_winograd_padded(p->sources);
    plan.panels = ck_ceil_div(p->targets, CK_PANEL);
    plan.targets = plan.panels * CK_PANEL;
    int64_t chunk = WINOGRAD_NEAR / (plan.grid.positions * (plan.sources + plan.targets));
    chunk = chunk <= 14 ? 14 : chunk >= LARGEST_CHUNK ? LARGEST_CHUNK : chunk / 14 * 14;
    plan.chunks = ck_ceil_div(plan.grid.total, chunk);
    // An even number of chunks, for two threads, where there is something to divide.
    if (plan.grid.total >= 8) plan.chunks += plan.chunks % 2;
    return plan;
}

int64_t ck_winograd_tiles(const void *args) {
    const ck_winograd_args *p = args;
    return p->targets <= 0 ? 0 : make_plan(p).chunks;
}

/// The corner of a tile of the grid.
typedef struct {
    int64_t image, row, column;
} tile_place;

static tile_place find_tile(const ck_winograd_grid *grid, int64_t number) {
    const int64_t per_image = grid->rows * grid->columns, rest = number % per_image;
    return (tile_place){number / per_image, rest / grid->columns * grid->outputs, rest % grid->columns * grid->outputs};
}

/// Not a number for every output of a tile, where memory is short.
static void spoil(float *plane, int64_t channels, const int64_t size[2], int64_t row, int64_t column, int64_t outputs) {
    for (int64_t i = row; i < ck_min(size[0], row + outputs); i++) {
        for (int64_t e = column * channels; e < ck_min(size[1], column + outputs) * channels; e++) plane[i * size[1] * channels + e] = NAN;
    }
}

void ck_winograd_run(const void *args, int64_t tile) {
    const ck_winograd_args *p = args;
    const winograd_plan plan = make_plan(p);
    const ck_winograd_grid *grid = &plan.grid;
    const int64_t first = ck_share(grid->total, plan.chunks, tile), count = ck_share(grid->total, plan.chunks, tile + 1) - first;
    const int64_t input_stride = count * plan.sources + STAGGER, product_stride = count * plan.targets + STAGGER;
    const int64_t outside_count = ck_max(plan.sources, plan.targets);
    float *memory = ck_scratch((grid->positions * (input_stride + product_stride) + 2 * outside_count) * 4);
    if (memory == NULL) {
        // Loudly: a step whose loss is not a number commits nothing.
        for (int64_t q = 0; q < count; q++) {
            const tile_place at = find_tile(grid, first + q);
            spoil(p->y + at.image * p->output[0] * p->output[1] * p->targets, p->targets, p->output, at.row, at.column, grid->outputs);
        }
        return;
    }
    float *zeros = memory, *dump = zeros + outside_count, *inputs = dump + outside_count, *products = inputs + grid->positions * input_stride;
    for (int64_t i = 0; i < outside_count; i++) zeros[i] = 0;
    for (int64_t q = 0; q < count; q++) {
        const tile_place at = find_tile(grid, first + q);
        const float *pixels[CK_WINOGRAD_MOST];
        ck_winograd_pixels(p->x + at.image * p->size[0] * p->size[1] * p->sources, p->sources, p->size, at.row - p->low[0], at.column - p->low[1], grid->side,
                           zeros, pixels);
        ck_winograd_input(grid->outputs, pixels, p->sources, inputs + q * plan.sources, input_stride);
    }
    const ck_product_kernels *kernels = ck_product_kernels_now();
    for (int64_t i = 0; i < grid->positions; i++) {
        const ck_panel job = {.rows = count, .depth = p->sources, .a = inputs + i * input_stride, .a_row = plan.sources, .a_column = 1,
                              .b = p->panels + i * ck_winograd_filter_stride(p->targets, p->sources), .c = products + i * product_stride, .c_row = plan.targets};
        ck_winograd_product(kernels, job, plan.panels, p->sources * CK_PANEL);
    }
    const ck_winograd_tail tail = {p->bias, p->relu};
    for (int64_t q = 0; q < count; q++) {
        const tile_place at = find_tile(grid, first + q);
        const float *pixels[CK_WINOGRAD_MOST], *residuals[CK_WINOGRAD_MOST];
        const int64_t image = at.image * p->output[0] * p->output[1] * p->targets;
        ck_winograd_pixels(p->y + image, p->targets, p->output, at.row, at.column, grid->outputs, dump, pixels);
        if (p->residual != NULL) {
            ck_winograd_pixels(p->residual + image, p->targets, p->output, at.row, at.column, grid->outputs, zeros, residuals);
        }
        ck_winograd_output(grid->outputs, products + q * plan.targets, product_stride, p->targets, (float *const *)pixels,
                           p->residual != NULL ? residuals : NULL, &tail);
    }
}
