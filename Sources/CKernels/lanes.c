#include <math.h>
#include <string.h>

#include "lanes.h"

enum { RUN = 112 };

/// `depth` adjacent pixels of each image, to one vector of images a pixel; images that are not there are zeros. The last 8 pixels of a row overlap those
/// before, so that no pixel goes by itself.
static void enter_run(const float *from, int64_t stride, int64_t images, int64_t depth, float *to) {
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const int64_t whole = depth / 8 * 8, last = whole > 0 && whole < depth ? depth - 8 : depth;
    int64_t i = 0;
    for (; i + 8 <= images; i += 8) {
        kernels->transpose8(from + i * stride, stride, whole > 0 ? whole : depth, to + i, CK_LANE_COUNT);
        if (last < depth) kernels->transpose8(from + i * stride + last, stride, 8, to + last * CK_LANE_COUNT + i, CK_LANE_COUNT);
    }
    for (; i < CK_LANE_COUNT; i++) {
        for (int64_t x = 0; x < depth; x++) to[x * CK_LANE_COUNT + i] = i < images ? from[i * stride + x] : 0;
    }
}

void ck_lanes_enter(const float *planes, int64_t images, int64_t channels, const int64_t size[2], int64_t first, int64_t rows, int64_t low_column,
                    int64_t width, float *lanes) {
    const int64_t plane = size[0] * size[1], stride = channels * plane, inside = ck_max(0, ck_min(size[1], width - low_column));
    const bool is_framed = low_column != 0 || width != size[1];
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t r = 0; r < rows;) {
            const int64_t row = first + r;
            if (row < 0 || row >= size[0]) {
                memset(lanes, 0, (size_t)(width * CK_LANE_COUNT) * sizeof *lanes);
                lanes += width * CK_LANE_COUNT;
                r++;
                continue;
            }
            // Rows without a frame between them are one run, short enough that both halves of its vectors are written while they are near.
            const int64_t count = is_framed ? 1 : ck_min(ck_min(rows - r, size[0] - row), ck_max(1, RUN / size[1]));
            float *to = lanes + low_column * CK_LANE_COUNT;
            if (is_framed) {
                memset(lanes, 0, (size_t)(low_column * CK_LANE_COUNT) * sizeof *lanes);
                memset(to + inside * CK_LANE_COUNT, 0, (size_t)((width - low_column - inside) * CK_LANE_COUNT) * sizeof *lanes);
            }
            enter_run(planes + c * plane + row * size[1], stride, images, count * inside, to);
            lanes += count * width * CK_LANE_COUNT;
            r += count;
        }
    }
}

void ck_lanes_leave(const float *lanes, int64_t images, int64_t stride, int64_t width, float *planes) {
    const ck_product_kernels *kernels = ck_product_kernels_now();
    if (width < 8) {
        for (int64_t x = 0; x < width; x++) {
            for (int64_t i = 0; i < images; i++) planes[i * stride + x] = lanes[x * CK_LANE_COUNT + i];
        }
        return;
    }
    // The last 8 pixels overlap those before.
    for (int64_t x = 0; x < width; x += 8) {
        const int64_t first = ck_min(x, width - 8);
        kernels->transpose8(lanes + first * CK_LANE_COUNT, CK_LANE_COUNT, images, planes + first, stride);
    }
}

/// Outputs are cut into groups of 16 images and bands of rows.
enum { TILES_WANTED = 4 };

static int64_t groups_of(int64_t images) { return ck_ceil_div(images, CK_LANE_COUNT); }
static int64_t bands_of(int64_t images, int64_t rows) { return ck_max(1, ck_min(rows / 4, TILES_WANTED / ck_max(1, groups_of(images)))); }

int64_t ck_lanes_tiles(const void *args) {
    const ck_lanes_args *p = args;
    return p->images <= 0 || p->targets <= 0 || p->output[0] * p->output[1] <= 0 ? 0 : groups_of(p->images) * bands_of(p->images, p->output[0]);
}

