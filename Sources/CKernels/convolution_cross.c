#include <string.h>

#include "convolution.h"

// A tile is some images (or a band of outputs of one) of a group. Its part of the source is copied once, padded and split into phases, so
// that each kernel position is an offset and each row of outputs a run; the microkernel then reads the rows of B right there, 32
// outputs of a row at a time. Where rows are too short to fill vectors, 32 outputs are gathered into a panel first.

enum { PANEL_BYTES = CK_DEPTH_MOST * CK_PANEL * 4, WEIGHTS_NEAR = 131072, SCRATCH_NEAR = 131072 };

void ck_cross_simplify(ck_cross *x) {
    bool is_dense = true;
    int64_t stride = 1;
    for (int i = 2; i >= 0; i--) {
        is_dense = is_dense && x->taps[i] == 1 && x->step[i] == 1 && x->first[i] == 0 && x->count[i] == x->size[i] && x->target_step[i] == stride;
        stride *= x->count[i];
    }
    if (!is_dense) return;
    x->size[2] = x->count[2] = stride;
    x->size[1] = x->count[1] = x->size[0] = x->count[0] = 1;
    x->target_step[0] = x->target_step[1] = stride;
}

/// How a correlation is cut; follows from its sizes alone.
typedef struct {
    int64_t taps, depth;
    /// Outputs of an image are cut along this axis.
    int band_axis;
    int64_t bands, image_tiles;
    /// Channels of the source that are copied at once.
    int64_t channel_block;
    bool gathers;
} cross_plan;

static cross_plan make_plan(const ck_cross *x) {
    cross_plan plan = {.taps = x->taps[0] * x->taps[1] * x->taps[2]};
    int64_t outputs = 1;
    plan.band_axis = 2;
    for (int i = 2; i >= 0; i--) {
        if (x->count[i] > 1) plan.band_axis = i;
        outputs *= x->count[i];
    }
    plan.depth = x->columns * plan.taps;
    plan.channel_block = ck_max(1, ck_min(ck_min(x->columns, CK_DEPTH_MOST / ck_max(1, plan.taps)), WEIGHTS_NEAR / ck_max(1, x->rows * plan.taps)));
    // A run of outputs wastes what is missing to a multiple of 16; a gathered panel costs loads and stores beside 2 · rows multiply-adds a line.
    double width = (double)ck_max(1, x->count[2]);
    double in_place = 16.0 * (double)ck_ceil_div(x->count[2], 16) / width;
    double gathered = 1 + (2 + 2 * (32 / width + 1)) / (2.0 * (double)ck_max(1, x->rows)) + (32 / width + 1) / ((double)plan.depth + 1);
    plan.gathers = gathered < in_place;
    // Tiles of some 5 to 60 µs.
    double image_work = 2.0 * (double)outputs * (double)x->rows * ((double)plan.depth + 4);
    double total = image_work * (double)x->images * (double)x->groups;
    double wanted = total / 16 < 5e5 ? 5e5 : total / 16 > 6e6 ? 6e6 : total / 16;
    plan.bands = 1;
    plan.image_tiles = x->images;
    if (image_work > 2 * wanted) {
        plan.bands = ck_max(1, ck_min((int64_t)(image_work / wanted), x->count[plan.band_axis] / (plan.band_axis == 2 ? 512 : 4)));
    } else if (image_work < wanted && x->images > 0) {
        double images = wanted / (image_work + 1);
        plan.image_tiles = ck_max(1, ck_ceil_div(x->images, ck_min(x->images, (int64_t)images)));
    }
    // Copies that would leave the near cache: more bands, or fewer images at once.
    double copied = (double)ck_cross_copy_plan(x, x->count, plan.channel_block).image;
    if (copied > 2.0 * SCRATCH_NEAR) {
        plan.image_tiles = x->images;
        int64_t bands = (int64_t)(copied / SCRATCH_NEAR) + 1;
        plan.bands = ck_max(plan.bands, ck_min(bands, plan.band_axis == 2 ? ck_max(1, x->count[2] / 512) : x->count[plan.band_axis]));
    } else {
        int64_t images = ck_max(1, (int64_t)(2.0 * SCRATCH_NEAR / (copied + 1)));
        plan.image_tiles = ck_max(plan.image_tiles, ck_ceil_div(x->images, images));
    }
    return plan;
}

