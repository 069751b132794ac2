#include <string.h>

#include "product.h"

const ck_product_kernels *ck_product_kernels_now(void) {
    switch (ck_isa()) {
    case CK_AVX512: return ck_product_kernels_avx512();
    case CK_AVX2: return ck_product_kernels_avx2();
    default: return ck_product_kernels_plain();
    }
}

/// A product as it is run: folded, turned, and cut into tiles. Made anew for each tile; it follows from the arguments alone, never from pointers,
/// which are not yet known when the tiles are counted.
typedef struct {
    ck_product_args p;
    int64_t panels;
    /// Tiles along rows, panels and the batch; each an even share.
    int64_t row_tiles, panel_tiles, batch_tiles;
    /// What tiles cost beside their multiply-adds, in operations.
    double cost;
} product_plan;

/// Up to so many rows of a tile a panel of B is taken by all of them at once, and read where it lies: packing it does not pay yet. It does earlier where its
/// rows are whole half-pages apart and fall on few sets.
enum { ROWS_FEW = 64, ROWS_UNPACKED_FEW_SETS = 28 };
/// A tile has at most so many rows, or half of them where its slices are deeper than `CK_DEPTH` and return to C: what it copies of A, and C, stay near.
enum { ROWS_MOST = 504 };
/// Floats of the panels that stay near together.
enum { GROUP_FLOATS = 1 << 16 };
/// Columns of A that are so far apart are copied first.
enum { COLUMN_FAR = 256 };
/// A cut along the rows leaves at least so many.
enum { ROWS_LEAST = 28 };
/// Operations of a tile: at least 5 µs of one core, at most a millisecond while that leaves no more than `tiles_many`.
static const double work_least = 5e5, work_most = 1e8, tiles_few = 8, tiles_many = 16;
/// In operations, what an element costs each time that a tile reads it (A) or copies it (B) or transposes it before it is used, and what a tile costs beside
/// its work. They count the far cache's time, measured on long chains: a narrow tile brings all of A again. What fits a near cache is read for little.
static const double cost_read = 6, cost_near = 1, cost_packed = 2, cost_copied = 14, cost_turned = 22, cost_strided = 30, cost_tile = 2e4;
static const double near_floats = 1 << 18;
/// A step of its own, which packs the panels of B for all tiles: starting it and waiting for its end.
static const double cost_step = 1.5e6;
/// The part that is lost where A is read down its columns.
static const double cost_scattered = 0.2;

/// Whether the columns of A are so far apart that a tile's rows are copied first: reading A where it lies would cost a page and a line for every element of a
/// chain. One panel alone would not read the copy often enough.
static bool is_copied(const ck_product_args *p, int64_t panels) { return p->a_row == 1 && p->a_column >= COLUMN_FAR && panels > 1; }

