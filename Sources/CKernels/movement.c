#include <string.h>

#include "product.h"

// Strided blocks. Axes are first brought into the order of the target's strides and merged where two are one; then each tile is a
// nest of loops around a kernel for the innermost one or two axes.

enum { TILE_ELEMENTS = 16384, TILES_MOST = 64 };

typedef struct {
    int64_t rank;
    int64_t extent[CK_RANK], source[CK_RANK], target[CK_RANK];
    /// Tiles along the two outermost axes.
    int64_t parts[2];
} block;

static int64_t magnitude(int64_t a) { return a < 0 ? -a : a; }

static void normalise(block *b, int64_t rank, const int64_t *extent, const int64_t *source, const int64_t *target) {
    b->rank = 0;
    b->parts[0] = b->parts[1] = 1;
    for (int64_t i = 0; i < rank; i++) {
        if (extent[i] <= 0) {
            b->parts[0] = 0;
            return;
        }
        if (extent[i] == 1) continue;
        // Insertion: widest target stride first, equal ones in the given order.
        int64_t at = b->rank++;
        while (at > 0 && magnitude(b->target[at - 1]) < magnitude(target[i])) {
            b->extent[at] = b->extent[at - 1], b->source[at] = b->source[at - 1], b->target[at] = b->target[at - 1];
            at--;
        }
        b->extent[at] = extent[i], b->source[at] = source[i], b->target[at] = target[i];
    }
    int64_t merged = 0;
    for (int64_t i = 1; i < b->rank; i++) {
        bool one = b->source[merged] == b->source[i] * b->extent[i] && b->target[merged] == b->target[i] * b->extent[i];
        if (one) {
            b->extent[merged] *= b->extent[i];
        } else {
            merged++;
            b->extent[merged] = b->extent[i];
        }
        b->source[merged] = b->source[i], b->target[merged] = b->target[i];
    }
    if (b->rank > 0) {
        b->rank = merged + 1;
    } else {
        b->rank = 1;
        b->extent[0] = 1, b->source[0] = 0, b->target[0] = 1;
    }
    double count = 1;
    for (int64_t i = 0; i < b->rank; i++) count *= (double)b->extent[i];
    int64_t wanted = count < TILE_ELEMENTS ? 1 : count > (double)TILE_ELEMENTS * TILES_MOST ? TILES_MOST : (int64_t)(count / TILE_ELEMENTS);
    b->parts[0] = ck_min(wanted, b->extent[0]);
    if (b->rank > 1) b->parts[1] = ck_min(ck_ceil_div(wanted, b->parts[0]), b->extent[1]);
}

/// Confines a block to one tile; gives the element offsets of its corner.
static void confine(block *b, int64_t tile, int64_t *source, int64_t *target) {
    *source = *target = 0;
    int64_t part[2] = {tile / b->parts[1], tile % b->parts[1]};
    for (int64_t i = 0; i < 2 && i < b->rank; i++) {
        int64_t start = ck_share(b->extent[i], b->parts[i], part[i]), end = ck_share(b->extent[i], b->parts[i], part[i] + 1);
        *source += start * b->source[i];
        *target += start * b->target[i];
        b->extent[i] = end - start;
    }
}

/// One row: count elements from stride s to stride t.
#define DEFINE_ROW(name, type) \
    CK_CLONES static void name(const type *source, int64_t s, type *target, int64_t t, int64_t count) { \
        if (s == 1 && t == 1) { \
            memcpy(target, source, (size_t)count * sizeof(type)); \
        } else if (s == 0 && t == 1) { \
            type value = *source; \
            for (int64_t i = 0; i < count; i++) target[i] = value; \
        } else { \
            for (int64_t i = 0; i < count; i++) target[i * t] = source[i * s]; \
        } \
    }
DEFINE_ROW(row1, uint8_t)
DEFINE_ROW(row4, uint32_t)
DEFINE_ROW(row8, uint64_t)

enum { BLOCK = 64 };

/// A plane target[j · t + i] = source[i · s + j], in blocks that the first cache holds.
#define DEFINE_PLANE(name, type) \
    CK_CLONES static void name(const type *source, int64_t s, type *target, int64_t t, int64_t rows, int64_t columns) { \
        for (int64_t j0 = 0; j0 < columns; j0 += BLOCK) { \
            for (int64_t i0 = 0; i0 < rows; i0 += BLOCK) { \
                for (int64_t j = j0; j < ck_min(columns, j0 + BLOCK); j++) { \
                    for (int64_t i = i0; i < ck_min(rows, i0 + BLOCK); i++) target[j * t + i] = source[i * s + j]; \
                } \
            } \
        } \
    }
DEFINE_PLANE(plane1, uint8_t)
DEFINE_PLANE(plane8, uint64_t)

/// A plane of few rows that lie side by side in the target, like channels of an image that are brought together.
CK_CLONES static void weave4(const uint32_t *source, int64_t s, uint32_t *target, int64_t rows, int64_t columns) {
    if (rows == 3) {
        for (int64_t j = 0; j < columns; j++) {
            target[3 * j] = source[j];
            target[3 * j + 1] = source[s + j];
            target[3 * j + 2] = source[2 * s + j];
        }
        return;
    }
    for (int64_t j = 0; j < columns; j++) {
        for (int64_t i = 0; i < rows; i++) target[j * rows + i] = source[i * s + j];
    }
}

