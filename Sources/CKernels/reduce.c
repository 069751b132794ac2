#include <float.h>
#include <math.h>

#include "internal.h"

// One order for all: where the kept axes are the adjacent ones, each result is a chain over the reduced positions in row-major order
// (64 results side by side); where a reduced axis is adjacent, 8 lanes take turns along it and are joined by a fixed tree at the end.
// f32 is summed in double precision. Lanes of 4 results at once hide how long one addition waits for the one before.

enum { BLOCK = 64, LANES = 8, AT_ONCE = 4, TILE_ELEMENTS = 32768 };

typedef struct {
    int64_t rank;
    int64_t extent[CK_RANK], stride[CK_RANK];
    int64_t count;
} axes;

/// Merges neighbouring axes that are one; the last axis always exists.
static axes merge(int64_t rank, const int64_t *extent, const int64_t *stride) {
    axes a = {.rank = 0, .count = 1};
    for (int64_t i = 0; i < rank; i++) {
        a.count *= extent[i];
        if (extent[i] == 1) continue;
        if (a.rank > 0 && a.stride[a.rank - 1] == stride[i] * extent[i]) {
            a.extent[a.rank - 1] *= extent[i];
            a.stride[a.rank - 1] = stride[i];
        } else {
            a.extent[a.rank] = extent[i];
            a.stride[a.rank++] = stride[i];
        }
    }
    if (a.rank == 0) {
        a.rank = 1;
        a.extent[0] = 1;
        a.stride[0] = 0;
    }
    return a;
}

/// The offset of the `index`-th position of all axes but the last.
static int64_t offset(const axes *a, int64_t index) {
    int64_t sum = 0;
    for (int64_t i = a->rank - 2; i >= 0; i--) {
        sum += index % a->extent[i] * a->stride[i];
        index /= a->extent[i];
    }
    return sum;
}

/// Whether the reduced positions are the adjacent ones.
static bool is_along(int64_t step, const axes *reduced) { return step != 1 && reduced->stride[reduced->rank - 1] == 1; }

/// Results of a row that stay together: those that are side by side in vectors.
static int64_t block_results(const axes *kept, const axes *reduced) { return is_along(kept->stride[kept->rank - 1], reduced) ? 1 : BLOCK; }

static int64_t tile_blocks(const axes *kept, const axes *reduced) {
    const int64_t inner = kept->extent[kept->rank - 1], blocks = kept->count / inner * ck_ceil_div(inner, block_results(kept, reduced));
    double work = (double)kept->count * (double)ck_max(1, reduced->count);
    // A tile of fewer would wait for its additions.
    const int64_t most = is_along(kept->stride[kept->rank - 1], reduced) ? blocks / (AT_ONCE - 1) : blocks;
    return ck_max(1, ck_min(most, work > 1e6 * TILE_ELEMENTS ? most : (int64_t)(work / TILE_ELEMENTS)));
}

int64_t ck_reduce_tiles(const void *args) {
    const ck_reduce_args *p = args;
    axes kept = merge(p->kept_rank, p->kept_extent, p->kept_stride), reduced = merge(p->reduced_rank, p->reduced_extent, p->reduced_stride);
    return kept.count <= 0 ? 0 : tile_blocks(&kept, &reduced);
}

