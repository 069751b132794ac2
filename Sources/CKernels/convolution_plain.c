#include "convolution.h"

// Convolutions written as their definition, for the types that are not f32 and where memory for the fast form is short.

/// The chain of one output: `step` says how a weight and a value join it.
#define DEFINE_CROSS(name, attributes, type, wide, join) \
    attributes static void name(const ck_cross *x, int64_t group, int64_t first, int64_t last) { \
        const int64_t taps = x->taps[0] * x->taps[1] * x->taps[2]; \
        for (int64_t image = first; image < last; image++) { \
            for (int64_t row = 0; row < x->rows; row++) { \
                const type *weights = (const type *)x->weights + (group * x->rows + row) * x->columns * taps; \
                const int64_t corner = image * x->target_image + (group * x->rows + row) * x->target_channel; \
                for (int64_t o0 = 0; o0 < x->count[0]; o0++) \
                    for (int64_t o1 = 0; o1 < x->count[1]; o1++) \
                        for (int64_t o2 = 0; o2 < x->count[2]; o2++) { \
                            wide sum = 0; \
                            const type *w = weights; \
                            for (int64_t c = 0; c < x->columns; c++) { \
                                const type *plane = (const type *)x->source + image * x->source_image + (group * x->columns + c) * x->source_channel; \
                                for (int64_t r0 = 0; r0 < x->taps[0]; r0++) { \
                                    const int64_t i0 = o0 * x->step[0] + x->first[0] + r0 * x->tap_step[0]; \
                                    for (int64_t r1 = 0; r1 < x->taps[1]; r1++) { \
                                        const int64_t i1 = o1 * x->step[1] + x->first[1] + r1 * x->tap_step[1]; \
                                        for (int64_t r2 = 0; r2 < x->taps[2]; r2++, w++) { \
                                            const int64_t i2 = o2 * x->step[2] + x->first[2] + r2 * x->tap_step[2]; \
                                            const bool is_inside = i0 >= 0 && i0 < x->size[0] && i1 >= 0 && i1 < x->size[1] && i2 >= 0 && i2 < x->size[2]; \
                                            if (!is_inside) continue; \
                                            const wide a = (wide)*w, b = (wide)plane[(i0 * x->size[1] + i1) * x->size[2] + i2]; \
                                            join; \
                                        } \
                                    } \
                                } \
                            } \
                            const int64_t at = corner + o0 * x->target_step[0] + o1 * x->target_step[1] + o2 * x->target_step[2]; \
                            if (x->bias != NULL) sum += (wide)x->bias[group * x->rows + row]; \
                            if (x->residual != NULL) sum += (wide)x->residual[at]; \
                            if (x->relu && sum < 0) sum = 0; \
                            ((type *)x->target)[at] = (type)sum; \
                        } \
            } \
        } \
    }
// The compiler joins multiplication and addition where the processor can.
DEFINE_CROSS(cross_f32, CK_CLONES, float, float, sum += a * b)
DEFINE_CROSS(cross_f64, CK_CLONES, double, double, sum += a * b)
DEFINE_CROSS(cross_i32, , int32_t, uint32_t, sum += a * b)
DEFINE_CROSS(cross_i64, , int64_t, uint64_t, sum += a * b)

void ck_cross_plain(const ck_cross *x, int type, int64_t group, int64_t first, int64_t last) {
    switch (type) {
    case CK_F32: cross_f32(x, group, first, last); break;
    case CK_F64: cross_f64(x, group, first, last); break;
    case CK_I32: cross_i32(x, group, first, last); break;
    case CK_I64: cross_i64(x, group, first, last); break;
    }
}

/// Adds the sums of dy · x to the weights of some channels of one filter; dy is the target, read.
#define DEFINE_WEIGHTS(name, type, wide) \
    CK_CLONES static void name(const ck_cross *x, int64_t group, int64_t row, int64_t channel, int64_t channels, type *weights) { \
        const int64_t taps = x->taps[0] * x->taps[1] * x->taps[2]; \
        for (int64_t c = channel; c < channel + channels; c++) \
            for (int64_t r = 0; r < taps; r++) { \
                const int64_t r0 = r / (x->taps[1] * x->taps[2]), r1 = r / x->taps[2] % x->taps[1], r2 = r % x->taps[2]; \
                wide sum = (wide)weights[c * taps + r]; \
                for (int64_t image = 0; image < x->images; image++) { \
                    const type *plane = (const type *)x->source + image * x->source_image + (group * x->columns + c) * x->source_channel; \
                    const type *dy = (const type *)x->target + image * x->target_image + (group * x->rows + row) * x->target_channel; \
                    for (int64_t o0 = 0; o0 < x->count[0]; o0++) \
                        for (int64_t o1 = 0; o1 < x->count[1]; o1++) { \
                            const int64_t i0 = o0 * x->step[0] + x->first[0] + r0 * x->tap_step[0]; \
                            const int64_t i1 = o1 * x->step[1] + x->first[1] + r1 * x->tap_step[1]; \
                            if (i0 < 0 || i0 >= x->size[0] || i1 < 0 || i1 >= x->size[1]) continue; \
                            for (int64_t o2 = 0; o2 < x->count[2]; o2++) { \
                                const int64_t i2 = o2 * x->step[2] + x->first[2] + r2 * x->tap_step[2]; \
                                if (i2 < 0 || i2 >= x->size[2]) continue; \
                                const wide a = (wide)plane[(i0 * x->size[1] + i1) * x->size[2] + i2]; \
                                const wide b = (wide)dy[o0 * x->target_step[0] + o1 * x->target_step[1] + o2 * x->target_step[2]]; \
                                sum += a * b; \
                            } \
                        } \
                } \
                weights[c * taps + r] = (type)sum; \
            } \
    }
DEFINE_WEIGHTS(weights_f32, float, double)
DEFINE_WEIGHTS(weights_f64, double, double)
DEFINE_WEIGHTS(weights_i32, int32_t, uint32_t)
DEFINE_WEIGHTS(weights_i64, int64_t, uint64_t)

void ck_cross_add_weights(const ck_cross *x, int type, int64_t group, int64_t row, int64_t channel, int64_t channels, void *weights) {
    switch (type) {
    case CK_F32: weights_f32(x, group, row, channel, channels, weights); break;
    case CK_F64: weights_f64(x, group, row, channel, channels, weights); break;
    case CK_I32: weights_i32(x, group, row, channel, channels, weights); break;
    case CK_I64: weights_i64(x, group, row, channel, channels, weights); break;
    }
}
