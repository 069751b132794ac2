#include <math.h>

#include "internal.h"

// A window at a time, up to 64 channels side by side: tap after tap, the best value and which tap it was.

enum { CHANNELS = 64, TILES_WANTED = 8 };

typedef ck_window_last_args window_args;

static int64_t volume(const int64_t v[3]) { return v[0] * v[1] * v[2]; }

/// Channels are cut only where images are too few.
static int64_t channel_tiles(const window_args *p) {
    return p->images >= TILES_WANTED ? 1 : ck_min(ck_ceil_div(p->channels, 16), ck_ceil_div(TILES_WANTED, ck_max(1, p->images)));
}

static int64_t tiles_of(const window_args *p, int64_t elements) { return p->images <= 0 || p->channels <= 0 || elements <= 0 ? 0 : p->images * channel_tiles(p); }

/// The taps of one window that are inside, in row-major order: offsets of their pixels, in elements.
typedef struct {
    int64_t first[3], last[3], corner[3];
} window_taps;

static window_taps find_taps(const window_args *p, const int64_t output[3]) {
    window_taps taps;
    for (int i = 0; i < 3; i++) {
        const int64_t corner = output[i] * p->stride[i] - p->low[i], dilation = p->dilation[i];
        taps.corner[i] = corner;
        taps.first[i] = corner >= 0 ? 0 : ck_ceil_div(-corner, dilation);
        taps.last[i] = ck_min(p->kernel[i], corner >= p->size[i] ? 0 : (p->size[i] - 1 - corner) / dilation + 1);
    }
    return taps;
}

/// A statement for each tap inside a window; `pixel` is its offset, `tap` counts them.
#define FOR_TAPS(p, t) \
    int32_t tap = 0; \
    for (int64_t k0 = (t)->first[0]; k0 < (t)->last[0]; k0++) \
        for (int64_t k1 = (t)->first[1]; k1 < (t)->last[1]; k1++) \
            for (int64_t k2 = (t)->first[2], pixel = (((t)->corner[0] + k0 * (p)->dilation[0]) * (p)->size[1] + (t)->corner[1] + k1 * (p)->dilation[1]) \
                                                         * (p)->size[2] + (t)->corner[2] + k2 * (p)->dilation[2]; \
                 k2 < (t)->last[2]; k2++, pixel += (p)->dilation[2], tap++)

/// Whether `value` replaces `best`: larger, or the first NaN.
CK_INLINE bool takes(float value, float best) { return value > best || (value != value && best == best); }

/// The maxima of a window, and the taps where they stand (−1: the window is empty).
CK_INLINE void find_maximum(const window_args *p, const window_taps *t, const float *x, int64_t count, float *best, int32_t *at) {
    for (int64_t c = 0; c < count; c++) best[c] = -INFINITY, at[c] = -1;
    FOR_TAPS(p, t) {
        const float *from = x + pixel * p->channels;
        if (tap == 0) {
            for (int64_t c = 0; c < count; c++) best[c] = from[c], at[c] = 0;
        } else {
            for (int64_t c = 0; c < count; c++) {
                const bool is_better = takes(from[c], best[c]);
                best[c] = is_better ? from[c] : best[c];
                at[c] = is_better ? tap : at[c];
            }
        }
    }
}

CK_CLONES static void maximum(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) {
    (void)v;
    float best[CHANNELS];
    for (int64_t c = 0; c < count; c++) best[c] = -INFINITY;
    FOR_TAPS(p, t) {
        const float *from = x + pixel * p->channels;
        for (int64_t c = 0; c < count; c++) best[c] = takes(from[c], best[c]) ? from[c] : best[c];
    }
    for (int64_t c = 0; c < count; c++) y[c] = best[c];
}

CK_CLONES static void maximum_scatter(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) {
    float best[CHANNELS];
    int32_t at[CHANNELS];
    find_maximum(p, t, x, count, best, at);
    FOR_TAPS(p, t) {
        float *to = y + pixel * p->channels;
        for (int64_t c = 0; c < count; c++) to[c] += at[c] == tap ? v[c] : 0;
    }
}

/// The same where windows lie side by side: each element belongs to one, so what is stored needs no zero before.
CK_CLONES static void maximum_store(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) {
    float best[CHANNELS];
    int32_t at[CHANNELS];
    find_maximum(p, t, x, count, best, at);
    FOR_TAPS(p, t) {
        float *to = y + pixel * p->channels;
        for (int64_t c = 0; c < count; c++) to[c] = at[c] == tap ? v[c] : 0;
    }
}