/// `results` ≤ AT_ONCE results, `step` apart, each along its reduced positions; `source` is the first one's first element.
#define DEFINE_ALONG(name, type, wide, result, start, join) \
    CK_INLINE void name##_along(const int results, const type *source, int64_t step, const axes *reduced, result *target) { \
        const int64_t inner = reduced->extent[reduced->rank - 1], outer = reduced->count == 0 ? 0 : reduced->count / inner; \
        wide lanes[AT_ONCE][LANES]; \
        for (int r = 0; r < results; r++) { \
            for (int l = 0; l < LANES; l++) lanes[r][l] = (start); \
        } \
        for (int64_t o = 0; o < outer; o++) { \
            const type *row = source + offset(reduced, o); \
            int64_t i = 0; \
            for (; i + LANES <= inner; i += LANES) { \
                for (int r = 0; r < results; r++) { \
                    for (int l = 0; l < LANES; l++) { \
                        wide a = lanes[r][l], b = (wide)row[r * step + i + l]; \
                        lanes[r][l] = (join); \
                    } \
                } \
            } \
            for (; i < inner; i++) { \
                for (int r = 0; r < results; r++) { \
                    wide a = lanes[r][i % LANES], b = (wide)row[r * step + i]; \
                    lanes[r][i % LANES] = (join); \
                } \
            } \
        } \
        for (int r = 0; r < results; r++) { \
            for (int half = LANES / 2; half > 0; half /= 2) { \
                for (int l = 0; l < half; l++) { \
                    wide a = lanes[r][l], b = lanes[r][l + half]; \
                    lanes[r][l] = (join); \
                } \
            } \
            target[r] = (result)lanes[r][0]; \
        } \
    }

/// `count` results of one block; `source` is the first one's first element.
#define DEFINE_REDUCTION(name, type, wide, result, start, join) \
    DEFINE_ALONG(name, type, wide, result, start, join) \
    CK_CLONES static void name(const type *source, int64_t step, const axes *reduced, int64_t count, result *target) { \
        if (is_along(step, reduced)) { \
            int64_t j = 0; \
            for (; j + AT_ONCE <= count; j += AT_ONCE) name##_along(AT_ONCE, source + j * step, step, reduced, target + j); \
            if (count - j == 3) name##_along(3, source + j * step, step, reduced, target + j); \
            if (count - j == 2) name##_along(2, source + j * step, step, reduced, target + j); \
            if (count - j == 1) name##_along(1, source + j * step, step, reduced, target + j); \
            return; \
        } \
        const int64_t inner = reduced->extent[reduced->rank - 1], stride = reduced->stride[reduced->rank - 1]; \
        const int64_t outer = reduced->count == 0 ? 0 : reduced->count / inner; \
        wide sums[BLOCK]; \
        for (int64_t j = 0; j < BLOCK; j++) sums[j] = (start); \
        for (int64_t o = 0; o < outer; o++) { \
            const type *row = source + offset(reduced, o); \
            for (int64_t i = 0; i < inner; i++, row += stride) { \
                if (step == 1) { \
                    for (int64_t j = 0; j < count; j++) { \
                        wide a = sums[j], b = (wide)row[j]; \
                        sums[j] = (join); \
                    } \
                } else { \
                    for (int64_t j = 0; j < count; j++) { \
                        wide a = sums[j], b = (wide)row[j * step]; \
                        sums[j] = (join); \
                    } \
                } \
            } \
        } \
        for (int64_t j = 0; j < count; j++) target[j] = (result)sums[j]; \
    }

DEFINE_REDUCTION(sum_bool, uint8_t, int64_t, int64_t, 0, a + b)
DEFINE_REDUCTION(and_bool, uint8_t, uint8_t, uint8_t, 1, a & b)
DEFINE_REDUCTION(or_bool, uint8_t, uint8_t, uint8_t, 0, a | b)
DEFINE_REDUCTION(sum_i32, int32_t, uint32_t, int32_t, 0, a + b)
DEFINE_REDUCTION(product_i32, int32_t, uint32_t, int32_t, 1, a *b)
DEFINE_REDUCTION(maximum_i32, int32_t, int32_t, int32_t, INT32_MIN, b > a ? b : a)
DEFINE_REDUCTION(minimum_i32, int32_t, int32_t, int32_t, INT32_MAX, b < a ? b : a)
DEFINE_REDUCTION(sum_i64, int64_t, uint64_t, int64_t, 0, a + b)
DEFINE_REDUCTION(product_i64, int64_t, uint64_t, int64_t, 1, a *b)
DEFINE_REDUCTION(maximum_i64, int64_t, int64_t, int64_t, INT64_MIN, b > a ? b : a)
DEFINE_REDUCTION(minimum_i64, int64_t, int64_t, int64_t, INT64_MAX, b < a ? b : a)
DEFINE_REDUCTION(sum_f32, float, double, float, 0, a + b)
DEFINE_REDUCTION(product_f32, float, double, float, 1, a *b)
DEFINE_REDUCTION(maximum_f32, float, float, float, -INFINITY, b > a || b != b ? b : a)
DEFINE_REDUCTION(minimum_f32, float, float, float, INFINITY, b < a || b != b ? b : a)
DEFINE_REDUCTION(sum_f64, double, double, double, 0, a + b)
DEFINE_REDUCTION(product_f64, double, double, double, 1, a *b)
DEFINE_REDUCTION(maximum_f64, double, double, double, -INFINITY, b > a || b != b ? b : a)
DEFINE_REDUCTION(minimum_f64, double, double, double, INFINITY, b < a || b != b ? b : a)

