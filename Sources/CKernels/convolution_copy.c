#include "convolution.h"

static int64_t greatest_divisor(int64_t a, int64_t b) {
    while (b != 0) {
        int64_t r = a % b;
        a = b;
        b = r;
    }
    return a;
}

ck_cross_copy ck_cross_copy_plan(const ck_cross *x, const int64_t count[3], int64_t channels) {
    ck_cross_copy copy;
    int64_t plane = 1;
    for (int i = 0; i < 3; i++) {
        // An axis without taps (a phase that no kernel position meets) copies like one with a single tap.
        const int64_t span = ck_max(0, x->taps[i] - 1) * x->tap_step[i], stride = x->tap_step[i] < 0 ? -x->tap_step[i] : x->tap_step[i];
        copy.base[i] = x->first[i] + ck_min(0, span);
        copy.phases[i] = ck_max(1, ck_min(x->taps[i], x->step[i] / greatest_divisor(x->step[i], stride)));
        copy.reach[i] = (span < 0 ? -span : span) / x->step[i];
        copy.count[i] = count[i];
        plane *= copy.phases[i] * (count[i] + copy.reach[i]);
    }
    copy.row = count[2] + copy.reach[2];
    copy.slab = copy.row * (count[1] + copy.reach[1]);
    copy.channel = plane;
    copy.image = plane * channels;
    return copy;
}

void ck_cross_copy_offsets(const ck_cross *x, const ck_cross_copy *copy, int64_t channels, int64_t *offsets) {
    const int64_t plane = copy->slab * (copy->count[0] + copy->reach[0]);
    for (int64_t c = 0; c < channels; c++) {
        for (int64_t r0 = 0; r0 < x->taps[0]; r0++) {
            for (int64_t r1 = 0; r1 < x->taps[1]; r1++) {
                for (int64_t r2 = 0; r2 < x->taps[2]; r2++) {
                    const int64_t r[3] = {r0, r1, r2};
                    int64_t slot = 0, shift[3];
                    for (int i = 0; i < 3; i++) {
                        shift[i] = (x->first[i] + r[i] * x->tap_step[i] - copy->base[i]) / x->step[i];
                        slot = slot * copy->phases[i] + r[i] % copy->phases[i];
                    }
                    *offsets++ = c * copy->channel + slot * plane + shift[0] * copy->slab + shift[1] * copy->row + shift[2];
                }
            }
        }
    }
}

/// One plane of one phase: rows of every `step`-th element, zeros where the source ends.
CK_CLONES static void copy_phase(const ck_cross *x, const ck_cross_copy *copy, const int64_t from[3], const float *plane, float *to) {
    int64_t length[3];
    for (int i = 0; i < 3; i++) length[i] = copy->count[i] + copy->reach[i];
    const int64_t step = x->step[2], size = x->size[2];
    const int64_t first = ck_min(length[2], from[2] >= 0 ? 0 : ck_ceil_div(-from[2], step));
    const int64_t last = ck_max(first, ck_min(length[2], from[2] >= size ? 0 : (size - 1 - from[2]) / step + 1));
    for (int64_t q0 = 0; q0 < length[0]; q0++) {
        const int64_t i0 = q0 * x->step[0] + from[0];
        for (int64_t q1 = 0; q1 < length[1]; q1++, to += length[2]) {
            const int64_t i1 = q1 * x->step[1] + from[1];
            if (i0 < 0 || i0 >= x->size[0] || i1 < 0 || i1 >= x->size[1]) {
                for (int64_t q = 0; q < length[2]; q++) to[q] = 0;
                continue;
            }
            const float *row = plane + (i0 * x->size[1] + i1) * size + from[2];
            for (int64_t q = 0; q < first; q++) to[q] = 0;
            if (step == 1) {
                for (int64_t q = first; q < last; q++) to[q] = row[q];
            } else {
                for (int64_t q = first; q < last; q++) to[q] = row[q * step];
            }
            for (int64_t q = last; q < length[2]; q++) to[q] = 0;
        }
    }
}

void ck_cross_copy_source(const ck_cross *x, const ck_cross_copy *copy, const int64_t start[3], int64_t image, int64_t group, int64_t channel,
                          int64_t channels, float *target) {
    const int64_t phases = copy->phases[0] * copy->phases[1] * copy->phases[2];
    for (int64_t c = 0; c < channels; c++) {
        const float *plane = (const float *)x->source + image * x->source_image + (group * x->columns + channel + c) * x->source_channel;
        for (int64_t phase = 0; phase < phases; phase++) {
            const int64_t slot[3] = {phase / (copy->phases[1] * copy->phases[2]), phase / copy->phases[2] % copy->phases[1], phase % copy->phases[2]};
            int64_t from[3];
            for (int i = 0; i < 3; i++) {
                const int64_t shift = copy->phases[i] == 1 ? 0 : slot[i] * x->tap_step[i] % x->step[i];
                from[i] = start[i] * x->step[i] + copy->base[i] + shift;
            }
            copy_phase(x, copy, from, plane, target + c * copy->channel + phase * (copy->channel / phases));
        }
    }
}
