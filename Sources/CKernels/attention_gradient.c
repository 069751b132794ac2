#include <math.h>
#include <string.h>

#include "attention_tiles.h"

/// Operations of a tile, and the queries of one where gradients in queries are taken apart.
static const double work_least = 8e5;
enum { GROUP = 256 };

/// Whole heads a tile, or tiles of `blocks` blocks of keys, then of `groups` groups of queries for each head.
typedef struct {
    int64_t heads, head_tiles, blocks, groups;
} gradient_plan;

static gradient_plan make_plan(const ck_attention_gradient_args *x) {
    const ck_attention_problem *p = &x->problem;
    gradient_plan plan = {.heads = p->outer * p->inner};
    if (plan.heads <= 0 || p->queries <= 0 || p->keys <= 0) return (gradient_plan){0};
    const double work = 2.5 * ck_attention_work(p) / (double)plan.heads;
    plan.head_tiles = ck_ceil_div(plan.heads, work >= work_least ? 1 : (int64_t)(work_least / work) + 1);
    plan.blocks = x->wants_keys ? ck_ceil_div(p->keys, CK_KEYS) : 0;
    plan.groups = x->wants_queries ? ck_ceil_div(p->queries, GROUP) : 0;
    return plan;
}

/// What one thread has of a block of keys and a tile of queries.
typedef struct {
    const ck_product_kernels *kernels;
    const ck_attention_rows *rows;
    /// Kᵀ, Vᵀ and K of the block in panels.
    float *keys_turned, *values_turned, *keys;
    /// Q and dO of the tile in panels, where they cannot be read as they lie.
    float *queries, *upstream;
    /// Weights and slopes of the tile; of each query the mean slope.
    float *weights, *slopes, *mean;
} gradient_memory;

/// Which of the gradients a tile makes.
typedef struct {
    float *q, *k, *v;
} gradient_targets;

/// A tile's rows as the right side of a product: where they lie if whole panels do, else copied.
static const float *right_side(const gradient_memory *m, const float *x, int64_t row, int64_t columns, int64_t rows, float *copy, int64_t *b_row) {
    if (columns % CK_PANEL == 0) {
        *b_row = row;
        return x;
    }
    ck_attention_pack(m->kernels, x, row, 1, columns, rows, copy);
    *b_row = CK_PANEL;
    return copy;
}

/// C += Aᵀ·B, where B's rows lie as they do in a tensor, or are panels of `rows`; these have the stride of a panel, as has a tensor of one panel.
static void add_turned(
    const gradient_memory *m, const float *a, int64_t columns, const float *b, int64_t b_row, int64_t rows, int64_t width, float *c, int64_t c_row) {
    ck_panel job = {.rows = columns, .depth = rows, .a = a, .a_row = 1, .a_column = CK_PITCH, .b_row = b_row, .c_row = c_row, .loads = true};
    for (int64_t q = 0; q < width; q += CK_PANEL) {
        job.columns = ck_min(CK_PANEL, width - q);
        job.b = b + (b_row == CK_PANEL ? q * rows : q);
        job.c = c + q;
        m->kernels->panel(&job);
    }
}

