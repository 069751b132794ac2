#pragma once
#include "ck_base.h"

/// Where one operand of attention lies: rows of adjacent elements; strides in elements from one row, inner and outer head to the next.
typedef struct {
    int64_t outer, inner, row;
} ck_attention_layout;

/// What attention and its gradient have in common: `outer` × `inner` heads, in each `queries` rows of Q and `keys` rows of K of `depth` elements, and as
/// many rows of V of `width` elements.
///
/// The score of a query and a key is q·k times (or by) `scale`, or `fill` where the key is hidden from the query: with `is_causal` key j from query i where
/// j > i + `offset`; with a `mask` (one byte a pair, its strides in bytes, 0 repeats) where that is 0. f32; every sum is one chain over keys, or over queries,
/// in ascending order, so that the bits depend neither on tiles, threads nor AVX2 against AVX-512.
/// A key that is hidden from all queries of a tile and has a weight of exactly 0 there is passed over: a value of it that is not finite does no harm.
typedef struct {
    const float *q, *k, *v;
    const uint8_t *mask;
    ck_attention_layout q_at, k_at, v_at;
    int64_t mask_outer, mask_inner, mask_row, mask_column;
    int64_t outer, inner, queries, keys, depth, width;
    int64_t offset;
    float scale, fill;
    /// Null, or where the scale or the fill is.
    const float *scale_from, *fill_from;
    /// Whether products are divided by the scale.
    bool divides, is_causal;
} ck_attention_problem;

/// O = softmax(scores)·V by tiles of keys, with the maximum and the sum so far (Milakov and Gimelshein, "Online normalizer calculation for softmax", 2018;
/// Dao et al., "FlashAttention", 2022): the scores of a few queries and 128 keys are all that there ever is.
typedef struct {
    ck_attention_problem problem;
    float *o;
    ck_attention_layout o_at;
    /// Null, or [heads][2][queries]: the largest score of each row, then the inverse of the sum of its exponentials.
    float *statistics;
} ck_attention_args;

int64_t ck_attention_tiles(const void *args);
void ck_attention_run(const void *args, int64_t tile);
int64_t ck_attention_scratch(const void *args);

/// The gradients in Q, K and V (each null where nobody wants it) of Σ dO∘O, from O and the statistics: weights are computed again.
/// Tiles are counted before pointers are known, so what is wanted is also said.
typedef struct {
    ck_attention_problem problem;
    const float *o, *o_gradient;
    const float *statistics;
    float *q_gradient, *k_gradient, *v_gradient;
    ck_attention_layout o_at, o_gradient_at, q_gradient_at, k_gradient_at, v_gradient_at;
    /// Whether there is a gradient in queries, and one in keys or values.
    bool wants_queries, wants_keys;
    /// Whether the gradients in keys and values and those in queries are taken apart, each by tiles of its own: weights are computed twice, and a head
    /// falls to several threads. The bits are the same.
    bool is_split;
} ck_attention_gradient_args;

int64_t ck_attention_gradient_tiles(const void *args);
void ck_attention_gradient_run(const void *args, int64_t tile);
int64_t ck_attention_gradient_scratch(const void *args);
