#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

#if defined(__linux__)
#include <linux/futex.h>
#include <sys/syscall.h>
#endif

// How a run works: every thread owns a share of the tiles and a ticket (generation << 32 | next tile of the share). A tile is claimed by
// advancing its share's ticket, which fails when the ticket is of another generation, so a thread that is late by a whole run can do no harm.
// The caller joins on the number of tiles left, never on a worker: one that sleeps or was preempted before it claimed costs nothing.

enum { MAX_THREADS = 64, SPIN_NANOSECONDS = 60000 };
/// How long a processor counts as shared after a thread had lost it, and how long a thread may work there at a stretch: less than a turn of the scheduler's.
enum { CROWDED_NANOSECONDS = 100000000, TURN_NANOSECONDS = 700000 };

typedef struct {
    _Alignas(64) _Atomic uint64_t next;
} ticket;

struct ck_pool {
    _Alignas(64) _Atomic uint32_t generation;
    _Alignas(64) _Atomic int64_t left;
    /// Until when (`ck_nanoseconds`) threads are taken to share a processor with another process.
    _Alignas(64) _Atomic int64_t crowded;
    _Alignas(64) _Atomic int32_t parked;
    _Alignas(64) _Atomic bool busy;
    _Atomic int threads;
    _Atomic int started;
    // The job. Atomic because a late worker may look at it while the next one is written; it then fails to claim.
    _Alignas(64) _Atomic(ck_tile_function) function;
    _Atomic(const void *) arguments;
    _Atomic uint32_t count;
    _Atomic uint32_t shares;
    _Atomic bool flushes;
    pthread_mutex_t mutex;
    pthread_cond_t condition;
    pthread_t workers[MAX_THREADS];
    ticket tickets[MAX_THREADS];
};

typedef struct {
    ck_pool *pool;
    int index;
} worker_start;

