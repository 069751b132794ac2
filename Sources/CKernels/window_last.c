#include <math.h>
#include <string.h>

#include "internal.h"

// A window at a time, 16 channels in a vector and up to four vectors side by side, which stay in registers from tap to tap: the best values and which
// taps they stand at.

enum { LANES = 16, VECTORS_MOST = 4, TILES_WANTED = 8 };

/// 16 channels: values, tap numbers or masks.
typedef float lanes __attribute__((ext_vector_type(LANES)));
typedef float loose_lanes __attribute__((ext_vector_type(LANES), aligned(4)));
typedef int32_t lane_taps __attribute__((ext_vector_type(LANES)));

#pragma clang diagnostic ignored "-Wpsabi"

typedef ck_window_last_args window_args;

static int64_t volume(const int64_t v[3]) { return v[0] * v[1] * v[2]; }

/// Channels are cut only where images are too few.
static int64_t channel_tiles(const window_args *p) {
    return p->images >= TILES_WANTED ? 1 : ck_min(ck_ceil_div(p->channels, LANES), ck_ceil_div(TILES_WANTED, ck_max(1, p->images)));
}

static int64_t tiles_of(const window_args *p, int64_t elements) { return p->images <= 0 || p->channels <= 0 || elements <= 0 ? 0 : p->images * channel_tiles(p); }

/// The taps of one window that are inside: where the first one is, and how many there are.
typedef struct {
    int64_t corner[3], count[3];
} window_taps;

/// Sets the taps along one axis of the windows at `output`.
CK_INLINE void find_taps(const window_args *p, int axis, int64_t output, window_taps *taps) {
    const int64_t corner = output * p->stride[axis] - p->low[axis], dilation = p->dilation[axis], kernel = p->kernel[axis], size = p->size[axis];
    taps->corner[axis] = corner;
    taps->count[axis] = kernel;
    // Most windows lie inside, and a division takes as long as a window.
    if (corner >= 0 && corner + (kernel - 1) * dilation < size) return;
    const int64_t first = corner >= 0 ? 0 : ck_ceil_div(-corner, dilation), last = corner >= size ? 0 : (size - 1 - corner) / dilation + 1;
    taps->corner[axis] += first * dilation;
    taps->count[axis] = ck_max(0, ck_min(kernel, last) - first);
}

/// A statement for each tap inside a window in row-major order; `pixel` is its offset in elements, `tap` counts them.
#define FOR_TAPS(p, t) \
    int32_t tap = 0; \
    for (int64_t k0 = 0; k0 < (t)->count[0]; k0++) \
        for (int64_t k1 = 0; k1 < (t)->count[1]; k1++) \
            for (int64_t k2 = 0, pixel = ((((t)->corner[0] + k0 * (p)->dilation[0]) * (p)->size[1] + (t)->corner[1] + k1 * (p)->dilation[1]) * (p)->size[2] \
                                          + (t)->corner[2]) * (p)->channels; \
                 k2 < (t)->count[2]; k2++, pixel += (p)->dilation[2] * (p)->channels, tap++)

/// The channels that a form takes at once: whole vectors, or one of which only `count` exist. The first `done` were taken before and get nothing more.
typedef struct {
    int vectors;
    bool is_whole;
    int64_t count, done;
} window_part;

/// Reads channels, zeros where there are none. The loops are of a constant length, so that they become vectors with masks where the processor has these.
CK_INLINE void load(window_part part, const float *from, lanes *value) {
    if (part.is_whole) {
        *value = *(const loose_lanes *)from;
    } else {
        float some[LANES];
#pragma clang loop vectorize(enable) unroll(disable)
        for (int64_t j = 0; j < LANES; j++) some[j] = j < part.count ? from[j] : 0;
        memcpy(value, some, sizeof *value);
    }
}

CK_INLINE void store(window_part part, const lanes *value, float *to) {
    if (part.is_whole) {
        *(loose_lanes *)to = *value;
    } else {
        float some[LANES];
        memcpy(some, value, sizeof some);
#pragma clang loop vectorize(enable) unroll(disable)
        for (int64_t j = 0; j < LANES; j++) {
            if (j < part.count) to[j] = some[j];
        }
    }
}

/// What is to be added, 0 where it was.
CK_INLINE void load_added(window_part part, const float *from, lanes *value) {
    load(part, from, value);
    if (part.done == 0) return;
    const lane_taps lane = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    *value = lane >= (int32_t)part.done ? *value : (lanes)0.0f;
}

/// Where `value` replaces `best`: larger, or the first NaN.
CK_INLINE void beats(const lanes *value, const lanes *best, lane_taps *is_better) { *is_better = ~(*value <= *best) & (*best == *best); }

