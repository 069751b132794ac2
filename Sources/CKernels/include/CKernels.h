#pragma once
// CKernels: the loops that a plan's steps call. In: pointers, sizes, strides, as one argument struct per kernel.
// Out: numbers in memory that the caller owns. Never: decisions about what to run, tensor allocation, graphs.
//
// Each kernel `ck_x` is a struct `ck_x_args` and two functions: `ck_x_tiles(args)` says into how many independent tiles the work
// falls (by shape alone), `ck_x_run(args, tile)` does one of them on any thread. Results never depend on the number of threads
// or on the order of the tiles. `ck_pool_run(pool, tiles, run, args)` runs them all.
#include "ck_base.h"
#include "ck_attention.h"
#include "ck_convolution.h"
#include "ck_correlation.h"
#include "ck_depthwise.h"
#include "ck_index.h"
#include "ck_lanes.h"
#include "ck_movement.h"
#include "ck_order.h"
#include "ck_pool.h"
#include "ck_product.h"
#include "ck_random.h"
#include "ck_reduce.h"
#include "ck_window.h"
#include "ck_window_last.h"
#include "ck_winograd.h"
#include "vector_program.h"
