// Weak stand-ins until the convolution and window kernels land; they end the process when called.
#include "ck_convolution.h"
#include "ck_window.h"
#define PENDING(NAME)                                                                                     \
  __attribute__((weak)) int64_t NAME##_tiles(const void *args) { (void)args; return 1; }                  \
  __attribute__((weak)) void NAME##_run(const void *args, int64_t tile) { (void)args, (void)tile; __builtin_trap(); }
PENDING(ck_convolution_forward)
PENDING(ck_convolution_input_arrange)
PENDING(ck_convolution_input)
PENDING(ck_convolution_weights)
PENDING(ck_convolution_weights_finish)
PENDING(ck_window_maximum)
PENDING(ck_window_maximum_scatter)
PENDING(ck_window_maximum_gather)
PENDING(ck_window_sum)
PENDING(ck_window_sum_scatter)
__attribute__((weak)) int64_t ck_convolution_input_workspace(const ck_convolution_args *args) { (void)args; return 0; }
__attribute__((weak)) int64_t ck_convolution_weights_workspace(const ck_convolution_args *args) { (void)args; return 0; }
#include "ck_index.h"
#include "ck_movement.h"
#include "ck_order.h"
#include "ck_random.h"
#include "ck_reduce.h"
PENDING(ck_gather)
PENDING(ck_scatter)
PENDING(ck_copy)
PENDING(ck_fill)
PENDING(ck_cumulative_sum)
PENDING(ck_order)
PENDING(ck_index_of_maximum)
PENDING(ck_random)
PENDING(ck_reduce)
__attribute__((weak)) int64_t ck_index_check(const void *indices, int type, int64_t count, int64_t limit) {
  (void)indices, (void)type, (void)count, (void)limit;
  return -1;
}
