#include <string.h>

#include "internal.h"

#define DEFINE_CHECK(name, type) \
    CK_CLONES static int64_t name(const type *indices, int64_t count, int64_t limit) { \
        enum { CHUNK = 1024 }; \
        for (int64_t start = 0; start < count; start += CHUNK) { \
            int64_t end = ck_min(count, start + CHUNK); \
            int bad = 0; \
            for (int64_t i = start; i < end; i++) bad |= indices[i] < 0 || indices[i] >= limit; \
            for (int64_t i = start; bad && i < end; i++) { \
                if (indices[i] < 0 || indices[i] >= limit) return i; \
            } \
        } \
        return -1; \
    }
DEFINE_CHECK(check32, int32_t)
DEFINE_CHECK(check64, int64_t)

int64_t ck_index_check(const void *indices, int type, int64_t count, int64_t limit) {
    return type == CK_I32 ? check32(indices, count, limit) : check64(indices, count, limit);
}

static inline int64_t index_at(const void *indices, int type, int64_t i) { return type == CK_I32 ? ((const int32_t *)indices)[i] : ((const int64_t *)indices)[i]; }

enum { TILE_BYTES = 1 << 18 };

int64_t ck_gather_tiles(const void *args) {
    const ck_gather_args *p = args;
    int64_t rows = p->outer * p->count;
    if (rows <= 0 || p->inner <= 0) return 0;
    return ck_max(1, ck_min(rows, rows * p->inner * p->element_bytes / TILE_BYTES));
}

void ck_gather_run(const void *args, int64_t tile) {
    const ck_gather_args *p = args;
    int64_t rows = p->outer * p->count, tiles = ck_gather_tiles(args);
    int64_t end = ck_share(rows, tiles, tile + 1);
    int64_t bytes = p->inner * p->element_bytes;
    for (int64_t row = ck_share(rows, tiles, tile); row < end; row++) {
        int64_t outer = row / p->count, index = index_at(p->indices, p->index_type, row % p->count);
        const char *from = (const char *)p->source + (outer * p->limit + index) * bytes;
        char *to = (char *)p->target + row * bytes;
        // Constant lengths become one move.
        if (bytes == 4) memcpy(to, from, 4);
        else if (bytes == 8) memcpy(to, from, 8);
        else memcpy(to, from, (size_t)bytes);
    }
}

/// How a scatter is cut: never through the order of the indices. Parts of the outer axis, then of the inner one, or else of the target's rows.
typedef struct {
    int64_t outer, inner, rows;
} scatter_parts;

static scatter_parts cut_scatter(const ck_scatter_args *p) {
    scatter_parts parts = {1, 1, 1};
    double work = (double)p->outer * (double)p->count * (double)p->inner;
    int64_t wanted = work >= 16 * 32768.0 ? 16 : (int64_t)(work / 32768);
    if (wanted <= 1) return parts;
    parts.outer = ck_min(wanted, p->outer);
    int64_t rest = wanted / parts.outer;
    if (p->inner >= 32) parts.inner = ck_max(1, ck_min(rest, p->inner / 16));
    else parts.rows = ck_max(1, ck_min(ck_min(rest, 4), p->limit));
    return parts;
}

int64_t ck_scatter_tiles(const void *args) {
    const ck_scatter_args *p = args;
    if (p->outer <= 0 || p->count <= 0 || p->inner <= 0) return 0;
    scatter_parts parts = cut_scatter(p);
    return parts.outer * parts.inner * parts.rows;
}

/// `result` says what becomes of the target's element t where v arrives.
#define DEFINE_SCATTER(name, type, result) \
    CK_CLONES static void name(type *target, const type *values, int64_t count) { \
        for (int64_t i = 0; i < count; i++) { \
            type t = target[i], v = values[i]; \
            (void)t; \
            target[i] = (result); \
        } \
    }
DEFINE_SCATTER(add_u8, uint8_t, t | v)
DEFINE_SCATTER(add_u32, uint32_t, t + v)
DEFINE_SCATTER(add_u64, uint64_t, t + v)
DEFINE_SCATTER(add_f32, float, t + v)
DEFINE_SCATTER(add_f64, double, t + v)
DEFINE_SCATTER(maximum_i32, int32_t, v > t ? v : t)
DEFINE_SCATTER(maximum_i64, int64_t, v > t ? v : t)
DEFINE_SCATTER(maximum_f32, float, v > t || v != v ? v : t)
DEFINE_SCATTER(maximum_f64, double, v > t || v != v ? v : t)

static void scatter_row(const ck_scatter_args *p, void *target, const void *values, int64_t count) {
    if (p->mode == CK_SCATTER_SET) {
        memcpy(target, values, (size_t)(count * ck_type_bytes(p->type)));
        return;
    }
    bool adds = p->mode == CK_SCATTER_ADD;
    switch (p->type) {
    case CK_BOOL: add_u8(target, values, count); break;
    case CK_I32: adds ? add_u32(target, values, count) : maximum_i32(target, values, count); break;
    case CK_I64: adds ? add_u64(target, values, count) : maximum_i64(target, values, count); break;
    case CK_F32: adds ? add_f32(target, values, count) : maximum_f32(target, values, count); break;
    case CK_F64: adds ? add_f64(target, values, count) : maximum_f64(target, values, count); break;
    }
}

void ck_scatter_run(const void *args, int64_t tile) {
    const ck_scatter_args *p = args;
    scatter_parts parts = cut_scatter(p);
    int64_t row_part = tile % parts.rows, rest = tile / parts.rows;
    int64_t inner_part = rest % parts.inner, outer_part = rest / parts.inner;
    int64_t low = ck_share(p->limit, parts.rows, row_part), high = ck_share(p->limit, parts.rows, row_part + 1);
    int64_t from = ck_share(p->inner, parts.inner, inner_part), count = ck_share(p->inner, parts.inner, inner_part + 1) - from;
    int64_t bytes = ck_type_bytes(p->type);
    for (int64_t o = ck_share(p->outer, parts.outer, outer_part); o < ck_share(p->outer, parts.outer, outer_part + 1); o++) {
        for (int64_t i = 0; i < p->count; i++) {
            int64_t index = index_at(p->indices, p->index_type, i);
            if (index < low || index >= high) continue;
            scatter_row(p, (char *)p->target + ((o * p->limit + index) * p->inner + from) * bytes,
                        (const char *)p->values + ((o * p->count + i) * p->inner + from) * bytes, count);
        }
    }
}
