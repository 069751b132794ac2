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
