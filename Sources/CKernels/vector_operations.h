// Every vector operation, compiled once per instruction set (`CK_VTABLE`). One function per operation and element type:
// a switch over loops in one function was measured at eight times the cost.
#include "vector_table.h"
#include <limits.h>
#include <math.h>
#include <stddef.h>
#include <string.h>

#pragma clang fp contract(off)
#include "vector_math.h"

typedef float vf_u __attribute__((ext_vector_type(16), aligned(4)));
typedef uint8_t vb_u __attribute__((ext_vector_type(16), aligned(1)));

CK_INLINE vf load(const float *p) { return *(const vf_u *)p; }
CK_INLINE void store(float *p, vf v) { *(vf_u *)p = v; }
CK_INLINE vb load_b(const uint8_t *p) { return *(const vb_u *)p; }
CK_INLINE void store_b(uint8_t *p, vb v) { *(vb_u *)p = v; }
CK_INLINE vb load_b_part(const uint8_t *p, long n) { vb v = (vb)(uint8_t)0; memcpy(&v, p, (size_t)n); return v; }
CK_INLINE void store_b_part(uint8_t *p, vb v, long n) { memcpy(p, &v, (size_t)n); }
#ifdef CK_AVX512
CK_INLINE vf load_part(const float *p, long n) { return (vf)_mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
CK_INLINE void store_part(float *p, vf v, long n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), (__m512)v); }
#else
CK_INLINE vf load_part(const float *p, long n) { vf v = (vf)0.0f; memcpy(&v, p, (size_t)n * 4); return v; }
CK_INLINE void store_part(float *p, vf v, long n) { memcpy(p, &v, (size_t)n * 4); }
#endif
CK_INLINE vi truth(vb b) { return __builtin_convertvector(b, vi) != 0; }
CK_INLINE vb bytes(vi mask) { return __builtin_convertvector(mask & 1, vb); }

#define PARAMETERS void *d, const void *a, const void *b, const void *c, const ck_vinstruction *in, long n
#define UNUSED (void)d, (void)a, (void)b, (void)c, (void)in, (void)n

// ---- f32: 16 lanes, four vectors a turn, the rest masked.
#define F_BODY(NAME, UNROLL, LOADS, LOADS_PART, STORE, STORE_PART)                                                           \
  static void NAME(PARAMETERS) {                                                                                             \
    UNUSED;                                                                                                                  \
    const float *A = a, *B = b, *C = c;                                                                                      \
    const uint8_t *CB = c;                                                                                                   \
    const vf k = splat((float)in->k), k2 = splat((float)in->k2);                                                             \
    (void)A, (void)B, (void)C, (void)CB, (void)k, (void)k2;                                                                  \
    long i = 0;                                                                                                              \
    _Pragma(UNROLL) for (; i + 16 <= n; i += 16) { LOADS; STORE; }                                                           \
    if (i < n) { const long m = n - i; LOADS_PART; STORE_PART; }                                                             \
  }
#define U4 "clang loop unroll_count(4)"
#define U1 "clang loop unroll(disable)"
#define LOAD_1 vf x = load(A + i)
#define LOAD_1P vf x = load_part(A + i, m)
#define LOAD_2 vf x = load(A + i), y = load(B + i)
#define LOAD_2P vf x = load_part(A + i, m), y = load_part(B + i, m)
#define LOAD_3 vf x = load(A + i), y = load(B + i), z = load(C + i)
#define LOAD_3P vf x = load_part(A + i, m), y = load_part(B + i, m), z = load_part(C + i, m)
#define LOAD_S vf x = load(A + i), y = load(B + i); vi t = truth(load_b(CB + i))
#define LOAD_SP vf x = load_part(A + i, m), y = load_part(B + i, m); vi t = truth(load_b_part(CB + i, m))
#define LOAD_Z vf x = load(A + i); vi t = truth(load_b(CB + i))
#define LOAD_ZP vf x = load_part(A + i, m); vi t = truth(load_b_part(CB + i, m))
#define TO_F(E) store((float *)d + i, E)
#define TO_FP(E) store_part((float *)d + i, E, m)
#define TO_B(E) store_b((uint8_t *)d + i, bytes(E))
#define TO_BP(E) store_b_part((uint8_t *)d + i, bytes(E), m)
#define F_1(NAME, E) F_BODY(NAME, U4, LOAD_1, LOAD_1P, TO_F(E), TO_FP(E))
#define F_1H(NAME, E) F_BODY(NAME, U1, LOAD_1, LOAD_1P, TO_F(E), TO_FP(E))
#define F_2(NAME, E) F_BODY(NAME, U4, LOAD_2, LOAD_2P, TO_F(E), TO_FP(E))
#define F_3(NAME, E) F_BODY(NAME, U4, LOAD_3, LOAD_3P, TO_F(E), TO_FP(E))
#define F_1B(NAME, E) F_BODY(NAME, U4, LOAD_1, LOAD_1P, TO_B(E), TO_BP(E))
#define F_2B(NAME, E) F_BODY(NAME, U4, LOAD_2, LOAD_2P, TO_B(E), TO_BP(E))

