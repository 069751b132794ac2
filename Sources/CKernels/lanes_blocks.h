// Blocks of convolutions in lanes for one instruction set: include after defining LANES_TARGET (its attribute), LANES_NAME(name), LANES_WIDTH (floats
// of a vector: 16 or 8) and LANES_FUSED. Each lane is a chain of its own, so equal bits whatever the width.

typedef float LANES_NAME(vector) __attribute__((ext_vector_type(LANES_WIDTH)));
typedef float LANES_NAME(loose) __attribute__((ext_vector_type(LANES_WIDTH), aligned(4)));

/// sum += factor · value, rounded once where the instruction set has it.
LANES_TARGET CK_INLINE void LANES_NAME(add)(LANES_NAME(vector) *sum, const LANES_NAME(vector) *factor, const LANES_NAME(vector) *value) {
#if LANES_FUSED
    *sum = __builtin_elementwise_fma(*factor, *value, *sum);
#else
    *sum += *factor * *value;
#endif
}

LANES_TARGET CK_INLINE void LANES_NAME(convolve)(const int targets, const int pixels, const ck_lanes_block *p, const int64_t lane) {
    LANES_NAME(vector) sum[4][6];
#pragma unroll
    for (int t = 0; t < targets; t++) {
#pragma unroll
        for (int i = 0; i < pixels; i++) sum[t][i] = 0.0f;
    }
    for (int64_t s = 0; s < p->sources; s++) {
        const float *w = p->w + s * p->w_source;
        for (int64_t a = 0; a < p->kernel[0]; a++) {
            const float *x = p->x + s * p->x_source + a * p->x_row + lane;
            for (int64_t b = 0; b < p->kernel[1]; b++, x += CK_LANE_COUNT, w += p->w_tap) {
                LANES_NAME(vector) value[6];
#pragma unroll
                for (int i = 0; i < pixels; i++) value[i] = *(const LANES_NAME(loose) *)(x + i * CK_LANE_COUNT);
#pragma unroll
                for (int t = 0; t < targets; t++) {
                    const LANES_NAME(vector) factor = w[t * p->w_target];
#pragma unroll
                    for (int i = 0; i < pixels; i++) LANES_NAME(add)(&sum[t][i], &factor, &value[i]);
                }
            }
        }
    }
#pragma unroll
    for (int t = 0; t < targets; t++) {
#pragma unroll
        for (int i = 0; i < pixels; i++) {
            LANES_NAME(vector) result = sum[t][i];
            if (p->bias != NULL) result += p->bias[t];
            if (p->relu) result = result < 0.0f ? 0.0f : result;
            *(LANES_NAME(loose) *)(p->y + t * p->y_target + i * CK_LANE_COUNT + lane) = result;
        }
    }
}

LANES_TARGET CK_INLINE void LANES_NAME(gather)(const int targets, const int taps, const ck_lanes_gradient_block *p, const int64_t lane, float *total) {
    LANES_NAME(vector) sum[4][5];
#pragma unroll
    for (int t = 0; t < targets; t++) {
#pragma unroll
        for (int k = 0; k < taps; k++) sum[t][k] = 0.0f;
    }
    for (int64_t row = 0; row < p->rows; row++) {
        const float *x = p->x + row * p->x_row + lane, *dy = p->dy + row * p->dy_row + lane;
        for (int64_t column = 0; column < p->columns; column++, x += CK_LANE_COUNT, dy += CK_LANE_COUNT) {
            LANES_NAME(vector) slope[4];
#pragma unroll
            for (int t = 0; t < targets; t++) slope[t] = *(const LANES_NAME(loose) *)(dy + t * p->dy_target);
#pragma unroll
            for (int k = 0; k < taps; k++) {
                const LANES_NAME(vector) value = *(const LANES_NAME(loose) *)(x + k * CK_LANE_COUNT);
#pragma unroll
                for (int t = 0; t < targets; t++) LANES_NAME(add)(&sum[t][k], &slope[t], &value);
            }
        }
    }
#pragma unroll
    for (int t = 0; t < targets; t++) {
#pragma unroll
        for (int k = 0; k < taps; k++) *(LANES_NAME(loose) *)(total + (t * 5 + k) * CK_LANE_COUNT + lane) = sum[t][k];
    }
}

#define LANES_CONVOLVE(t, i) \
    LANES_TARGET __attribute__((noinline)) static void LANES_NAME(convolve_##t##x##i)(const ck_lanes_block *p, int64_t lane) { \
        LANES_NAME(convolve)(t, i, p, lane); \
    }
#define LANES_GATHER(t, k) \
    LANES_TARGET __attribute__((noinline)) static void LANES_NAME(gather_##t##x##k)(const ck_lanes_gradient_block *p, int64_t lane, float *total) { \
        LANES_NAME(gather)(t, k, p, lane, total); \
    }
#define LANES_SIX(form, t) form(t, 1) form(t, 2) form(t, 3) form(t, 4) form(t, 5) form(t, 6)
#define LANES_FIVE(form, t) form(t, 1) form(t, 2) form(t, 3) form(t, 4) form(t, 5)
LANES_SIX(LANES_CONVOLVE, 1) LANES_SIX(LANES_CONVOLVE, 2) LANES_SIX(LANES_CONVOLVE, 3) LANES_SIX(LANES_CONVOLVE, 4)
LANES_FIVE(LANES_GATHER, 1) LANES_FIVE(LANES_GATHER, 2) LANES_FIVE(LANES_GATHER, 3) LANES_FIVE(LANES_GATHER, 4)
#undef LANES_CONVOLVE
#undef LANES_GATHER

#define LANES_CONVOLVE_ROW(t) \
    {LANES_NAME(convolve_##t##x1), LANES_NAME(convolve_##t##x2), LANES_NAME(convolve_##t##x3), LANES_NAME(convolve_##t##x4), LANES_NAME(convolve_##t##x5), \
     LANES_NAME(convolve_##t##x6)}
#define LANES_GATHER_ROW(t) \
    {LANES_NAME(gather_##t##x1), LANES_NAME(gather_##t##x2), LANES_NAME(gather_##t##x3), LANES_NAME(gather_##t##x4), LANES_NAME(gather_##t##x5)}
static void (*const LANES_NAME(convolutions)[4][6])(const ck_lanes_block *, int64_t) = {LANES_CONVOLVE_ROW(1), LANES_CONVOLVE_ROW(2), LANES_CONVOLVE_ROW(3),
                                                                                       LANES_CONVOLVE_ROW(4)};
static void (*const LANES_NAME(gathers)[4][5])(const ck_lanes_gradient_block *, int64_t, float *) = {LANES_GATHER_ROW(1), LANES_GATHER_ROW(2),
                                                                                                    LANES_GATHER_ROW(3), LANES_GATHER_ROW(4)};
#undef LANES_SIX
#undef LANES_FIVE
#undef LANES_CONVOLVE_ROW
#undef LANES_GATHER_ROW
#undef LANES_TARGET
#undef LANES_NAME
#undef LANES_WIDTH
#undef LANES_FUSED
