#include "convolution.h"

// The forward direction, and the input gradient as one correlation for each phase of the input: the elements i of x with the same
// i mod stride meet the same kernel positions, and along them dy advances by one.

static bool is_fast(const ck_convolution_args *p) { return p->type == CK_F32; }

ck_cross ck_convolution_forward_cross(const ck_convolution_args *p) {
    ck_cross x = {.images = p->batch, .groups = p->groups, .rows = p->filters / p->groups, .columns = p->channels / p->groups, .source = p->x, .target = p->y};
    x.source_channel = p->size[0] * p->size[1] * p->size[2];
    x.source_image = x.source_channel * p->channels;
    x.target_channel = p->output[0] * p->output[1] * p->output[2];
    x.target_image = x.target_channel * p->filters;
    for (int i = 0; i < 3; i++) {
        x.size[i] = p->size[i], x.step[i] = p->stride[i], x.first[i] = -p->low[i], x.taps[i] = p->kernel[i], x.tap_step[i] = p->dilation[i];
        x.count[i] = p->output[i];
    }
    x.target_step[2] = 1, x.target_step[1] = p->output[2], x.target_step[0] = p->output[1] * p->output[2];
    x.weights = p->w, x.bias = p->bias, x.residual = p->residual, x.relu = p->relu;
    ck_cross_simplify(&x);
    return x;
}

/// Images of a tile of the plain form, whose tiles are the images of one group each.
static int64_t plain_tiles(const ck_cross *x) { return x->images <= 0 || x->rows <= 0 || x->count[0] * x->count[1] * x->count[2] <= 0 ? 0 : x->images * x->groups; }

static int64_t cross_tiles(const ck_cross *x, bool fast) { return fast ? ck_cross_tiles(x) : plain_tiles(x); }

static void run_cross(const ck_cross *x, int type, int64_t tile) {
    if (type == CK_F32) ck_cross_run(x, tile);
    else ck_cross_plain(x, type, tile % x->groups, tile / x->groups, tile / x->groups + 1);
}

int64_t ck_convolution_forward_tiles(const void *args) {
    const ck_convolution_args *p = args;
    ck_cross x = ck_convolution_forward_cross(p);
    return cross_tiles(&x, is_fast(p));
}

void ck_convolution_forward_run(const void *args, int64_t tile) {
    const ck_convolution_args *p = args;
    ck_cross x = ck_convolution_forward_cross(p);
    run_cross(&x, p->type, tile);
}

static int64_t greatest_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

/// The kernel positions that meet phase `phase` of an axis: `first`, every `step`-th, `count` of them.
typedef struct {
    int64_t first, step, count;
} met_positions;

static met_positions find_positions(const ck_convolution_args *p, int axis, int64_t phase) {
    const int64_t stride = p->stride[axis];
    met_positions met = {0, stride / greatest_divisor(stride, p->dilation[axis]), 0};
    for (int64_t r = 0; r < ck_min(met.step, p->kernel[axis]); r++) {
        if ((phase + p->low[axis] - r * p->dilation[axis]) % stride != 0) continue;
        met.first = r;
        met.count = (p->kernel[axis] - 1 - r) / met.step + 1;
        break;
    }
    return met;
}

/// Phases that an element of x has.
static int64_t phases_along(const ck_convolution_args *p, int axis) { return ck_max(1, ck_min(p->stride[axis], p->size[axis])); }

/// The correlation of one phase; its weights lie in the workspace behind those of the phases before it.
static ck_cross phase_cross(const ck_convolution_args *p, int64_t number, int64_t weights) {
    ck_cross x = {.images = p->batch, .groups = p->groups, .rows = p->channels / p->groups, .columns = p->filters / p->groups, .source = p->y};
    x.source_channel = p->output[0] * p->output[1] * p->output[2];
    x.source_image = x.source_channel * p->filters;
    x.target_channel = p->size[0] * p->size[1] * p->size[2];
    x.target_image = x.target_channel * p->channels;
    int64_t corner = 0, along = 1;
    for (int i = 2; i >= 0; i--) {
        int64_t phase = number % phases_along(p, i);
        number /= phases_along(p, i);
        met_positions met = find_positions(p, i, phase);
        x.size[i] = p->output[i], x.step[i] = 1, x.taps[i] = met.count;
        x.first[i] = met.count == 0 ? 0 : (phase + p->low[i] - met.first * p->dilation[i]) / p->stride[i];
        x.tap_step[i] = -(met.step * p->dilation[i] / p->stride[i]);
        x.count[i] = phase >= p->size[i] ? 0 : (p->size[i] - 1 - phase) / p->stride[i] + 1;
        x.target_step[i] = p->stride[i] * along;
        corner += phase * along;
        along *= p->size[i];
    }
    x.target = (char *)p->x + corner * ck_type_bytes(p->type);
    x.weights = (const char *)p->workspace + weights * ck_type_bytes(p->type);
    return x;
}

