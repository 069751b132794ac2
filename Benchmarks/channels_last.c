// Convolutions of f32 with channels last by form, in nominal GFLOP/s (medians) beside the largest error in units of the output's root mean square.
// From the root of the repository:
//   clang -std=gnu17 -O2 -ISources/CKernels/include Benchmarks/channels_last.c Sources/CKernels/*.c -lpthread -lm -o .build/channels_last && .build/channels_last [threads] [isa]
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "CKernels.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int ascending(const void *a, const void *b) { return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b); }

static ck_pool *pool;

/// A convolution of 3 × 3 with stride 1 and a frame of 1 on square planes, or its adjoint in the filters.
typedef struct {
    int64_t images, size, channels, filters;
    const float *x, *w;
    float *y, *dw, *panels, *rows;
    void *workspace;
} shape;

#define RUN(kernel, arguments) ck_pool_run(pool, kernel##_tiles(&(arguments)), kernel##_run, &(arguments))

static void winograd(const shape *s, int64_t outputs) {
    ck_winograd_filters_args filters = {s->w, s->panels, s->filters, s->channels, s->channels * 9, 9, outputs, false};
    ck_winograd_args a = {.x = s->x, .panels = s->panels, .y = s->y, .images = s->images, .sources = s->channels, .targets = s->filters,
                          .size = {s->size, s->size}, .low = {1, 1}, .output = {s->size, s->size}, .outputs = outputs};
    a.workspace = s->rows;
    RUN(ck_winograd_filters, filters);
    RUN(ck_winograd_transform, a);
    RUN(ck_winograd, a);
}
static void winograd2(const shape *s) { winograd(s, 2); }
static void winograd4(const shape *s) { winograd(s, 4); }

static void taps(const shape *s) {
    ck_correlation_filters_args filters = {.w = s->w, .panels = s->panels, .targets = s->filters, .sources = s->channels, .target_stride = s->channels * 9,
                                           .source_stride = 9, .kernel = {1, 3, 3}, .step = {1, 1, 1}, .taps = {1, 3, 3}};
    ck_correlation_args a = {.x = s->x, .panels = s->panels, .y = s->y, .images = s->images, .sources = s->channels, .targets = s->filters,
                             .size = {1, s->size, s->size}, .first = {0, -1, -1}, .step = {1, 1, 1}, .taps = {1, 3, 3}, .tap_step = {1, 1, 1},
                             .count = {1, s->size, s->size}, .output = {1, s->size, s->size}, .target_step = {1, 1, 1}};
    a.workspace = s->rows;
    RUN(ck_correlation_filters, filters);
    RUN(ck_correlation_gather, a);
    RUN(ck_correlation, a);
}

static void gradient(const shape *s, int64_t outputs) {
    ck_winograd_gradient_args g = {s->x, s->y, s->dw, s->workspace, s->images, s->channels, s->filters, {s->size, s->size}, {1, 1}, {s->size, s->size}, outputs};
    RUN(ck_winograd_gradient_transform, g);
    RUN(ck_winograd_gradient_gather, g);
    RUN(ck_winograd_gradient_finish, g);
}
static void gradient2(const shape *s) { gradient(s, 2); }
static void gradient4(const shape *s) { gradient(s, 4); }

static double median_seconds(void (*run)(const shape *), const shape *s) {
    enum { REPEATS = 11 };
    double times[REPEATS];
    run(s);
    for (int r = 0; r < REPEATS; r++) {
        double start = now();
        run(s);
        times[r] = now() - start;
    }
    qsort(times, REPEATS, sizeof *times, ascending);
    return times[REPEATS / 2];
}

static float *numbers(int64_t count) {
    float *values = aligned_alloc(64, (size_t)((count * 4 + 64) / 64 * 64));
    uint32_t state = 1;
    for (int64_t i = 0; values != NULL && i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 16) / 65536.0f - 0.5f;
    }
    return values;
}