// The forms of a window's channels; what part of them is a constant where they are inlined.

/// The maxima of a window (−infinity where it is empty) and the taps where they stand.
CK_INLINE void find_maximum(window_part part, const window_args *p, const window_taps *t, const float *x, lanes *best, lane_taps *at) {
#pragma unroll
    for (int i = 0; i < part.vectors; i++) best[i] = -INFINITY, at[i] = 0;
    FOR_TAPS(p, t) {
#pragma unroll
        for (int i = 0; i < part.vectors; i++) {
            lanes value;
            lane_taps is_better;
            load(part, x + pixel + i * LANES, &value);
            beats(&value, &best[i], &is_better);
            best[i] = is_better ? value : best[i];
            at[i] = is_better ? (lane_taps)tap : at[i];
        }
    }
}

CK_INLINE void maximum(window_part part, const window_args *p, const window_taps *t, const float *x, const float *v, float *y) {
    (void)v;
    lanes best[VECTORS_MOST];
    lane_taps at[VECTORS_MOST];
    find_maximum(part, p, t, x, best, at);
#pragma unroll
    for (int i = 0; i < part.vectors; i++) store(part, &best[i], y + i * LANES);
}

CK_INLINE void maximum_scatter(window_part part, const window_args *p, const window_taps *t, const float *x, const float *v, float *y) {
    lanes best[VECTORS_MOST], value[VECTORS_MOST];
    lane_taps at[VECTORS_MOST];
    find_maximum(part, p, t, x, best, at);
#pragma unroll
    for (int i = 0; i < part.vectors; i++) load_added(part, v + i * LANES, &value[i]);
    FOR_TAPS(p, t) {
#pragma unroll
        for (int i = 0; i < part.vectors; i++) {
            float *to = y + pixel + i * LANES;
            lanes sum;
            load(part, to, &sum);
            sum += at[i] == tap ? value[i] : (lanes)0.0f;
            store(part, &sum, to);
        }
    }
}

/// The same where windows lie side by side: each element belongs to one, so what is stored needs no zero before.
CK_INLINE void maximum_store(window_part part, const window_args *p, const window_taps *t, const float *x, const float *v, float *y) {
    lanes best[VECTORS_MOST], value[VECTORS_MOST];
    lane_taps at[VECTORS_MOST];
    find_maximum(part, p, t, x, best, at);
#pragma unroll
    for (int i = 0; i < part.vectors; i++) load(part, v + i * LANES, &value[i]);
    FOR_TAPS(p, t) {
#pragma unroll
        for (int i = 0; i < part.vectors; i++) {
            const lanes share = at[i] == tap ? value[i] : (lanes)0.0f;
            store(part, &share, y + pixel + i * LANES);
        }
    }
}

CK_INLINE void maximum_gather(window_part part, const window_args *p, const window_taps *t, const float *x, const float *v, float *y) {
    lanes best[VECTORS_MOST], found[VECTORS_MOST];
    lane_taps at[VECTORS_MOST];
    find_maximum(part, p, t, x, best, at);
#pragma unroll
    for (int i = 0; i < part.vectors; i++) found[i] = 0.0f;
    FOR_TAPS(p, t) {
#pragma unroll
        for (int i = 0; i < part.vectors; i++) {
            lanes value;
            load(part, v + pixel + i * LANES, &value);
            found[i] = at[i] == tap ? value : found[i];
        }
    }
#pragma unroll
    for (int i = 0; i < part.vectors; i++) store(part, &found[i], y + i * LANES);
}

CK_INLINE void sum(window_part part, const window_args *p, const window_taps *t, const float *x, const float *v, float *y) {
    (void)v;
    lanes total[VECTORS_MOST];
#pragma unroll
    for (int i = 0; i < part.vectors; i++) total[i] = 0.0f;
    FOR_TAPS(p, t) {
#pragma unroll
        for (int i = 0; i < part.vectors; i++) {
            lanes value;
            load(part, x + pixel + i * LANES, &value);
            total[i] += value;
        }
    }
    (void)tap;
#pragma unroll
    for (int i = 0; i < part.vectors; i++) store(part, &total[i], y + i * LANES);
}

CK_INLINE void sum_scatter(window_part part, const window_args *p, const window_taps *t, const float *x, const float *v, float *y) {
    (void)x;
    lanes value[VECTORS_MOST];
#pragma unroll
    for (int i = 0; i < part.vectors; i++) load_added(part, v + i * LANES, &value[i]);
    FOR_TAPS(p, t) {
#pragma unroll
        for (int i = 0; i < part.vectors; i++) {
            float *to = y + pixel + i * LANES;
            lanes total;
            load(part, to, &total);
            total += value[i];
            store(part, &total, to);
        }
    }
    (void)tap;
}

