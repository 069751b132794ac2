#include "library.h"

#include <limits.h>
#include <pthread.h>
#include <string.h>

// The TurboJPEG interface of libjpeg-turbo keeps the library's jumps and structures behind a handle.
typedef void *handle;
enum { SPACE_GRAY = 2, SPACE_CMYK = 3, SPACE_YCCK = 4 };
enum { FORMAT_RGB = 0, FORMAT_GRAY = 6, FORMAT_CMYK = 11 };
// A file that needs a repair is refused, and so is one with hundreds of passes.
enum { STOP_ON_WARNING = 8192, LIMIT_SCANS = 32768 };

static handle (*init_decompress)(void);
static int (*decompress_header)(handle, const uint8_t *, unsigned long, int *, int *, int *, int *);
static int (*decompress)(handle, const uint8_t *, unsigned long, uint8_t *, int, int, int, int, int);
static char *(*error_text)(handle);
static int (*destroy)(handle);
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_open;

static void open_library(void) {
    static const char *const names[] = {"libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.0.dylib",
                                        "/opt/homebrew/opt/jpeg-turbo/lib/libturbojpeg.0.dylib", "/usr/local/opt/jpeg-turbo/lib/libturbojpeg.0.dylib",
                                        NULL};
    static const cf_symbol symbols[] = {{"tjInitDecompress", (void **)&init_decompress}, {"tjDecompressHeader3", (void **)&decompress_header},
                                        {"tjDecompress2", (void **)&decompress},         {"tjGetErrorStr2", (void **)&error_text},
                                        {"tjDestroy", (void **)&destroy},                {NULL, NULL}};
    is_open = cf_open_library(names, symbols);
}

static cf_status begin(handle *jpeg, int64_t size, char *message) {
    pthread_once(&once, open_library);
    if (!is_open) return cf_say_missing(message, "a JPEG file", "libturbojpeg", "libturbojpeg0", "jpeg-turbo");
    if (size < 0 || (uint64_t)size > ULONG_MAX) {
        cf_say(message, "the file is too large for a picture");
        return CF_MALFORMED;
    }
    *jpeg = init_decompress();
    if (*jpeg != NULL) return CF_DONE;
    cf_say(message, "there is no memory to read a picture");
    return CF_NO_MEMORY;
}

/// Ends with the library's own sentence, without the name of its function.
static cf_status refused(handle jpeg, char *message) {
    const char *text = error_text(jpeg), *colon = strstr(text, "(): ");
    if (colon != NULL) text = colon + 4;
    bool is_truncated = strstr(text, "remature end") != NULL || strstr(text, "mpty input") != NULL;
    cf_say(message, is_truncated ? "the picture ends too early" : text);
    destroy(jpeg);
    return is_truncated ? CF_TRUNCATED : CF_MALFORMED;
}

/// Reads the header. The library refuses to name some rare ways of storing colours that it decodes all the same.
static bool read_header(handle jpeg, const uint8_t *file, int64_t size, int *width, int *height, int *space) {
    int sampling = -1;
    *width = *height = 0;
    *space = -1;
    int result = decompress_header(jpeg, file, (unsigned long)size, width, height, &sampling, space);
    return (result == 0 || sampling < 0) && *width > 0 && *height > 0 && *space >= 0;
}

static bool has_inks(int space) { return space == SPACE_CMYK || space == SPACE_YCCK; }

cf_status cf_jpeg_header(const uint8_t *file, int64_t size, cf_picture *picture, char *message) {
    handle jpeg;
    cf_status status = begin(&jpeg, size, message);
    if (status != CF_DONE) return status;
    int width, height, space;
    if (!read_header(jpeg, file, size, &width, &height, &space)) return refused(jpeg, message);
    picture->width = width;
    picture->height = height;
    picture->channels = space == SPACE_GRAY ? 1 : 3;
    picture->bits = 8;
    picture->room = has_inks(space) ? 4 : picture->channels;
    picture->unpacked = (int64_t)width * height * picture->channels;
    destroy(jpeg);
    return CF_DONE;
}

int32_t cf_jpeg_scaled(int32_t size, int32_t reduction) { return size / reduction + (size % reduction != 0); }

/// Inks as they are stored (0 is all of it, as Photoshop began) become light, in place: four samples a pixel, then three.
static void inks_to_light(uint8_t *samples, int64_t pixels) {
    for (int64_t i = 0; i < pixels; i++) {
        unsigned black = samples[4 * i + 3];
        for (int part = 0; part < 3; part++) {
            unsigned product = samples[4 * i + part] * black + 128;
            samples[3 * i + part] = (uint8_t)((product + (product >> 8)) >> 8);
        }
    }
}

cf_status cf_jpeg_read(const uint8_t *file, int64_t size, const cf_picture *picture, int32_t reduction, uint8_t *samples, char *message) {
    handle jpeg;
    cf_status status = begin(&jpeg, size, message);
    if (status != CF_DONE) return status;
    int width, height, space;
    if (!read_header(jpeg, file, size, &width, &height, &space)) return refused(jpeg, message);
    bool inks = has_inks(space);
    if (width != picture->width || height != picture->height || picture->room != (inks ? 4 : space == SPACE_GRAY ? 1 : 3)) {
        cf_say(message, "the picture is not what its header says");
        destroy(jpeg);
        return CF_MALFORMED;
    }
    int format = inks ? FORMAT_CMYK : space == SPACE_GRAY ? FORMAT_GRAY : FORMAT_RGB;
    int wide = cf_jpeg_scaled(width, reduction), high = cf_jpeg_scaled(height, reduction);
    if (decompress(jpeg, file, (unsigned long)size, samples, wide, 0, high, format, STOP_ON_WARNING | LIMIT_SCANS) != 0) return refused(jpeg, message);
    if (inks) inks_to_light(samples, (int64_t)wide * high);
    destroy(jpeg);
    return CF_DONE;
}