static product_plan make_plan(const ck_product_args *args) {
    product_plan plan = {.p = *args};
    ck_product_args *p = &plan.p;
    // A matrix shared by the whole batch sees the batch as more rows.
    if (p->batch > 1 && p->m > 0 && p->b_batch == 0 && !p->bias_per_row && p->a_batch == p->m * p->a_row
        && p->c_batch == p->m * p->c_row) {
        p->m *= p->batch;
        p->batch = 1;
    }
    // A matrix times a column is a row times a matrix.
    if (p->n == 1 && p->m > 1 && p->c_row == 1 && !p->is_packed) {
        const void *a = p->a;
        int64_t a_row = p->a_row, a_column = p->a_column, a_batch = p->a_batch;
        p->a = p->b, p->a_row = p->b_column, p->a_column = p->b_row, p->a_batch = p->b_batch;
        p->b = a, p->b_row = a_column, p->b_column = a_row, p->b_batch = a_batch;
        p->n = p->m, p->m = 1;
        p->bias_per_row = !p->bias_per_row;
        p->c_row = p->n;
    }
    plan.panels = ck_ceil_div(p->n, CK_PANEL);
    if (p->m <= 0 || plan.panels <= 0 || p->batch <= 0) {
        plan.row_tiles = plan.panel_tiles = plan.batch_tiles = 0;
        return plan;
    }
    const double depth = (double)p->k + 8, rows = (double)p->m, columns = (double)(plan.panels * CK_PANEL);
    const double per_b = p->is_packed && p->m > 3 ? cost_packed : p->is_packed || p->b_column == 1 ? cost_copied : cost_turned;
    const double matrix_work = columns * depth * (2 * rows + per_b), total = (double)p->batch * matrix_work;
    double wanted = total / tiles_few;
    if (wanted < work_least) wanted = work_least;
    if (wanted > work_most) wanted = total / tiles_many > work_most ? total / tiles_many : work_most;
    plan.row_tiles = ck_ceil_div(p->m, p->k <= CK_DEPTH ? ROWS_MOST : ROWS_MOST / 2);
    plan.panel_tiles = 1;
    plan.batch_tiles = p->is_alone ? 1 : p->batch;
    if (p->is_alone) return plan;
    if (matrix_work < wanted) {
        double items = wanted / matrix_work;
        plan.batch_tiles = items >= (double)p->batch ? 1 : ck_ceil_div(p->batch, (int64_t)items);
        return plan;
    }
    // A cut along the rows reads B once more, a cut along the panels A: the shape of a tile is the one that costs least.
    const int64_t row_tiles_least = plan.row_tiles;
    const double reading = rows * depth > near_floats ? cost_read : cost_near;
    int64_t parts = (int64_t)(matrix_work / wanted + 0.5);
    // So few are not balanced by turns: as many as threads divide.
    parts = parts >= 8 ? (parts + 3) / 4 * 4 : parts >= 4 ? 4 : parts >= 2 ? 2 : 1;
    double best = 0;
    for (int64_t along = 1, next; along <= plan.panels; along = next) {
        next = along < plan.panels && 2 * along > plan.panels ? plan.panels : 2 * along;
        int64_t row_tiles = ck_max(row_tiles_least, ck_min(ck_ceil_div(parts, along), ck_ceil_div(p->m, ROWS_LEAST)));
        // Nor are these, where the rows ask for more.
        while (parts >= 4 && row_tiles > 1 && row_tiles * along < 16 && row_tiles * along % 4 != 0 && (row_tiles + 1) * ROWS_LEAST <= p->m) row_tiles++;
        const bool copies = is_copied(p, plan.panels / along);
        double per_a = copies ? cost_strided : reading;
        double cost = depth * ((double)row_tiles * columns * per_b + (double)along * rows * per_a) + (double)(row_tiles * along) * cost_tile;
        if (p->a_column != 1 && !copies) cost += cost_scattered * matrix_work;
        // Too few tiles leave a thread idle: what cannot be divided costs as much as it delays.
        int64_t lacking = parts - row_tiles * along;
        if (lacking > 0) cost += matrix_work * (double)lacking / (double)parts;
        if (along > 1 && cost > best) continue;
        best = cost;
        plan.row_tiles = row_tiles;
        plan.panel_tiles = along;
    }
    plan.cost = best;
    return plan;
}

bool ck_product_shares_panels(const ck_product_args *args) {
    // A matrix times a column is turned.
    if (args->type != CK_F32 || args->is_packed || args->n <= 1) return false;
    const product_plan own = make_plan(args);
    const ck_product_args *p = &own.p;
    if (p->batch != 1 || own.row_tiles < 2) return false;
    const bool reads_in_place = p->b_column == 1 && ck_ceil_div(p->m, own.row_tiles) <= ROWS_FEW && !(p->a_row == 1 && p->a_column >= COLUMN_FAR);
    if (reads_in_place) return false;
    ck_product_args packed = *args;
    packed.is_packed = true;
    const double packing = ((double)p->k + 8) * (double)(own.panels * CK_PANEL) * (p->b_column == 1 ? cost_copied : cost_turned);
    return make_plan(&packed).cost + packing + cost_step < own.cost;
}