/// One tile at work.
typedef struct {
    const ck_cross *x;
    const cross_plan *plan;
    int64_t group, image, images;
    /// Outputs of the tile: the whole count but along the band axis.
    int64_t start[3], count[3];
    /// The copy, or the source itself where it can be read in place.
    const float *source;
    ck_cross_copy copy;
    int64_t *tap_offset;
    float *panel, *sums;
} cross_tile;

/// A run of outputs of one row: where the copy's first tap and where the target's element lie.
typedef struct {
    int64_t length, from, to;
} segment;

/// The runs of the outputs index..<index + length of the tile, counted through images, axes 0, 1 and 2.
static int find_segments(const cross_tile *t, int64_t index, int64_t length, segment *segments) {
    const ck_cross *x = t->x;
    int used = 0;
    while (length > 0) {
        int64_t o2 = index % t->count[2], rest = index / t->count[2];
        int64_t o1 = rest % t->count[1];
        rest /= t->count[1];
        int64_t o0 = rest % t->count[0], image = rest / t->count[0];
        int64_t run = ck_min(length, t->count[2] - o2);
        segments[used].length = run;
        segments[used].from = image * t->copy.image + o0 * t->copy.slab + o1 * t->copy.row + o2;
        segments[used].to = (t->image + image) * x->target_image + (o0 + t->start[0]) * x->target_step[0] + (o1 + t->start[1]) * x->target_step[1]
                            + (o2 + t->start[2]) * x->target_step[2];
        used++;
        index += run;
        length -= run;
    }
    return used;
}

/// Lines of a panel: for each row of B, the segments side by side. Writes up to 15 floats past a line's end before the next line is written.
CK_CLONES static void gather_panel(const float *copy, const int64_t *rows, int64_t depth, const segment *segments, int used, float *panel) {
    for (int64_t k = 0; k < depth; k++) {
        const float *line = copy + rows[k];
        float *to = panel + k * CK_PANEL;
        for (int s = 0; s < used; s++) {
            const float *from = line + segments[s].from;
            for (int64_t i = 0; i < segments[s].length; i += 16) memcpy(to + i, from + i, 16 * sizeof *to);
            to += segments[s].length;
        }
    }
}

/// Sums from the target's channels to a panel's block, where further channels of the source are to be added.
static void load_sums(const cross_tile *t, const segment *segments, int used) {
    const ck_cross *x = t->x;
    for (int64_t row = 0; row < x->rows; row++) {
        const float *plane = (const float *)x->target + (t->group * x->rows + row) * x->target_channel;
        float *to = t->sums + row * CK_PANEL;
        for (int s = 0; s < used; s++) {
            for (int64_t i = 0; i < segments[s].length; i++) *to++ = plane[segments[s].to + i * x->target_step[2]];
        }
    }
}

/// Sums from a panel's block to the target's channels, with the tail when they are complete.
CK_CLONES static void store_sums(const cross_tile *t, const segment *segments, int used, bool is_last) {
    const ck_cross *x = t->x;
    const int64_t step = x->target_step[2];
    for (int64_t row = 0; row < x->rows; row++) {
        const int64_t channel = t->group * x->rows + row;
        float *plane = (float *)x->target + channel * x->target_channel;
        const float *residual = x->residual == NULL || !is_last ? NULL : x->residual + channel * x->target_channel;
        const float *from = t->sums + row * CK_PANEL;
        const float bias = x->bias == NULL || !is_last ? 0 : x->bias[channel];
        const bool adds = x->bias != NULL && is_last, cuts = x->relu && is_last;
        for (int s = 0; s < used; s++) {
            float *to = plane + segments[s].to;
            const float *more = residual == NULL ? NULL : residual + segments[s].to;
            if (step == 1 && !adds && !cuts && more == NULL) {
                for (int64_t i = 0; i < segments[s].length; i++) to[i] = from[i];
            } else {
                for (int64_t i = 0; i < segments[s].length; i++) {
                    float value = from[i];
                    if (adds) value += bias;
                    if (more != NULL) value += more[i * step];
                    to[i * step] = cuts ? ck_relu(value) : value;
                }
            }
            from += segments[s].length;
        }
    }
}

