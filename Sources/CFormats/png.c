#include "library.h"

#include <pthread.h>
#include <setjmp.h>
#include <string.h>

// libpng's objects are opaque: what is declared here is all of its interface that is used, as its manual has it.
typedef struct png_opaque *png_reader;
typedef struct png_info_opaque *png_details;
typedef void (*png_message)(png_reader, const char *);
typedef void (*png_supply)(png_reader, uint8_t *, size_t);
enum { COLOR_PALETTE = 3, HAS_COLOR = 2, HAS_ALPHA = 4, VALID_TRANSPARENCY = 0x10 };

static struct {
    const char *(*get_libpng_ver)(png_reader);
    png_reader (*create_read_struct)(const char *, void *, png_message, png_message);
    png_details (*create_info_struct)(png_reader);
    void (*destroy_read_struct)(png_reader *, png_details *, png_details *);
    void *(*get_error_ptr)(png_reader);
    void (*set_read_fn)(png_reader, void *, png_supply);
    void *(*get_io_ptr)(png_reader);
    void (*set_user_limits)(png_reader, uint32_t, uint32_t);
    void (*set_chunk_malloc_max)(png_reader, size_t);
    void (*set_chunk_cache_max)(png_reader, uint32_t);
    void (*read_info)(png_reader, png_details);
    uint32_t (*get_IHDR)(png_reader, png_details, uint32_t *, uint32_t *, int *, int *, int *, int *, int *);
    uint32_t (*get_valid)(png_reader, png_details, uint32_t);
    size_t (*get_rowbytes)(png_reader, png_details);
    void (*set_expand)(png_reader);
    void (*set_swap)(png_reader);
    int (*set_interlace_handling)(png_reader);
    void (*read_update_info)(png_reader, png_details);
    void (*read_row)(png_reader, uint8_t *, uint8_t *);
    void (*read_end)(png_reader, png_details);
} png;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_open;

#define SYMBOL(name) {"png_" #name, (void **)&png.name}
static void open_library(void) {
    static const char *const names[] = {"libpng16.so.16", "libpng16.so", "libpng16.16.dylib", "/opt/homebrew/opt/libpng/lib/libpng16.16.dylib",
                                        "/usr/local/opt/libpng/lib/libpng16.16.dylib", NULL};
    static const cf_symbol symbols[] = {
        SYMBOL(get_libpng_ver), SYMBOL(create_read_struct), SYMBOL(create_info_struct), SYMBOL(destroy_read_struct), SYMBOL(get_error_ptr),
        SYMBOL(set_read_fn), SYMBOL(get_io_ptr), SYMBOL(set_user_limits), SYMBOL(set_chunk_malloc_max), SYMBOL(set_chunk_cache_max),
        SYMBOL(read_info), SYMBOL(get_IHDR), SYMBOL(get_valid), SYMBOL(get_rowbytes), SYMBOL(set_expand),
        SYMBOL(set_swap), SYMBOL(set_interlace_handling), SYMBOL(read_update_info), SYMBOL(read_row), SYMBOL(read_end),
        {NULL, NULL}};
    is_open = cf_open_library(names, symbols);
}

/// What one reading of a file has. libpng reports an error by a call that may not return: it jumps to where the reading began, in this file.
typedef struct {
    jmp_buf beginning;
    png_reader reader;
    png_details details;
    const uint8_t *next;
    int64_t left;
    bool is_truncated;
    char *message;
    cf_picture found;
    const cf_picture *wanted;
    uint8_t *samples;
} reading;

static _Noreturn void fail(png_reader reader, const char *text) {
    reading *own = png.get_error_ptr(reader);
    if (!own->is_truncated) cf_say(own->message, text);
    longjmp(own->beginning, 1);
}

static void ignore(png_reader reader, const char *text) {
    (void)reader;
    (void)text;
}

static void supply(png_reader reader, uint8_t *target, size_t count) {
    reading *own = png.get_io_ptr(reader);
    if (own->left < 0 || (uint64_t)own->left < count) {
        own->is_truncated = true;
        cf_say(own->message, "the picture ends too early");
        fail(reader, own->message);
    }
    memcpy(target, own->next, count);
    own->next += count;
    own->left -= (int64_t)count;
}