F_1(f_negate, -x)
F_1(f_absolute, magnitude(x))
// Twice it is the 0 that comparisons take a subnormal number for.
F_1(f_sign, pick(x > 0.0f, splat(1.0f), pick(x < 0.0f, splat(-1.0f), x + x)))
F_1H(f_exponential, v_exponential(x))
F_1H(f_logarithm, v_logarithm(x))
F_1(f_square_root, root(x))
F_1H(f_tanh, v_tanh(x))
F_1H(f_logistic, v_logistic(x))
F_1H(f_erf, v_erf(x))
F_1(f_floor, __builtin_elementwise_floor(x))
F_1(f_ceiling, __builtin_elementwise_ceil(x))
F_1(f_round, __builtin_elementwise_roundeven(x))
F_2(f_add, x + y)
F_2(f_subtract, x - y)
F_2(f_multiply, x *y)
F_2(f_divide, x / y)
F_2(f_minimum, smaller(x, y))
F_2(f_maximum, larger(x, y))
F_2B(f_less, x < y)
F_2B(f_less_equal, x <= y)
F_2B(f_equal, x == y)
F_2B(f_not_equal, x != y)
F_BODY(f_select, U4, LOAD_S, LOAD_SP, TO_F(pick(t, x, y)), TO_FP(pick(t, x, y)))
F_1(f_add_k, x + k)
F_1(f_multiply_k, x *k)
F_1(f_k_subtract, k - x)
F_1(f_divide_k, x / k)
F_1(f_k_divide, k / x)
F_1(f_minimum_k, smaller(x, k))
F_1(f_maximum_k, larger(x, k))
F_1B(f_less_k, x < k)
F_1B(f_less_equal_k, x <= k)
F_1B(f_k_less, k < x)
F_1B(f_k_less_equal, k <= x)
F_1B(f_equal_k, x == k)
F_1(f_square, x *x)
F_1(f_affine, fused(x, k, k2))
F_3(f_fma, fused(x, y, z))
F_3(f_fms, fused(x, y, -z))
F_3(f_fnma, fused(-x, y, z))
F_2(f_fma_k, fused(x, k, y))
F_2(f_fms_k, fused(x, k, -y))
F_2(f_fma_kk, fused(x, k, y *k2))
F_2(f_fma_square, fused(x, k, (y * y) * k2))
F_3(f_add_add, (x + y) + z)
F_3(f_multiply_multiply, (x * y) * z)
F_3(f_add_multiply, (x + y) * z)
F_3(f_subtract_multiply, (x - y) * z)
F_2(f_divide_root, (x * k) / (root(y) + k2))
F_1(f_cubic, fused(x *x, k, k2) * x)
F_BODY(f_select_zero, U4, LOAD_Z, LOAD_ZP, TO_F(pick(t, x, splat(0.0f))), TO_FP(pick(t, x, splat(0.0f))))
F_2(f_select_less, pick(k < y, x, splat(0.0f)))
F_2(f_relu_add, larger(x + y, splat(0.0f)))
F_2(f_sigmoid_gradient, ((1.0f - x) * x) * y)
F_2(f_tanh_gradient, fused(-x, x, splat(1.0f)) * y)

// Arguments past the limit go one by one through the C library, which reduces them exactly.
#define TRIGONOMETRIC(NAME, PHASE, EXACT)                                                                                    \
  static void NAME(PARAMETERS) {                                                                                             \
    UNUSED;                                                                                                                  \
    const float *A = a;                                                                                                      \
    float *D = d;                                                                                                            \
    for (long i = 0; i < n; i += 16) {                                                                                       \
      const long m = n - i < 16 ? n - i : 16;                                                                                \
      vf x = m == 16 ? load(A + i) : load_part(A + i, m);                                                                    \
      vf y = v_trigonometric(x, PHASE);                                                                                      \
      vi far = ~(magnitude(x) < CK_TRIGONOMETRIC_LIMIT);                                                                     \
      if (__builtin_reduce_or(far))                                                                                          \
        for (int j = 0; j < 16; j++)                                                                                         \
          if (far[j]) y[j] = (float)EXACT((double)x[j]);                                                                     \
      if (m == 16) store(D + i, y);                                                                                          \
      else store_part(D + i, y, m);                                                                                          \
    }                                                                                                                        \
  }
