#include <stdlib.h>
#include <string.h>

#include "internal.h"

enum { TILE_ELEMENTS = 32768 };

/// Tiles of whole outer rows.
static int64_t outer_tiles(const ck_axis_args *p) {
    if (p->outer <= 0 || p->length <= 0 || p->inner <= 0) return 0;
    return ck_max(1, ck_min(p->outer, p->outer * p->length * p->inner / TILE_ELEMENTS));
}

int64_t ck_cumulative_sum_tiles(const void *args) { return outer_tiles(args); }

#define DEFINE_SUM(name, type) \
    CK_CLONES static void name(const type *source, type *target, int64_t length, int64_t inner) { \
        memcpy(target, source, (size_t)inner * sizeof(type)); \
        for (int64_t i = inner; i < length * inner; i++) target[i] = target[i - inner] + source[i]; \
    }
DEFINE_SUM(sum_u32, uint32_t)
DEFINE_SUM(sum_u64, uint64_t)
DEFINE_SUM(sum_f32, float)
DEFINE_SUM(sum_f64, double)

void ck_cumulative_sum_run(const void *args, int64_t tile) {
    const ck_axis_args *p = args;
    int64_t tiles = outer_tiles(p), size = p->length * p->inner;
    for (int64_t o = ck_share(p->outer, tiles, tile); o < ck_share(p->outer, tiles, tile + 1); o++) {
        const char *source = (const char *)p->source + o * size * ck_type_bytes(p->type);
        char *target = (char *)p->target + o * size * ck_type_bytes(p->type);
        switch (p->type) {
        case CK_I32: sum_u32((const void *)source, (void *)target, p->length, p->inner); break;
        case CK_I64: sum_u64((const void *)source, (void *)target, p->length, p->inner); break;
        case CK_F32: sum_f32((const void *)source, (void *)target, p->length, p->inner); break;
        case CK_F64: sum_f64((const void *)source, (void *)target, p->length, p->inner); break;
        }
    }
}

int64_t ck_index_of_maximum_tiles(const void *args) { return outer_tiles(args); }

#define DEFINE_INDEX(name, type) \
    static void name(const type *source, int64_t *target, int64_t length, int64_t inner) { \
        for (int64_t i = 0; i < inner; i++) { \
            type best = source[i]; \
            int64_t at = 0; \
            for (int64_t l = 1; l < length && best == best; l++) { \
                type value = source[l * inner + i]; \
                if (value > best || value != value) best = value, at = l; \
            } \
            target[i] = at; \
        } \
    }
DEFINE_INDEX(index_u8, uint8_t)
DEFINE_INDEX(index_i32, int32_t)
DEFINE_INDEX(index_i64, int64_t)
DEFINE_INDEX(index_f32, float)
DEFINE_INDEX(index_f64, double)

void ck_index_of_maximum_run(const void *args, int64_t tile) {
    const ck_axis_args *p = args;
    int64_t tiles = outer_tiles(p);
    for (int64_t o = ck_share(p->outer, tiles, tile); o < ck_share(p->outer, tiles, tile + 1); o++) {
        const void *source = (const char *)p->source + o * p->length * p->inner * ck_type_bytes(p->type);
        int64_t *target = (int64_t *)p->target + o * p->inner;
        switch (p->type) {
        case CK_BOOL: index_u8(source, target, p->length, p->inner); break;
        case CK_I32: index_i32(source, target, p->length, p->inner); break;
        case CK_I64: index_i64(source, target, p->length, p->inner); break;
        case CK_F32: index_f32(source, target, p->length, p->inner); break;
        case CK_F64: index_f64(source, target, p->length, p->inner); break;
        }
    }
}

// Sorting: elements become unsigned keys that ascend as they do (−0 and 0 equal, NaN last), then a radix sort by bytes, which is
// stable; lines too long for scratch memory are sorted in place by heap, where equal keys compare by index.

typedef struct {
    uint64_t key;
    int64_t index;
} entry;

