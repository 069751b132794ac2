#pragma once
// CFormats: the system's libraries for pictures (libpng, libjpeg-turbo), sound (libsndfile) and SQL (SQLite), each opened when a file first needs it.
// In: the bytes of a file, in memory or through a callback. Out: samples and rows, or a status and one sentence.
// Never: linking against them, needing their headers, a path of the disk, a jump out of a function of this room.
#include <stdbool.h>
#include <stdint.h>

/// The bytes that a sentence may have, its zero included.
#define CF_MESSAGE 256

/// How a call ended. What is not `CF_DONE` or `CF_ROW` comes with a sentence.
typedef enum {
    CF_DONE = 0,
    /// A row of a query stands ready.
    CF_ROW,
    /// The library is not on this machine.
    CF_NO_LIBRARY,
    /// The file ends too early.
    CF_TRUNCATED,
    /// The file is not what its format says.
    CF_MALFORMED,
    /// There is no memory for it.
    CF_NO_MEMORY,
    /// The callback that reads failed.
    CF_UNREADABLE,
    /// The query cannot be run.
    CF_REFUSED,
    /// The callback that is asked said stop.
    CF_STOPPED,
} cf_status;

// Pictures.

/// What the header of a picture says.
typedef struct {
    int32_t width, height;
    /// Samples a pixel: 1 (gray), 2 (gray, alpha), 3 (red, green, blue), 4 (and alpha).
    int32_t channels;
    /// Bits a sample, 8 or 16; fewer are brought to 8.
    int32_t bits;
    /// Samples a pixel that decoding has to have room for.
    int32_t room;
    /// The bytes of the picture when unpacked, as the file keeps it.
    int64_t unpacked;
} cf_picture;

/// Reads as much of a PNG file as tells its size. The beginning of a file is enough.
cf_status cf_png_header(const uint8_t *file, int64_t size, cf_picture *picture, char *message);
/// Decodes a PNG file of which `cf_png_header` gave `picture`: rows of pixels with samples of 8 bits, or of 16 where the file has them. Palettes,
/// depths below 8 and single transparent colours are resolved.
cf_status cf_png_read(const uint8_t *file, int64_t size, const cf_picture *picture, void *samples, char *message);
/// Reads as much of a JPEG file as tells its size. The beginning of a file is enough.
cf_status cf_jpeg_header(const uint8_t *file, int64_t size, cf_picture *picture, char *message);
/// The size of a JPEG picture that is decoded at a half, a quarter or an eighth.
int32_t cf_jpeg_scaled(int32_t size, int32_t reduction);
/// Decodes a JPEG file of which `cf_jpeg_header` gave `picture` at 1, 1/2, 1/4 or 1/8 of its size. Four inks become red, green and blue.
cf_status cf_jpeg_read(const uint8_t *file, int64_t size, const cf_picture *picture, int32_t reduction, uint8_t *samples, char *message);

// Bytes that are read through a callback.

/// A file: `read` puts at most `count` bytes from `offset` on and gives how many (0 at the end), or a negative number when it failed.
typedef struct {
    void *context;
    int64_t (*read)(void *context, int64_t offset, void *buffer, int64_t count);
    int64_t size;
} cf_bytes;

// Sound.

typedef struct cf_sound cf_sound;

/// Opens a sound of any format that the library knows. `frames` is what the file says of its length.
cf_status cf_sound_open(const cf_bytes *bytes, cf_sound **sound, int64_t *frames, int32_t *channels, int32_t *rate, char *message);
/// Reads moments one after the other, channels last, integers brought to -1…1. Gives how many there were, fewer at the end, or a negative number when
/// reading failed.
int64_t cf_sound_read(cf_sound *sound, float *samples, int64_t frames);
/// Ends it. Nothing happens to NULL.
void cf_sound_close(cf_sound *sound);

// SQL.

typedef struct cf_query cf_query;
typedef enum { CF_NULL = 0, CF_INTEGER, CF_REAL, CF_TEXT, CF_BLOB } cf_kind;

/// Opens a database for reading and prepares one query, which may neither write nor reach another file. `stops` is asked now and then while it runs,
/// with the context of `bytes`; it may be NULL.
cf_status cf_query_open(const cf_bytes *bytes, const char *text, bool (*stops)(void *context), cf_query **query, char *message);
/// The number of columns.
int32_t cf_query_columns(cf_query *query);
/// The name of a column, valid until the query ends.
const char *cf_query_name(cf_query *query, int32_t column);
/// Goes to the next row: `CF_ROW`, or `CF_DONE` after the last.
cf_status cf_query_step(cf_query *query, char *message);
/// Goes back to before the first row.
void cf_query_reset(cf_query *query);
/// What a column of the row holds.
cf_kind cf_query_kind(cf_query *query, int32_t column);
int64_t cf_query_integer(cf_query *query, int32_t column);
double cf_query_real(cf_query *query, int32_t column);
/// The bytes of a text or blob, valid until the next step. NULL where there are none.
const void *cf_query_bytes(cf_query *query, int32_t column, int64_t *count);
/// Ends it. Nothing happens to NULL.
void cf_query_close(cf_query *query);
