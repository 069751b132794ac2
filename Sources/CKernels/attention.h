#pragma once
// What both directions of attention share: tiles of scores, and the operations on their rows, compiled for each instruction set.
#include "include/ck_attention.h"

/// Keys of a block, and how far rows of a tile of scores lie apart: no whole part of a page, or a column of them would fall on few sets of the first cache.
enum { CK_KEYS = 128, CK_PITCH = CK_KEYS + 16 };
/// The most queries of a tile.
enum { CK_QUERIES = 64 };

/// The scores of `rows` queries and `columns` keys. Rows are CK_PITCH floats and are written up to a multiple of 16.
typedef struct {
    float *scores;
    int64_t rows, columns;
    /// Row i sees the first `seen + i` keys (any number), if `is_causal`.
    int64_t seen;
    bool is_causal;
    /// Null, or a byte for each pair.
    const uint8_t *mask;
    int64_t mask_row, mask_column;
    float scale, fill;
} ck_attention_tile;

/// The operations on rows of one instruction set.
typedef struct {
    /// Scales products to scores, hides what is hidden; largest[i] = max(largest[i], the scores of row i), a NaN wins.
    void (*scores)(const ck_attention_tile *tile, float *largest);
    /// scores = exp(scores - shift[i]), sums[i] = sums[i] + their sum. Scores past the columns count for nothing.
    void (*weights)(const ck_attention_tile *tile, const float *shift, float *sums);
    /// From products to weights (in the tile) and to the gradient of products: `slopes`, in a tile like it, holds dO·V at first.
    void (*slopes)(const ck_attention_tile *tile, float *slopes, const float *largest, const float *inverse, const float *mean);
    /// y = exp(a - b), `count` rounded up to 16.
    void (*decay)(int64_t count, const float *a, const float *b, float *y);
    /// Row i of x times factors[i].
    void (*stretch)(int64_t rows, int64_t columns, float *x, int64_t stride, const float *factors);
    /// y[i] = row i of a times row i of b.
    void (*dots)(int64_t rows, int64_t columns, const float *a, int64_t a_stride, const float *b, int64_t b_stride, float *y);
} ck_attention_rows;

extern const ck_attention_rows ck_attention_rows_baseline;
#if defined(__x86_64__)
extern const ck_attention_rows ck_attention_rows_avx2;
extern const ck_attention_rows ck_attention_rows_avx512;
#endif

/// Below the largest score by more than this a weight is exactly 0.
#define CK_ATTENTION_NOTHING 110.0f
