// Runs vector programs: for each block of a tile, the operands' addresses, then one call per instruction.
#include "vector_table.h"
#include <string.h>

#define UNLIKELY(X) __builtin_expect(!!(X), 0)

extern const ck_vtable *ck_vector_table(void);

int ck_vector_supports(uint16_t op, uint8_t type) {
  if (op >= CK_V_OPS || type >= CK_V_TYPES) return 0;
  return op < CK_V_ELEMENTWISE_END ? ck_vtable_baseline.elementwise[op][type] != 0 : ck_vtable_baseline.rows[op - CK_V_ELEMENTWISE_END][type] != 0;
}

int64_t ck_vector_tiles(const ck_vprogram *p) {
  return p->group_rows == 0 ? 0 : p->rows / p->group_rows * p->row_tiles * p->inner_tiles;
}

static inline void fill(char *d, const void *value, int size, int64_t n) {
  if (size == 4) {
    uint32_t x = *(const uint32_t *)value;
    for (int64_t i = 0; i < n; i++) ((uint32_t *)d)[i] = x;
  } else if (size == 8) {
    uint64_t x = *(const uint64_t *)value;
    for (int64_t i = 0; i < n; i++) ((uint64_t *)d)[i] = x;
  } else {
    memset(d, *(const uint8_t *)value, (size_t)n);
  }
}

static inline void copy_strided(char *d, int64_t ds, const char *s, int64_t ss, int size, int64_t n) {
  if (ds == 1 && ss == 1) {
    if (n <= 16 && size == 4) {
      for (int64_t i = 0; i < n; i++) ((uint32_t *)d)[i] = ((const uint32_t *)s)[i];
    } else memcpy(d, s, (size_t)(n * size));
  } else if (ss == 0 && ds == 1) {
    fill(d, s, size, n);
  } else if (size == 4) {
    for (int64_t i = 0; i < n; i++) ((uint32_t *)d)[i * ds] = ((const uint32_t *)s)[i * ss];
  } else if (size == 8) {
    for (int64_t i = 0; i < n; i++) ((uint64_t *)d)[i * ds] = ((const uint64_t *)s)[i * ss];
  } else {
    for (int64_t i = 0; i < n; i++) d[i * ds] = s[i * ss];
  }
}

// The element offset of a row along the outer axes, and the indices there.
static int64_t locate(const ck_vprogram *p, const ck_vregister *r, int64_t row, int64_t *index) {
  int64_t offset = 0;
  for (int axis = p->axes - 1; axis >= 0; axis--) {
    index[axis] = row % p->outer[axis];
    row /= p->outer[axis];
    offset += index[axis] * r->stride[axis];
  }
  return offset;
}

static inline int64_t step(const ck_vprogram *p, const ck_vregister *r, int64_t *index, int64_t offset) {
  for (int axis = p->axes - 1; axis >= 0; axis--) {
    offset += r->stride[axis];
    if (++index[axis] < p->outer[axis]) return offset;
    offset -= index[axis] * r->stride[axis];
    index[axis] = 0;
  }
  return offset;
}

static void gather(const ck_vprogram *p, const ck_vregister *r, const char *base, char *to, int64_t row, int64_t rows, int64_t from, int64_t n) {
  int64_t index[CK_V_AXES];
  int64_t offset = locate(p, r, row, index) + from * r->inner_stride;
  for (int64_t k = 0; k < rows; k++) {
    copy_strided(to, 1, base + offset * r->size, r->inner_stride, r->size, n);
    to += n * r->size;
    offset = step(p, r, index, offset);
  }
}

static void scatter(const ck_vprogram *p, const ck_vregister *r, char *base, const char *from, int64_t row, int64_t rows, int64_t start, int64_t n) {
  int64_t index[CK_V_AXES];
  int64_t offset = locate(p, r, row, index) + start * r->inner_stride;
  for (int64_t k = 0; k < rows; k++) {
    copy_strided(base + offset * r->size, r->inner_stride, from, 1, r->size, n);
    from += n * r->size;
    offset = step(p, r, index, offset);
  }
}

static void gather_rows(const ck_vprogram *p, const ck_vregister *r, const char *base, char *to, int64_t row, int64_t rows) {
  int64_t index[CK_V_AXES];
  int64_t offset = locate(p, r, row, index);
  for (int64_t k = 0; k < rows; k++) {
    memcpy(to + k * r->size, base + offset * r->size, r->size);
    offset = step(p, r, index, offset);
  }
}

static double scalar_value(const ck_vscalar *s, void *const *table) {
  const char *at = (const char *)table[s->slot] + s->offset;
  switch (s->type) {
  case CK_V_BOOL: return *(const uint8_t *)at;
  case CK_V_I32: return *(const int32_t *)at;
  case CK_V_I64: return (double)*(const int64_t *)at;
  case CK_V_F32: return *(const float *)at;
  default: return *(const double *)at;
  }
}