static void plane4(const uint32_t *source, int64_t s, uint32_t *target, int64_t t, int64_t rows, int64_t columns) {
    if (rows < 8 && t == rows) {
        weave4(source, s, target, rows, columns);
        return;
    }
    const ck_product_kernels *kernels = ck_product_kernels_now();
    for (int64_t j = 0; j < columns; j += BLOCK) {
        int64_t depth = ck_min(BLOCK, columns - j), i = 0;
        for (; i + 8 <= rows; i += 8) kernels->transpose8((const float *)source + i * s + j, s, depth, (float *)target + j * t + i, t);
        for (; i < rows; i++) row4(source + i * s + j, 1, target + j * t + i, t, depth);
    }
}

static void copy_plane(int bytes, const void *source, int64_t s, void *target, int64_t t, int64_t rows, int64_t columns) {
    switch (bytes) {
    case 1: plane1(source, s, target, t, rows, columns); break;
    case 4: plane4(source, s, target, t, rows, columns); break;
    case 8: plane8(source, s, target, t, rows, columns); break;
    }
}

static void copy_row(int bytes, const void *source, int64_t s, void *target, int64_t t, int64_t count) {
    switch (bytes) {
    case 1: row1(source, s, target, t, count); break;
    case 4: row4(source, s, target, t, count); break;
    case 8: row8(source, s, target, t, count); break;
    }
}

static void copy_axes(const block *b, int64_t axis, int64_t plane, int bytes, const char *source, char *target) {
    int64_t inner = b->rank - 1;
    if (axis == inner && plane >= 0) {
        copy_plane(bytes, source, b->source[inner], target, b->target[plane], b->extent[inner], b->extent[plane]);
    } else if (axis == inner) {
        copy_row(bytes, source, b->source[inner], target, b->target[inner], b->extent[inner]);
    } else if (axis == plane) {
        copy_axes(b, axis + 1, plane, bytes, source, target);
    } else {
        for (int64_t i = 0; i < b->extent[axis]; i++) {
            copy_axes(b, axis + 1, plane, bytes, source + i * b->source[axis] * bytes, target + i * b->target[axis] * bytes);
        }
    }
}

int64_t ck_copy_tiles(const void *args) {
    const ck_copy_args *p = args;
    block b;
    normalise(&b, p->rank, p->extent, p->source_stride, p->target_stride);
    return b.parts[0] * b.parts[1];
}

void ck_copy_run(const void *args, int64_t tile) {
    const ck_copy_args *p = args;
    block b;
    normalise(&b, p->rank, p->extent, p->source_stride, p->target_stride);
    int64_t source, target;
    confine(&b, tile, &source, &target);
    if (p->source_start != NULL) source += *p->source_start * p->source_start_stride;
    if (p->target_start != NULL) target += *p->target_start * p->target_start_stride;
    // Where the source runs along another axis than the target, the two make a plane to transpose.
    int64_t inner = b.rank - 1, plane = -1;
    if (b.target[inner] == 1 && magnitude(b.source[inner]) > 1 && b.extent[inner] >= 4) {
        for (int64_t i = 0; i < inner; i++) {
            if (b.source[i] == 1 && b.extent[i] >= 4) plane = i;
        }
    }
    copy_axes(&b, 0, plane, p->element_bytes, (const char *)p->source + source * p->element_bytes, (char *)p->target + target * p->element_bytes);
}

static const int64_t no_strides[CK_RANK];

static void fill_axes(const block *b, int64_t axis, int bytes, const uint64_t *bits, char *target) {
    if (axis == b->rank - 1) {
        // The value is read with stride 0: its lowest bytes come first on every processor we know.
        copy_row(bytes, bits, 0, target, b->target[axis], b->extent[axis]);
        return;
    }
    for (int64_t i = 0; i < b->extent[axis]; i++) fill_axes(b, axis + 1, bytes, bits, target + i * b->target[axis] * bytes);
}

int64_t ck_fill_tiles(const void *args) {
    const ck_fill_args *p = args;
    block b;
    normalise(&b, p->rank, p->extent, no_strides, p->target_stride);
    return b.parts[0] * b.parts[1];
}

void ck_fill_run(const void *args, int64_t tile) {
    const ck_fill_args *p = args;
    block b;
    normalise(&b, p->rank, p->extent, no_strides, p->target_stride);
    int64_t source, target;
    confine(&b, tile, &source, &target);
    fill_axes(&b, 0, p->element_bytes, &p->bits, (char *)p->target + target * p->element_bytes);
}

int64_t ck_iota_tiles(const void *args) {
    const ck_iota_args *p = args;
    return p->outer <= 0 || p->length <= 0 || p->inner <= 0 ? 0 : 1;
}

#define FILL_IOTA(type) \
    for (int64_t o = 0; o < p->outer; o++) { \
        for (int64_t l = 0; l < p->length; l++) { \
            type *row = (type *)p->target + (o * p->length + l) * p->inner; \
            for (int64_t i = 0; i < p->inner; i++) row[i] = (type)l; \
        } \
    }

void ck_iota_run(const void *args, int64_t tile) {
    const ck_iota_args *p = args;
    (void)tile;
    switch (p->type) {
    case CK_I32: FILL_IOTA(int32_t) break;
    case CK_I64: FILL_IOTA(int64_t) break;
    case CK_F32: FILL_IOTA(float) break;
    case CK_F64: FILL_IOTA(double) break;
    }
}