static inline void relax(void) {
#if CK_X86
    _mm_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

int64_t ck_nanoseconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/// The next tile of share `share` in run `generation`, or −1.
static inline int64_t claim(ck_pool *pool, uint32_t share, uint32_t generation, uint32_t end) {
    _Atomic uint64_t *next = &pool->tickets[share].next;
    uint64_t seen = atomic_load_explicit(next, memory_order_acquire);
    while ((uint32_t)(seen >> 32) == generation && (uint32_t)seen < end) {
        if (atomic_compare_exchange_weak_explicit(next, &seen, seen + 1, memory_order_acq_rel, memory_order_acquire)) return (uint32_t)seen;
    }
    return -1;
}

static inline uint32_t share_start(uint32_t count, uint32_t shares, uint32_t share) { return (uint32_t)((uint64_t)count * share / shares); }

/// Takes part in run `generation` as thread `me`: its own share first, then the others'.
static void work(ck_pool *pool, uint32_t me, uint32_t generation) {
    uint32_t count = atomic_load_explicit(&pool->count, memory_order_acquire);
    uint32_t shares = atomic_load_explicit(&pool->shares, memory_order_acquire);
    int64_t done = 0;
    for (uint32_t turn = 0; turn < shares; turn++) {
        uint32_t share = me + turn < shares ? me + turn : me + turn - shares;
        if (share >= shares) continue;
        uint32_t end = share_start(count, shares, share + 1);
        int64_t tile;
        while ((tile = claim(pool, share, generation, end)) >= 0) {
            // The claim holds the run open, so these are its own.
            ck_tile_function function = atomic_load_explicit(&pool->function, memory_order_relaxed);
            const void *arguments = atomic_load_explicit(&pool->arguments, memory_order_relaxed);
            function(arguments, tile);
            done++;
        }
    }
    if (done > 0) atomic_fetch_sub_explicit(&pool->left, done, memory_order_acq_rel);
}

static void park(ck_pool *pool, uint32_t seen) {
    atomic_fetch_add(&pool->parked, 1);
#if defined(__linux__)
    while (atomic_load(&pool->generation) == seen) syscall(SYS_futex, (uint32_t *)&pool->generation, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
#else
    pthread_mutex_lock(&pool->mutex);
    while (atomic_load(&pool->generation) == seen) pthread_cond_wait(&pool->condition, &pool->mutex);
    pthread_mutex_unlock(&pool->mutex);
#endif
    atomic_fetch_sub(&pool->parked, 1);
}

static void unpark(ck_pool *pool) {
    if (atomic_load(&pool->parked) == 0) return;
#if defined(__linux__)
    syscall(SYS_futex, (uint32_t *)&pool->generation, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
#else
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->condition);
    pthread_mutex_unlock(&pool->mutex);
#endif
}

/// Gives a processor that is shared with another process away between two runs, before the system takes it in the middle of a tile, for which all other
/// threads would wait. Not at every run: a turn of the other process is as long as many of them. `given` is when it did so last.
static void give_way(const ck_pool *pool, int64_t *given) {
    const int64_t crowded = atomic_load_explicit(&pool->crowded, memory_order_relaxed);
    if (crowded == 0) return;
    const int64_t time = ck_nanoseconds();
    if (time > crowded || time - *given < TURN_NANOSECONDS) return;
    sched_yield();
    *given = ck_nanoseconds();
}

/// The generation after `seen`, once there is one: spins for a while, then sleeps.
static uint32_t next_generation(ck_pool *pool, uint32_t seen) {
    int64_t deadline = 0;
    for (unsigned turn = 1;; turn++) {
        uint32_t now = atomic_load_explicit(&pool->generation, memory_order_acquire);
        if (now != seen) return now;
        relax();
        if (turn % 64 != 0) continue;
        int64_t time = ck_nanoseconds();
        if (deadline == 0) deadline = time + SPIN_NANOSECONDS;
        if (time > deadline) park(pool, seen);
    }
}

/// Whether denormal numbers are zero on this thread.
static bool float_mode_flushes(void) {
#if CK_X86
    return (_mm_getcsr() & 0x8040) == 0x8040;
#elif defined(__aarch64__)
    uint64_t mode;
    __asm__ volatile("mrs %0, fpcr" : "=r"(mode));
    return (mode >> 24 & 1) != 0;
#else
    return false;
#endif
}

static void *worker_main(void *argument) {
    worker_start start = *(worker_start *)argument;
    free(argument);
    ck_pool *pool = start.pool;
    // Generation 0 was before any worker; a worker that starts during a run joins it.
    uint32_t seen = 0;
    int64_t given = 0;
    bool flushes = float_mode_flushes();
    for (;;) {
        give_way(pool, &given);
        seen = next_generation(pool, seen);
        if (start.index >= atomic_load_explicit(&pool->threads, memory_order_acquire)) return NULL;
        bool wanted = atomic_load_explicit(&pool->flushes, memory_order_relaxed);
        if (wanted != flushes) {
            if (wanted) ck_float_enter();
            else ck_float_leave(0);
            flushes = wanted;
        }
        work(pool, (uint32_t)start.index, seen);
    }
}

/// Starts the workers that are wanted and do not run yet; fewer when the system refuses.
static void start_workers(ck_pool *pool) {
    int wanted = atomic_load_explicit(&pool->threads, memory_order_relaxed) - 1;
    if (pool->started >= wanted) return;
    pthread_attr_t attributes;
    if (pthread_attr_init(&attributes) != 0) return;
    pthread_attr_setstacksize(&attributes, 1 << 20);
    // Signals are the host's: none is delivered to a worker.
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (pool->started < wanted) {
        worker_start *start = malloc(sizeof *start);
        if (start == NULL) break;
        *start = (worker_start){pool, pool->started + 1};
        if (pthread_create(&pool->workers[pool->started], &attributes, worker_main, start) != 0) {
            free(start);
            break;
        }
        pool->started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
}

/// Runs `count` < 2^32 tiles. Precondition: the caller holds `busy`.
static void run_shared(ck_pool *pool, uint32_t count, ck_tile_function function, const void *arguments) {
    uint32_t shares = (uint32_t)pool->started + 1;
    // Generation 0 means "before any run".
    uint32_t generation = atomic_load_explicit(&pool->generation, memory_order_relaxed) + 1;
    if (generation == 0) generation = 1;
    // Tickets first become void, then the job changes, then they are good again: see `claim`.
    for (uint32_t i = 0; i < MAX_THREADS && i < shares; i++) atomic_store_explicit(&pool->tickets[i].next, 0, memory_order_release);
    atomic_store_explicit(&pool->function, function, memory_order_release);
    atomic_store_explicit(&pool->arguments, arguments, memory_order_release);
    atomic_store_explicit(&pool->count, count, memory_order_release);
    atomic_store_explicit(&pool->shares, shares, memory_order_release);
    atomic_store_explicit(&pool->flushes, float_mode_flushes(), memory_order_release);
    atomic_store_explicit(&pool->left, count, memory_order_release);
    for (uint32_t i = 0; i < shares; i++) {
        atomic_store_explicit(&pool->tickets[i].next, (uint64_t)generation << 32 | share_start(count, shares, i), memory_order_release);
    }
    atomic_store(&pool->generation, generation);
    unpark(pool);
    work(pool, 0, generation);
    for (unsigned turn = 1; atomic_load_explicit(&pool->left, memory_order_acquire) > 0; turn++) {
        // Past some 50 µs whoever holds the last tile has probably lost its processor: offer ours. Past half a millisecond it surely has.
        if (turn < 2048) relax();
        else sched_yield();
        if (turn == 4096) atomic_store_explicit(&pool->crowded, ck_nanoseconds() + CROWDED_NANOSECONDS, memory_order_relaxed);
    }
}

void ck_pool_run(ck_pool *pool, int64_t count, ck_tile_function function, const void *arguments) {
    bool shared = pool != NULL && count > 1 && atomic_load_explicit(&pool->threads, memory_order_relaxed) > 1
                  && !atomic_exchange_explicit(&pool->busy, true, memory_order_acquire);
    if (!shared) {
        for (int64_t tile = 0; tile < count; tile++) function(arguments, tile);
        return;
    }
    start_workers(pool);
    if (pool->started == 0 || count > UINT32_MAX) {
        for (int64_t tile = 0; tile < count; tile++) function(arguments, tile);
    } else {
        run_shared(pool, (uint32_t)count, function, arguments);
    }
    atomic_store_explicit(&pool->busy, false, memory_order_release);
}

static void no_tile(const void *arguments, int64_t tile) {
    (void)arguments;
    (void)tile;
}

void ck_pool_wake(ck_pool *pool) {
    if (pool == NULL || (pool->started > 0 && atomic_load_explicit(&pool->parked, memory_order_relaxed) == 0)) return;
    ck_pool_run(pool, atomic_load_explicit(&pool->threads, memory_order_relaxed), no_tile, NULL);
}

/// Becomes the one that runs; only for rare operations.
static void take(ck_pool *pool) {
    while (atomic_exchange_explicit(&pool->busy, true, memory_order_acquire)) sched_yield();
}

void ck_pool_set_threads(ck_pool *pool, int threads) {
    if (pool == NULL) return;
    if (threads < 1) threads = 1;
    if (threads > MAX_THREADS) threads = MAX_THREADS;
    take(pool);
    atomic_store(&pool->threads, threads);
    if (pool->started > threads - 1) {
        // A run without tiles: those beyond the new number see it and end.
        atomic_store_explicit(&pool->count, 0, memory_order_release);
        uint32_t generation = atomic_load(&pool->generation) + 1;
        atomic_store(&pool->generation, generation == 0 ? 1 : generation);
        unpark(pool);
        while (pool->started > threads - 1) pthread_join(pool->workers[--pool->started], NULL);
    }
    atomic_store_explicit(&pool->busy, false, memory_order_release);
}

int ck_pool_threads(const ck_pool *pool) { return pool == NULL ? 1 : atomic_load_explicit(&((ck_pool *)pool)->threads, memory_order_relaxed); }

ck_pool *ck_pool_create(int threads) {
    void *memory = NULL;
    if (posix_memalign(&memory, 64, sizeof(ck_pool)) != 0) return NULL;
    ck_pool *pool = memory;
    *pool = (ck_pool){0};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_cond_init(&pool->condition, NULL);
    atomic_store(&pool->threads, threads < 1 ? 1 : threads > MAX_THREADS ? MAX_THREADS : threads);
    return pool;
}

void ck_pool_destroy(ck_pool *pool) {
    if (pool == NULL) return;
    ck_pool_set_threads(pool, 1);
    pthread_cond_destroy(&pool->condition);
    pthread_mutex_destroy(&pool->mutex);
    free(pool);
}

int ck_processor_count(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set) > 0 ? CPU_COUNT(&set) : 1;
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}
