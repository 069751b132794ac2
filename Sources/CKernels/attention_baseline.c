// Rows of attention for the processor the package is compiled for.
#if defined(__aarch64__)
#define CK_FUSED 1
#else
#define CK_FUSED 0
#endif
#define CK_ROWS ck_attention_rows_baseline
#include "attention_rows.h"
