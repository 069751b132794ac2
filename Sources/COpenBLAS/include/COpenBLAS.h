#pragma once
// COpenBLAS: the system's OpenBLAS, opened when first asked for (it takes 2 ms and starts a thread). In: row-major matrices.
// Out: products in f64, and in f32 as an independent twin of our own. Never: linking against it; where it is missing, callers are told.
#include <stdbool.h>
#include <stdint.h>

/// Whether the library could be opened; set to one thread of its own.
bool cob_is_available(void);
/// C [m, n] = A [m, k] · B [k, n] (+ C when `accumulate`). A is stored [k, m] when `transposes_a`, B [n, k] when `transposes_b`; `…_row` are the strides of stored rows.
/// False, and C untouched, when the library is missing or a size does not fit its 32-bit integers.
bool cob_dgemm(bool transposes_a, bool transposes_b, int64_t m, int64_t n, int64_t k, const double *a, int64_t a_row, const double *b, int64_t b_row,
               double *c, int64_t c_row, bool accumulate);
/// The same in f32.
bool cob_sgemm(bool transposes_a, bool transposes_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, const float *b, int64_t b_row,
               float *c, int64_t c_row, bool accumulate);