TRIGONOMETRIC(f_sine, 0, sin)
TRIGONOMETRIC(f_cosine, 1, cos)

// ---- Plain loops for the other types; in place is allowed, one element is read before it is written.
#define PLAIN(NAME, TD, TA, E)                                                                                               \
  static void NAME(PARAMETERS) {                                                                                             \
    UNUSED;                                                                                                                  \
    TD *D = d;                                                                                                               \
    const TA *A = a, *B = b;                                                                                                 \
    const uint8_t *T = c;                                                                                                    \
    (void)B, (void)T;                                                                                                        \
    _Pragma("clang loop vectorize(assume_safety)") for (long i = 0; i < n; i++) {                                            \
      const TA x = A[i];                                                                                                     \
      D[i] = (TD)(E);                                                                                                        \
    }                                                                                                                        \
  }
// Without a hint: the body calls the C library or branches.
#define SCALAR(NAME, TD, TA, E)                                                                                              \
  static void NAME(PARAMETERS) {                                                                                             \
    UNUSED;                                                                                                                  \
    TD *D = d;                                                                                                               \
    const TA *A = a, *B = b;                                                                                                 \
    (void)B;                                                                                                                 \
    for (long i = 0; i < n; i++) {                                                                                           \
      const TA x = A[i];                                                                                                     \
      D[i] = (TD)(E);                                                                                                        \
    }                                                                                                                        \
  }

CK_INLINE int32_t to_i32(double x) { return x != x ? 0 : x >= 2147483648.0 ? INT32_MAX : x <= -2147483648.0 ? INT32_MIN : (int32_t)x; }
CK_INLINE int64_t to_i64(double x) {
  return x != x ? 0 : x >= 9223372036854775808.0 ? INT64_MAX : x <= -9223372036854775808.0 ? INT64_MIN : (int64_t)x;
}
/// A number as arithmetic takes it: where subnormal numbers are 0, that 0. The C library's logarithms and powers look at the bits of one and scale it by a
/// product, which is 0 then, and go on with neither; its remainders are made of bits.
CK_INLINE double as_taken(double x) { return x + x == x ? x + x : x; }

CK_INLINE double positive_remainder(double x, double y) {
  double r = as_taken(fmod(x, y));
  return r != 0 && (r < 0) != (y < 0) ? r + y : r;
}

