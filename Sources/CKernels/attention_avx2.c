// Rows of attention for x86-64 with AVX2 and FMA.
#if defined(__x86_64__)
#include <immintrin.h>
#define CK_FUSED 1
#define CK_ROWS ck_attention_rows_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,popcnt"))), apply_to = function)
#include "attention_rows.h"
#pragma clang attribute pop
#endif