/// `count` channels of a window whose taps are given. The last vector reaches back where channels are no whole number of them.
#define TAKE_CHANNELS(form, taps) \
    int64_t c = 0; \
    for (; c + 4 * LANES <= count; c += 4 * LANES) form((window_part){4, true}, p, taps, x + c, v + c, y + c); \
    if (c + 2 * LANES <= count) form((window_part){2, true}, p, taps, x + c, v + c, y + c), c += 2 * LANES; \
    if (c + LANES <= count) form((window_part){1, true}, p, taps, x + c, v + c, y + c), c += LANES; \
    if (c == count) return; \
    const int64_t last = count - LANES; \
    if (last >= 0) form((window_part){1, true, 0, c - last}, p, taps, x + last, v + last, y + last); \
    else form((window_part){1, false, count}, p, taps, x, v, y);

/// `count` channels of one window; the taps of 2 × 2 are constants.
#define DEFINE_WINDOW(form) \
    CK_CLONES static void form##_window(const window_args *p, const window_taps *t, const float *x, const float *v, float *y, int64_t count) { \
        if (t->count[0] == 1 && t->count[1] == 2 && t->count[2] == 2) { \
            const window_taps quad = {{t->corner[0], t->corner[1], t->corner[2]}, {1, 2, 2}}; \
            TAKE_CHANNELS(form, &quad) \
        } else { \
            TAKE_CHANNELS(form, t) \
        } \
    }
DEFINE_WINDOW(maximum)
DEFINE_WINDOW(maximum_scatter)
DEFINE_WINDOW(maximum_store)
DEFINE_WINDOW(maximum_gather)
DEFINE_WINDOW(sum)
DEFINE_WINDOW(sum_scatter)

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
    const int64_t tiles = channel_tiles(p), image = tile / tiles, blocks = ck_ceil_div(p->channels, LANES);
    const int64_t first = ck_share(blocks, tiles, tile % tiles) * LANES, last = ck_min(p->channels, ck_share(blocks, tiles, tile % tiles + 1) * LANES);
    const int64_t plane = volume(p->size), outputs = volume(p->output);
    // A form without x or v does not look at what stands in for it.
    const float *x = p->x == NULL ? p->v : p->x + image * plane * p->channels + first;
    const float *v = p->v == NULL ? p->x : p->v + image * (is_output.v ? outputs : plane) * p->channels + first;
    float *y = p->y + image * (is_output.y ? outputs : plane) * p->channels + first;
    if (!is_output.y && !fills) {
        for (int64_t i = 0; i < plane; i++) memset(y + i * p->channels, 0, (size_t)(last - first) * sizeof *y);
    }
    window_taps taps;
    int64_t at = 0;
    for (int64_t o0 = 0; o0 < p->output[0]; o0++) {
        find_taps(p, 0, o0, &taps);
        for (int64_t o1 = 0; o1 < p->output[1]; o1++) {
            find_taps(p, 1, o1, &taps);
            for (int64_t o2 = 0; o2 < p->output[2]; o2++, at += p->channels) {
                find_taps(p, 2, o2, &taps);
                function(p, &taps, x, v + (is_output.v ? at : 0), y + (is_output.y ? at : 0), last - first);
            }
        }
    }
}

int64_t ck_window_last_maximum_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->output)); }
int64_t ck_window_last_maximum_gather_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->output)); }
int64_t ck_window_last_maximum_scatter_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->size)); }
int64_t ck_window_last_sum_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->output)); }
int64_t ck_window_last_sum_scatter_tiles(const void *args) { return tiles_of(args, volume(((const window_args *)args)->size)); }

void ck_window_last_maximum_run(const void *args, int64_t tile) { run(args, tile, maximum_window, (window_sides){false, true}, false); }
void ck_window_last_maximum_scatter_run(const void *args, int64_t tile) {
    const bool fills = are_side_by_side(args);
    run(args, tile, fills ? maximum_store_window : maximum_scatter_window, (window_sides){true, false}, fills);
}
void ck_window_last_maximum_gather_run(const void *args, int64_t tile) { run(args, tile, maximum_gather_window, (window_sides){false, true}, false); }
void ck_window_last_sum_run(const void *args, int64_t tile) { run(args, tile, sum_window, (window_sides){false, true}, false); }
void ck_window_last_sum_scatter_run(const void *args, int64_t tile) { run(args, tile, sum_scatter_window, (window_sides){true, false}, false); }
