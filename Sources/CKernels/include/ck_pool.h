#pragma once
#include "ck_base.h"

/// A pool of persistent threads that run tiles. The caller of a run takes part as one of them.
typedef struct ck_pool ck_pool;

/// Makes a pool of `threads` threads (the caller counts as one; values below 1 mean 1); nothing starts until the first run. Null when memory is short.
ck_pool *ck_pool_create(int threads);
/// Ends the pool's threads and frees it. No run may be under way.
void ck_pool_destroy(ck_pool *pool);
/// Sets the number of threads, the caller counted. Waits for a run that is under way.
void ck_pool_set_threads(ck_pool *pool, int threads);
/// The number of threads, the caller counted.
int ck_pool_threads(const ck_pool *pool);
/// Wakes sleeping workers so that the runs that follow find them spinning. Cheap when they are awake.
void ck_pool_wake(ck_pool *pool);
/// Calls `function(arguments, tile)` for each tile in 0..<count and returns when all are done. Every thread takes a fixed share first, then steals.
/// A null pool, one tile, or a pool that is busy (a nested run, another host thread) means: all on the caller. Workers run in the caller's float mode.
void ck_pool_run(ck_pool *pool, int64_t count, ck_tile_function function, const void *arguments);
/// The number of processors this process may use.
int ck_processor_count(void);
/// A steady clock, in nanoseconds.
int64_t ck_nanoseconds(void);
