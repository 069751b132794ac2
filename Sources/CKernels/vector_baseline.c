// Vector operations for the processor the package is compiled for.
#if defined(__aarch64__)
#define CK_FUSED 1
#else
#define CK_FUSED 0
#endif
#define CK_VTABLE ck_vtable_baseline
#include "vector_operations.h"
