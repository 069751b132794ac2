#pragma once
// Winograd's transforms of 16 channels at a time, and where the tiles of an image lie.
#include "filters.h"

enum { CK_WINOGRAD_MOST = 36 };

/// 16 channels.
typedef float ck_lanes __attribute__((ext_vector_type(16)));
typedef float ck_lanes_loose __attribute__((ext_vector_type(16), aligned(4)));

/// Tiles of `outputs` × `outputs` over a plane of output[0] × output[1], of which each reads `side` × `side` elements.
typedef struct {
    int64_t outputs, side, positions;
    int64_t rows, columns, total;
} ck_winograd_grid;

static inline ck_winograd_grid ck_winograd_make_grid(int64_t images, const int64_t output[2], int64_t outputs) {
    ck_winograd_grid grid = {.outputs = outputs, .side = outputs + 2, .positions = (outputs + 2) * (outputs + 2)};
    grid.rows = ck_ceil_div(output[0], outputs);
    grid.columns = ck_ceil_div(output[1], outputs);
    grid.total = images * grid.rows * grid.columns;
    return grid;
}

/// The corner of a tile of the grid.
typedef struct {
    int64_t image, row, column;
} ck_winograd_place;

/// Tile `number`, the images' tiles one after another. Of a grid without tiles, the place of a first one.
static inline ck_winograd_place ck_winograd_find(const ck_winograd_grid *grid, int64_t number) {
    const int64_t columns = ck_max(1, grid->columns), per_image = ck_max(1, grid->rows) * columns, rest = number % per_image;
    return (ck_winograd_place){number / per_image, rest / columns * grid->outputs, rest % columns * grid->outputs};
}

/// Channels rounded up to whole vectors.
static inline int64_t ck_winograd_padded(int64_t channels) { return (channels + 15) / 16 * 16; }

/// Floats from position to position of transformed filters; not a multiple of a page, since a tile touches all positions side by side.
static inline int64_t ck_winograd_filter_stride(int64_t targets, int64_t sources) { return ck_ceil_div(targets, CK_PANEL) * CK_PANEL * sources + 16; }

/// The pixels of one tile: `side` × `side` of x from its corner, or `outputs` × `outputs` of y; `outside` stands in for those that are not there.
void ck_winograd_pixels(const float *plane, int64_t channels, const int64_t size[2], int64_t row, int64_t column, int64_t side, const float *outside,
                        const float **pixels);

/// Asks for `side` × `side` pixels from a corner on, as far as they are there, `stride` floats apart: tiles are no stream that a prefetcher sees coming.
void ck_winograd_fetch(const float *plane, int64_t stride, int64_t channels, const int64_t size[2], int64_t row, int64_t column, int64_t side);

/// Bᵀ d B of a tile: channel c of position i to target[i · stride + c], whole vectors.
void ck_winograd_input(int64_t outputs, const float *const *pixels, int64_t channels, float *target, int64_t stride);
/// A y Aᵀ of a tile of y's gradient: vectors v of position i to target[i · stride + (v / 2) · panel_stride + (v % 2) · 16].
void ck_winograd_spread(int64_t outputs, const float *const *pixels, int64_t channels, float *target, int64_t stride, int64_t panel_stride);

/// What becomes of a tile's outputs.
typedef struct {
    const float *scale, *bias;
    bool relu;
} ck_winograd_tail;
/// Aᵀ m A of a tile: channel c of position i is at source[i · stride + c]; · scale + bias + residual, then the maximum with 0. `residuals` may be null.
void ck_winograd_output(int64_t outputs, const float *source, int64_t stride, int64_t channels, float *const *pixels, const float *const *residuals,
                        const ck_winograd_tail *tail);

/// Gᵀ u G of `count` sources: position i of source s is at u[i · stride + s · 32], 32 targets, summed over `parts` copies; rows [count · 9][32].
void ck_winograd_filters_back(int64_t outputs, const float *u, int64_t stride, int64_t parts, int64_t part_stride, int64_t count, float *rows);

/// C [rows][columns of panels · 32] = A·B (or C + A·B) for one position: A is `depth` deep with any strides, B panels [depth][32] `b_panel` apart.
void ck_winograd_product(const ck_product_kernels *kernels, ck_panel job, int64_t panels, int64_t b_panel);