void ck_reduce_run(const void *args, int64_t tile) {
    const ck_reduce_args *p = args;
    axes kept = merge(p->kept_rank, p->kept_extent, p->kept_stride), reduced = merge(p->reduced_rank, p->reduced_extent, p->reduced_stride);
    const int64_t inner = kept.extent[kept.rank - 1], step = kept.stride[kept.rank - 1];
    const int64_t unit = block_results(&kept, &reduced), per_row = ck_ceil_div(inner, unit);
    const int64_t blocks = kept.count / inner * per_row, tiles = tile_blocks(&kept, &reduced);
    const int64_t bytes = ck_type_bytes(p->type), result_bytes = p->type == CK_BOOL && p->operation == CK_SUM ? 8 : bytes;
    const int64_t end = ck_share(blocks, tiles, tile + 1);
    for (int64_t block = ck_share(blocks, tiles, tile), taken; block < end; block += taken) {
        const int64_t row = block / per_row, first = block % per_row * unit;
        taken = unit == 1 ? ck_min(end - block, inner - first) : 1;
        const int64_t count = ck_min(taken * unit, inner - first);
        const void *source = (const char *)p->source + (offset(&kept, row) + first * step) * bytes;
        void *target = (char *)p->target + (row * inner + first) * result_bytes;
        switch (p->type * 4 + p->operation) {
#define CASE(type, operation, name) \
    case type * 4 + operation: name(source, step, &reduced, count, target); break
            CASE(CK_BOOL, CK_SUM, sum_bool);
            CASE(CK_BOOL, CK_PRODUCT, and_bool);
            CASE(CK_BOOL, CK_MAXIMUM, or_bool);
            CASE(CK_BOOL, CK_MINIMUM, and_bool);
            CASE(CK_I32, CK_SUM, sum_i32);
            CASE(CK_I32, CK_PRODUCT, product_i32);
            CASE(CK_I32, CK_MAXIMUM, maximum_i32);
            CASE(CK_I32, CK_MINIMUM, minimum_i32);
            CASE(CK_I64, CK_SUM, sum_i64);
            CASE(CK_I64, CK_PRODUCT, product_i64);
            CASE(CK_I64, CK_MAXIMUM, maximum_i64);
            CASE(CK_I64, CK_MINIMUM, minimum_i64);
            CASE(CK_F32, CK_SUM, sum_f32);
            CASE(CK_F32, CK_PRODUCT, product_f32);
            CASE(CK_F32, CK_MAXIMUM, maximum_f32);
            CASE(CK_F32, CK_MINIMUM, minimum_f32);
            CASE(CK_F64, CK_SUM, sum_f64);
            CASE(CK_F64, CK_PRODUCT, product_f64);
            CASE(CK_F64, CK_MAXIMUM, maximum_f64);
            CASE(CK_F64, CK_MINIMUM, minimum_f64);
        }
    }
}
