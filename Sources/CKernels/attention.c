#include <math.h>

#include "attention_tiles.h"

/// Operations of a tile, and the queries that share the packing of a head's keys.
static const double work_least = 8e5;
enum { GROUP = 256, GROUP_OF_FEW_HEADS = 128 };

/// Heads of a tile, or groups of queries of a head.
typedef struct {
    int64_t heads, head_tiles, groups;
} forward_plan;

static forward_plan make_plan(const ck_attention_problem *p) {
    forward_plan plan = {.heads = p->outer * p->inner};
    if (plan.heads <= 0 || p->queries <= 0) return (forward_plan){0};
    const double work = ck_attention_work(p) / (double)plan.heads;
    plan.groups = ck_ceil_div(p->queries, plan.heads < 4 ? GROUP_OF_FEW_HEADS : GROUP);
    const int64_t together = plan.groups > 1 || work >= work_least ? 1 : (int64_t)(work_least / work) + 1;
    plan.head_tiles = ck_ceil_div(plan.heads, together);
    return plan;
}

/// What one thread has of a block of keys and a tile of queries.
typedef struct {
    const ck_product_kernels *kernels;
    const ck_attention_rows *rows;
    /// Kᵀ and V of the block in panels; the tile's scores.
    float *keys, *values, *scores;
} forward_memory;

/// The scores of a tile against a block, then its weights and their product with the values.
static void take_tile(const ck_attention_args *args, const forward_memory *m, int64_t head, int64_t query, int64_t count, int64_t key, int64_t keys,
                      float *largest, float *sums) {
    const ck_attention_problem *p = &args->problem;
    _Alignas(64) float before[CK_QUERIES], shift[CK_QUERIES], factors[CK_QUERIES];
    const bool is_first = key == 0;
    int64_t columns = ck_attention_seen(p, query + count - 1, key, keys);
    for (int64_t i = 0; i < count; i++) before[i] = largest[i];
    ck_panel job = {.rows = count, .depth = p->depth, .a = p->q + ck_attention_at(p->q_at, p, head) + query * p->q_at.row, .a_row = p->q_at.row,
                    .a_column = 1, .c_row = CK_PITCH};
    ck_attention_multiply(m->kernels, job, m->keys, p->depth * CK_PANEL, columns, m->scores);
    ck_attention_tile tile = ck_attention_make_tile(p, head, query, count, key, columns, m->scores);
    m->rows->scores(&tile, largest);
    if (columns < keys && !ck_attention_hides(largest, count, p->fill)) {
        for (int64_t i = 0; i < count; i++) {
            for (int64_t j = columns; j < keys; j++) m->scores[i * CK_PITCH + j] = p->fill;
            if (!isnan(largest[i]) && !(largest[i] >= p->fill)) largest[i] = p->fill;
        }
        tile.columns = columns = keys;
    }
    for (int64_t i = 0; i < CK_QUERIES; i++) {
        // A row that has seen nothing but -∞ so far: any shift does.
        const float top = i < count ? largest[i] : 0;
        shift[i] = top == -INFINITY ? 0 : top;
        if (i >= count) before[i] = 0;
    }
    float *o = args->o + ck_attention_at(args->o_at, p, head) + query * args->o_at.row;
    if (!is_first) {
        m->rows->decay(count, before, shift, factors);
        for (int64_t i = 0; i < count; i++) sums[i] *= factors[i];
        m->rows->stretch(count, p->width, o, args->o_at.row, factors);
    }
    m->rows->weights(&tile, shift, sums);
    ck_panel last = {.rows = count, .depth = columns, .a = m->scores, .a_row = CK_PITCH, .a_column = 1, .c_row = args->o_at.row, .loads = !is_first};
    ck_attention_multiply(m->kernels, last, m->values, keys * CK_PANEL, p->width, o);
}

