#include <string.h>

#include "correlation.h"

/// Adjacent taps of one row of the kernel, as they meet a row of outputs.
typedef struct {
    /// The row of x that they meet, null where it is outside.
    const float *row;
    /// How many there are, and the position in the row at which the first stands for output 0.
    int64_t length, position;
} tap_run;

/// Runs that are looked up for a row of outputs at once.
enum { RUNS = 64 };

/// Copies whole vectors, up to 15 floats too many, unless the tensor ends before or `is_exact`.
CK_INLINE void copy_run(float *to, const float *from, int64_t count, const float *end, bool is_exact) {
    if (!is_exact && from + count + 15 < end) {
        for (int64_t i = 0; i < count; i += 16) memcpy(to + i, from + i, 16 * sizeof *to);
    } else {
        for (int64_t i = 0; i < count; i++) to[i] = from[i];
    }
}

/// The run of one output, whose first tap is at position `at` of the row.
CK_INLINE void gather_run(const tap_run *run, int64_t at, int64_t width, int64_t c, float *to, const float *end, bool is_exact) {
    const int64_t low = run->row == NULL ? run->length : ck_min(run->length, ck_max(0, -at)), high = ck_max(low, ck_min(run->length, width - at));
    for (int64_t i = 0; i < low * c; i++) to[i] = 0;
    if (high > low) copy_run(to + low * c, run->row + (at + low) * c, (high - low) * c, end, is_exact);
    for (int64_t i = high * c; i < run->length * c; i++) to[i] = 0;
}

/// The outputs first..<last of a row, counted from o2, at which every run lies wholly inside its row and whole vectors of it inside the tensor.
static void find_inside(const ck_taps *t, const tap_run *runs, int used, int64_t o2, int64_t length, const float *end, int64_t *first, int64_t *last) {
    const int64_t step = t->step[2], c = t->sources;
    *first = 0, *last = length;
    for (int r = 0; r < used; r++) {
        if (runs[r].row == NULL) continue;
        const int64_t at = runs[r].position + o2 * step, room = t->size[2] - runs[r].length - at;
        // The last position from which a vector more than the run still lies in the tensor.
        const int64_t vectors = (end - runs[r].row) / c - runs[r].length - ck_ceil_div(16, c) - at, most = ck_min(room, vectors);
        *first = ck_max(*first, at >= 0 ? 0 : ck_ceil_div(-at, step));
        *last = ck_min(*last, most < 0 ? 0 : most / step + 1);
    }
    *last = ck_max(*first, *last);
}

/// Some runs of one row of outputs, from output o2 on.
CK_CLONES static void gather_row(const ck_taps *t, const tap_run *runs, int used, int64_t o2, int64_t length, float *target, int64_t pitch, bool is_exact) {
    const float *end = t->x + t->images * ck_volume(t->size) * t->sources;
    const int64_t c = t->sources, step = t->step[2];
    int64_t first = length, last = length;
    if (!is_exact) find_inside(t, runs, used, o2, length, end, &first, &last);
    for (int64_t i = 0; i < length; i++) {
        float *to = target + i * pitch;
        const int64_t at = (o2 + i) * step;
        // A vector that is too long is overwritten by what follows it.
        if (i >= first && i < last) {
            for (int r = 0; r < used; r++) {
                const int64_t count = runs[r].length * c;
                const float *from = runs[r].row + (runs[r].position + at) * c;
                if (runs[r].row == NULL) {
                    for (int64_t k = 0; k < count; k++) to[k] = 0;
                } else {
                    for (int64_t k = 0; k < count; k += 16) memcpy(to + k, from + k, 16 * sizeof *to);
                }
                to += count;
            }
        } else {
            for (int r = 0; r < used; r++) {
                gather_run(runs + r, runs[r].position + at, t->size[2], c, to, end, is_exact);
                to += runs[r].length * c;
            }
        }
    }
}

/// All runs of taps first..<last of one row of outputs.
static void gather_taps(const ck_taps *t, int64_t first, int64_t last, int64_t image, int64_t o0, int64_t o1, int64_t o2, int64_t length, float *target,
                        int64_t pitch) {
    tap_run runs[RUNS];
    int64_t tap = first;
    do {
        int used = 0;
        const int64_t start = tap;
        while (tap < last && used < RUNS) {
            const int64_t t2 = tap % t->taps[2], t1 = tap / t->taps[2] % t->taps[1], t0 = tap / t->taps[2] / t->taps[1];
            const int64_t p0 = t->first[0] + o0 * t->step[0] + t0 * t->tap_step[0], p1 = t->first[1] + o1 * t->step[1] + t1 * t->tap_step[1];
            const bool has_row = p0 >= 0 && p0 < t->size[0] && p1 >= 0 && p1 < t->size[1];
            tap_run *run = runs + used++;
            run->row = has_row ? t->x + ((image * t->size[0] + p0) * t->size[1] + p1) * t->size[2] * t->sources : NULL;
            run->length = t->tap_step[2] == 1 ? ck_min(t->taps[2] - t2, last - tap) : 1;
            run->position = t->first[2] + t2 * t->tap_step[2];
            tap += run->length;
        }
        gather_row(t, runs, used, o2, length, target + (start - first) * t->sources, pitch, tap < last || start > first);
    } while (tap < last);
}

void ck_taps_gather(const ck_taps *t, int64_t first, int64_t last, int64_t output, int64_t outputs, float *target, int64_t pitch) {
    int64_t o2 = output % t->count[2], rest = output / t->count[2];
    int64_t o1 = rest % t->count[1];
    rest /= t->count[1];
    int64_t o0 = rest % t->count[0], image = rest / t->count[0];
    while (outputs > 0) {
        const int64_t length = ck_min(outputs, t->count[2] - o2);
        gather_taps(t, first, last, image, o0, o1, o2, length, target, pitch);
        target += length * pitch;
        outputs -= length;
        o2 = 0;
        if (++o1 == t->count[1]) {
            o1 = 0;
            if (++o0 == t->count[0]) {
                o0 = 0;
                image++;
            }
        }
    }
}

void ck_taps_copy_row(const ck_taps *t, int64_t image, int64_t p0, int64_t p1, int64_t position, int64_t length, float *target) {
    const int64_t c = t->sources;
    const bool has_row = p0 >= 0 && p0 < t->size[0] && p1 >= 0 && p1 < t->size[1];
    const int64_t low = has_row ? ck_min(length, ck_max(0, -position)) : length, high = ck_max(low, ck_min(length, t->size[2] - position));
    memset(target, 0, (size_t)(low * c) * sizeof *target);
    if (high > low) {
        const float *from = t->x + (((image * t->size[0] + p0) * t->size[1] + p1) * t->size[2] + position + low) * c;
        memcpy(target + low * c, from, (size_t)((high - low) * c) * sizeof *target);
    }
    memset(target + high * c, 0, (size_t)((length - high) * c) * sizeof *target);
}