#define INTEGER_HELPERS(P, T, U)                                                                                             \
  CK_INLINE T P##_quotient(T x, T y) {                                                                                       \
    if (y == 0) return 0;                                                                                                    \
    if (y == -1) return (T)(0 - (U)x);                                                                                       \
    T q = x / y;                                                                                                             \
    return (x % y != 0 && (x < 0) != (y < 0)) ? q - 1 : q;                                                                   \
  }                                                                                                                          \
  CK_INLINE T P##_rest(T x, T y) {                                                                                           \
    if (y == 0 || y == -1) return 0;                                                                                         \
    T r = x % y;                                                                                                             \
    return (r != 0 && (r < 0) != (y < 0)) ? r + y : r;                                                                       \
  }                                                                                                                          \
  CK_INLINE T P##_raise(T x, T y) {                                                                                          \
    if (y < 0) return x == 1 ? 1 : x == -1 ? ((y & 1) ? -1 : 1) : 0;                                                         \
    U base = (U)x, result = 1;                                                                                               \
    for (; y > 0; y >>= 1, base *= base)                                                                                     \
      if (y & 1) result *= base;                                                                                             \
    return (T)result;                                                                                                        \
  }                                                                                                                          \
  PLAIN(P##_negate, T, T, 0 - (U)x)                                                                                          \
  PLAIN(P##_absolute, T, T, x < 0 ? 0 - (U)x : (U)x)                                                                         \
  PLAIN(P##_sign, T, T, (x > 0) - (x < 0))                                                                                   \
  PLAIN(P##_add, T, T, (U)x + (U)B[i])                                                                                       \
  PLAIN(P##_subtract, T, T, (U)x - (U)B[i])                                                                                  \
  PLAIN(P##_multiply, T, T, (U)x *(U)B[i])                                                                                   \
  SCALAR(P##_floor_divide, T, T, P##_quotient(x, B[i]))                                                                      \
  SCALAR(P##_remainder, T, T, P##_rest(x, B[i]))                                                                             \
  SCALAR(P##_power, T, T, P##_raise(x, B[i]))
INTEGER_HELPERS(i, int32_t, uint32_t)
INTEGER_HELPERS(l, int64_t, uint64_t)

#define ORDERED(P, T)                                                                                                        \
  PLAIN(P##_minimum, T, T, (x < B[i] || x != x) ? x : B[i])                                                                  \
  PLAIN(P##_maximum, T, T, (x > B[i] || x != x) ? x : B[i])                                                                  \
  PLAIN(P##_less, uint8_t, T, x < B[i])                                                                                      \
  PLAIN(P##_less_equal, uint8_t, T, x <= B[i])                                                                               \
  PLAIN(P##_equal, uint8_t, T, x == B[i])                                                                                    \
  PLAIN(P##_not_equal, uint8_t, T, x != B[i])                                                                                \
  PLAIN(P##_select, T, T, T_(x, B[i]))
#define T_(X, Y) (T[i] ? (X) : (Y))
ORDERED(i, int32_t)
ORDERED(l, int64_t)
ORDERED(g, double)
ORDERED(b, uint8_t)

PLAIN(b_and, uint8_t, uint8_t, x &B[i])
PLAIN(b_or, uint8_t, uint8_t, x | B[i])
PLAIN(b_not, uint8_t, uint8_t, x ^ 1)

PLAIN(g_negate, double, double, -x)
PLAIN(g_absolute, double, double, __builtin_fabs(x))
PLAIN(g_sign, double, double, x > 0 ? 1.0 : x < 0 ? -1.0 : x + x)
SCALAR(g_exponential, double, double, exp(x))
SCALAR(g_logarithm, double, double, log(as_taken(x)))
PLAIN(g_square_root, double, double, __builtin_elementwise_sqrt(x))
SCALAR(g_sine, double, double, sin(x))
SCALAR(g_cosine, double, double, cos(x))
SCALAR(g_tanh, double, double, tanh(x))
SCALAR(g_logistic, double, double, 1.0 / (1.0 + exp(-x)))
SCALAR(g_erf, double, double, erf(x))
SCALAR(g_floor, double, double, __builtin_elementwise_floor(x))
SCALAR(g_ceiling, double, double, __builtin_elementwise_ceil(x))
SCALAR(g_round, double, double, __builtin_elementwise_roundeven(x))
PLAIN(g_add, double, double, x + B[i])
PLAIN(g_subtract, double, double, x - B[i])
PLAIN(g_multiply, double, double, x *B[i])
PLAIN(g_divide, double, double, x / B[i])
SCALAR(g_power, double, double, pow(as_taken(x), B[i]))
SCALAR(g_floor_divide, double, double, __builtin_elementwise_floor(x / B[i]))
SCALAR(g_remainder, double, double, positive_remainder(x, B[i]))
SCALAR(f_power, float, float, powf((float)as_taken((double)x), B[i]))
// A quotient just below a whole number would be rounded up to it in single precision.
PLAIN(f_floor_divide, float, float, __builtin_elementwise_floor((double)x / (double)B[i]))
SCALAR(f_remainder, float, float, positive_remainder(x, B[i]))

// ---- Copies and conversions.
PLAIN(copy_1, uint8_t, uint8_t, x)
PLAIN(copy_4, uint32_t, uint32_t, x)
PLAIN(copy_8, uint64_t, uint64_t, x)
PLAIN(b_to_i, int32_t, uint8_t, x)
PLAIN(b_to_l, int64_t, uint8_t, x)
PLAIN(b_to_f, float, uint8_t, x)
PLAIN(b_to_g, double, uint8_t, x)
PLAIN(i_to_b, uint8_t, int32_t, x != 0)
PLAIN(i_to_l, int64_t, int32_t, x)
PLAIN(i_to_f, float, int32_t, x)
PLAIN(i_to_g, double, int32_t, x)
PLAIN(l_to_b, uint8_t, int64_t, x != 0)
PLAIN(l_to_i, int32_t, int64_t, x)
PLAIN(l_to_f, float, int64_t, x)
PLAIN(l_to_g, double, int64_t, x)
PLAIN(f_to_b, uint8_t, float, x != 0)
PLAIN(f_to_g, double, float, x)
SCALAR(f_to_i, int32_t, float, to_i32(x))
SCALAR(f_to_l, int64_t, float, to_i64(x))
PLAIN(g_to_b, uint8_t, double, x != 0)
PLAIN(g_to_f, float, double, x)
SCALAR(g_to_i, int32_t, double, to_i32(x))
SCALAR(g_to_l, int64_t, double, to_i64(x))

#define CHECK(NAME, T)                                                                                                       \
  static void NAME(PARAMETERS) {                                                                                             \
    UNUSED;                                                                                                                  \
    const T *A = a;                                                                                                          \
    int found = 0;                                                                                                           \
    for (long i = 0; i < n; i++) found |= A[i] == 0;                                                                         \
    if (found) __atomic_store_n((int32_t *)d, 1, __ATOMIC_RELAXED);                                                          \
  }
CHECK(i_check_zero, int32_t)
CHECK(l_check_zero, int64_t)

#include "vector_reductions.h"

#define ALL(OP, B, I, L, F, G) [OP] = {B, I, L, F, G}
#define NO 0
const ck_vtable CK_VTABLE = {
  .elementwise = {
    ALL(CK_V_COPY, copy_1, copy_4, copy_8, copy_4, copy_8),
    ALL(CK_V_NEGATE, NO, i_negate, l_negate, f_negate, g_negate),
    ALL(CK_V_ABSOLUTE, NO, i_absolute, l_absolute, f_absolute, g_absolute),
    ALL(CK_V_SIGN, NO, i_sign, l_sign, f_sign, g_sign),
    ALL(CK_V_EXPONENTIAL, NO, NO, NO, f_exponential, g_exponential),
    ALL(CK_V_LOGARITHM, NO, NO, NO, f_logarithm, g_logarithm),
    ALL(CK_V_SQUARE_ROOT, NO, NO, NO, f_square_root, g_square_root),
    ALL(CK_V_SINE, NO, NO, NO, f_sine, g_sine),
    ALL(CK_V_COSINE, NO, NO, NO, f_cosine, g_cosine),
    ALL(CK_V_TANH, NO, NO, NO, f_tanh, g_tanh),
    ALL(CK_V_LOGISTIC, NO, NO, NO, f_logistic, g_logistic),
    ALL(CK_V_ERF, NO, NO, NO, f_erf, g_erf),
    ALL(CK_V_FLOOR, NO, NO, NO, f_floor, g_floor),
    ALL(CK_V_CEILING, NO, NO, NO, f_ceiling, g_ceiling),
    ALL(CK_V_ROUND, NO, NO, NO, f_round, g_round),
    ALL(CK_V_NOT, b_not, NO, NO, NO, NO),
    ALL(CK_V_TO_BOOL, copy_1, i_to_b, l_to_b, f_to_b, g_to_b),
    ALL(CK_V_TO_I32, b_to_i, copy_4, l_to_i, f_to_i, g_to_i),
    ALL(CK_V_TO_I64, b_to_l, i_to_l, copy_8, f_to_l, g_to_l),
    ALL(CK_V_TO_F32, b_to_f, i_to_f, l_to_f, copy_4, g_to_f),
    ALL(CK_V_TO_F64, b_to_g, i_to_g, l_to_g, f_to_g, copy_8),
    ALL(CK_V_ADD, NO, i_add, l_add, f_add, g_add),
    ALL(CK_V_SUBTRACT, NO, i_subtract, l_subtract, f_subtract, g_subtract),
    ALL(CK_V_MULTIPLY, NO, i_multiply, l_multiply, f_multiply, g_multiply),
    ALL(CK_V_DIVIDE, NO, NO, NO, f_divide, g_divide),
    ALL(CK_V_POWER, NO, i_power, l_power, f_power, g_power),
    ALL(CK_V_MINIMUM, b_minimum, i_minimum, l_minimum, f_minimum, g_minimum),
    ALL(CK_V_MAXIMUM, b_maximum, i_maximum, l_maximum, f_maximum, g_maximum),
    ALL(CK_V_FLOOR_DIVIDE, NO, i_floor_divide, l_floor_divide, f_floor_divide, g_floor_divide),
    ALL(CK_V_REMAINDER, NO, i_remainder, l_remainder, f_remainder, g_remainder),
    ALL(CK_V_LESS, b_less, i_less, l_less, f_less, g_less),
    ALL(CK_V_LESS_EQUAL, b_less_equal, i_less_equal, l_less_equal, f_less_equal, g_less_equal),
    ALL(CK_V_EQUAL, b_equal, i_equal, l_equal, f_equal, g_equal),
    ALL(CK_V_NOT_EQUAL, b_not_equal, i_not_equal, l_not_equal, f_not_equal, g_not_equal),
    ALL(CK_V_AND, b_and, NO, NO, NO, NO),
    ALL(CK_V_OR, b_or, NO, NO, NO, NO),
    ALL(CK_V_SELECT, b_select, i_select, l_select, f_select, g_select),
    ALL(CK_V_CHECK_ZERO, NO, i_check_zero, l_check_zero, NO, NO),
#define F_ONLY(OP, F) [OP] = {[CK_V_F32] = F}
    F_ONLY(CK_V_ADD_K, f_add_k), F_ONLY(CK_V_MULTIPLY_K, f_multiply_k), F_ONLY(CK_V_K_SUBTRACT, f_k_subtract),
    F_ONLY(CK_V_DIVIDE_K, f_divide_k), F_ONLY(CK_V_K_DIVIDE, f_k_divide), F_ONLY(CK_V_MINIMUM_K, f_minimum_k),
    F_ONLY(CK_V_MAXIMUM_K, f_maximum_k), F_ONLY(CK_V_LESS_K, f_less_k), F_ONLY(CK_V_LESS_EQUAL_K, f_less_equal_k),
    F_ONLY(CK_V_K_LESS, f_k_less), F_ONLY(CK_V_K_LESS_EQUAL, f_k_less_equal), F_ONLY(CK_V_EQUAL_K, f_equal_k),
    F_ONLY(CK_V_SQUARE, f_square), F_ONLY(CK_V_AFFINE, f_affine), F_ONLY(CK_V_FMA, f_fma), F_ONLY(CK_V_FMS, f_fms),
    F_ONLY(CK_V_FNMA, f_fnma), F_ONLY(CK_V_FMA_K, f_fma_k), F_ONLY(CK_V_FMS_K, f_fms_k), F_ONLY(CK_V_FMA_KK, f_fma_kk),
    F_ONLY(CK_V_FMA_SQUARE, f_fma_square), F_ONLY(CK_V_ADD_ADD, f_add_add), F_ONLY(CK_V_MULTIPLY_MULTIPLY, f_multiply_multiply),
    F_ONLY(CK_V_ADD_MULTIPLY, f_add_multiply), F_ONLY(CK_V_SUBTRACT_MULTIPLY, f_subtract_multiply),
    F_ONLY(CK_V_DIVIDE_ROOT, f_divide_root), F_ONLY(CK_V_CUBIC, f_cubic), F_ONLY(CK_V_SELECT_ZERO, f_select_zero),
    F_ONLY(CK_V_SELECT_LESS, f_select_less), F_ONLY(CK_V_RELU_ADD, f_relu_add),
    F_ONLY(CK_V_SIGMOID_GRADIENT, f_sigmoid_gradient), F_ONLY(CK_V_TANH_GRADIENT, f_tanh_gradient),
  },
  .rows = {
#define ROW(OP, B, I, L, F, G) [(OP) - CK_V_ELEMENTWISE_END] = {B, I, L, F, G}
    ROW(CK_V_ROW_SUM, b_row_sum, i_row_sum, l_row_sum, f_row_sum, g_row_sum),
    ROW(CK_V_ROW_PRODUCT, NO, i_row_product, l_row_product, f_row_product, g_row_product),
    ROW(CK_V_ROW_MAXIMUM, b_row_maximum, i_row_maximum, l_row_maximum, f_row_maximum, g_row_maximum),
    ROW(CK_V_ROW_MINIMUM, b_row_minimum, i_row_minimum, l_row_minimum, f_row_minimum, g_row_minimum),
    ROW(CK_V_COLUMN_SUM, b_column_sum, i_column_sum, l_column_sum, f_column_sum, g_column_sum),
    ROW(CK_V_COLUMN_PRODUCT, NO, i_column_product, l_column_product, f_column_product, g_column_product),
    ROW(CK_V_COLUMN_MAXIMUM, b_column_maximum, i_column_maximum, l_column_maximum, f_column_maximum, g_column_maximum),
    ROW(CK_V_COLUMN_MINIMUM, b_column_minimum, i_column_minimum, l_column_minimum, f_column_minimum, g_column_minimum),
    ROW(CK_V_SPREAD, spread_1, spread_4, spread_8, spread_4, spread_8),
  },
};
