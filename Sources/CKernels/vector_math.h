// Single-precision functions on 16 lanes. Included once per instruction set after `CK_FUSED` is set.
// Polynomials are minimax fits (Lawson iteration) in relative error; bounds in units in the last place are tested over the whole range.
// Every multiply-add that matters is explicit, so AVX2 and AVX-512 give equal bits.
#pragma once

// The helpers are always inlined, so how vectors would be passed does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float vf __attribute__((ext_vector_type(16)));
typedef int32_t vi __attribute__((ext_vector_type(16)));
typedef uint8_t vb __attribute__((ext_vector_type(16)));

#define CK_INLINE static inline __attribute__((always_inline))

#if CK_FUSED
CK_INLINE vf fused(vf a, vf b, vf c) { return __builtin_elementwise_fma(a, b, c); }
#else
CK_INLINE vf fused(vf a, vf b, vf c) { return a * b + c; }
#endif

CK_INLINE vi bits_of(vf x) { union { vf f; vi i; } u; u.f = x; return u.i; }
CK_INLINE vf from_bits(vi x) { union { vi i; vf f; } u; u.i = x; return u.f; }
CK_INLINE vf splat(float x) { return (vf)x; }
CK_INLINE vf pick(vi condition, vf a, vf b) { return condition ? a : b; }
CK_INLINE vf root(vf x) { return __builtin_elementwise_sqrt(x); }
CK_INLINE vf magnitude(vf x) { return from_bits(bits_of(x) & 0x7FFFFFFF); }
CK_INLINE vf with_sign(vf x, vf sign) { return from_bits((bits_of(x) & 0x7FFFFFFF) | (bits_of(sign) & (int32_t)0x80000000)); }

// NaN wins.
CK_INLINE vf larger(vf a, vf b) { return pick((a > b) | (a != a), a, b); }
CK_INLINE vf smaller(vf a, vf b) { return pick((a < b) | (a != a), a, b); }

// Adding and taking away 1.5 * 2^23 rounds to the nearest integer, which is then in the low bits.
#define CK_ROUNDER 12582912.0f

// p · 2^n for n from -159 to 145, rounded once; t is n + CK_ROUNDER.
CK_INLINE vf scaled(vf p, vf n, vf t) {
#if CK_AVX512
  (void)t;
  return (vf)_mm512_scalef_ps((__m512)p, (__m512)n);
#else
  (void)n;
  // In two factors, so that the largest results and the overflow are right.
  vi e = bits_of(t) - 0x4B400000;
  vi half = e >> 1;
  return (p * from_bits((half + 127) << 23)) * from_bits((e - half + 127) << 23);
#endif
}

// e^r - 1 with r = x - n ln 2, at most half of ln 2 away from 0.
CK_INLINE vf expm1_near(vf x, vf n) {
  vf r = fused(n, splat(-0.693145752f), x);
  r = fused(n, splat(-1.42860677e-6f), r);
  vf p = fused(splat(1.381314439e-03f), r, splat(8.369418847e-03f));
  p = fused(p, r, splat(4.166845679e-02f));
  p = fused(p, r, splat(1.666651479e-01f));
  p = fused(p, r, splat(4.999999305e-01f));
  return fused(p * r, r, r);
}

CK_INLINE vf v_exponential(vf x) {
  // Past these bounds the result is infinite or zero whatever the rest; NaN passes.
  x = pick(x > 100.0f, splat(100.0f), x);
  x = pick(x < -110.0f, splat(-110.0f), x);
  vf t = fused(x, splat(1.44269504f), splat(CK_ROUNDER));
  vf n = t - CK_ROUNDER;
  return scaled(expm1_near(x, n) + 1.0f, n, t);
}

CK_INLINE vf v_logarithm(vf x) {
  vi tiny = (x < 1.17549435e-38f) & (x > 0.0f);
  vf y = pick(tiny, x * 8388608.0f, x);
  vi b = bits_of(y) - 0x3F3504F3;
  vi e = b >> 23;
  vf f = from_bits((b & 0x007FFFFF) + 0x3F3504F3) - 1.0f;
  vf n = __builtin_convertvector(e, vf) - pick(tiny, splat(23.0f), splat(0.0f));
  vf p = fused(splat(6.746638255e-02f), f, splat(-1.167565121e-01f));
  p = fused(p, f, splat(1.188816297e-01f));
  p = fused(p, f, splat(-1.240558906e-01f));
  p = fused(p, f, splat(1.421955228e-01f));
  p = fused(p, f, splat(-1.666799584e-01f));
  p = fused(p, f, splat(2.000211866e-01f));
  p = fused(p, f, splat(-2.500000960e-01f));
  p = fused(p, f, splat(3.333331260e-01f));
  vf s = f * f;
  vf tail = fused(p * f, s, n * -2.12194440e-4f);
  tail = fused(splat(-0.5f), s, tail);
  vf r = fused(n, splat(0.693359375f), tail + f);
  r = pick(x == __builtin_inff(), x, r);
  r = pick(x == 0.0f, splat(-__builtin_inff()), r);
  return pick((x < 0.0f) | (x != x), splat(__builtin_nanf("")), r);
}

