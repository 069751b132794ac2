// The table of vector operations of one instruction set.
#pragma once
#include "include/vector_program.h"

typedef void (*ck_vfunction)(void *d, const void *a, const void *b, const void *c, const ck_vinstruction *in, long n);
typedef void (*ck_vrow_function)(void *d, const void *a, long rows, long inner);

typedef struct ck_vtable {
  ck_vfunction elementwise[CK_V_ELEMENTWISE_END][CK_V_TYPES];
  ck_vrow_function rows[CK_V_OPS - CK_V_ELEMENTWISE_END][CK_V_TYPES];
} ck_vtable;

extern const ck_vtable ck_vtable_baseline;
#if defined(__x86_64__)
extern const ck_vtable ck_vtable_avx2;
extern const ck_vtable ck_vtable_avx512;
#endif
