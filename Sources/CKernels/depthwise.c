#include <math.h>

#include "internal.h"

// A pixel at a time, channels side by side. Filters are turned to [tap][channel] first, a tile's own copy.

enum { TILES_MOST = 64, PARTS_MOST = 8, CHANNELS = 64 };

typedef ck_depthwise_args depthwise_args;

static int64_t volume(const int64_t v[3]) { return v[0] * v[1] * v[2]; }

/// Rows of pixels of all images, cut into even tiles.
static int64_t row_tiles(const depthwise_args *p, const int64_t space[3]) {
    const int64_t rows = p->images * space[0] * space[1];
    return volume(space) * p->channels == 0 ? 0 : ck_min(rows, TILES_MOST);
}

CK_CLONES static void turn_filters(const depthwise_args *p, int64_t taps, float *turned) {
    for (int64_t tap = 0; tap < taps; tap++) {
        for (int64_t c = 0; c < p->channels; c++) turned[tap * p->channels + c] = p->w[c * taps + tap];
    }
}

/// sum += a · b, up to 64 channels.
CK_INLINE void add_products(float *sum, const float *a, const float *b, int64_t count) {
    if (count == CHANNELS) {
        for (int c = 0; c < CHANNELS; c++) sum[c] += a[c] * b[c];
    } else {
        for (int64_t c = 0; c < count; c++) sum[c] += a[c] * b[c];
    }
}

/// The position that output `o` (or, `turned`, whose output element `o` of x) reads at tap `r`, or −1.
CK_INLINE int64_t position(const depthwise_args *p, int axis, int64_t o, int64_t r, bool turned) {
    if (!turned) {
        const int64_t at = o * p->stride[axis] + r * p->dilation[axis] - p->low[axis];
        return at >= 0 && at < p->size[axis] ? at : -1;
    }
    const int64_t at = o + p->low[axis] - r * p->dilation[axis];
    return at >= 0 && at % p->stride[axis] == 0 && at / p->stride[axis] < p->output[axis] ? at / p->stride[axis] : -1;
}

/// One row of the target: y from x, or `turned`, x from y.
CK_CLONES static void run_row(const depthwise_args *p, const float *filters, const float *source, float *target, int64_t o0, int64_t o1, bool turned) {
    const int64_t *from = turned ? p->output : p->size, width = turned ? p->size[2] : p->output[2];
    for (int64_t o2 = 0; o2 < width; o2++) {
        for (int64_t c = 0; c < p->channels; c += CHANNELS) {
            const int64_t count = ck_min(CHANNELS, p->channels - c);
            float sum[CHANNELS] = {0};
            for (int64_t r0 = 0; r0 < p->kernel[0]; r0++) {
                const int64_t p0 = position(p, 0, o0, r0, turned);
                for (int64_t r1 = 0; r1 < p->kernel[1] && p0 >= 0; r1++) {
                    const int64_t p1 = position(p, 1, o1, r1, turned);
                    for (int64_t r2 = 0; r2 < p->kernel[2] && p1 >= 0; r2++) {
                        const int64_t p2 = position(p, 2, o2, r2, turned);
                        if (p2 < 0) continue;
                        const int64_t tap = (r0 * p->kernel[1] + r1) * p->kernel[2] + r2;
                        add_products(sum, source + ((p0 * from[1] + p1) * from[2] + p2) * p->channels + c, filters + tap * p->channels + c, count);
                    }
                }
            }
            for (int64_t i = 0; i < count; i++) target[o2 * p->channels + c + i] = sum[i];
        }
    }
}

static void run(const depthwise_args *p, int64_t tile, bool turned) {
    const int64_t *space = turned ? p->size : p->output, *from = turned ? p->output : p->size, taps = volume(p->kernel);
    const int64_t rows = p->images * space[0] * space[1], tiles = row_tiles(p, space);
    const float *source = turned ? p->y : p->x;
    float *target = turned ? p->x : p->y, *filters = ck_scratch(taps * p->channels * 4 + 64);
    if (filters != NULL) turn_filters(p, taps, filters);
    for (int64_t row = ck_share(rows, tiles, tile); row < ck_share(rows, tiles, tile + 1); row++) {
        const int64_t image = row / (space[0] * space[1]);
        float *to = target + row * space[2] * p->channels;
        if (filters == NULL) to[0] = NAN;
        else run_row(p, filters, source + image * volume(from) * p->channels, to, row / space[1] % space[0], row % space[1], turned);
    }
}