static uint64_t sort_key(const void *source, int type, int64_t i) {
    const uint64_t top = (uint64_t)1 << 63;
    switch (type) {
    case CK_BOOL: return ((const uint8_t *)source)[i];
    case CK_I32: return (uint64_t)((int64_t)((const int32_t *)source)[i] + 0x80000000LL);
    case CK_I64: return (uint64_t)((const int64_t *)source)[i] ^ top;
    case CK_F32: {
        float value = ((const float *)source)[i];
        if (value != value) return UINT32_MAX;
        if (value == 0) value = 0;
        uint32_t bits;
        memcpy(&bits, &value, sizeof bits);
        return bits >> 31 ? (uint32_t)~bits : bits | 0x80000000u;
    }
    default: {
        double value = ((const double *)source)[i];
        if (value != value) return UINT64_MAX;
        if (value == 0) value = 0;
        uint64_t bits;
        memcpy(&bits, &value, sizeof bits);
        return bits >> 63 ? ~bits : bits | top;
    }
    }
}

/// Sorts `entries` with as much room again in `spare`; returns where the result lies.
static entry *radix_sort(entry *entries, entry *spare, int64_t count) {
    if (count <= 32) {
        for (int64_t i = 1; i < count; i++) {
            entry moved = entries[i];
            int64_t j = i;
            for (; j > 0 && entries[j - 1].key > moved.key; j--) entries[j] = entries[j - 1];
            entries[j] = moved;
        }
        return entries;
    }
    for (int shift = 0; shift < 64; shift += 8) {
        int64_t starts[257] = {0};
        for (int64_t i = 0; i < count; i++) starts[(entries[i].key >> shift & 255) + 1]++;
        // A byte that all keys share sorts nothing.
        if (starts[(entries[0].key >> shift & 255) + 1] == count) continue;
        for (int i = 0; i < 256; i++) starts[i + 1] += starts[i];
        for (int64_t i = 0; i < count; i++) spare[starts[entries[i].key >> shift & 255]++] = entries[i];
        entry *swapped = entries;
        entries = spare;
        spare = swapped;
    }
    return entries;
}

static bool precedes(const ck_axis_args *p, const void *line, int64_t a, int64_t b) {
    uint64_t ka = sort_key(line, p->type, a * p->inner), kb = sort_key(line, p->type, b * p->inner);
    return ka < kb || (ka == kb && a < b);
}

static void heap_sort(const ck_axis_args *p, const void *line, int64_t *target) {
    int64_t n = p->length, step = p->inner;
    for (int64_t i = 0; i < n; i++) target[i * step] = i;
    for (int64_t start = n / 2 - 1, end = n; end > 1;) {
        if (start < 0) {
            end--;
            int64_t last = target[end * step];
            target[end * step] = target[0];
            target[0] = last;
        }
        int64_t root = ck_max(start, 0), value = target[root * step];
        for (int64_t child; (child = 2 * root + 1) < end; root = child) {
            if (child + 1 < end && precedes(p, line, target[child * step], target[(child + 1) * step])) child++;
            if (!precedes(p, line, value, target[child * step])) break;
            target[root * step] = target[child * step];
        }
        target[root * step] = value;
        start = ck_max(start - 1, -1);
    }
}

int64_t ck_order_tiles(const void *args) {
    const ck_axis_args *p = args;
    if (p->outer <= 0 || p->length <= 0 || p->inner <= 0) return 0;
    return ck_max(1, ck_min(p->outer, p->outer * p->length * p->inner / 4096));
}

void ck_order_run(const void *args, int64_t tile) {
    const ck_axis_args *p = args;
    int64_t tiles = ck_order_tiles(p), size = p->length * p->inner;
    // Short lines share what the thread keeps; a long one gives its memory back.
    const bool is_long = p->length > 32768;
    const size_t bytes = 2 * (size_t)p->length * sizeof(entry);
    entry *entries = is_long ? malloc(bytes) : ck_scratch((int64_t)bytes);
    for (int64_t o = ck_share(p->outer, tiles, tile); o < ck_share(p->outer, tiles, tile + 1); o++) {
        for (int64_t i = 0; i < p->inner; i++) {
            const void *line = (const char *)p->source + (o * size + i) * ck_type_bytes(p->type);
            int64_t *target = (int64_t *)p->target + o * size + i;
            if (entries == NULL) {
                heap_sort(p, line, target);
                continue;
            }
            for (int64_t l = 0; l < p->length; l++) entries[l] = (entry){sort_key(line, p->type, l * p->inner), l};
            const entry *sorted = radix_sort(entries, entries + p->length, p->length);
            for (int64_t l = 0; l < p->length; l++) target[l * p->inner] = sorted[l].index;
        }
    }
    if (is_long) free(entries);
}