CK_INLINE vf v_logistic(vf x) { return 1.0f / (1.0f + v_exponential(-x)); }

// expm1(2x) / (expm1(2x) + 2), with expm1 = 2^n (e^r - 1) + (2^n - 1); near 0, where three roundings would show, a polynomial. Past 9.1 the result is 1 to
// the last bit; NaN passes.
CK_INLINE vf v_tanh(vf x) {
  vf s = x * x;
  vf q = fused(splat(-5.036613328e-02f), s, splat(1.331483096e-01f));
  vf small = fused(fused(q, s, splat(-3.333306078e-01f)) * s, x, x);
  // The larger of both halves: where e is near -1 its error would count twice.
  vf a = magnitude(x);
  vi is_small = a < 0.3f;
  a = pick(a > 9.1f, splat(9.1f), a);
  vf t = fused(a, splat(2.88539008f), splat(CK_ROUNDER));
  vf n = t - CK_ROUNDER;
  vf p = expm1_near(a + a, n);
  vf scale = from_bits((bits_of(t) - (0x4B400000 - 127)) << 23);
  vf e = fused(scale, p, scale - 1.0f);
  return pick(is_small, small, from_bits(bits_of(e / (e + 2.0f)) | (bits_of(x) & (int32_t)0x80000000)));
}

CK_INLINE vf v_erf(vf x) {
  vf a = magnitude(x), s = x * x;
  vf p = fused(splat(8.316816941e-05f), s, splat(-8.130024502e-04f));
  p = fused(p, s, splat(5.199907962e-03f));
  p = fused(p, s, splat(-2.685894219e-02f));
  p = fused(p, s, splat(1.128368721e-01f));
  p = fused(p, s, splat(-3.761263319e-01f));
  p = fused(p, s, splat(1.283791666e-01f));
#if CK_FUSED
  vf small = fused(p, x, x);
#else
  // The product alone may be too small for a normal number where the sum is not.
  vf small = (p + 1.0f) * x;
#endif
  // Beyond 0.93: 1 - exp(-t + t Q(t)); past 4 the result is 1 to the last bit. NaN stays NaN.
  vf t = pick(a > 4.0f, splat(4.0f), a);
  vf q = fused(splat(-4.938260421e-06f), t, splat(4.558173596e-05f));
  q = fused(q, t, splat(4.958401210e-05f));
  q = fused(q, t, splat(-2.930150231e-03f));
  q = fused(q, t, splat(2.267412678e-02f));
  q = fused(q, t, splat(-1.052626891e-01f));
  q = fused(q, t, splat(-6.356252782e-01f));
  q = fused(q, t, splat(-1.285517463e-01f));
  vf large = 1.0f - v_exponential(fused(q, t, -t));
  return pick(a < 0.93f, small, with_sign(large, x));
}

// Sine (phase 0) or cosine (phase 1) after reduction by multiples of pi / 2 in three parts; past the limit the caller takes the exact path
// (without a fused multiply-add the reduction would lose bits at once).
#if CK_FUSED
#define CK_TRIGONOMETRIC_LIMIT 32768.0f
#else
#define CK_TRIGONOMETRIC_LIMIT 0.78f
#endif
CK_INLINE vf v_trigonometric(vf x, int32_t phase) {
  vf t = fused(x, splat(0.636619772f), splat(CK_ROUNDER));
  vf n = t - CK_ROUNDER;
  vf r = fused(n, splat(-1.570796371e+00f), x);
  r = fused(n, splat(4.371138829e-08f), r);
  r = fused(n, splat(1.715124510e-15f), r);
  vi quadrant = bits_of(t) + phase;
  vf s = r * r;
  vf sine = fused(splat(2.717366717e-06f), s, splat(-1.983923266e-04f));
  sine = fused(sine, s, splat(8.333329056e-03f));
  sine = fused(sine, s, splat(-1.666666664e-01f));
  sine = fused(sine * s, r, r);
  vf cosine = fused(splat(2.442568154e-05f), s, splat(-1.388725148e-03f));
  cosine = fused(cosine, s, splat(4.166664437e-02f));
  cosine = fused(cosine * s, s, fused(splat(-0.5f), s, splat(1.0f)));
  vf y = pick((quadrant & 1) != 0, cosine, sine);
  return from_bits(bits_of(y) ^ ((quadrant & 2) << 30));
}