static int64_t phase_count(const ck_convolution_args *p) { return phases_along(p, 0) * phases_along(p, 1) * phases_along(p, 2); }
static int64_t phase_weights(const ck_cross *x) { return x->groups * x->rows * x->columns * x->taps[0] * x->taps[1] * x->taps[2]; }

int64_t ck_convolution_input_workspace(const ck_convolution_args *p) {
    return p->filters * (p->channels / ck_max(1, p->groups)) * p->kernel[0] * p->kernel[1] * p->kernel[2] * ck_type_bytes(p->type);
}

int64_t ck_convolution_input_tiles(const void *args) {
    const ck_convolution_args *p = args;
    int64_t tiles = 0;
    for (int64_t number = 0; number < phase_count(p); number++) {
        ck_cross x = phase_cross(p, number, 0);
        ck_cross_simplify(&x);
        tiles += cross_tiles(&x, is_fast(p));
    }
    return tiles;
}

void ck_convolution_input_run(const void *args, int64_t tile) {
    const ck_convolution_args *p = args;
    int64_t weights = 0;
    for (int64_t number = 0; number < phase_count(p); number++) {
        ck_cross x = phase_cross(p, number, weights);
        weights += phase_weights(&x);
        ck_cross_simplify(&x);
        int64_t tiles = cross_tiles(&x, is_fast(p));
        if (tile < tiles) {
            run_cross(&x, p->type, tile);
            return;
        }
        tile -= tiles;
    }
}

/// w [group][filter][channel][position] to [group][channel][filter][met position], for channels first..<last of one group. Filters are outermost, so
/// that each visit reads all of the tile's channels.
#define ARRANGE(type) \
    for (int64_t f = 0; f < x.columns; f++) { \
        for (int64_t channel = first; channel < last; channel++) { \
            const type *from = (const type *)p->w + ((group * x.columns + f) * x.rows + channel) * kernel; \
            type *to = (type *)(void *)((char *)p->workspace + weights * (int64_t)sizeof(type)) + ((group * x.rows + channel) * x.columns + f) * taps; \
            for (int64_t r0 = 0; r0 < x.taps[0]; r0++) { \
                for (int64_t r1 = 0; r1 < x.taps[1]; r1++) { \
                    const type *line = from + ((met[0].first + r0 * met[0].step) * p->kernel[1] + met[1].first + r1 * met[1].step) * p->kernel[2] + met[2].first; \
                    for (int64_t r2 = 0; r2 < x.taps[2]; r2++) *to++ = line[r2 * met[2].step]; \
                } \
            } \
        } \
    }

static int64_t channels_per_tile(const ck_convolution_args *p) {
    return ck_max(1, 65536 / ck_max(1, p->filters / p->groups * p->kernel[0] * p->kernel[1] * p->kernel[2]));
}

int64_t ck_convolution_input_arrange_tiles(const void *args) {
    const ck_convolution_args *p = args;
    return p->batch <= 0 || p->filters <= 0 ? 0 : ck_ceil_div(p->channels, channels_per_tile(p));
}

void ck_convolution_input_arrange_run(const void *args, int64_t tile) {
    const ck_convolution_args *p = args;
    const int64_t per_group = p->channels / p->groups, kernel = p->kernel[0] * p->kernel[1] * p->kernel[2];
    int64_t weights = 0;
    for (int64_t number = 0; number < phase_count(p); number++) {
        ck_cross x = phase_cross(p, number, weights);
        const int64_t taps = x.taps[0] * x.taps[1] * x.taps[2];
        met_positions met[3];
        int64_t rest = number;
        for (int i = 2; i >= 0; i--) {
            met[i] = find_positions(p, i, rest % phases_along(p, i));
            rest /= phases_along(p, i);
        }
        const int64_t end = ck_min(p->channels, (tile + 1) * channels_per_tile(p));
        for (int64_t c = tile * channels_per_tile(p), next; c < end && taps > 0; c = next) {
            const int64_t group = c / per_group, first = c % per_group;
            next = ck_min(end, (group + 1) * per_group);
            const int64_t last = first + next - c;
            if (ck_type_bytes(p->type) == 8) {
                ARRANGE(uint64_t)
            } else {
                ARRANGE(uint32_t)
            }
        }
        weights += phase_weights(&x);
    }
}
