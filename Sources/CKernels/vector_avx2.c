// Vector operations for x86-64 with AVX2 and FMA.
#if defined(__x86_64__)
#include <immintrin.h>
#define CK_FUSED 1
#define CK_MASKED 1
#define CK_VTABLE ck_vtable_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma,bmi,bmi2,f16c,lzcnt,popcnt"))), apply_to = function)
#include "vector_operations.h"
#pragma clang attribute pop
#endif
