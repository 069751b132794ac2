// Reductions of a block's rows or columns. Sums run over 64 lanes of a block of 1024 elements and then a fixed pairwise tree,
// so the order, and with it the bits, depend on shapes alone.
#pragma once

typedef double vg __attribute__((ext_vector_type(16)));
typedef int64_t vl __attribute__((ext_vector_type(16)));

CK_INLINE vf add_vf(vf a, vf b) { return a + b; }
CK_INLINE vg add_vg(vg a, vg b) { return a + b; }
CK_INLINE vf mul_vf(vf a, vf b) { return a * b; }
CK_INLINE vg mul_vg(vg a, vg b) { return a * b; }
CK_INLINE vg larger_vg(vg a, vg b) { return ((a > b) | (a != a)) ? a : b; }
CK_INLINE vg smaller_vg(vg a, vg b) { return ((a < b) | (a != a)) ? a : b; }
// Integers wrap: signed overflow is undefined, so the arithmetic is unsigned.
typedef uint32_t vui __attribute__((ext_vector_type(16)));
typedef uint64_t vul __attribute__((ext_vector_type(16)));
CK_INLINE vi add_vi(vi a, vi b) { return (vi)((vui)a + (vui)b); }
CK_INLINE vl add_vl(vl a, vl b) { return (vl)((vul)a + (vul)b); }
CK_INLINE vi mul_vi(vi a, vi b) { return (vi)((vui)a * (vui)b); }
CK_INLINE vl mul_vl(vl a, vl b) { return (vl)((vul)a * (vul)b); }
CK_INLINE vi larger_vi(vi a, vi b) { return a > b ? a : b; }
CK_INLINE vl larger_vl(vl a, vl b) { return a > b ? a : b; }
CK_INLINE vi smaller_vi(vi a, vi b) { return a < b ? a : b; }
CK_INLINE vl smaller_vl(vl a, vl b) { return a < b ? a : b; }