/// Queries start..<end of a head, at most GROUP of them, block after block of keys.
static void take_group(const ck_attention_args *args, const forward_memory *m, int64_t head, int64_t start, int64_t end) {
    const ck_attention_problem *p = &args->problem;
    const int64_t size = ck_attention_queries(p), tiles = ck_ceil_div(end - start, size);
    float largest[GROUP], sums[GROUP];
    for (int64_t i = 0; i < end - start; i++) {
        largest[i] = -INFINITY;
        sums[i] = 0;
    }
    const float *k = p->k + ck_attention_at(p->k_at, p, head), *v = p->v + ck_attention_at(p->v_at, p, head);
    for (int64_t key = 0; key < p->keys; key += CK_KEYS) {
        const int64_t keys = ck_min(CK_KEYS, p->keys - key);
        bool is_packed = false;
        for (int64_t t = 0; t < tiles; t++) {
            const int64_t query = start + ck_share(end - start, tiles, t), count = start + ck_share(end - start, tiles, t + 1) - query;
            const int64_t at = query - start;
            if (ck_attention_seen(p, query + count - 1, key, keys) == 0 && ck_attention_hides(largest + at, count, p->fill)) continue;
            if (!is_packed) {
                ck_attention_pack(m->kernels, k + key * p->k_at.row, 1, p->k_at.row, keys, p->depth, m->keys);
                ck_attention_pack(m->kernels, v + key * p->v_at.row, p->v_at.row, 1, p->width, keys, m->values);
                is_packed = true;
            }
            take_tile(args, m, head, query, count, key, keys, largest + at, sums + at);
        }
    }
    for (int64_t i = 0; i < end - start; i++) sums[i] = 1 / sums[i];
    m->rows->stretch(end - start, p->width, args->o + ck_attention_at(args->o_at, p, head) + start * args->o_at.row, args->o_at.row, sums);
    if (args->statistics == NULL) return;
    float *statistics = args->statistics + head * 2 * p->queries + start;
    for (int64_t i = 0; i < end - start; i++) {
        statistics[i] = largest[i];
        statistics[p->queries + i] = sums[i];
    }
}

int64_t ck_attention_tiles(const void *args) {
    forward_plan plan = make_plan(&((const ck_attention_args *)args)->problem);
    return plan.head_tiles * plan.groups;
}

int64_t ck_attention_scratch(const void *args) {
    const ck_attention_problem *p = &((const ck_attention_args *)args)->problem;
    const int64_t keys = ck_attention_panels(CK_KEYS) * CK_PANEL * p->depth, values = ck_attention_panels(p->width) * CK_PANEL * CK_KEYS;
    return (keys + values + CK_QUERIES * CK_PITCH + 64) * (int64_t)sizeof(float);
}

void ck_attention_run(const void *args, int64_t tile) {
    ck_attention_args own = *(const ck_attention_args *)args;
    own.problem = ck_attention_resolved(own.problem);
    const ck_attention_args *x = &own;
    const ck_attention_problem *p = &x->problem;
    const forward_plan plan = make_plan(p);
    const int64_t head_tile = tile / plan.groups, group = tile % plan.groups;
    const int64_t start = ck_share(p->queries, plan.groups, group), end = ck_share(p->queries, plan.groups, group + 1);
    const int64_t key_count = ck_attention_panels(CK_KEYS) * CK_PANEL * p->depth, value_count = ck_attention_panels(p->width) * CK_PANEL * CK_KEYS;
    float *memory = ck_scratch(ck_attention_scratch(x));
    for (int64_t head = ck_share(plan.heads, plan.head_tiles, head_tile); head < ck_share(plan.heads, plan.head_tiles, head_tile + 1); head++) {
        if (memory == NULL) {
            // Loudly: a step whose loss is not a number commits nothing.
            x->o[ck_attention_at(x->o_at, p, head) + start * x->o_at.row] = NAN;
            continue;
        }
        const forward_memory m = {ck_product_kernels_now(), ck_attention_rows_now(), memory, memory + key_count + 16,
                                  memory + key_count + value_count + 48};
        take_group(x, &m, head, start, end);
    }
}
