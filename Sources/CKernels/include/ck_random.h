#pragma once
#include "ck_base.h"

enum { CK_UNIFORM = 0, CK_NORMAL = 1 };

/// Counter-based random numbers (Philox 4x32-10; Salmon et al., 2011): target [count] f32.
/// Block j has the key's two words from key[0] and the counter (j, key[1]), low word first. Uniform: word i of block j is element 4j + i, its top 24 bits · 2^−24.
/// Normal (Box–Muller): each pair of words (a, b) gives r cos t and r sin t, r = √(−2 ln((top24(a) + 1) · 2^−24)), t = 2π · (top24(b) + 1) · 2^−24.
typedef struct {
    /// The stream key and the execution number.
    const int64_t *key;
    float *target;
    int64_t count;
    uint8_t distribution;
} ck_random_args;
int64_t ck_random_tiles(const void *args);
void ck_random_run(const void *args, int64_t tile);