/// Floats from one copied block to the next: a line more than it has, so that no two blocks fall on the same sets of the first cache.
CK_INLINE int64_t copy_stride(int64_t depth) { return (depth + 1) * CK_COPY_STEP; }

/// Rows of a tile in even blocks, as `ck_share` cuts them, divided once.
typedef struct {
    int64_t count, size, larger;
} row_blocks;

static row_blocks cut_rows(int64_t rows, int64_t count) { return (row_blocks){count, rows / count, rows % count}; }
CK_INLINE int64_t first_row(const row_blocks *blocks, int64_t block) { return block * blocks->size + ck_min(block, blocks->larger); }
CK_INLINE int64_t rows_of(const row_blocks *blocks, int64_t block) { return blocks->size + (block < blocks->larger); }

/// Copies adjacent rows of A as blocks [depth][CK_COPY_STEP].
static void copy_turned(const ck_product_kernels *kernels, const float *a, int64_t a_row, const row_blocks *blocks, int64_t depth, float *target) {
    for (int64_t block = 0; block < blocks->count; block++, target += copy_stride(depth)) {
        const int64_t rows = rows_of(blocks, block);
        const float *from = a + first_row(blocks, block) * a_row;
        if (rows >= 8) {
            // Eight and the last eight, which overlap them.
            kernels->transpose8(from, a_row, depth, target, CK_COPY_STEP);
            if (rows > 8) kernels->transpose8(from + (rows - 8) * a_row, a_row, depth, target + rows - 8, CK_COPY_STEP);
            continue;
        }
        for (int64_t k = 0; k < depth; k++) {
            for (int64_t i = 0; i < rows; i++) target[k * CK_COPY_STEP + i] = from[i * a_row + k];
        }
    }
}

/// Copies rows of an A whose columns, of `left` rows from here on, are far apart, as blocks [depth][CK_COPY_STEP]. A few whole columns at a time, so that
/// each line comes once. The next ones are asked for: no hardware prefetcher sees them coming.
CK_CLONES static void copy_strided(const float *a, int64_t a_column, int64_t left, const row_blocks *blocks, int64_t depth, float *target) {
    enum { COLUMNS = 16 };
    const int64_t rows = first_row(blocks, blocks->count);
    for (int64_t k = 0; k < depth; k += COLUMNS) {
        const int64_t columns = ck_min(COLUMNS, depth - k);
        const float *from = a + k * a_column;
        for (int64_t q = COLUMNS; q < ck_min(2 * COLUMNS, depth - k); q++) {
            for (int64_t i = 0; i < rows; i += 16) __builtin_prefetch(from + q * a_column + i, 0, 2);
        }
        for (int64_t block = 0; block < blocks->count; block++) {
            const int64_t start = first_row(blocks, block), count = ck_min(CK_COPY_STEP, left - start);
            float *to = target + block * copy_stride(depth) + k * CK_COPY_STEP;
            if (count == CK_COPY_STEP) {
                for (int64_t q = 0; q < columns; q++) memcpy(to + q * CK_COPY_STEP, from + q * a_column + start, CK_COPY_STEP * sizeof *to);
            } else {
                for (int64_t q = 0; q < columns; q++) {
                    for (int64_t j = 0; j < count; j++) to[q * CK_COPY_STEP + j] = from[q * a_column + start + j];
                }
            }
        }
    }
}

/// Slices of k, about even: a short last one would visit C for little.
static int64_t slice_depth(int64_t k) {
    if (k <= CK_DEPTH_MOST) return k;
    const int64_t slices = (k + CK_DEPTH / 2) / CK_DEPTH;
    return (ck_ceil_div(k, slices) + 7) / 8 * 8;
}

