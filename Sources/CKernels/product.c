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
} product_plan;

/// Up to so many rows a panel of B is read where it lies; above, packing it pays. Earlier where its rows are whole half-pages apart and fall on few sets.
enum { ROWS_FEW = 64, ROWS_UNPACKED_FEW_SETS = 28, ROWS_MOST = 252 };
/// Floats of the panels that stay near together.
enum { GROUP_FLOATS = 1 << 16 };
/// Columns of A that are so far apart are copied first.
enum { COLUMN_FAR = 64 };
/// A cut along the rows leaves at least so many.
enum { ROWS_LEAST = 28 };
/// Operations of a tile: at least 5 µs of one core, at most a millisecond while that leaves no more than `tiles_many`.
static const double work_least = 5e5, work_most = 1e8, tiles_few = 8, tiles_many = 16;
/// In operations, what an element costs each time that a tile reads it (A) or copies it (B) or transposes it before it is used, and what a tile costs beside
/// its work. They count the far cache's time, measured on long chains: a narrow tile brings all of A again. What fits a near cache is read for little.
static const double cost_read = 6, cost_near = 1, cost_packed = 2, cost_copied = 8, cost_turned = 15, cost_gathered = 45, cost_tile = 2e4;
static const double near_floats = 1 << 18;
/// The part that is lost where A is read down its columns.
static const double cost_scattered = 0.2;

/// Whether a tile's rows of A are transposed into adjacent ones first: reading A where it lies would cost a page and a line for every element of a chain.
/// Pays where there are enough columns to read the copy.
static bool gathers_rows(const ck_product_args *p, int64_t rows, int64_t panels) {
    (void)rows;return p->a_row == 1 && p->a_column >= COLUMN_FAR && panels >= 2;
}

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
    plan.row_tiles = ck_ceil_div(p->m, ROWS_MOST);
    plan.panel_tiles = 1;
    plan.batch_tiles = p->batch;
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
        bool gathers = gathers_rows(p, p->m / row_tiles, plan.panels / along);
        double per_a = gathers ? cost_gathered : reading;
        double cost = depth * ((double)row_tiles * columns * per_b + (double)along * rows * per_a) + (double)(row_tiles * along) * cost_tile;
        if (p->a_column != 1 && !gathers) cost += cost_scattered * matrix_work;
        // Too few tiles leave a thread idle: what cannot be divided costs as much as it delays.
        int64_t lacking = parts - row_tiles * along;
        if (lacking > 0) cost += matrix_work * (double)lacking / (double)parts;
        if (along > 1 && cost > best) continue;
        best = cost;
        plan.row_tiles = row_tiles;
        plan.panel_tiles = along;
    }
    return plan;
}

/// Copies a block of at most 16 rows of A, `depth` long, to [depth][CK_COPY_STEP]. `beyond` rows of A follow the block.
static void copy_block(const ck_product_kernels *kernels, const ck_panel *block, int64_t beyond, float *target) {
    const float *a = block->a;
    const int64_t rows = block->rows;
    if (block->a_row == 1 && rows + beyond >= CK_COPY_STEP) {
        for (int64_t k = 0; k < block->depth; k++) memcpy(target + k * CK_COPY_STEP, a + k * block->a_column, CK_COPY_STEP * sizeof *a);
    } else if (block->a_column == 1 && rows >= 8) {
        kernels->transpose8(a, block->a_row, block->depth, target, CK_COPY_STEP);
        if (rows > 8) kernels->transpose8(a + (rows - 8) * block->a_row, block->a_row, block->depth, target + rows - 8, CK_COPY_STEP);
    } else {
        for (int64_t k = 0; k < block->depth; k++) {
            for (int64_t i = 0; i < rows; i++) target[k * CK_COPY_STEP + i] = a[i * block->a_row + k * block->a_column];
        }
    }
}

/// Slices of k, about even: a short last one would visit C for little.
static int64_t slice_depth(int64_t k) {
    if (k <= CK_DEPTH_MOST) return k;
    const int64_t slices = (k + CK_DEPTH / 2) / CK_DEPTH;
    return (ck_ceil_div(k, slices) + 7) / 8 * 8;
}

/// A tile: rows row..<row + rows of one matrix at panels first..<last.
static void run_rows(const product_plan *plan, const ck_product_kernels *kernels, int64_t item, int64_t row, int64_t rows, int64_t first, int64_t last) {
    const ck_product_args *p = &plan->p;
    const int64_t slice = slice_depth(p->k), depth_most = ck_min(slice, p->k), blocks = ck_ceil_div(rows, kernels->block_rows);
    // Few rows: a panel is used by all of them while it is near. Many: a block of A is used by all panels that stay near, and C is written along its rows.
    const bool is_strided = p->a_row == 1 && p->a_column >= COLUMN_FAR, is_few = rows <= ROWS_FEW && !is_strided;
    const int64_t groups = is_few ? last - first : ck_ceil_div((last - first) * CK_PANEL * ck_max(1, depth_most), GROUP_FLOATS);
    const bool in_place = is_few && p->b_column == 1 && rows <= (p->b_row % 512 == 0 ? ROWS_UNPACKED_FEW_SETS : ROWS_FEW);
    const int64_t group_panels = ck_ceil_div(last - first, groups);
    const bool copies = group_panels >= (is_strided ? 2 : kernels->copy_panels);
    float *packed = ck_scratch((group_panels * CK_PANEL + CK_COPY_STEP) * ck_max(1, depth_most) * (int64_t)sizeof *packed);
    float *copied = packed + group_panels * CK_PANEL * depth_most;
    const float *a = (const float *)p->a + item * p->a_batch + row * p->a_row;
    const float *b = p->is_packed ? p->packed + item * p->b_batch : (const float *)p->b + item * p->b_batch;
    const int64_t at = item * p->c_batch + row * p->c_row;
    float *c = (float *)p->c + at;
    ck_panel job = {.c_row = p->c_row, .loads = p->accumulate};
    int64_t k = 0;
    do {
        job.depth = ck_min(slice, p->k - k);
        const bool is_last = k + job.depth >= p->k;
        for (int64_t group = 0; group < groups; group++) {
            const int64_t start = first + ck_share(last - first, groups, group), end = first + ck_share(last - first, groups, group + 1);
            for (int64_t q = start; q < end && !p->is_packed; q++) {
                const int64_t column = q * CK_PANEL, columns = ck_min(p->n - column, CK_PANEL);
                if (in_place && columns == CK_PANEL) continue;
                ck_product_pack_panel(kernels, b + k * p->b_row + column * p->b_column, p->b_row, p->b_column, columns, job.depth, packed + (q - start) * CK_PANEL * job.depth);
            }
            for (int64_t block = 0; block < blocks; block++) {
                const int64_t i = ck_share(rows, blocks, block);
                job.rows = ck_share(rows, blocks, block + 1) - i;
                job.a = a + i * p->a_row + k * p->a_column, job.a_row = p->a_row, job.a_column = p->a_column;
                if (copies) {
                    copy_block(kernels, &job, p->m - row - i - job.rows, copied);
                    job.a = copied, job.a_row = 1, job.a_column = CK_COPY_STEP;
                }
                for (int64_t q = start; q < end; q++) {
                    const int64_t column = q * CK_PANEL;
                    job.columns = ck_min(p->n - column, CK_PANEL);
                    job.c = c + i * p->c_row + column;
                    job.c_ahead = q + 1 < end ? job.c + CK_PANEL : block + 1 < blocks ? c + (i + job.rows) * p->c_row + start * CK_PANEL : NULL;
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
