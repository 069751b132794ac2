// Chooses the table of vector operations for this processor.
#include "vector_table.h"

const ck_vtable *ck_vector_table(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw"))
    return &ck_vtable_avx512;
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &ck_vtable_avx2;
#endif
  return &ck_vtable_baseline;
}