/// Row `o` of outputs of all targets: y [target][column][16]. Rows of the kernel that meet nothing but the frame are left out.
static void convolve_row(const ck_lanes_args *p, int64_t o, const float *x, int64_t x_source, int64_t x_row, float *y) {
    const int64_t width = p->output[1], taps = p->kernel[0] * p->kernel[1];
    const int64_t from = ck_max(0, ck_min(p->kernel[0], p->low[0] - o)), to = ck_max(from, ck_min(p->kernel[0], p->size[0] + p->low[0] - o));
    const int64_t skipped = from * p->kernel[1] * (p->turned ? -1 : 1);
    const int64_t target_blocks = ck_ceil_div(p->targets, ck_lanes_best_targets()), pixel_blocks = ck_ceil_div(width, ck_lanes_best_pixels());
    ck_lanes_block block = {.x_source = x_source, .x_row = x_row, .w_target = p->target_stride, .w_source = p->source_stride, .w_tap = p->turned ? -1 : 1,
                            .sources = p->sources, .kernel = {to - from, p->kernel[1]}, .y_target = width * CK_LANE_COUNT, .relu = p->relu};
    for (int64_t a = 0; a < target_blocks; a++) {
        const int64_t target = ck_share(p->targets, target_blocks, a), targets = ck_share(p->targets, target_blocks, a + 1) - target;
        block.w = p->w + target * p->target_stride + (p->turned ? taps - 1 : 0) + skipped;
        block.bias = p->bias == NULL ? NULL : p->bias + target;
        for (int64_t b = 0; b < pixel_blocks; b++) {
            const int64_t pixel = ck_share(width, pixel_blocks, b), pixels = ck_share(width, pixel_blocks, b + 1) - pixel;
            block.x = x + from * x_row + pixel * CK_LANE_COUNT;
            block.y = y + (target * width + pixel) * CK_LANE_COUNT;
            ck_lanes_convolve(&block, targets, pixels);
        }
    }
}

/// Floats of a tile's lanes, of so many rows of outputs.
static int64_t lane_floats(const ck_lanes_args *p, int64_t outputs) {
    const int64_t rows = outputs + p->kernel[0] - 1, row = (p->output[1] + p->kernel[1] - 1) * CK_LANE_COUNT;
    return p->sources * rows * row + p->targets * p->output[1] * CK_LANE_COUNT + 16;
}

int64_t ck_lanes_scratch(const void *args) {
    const ck_lanes_args *p = args;
    return lane_floats(p, ck_ceil_div(p->output[0], bands_of(p->images, p->output[0]))) * 4;
}

void ck_lanes_run(const void *args, int64_t tile) {
    const ck_lanes_args *p = args;
    const int64_t bands = bands_of(p->images, p->output[0]), image = tile / bands * CK_LANE_COUNT, images = ck_min(CK_LANE_COUNT, p->images - image);
    const int64_t first = ck_share(p->output[0], bands, tile % bands), last = ck_share(p->output[0], bands, tile % bands + 1);
    const int64_t rows = last - first + p->kernel[0] - 1, width = p->output[1] + p->kernel[1] - 1, row = width * CK_LANE_COUNT;
    const int64_t plane = p->output[0] * p->output[1];
    float *y = p->y + image * p->targets * plane;
    float *lanes = ck_scratch(lane_floats(p, last - first) * 4);
    if (lanes == NULL) {
        y[first * p->output[1]] = NAN;
        return;
    }
    float *out = lanes + p->sources * rows * row + 16;
    ck_lanes_enter(p->x + image * p->sources * p->size[0] * p->size[1], images, p->sources, p->size, first - p->low[0], rows, p->low[1], width, lanes);
    for (int64_t o = first; o < last; o++) {
        convolve_row(p, o, lanes + (o - first) * row, rows * row, row, out);
        for (int64_t t = 0; t < p->targets; t++) {
            ck_lanes_leave(out + t * p->output[1] * CK_LANE_COUNT, images, p->targets * plane, p->output[1], y + t * plane + o * p->output[1]);
        }
    }
}

// The adjoint in the weights: each group of images has sums of its own.

