#pragma once
// What the files of CKernels share and nobody else sees.
#include "CKernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#define CK_X86 1
#define CK_FOR_AVX2 __attribute__((target("avx2,fma,bmi2")))
#define CK_FOR_AVX512 __attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx2,fma,bmi2")))
#else
#define CK_X86 0
#endif

/// One body compiled for several instruction sets and chosen when the program is loaded; only for code whose bits they share.
#if defined(__x86_64__) && defined(__linux__)
#define CK_CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CK_CLONES
#endif

#define CK_INLINE static inline __attribute__((always_inline))

static inline int64_t ck_min(int64_t a, int64_t b) { return a < b ? a : b; }
static inline int64_t ck_max(int64_t a, int64_t b) { return a > b ? a : b; }
static inline int64_t ck_ceil_div(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Where part `part` of `parts` even shares of `count` begins; share p is [ck_share(p), ck_share(p + 1)).
static inline int64_t ck_share(int64_t count, int64_t parts, int64_t part) {
    int64_t size = count / parts, more = count % parts;
    return part * size + ck_min(part, more);
}

/// This thread's scratch memory of at least `bytes`, 64-byte aligned, kept for the next request and freed with the thread. Null when memory is short.
void *ck_scratch(int64_t bytes);