CK_CLONES static void maximum_gather(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) {
    float best[CHANNELS];
    int32_t at[CHANNELS];
    find_maximum(p, t, x, count, best, at);
    for (int64_t c = 0; c < count; c++) y[c] = 0;
    FOR_TAPS(p, t) {
        const float *from = v + pixel * p->channels;
        for (int64_t c = 0; c < count; c++) y[c] = at[c] == tap ? from[c] : y[c];
    }
}

CK_CLONES static void sum(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) {
    (void)v;
    float total[CHANNELS];
    for (int64_t c = 0; c < count; c++) total[c] = 0;
    FOR_TAPS(p, t) {
        const float *from = x + pixel * p->channels;
        for (int64_t c = 0; c < count; c++) total[c] += from[c];
    }
    (void)tap;
    for (int64_t c = 0; c < count; c++) y[c] = total[c];
}

CK_CLONES static void sum_scatter(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) {
    (void)x;
    FOR_TAPS(p, t) {
        float *to = y + pixel * p->channels;
        for (int64_t c = 0; c < count; c++) to[c] += v[c];
    }
    (void)tap;
}

typedef void (*window_function)(const window_args *, const window_taps *, const float *x, const float *v, float *y, int64_t count);

/// Which of the operands have an element for each output; the others have one for each element of the plane.
typedef struct {
    bool v, y;
} window_sides;

/// Whether each element belongs to one window.
static bool are_side_by_side(const window_args *p) {
    bool result = true;
    for (int i = 0; i < 3; i++) result = result && p->low[i] == 0 && p->dilation[i] == 1 && p->stride[i] == p->kernel[i] && p->output[i] * p->kernel[i] == p->size[i];
    return result;
}

/// All windows of one tile. What is scattered into starts at 0 unless `fills`.
static void run(const window_args *p, int64_t tile, window_function function, window_sides is_output, bool fills) {
    const int64_t tiles = channel_tiles(p), image = tile / tiles, blocks = ck_ceil_div(p->channels, 16);
    const int64_t first = ck_share(blocks, tiles, tile % tiles) * 16, last = ck_min(p->channels, ck_share(blocks, tiles, tile % tiles + 1) * 16);
    const int64_t plane = volume(p->size), outputs = volume(p->output);
    const float *x = p->x == NULL ? NULL : p->x + image * plane * p->channels;
    const float *v = p->v == NULL ? NULL : p->v + image * (is_output.v ? outputs : plane) * p->channels;
    float *y = p->y + image * (is_output.y ? outputs : plane) * p->channels;
    if (!is_output.y && !fills) {
        for (int64_t i = 0; i < plane; i++) {
            for (int64_t c = first; c < last; c++) y[i * p->channels + c] = 0;
        }
    }
    int64_t o[3], at = 0;
    for (o[0] = 0; o[0] < p->output[0]; o[0]++) {
        for (o[1] = 0; o[1] < p->output[1]; o[1]++) {
            for (o[2] = 0; o[2] < p->output[2]; o[2]++, at += p->channels) {
                const window_taps taps = find_taps(p, o);
                for (int64_t c = first; c < last; c += CHANNELS) {
                    function(p, &taps, x == NULL ? NULL : x + c, v == NULL ? NULL : v + (is_output.v ? at : 0) + c, y + (is_output.y ? at : 0) + c,
                             ck_min(CHANNELS, last - c));
                }
            }
        }
    }
}

int64_t ck_window_last_maximum_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->output)); }
int64_t ck_window_last_maximum_gather_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->output)); }
int64_t ck_window_last_maximum_scatter_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->size)); }
int64_t ck_window_last_sum_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->output)); }
int64_t ck_window_last_sum_scatter_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->size)); }

void ck_window_last_maximum_run(const void *args, int64_t tile) { run(args, tile, maximum, (window_sides){false, true}, false); }
void ck_window_last_maximum_scatter_run(const void *args, int64_t tile) {
    const bool fills = are_side_by_side(args);
    run(args, tile, fills ? maximum_store : maximum_scatter, (window_sides){true, false}, fills);
}
void ck_window_last_maximum_gather_run(const void *args, int64_t tile) { run(args, tile, maximum_gather, (window_sides){false, true}, false); }
void ck_window_last_sum_run(const void *args, int64_t tile) { run(args, tile, sum, (window_sides){false, true}, false); }
void ck_window_last_sum_scatter_run(const void *args, int64_t tile) { run(args, tile, sum_scatter, (window_sides){true, false}, false); }
