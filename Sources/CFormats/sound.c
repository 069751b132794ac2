#include "library.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

// What libsndfile's interface passes by structure: unchanged since its first version.
typedef struct {
    int64_t frames;
    int samplerate, channels, format, sections, seekable;
} sf_info;
typedef struct {
    int64_t (*length)(void *);
    int64_t (*seek)(int64_t, int, void *);
    int64_t (*read)(void *, int64_t, void *);
    int64_t (*write)(const void *, int64_t, void *);
    int64_t (*tell)(void *);
} sf_virtual;
enum { MODE_READ = 0x10 };

static void *(*open_virtual)(sf_virtual *, int, sf_info *, void *);
static int64_t (*readf_float)(void *, float *, int64_t);
static int (*close_file)(void *);
static const char *(*error_text)(void *);
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_open;
// The reason for a failed opening is kept for the whole process.
static pthread_mutex_t opening = PTHREAD_MUTEX_INITIALIZER;

static void open_library(void) {
    static const char *const names[] = {"libsndfile.so.1", "libsndfile.so", "libsndfile.1.dylib", "/opt/homebrew/opt/libsndfile/lib/libsndfile.1.dylib",
                                        "/usr/local/opt/libsndfile/lib/libsndfile.1.dylib", NULL};
    static const cf_symbol symbols[] = {{"sf_open_virtual", (void **)&open_virtual}, {"sf_readf_float", (void **)&readf_float},
                                        {"sf_close", (void **)&close_file},          {"sf_strerror", (void **)&error_text},
                                        {NULL, NULL}};
    is_open = cf_open_library(names, symbols);
}

struct cf_sound {
    cf_bytes bytes;
    int64_t at;
    bool has_failed;
    void *file;
};

static int64_t length(void *context) { return ((cf_sound *)context)->bytes.size; }

static int64_t tell(void *context) { return ((cf_sound *)context)->at; }

static int64_t seek(int64_t offset, int whence, void *context) {
    cf_sound *own = context;
    int64_t base = whence == 1 ? own->at : whence == 2 ? own->bytes.size : 0, target;
    if (__builtin_add_overflow(base, offset, &target) || target < 0) return -1;
    return own->at = target;
}

static int64_t supply(void *target, int64_t count, void *context) {
    cf_sound *own = context;
    int64_t done = 0;
    while (done < count) {
        int64_t got = own->bytes.read(own->bytes.context, own->at, (uint8_t *)target + done, count - done);
        if (got < 0) own->has_failed = true;
        if (got <= 0) break;
        own->at += got;
        done += got;
    }
    return done;
}

static int64_t refuse(const void *source, int64_t count, void *context) {
    (void)source;
    (void)count;
    (void)context;
    return 0;
}

cf_status cf_sound_open(const cf_bytes *bytes, cf_sound **sound, int64_t *frames, int32_t *channels, int32_t *rate, char *message) {
    static sf_virtual calls = {length, seek, supply, refuse, tell};
    *sound = NULL;
    pthread_once(&once, open_library);
    if (!is_open) return cf_say_missing(message, "a sound file", "libsndfile", "libsndfile1", "libsndfile");
    cf_sound *own = calloc(1, sizeof *own);
    if (own == NULL) {
        cf_say(message, "there is no memory to read a sound");
        return CF_NO_MEMORY;
    }
    own->bytes = *bytes;
    sf_info info = {0};
    pthread_mutex_lock(&opening);
    own->file = open_virtual(&calls, MODE_READ, &info, own);
    if (own->file == NULL) cf_say(message, error_text(NULL));
    pthread_mutex_unlock(&opening);
    if (own->file == NULL) {
        cf_status status = own->has_failed ? CF_UNREADABLE : CF_MALFORMED;
        free(own);
        return status;
    }
    *frames = info.frames;
    *channels = info.channels;
    *rate = info.samplerate;
    *sound = own;
    return CF_DONE;
}

int64_t cf_sound_read(cf_sound *sound, float *samples, int64_t frames) {
    int64_t got = readf_float(sound->file, samples, frames);
    return sound->has_failed ? -1 : got;
}

void cf_sound_close(cf_sound *sound) {
    if (sound == NULL) return;
    close_file(sound->file);
    free(sound);
}