static void take_tile(const ck_attention_gradient_args *x, const gradient_memory *m, gradient_targets to, int64_t head, int64_t query, int64_t count,
                      int64_t key, int64_t keys, int64_t columns) {
    const ck_attention_problem *p = &x->problem;
    const float *q = p->q + ck_attention_at(p->q_at, p, head) + query * p->q_at.row;
    const float *upstream = x->o_gradient + ck_attention_at(x->o_gradient_at, p, head) + query * x->o_gradient_at.row;
    const float *statistics = x->statistics + head * 2 * p->queries + query;
    ck_panel job = {.rows = count, .depth = p->depth, .a = q, .a_row = p->q_at.row, .a_column = 1, .c_row = CK_PITCH};
    const int64_t seen = ck_attention_seen(p, query + count - 1, key, keys);
    ck_attention_multiply(m->kernels, job, m->keys_turned, p->depth * CK_PANEL, seen, m->weights);
    job.depth = p->width, job.a = upstream, job.a_row = x->o_gradient_at.row;
    ck_attention_multiply(m->kernels, job, m->values_turned, p->width * CK_PANEL, seen, m->slopes);
    ck_attention_tile tile = ck_attention_make_tile(p, head, query, count, key, columns, m->weights);
    m->rows->slopes(&tile, m->slopes, statistics, statistics + p->queries, m->mean);
    int64_t b_row;
    if (to.v != NULL) {
        const float *b = right_side(m, upstream, x->o_gradient_at.row, p->width, count, m->upstream, &b_row);
        add_turned(m, m->weights, columns, b, b_row, count, p->width, to.v + key * x->v_gradient_at.row, x->v_gradient_at.row);
    }
    if (to.k != NULL) {
        const float *b = right_side(m, q, p->q_at.row, p->depth, count, m->queries, &b_row);
        add_turned(m, m->slopes, columns, b, b_row, count, p->depth, to.k + key * x->k_gradient_at.row, x->k_gradient_at.row);
    }
    if (to.q != NULL) {
        ck_panel last = {.rows = count, .depth = columns, .a = m->slopes, .a_row = CK_PITCH, .a_column = 1, .c_row = x->q_gradient_at.row, .loads = true};
        ck_attention_multiply(m->kernels, last, m->keys, keys * CK_PANEL, p->depth, to.q + query * x->q_gradient_at.row);
    }
}

static void clear(float *x, int64_t rows, int64_t columns, int64_t stride) {
    for (int64_t i = 0; i < rows; i++) memset(x + i * stride, 0, (size_t)columns * sizeof *x);
}

/// What keys first_key..<last_key (the first a multiple of a block) and queries first..<last of a head do to each other.
static void take(const ck_attention_gradient_args *x, const gradient_memory *shared, gradient_targets to, int64_t head, int64_t first_key, int64_t last_key,
                 int64_t first, int64_t last) {
    const ck_attention_problem *p = &x->problem;
    const float *k = p->k + ck_attention_at(p->k_at, p, head), *v = p->v + ck_attention_at(p->v_at, p, head);
    const float *largest = x->statistics + head * 2 * p->queries;
    if (to.q != NULL) clear(to.q + first * x->q_gradient_at.row, last - first, p->depth, x->q_gradient_at.row);
    const int64_t size = ck_attention_queries(p), tiles = ck_ceil_div(last - first, size);
    // D = rowsum(dO ∘ O): the mean of a row's slopes under its weights.
    shared->rows->dots(last - first, p->width, x->o_gradient + ck_attention_at(x->o_gradient_at, p, head) + first * x->o_gradient_at.row, x->o_gradient_at.row,
                       x->o + ck_attention_at(x->o_at, p, head) + first * x->o_at.row, x->o_at.row, shared->mean);
    for (int64_t key = first_key; key < last_key; key += CK_KEYS) {
        const int64_t keys = ck_min(CK_KEYS, last_key - key);
        if (to.k != NULL) clear(to.k + key * x->k_gradient_at.row, keys, p->depth, x->k_gradient_at.row);
        if (to.v != NULL) clear(to.v + key * x->v_gradient_at.row, keys, p->width, x->v_gradient_at.row);
        bool is_packed = false;
        for (int64_t t = 0; t < tiles; t++) {
            const int64_t query = first + ck_share(last - first, tiles, t), count = first + ck_share(last - first, tiles, t + 1) - query;
            int64_t columns = ck_attention_seen(p, query + count - 1, key, keys);
            if (columns < keys && !ck_attention_hides(largest + query, count, p->fill)) columns = keys;
            if (columns == 0) continue;
            if (!is_packed) {
                ck_attention_pack(shared->kernels, k + key * p->k_at.row, 1, p->k_at.row, keys, p->depth, shared->keys_turned);
                ck_attention_pack(shared->kernels, v + key * p->v_at.row, 1, p->v_at.row, keys, p->width, shared->values_turned);
                if (to.q != NULL) ck_attention_pack(shared->kernels, k + key * p->k_at.row, p->k_at.row, 1, p->depth, keys, shared->keys);
                is_packed = true;
            }
            gradient_memory m = *shared;
            m.mean = shared->mean + (query - first);
            take_tile(x, &m, to, head, query, count, key, keys, columns);
        }
    }
}

