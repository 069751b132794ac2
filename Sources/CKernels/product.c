#include "product.h"

const ck_product_kernels *ck_product_kernels_now(void) {
    switch (ck_isa()) {
    case CK_AVX512: return ck_product_kernels_avx512();
    case CK_AVX2: return ck_product_kernels_avx2();
    default: return ck_product_kernels_plain();
    }
}

/// A product as it is run: folded, turned, and cut into tiles. Made anew for each tile; it follows from the arguments alone.
typedef struct {
    ck_product_args p;
    int64_t panels;
    /// Tiles along rows, panels and the batch; each an even share.
    int64_t row_tiles, panel_tiles, batch_tiles;
} product_plan;

/// Up to so many rows a panel of B is read where it lies; above, packing it pays.
enum { ROWS_UNPACKED = 64, ROWS_MOST = 252 };
/// Operations of a tile: at least 5 µs of one core, at most some 60.
static const double work_least = 5e5, work_most = 6e6;

static product_plan make_plan(const ck_product_args *args) {
    product_plan plan = {.p = *args};
    ck_product_args *p = &plan.p;
    // A matrix shared by the whole batch sees the batch as more rows.
    if (p->batch > 1 && p->m > 0 && p->b_batch == 0 && !(p->bias != NULL && p->bias_per_row) && p->a_batch == p->m * p->a_row
        && p->c_batch == p->m * p->c_row) {
        p->m *= p->batch;
        p->batch = 1;
    }
    // A matrix times a column is a row times a matrix.
    if (p->n == 1 && p->m > 1 && p->c_row == 1 && p->packed == NULL) {
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
    // In units of operations: reading an element of B costs as much as 5, transposing it as 15.
    bool transposes = p->packed == NULL && p->b_column != 1;
    double per_element = transposes ? 15 : 5;
    double depth = (double)p->k + 8;
    double total = (double)p->batch * (double)p->n * depth * (2.0 * (double)p->m + per_element);
    double wanted = total / 8 < work_least ? work_least : total / 8 > work_most ? work_most : total / 8;
    int64_t rows = p->m;
    plan.row_tiles = ck_ceil_div(rows, ROWS_MOST);
    double rows_share = (double)rows / (double)plan.row_tiles;
    double panel_work = CK_PANEL * depth * (2.0 * rows_share + per_element);
    double matrix_work = panel_work * (double)(plan.panels * plan.row_tiles);
    plan.panel_tiles = 1;
    plan.batch_tiles = p->batch;
    if (matrix_work < wanted) {
        double items = wanted / matrix_work;
        plan.batch_tiles = items >= (double)p->batch ? 1 : ck_ceil_div(p->batch, (int64_t)items);
        return plan;
    }
    double panels = wanted / panel_work;
    if (panels >= 1) {
        plan.panel_tiles = panels >= (double)plan.panels ? 1 : ck_ceil_div(plan.panels, (int64_t)panels);
    } else {
        plan.panel_tiles = plan.panels;
    }
    // Few columns: more cuts along the rows, down to two blocks of them.
    double tile_work = panel_work * (double)plan.panels / (double)plan.panel_tiles;
    if (tile_work > 1.5 * wanted) {
        int64_t more = (int64_t)(tile_work / wanted + 0.5);
        plan.row_tiles = ck_min(plan.row_tiles * more, ck_max(plan.row_tiles, ck_ceil_div(rows, 28)));
    }
    return plan;
}

/// A tile: rows row..<row + rows of one matrix at panels first..<last.
static void run_rows(const product_plan *plan, const ck_product_kernels *kernels, int64_t item, int64_t row, int64_t rows, int64_t first, int64_t last) {
    const ck_product_args *p = &plan->p;
    _Alignas(64) float packed[CK_DEPTH_MOST * CK_PANEL];
    const bool is_packed = p->packed != NULL, in_place = p->b_column == 1 && rows <= ROWS_UNPACKED;
    const float *a = (const float *)p->a + item * p->a_batch + row * p->a_row;
    const float *b = is_packed ? p->packed + item * p->b_batch : (const float *)p->b + item * p->b_batch;
    const int64_t at = item * p->c_batch + row * p->c_row;
    ck_panel job = {.rows = rows, .a_row = p->a_row, .a_column = p->a_column, .c_row = p->c_row, .loads = p->accumulate};
    // Slices of k outermost: a slice of A then stays near for all panels.
    const int64_t slice = p->k > CK_DEPTH_MOST ? CK_DEPTH : p->k;
    int64_t k = 0;
    do {
        job.depth = ck_min(slice, p->k - k);
        job.a = a + k * p->a_column;
        const bool is_last = k + job.depth >= p->k;
        for (int64_t q = first; q < last; q++) {
            int64_t column = q * CK_PANEL;
            job.columns = ck_min(p->n - column, CK_PANEL);
            job.c = (float *)p->c + at + column;
            if (is_packed) {
                job.b = b + column * p->k + k * CK_PANEL;
                job.b_row = CK_PANEL;
            } else if (in_place && job.columns == CK_PANEL) {
                job.b = b + k * p->b_row + column;
                job.b_row = p->b_row;
            } else {
                ck_product_pack_panel(kernels, b + k * p->b_row + column * p->b_column, p->b_row, p->b_column, job.columns, job.depth, packed);
                job.b = packed;
                job.b_row = CK_PANEL;
            }
            if (is_last) {
                job.column_bias = p->bias == NULL || p->bias_per_row ? NULL : p->bias + column;
                job.row_bias = p->bias == NULL || !p->bias_per_row ? NULL : p->bias + row;
                job.residual = p->residual == NULL ? NULL : p->residual + at + column;
                job.relu = p->relu;
            }
            kernels->panel(&job);
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