void ck_vector_tile(const ck_vprogram *p, void *const *table, int64_t tile) {
  const ck_vtable *functions = ck_vector_table();
  _Alignas(64) char scratch[p->scratch_bytes + 64];
  char *at[CK_V_MAX_REGISTERS], *base[CK_V_MAX_REGISTERS];
  ck_vinstruction resolved[CK_V_MAX_INSTRUCTIONS];
  const ck_vinstruction *instructions = p->instructions;

  if (p->scalar_count) {
    for (int i = 0; i < p->instruction_count; i++) {
      resolved[i] = instructions[i];
      if (UNLIKELY(resolved[i].ks != CK_V_NONE)) resolved[i].k = scalar_value(&p->scalars[resolved[i].ks], table);
      if (UNLIKELY(resolved[i].k2s != CK_V_NONE)) resolved[i].k2 = scalar_value(&p->scalars[resolved[i].k2s], table);
    }
    instructions = resolved;
  }

  const int64_t inner = p->inner;
  const int64_t inner_tile = tile % p->inner_tiles, row_tile = tile / p->inner_tiles % p->row_tiles, group = tile / p->inner_tiles / p->row_tiles;
  const int64_t first_row = group * p->group_rows + row_tile * p->tile_rows;
  int64_t last_row = group * p->group_rows + (row_tile + 1) * p->tile_rows;
  if (last_row > (group + 1) * p->group_rows) last_row = (group + 1) * p->group_rows;
  const int64_t first_inner = inner_tile * p->tile_inner;
  const int64_t last_inner = first_inner + p->tile_inner < inner ? first_inner + p->tile_inner : inner;
  const int64_t chunks = (inner + p->block_inner - 1) / p->block_inner;
  const int64_t most = p->block_rows * (p->block_inner < inner ? p->block_inner : inner);

  for (int i = 0; i < p->register_count; i++) {
    const ck_vregister *r = &p->registers[i];
    base[i] = r->slot >= 0 ? (char *)table[r->slot] + r->offset : 0;
    at[i] = scratch + r->scratch;
    switch (r->kind) {
    case CK_V_SCALAR: fill(at[i], base[i], r->size, r->over == CK_V_OVER_ROWS ? p->block_rows : most); break;
    case CK_V_CONSTANT: fill(at[i], &r->constant, r->size, r->over == CK_V_OVER_ROWS ? p->block_rows : most); break;
    case CK_V_FIXED: at[i] = base[i]; break;
    case CK_V_COLUMNS:
      base[i] += (group * p->row_tiles + row_tile) * inner * r->size;
      fill(base[i] + first_inner * r->size, &r->constant, r->size, last_inner - first_inner);
      break;
    case CK_V_VIEW:
      if (r->invariant) gather(p, r, base[i], at[i], first_row, p->block_rows < last_row - first_row ? p->block_rows : last_row - first_row, 0, inner);
      break;
    default: break;
    }
  }

  for (int64_t row = first_row; row < last_row; row += p->block_rows) {
    const int64_t rows = last_row - row < p->block_rows ? last_row - row : p->block_rows;
    for (int64_t start = first_inner; start < last_inner; start += p->block_inner) {
      const int64_t width = last_inner - start < p->block_inner ? last_inner - start : p->block_inner;
      const int64_t n = rows * width;
      int stores = 0;
      for (int i = 0; i < p->register_count; i++) {
        const ck_vregister *r = &p->registers[i];
        switch (r->kind) {
        case CK_V_DENSE: at[i] = base[i] + (row * inner + start) * r->size; break;
        case CK_V_ROWS: at[i] = base[i] + row * r->size; break;
        case CK_V_VIEW:
          if (r->invariant) break;
          if (p->block_rows == 1 && r->inner_stride == 1) {
            int64_t index[CK_V_AXES];
            at[i] = base[i] + (locate(p, r, row, index) + start) * r->size;
          } else gather(p, r, base[i], at[i], row, rows, start, width);
          break;
        case CK_V_ROW_VIEW: gather_rows(p, r, base[i], at[i], row, rows); break;
        case CK_V_STORE: stores = 1; break;
        case CK_V_COLUMNS: at[i] = base[i] + start * r->size; break;
        case CK_V_PARTIALS: at[i] = base[i] + (row * chunks + start / p->block_inner) * r->size; break;
        default: break;
        }
      }
      const ck_vinstruction *in = instructions, *end = in + p->instruction_count;
      for (; in < end; in++) {
        if (in->op < CK_V_ELEMENTWISE_END)
          functions->elementwise[in->op][in->type](at[in->d], at[in->a], at[in->b], at[in->c], in, in->over == CK_V_OVER_ROWS ? rows : n);
        else functions->rows[in->op - CK_V_ELEMENTWISE_END][in->type](at[in->d], at[in->a], rows, width);
      }
      if (stores)
        for (int i = 0; i < p->register_count; i++) {
          const ck_vregister *r = &p->registers[i];
          if (r->kind == CK_V_STORE) scatter(p, r, base[i], at[i], row, rows, start, width);
        }
    }
  }
}

void ck_vector_run(const void *args, int64_t tile) {
  const ck_vector_args *a = args;
  ck_vector_tile(a->program, a->table, tile);
}
