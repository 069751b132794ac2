// Convolutions of f32 and their adjoints by shape, in nominal GFLOP/s (medians), NCHW.
// From the root of the repository:
//   clang -std=gnu17 -O2 -ISources/CKernels/include Benchmarks/convolutions.c Sources/CKernels/*.c -lpthread -lm -o .build/convolutions && .build/convolutions [threads] [isa]
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

static void forward(const void *p) { ck_pool_run(pool, ck_convolution_forward_tiles(p), ck_convolution_forward_run, p); }
static void input(const void *p) {
    ck_pool_run(pool, ck_convolution_input_arrange_tiles(p), ck_convolution_input_arrange_run, p);
    ck_pool_run(pool, ck_convolution_input_tiles(p), ck_convolution_input_run, p);
}
static void weights(const void *p) {
    ck_pool_run(pool, ck_convolution_weights_tiles(p), ck_convolution_weights_run, p);
    ck_pool_run(pool, ck_convolution_weights_finish_tiles(p), ck_convolution_weights_finish_run, p);
}

static double median_seconds(void (*run)(const void *), const void *arguments, double flops) {
    enum { REPEATS = 9 };
    double times[REPEATS];
    int inner = (int)(0.005 * 5e10 / flops) + 1;
    run(arguments);
    for (int r = 0; r < REPEATS; r++) {
        double start = now();
        for (int i = 0; i < inner; i++) run(arguments);
        times[r] = (now() - start) / inner;
    }
    qsort(times, REPEATS, sizeof *times, ascending);
    return times[REPEATS / 2];
}

static void *numbers(int64_t count) {
    float *values = aligned_alloc(64, (size_t)((count * 4 + 64) / 64 * 64));
    uint32_t state = 1;
    for (int64_t i = 0; values != NULL && i < count; i++) {
        state = state * 1664525u + 1013904223u;
        values[i] = (float)(state >> 16) / 65536.0f - 0.5f;
    }
    return values;
}

int main(int count, char **words) {
    int threads = count > 1 ? atoi(words[1]) : 1;
    pool = ck_pool_create(threads);
    printf("threads %d, instruction set %d\n", threads, ck_set_isa(count > 2 ? atoi(words[2]) : -1));
    // batch, size, channels, filters, kernel, stride, low, groups
    static const int shapes[][8] = {{64, 28, 1, 6, 5, 1, 2, 1},    {64, 14, 6, 16, 5, 1, 0, 1},   {64, 28, 1, 32, 3, 1, 1, 1},  {64, 28, 32, 64, 3, 1, 1, 1},
                                    {64, 8, 1, 16, 3, 1, 1, 1},    {64, 8, 16, 32, 3, 1, 1, 1},   {16, 32, 3, 64, 3, 1, 1, 1},  {16, 32, 64, 64, 3, 1, 1, 1},
                                    {16, 16, 128, 128, 3, 1, 1, 1}, {16, 8, 256, 256, 3, 1, 1, 1}, {16, 4, 512, 512, 3, 1, 1, 1}, {16, 32, 64, 128, 3, 2, 1, 1},
                                    {16, 32, 64, 128, 1, 2, 0, 1}, {16, 14, 256, 64, 1, 1, 0, 1}, {1, 32, 64, 64, 3, 1, 1, 1},  {1, 4, 512, 512, 3, 1, 1, 1},
                                    {16, 32, 64, 64, 3, 1, 1, 64}, {1, 224, 3, 64, 7, 2, 3, 1}};
    for (size_t s = 0; s < sizeof shapes / sizeof shapes[0]; s++) {
        const int *v = shapes[s];
        int64_t output = (v[1] + 2 * v[6] - v[4]) / v[5] + 1;
        ck_convolution_args p = {.batch = v[0], .channels = v[2], .filters = v[3], .groups = v[7], .type = CK_F32};
        int64_t size[3] = {1, v[1], v[1]}, kernel[3] = {1, v[4], v[4]}, stride[3] = {1, v[5], v[5]}, low[3] = {0, v[6], v[6]}, out[3] = {1, output, output};
        for (int i = 0; i < 3; i++) p.size[i] = size[i], p.kernel[i] = kernel[i], p.stride[i] = stride[i], p.low[i] = low[i], p.dilation[i] = 1, p.output[i] = out[i];
        p.x = numbers(p.batch * p.channels * v[1] * v[1]);
        p.w = numbers(p.filters * p.channels / p.groups * v[4] * v[4]);
        p.y = numbers(p.batch * p.filters * output * output);
        int64_t space = ck_convolution_input_workspace(&p), other = ck_convolution_weights_workspace(&p);
        p.workspace = numbers((space > other ? space : other) / 4 + 1);
        double flops = 2.0 * (double)(p.batch * p.filters * output * output * (p.channels / p.groups) * v[4] * v[4]);
        double f = median_seconds(forward, &p, flops), i = median_seconds(input, &p, flops), w = median_seconds(weights, &p, flops);
        printf("b%-3d %3d² %3d -> %3d  %d×%d /%d groups %-3d  forward %7.3f ms %6.1f   input %7.3f ms %6.1f   weights %7.3f ms %6.1f\n", v[0], v[1], v[2], v[3], v[4], v[4],
               v[5], v[7], f * 1e3, flops / f * 1e-9, i * 1e3, flops / i * 1e-9, w * 1e3, flops / w * 1e-9);
        free(p.x), free(p.w), free(p.y), free(p.workspace);
    }
    ck_pool_destroy(pool);
    return 0;
}
