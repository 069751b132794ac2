#include <string.h>

#include "convolution.h"

// dw[filter, channel, position] sums dy · x over all outputs of all images. Rows of A are (channel, position): offsets in a padded copy of x,
// as in the forward direction; B is dy turned to [output][filter]. Outputs come in blocks of images (or bands of one), each summed from 0 and
// added to what came before, which bounds the error of long sums. Where dw is too small to keep several threads busy, the blocks are dealt to a
// fixed number of chunks, whose sums are added at the end in the order of the chunks.

enum { BLOCK_OUTPUTS = 1024, CHUNKS_MOST = 8 };

typedef struct {
    ck_cross forward;
    int64_t taps;
    /// Blocks: `images` at a time, or `bands` of one image along `band_axis`.
    int64_t images, bands, blocks;
    int band_axis;
    /// Tiles: chunks of blocks × groups × parts of the channels × parts of the panels of filters.
    int64_t chunks, channel_parts, panel_parts;
} weights_plan;

static weights_plan make_plan(const ck_convolution_args *p) {
    weights_plan plan = {.forward = ck_convolution_forward_cross(p)};
    const ck_cross *x = &plan.forward;
    plan.taps = x->taps[0] * x->taps[1] * x->taps[2];
    const int64_t outputs = x->count[0] * x->count[1] * x->count[2], panels = ck_ceil_div(x->rows, CK_PANEL);
    plan.band_axis = x->count[0] > 1 ? 0 : x->count[1] > 1 ? 1 : 2;
    plan.bands = ck_max(1, ck_min(outputs / BLOCK_OUTPUTS, x->count[plan.band_axis]));
    plan.images = ck_max(1, ck_min(x->images, BLOCK_OUTPUTS / ck_max(1, outputs)));
    plan.blocks = ck_ceil_div(x->images, plan.images) * plan.bands;
    double work = 2.0 * (double)x->images * (double)x->groups * (double)outputs * (double)x->rows * (double)x->columns * (double)plan.taps;
    int64_t wanted = work > 16e6 ? 16 : ck_max(1, (int64_t)(work / 1e6));
    // Parts of no fewer than some 64 rows of A keep the turning of dy and the copying of x cheap.
    plan.panel_parts = ck_max(1, ck_min(panels, ck_ceil_div(wanted, ck_max(1, x->groups))));
    int64_t rest = ck_ceil_div(wanted, ck_max(1, x->groups) * plan.panel_parts);
    plan.channel_parts = ck_max(1, ck_min(rest, ck_min(x->columns, x->columns * plan.taps / 64)));
    int64_t tiles = x->groups * plan.panel_parts * plan.channel_parts;
    plan.chunks = tiles >= 4 ? 1 : ck_max(1, ck_min(ck_min(ck_ceil_div(wanted, tiles), CHUNKS_MOST), plan.blocks));
    return plan;
}

static int64_t weight_count(const ck_convolution_args *p) {
    return p->filters * (p->channels / ck_max(1, p->groups)) * p->kernel[0] * p->kernel[1] * p->kernel[2];
}

int64_t ck_convolution_weights_workspace(const ck_convolution_args *p) {
    if (p->type != CK_F32) return 0;
    weights_plan plan = make_plan(p);
    return plan.chunks > 1 ? plan.chunks * weight_count(p) * 4 : 0;
}

int64_t ck_convolution_weights_tiles(const void *args) {
    const ck_convolution_args *p = args;
    if (weight_count(p) <= 0) return 0;
    if (p->type != CK_F32) return p->filters;
    weights_plan plan = make_plan(p);
    return plan.chunks * p->groups * plan.channel_parts * plan.panel_parts;
}

/// dy of one block for some filters (at most 32) as [output][32], zeros beyond the last filter as far as the microkernels read.
static void turn_outputs(const ck_product_kernels *kernels, const float *dy, int64_t plane, int64_t filters, int64_t count, float *to) {
    const int64_t read = filters > 16 ? 32 : 16;
    int64_t f = 0;
    for (; f + 8 <= filters; f += 8) kernels->transpose8(dy + f * plane, plane, count, to + f, CK_PANEL);
    if (f < filters) {
        // The last, incomplete eight: a strip at a time, its missing rows zero.
        enum { STRIP = 128 };
        float rows[8][STRIP];
        memset(rows, 0, sizeof rows);
        for (int64_t start = 0; start < count; start += STRIP) {
            const int64_t length = ck_min(STRIP, count - start);
            for (int64_t i = 0; i < filters - f; i++) memcpy(rows[i], dy + (f + i) * plane + start, (size_t)length * sizeof *dy);
            kernels->transpose8(rows[0], STRIP, length, to + start * CK_PANEL + f, CK_PANEL);
        }
        f += 8;
    }
    for (; f < read; f += 8) {
        for (int64_t i = 0; i < count; i++) memset(to + i * CK_PANEL + f, 0, 8 * sizeof *to);
    }
}

