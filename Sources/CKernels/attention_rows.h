// The operations on rows of scores, compiled once per instruction set (`CK_ROWS` names the table).
#include <stddef.h>
#include <string.h>

#include "attention.h"

#pragma clang fp contract(off)
#include "vector_math.h"

typedef float vf_u __attribute__((ext_vector_type(16), aligned(4)));
typedef uint8_t vb_u __attribute__((ext_vector_type(16), aligned(1)));

CK_INLINE vf load(const float *p) { return *(const vf_u *)p; }
CK_INLINE void store(float *p, vf v) { *(vf_u *)p = v; }
CK_INLINE vf load_part(const float *p, int64_t n) { vf v = splat(0); memcpy(&v, p, (size_t)n * 4); return v; }
CK_INLINE void store_part(float *p, vf v, int64_t n) { memcpy(p, &v, (size_t)n * 4); }

// Sixteen lanes as a tree.
CK_INLINE float total(vf v) {
  __auto_type v8 = v.lo + v.hi;
  __auto_type v4 = v8.lo + v8.hi;
  return (v4.x + v4.z) + (v4.y + v4.w);
}
CK_INLINE float larger_of(float a, float b) { return a > b || a != a ? a : b; }
// NaN wins, as in `larger`.
#define LARGER(a, b) ((((a) > (b)) | ((a) != (a))) ? (a) : (b))
CK_INLINE float largest_lane(vf v) {
  __auto_type v8 = LARGER(v.lo, v.hi);
  __auto_type v4 = LARGER(v8.lo, v8.hi);
  __auto_type v2 = LARGER(v4.lo, v4.hi);
  return larger_of(v2.x, v2.y);
}

CK_INLINE vi numbers(void) { return (vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}; }

/// Whether each of sixteen keys from `column` on is seen by row `row`.
CK_INLINE vi seen(const ck_attention_tile *t, int64_t row, int64_t column) {
  vi result = numbers() - numbers() == 0;
  if (t->is_causal) {
    int64_t count = t->seen + row - column;
    result = numbers() < (int32_t)(count > 16 ? 16 : count < 0 ? 0 : count);
  }
  if (t->mask != NULL) {
    const uint8_t *mask = t->mask + row * t->mask_row + column * t->mask_column;
    vb bytes = (vb)(uint8_t)0;
    int64_t count = t->columns - column < 16 ? t->columns - column : 16;
    if (t->mask_column == 1 && count == 16) {
      bytes = *(const vb_u *)mask;
    } else {
      for (int64_t i = 0; i < count; i++) bytes[i] = mask[i * t->mask_column];
    }
    result &= __builtin_convertvector(bytes, vi) != 0;
  }
  return result;
}

/// How many leading columns of a row nothing hides, in whole vectors.
CK_INLINE int64_t plain_columns(const ck_attention_tile *t, int64_t row) {
  if (t->mask != NULL) return 0;
  int64_t count = t->columns;
  if (t->is_causal && t->seen + row < count) count = t->seen + row;
  return count <= 0 ? 0 : count / 16 * 16;
}

static void scores(const ck_attention_tile *t, float *largest) {
  const vf scale = splat(t->scale), fill = splat(t->fill), none = splat(-__builtin_inff());
  for (int64_t i = 0; i < t->rows; i++) {
    float *x = t->scores + i * CK_PITCH;
    vf top = none;
    int64_t c = 0;
    for (const int64_t plain = plain_columns(t, i); c < plain; c += 16) {
      vf v = load(x + c) * scale;
      store(x + c, v);
      top = larger(top, v);
    }
    for (; c < t->columns; c += 16) {
      vf v = pick(seen(t, i, c), load(x + c) * scale, fill);
      v = pick(numbers() < (int32_t)(t->columns - c), v, none);
      store(x + c, v);
      top = larger(top, v);
    }
    largest[i] = larger_of(largest[i], largest_lane(top));
  }
}

static void weights(const ck_attention_tile *t, const float *shift, float *sums) {
  for (int64_t i = 0; i < t->rows; i++) {
    float *x = t->scores + i * CK_PITCH;
    const vf away = splat(shift[i]);
    vf sum = splat(0), other = splat(0);
    int64_t c = 0;
    for (; c + 32 <= t->columns; c += 32) {
      vf a = v_exponential(load(x + c) - away), b = v_exponential(load(x + c + 16) - away);
      store(x + c, a);
      store(x + c + 16, b);
      sum += a;
      other += b;
    }
    for (; c < t->columns; c += 16) {
      vf a = v_exponential(load(x + c) - away);
      a = pick(numbers() < (int32_t)(t->columns - c), a, splat(0));
      store(x + c, a);
      sum += a;
    }
    sums[i] += total(sum + other);
  }
}

static void slopes(const ck_attention_tile *t, float *slopes, const float *largest, const float *inverse, const float *mean) {
  const vf scale = splat(t->scale), fill = splat(t->fill);
  for (int64_t i = 0; i < t->rows; i++) {
    float *x = t->scores + i * CK_PITCH, *y = slopes + i * CK_PITCH;
    const vf away = splat(largest[i]), factor = splat(inverse[i]), middle = splat(mean[i]);
    int64_t c = 0;
    for (const int64_t plain = plain_columns(t, i); c < plain; c += 16) {
      vf p = v_exponential(load(x + c) * scale - away) * factor;
      store(x + c, p);
      store(y + c, p * (load(y + c) - middle) * scale);
    }
    for (; c < t->columns; c += 16) {
      vi shown = seen(t, i, c);
      vf p = v_exponential(pick(shown, load(x + c) * scale, fill) - away) * factor;
      store(x + c, p);
      store(y + c, pick(shown, p * (load(y + c) - middle) * scale, splat(0)));
    }
  }
}

static void decay(int64_t count, const float *a, const float *b, float *y) {
  for (int64_t i = 0; i < count; i += 16) store(y + i, v_exponential(load(a + i) - load(b + i)));
}

static void stretch(int64_t rows, int64_t columns, float *x, int64_t stride, const float *factors) {
  for (int64_t i = 0; i < rows; i++) {
    float *row = x + i * stride;
    const vf factor = splat(factors[i]);
    int64_t c = 0;
    for (; c + 16 <= columns; c += 16) store(row + c, load(row + c) * factor);
    if (c < columns) store_part(row + c, load_part(row + c, columns - c) * factor, columns - c);
  }
}

static void dots(int64_t rows, int64_t columns, const float *a, int64_t a_stride, const float *b, int64_t b_stride, float *y) {
  for (int64_t i = 0; i < rows; i++) {
    const float *p = a + i * a_stride, *q = b + i * b_stride;
    vf sum = splat(0);
    int64_t c = 0;
    for (; c + 16 <= columns; c += 16) sum = fused(load(p + c), load(q + c), sum);
    if (c < columns) sum = fused(load_part(p + c, columns - c), load_part(q + c, columns - c), sum);
    y[i] = total(sum);
  }
}

const ck_attention_rows CK_ROWS = {scores, weights, slopes, decay, stretch, dots};
