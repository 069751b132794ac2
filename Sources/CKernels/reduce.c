#include <float.h>
#include <math.h>

#include "internal.h"

// One order for all: where the kept axes are the adjacent ones, each result is a chain over the reduced positions in row-major order
// (64 results side by side); where a reduced axis is adjacent, 8 lanes take turns along it and are joined by a fixed tree at the end.
// f32 is summed in double precision.

enum { BLOCK = 64, LANES = 8, TILE_ELEMENTS = 65536 };

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

static int64_t tile_blocks(const axes *kept, const axes *reduced) {
    int64_t blocks = kept->count / kept->extent[kept->rank - 1] * ck_ceil_div(kept->extent[kept->rank - 1], BLOCK);
    double work = (double)kept->count * (double)ck_max(1, reduced->count);
    return ck_max(1, ck_min(blocks, work > 1e6 * TILE_ELEMENTS ? blocks : (int64_t)(work / TILE_ELEMENTS)));
}

int64_t ck_reduce_tiles(const void *args) {
    const ck_reduce_args *p = args;
    axes kept = merge(p->kept_rank, p->kept_extent, p->kept_stride), reduced = merge(p->reduced_rank, p->reduced_extent, p->reduced_stride);
    return kept.count <= 0 ? 0 : tile_blocks(&kept, &reduced);
}

/// `count` adjacent results of one block; `source` is the first one's first element.
#define DEFINE_REDUCTION(name, type, wide, result, start, join) \
    CK_CLONES static void name(const type *source, int64_t step, const axes *reduced, int64_t count, result *target) { \
        const int64_t inner = reduced->extent[reduced->rank - 1], stride = reduced->stride[reduced->rank - 1]; \
        const int64_t outer = reduced->count == 0 ? 0 : reduced->count / inner; \
        if (step == 1 || stride != 1) { \
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
            return; \
        } \
        for (int64_t j = 0; j < count; j++) { \
            wide lanes[LANES]; \
            for (int l = 0; l < LANES; l++) lanes[l] = (start); \
            for (int64_t o = 0; o < outer; o++) { \
                const type *row = source + j * step + offset(reduced, o); \
                int64_t i = 0; \
                for (; i + LANES <= inner; i += LANES) { \
                    for (int l = 0; l < LANES; l++) { \
                        wide a = lanes[l], b = (wide)row[i + l]; \
                        lanes[l] = (join); \
                    } \
                } \
                for (; i < inner; i++) { \
                    wide a = lanes[i % LANES], b = (wide)row[i]; \
                    lanes[i % LANES] = (join); \
                } \
            } \
            for (int half = LANES / 2; half > 0; half /= 2) { \
                for (int l = 0; l < half; l++) { \
                    wide a = lanes[l], b = lanes[l + half]; \
                    lanes[l] = (join); \
                } \
            } \
            target[j] = (result)lanes[0]; \
        } \
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
    const int64_t inner = kept.extent[kept.rank - 1], step = kept.stride[kept.rank - 1], per_row = ck_ceil_div(inner, BLOCK);
    const int64_t blocks = kept.count / inner * per_row, tiles = tile_blocks(&kept, &reduced);
    const int64_t bytes = ck_type_bytes(p->type), result_bytes = p->type == CK_BOOL && p->operation == CK_SUM ? 8 : bytes;
    for (int64_t block = ck_share(blocks, tiles, tile); block < ck_share(blocks, tiles, tile + 1); block++) {
        int64_t row = block / per_row, first = block % per_row * BLOCK, count = ck_min(BLOCK, inner - first);
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
