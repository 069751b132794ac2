// Products of f32, ours beside OpenBLAS, by shape and orientation, in GFLOP/s (medians); and a row times a matrix in GB/s.
// From the root of the repository:
//   clang -std=gnu17 -O2 -ISources/CKernels/include -ISources/COpenBLAS/include Benchmarks/products.c Sources/CKernels/*.c Sources/COpenBLAS/*.c -lpthread -ldl -lm -o .build/products && .build/products [threads] [isa]
// OpenBLAS is given one thread's whole product, or, with two threads, two halves along the longer side.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "CKernels.h"
#include "COpenBLAS.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

static ck_pool *pool;
static int threads;

typedef void (*body)(const void *);

static double median_seconds(body run, const void *arguments, double flops) {
    enum { REPEATS = 11 };
    double times[REPEATS];
    int inner = (int)(0.004 * 1e11 / flops) + 1;
    run(arguments);
    for (int r = 0; r < REPEATS; r++) {
        double start = now();
        for (int i = 0; i < inner; i++) run(arguments);
        times[r] = (now() - start) / inner;
    }
    qsort(times, REPEATS, sizeof *times, ascending);
    return times[REPEATS / 2];
}

static void ours(const void *p) { ck_pool_run(pool, ck_product_tiles(p), ck_product_run, p); }

typedef struct {
    int64_t m, n, k;
    const float *a, *b;
    float *c;
    bool ta, tb;
} blas_job;

static void blas_part(const void *arguments, int64_t part) {
    const blas_job *j = arguments;
    int64_t a_row = j->ta ? j->m : j->k, b_row = j->tb ? j->k : j->n;
    if (j->m > j->n) {
        int64_t from = j->m * part / threads, to = j->m * (part + 1) / threads;
        cob_sgemm(j->ta, j->tb, to - from, j->n, j->k, j->a + from * (j->ta ? 1 : a_row), a_row, j->b, b_row, j->c + from * j->n, j->n, false);
    } else {
        int64_t from = j->n * part / threads, to = j->n * (part + 1) / threads;
        cob_sgemm(j->ta, j->tb, j->m, to - from, j->k, j->a, a_row, j->b + from * (j->tb ? b_row : 1), b_row, j->c + from, j->n, false);
    }
}

static void blas(const void *p) { ck_pool_run(pool, threads, blas_part, p); }

static float *numbers(int64_t count) {
    float *values = aligned_alloc(64, (size_t)((count * 4 + 63) / 64 * 64));
    uint32_t state = 1;
    for (int64_t i = 0; values != NULL && i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 16) / 65536.0f - 0.5f;
    }
    return values;
}

int main(int count, char **words) {
    threads = count > 1 ? atoi(words[1]) : 1;
    pool = ck_pool_create(threads);
    int isa = ck_set_isa(count > 2 ? atoi(words[2]) : -1);
    bool has_blas = cob_is_available();
    static const int shapes[][3] = {{64, 512, 128},  {128, 512, 784}, {128, 256, 512}, {2048, 384, 128}, {2048, 128, 512}, {64, 256, 64},   {32, 32, 64},
                                    {64, 512, 512},  {16, 512, 512},  {16, 512, 4608}, {512, 128, 3200}, {512, 784, 128},  {1024, 64, 576}, {128, 10, 256},
                                    {1024, 1024, 1024}};
    printf("threads %d, instruction set %d, OpenBLAS %s\n", threads, isa, has_blas ? "yes" : "no");
    printf("%-18s %8s %8s %8s %8s %8s | %8s %8s %8s\n", "m, n, k", "A B", "A Bt", "At B", "packed", "tail", "blas", "blas Bt", "blas At");
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        int64_t m = shapes[s][0], n = shapes[s][1], k = shapes[s][2];
        double flops = 2.0 * (double)m * (double)n * (double)k;
        float *a = numbers(m * k), *b = numbers(k * n), *c = numbers(m * n), *packed = numbers(ck_product_packed_count(k, n)), *bias = numbers(n);
        ck_product_pack_args pack = {b, packed, n, k, n, 1};
        ck_pool_run(pool, ck_product_pack_tiles(&pack), ck_product_pack_run, &pack);
        ck_product_args p = {.a = a, .b = b, .c = c, .m = m, .n = n, .k = k, .batch = 1, .a_row = k, .a_column = 1, .b_row = n, .b_column = 1, .c_row = n, .type = CK_F32};
        double own = median_seconds(ours, &p, flops);
        p.b_row = 1, p.b_column = k;
        double own_bt = median_seconds(ours, &p, flops);
        p.b_row = n, p.b_column = 1, p.a_row = 1, p.a_column = m;
        double own_at = median_seconds(ours, &p, flops);
        p.a_row = k, p.a_column = 1, p.packed = packed, p.is_packed = true;
        double own_packed = median_seconds(ours, &p, flops);
        p.bias = bias, p.relu = true;
        double own_tail = median_seconds(ours, &p, flops);
        printf("%5lld,%5lld,%5lld  %8.1f %8.1f %8.1f %8.1f %8.1f |", (long long)m, (long long)n, (long long)k, flops / own * 1e-9, flops / own_bt * 1e-9,
               flops / own_at * 1e-9, flops / own_packed * 1e-9, flops / own_tail * 1e-9);
        if (has_blas) {
            blas_job j = {m, n, k, a, b, c, false, false}, jb = {m, n, k, a, b, c, false, true}, ja = {m, n, k, a, b, c, true, false};
            printf(" %8.1f %8.1f %8.1f", flops / median_seconds(blas, &j, flops) * 1e-9, flops / median_seconds(blas, &jb, flops) * 1e-9,
                   flops / median_seconds(blas, &ja, flops) * 1e-9);
        }
        printf("\n");
        free(a), free(b), free(c), free(packed), free(bias);
    }
    static const int rows[][2] = {{784, 512}, {512, 256}, {4608, 512}};
    for (size_t s = 0; s < sizeof rows / sizeof rows[0]; s++) {
        int64_t k = rows[s][0], n = rows[s][1];
        double bytes = 4.0 * (double)k * (double)n;
        float *a = numbers(k), *b = numbers(k * n), *c = numbers(n), *packed = numbers(ck_product_packed_count(k, n));
        ck_product_pack_args pack = {b, packed, n, k, n, 1};
        ck_pool_run(pool, ck_product_pack_tiles(&pack), ck_product_pack_run, &pack);
        ck_product_args p = {.a = a, .b = b, .c = c, .m = 1, .n = n, .k = k, .batch = 1, .a_row = k, .a_column = 1, .b_row = n, .b_column = 1, .c_row = n, .type = CK_F32};
        double own = median_seconds(ours, &p, 2e6);
        p.b_row = 1, p.b_column = k;
        double own_bt = median_seconds(ours, &p, 2e6);
        p.packed = packed, p.is_packed = true;
        double own_packed = median_seconds(ours, &p, 2e6);
        printf("1 x %lld x %lld: A B %.0f GB/s, A Bt %.0f, packed %.0f", (long long)k, (long long)n, bytes / own * 1e-9, bytes / own_bt * 1e-9, bytes / own_packed * 1e-9);
        if (has_blas) {
            blas_job j = {1, n, k, a, b, c, false, false}, jb = {1, n, k, a, b, c, false, true};
            printf("; blas %.0f, Bt %.0f", bytes / median_seconds(blas, &j, 2e6) * 1e-9, bytes / median_seconds(blas, &jb, 2e6) * 1e-9);
        }
        printf("\n");
        free(a), free(b), free(c), free(packed);
    }
    ck_pool_destroy(pool);
    return 0;
}