/// Reads up to the pixels.
static void read_header(reading *own) {
    enum { MOST_PIXELS_A_SIDE = 1000000, MOST_BYTES_A_CHUNK = 8 << 20, MOST_CHUNKS = 128 };
    png.set_read_fn(own->reader, own, supply);
    png.set_user_limits(own->reader, MOST_PIXELS_A_SIDE, MOST_PIXELS_A_SIDE);
    png.set_chunk_malloc_max(own->reader, MOST_BYTES_A_CHUNK);
    png.set_chunk_cache_max(own->reader, MOST_CHUNKS);
    png.read_info(own->reader, own->details);
    uint32_t width = 0, height = 0;
    int depth = 0, color = 0;
    png.get_IHDR(own->reader, own->details, &width, &height, &depth, &color, NULL, NULL, NULL);
    bool has_alpha = (color & HAS_ALPHA) != 0 || png.get_valid(own->reader, own->details, VALID_TRANSPARENCY) != 0;
    int channels = ((color & HAS_COLOR) != 0 ? 3 : 1) + (has_alpha ? 1 : 0);
    own->found = (cf_picture){.width = (int32_t)width,
                              .height = (int32_t)height,
                              .channels = channels,
                              .bits = depth == 16 ? 16 : 8,
                              .room = channels,
                              .unpacked = (int64_t)png.get_rowbytes(own->reader, own->details) * height};
}

/// Reads the pixels.
static void read_pixels(reading *own) {
    read_header(own);
    const cf_picture *picture = own->wanted;
    png.set_expand(own->reader);
    if (*(const uint8_t *)&(const uint16_t){1} == 1) png.set_swap(own->reader);
    int passes = png.set_interlace_handling(own->reader);
    png.read_update_info(own->reader, own->details);
    // The caller's room was measured by `picture`: what the library says now has to be the same.
    int64_t stride = (int64_t)picture->width * picture->channels * (picture->bits / 8);
    if (own->found.width != picture->width || own->found.height != picture->height ||
        (int64_t)png.get_rowbytes(own->reader, own->details) != stride)
        fail(own->reader, "the picture is not what its header says");
    for (int pass = 0; pass < passes; pass++) {
        for (int32_t row = 0; row < picture->height; row++) png.read_row(own->reader, own->samples + row * stride, NULL);
    }
    png.read_end(own->reader, NULL);
}

/// Runs a body that libpng may jump out of. What changes while it runs is no variable of this function.
static cf_status run(reading *own, void (*body)(reading *)) {
    if (setjmp(own->beginning) != 0) return own->is_truncated ? CF_TRUNCATED : CF_MALFORMED;
    own->reader = png.create_read_struct(png.get_libpng_ver(NULL), own, fail, ignore);
    if (own->reader != NULL) own->details = png.create_info_struct(own->reader);
    if (own->details == NULL) {
        cf_say(own->message, "there is no memory to read a picture");
        return CF_NO_MEMORY;
    }
    body(own);
    return CF_DONE;
}

static cf_status read_file(reading *own, void (*body)(reading *)) {
    pthread_once(&once, open_library);
    if (!is_open) return cf_say_missing(own->message, "a PNG file", "libpng", "libpng16-16", "libpng");
    cf_status status = run(own, body);
    png.destroy_read_struct(&own->reader, &own->details, NULL);
    return status;
}

cf_status cf_png_header(const uint8_t *file, int64_t size, cf_picture *picture, char *message) {
    reading own = {.next = file, .left = size, .message = message};
    cf_status status = read_file(&own, read_header);
    if (status == CF_DONE) *picture = own.found;
    return status;
}

cf_status cf_png_read(const uint8_t *file, int64_t size, const cf_picture *picture, void *samples, char *message) {
    reading own = {.next = file, .left = size, .message = message, .wanted = picture, .samples = samples};
    return read_file(&own, read_pixels);
}
