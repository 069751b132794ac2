// Rows of attention for x86-64 with AVX-512 (F, VL, DQ, BW), whose features are named one by one as for the vector operations.
#if defined(__x86_64__)
#include <immintrin.h>
#define CK_FUSED 1
#define CK_ROWS ck_attention_rows_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512cd,avx2,fma,bmi,bmi2,f16c,lzcnt,popcnt"))), apply_to = function)
#include "attention_rows.h"
#pragma clang attribute pop
#endif