/// The largest error of some outputs, in units of their root mean square.
static double error_of(const shape *s) {
    enum { SAMPLES = 300 };
    double worst = 0, squares = 0;
    for (int i = 0; i < SAMPLES; i++) {
        const int64_t at = (int64_t)((i + 0.5) / SAMPLES * (double)(s->images * s->size * s->size * s->filters)), f = at % s->filters, pixel = at / s->filters;
        const int64_t column = pixel % s->size, row = pixel / s->size % s->size, image = pixel / s->size / s->size;
        double sum = 0;
        for (int64_t r = 0; r < 9; r++) {
            const int64_t y = row + r / 3 - 1, x = column + r % 3 - 1;
            if (y < 0 || x < 0 || y >= s->size || x >= s->size) continue;
            for (int64_t c = 0; c < s->channels; c++) {
                sum += (double)s->x[((image * s->size + y) * s->size + x) * s->channels + c] * (double)s->w[(f * s->channels + c) * 9 + r];
            }
        }
        worst = fmax(worst, fabs(sum - (double)s->y[at]));
        squares += sum * sum;
    }
    return worst / sqrt(squares / SAMPLES);
}

int main(int count, char **words) {
    int threads = count > 1 ? atoi(words[1]) : 2;
    pool = ck_pool_create(threads);
    printf("threads %d, instruction set %d\n", threads, ck_set_isa(count > 2 ? atoi(words[2]) : -1));
    static const int shapes[][4] = {{64, 32, 32, 32}, {64, 16, 64, 64}, {16, 32, 64, 64}, {16, 16, 128, 128}, {16, 8, 256, 256}, {16, 4, 512, 512}, {1, 32, 64, 64}, {1, 8, 256, 256}, {64, 32, 3, 32}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        const int *v = shapes[i];
        shape s = {v[0], v[1], v[2], v[3], NULL, NULL, NULL, NULL, NULL, NULL, NULL};
        s.x = numbers(s.images * s.size * s.size * s.channels), s.w = numbers(s.filters * s.channels * 9), s.y = numbers(s.images * s.size * s.size * s.filters);
        // Enough for all taps of all outputs, where they are gathered first, and for all transformed tiles.
        s.rows = numbers(s.images * s.size * s.size * s.channels * 9 + 1024);
        s.dw = numbers(s.filters * s.channels * 9), s.panels = numbers(ck_winograd_filters_count(s.filters, s.channels, 4));
        ck_winograd_gradient_args two = {s.x, s.y, s.dw, NULL, s.images, s.channels, s.filters, {s.size, s.size}, {1, 1}, {s.size, s.size}, 2}, four = two;
        four.outputs = 4;
        int64_t space = ck_winograd_gradient_workspace(&two), other = ck_winograd_gradient_workspace(&four);
        s.workspace = numbers((space > other ? space : other) / 4);
        const double flops = 2.0 * (double)(s.images * s.size * s.size * s.channels * s.filters * 9) * 1e-9;
        printf("b%-3d %3d² %3d -> %3d ", v[0], v[1], v[2], v[3]);
        double seconds = median_seconds(taps, &s);
        printf("  taps %6.0f (%.0e)", flops / seconds, error_of(&s));
        seconds = median_seconds(winograd2, &s);
        printf("  F(2) %6.0f (%.0e)", flops / seconds, error_of(&s));
        seconds = median_seconds(winograd4, &s);
        printf("  F(4) %6.0f (%.0e)", flops / seconds, error_of(&s));
        printf("  filters' adjoint F(2) %6.0f  F(4) %6.0f\n", flops / median_seconds(gradient2, &s), flops / median_seconds(gradient4, &s));
        free((void *)s.x), free((void *)s.w), free(s.y), free(s.dw), free(s.panels), free(s.rows), free(s.workspace);
    }
    ck_pool_destroy(pool);
    return 0;
}
