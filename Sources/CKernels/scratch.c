#include <pthread.h>
#include <stdlib.h>

#include "internal.h"

typedef struct {
    void *memory;
    int64_t bytes;
} scratch_block;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static bool scratch_key_is_made;

static void scratch_free(void *value) {
    scratch_block *block = value;
    free(block->memory);
    free(block);
}

static void scratch_make_key(void) { scratch_key_is_made = pthread_key_create(&scratch_key, scratch_free) == 0; }

// A plain thread-local beside the key: the key exists for its destructor.
static _Thread_local scratch_block *own_scratch;

void *ck_scratch(int64_t bytes) {
    if (own_scratch == NULL) {
        pthread_once(&scratch_once, scratch_make_key);
        if (!scratch_key_is_made) return NULL;
        scratch_block *block = calloc(1, sizeof *block);
        if (block == NULL) return NULL;
        if (pthread_setspecific(scratch_key, block) != 0) {
            free(block);
            return NULL;
        }
        own_scratch = block;
    }
    if (own_scratch->bytes < bytes) {
        free(own_scratch->memory);
        own_scratch->memory = NULL;
        own_scratch->bytes = 0;
        // An odd multiple of 64 bytes apart from a page boundary would not survive the allocator; callers stagger inside.
        int64_t wanted = (bytes + 65535) / 65536 * 65536;
        if (posix_memalign(&own_scratch->memory, 4096, (size_t)wanted) != 0) {
            own_scratch->memory = NULL;
            return NULL;
        }
        own_scratch->bytes = wanted;
    }
    return own_scratch->memory;
}

int64_t ck_scratch_bytes(ck_tile_function run, const void *arguments) {
    static const struct {
        ck_tile_function run;
        int64_t (*bytes)(const void *arguments);
    } askers[] = {
        {ck_product_run, ck_product_scratch},
        {ck_lanes_run, ck_lanes_scratch},
        {ck_lanes_gradient_gather_run, ck_lanes_gradient_scratch},
        {ck_winograd_run, ck_winograd_scratch},
        {ck_winograd_gradient_gather_run, ck_winograd_gradient_scratch},
        {ck_winograd_gradient_finish_run, ck_winograd_gradient_finish_scratch},
        {ck_attention_run, ck_attention_scratch},
        {ck_attention_gradient_run, ck_attention_gradient_scratch},
    };
    for (size_t i = 0; i < sizeof askers / sizeof *askers; i++) {
        if (askers[i].run == run) return askers[i].bytes(arguments);
    }
    return 0;
}