int64_t ck_depthwise_forward_tiles(const void *args) { return row_tiles(args, ((const depthwise_args *)args)->output); }
void ck_depthwise_forward_run(const void *args, int64_t tile) { run(args, tile, false); }
int64_t ck_depthwise_input_tiles(const void *args) { return row_tiles(args, ((const depthwise_args *)args)->size); }
void ck_depthwise_input_run(const void *args, int64_t tile) { run(args, tile, true); }

// The adjoint in the filters: rows of outputs in a fixed number of parts, each with sums of its own [tap][channel].

static int64_t parts_of(const depthwise_args *p) { return ck_max(1, ck_min(PARTS_MOST, p->images * p->output[0] * p->output[1])); }

int64_t ck_depthwise_weights_workspace(const depthwise_args *p) { return parts_of(p) * volume(p->kernel) * p->channels * 4; }
int64_t ck_depthwise_weights_tiles(const void *args) { return volume(((const depthwise_args *)args)->kernel) * ((const depthwise_args *)args)->channels == 0 ? 0 : parts_of(args); }

/// What one row of outputs adds.
CK_CLONES static void gather_row(const depthwise_args *p, const float *x, const float *dy, int64_t o0, int64_t o1, float *sums) {
    for (int64_t r0 = 0; r0 < p->kernel[0]; r0++) {
        const int64_t p0 = position(p, 0, o0, r0, false);
        for (int64_t r1 = 0; r1 < p->kernel[1] && p0 >= 0; r1++) {
            const int64_t p1 = position(p, 1, o1, r1, false);
            for (int64_t r2 = 0; r2 < p->kernel[2] && p1 >= 0; r2++) {
                float *to = sums + ((r0 * p->kernel[1] + r1) * p->kernel[2] + r2) * p->channels;
                for (int64_t c = 0; c < p->channels; c += CHANNELS) {
                    const int64_t count = ck_min(CHANNELS, p->channels - c);
                    float sum[CHANNELS];
                    for (int64_t i = 0; i < count; i++) sum[i] = to[c + i];
                    for (int64_t o2 = 0; o2 < p->output[2]; o2++) {
                        const int64_t p2 = position(p, 2, o2, r2, false);
                        if (p2 >= 0) add_products(sum, x + ((p0 * p->size[1] + p1) * p->size[2] + p2) * p->channels + c, dy + o2 * p->channels + c, count);
                    }
                    for (int64_t i = 0; i < count; i++) to[c + i] = sum[i];
                }
            }
        }
    }
}

void ck_depthwise_weights_run(const void *args, int64_t tile) {
    const depthwise_args *p = args;
    const int64_t plane = p->output[0] * p->output[1], rows = p->images * plane, sums_count = volume(p->kernel) * p->channels;
    float *sums = p->workspace + tile * sums_count;
    for (int64_t i = 0; i < sums_count; i++) sums[i] = 0;
    for (int64_t row = ck_share(rows, parts_of(p), tile); row < ck_share(rows, parts_of(p), tile + 1); row++) {
        gather_row(p, p->x + row / plane * volume(p->size) * p->channels, p->y + row * p->output[2] * p->channels, row / p->output[1] % p->output[0],
                   row % p->output[1], sums);
    }
}

int64_t ck_depthwise_weights_finish_tiles(const void *args) { return ck_min(1, ck_depthwise_weights_tiles(args)); }

void ck_depthwise_weights_finish_run(const void *args, int64_t tile) {
    (void)tile;
    const depthwise_args *p = args;
    const int64_t taps = volume(p->kernel);
    for (int64_t c = 0; c < p->channels; c++) {
        for (int64_t tap = 0; tap < taps; tap++) {
            float sum = 0;
            for (int64_t part = 0; part < parts_of(p); part++) sum += p->workspace[(part * taps + tap) * p->channels + c];
            p->w[c * taps + tap] = sum;
        }
    }
}