/// The images and outputs of a block.
typedef struct {
    int64_t image, images;
    int64_t start[3], count[3];
    /// Elements from a plane of dy to the block's first output.
    int64_t corner;
} weights_block;

static weights_block find_block(const weights_plan *plan, int64_t number) {
    const ck_cross *x = &plan->forward;
    const int64_t band = number % plan->bands;
    weights_block block = {.image = number / plan->bands * plan->images};
    block.images = ck_min(plan->images, x->images - block.image);
    for (int i = 0; i < 3; i++) {
        const bool is_cut = i == plan->band_axis;
        block.start[i] = is_cut ? ck_share(x->count[i], plan->bands, band) : 0;
        block.count[i] = is_cut ? ck_share(x->count[i], plan->bands, band + 1) - block.start[i] : x->count[i];
        block.corner += block.start[i] * x->target_step[i];
    }
    return block;
}

/// One filter of a type that is not f32.
static void run_plain(const ck_convolution_args *p, int64_t filter) {
    const ck_cross x = ck_convolution_forward_cross(p);
    const int64_t bytes = x.columns * x.taps[0] * x.taps[1] * x.taps[2] * ck_type_bytes(p->type);
    char *weights = (char *)p->w + filter * bytes;
    memset(weights, 0, (size_t)bytes);
    ck_cross_add_weights(&x, p->type, filter / x.rows, filter % x.rows, 0, x.columns, weights);
}

/// Where the sums of a chunk go: dw itself, or its part of the workspace.
static float *chunk_target(const ck_convolution_args *p, const weights_plan *plan, int64_t chunk) {
    return plan->chunks > 1 ? (float *)p->workspace + chunk * weight_count(p) : (float *)p->w;
}

/// A tile where memory is short, slowly.
static void run_short(const ck_convolution_args *p, const weights_plan *plan, int64_t group, int64_t chunk, int64_t channel, int64_t channels,
                      int64_t row, int64_t row_end) {
    const ck_cross *x = &plan->forward;
    for (; row < row_end; row++) {
        float *weights = chunk_target(p, plan, chunk) + (group * x->rows + row) * x->columns * plan->taps;
        memset(weights + channel * plan->taps, 0, (size_t)(channels * plan->taps) * sizeof *weights);
        const int64_t block_end = ck_share(plan->blocks, plan->chunks, chunk + 1);
        for (int64_t number = ck_share(plan->blocks, plan->chunks, chunk); number < block_end; number++) {
            const weights_block block = find_block(plan, number);
            ck_cross own = *x;
            own.images = block.images;
            own.source = (const float *)x->source + block.image * x->source_image;
            own.target = (float *)x->target + block.image * x->target_image + block.corner;
            for (int i = 0; i < 3; i++) {
                own.first[i] += block.start[i] * x->step[i];
                own.count[i] = block.count[i];
            }
            ck_cross_add_weights(&own, CK_F32, group, row, channel, channels, weights);
        }
    }
}

/// Sums [row][filter − first] to target[filter · stride + row].
static void store_sums(const ck_product_kernels *kernels, const float *sums, int64_t columns, int64_t rows, int64_t first, int64_t last, float *target,
                       int64_t stride) {
    int64_t r = 0;
    for (; r + 8 <= rows; r += 8) kernels->transpose8(sums + r * columns, columns, last - first, target + first * stride + r, stride);
    for (; r < rows; r++) {
        for (int64_t f = first; f < last; f++) target[f * stride + r] = sums[r * columns + f - first];
    }
}