int64_t ck_attention_gradient_tiles(const void *args) {
    const ck_attention_gradient_args *x = args;
    gradient_plan plan = make_plan(x);
    return x->is_split ? plan.heads * (plan.blocks + plan.groups) : plan.head_tiles;
}

/// The floats of each part of a tile's memory.
enum { PARTS = 8 };
static void part_counts(const ck_attention_problem *p, int64_t *counts) {
    const int64_t depth = ck_attention_panels(p->depth) * CK_PANEL, width = ck_attention_panels(p->width) * CK_PANEL;
    const int64_t own[PARTS] = {CK_KEYS * p->depth, CK_KEYS * p->width, CK_KEYS * depth, CK_QUERIES * depth, CK_QUERIES * width, CK_QUERIES * CK_PITCH,
                                CK_QUERIES * CK_PITCH, p->queries};
    // Off the 4 KB grid, each by another line.
    for (int i = 0; i < PARTS; i++) counts[i] = (own[i] + 15) / 16 * 16 + 16;
}

int64_t ck_attention_gradient_scratch(const void *args) {
    int64_t counts[PARTS], sum = 0;
    part_counts(&((const ck_attention_gradient_args *)args)->problem, counts);
    for (int i = 0; i < PARTS; i++) sum += counts[i];
    return sum * (int64_t)sizeof(float);
}

void ck_attention_gradient_run(const void *args, int64_t tile) {
    ck_attention_gradient_args made = *(const ck_attention_gradient_args *)args;
    made.problem = ck_attention_resolved(made.problem);
    const ck_attention_gradient_args *x = &made;
    const ck_attention_problem *p = &x->problem;
    const gradient_plan plan = make_plan(x);
    int64_t counts[PARTS];
    part_counts(p, counts);
    float *memory = ck_scratch(ck_attention_gradient_scratch(x)), *parts[PARTS];
    gradient_targets to = {x->q_gradient, x->k_gradient, x->v_gradient};
    int64_t first_head, last_head, first_key = 0, last_key = p->keys, first = 0, last = p->queries;
    if (x->is_split) {
        const int64_t each = plan.blocks + plan.groups, part = tile % each;
        first_head = tile / each, last_head = first_head + 1;
        if (part < plan.blocks) {
            to.q = NULL;
            first_key = part * CK_KEYS, last_key = ck_min(p->keys, first_key + CK_KEYS);
        } else {
            to.k = to.v = NULL;
            first = ck_share(p->queries, plan.groups, part - plan.blocks), last = ck_share(p->queries, plan.groups, part - plan.blocks + 1);
        }
    } else {
        first_head = ck_share(plan.heads, plan.head_tiles, tile), last_head = ck_share(plan.heads, plan.head_tiles, tile + 1);
    }
    for (int64_t head = first_head; head < last_head; head++) {
        gradient_targets own = {to.q == NULL ? NULL : to.q + ck_attention_at(x->q_gradient_at, p, head),
                                to.k == NULL ? NULL : to.k + ck_attention_at(x->k_gradient_at, p, head),
                                to.v == NULL ? NULL : to.v + ck_attention_at(x->v_gradient_at, p, head)};
        if (memory == NULL) {
            // Loudly: a gradient that is not a number is seen.
            if (own.q != NULL) own.q[first * x->q_gradient_at.row] = NAN;
            if (own.k != NULL) own.k[first_key * x->k_gradient_at.row] = NAN;
            if (own.v != NULL) own.v[first_key * x->v_gradient_at.row] = NAN;
            continue;
        }
        float *next = memory;
        for (int i = 0; i < PARTS; i++) {
            parts[i] = next;
            next += counts[i];
        }
        const gradient_memory m = {ck_product_kernels_now(), ck_attention_rows_now(), parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6],
                                   parts[7]};
        take(x, &m, own, head, first_key, last_key, first, last);
    }
}
