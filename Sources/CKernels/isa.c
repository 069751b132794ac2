#include <stdatomic.h>

#include "internal.h"

static int best_isa(void) {
#if CK_X86
    __builtin_cpu_init();
    bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
    bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq")
                  && __builtin_cpu_supports("avx512bw");
    return avx512 ? CK_AVX512 : avx2 ? CK_AVX2 : CK_BASELINE;
#else
    return CK_BASELINE;
#endif
}

// −1 until somebody asks; two threads that find out at once find the same.
static _Atomic int level_in_force = -1;

int ck_isa(void) {
    int level = atomic_load_explicit(&level_in_force, memory_order_relaxed);
    return level >= 0 ? level : ck_set_isa(-1);
}

int ck_set_isa(int level) {
    int best = best_isa();
    if (level < 0 || level > best) level = best;
    atomic_store_explicit(&level_in_force, level, memory_order_relaxed);
    return level;
}

#if CK_X86

// Flush to zero (bit 15) and denormals are zero (bit 6) of MXCSR.
enum { FLUSH_BITS = 0x8040 };

uint64_t ck_float_enter(void) {
    unsigned mode = _mm_getcsr();
    if ((mode & FLUSH_BITS) != FLUSH_BITS) _mm_setcsr(mode | FLUSH_BITS);
    return mode;
}

void ck_float_leave(uint64_t mode) {
    // Exception flags that were raised meanwhile stay raised.
    unsigned now = _mm_getcsr(), wanted = (now & ~(unsigned)FLUSH_BITS) | ((unsigned)mode & FLUSH_BITS);
    if (now != wanted) _mm_setcsr(wanted);
}

#elif defined(__aarch64__)

// Flush to zero is bit 24 of FPCR.
uint64_t ck_float_enter(void) {
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    __asm__ volatile("msr fpcr, %0" : : "r"(mode | (1u << 24)));
    return mode;
}

void ck_float_leave(uint64_t mode) { __asm__ volatile("msr fpcr, %0" : : "r"(mode)); }

#else

uint64_t ck_float_enter(void) { return 0; }
void ck_float_leave(uint64_t mode) { (void)mode; }

#endif