/// One panel of up to 32 outputs, for channels channel..<channel + channels of the source.
static void run_panel(const cross_tile *t, const ck_product_kernels *kernels, const segment *segments, int used, int64_t length, int64_t channel, int64_t channels) {
    const ck_cross *x = t->x;
    const int64_t taps = t->plan->taps, depth = channels * taps;
    const bool is_first = channel == 0, is_last = channel + channels >= x->columns;
    // Outputs that are adjacent in the target are written there at once.
    bool is_direct = x->target_step[2] == 1;
    for (int s = 1; s < used; s++) is_direct = is_direct && segments[s].to == segments[s - 1].to + segments[s - 1].length;
    ck_panel job = {.rows = x->rows, .columns = length, .a_row = x->columns * taps, .a_column = 1, .c_row = is_direct ? x->target_channel : CK_PANEL};
    job.c = is_direct ? (float *)x->target + t->group * x->rows * x->target_channel + segments[0].to : t->sums;
    job.loads = !is_first;
    if (!is_direct && !is_first) load_sums(t, segments, used);
    const float *a = (const float *)x->weights + t->group * x->rows * x->columns * taps + channel * taps;
    int64_t k = 0;
    do {
        job.depth = ck_min(CK_DEPTH_MOST, depth - k);
        job.a = a + k;
        if (is_direct && is_last && k + job.depth >= depth) {
            job.row_bias = x->bias == NULL ? NULL : x->bias + t->group * x->rows;
            job.residual = x->residual == NULL ? NULL : x->residual + t->group * x->rows * x->target_channel + segments[0].to;
            job.relu = x->relu;
        }
        if (t->plan->gathers) {
            gather_panel(t->source, t->tap_offset + k, job.depth, segments, used, t->panel);
            job.b = t->panel;
            job.b_row = CK_PANEL;
            kernels->panel(&job);
        } else {
            job.b = t->source + segments[0].from;
            job.b_rows = t->tap_offset + k;
            kernels->scattered(&job);
        }
        job.loads = true;
        k += job.depth;
    } while (k < depth);
    if (!is_direct) store_sums(t, segments, used, is_last);
}

/// Slow, but the same values, where memory is short: the tile as a correlation of its own.
static void run_plain(const cross_tile *t) {
    ck_cross own = *t->x;
    int64_t corner = 0;
    for (int i = 0; i < 3; i++) {
        own.first[i] += t->start[i] * own.step[i];
        own.count[i] = t->count[i];
        corner += t->start[i] * own.target_step[i];
    }
    own.target = (float *)own.target + corner;
    if (own.residual != NULL) own.residual += corner;
    ck_cross_plain(&own, CK_F32, t->group, t->image, t->image + t->images);
}

/// All panels of a tile, 32 outputs each whatever rows they are of.
static void run_gathered(const cross_tile *t, const ck_product_kernels *kernels, int64_t channel, int64_t channels) {
    const int64_t outputs = t->count[0] * t->count[1] * t->count[2] * t->images;
    segment segments[CK_PANEL];
    for (int64_t index = 0; index < outputs; index += CK_PANEL) {
        int64_t length = ck_min(CK_PANEL, outputs - index);
        int used = find_segments(t, index, length, segments);
        run_panel(t, kernels, segments, used, length, channel, channels);
    }
}

/// All panels of a tile, each a part of one row.
static void run_rows(const cross_tile *t, const ck_product_kernels *kernels, int64_t channel, int64_t channels) {
    const ck_cross *x = t->x;
    for (int64_t image = 0; image < t->images; image++) {
        for (int64_t o0 = 0; o0 < t->count[0]; o0++) {
            for (int64_t o1 = 0; o1 < t->count[1]; o1++) {
                int64_t from = image * t->copy.image + o0 * t->copy.slab + o1 * t->copy.row;
                int64_t to = (t->image + image) * x->target_image + (o0 + t->start[0]) * x->target_step[0] + (o1 + t->start[1]) * x->target_step[1];
                for (int64_t o2 = 0; o2 < t->count[2]; o2 += CK_PANEL) {
                    segment run = {ck_min(CK_PANEL, t->count[2] - o2), from + o2, to + (t->start[2] + o2) * x->target_step[2]};
                    run_panel(t, kernels, &run, 1, run.length, channel, channels);
                }
            }
        }
    }
}