void ck_convolution_weights_run(const void *args, int64_t tile) {
    const ck_convolution_args *p = args;
    if (p->type != CK_F32) {
        run_plain(p, tile);
        return;
    }
    const weights_plan plan = make_plan(p);
    const ck_cross *x = &plan.forward;
    const ck_product_kernels *kernels = ck_product_kernels_now();
    const int64_t panels = ck_ceil_div(x->rows, CK_PANEL);
    int64_t panel_part = tile % plan.panel_parts, rest = tile / plan.panel_parts;
    int64_t channel_part = rest % plan.channel_parts;
    rest /= plan.channel_parts;
    const int64_t group = rest % x->groups, chunk = rest / x->groups;
    const int64_t panel = ck_share(panels, plan.panel_parts, panel_part), panel_end = ck_share(panels, plan.panel_parts, panel_part + 1);
    const int64_t channel = ck_share(x->columns, plan.channel_parts, channel_part), channels = ck_share(x->columns, plan.channel_parts, channel_part + 1) - channel;
    const int64_t rows = channels * plan.taps, columns = (panel_end - panel) * CK_PANEL;
    int64_t most[3];
    for (int i = 0; i < 3; i++) most[i] = i == plan.band_axis ? ck_ceil_div(x->count[i], plan.bands) : x->count[i];
    const int64_t most_outputs = most[0] * most[1] * most[2] * plan.images;
    ck_cross_copy copy = ck_cross_copy_plan(x, most, channels);
    // Sums, turned dy, offsets of rows, starts of runs, copy of x.
    const int64_t run_room = plan.images * most[0] * most[1];
    const int64_t floats = rows * columns + most_outputs * CK_PANEL + plan.images * copy.image + 4 * CK_PANEL;
    char *memory = ck_scratch(floats * 4 + (rows + run_room) * 8 + 128);
    if (memory == NULL) {
        run_short(p, &plan, group, chunk, channel, channels, panel * CK_PANEL, ck_min(x->rows, panel_end * CK_PANEL));
        return;
    }
    int64_t *a_rows = (int64_t *)(void *)memory, *runs = a_rows + rows;
    float *sums = (float *)(void *)(memory + ((rows + run_room) * 8 + 63) / 64 * 64);
    float *turned = sums + rows * columns, *copied = turned + most_outputs * CK_PANEL + CK_PANEL / 2;
    memset(sums, 0, (size_t)(rows * columns) * sizeof *sums);
    const int64_t block_end = ck_share(plan.blocks, plan.chunks, chunk + 1);
    for (int64_t number = ck_share(plan.blocks, plan.chunks, chunk); number < block_end; number++) {
        const weights_block block = find_block(&plan, number);
        const int64_t *count = block.count;
        copy = ck_cross_copy_plan(x, count, channels);
        ck_cross_copy_offsets(x, &copy, channels, a_rows);
        int64_t run = 0;
        for (int64_t i = 0; i < block.images; i++) {
            ck_cross_copy_source(x, &copy, block.start, block.image + i, group, channel, channels, copied + i * copy.image);
            for (int64_t o0 = 0; o0 < count[0]; o0++) {
                for (int64_t o1 = 0; o1 < count[1]; o1++) runs[run++] = i * copy.image + o0 * copy.slab + o1 * copy.row;
            }
        }
        // Bands are along the first axis that is not 1, so the outputs of a block are adjacent in each plane of dy.
        const int64_t outputs = count[0] * count[1] * count[2];
        for (int64_t q = panel; q < panel_end; q++) {
            const int64_t filters = ck_min(CK_PANEL, x->rows - q * CK_PANEL);
            for (int64_t i = 0; i < block.images; i++) {
                const float *dy = (const float *)p->y + (block.image + i) * x->target_image + (group * x->rows + q * CK_PANEL) * x->target_channel + block.corner;
                turn_outputs(kernels, dy, x->target_channel, filters, outputs, turned + i * outputs * CK_PANEL);
            }
            ck_outer job = {.rows = rows, .columns = filters, .a = copied, .a_rows = a_rows, .runs = runs, .run_count = run, .run_length = count[2], .b = turned};
            job.c = sums + (q - panel) * CK_PANEL;
            job.c_row = columns;
            kernels->outer(&job);
        }
    }
    float *target = chunk_target(p, &plan, chunk) + group * x->rows * x->columns * plan.taps + channel * plan.taps;
    store_sums(kernels, sums, columns, rows, panel * CK_PANEL, ck_min(x->rows, panel_end * CK_PANEL), target, x->columns * plan.taps);
}

enum { FINISH_TILE = 16384 };

int64_t ck_convolution_weights_finish_tiles(const void *args) {
    const ck_convolution_args *p = args;
    if (p->type != CK_F32 || weight_count(p) <= 0) return 0;
    weights_plan plan = make_plan(p);
    return plan.chunks > 1 ? ck_ceil_div(weight_count(p), FINISH_TILE) : 0;
}

CK_CLONES static void add_chunks(const float *from, int64_t chunks, int64_t stride, int64_t count, float *to) {
    for (int64_t i = 0; i < count; i++) {
        float sum = from[i];
        for (int64_t c = 1; c < chunks; c++) sum += from[c * stride + i];
        to[i] = sum;
    }
}

void ck_convolution_weights_finish_run(const void *args, int64_t tile) {
    const ck_convolution_args *p = args;
    weights_plan plan = make_plan(p);
    int64_t start = tile * FINISH_TILE, count = ck_min(FINISH_TILE, weight_count(p) - start);
    add_chunks((const float *)p->workspace + start, plan.chunks, weight_count(p), count, (float *)p->w + start);
}
