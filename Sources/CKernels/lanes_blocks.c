#include "lanes.h"

#pragma clang diagnostic ignored "-Wpsabi"

#if CK_X86
#define LANES_TARGET CK_FOR_AVX512
#define LANES_NAME(name) avx512_lanes_##name
#define LANES_WIDTH 16
#define LANES_FUSED 1
#include "lanes_blocks.h"

#define LANES_TARGET CK_FOR_AVX2
#define LANES_NAME(name) avx2_lanes_##name
#define LANES_WIDTH 8
#define LANES_FUSED 1
#include "lanes_blocks.h"
#endif

#define LANES_TARGET
#define LANES_NAME(name) plain_lanes_##name
#define LANES_WIDTH 8
#define LANES_FUSED 0
#include "lanes_blocks.h"

// 4 × 6 sums fill 32 registers of 16 lanes, 3 × 3 those of 8.
int64_t ck_lanes_best_targets(void) { return ck_isa() == CK_AVX512 ? 4 : 3; }
int64_t ck_lanes_best_pixels(void) { return ck_isa() == CK_AVX512 ? 6 : 3; }
int64_t ck_lanes_best_taps(void) { return ck_isa() == CK_AVX512 ? 5 : 3; }

void ck_lanes_convolve(const ck_lanes_block *block, int64_t targets, int64_t pixels) {
#if CK_X86
    if (ck_isa() == CK_AVX512) {
        avx512_lanes_convolutions[targets - 1][pixels - 1](block, 0);
        return;
    }
    if (ck_isa() == CK_AVX2) {
        for (int64_t lane = 0; lane < CK_LANE_COUNT; lane += 8) avx2_lanes_convolutions[targets - 1][pixels - 1](block, lane);
        return;
    }
#endif
    for (int64_t lane = 0; lane < CK_LANE_COUNT; lane += 8) plain_lanes_convolutions[targets - 1][pixels - 1](block, lane);
}

/// The sum of 16 lanes by a fixed tree.
static float fold(const float *lanes) {
    float half[8];
    for (int i = 0; i < 8; i++) half[i] = lanes[i] + lanes[i + 8];
    for (int i = 0; i < 4; i++) half[i] += half[i + 4];
    return (half[0] + half[2]) + (half[1] + half[3]);
}

void ck_lanes_gather(const ck_lanes_gradient_block *block, int64_t targets, int64_t taps) {
    _Alignas(64) float total[20 * CK_LANE_COUNT];
#if CK_X86
    if (ck_isa() == CK_AVX512) {
        avx512_lanes_gathers[targets - 1][taps - 1](block, 0, total);
    } else if (ck_isa() == CK_AVX2) {
        for (int64_t lane = 0; lane < CK_LANE_COUNT; lane += 8) avx2_lanes_gathers[targets - 1][taps - 1](block, lane, total);
    } else
#endif
    {
        for (int64_t lane = 0; lane < CK_LANE_COUNT; lane += 8) plain_lanes_gathers[targets - 1][taps - 1](block, lane, total);
    }
    for (int64_t t = 0; t < targets; t++) {
        for (int64_t k = 0; k < taps; k++) block->dw[t * block->dw_target + k] += fold(total + (t * 5 + k) * CK_LANE_COUNT);
    }
}
