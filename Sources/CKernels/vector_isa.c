// Chooses the table of vector operations for the instruction set in force.
#include "include/ck_base.h"
#include "vector_table.h"

const ck_vtable *ck_vector_table(void) {
#if defined(__x86_64__)
  switch (ck_isa()) {
  case CK_AVX512: return &ck_vtable_avx512;
  case CK_AVX2: return &ck_vtable_avx2;
  default: break;
  }
#endif
  return &ck_vtable_baseline;
}