/// How a tile of so many rows and panels goes through them, and what it copies meanwhile.
typedef struct {
    row_blocks blocks;
    int64_t slice, groups;
    /// Floats of copied panels of B, and of those and copied blocks of A.
    int64_t packed, floats;
    bool is_strided, in_place, copies;
} tile_way;

static tile_way find_way(const product_plan *plan, const ck_product_kernels *kernels, int64_t rows, int64_t panels) {
    const ck_product_args *p = &plan->p;
    tile_way way = {.slice = slice_depth(p->k), .is_strided = p->a_row == 1 && p->a_column >= COLUMN_FAR};
    const int64_t depth = ck_min(way.slice, p->k);
    // Few rows: a panel is used by all of them while it is near. Many: a block of A is used by all panels that stay near, and C is written along its rows.
    const bool is_few = rows <= ROWS_FEW && !way.is_strided;
    way.blocks = cut_rows(rows, is_few ? 1 : ck_ceil_div(rows, kernels->block_rows));
    way.groups = is_few ? panels : ck_ceil_div(panels * CK_PANEL * ck_max(1, depth), GROUP_FLOATS);
    way.in_place = is_few && p->b_column == 1 && rows <= (p->b_row % 512 == 0 ? ROWS_UNPACKED_FEW_SETS : ROWS_FEW);
    way.copies = way.is_strided ? is_copied(p, panels) : !is_few && p->a_column == 1 && panels >= kernels->copy_panels;
    way.packed = p->is_packed ? 0 : ck_ceil_div(panels, way.groups) * CK_PANEL * depth;
    way.floats = way.packed + (way.copies ? way.blocks.count * copy_stride(depth) : 0);
    return way;
}

/// A tile: rows row..<row + rows of one matrix at panels first..<last.
static void run_rows(const product_plan *plan, const ck_product_kernels *kernels, int64_t item, int64_t row, int64_t rows, int64_t first, int64_t last) {
    const ck_product_args *p = &plan->p;
    const tile_way way = find_way(plan, kernels, rows, last - first);
    const row_blocks blocks = way.blocks;
    const int64_t slice = way.slice;
    const bool is_strided = way.is_strided, in_place = way.in_place;
    int64_t groups = way.groups;
    bool copies = way.copies;
    _Alignas(64) float single[CK_DEPTH_MOST * CK_PANEL];
    float *packed = way.floats <= CK_DEPTH_MOST * CK_PANEL ? single : ck_scratch(way.floats * (int64_t)sizeof *packed);
    // Where memory is short: a panel at a time, and A where it lies.
    if (packed == NULL) packed = single, groups = last - first, copies = false;
    float *copied = packed + way.packed;
    const float *a = (const float *)p->a + item * p->a_batch + row * p->a_row;
    const float *b = p->is_packed ? p->packed + item * p->b_batch : (const float *)p->b + item * p->b_batch;
    const int64_t at = item * p->c_batch + row * p->c_row;
    float *c = (float *)p->c + at;
    ck_panel job = {.c_row = p->c_row, .loads = p->accumulate};
    int64_t k = 0;
    do {
        job.depth = ck_min(slice, p->k - k);
        const bool is_last = k + job.depth >= p->k;
        if (copies && is_strided) copy_strided(a + k * p->a_column, p->a_column, p->m - row, &blocks, job.depth, copied);
        else if (copies) copy_turned(kernels, a + k, p->a_row, &blocks, job.depth, copied);
        for (int64_t group = 0; group < groups; group++) {
            const int64_t start = first + ck_share(last - first, groups, group), end = first + ck_share(last - first, groups, group + 1);
            for (int64_t q = start; q < end && !p->is_packed; q++) {
                const int64_t column = q * CK_PANEL, columns = ck_min(p->n - column, CK_PANEL);
                if (in_place && columns == CK_PANEL) continue;
                ck_product_pack_panel(kernels, b + k * p->b_row + column * p->b_column, p->b_row, p->b_column, columns, job.depth, packed + (q - start) * CK_PANEL * job.depth);
            }
            for (int64_t block = 0; block < blocks.count; block++) {
                const int64_t i = first_row(&blocks, block);
                job.rows = rows_of(&blocks, block);
                job.a = copies ? copied + block * copy_stride(job.depth) : a + i * p->a_row + k * p->a_column;
                job.a_row = copies ? 1 : p->a_row, job.a_column = copies ? CK_COPY_STEP : p->a_column;
                for (int64_t q = start; q < end; q++) {
                    const int64_t column = q * CK_PANEL;
                    job.columns = ck_min(p->n - column, CK_PANEL);
                    job.c = c + i * p->c_row + column;
                    job.b_row = CK_PANEL;
                    if (p->is_packed) job.b = b + column * p->k + k * CK_PANEL;
                    else if (in_place && job.columns == CK_PANEL) job.b = b + k * p->b_row + column, job.b_row = p->b_row;
                    else job.b = packed + (q - start) * CK_PANEL * job.depth;
                    if (is_last) {
                        job.column_bias = p->bias == NULL || p->bias_per_row ? NULL : p->bias + column;
                        job.row_bias = p->bias == NULL || !p->bias_per_row ? NULL : p->bias + row + i;
                        job.residual = p->residual == NULL ? NULL : p->residual + at + i * p->c_row + column;
                        job.relu = p->relu;
                    }
                    kernels->panel(&job);
                }
            }
        }
        job.loads = true;
        k += job.depth;
    } while (k < p->k);
}