int64_t ck_lanes_gradient_workspace(const ck_lanes_gradient_args *p) {
    return groups_of(p->images) * p->targets * p->sources * p->kernel[0] * p->kernel[1] * 4;
}

int64_t ck_lanes_gradient_gather_tiles(const void *args) { return groups_of(((const ck_lanes_gradient_args *)args)->images); }

int64_t ck_lanes_gradient_scratch(const void *args) {
    const ck_lanes_gradient_args *p = args;
    const int64_t rows = p->output[0] + p->kernel[0] - 1, width = p->output[1] + p->kernel[1] - 1;
    return ((p->sources * rows * width + p->targets * p->output[0] * p->output[1]) * CK_LANE_COUNT + 16) * 4;
}

void ck_lanes_gradient_gather_run(const void *args, int64_t tile) {
    const ck_lanes_gradient_args *p = args;
    const int64_t image = tile * CK_LANE_COUNT, images = ck_min(CK_LANE_COUNT, p->images - image), taps = p->kernel[0] * p->kernel[1];
    const int64_t rows = p->output[0] + p->kernel[0] - 1, width = p->output[1] + p->kernel[1] - 1, row = width * CK_LANE_COUNT;
    const int64_t dy_row = p->output[1] * CK_LANE_COUNT, dy_target = p->output[0] * dy_row;
    float *sums = p->workspace + tile * p->targets * p->sources * taps;
    for (int64_t i = 0; i < p->targets * p->sources * taps; i++) sums[i] = 0;
    float *lanes = ck_scratch(ck_lanes_gradient_scratch(p));
    if (lanes == NULL) {
        sums[0] = NAN;
        return;
    }
    float *slopes = lanes + p->sources * rows * row + 16;
    ck_lanes_enter(p->x + image * p->sources * p->size[0] * p->size[1], images, p->sources, p->size, -p->low[0], rows, p->low[1], width, lanes);
    ck_lanes_enter(p->dy + image * p->targets * p->output[0] * p->output[1], images, p->targets, p->output, 0, p->output[0], 0, p->output[1], slopes);
    const int64_t target_blocks = ck_ceil_div(p->targets, ck_lanes_best_targets()), tap_blocks = ck_ceil_div(p->kernel[1], ck_lanes_best_taps());
    ck_lanes_gradient_block block = {.x_row = row, .dy_row = dy_row, .dy_target = dy_target, .rows = p->output[0], .columns = p->output[1],
                                     .dw_target = p->sources * taps};
    for (int64_t a = 0; a < target_blocks; a++) {
        const int64_t target = ck_share(p->targets, target_blocks, a), targets = ck_share(p->targets, target_blocks, a + 1) - target;
        block.dy = slopes + target * dy_target;
        for (int64_t s = 0; s < p->sources; s++) {
            for (int64_t k = 0; k < p->kernel[0]; k++) {
                for (int64_t b = 0; b < tap_blocks; b++) {
                    const int64_t tap = ck_share(p->kernel[1], tap_blocks, b), count = ck_share(p->kernel[1], tap_blocks, b + 1) - tap;
                    block.x = lanes + (s * rows + k) * row + tap * CK_LANE_COUNT;
                    block.dw = sums + (target * p->sources + s) * taps + k * p->kernel[1] + tap;
                    ck_lanes_gather(&block, targets, count);
                }
            }
        }
    }
}

int64_t ck_lanes_gradient_finish_tiles(const void *args) {
    const ck_lanes_gradient_args *p = args;
    return p->targets * p->sources * p->kernel[0] * p->kernel[1] > 0 ? 1 : 0;
}

void ck_lanes_gradient_finish_run(const void *args, int64_t tile) {
    (void)tile;
    const ck_lanes_gradient_args *p = args;
    const int64_t count = p->targets * p->sources * p->kernel[0] * p->kernel[1], groups = groups_of(p->images);
    for (int64_t i = 0; i < count; i++) {
        float sum = 0;
        for (int64_t g = 0; g < groups; g++) sum += p->workspace[g * count + i];
        p->dw[i] = sum;
    }
}
