// Vector operations for x86-64 with AVX-512 (F, VL, DQ, BW). The features are named one by one: `arch=x86-64-v4` would prefer 256-bit registers.
#if defined(__x86_64__)
#include <immintrin.h>
#define CK_FUSED 1
#define CK_AVX512 1
#define CK_VTABLE ck_vtable_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512cd,avx2,fma,bmi,bmi2,f16c,lzcnt,popcnt"))), apply_to = function)
#include "vector_operations.h"
#pragma clang attribute pop
#endif