int64_t ck_product_tiles(const void *args) {
    const ck_product_args *p = args;
    if (p->type != CK_F32) return ck_product_other_tiles(p);
    product_plan plan = make_plan(p);
    return plan.row_tiles * plan.panel_tiles * plan.batch_tiles;
}

int64_t ck_product_scratch(const void *args) {
    if (((const ck_product_args *)args)->type != CK_F32) return 0;
    const product_plan plan = make_plan(args);
    if (plan.row_tiles * plan.panel_tiles * plan.batch_tiles == 0 || plan.p.m <= 3) return 0;
    const tile_way way = find_way(&plan, ck_product_kernels_now(), ck_ceil_div(plan.p.m, plan.row_tiles), ck_ceil_div(plan.panels, plan.panel_tiles));
    return way.floats <= CK_DEPTH_MOST * CK_PANEL ? 0 : way.floats * (int64_t)sizeof(float);
}

void ck_product_run(const void *args, int64_t tile) {
    if (((const ck_product_args *)args)->type != CK_F32) {
        ck_product_other_run(args, tile);
        return;
    }
    product_plan plan = make_plan(args);
    const ck_product_kernels *kernels = ck_product_kernels_now();
    // Neighbouring tiles share rows of A: columns vary fastest.
    int64_t panel_tile = tile % plan.panel_tiles, rest = tile / plan.panel_tiles;
    int64_t row_tile = rest % plan.row_tiles, batch_tile = rest / plan.row_tiles;
    int64_t row = ck_share(plan.p.m, plan.row_tiles, row_tile), row_end = ck_share(plan.p.m, plan.row_tiles, row_tile + 1);
    int64_t first = ck_share(plan.panels, plan.panel_tiles, panel_tile), last = ck_share(plan.panels, plan.panel_tiles, panel_tile + 1);
    int64_t item_end = ck_share(plan.p.batch, plan.batch_tiles, batch_tile + 1);
    for (int64_t item = ck_share(plan.p.batch, plan.batch_tiles, batch_tile); item < item_end; item++) {
        const int64_t column = first * CK_PANEL;
        if (ck_product_rows(&plan.p, kernels, item, column, ck_min(plan.p.n, last * CK_PANEL) - column)) continue;
        run_rows(&plan, kernels, item, row, row_end - row, first, last);
    }
}