int64_t ck_cross_tiles(const ck_cross *x) {
    if (x->images <= 0 || x->groups <= 0 || x->rows <= 0 || x->count[0] <= 0 || x->count[1] <= 0 || x->count[2] <= 0) return 0;
    cross_plan plan = make_plan(x);
    return plan.image_tiles * plan.bands * x->groups;
}

void ck_cross_run(const ck_cross *x, int64_t tile) {
    const cross_plan plan = make_plan(x);
    int64_t band = tile % plan.bands, rest = tile / plan.bands;
    int64_t image_tile = rest % plan.image_tiles;
    cross_tile t = {.x = x, .plan = &plan, .group = rest / plan.image_tiles};
    t.image = ck_share(x->images, plan.image_tiles, image_tile);
    t.images = ck_share(x->images, plan.image_tiles, image_tile + 1) - t.image;
    for (int i = 0; i < 3; i++) {
        bool is_cut = i == plan.band_axis;
        t.start[i] = is_cut ? ck_share(x->count[i], plan.bands, band) : 0;
        t.count[i] = is_cut ? ck_share(x->count[i], plan.bands, band + 1) - t.start[i] : x->count[i];
    }
    t.copy = ck_cross_copy_plan(x, t.count, plan.channel_block);
    // Reads run up to 31 floats past a row, so never in place at the end of the tensor.
    bool is_in_place = t.image + t.images < x->images && x->source_image >= 2 * CK_PANEL;
    for (int i = 0; i < 3; i++) {
        is_in_place = is_in_place && x->step[i] == 1 && t.copy.base[i] >= 0 && t.copy.base[i] + x->count[i] + t.copy.reach[i] <= x->size[i];
    }
    const int64_t copy_bytes = is_in_place ? 0 : (t.images * t.copy.image + 2 * CK_PANEL) * 4;
    const int64_t offset_bytes = (plan.channel_block * plan.taps * 8 + 63) / 64 * 64, panel_bytes = plan.gathers ? PANEL_BYTES + 64 : 0;
    char *memory = ck_scratch(offset_bytes + panel_bytes + x->rows * CK_PANEL * 4 + copy_bytes + 64 * 3);
    if (memory == NULL) {
        run_plain(&t);
        return;
    }
    t.tap_offset = (int64_t *)(void *)memory;
    t.panel = (float *)(void *)(memory + offset_bytes);
    t.sums = (float *)(void *)(memory + offset_bytes + panel_bytes);
    // Off the 4 KB grid, so that copy and panel do not share cache sets.
    float *copied = t.sums + x->rows * CK_PANEL + 16;
    if (is_in_place) {
        t.copy.row = x->size[2];
        t.copy.slab = x->size[2] * x->size[1];
        t.copy.channel = x->source_channel;
        t.copy.image = x->source_image;
    }
    const ck_product_kernels *kernels = ck_product_kernels_now();
    ck_cross_copy_offsets(x, &t.copy, ck_min(plan.channel_block, x->columns), t.tap_offset);
    int64_t channel = 0;
    do {
        const int64_t channels = ck_min(plan.channel_block, x->columns - channel);
        if (is_in_place) {
            const int64_t corner = (t.copy.base[0] + t.start[0]) * t.copy.slab + (t.copy.base[1] + t.start[1]) * t.copy.row + t.copy.base[2] + t.start[2];
            t.source = (const float *)x->source + t.image * x->source_image + (t.group * x->columns + channel) * x->source_channel + corner;
        } else {
            for (int64_t i = 0; i < t.images; i++) {
                ck_cross_copy_source(x, &t.copy, t.start, t.image + i, t.group, channel, channels, copied + i * t.copy.image);
            }
            t.source = copied;
        }
        if (plan.gathers) run_gathered(&t, kernels, channel, channels);
        else run_rows(&t, kernels, channel, channels);
        channel += channels;
    } while (channel < x->columns);
}