// The first n < 16 lanes from memory, the others of `rest`. A copy through the stack would stall on every short row.
#if defined(CK_AVX512)
CK_INLINE vf lanes_4(const void *p, long n, vf rest) { return (vf)_mm512_mask_loadu_ps((__m512)rest, (__mmask16)((1u << n) - 1), p); }
#elif defined(CK_MASKED)
CK_INLINE vf lanes_4(const void *p, long n, vf rest) {
  static const int32_t masks[32] = {-1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
  const int32_t *m = masks + 16 - n;
  union { vf v; __m256 half[2]; } x;
  x.half[0] = _mm256_maskload_ps((const float *)p, _mm256_loadu_si256((const __m256i *)m));
  x.half[1] = _mm256_maskload_ps((const float *)p + 8, _mm256_loadu_si256((const __m256i *)(m + 8)));
  union { vi v; __m256i half[2]; } keep = {.half = {_mm256_loadu_si256((const __m256i *)m), _mm256_loadu_si256((const __m256i *)(m + 8))}};
  return pick(keep.v, x.v, rest);
}
#else
CK_INLINE vf lanes_4(const void *p, long n, vf rest) {
  memcpy(&rest, p, (size_t)n * 4);
  return rest;
}
#endif
#define PART_4(V, T, P, N, IDENTITY) (V)lanes_4(P, N, (vf)(V)(T)(IDENTITY))
#define PART_8(V, T, P, N, IDENTITY) ({ V part = (V)(T)(IDENTITY); memcpy(&part, P, (size_t)(N) * 8); part; })

#define REDUCE_ROWS(NAME, T, V, JOIN, IDENTITY, PART)                                                                        \
  typedef T NAME##_u __attribute__((ext_vector_type(16), aligned(sizeof(T))));                                               \
  CK_INLINE V NAME##_part(const T *p, long n) { return PART(V, T, p, n, IDENTITY); }                                         \
  /* At most 1024 elements: 64 lanes, then the lanes pairwise. */                                                            \
  CK_INLINE V NAME##_lanes(const T *p, long n) {                                                                             \
    V s0 = (V)(T)(IDENTITY), s1 = s0, s2 = s0, s3 = s0;                                                                      \
    if (n < 16) return NAME##_part(p, n);                                                                                    \
    long i = 0;                                                                                                              \
    for (; i + 64 <= n; i += 64) {                                                                                           \
      s0 = JOIN(s0, (V) * (const NAME##_u *)(p + i));                                                                        \
      s1 = JOIN(s1, (V) * (const NAME##_u *)(p + i + 16));                                                                   \
      s2 = JOIN(s2, (V) * (const NAME##_u *)(p + i + 32));                                                                   \
      s3 = JOIN(s3, (V) * (const NAME##_u *)(p + i + 48));                                                                   \
    }                                                                                                                        \
    if (i + 16 <= n) { s0 = JOIN(s0, (V) * (const NAME##_u *)(p + i)); i += 16; }                                            \
    if (i + 16 <= n) { s1 = JOIN(s1, (V) * (const NAME##_u *)(p + i)); i += 16; }                                            \
    if (i + 16 <= n) { s2 = JOIN(s2, (V) * (const NAME##_u *)(p + i)); i += 16; }                                            \
    if (i < n) s3 = JOIN(s3, NAME##_part(p + i, n - i));                                                                     \
    return JOIN(JOIN(s0, s1), JOIN(s2, s3));                                                                                 \
  }                                                                                                                          \
  CK_INLINE T NAME##_fold(V v) {                                                                                             \
    v = JOIN(v, __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));                        \
    v = JOIN(v, __builtin_shufflevector(v, v, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11));                        \
    v = JOIN(v, __builtin_shufflevector(v, v, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13));                        \
    v = JOIN(v, __builtin_shufflevector(v, v, 1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14));                        \
    return v[0];                                                                                                             \
  }                                                                                                                          \
  /* Blocks join pairwise by their number, like carries of a binary counter. */                                              \
  static T NAME##_tree(const T *p, long n) {                                                                                 \
    V level[40];                                                                                                             \
    long count = 0;                                                                                                          \
    for (long i = 0; i < n; i += 1024, count++) {                                                                            \
      V v = NAME##_lanes(p + i, n - i < 1024 ? n - i : 1024);                                                                \
      int k = 0;                                                                                                             \
      for (; (count >> k) & 1; k++) v = JOIN(level[k], v);                                                                   \
      level[k] = v;                                                                                                          \
    }                                                                                                                        \
    V v = (V)(T)(IDENTITY);                                                                                                  \
    for (int k = 0; k < 40 && (count >> k) != 0; k++)                                                                        \
      if ((count >> k) & 1) v = JOIN(level[k], v);                                                                           \
    return NAME##_fold(v);                                                                                                   \
  }                                                                                                                          \
  /* The folds of 16 rows at once: the same pairs of lanes, 15 joins in place of 64. */                                      \
  CK_INLINE V NAME##_fold16(const T *A, long inner) {                                                                        \
    V eight[8];                                                                                                              \
    for (int i = 0; i < 8; i++) {                                                                                            \
      V a = NAME##_lanes(A + 2 * i * inner, inner), b = NAME##_lanes(A + (2 * i + 1) * inner, inner);                        \
      eight[i] = JOIN(__builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23),                 \
                      __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31));          \
    }                                                                                                                        \
    V four[4], two[2];                                                                                                       \
    for (int i = 0; i < 4; i++)                                                                                              \
      four[i] = JOIN(__builtin_shufflevector(eight[2 * i], eight[2 * i + 1], 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27), \
                     __builtin_shufflevector(eight[2 * i], eight[2 * i + 1], 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31)); \
    for (int i = 0; i < 2; i++)                                                                                              \
      two[i] = JOIN(__builtin_shufflevector(four[2 * i], four[2 * i + 1], 0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29), \
                    __builtin_shufflevector(four[2 * i], four[2 * i + 1], 2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31)); \
    return JOIN(__builtin_shufflevector(two[0], two[1], 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30),          \
                __builtin_shufflevector(two[0], two[1], 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31));         \
  }                                                                                                                          \
  static void NAME(void *d, const void *a, long rows, long inner) {                                                          \
    T *D = d;                                                                                                                \
    const T *A = a;                                                                                                          \
    long r = 0;                                                                                                              \
    if (inner <= 256 && sizeof(T) == 4)                                                                                      \
      for (; r + 16 <= rows; r += 16, A += 16 * inner) *(NAME##_u *)(D + r) = NAME##_fold16(A, inner);                       \
    for (; r < rows; r++, A += inner) D[r] = inner <= 1024 ? NAME##_fold(NAME##_lanes(A, inner)) : NAME##_tree(A, inner); \
  }

REDUCE_ROWS(f_row_sum, float, vf, add_vf, 0.0f, PART_4)
REDUCE_ROWS(g_row_sum, double, vg, add_vg, 0.0, PART_8)
REDUCE_ROWS(i_row_sum, int32_t, vi, add_vi, 0, PART_4)
REDUCE_ROWS(l_row_sum, int64_t, vl, add_vl, 0, PART_8)
REDUCE_ROWS(f_row_product, float, vf, mul_vf, 1.0f, PART_4)
REDUCE_ROWS(g_row_product, double, vg, mul_vg, 1.0, PART_8)
REDUCE_ROWS(i_row_product, int32_t, vi, mul_vi, 1, PART_4)
REDUCE_ROWS(l_row_product, int64_t, vl, mul_vl, 1, PART_8)
REDUCE_ROWS(f_row_maximum, float, vf, larger, -__builtin_inff(), PART_4)
REDUCE_ROWS(g_row_maximum, double, vg, larger_vg, -__builtin_inf(), PART_8)
REDUCE_ROWS(i_row_maximum, int32_t, vi, larger_vi, INT32_MIN, PART_4)
REDUCE_ROWS(l_row_maximum, int64_t, vl, larger_vl, INT64_MIN, PART_8)
REDUCE_ROWS(f_row_minimum, float, vf, smaller, __builtin_inff(), PART_4)
REDUCE_ROWS(g_row_minimum, double, vg, smaller_vg, __builtin_inf(), PART_8)
REDUCE_ROWS(i_row_minimum, int32_t, vi, smaller_vi, INT32_MAX, PART_4)
REDUCE_ROWS(l_row_minimum, int64_t, vl, smaller_vl, INT64_MAX, PART_8)

// Columns: rows join the accumulators four at a time, pairwise among themselves.
#define REDUCE_COLUMNS(NAME, TD, TA, JOIN)                                                                                   \
  static void NAME(void *d, const void *a, long rows, long inner) {                                                          \
    TD *D = d;                                                                                                               \
    const TA *A = a;                                                                                                         \
    long r = 0;                                                                                                              \
    for (; r + 4 <= rows; r += 4, A += 4 * inner) {                                                                          \
      const TA *A1 = A + inner, *A2 = A1 + inner, *A3 = A2 + inner;                                                          \
      _Pragma("clang loop vectorize(assume_safety)") for (long j = 0; j < inner; j++) {                                      \
        TD u = JOIN((TD)A[j], (TD)A1[j]), v = JOIN((TD)A2[j], (TD)A3[j]);                                                    \
        D[j] = JOIN(D[j], JOIN(u, v));                                                                                       \
      }                                                                                                                      \
    }                                                                                                                        \
    for (; r < rows; r++, A += inner)                                                                                        \
      _Pragma("clang loop vectorize(assume_safety)") for (long j = 0; j < inner; j++) D[j] = JOIN(D[j], (TD)A[j]);           \
  }
#define J_ADD(X, Y) ((X) + (Y))
#define J_MULTIPLY(X, Y) ((X) * (Y))
#define J_ADD_I(X, Y) ((int32_t)((uint32_t)(X) + (uint32_t)(Y)))
#define J_ADD_L(X, Y) ((int64_t)((uint64_t)(X) + (uint64_t)(Y)))
#define J_MULTIPLY_I(X, Y) ((int32_t)((uint32_t)(X) * (uint32_t)(Y)))
#define J_MULTIPLY_L(X, Y) ((int64_t)((uint64_t)(X) * (uint64_t)(Y)))
#define J_LARGER(X, Y) (((X) > (Y) || (X) != (X)) ? (X) : (Y))
#define J_SMALLER(X, Y) (((X) < (Y) || (X) != (X)) ? (X) : (Y))
REDUCE_COLUMNS(f_column_sum, float, float, J_ADD)
REDUCE_COLUMNS(g_column_sum, double, double, J_ADD)
REDUCE_COLUMNS(i_column_sum, int32_t, int32_t, J_ADD_I)
REDUCE_COLUMNS(l_column_sum, int64_t, int64_t, J_ADD_L)
REDUCE_COLUMNS(b_column_sum, int64_t, uint8_t, J_ADD_L)
REDUCE_COLUMNS(f_column_product, float, float, J_MULTIPLY)
REDUCE_COLUMNS(g_column_product, double, double, J_MULTIPLY)
REDUCE_COLUMNS(i_column_product, int32_t, int32_t, J_MULTIPLY_I)
REDUCE_COLUMNS(l_column_product, int64_t, int64_t, J_MULTIPLY_L)
REDUCE_COLUMNS(f_column_maximum, float, float, J_LARGER)
REDUCE_COLUMNS(g_column_maximum, double, double, J_LARGER)
REDUCE_COLUMNS(i_column_maximum, int32_t, int32_t, J_LARGER)
REDUCE_COLUMNS(l_column_maximum, int64_t, int64_t, J_LARGER)
REDUCE_COLUMNS(b_column_maximum, uint8_t, uint8_t, J_LARGER)
REDUCE_COLUMNS(f_column_minimum, float, float, J_SMALLER)
REDUCE_COLUMNS(g_column_minimum, double, double, J_SMALLER)
REDUCE_COLUMNS(i_column_minimum, int32_t, int32_t, J_SMALLER)
REDUCE_COLUMNS(l_column_minimum, int64_t, int64_t, J_SMALLER)
REDUCE_COLUMNS(b_column_minimum, uint8_t, uint8_t, J_SMALLER)

#define REDUCE_BOOL(NAME, TD, START, STEP)                                                                                   \
  static void NAME(void *d, const void *a, long rows, long inner) {                                                          \
    TD *D = d;                                                                                                               \
    const uint8_t *A = a;                                                                                                    \
    for (long r = 0; r < rows; r++, A += inner) {                                                                            \
      TD s = START;                                                                                                          \
      for (long j = 0; j < inner; j++) s = (TD)(STEP);                                                                       \
      D[r] = s;                                                                                                              \
    }                                                                                                                        \
  }
REDUCE_BOOL(b_row_sum, int64_t, 0, s + A[j])
REDUCE_BOOL(b_row_maximum, uint8_t, 0, s | A[j])
REDUCE_BOOL(b_row_minimum, uint8_t, 1, s & A[j])

#define SPREAD(NAME, T)                                                                                                      \
  static void NAME(void *d, const void *a, long rows, long inner) {                                                          \
    T *D = d;                                                                                                                \
    const T *A = a;                                                                                                          \
    for (long r = 0; r < rows; r++, D += inner) {                                                                            \
      const T x = A[r];                                                                                                      \
      _Pragma("clang loop vectorize(assume_safety)") for (long j = 0; j < inner; j++) D[j] = x;                              \
    }                                                                                                                        \
  }
SPREAD(spread_1, uint8_t)
SPREAD(spread_4_long, uint32_t)
SPREAD(spread_8, uint64_t)

// Short rows in whole vectors: what goes past a row's end is written again by the next row; the last rows keep to their place.
static void spread_4(void *d, const void *a, long rows, long inner) {
  if (inner >= 64 || inner <= 0) {
    spread_4_long(d, a, rows, inner);
    return;
  }
  float *D = d;
  const float *A = a, *const end = D + rows * inner;
  for (long r = 0; r < rows; r++, D += inner) {
    const vf x = splat(A[r]);
    for (long j = 0; j < inner; j += 16) {
      if (end - (D + j) >= 16) store(D + j, x);
      else store_part(D + j, x, end - (D + j));
    }
  }
}
