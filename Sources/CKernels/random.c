#include "internal.h"

// Sixteen blocks of four words at a time, each step a loop over lanes.

enum { LANES = 16, TILE_NUMBERS = 1 << 16 };

/// words[i][l] = word i of block `first` + l.
CK_INLINE void philox(const int64_t *key, uint64_t first, uint32_t words[4][LANES]) {
    uint32_t a = (uint32_t)(uint64_t)key[0], b = (uint32_t)((uint64_t)key[0] >> 32);
    for (int l = 0; l < LANES; l++) {
        words[0][l] = (uint32_t)(first + (uint64_t)l);
        words[1][l] = (uint32_t)((first + (uint64_t)l) >> 32);
        words[2][l] = (uint32_t)(uint64_t)key[1];
        words[3][l] = (uint32_t)((uint64_t)key[1] >> 32);
    }
    for (int round = 0; round < 10; round++) {
        for (int l = 0; l < LANES; l++) {
            uint64_t p = (uint64_t)words[0][l] * 0xD2511F53u, q = (uint64_t)words[2][l] * 0xCD9E8D57u;
            words[0][l] = (uint32_t)(q >> 32) ^ words[1][l] ^ a;
            words[1][l] = (uint32_t)q;
            words[2][l] = (uint32_t)(p >> 32) ^ words[3][l] ^ b;
            words[3][l] = (uint32_t)p;
        }
        a += 0x9E3779B9u;
        b += 0xBB67AE85u;
    }
}

/// The natural logarithm of x in (0, 1], relative error about 1e-7 (a polynomial in m − 1 for m in [√½, √2); Cephes' logf).
CK_INLINE float logarithm(float x) {
    union {
        float value;
        uint32_t bits;
    } u = {x};
    uint32_t shifted = u.bits - 0x3f3504f3u;
    float e = (float)((int32_t)shifted >> 23);
    u.bits = (shifted & 0x007fffffu) + 0x3f3504f3u;
    float m = u.value - 1, z = m * m;
    float y = 7.0376836292e-2f;
    y = y * m - 1.1514610310e-1f;
    y = y * m + 1.1676998740e-1f;
    y = y * m - 1.2420140846e-1f;
    y = y * m + 1.4249322787e-1f;
    y = y * m - 1.6668057665e-1f;
    y = y * m + 2.0000714765e-1f;
    y = y * m - 2.4999993993e-1f;
    y = y * m + 3.3333331174e-1f;
    y = y * m * z + e * -2.12194440e-4f - 0.5f * z;
    return m + y + e * 0.693359375f;
}

/// Cosine and sine of 2π · turn · 2^−24, turn ≤ 2^24.
CK_INLINE void circle(uint32_t turn, float *cosine, float *sine) {
    uint32_t quarter = (turn + (1u << 21)) >> 22;
    float x = (float)(int32_t)(turn - (quarter << 22)) * (float)(6.283185307179586 / 16777216.0), z = x * x;
    float c = ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1;
    float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * x + x;
    float first = quarter & 1 ? s : c, second = quarter & 1 ? c : s;
    *cosine = (quarter + 1) & 2 ? -first : first;
    *sine = quarter & 2 ? -second : second;
}

CK_CLONES static void uniform(const int64_t *key, uint64_t first, float *target) {
    uint32_t words[4][LANES];
    philox(key, first, words);
    for (int l = 0; l < LANES; l++) {
        target[4 * l] = (float)(words[0][l] >> 8) * 0x1p-24f;
        target[4 * l + 1] = (float)(words[1][l] >> 8) * 0x1p-24f;
        target[4 * l + 2] = (float)(words[2][l] >> 8) * 0x1p-24f;
        target[4 * l + 3] = (float)(words[3][l] >> 8) * 0x1p-24f;
    }
}

CK_CLONES static void normal(const int64_t *key, uint64_t first, float *target) {
    uint32_t words[4][LANES];
    float x[4][LANES];
    philox(key, first, words);
    for (int h = 0; h < 4; h += 2) {
        for (int l = 0; l < LANES; l++) {
            float c, s;
            circle((words[h + 1][l] >> 8) + 1, &c, &s);
            float r = __builtin_elementwise_sqrt(-2 * logarithm((float)((words[h][l] >> 8) + 1) * 0x1p-24f));
            x[h][l] = r * c;
            x[h + 1][l] = r * s;
        }
    }
    for (int l = 0; l < LANES; l++) {
        for (int i = 0; i < 4; i++) target[4 * l + i] = x[i][l];
    }
}

int64_t ck_random_tiles(const void *args) {
    const ck_random_args *p = args;
    return p->count <= 0 ? 0 : ck_ceil_div(p->count, TILE_NUMBERS);
}

void ck_random_run(const void *args, int64_t tile) {
    const ck_random_args *p = args;
    int64_t end = ck_min(p->count, (tile + 1) * TILE_NUMBERS);
    for (int64_t i = tile * TILE_NUMBERS; i < end; i += 4 * LANES) {
        float rest[4 * LANES], *target = i + 4 * LANES <= end ? p->target + i : rest;
        if (p->distribution == CK_NORMAL) normal(p->key, (uint64_t)i / 4, target);
        else uniform(p->key, (uint64_t)i / 4, target);
        if (target != rest) continue;
        for (int64_t j = i; j < end; j++) p->target[j] = rest[j - i];
    }
}
