#include "COpenBLAS.h"

#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>

// The constants of the standard C interface to BLAS.
enum { ROW_MAJOR = 101, NO_TRANSPOSE = 111, TRANSPOSE = 112 };

typedef void (*dgemm_function)(int order, int ta, int tb, int m, int n, int k, double alpha, const double *a, int lda, const double *b, int ldb, double beta,
                               double *c, int ldc);
typedef void (*sgemm_function)(int order, int ta, int tb, int m, int n, int k, float alpha, const float *a, int lda, const float *b, int ldb, float beta,
                               float *c, int ldc);

static pthread_once_t once = PTHREAD_ONCE_INIT;
static dgemm_function dgemm;
static sgemm_function sgemm;

static void open_library(void) {
    static const char *const names[] = {"libopenblas.so.0", "libopenblas.so", "libopenblas.dylib", "/opt/homebrew/opt/openblas/lib/libopenblas.dylib"};
    void *library = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0] && library == NULL; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) return;
    // Ours is the pool; a second one would fight it for the processors.
    void (*set_threads)(int) = (void (*)(int))dlsym(library, "openblas_set_num_threads");
    dgemm_function d = (dgemm_function)dlsym(library, "cblas_dgemm");
    sgemm_function s = (sgemm_function)dlsym(library, "cblas_sgemm");
    if (set_threads == NULL || d == NULL || s == NULL) {
        dlclose(library);
        return;
    }
    set_threads(1);
    dgemm = d;
    sgemm = s;
}

bool cob_is_available(void) {
    pthread_once(&once, open_library);
    return dgemm != NULL;
}

static bool fits(int64_t m, int64_t n, int64_t k, int64_t a_row, int64_t b_row, int64_t c_row) {
    return m >= 0 && n >= 0 && k >= 0 && m <= INT_MAX && n <= INT_MAX && k <= INT_MAX && a_row <= INT_MAX && b_row <= INT_MAX && c_row <= INT_MAX;
}

// BLAS wants leading dimensions of at least 1 and at least the row's length, even of empty matrices.
static int leading(int64_t stride, int64_t columns) { return (int)(stride > columns ? stride : columns > 1 ? columns : 1); }

bool cob_dgemm(bool transposes_a, bool transposes_b, int64_t m, int64_t n, int64_t k, const double *a, int64_t a_row, const double *b, int64_t b_row,
               double *c, int64_t c_row, bool accumulate) {
    if (!cob_is_available() || !fits(m, n, k, a_row, b_row, c_row)) return false;
    if (m == 0 || n == 0) return true;
    dgemm(ROW_MAJOR, transposes_a ? TRANSPOSE : NO_TRANSPOSE, transposes_b ? TRANSPOSE : NO_TRANSPOSE, (int)m, (int)n, (int)k, 1, a,
          leading(a_row, transposes_a ? m : k), b, leading(b_row, transposes_b ? k : n), accumulate ? 1 : 0, c, leading(c_row, n));
    return true;
}

bool cob_sgemm(bool transposes_a, bool transposes_b, int64_t m, int64_t n, int64_t k, const float *a, int64_t a_row, const float *b, int64_t b_row,
               float *c, int64_t c_row, bool accumulate) {
    if (!cob_is_available() || !fits(m, n, k, a_row, b_row, c_row)) return false;
    if (m == 0 || n == 0) return true;
    sgemm(ROW_MAJOR, transposes_a ? TRANSPOSE : NO_TRANSPOSE, transposes_b ? TRANSPOSE : NO_TRANSPOSE, (int)m, (int)n, (int)k, 1, a,
          leading(a_row, transposes_a ? m : k), b, leading(b_row, transposes_b ? k : n), accumulate ? 1 : 0, c, leading(c_row, n));
    return true;
}
