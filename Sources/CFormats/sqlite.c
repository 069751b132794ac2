#include "sqlite.h"
#include "library.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    int (*vfs_register)(sqlite3_vfs *, int);
    int (*vfs_unregister)(sqlite3_vfs *);
    int (*open_v2)(const char *, sqlite3 **, int, const char *);
    int (*close)(sqlite3 *);
    const char *(*errmsg)(sqlite3 *);
    int (*exec)(sqlite3 *, const char *, int (*)(void *, int, char **, char **), void *, char **);
    int (*set_authorizer)(sqlite3 *, int (*)(void *, int, const char *, const char *, const char *, const char *), void *);
    void (*progress_handler)(sqlite3 *, int, int (*)(void *), void *);
    int (*limit)(sqlite3 *, int, int);
    int (*prepare_v2)(sqlite3 *, const char *, int, sqlite3_stmt **, const char **);
    int (*column_count)(sqlite3_stmt *);
    const char *(*column_name)(sqlite3_stmt *, int);
    int (*column_type)(sqlite3_stmt *, int);
    int64_t (*column_int64)(sqlite3_stmt *, int);
    double (*column_double)(sqlite3_stmt *, int);
    const unsigned char *(*column_text)(sqlite3_stmt *, int);
    const void *(*column_blob)(sqlite3_stmt *, int);
    int (*column_bytes)(sqlite3_stmt *, int);
    int (*step)(sqlite3_stmt *);
    int (*reset)(sqlite3_stmt *);
    int (*finalize)(sqlite3_stmt *);
} sql;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool is_open;

#define SYMBOL(name) {"sqlite3_" #name, (void **)&sql.name}
static void open_library(void) {
    static const char *const names[] = {"libsqlite3.so.0", "libsqlite3.so", "libsqlite3.dylib", NULL};
    static const cf_symbol symbols[] = {SYMBOL(vfs_register),     SYMBOL(vfs_unregister), SYMBOL(open_v2),     SYMBOL(close),
                                        SYMBOL(errmsg),           SYMBOL(exec),           SYMBOL(set_authorizer), SYMBOL(progress_handler),
                                        SYMBOL(limit),            SYMBOL(prepare_v2),     SYMBOL(column_count), SYMBOL(column_name),
                                        SYMBOL(column_type),      SYMBOL(column_int64),   SYMBOL(column_double), SYMBOL(column_text), SYMBOL(column_blob),
                                        SYMBOL(column_bytes),     SYMBOL(step),           SYMBOL(reset),       SYMBOL(finalize),
                                        {NULL, NULL}};
    is_open = cf_open_library(names, symbols);
}

struct cf_query {
    cf_bytes bytes;
    bool (*stops)(void *);
    bool has_failed, asked_for_time;
    /// The library's way to files, of which this query's sees one.
    sqlite3_vfs files;
    char name[40];
    sqlite3 *database;
    sqlite3_stmt *statement;
};

// The one file, which is only read and never changes.

typedef struct {
    sqlite3_file base;
    cf_query *query;
} opened;

static int close_opened(sqlite3_file *file) {
    (void)file;
    return SQLITE_OK;
}

static int read_opened(sqlite3_file *file, void *target, int count, int64_t offset) {
    cf_query *own = ((opened *)file)->query;
    int done = 0;
    while (done < count) {
        int64_t got = own->bytes.read(own->bytes.context, offset + done, (char *)target + done, count - done);
        if (got < 0) {
            own->has_failed = true;
            return SQLITE_IOERR;
        }
        if (got == 0) break;
        done += (int)got;
    }
    if (done == count) return SQLITE_OK;
    memset((char *)target + done, 0, (size_t)(count - done));
    return SQLITE_IOERR_SHORT_READ;
}

static int write_opened(sqlite3_file *file, const void *source, int count, int64_t offset) {
    (void)file, (void)source, (void)count, (void)offset;
    return SQLITE_READONLY;
}

static int truncate_opened(sqlite3_file *file, int64_t size) {
    (void)file, (void)size;
    return SQLITE_READONLY;
}

static int done_with_flags(sqlite3_file *file, int flags) {
    (void)file, (void)flags;
    return SQLITE_OK;
}

static int size_opened(sqlite3_file *file, int64_t *size) {
    *size = ((opened *)file)->query->bytes.size;
    return SQLITE_OK;
}

static int is_reserved(sqlite3_file *file, int *result) {
    (void)file;
    *result = 0;
    return SQLITE_OK;
}

static int control_opened(sqlite3_file *file, int operation, void *argument) {
    (void)file, (void)operation, (void)argument;
    return SQLITE_NOTFOUND;
}

static int sector_size(sqlite3_file *file) {
    (void)file;
    return 4096;
}

static int characteristics(sqlite3_file *file) {
    (void)file;
    return SQLITE_IOCAP_IMMUTABLE;
}

static const sqlite3_io_methods methods = {1,
                                           close_opened,
                                           read_opened,
                                           write_opened,
                                           truncate_opened,
                                           done_with_flags,
                                           size_opened,
                                           done_with_flags,
                                           done_with_flags,
                                           is_reserved,
                                           control_opened,
                                           sector_size,
                                           characteristics};

// The library's way to files: the database by any name, and no other.

static int open_file(sqlite3_vfs *files, const char *name, sqlite3_file *file, int flags, int *flags_given) {
    (void)name;
    file->pMethods = NULL;
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return SQLITE_CANTOPEN;
    ((opened *)file)->query = files->pAppData;
    file->pMethods = &methods;
    if (flags_given != NULL) *flags_given = SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB;
    return SQLITE_OK;
}

static int delete_file(sqlite3_vfs *files, const char *name, int syncs) {
    (void)files, (void)name, (void)syncs;
    return SQLITE_READONLY;
}

static int access_file(sqlite3_vfs *files, const char *name, int flags, int *result) {
    (void)files, (void)name, (void)flags;
    *result = 0;
    return SQLITE_OK;
}

static int full_name(sqlite3_vfs *files, const char *name, int room, char *result) {
    (void)files;
    snprintf(result, (size_t)room, "%s", name);
    return SQLITE_OK;
}

static void *open_extension(sqlite3_vfs *files, const char *name) {
    (void)files, (void)name;
    return NULL;
}

static void extension_error(sqlite3_vfs *files, int room, char *result) {
    (void)files;
    snprintf(result, (size_t)room, "no extensions are loaded");
}

static void (*extension_symbol(sqlite3_vfs *files, void *library, const char *name))(void) {
    (void)files, (void)library, (void)name;
    return NULL;
}

static void close_extension(sqlite3_vfs *files, void *library) { (void)files, (void)library; }

static int randomness(sqlite3_vfs *files, int count, char *result) {
    (void)files;
    memset(result, 0, (size_t)count);
    return count;
}

static int sleep_for(sqlite3_vfs *files, int microseconds) {
    (void)files;
    return microseconds;
}

static int current_time(sqlite3_vfs *files, double *result) {
    ((cf_query *)files->pAppData)->asked_for_time = true;
    *result = 0;
    return SQLITE_ERROR;
}

static int last_error(sqlite3_vfs *files, int room, char *result) {
    (void)files, (void)room, (void)result;
    return 0;
}

// What a query may do.

/// Allows reading alone, and of functions those whose result depends on nothing but the file.
static int authorize(void *context, int action, const char *first, const char *second, const char *database, const char *trigger) {
    (void)context, (void)database, (void)trigger;
    switch (action) {
    case SQLITE_READ:
    case SQLITE_SELECT:
    case SQLITE_RECURSIVE: return SQLITE_OK;
    // Full text search asks for this one whenever it is read.
    case SQLITE_PRAGMA: return first != NULL && strcmp(first, "data_version") == 0 ? SQLITE_OK : SQLITE_DENY;
    case SQLITE_FUNCTION: {
        static const char *const refused[] = {"random", "randomblob", "load_extension", "current_time", "current_date", "current_timestamp"};
        for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
            if (second == NULL || strcmp(second, refused[i]) == 0) return SQLITE_DENY;
        }
        return SQLITE_OK;
    }
    default: return SQLITE_DENY;
    }
}

static int progress(void *context) {
    cf_query *own = context;
    return own->stops != NULL && own->stops(own->bytes.context);
}

/// The status of a code, with its sentence.
static cf_status status_of(cf_query *own, int code, char *message) {
    const char *text = own->database != NULL ? sql.errmsg(own->database) : "there is no memory for a query";
    switch (code & 0xff) {
    case SQLITE_NOMEM: cf_say(message, "there is no memory for a query"); return CF_NO_MEMORY;
    case SQLITE_INTERRUPT: cf_say(message, "the query was stopped"); return CF_STOPPED;
    case SQLITE_IOERR: cf_say(message, "reading failed"); return own->has_failed ? CF_UNREADABLE : CF_MALFORMED;
    case SQLITE_NOTADB: cf_say(message, "this is not an SQLite database"); return CF_MALFORMED;
    case SQLITE_CORRUPT: cf_say(message, text); return CF_MALFORMED;
    case SQLITE_AUTH: snprintf(message, CF_MESSAGE, "a query only reads its file, and the same rows each time: %s", text); return CF_REFUSED;
    default: cf_say(message, text); return CF_REFUSED;
    }
}

/// Whether nothing but blanks and semicolons is left.
static bool is_blank(const char *text) {
    return text[strspn(text, " \t\r\n;")] == 0;
}

static cf_status prepare(cf_query *own, const char *text, char *message) {
    int code = sql.open_v2("database", &own->database, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, own->name);
    if (code != SQLITE_OK) return status_of(own, code, message);
    sql.limit(own->database, SQLITE_LIMIT_LENGTH, 1 << 28);
    sql.limit(own->database, SQLITE_LIMIT_ATTACHED, 0);
    code = sql.exec(own->database, "pragma temp_store = memory; pragma trusted_schema = off; pragma cell_size_check = on", NULL, NULL, NULL);
    if (code != SQLITE_OK) return status_of(own, code, message);
    sql.set_authorizer(own->database, authorize, own);
    if (own->stops != NULL) sql.progress_handler(own->database, 10000, progress, own);
    const char *rest = text;
    code = sql.prepare_v2(own->database, text, -1, &own->statement, &rest);
    if (code != SQLITE_OK) return status_of(own, code, message);
    if (own->statement == NULL || sql.column_count(own->statement) == 0 || !is_blank(rest)) {
        cf_say(message, own->statement != NULL && !is_blank(rest) ? "there is more than one query" : "this is not a query that gives rows");
        return CF_REFUSED;
    }
    return CF_DONE;
}

cf_status cf_query_open(const cf_bytes *bytes, const char *text, bool (*stops)(void *context), cf_query **query, char *message) {
    *query = NULL;
    pthread_once(&once, open_library);
    if (!is_open) return cf_say_missing(message, "an SQLite database", "libsqlite3", "libsqlite3-0", "sqlite");
    cf_query *own = calloc(1, sizeof *own);
    if (own == NULL) {
        cf_say(message, "there is no memory for a query");
        return CF_NO_MEMORY;
    }
    own->bytes = *bytes;
    own->stops = stops;
    snprintf(own->name, sizeof own->name, "daedal-%p", (void *)own);
    own->files = (sqlite3_vfs){1,           sizeof(opened), 512,         NULL,           own->name,       own,
                               open_file,   delete_file,    access_file, full_name,      open_extension,  extension_error,
                               extension_symbol, close_extension, randomness, sleep_for, current_time,    last_error};
    int code = sql.vfs_register(&own->files, 0);
    cf_status status = code == SQLITE_OK ? prepare(own, text, message) : status_of(own, code, message);
    if (status != CF_DONE) {
        cf_query_close(own);
        return status;
    }
    *query = own;
    return CF_DONE;
}

int32_t cf_query_columns(cf_query *query) { return sql.column_count(query->statement); }

const char *cf_query_name(cf_query *query, int32_t column) {
    const char *name = sql.column_name(query->statement, column);
    return name != NULL ? name : "";
}

cf_status cf_query_step(cf_query *query, char *message) {
    int code = sql.step(query->statement);
    if (query->asked_for_time) {
        cf_say(message, "a query only reads its file, and the same rows each time: it asks for the time");
        return CF_REFUSED;
    }
    if (code == SQLITE_ROW) return CF_ROW;
    return code == SQLITE_DONE ? CF_DONE : status_of(query, code, message);
}

void cf_query_reset(cf_query *query) { sql.reset(query->statement); }

cf_kind cf_query_kind(cf_query *query, int32_t column) {
    switch (sql.column_type(query->statement, column)) {
    case SQLITE_INTEGER: return CF_INTEGER;
    case SQLITE_FLOAT: return CF_REAL;
    case SQLITE_TEXT: return CF_TEXT;
    case SQLITE_BLOB: return CF_BLOB;
    default: return CF_NULL;
    }
}

int64_t cf_query_integer(cf_query *query, int32_t column) { return sql.column_int64(query->statement, column); }

double cf_query_real(cf_query *query, int32_t column) { return sql.column_double(query->statement, column); }

const void *cf_query_bytes(cf_query *query, int32_t column, int64_t *count) {
    // Text becomes UTF-8 when its address is asked for, so that comes before the count.
    const void *bytes = sql.column_type(query->statement, column) == SQLITE_TEXT ? (const void *)sql.column_text(query->statement, column)
                                                                                 : sql.column_blob(query->statement, column);
    *count = bytes != NULL ? sql.column_bytes(query->statement, column) : 0;
    return bytes;
}

void cf_query_close(cf_query *query) {
    if (query == NULL) return;
    if (query->statement != NULL) sql.finalize(query->statement);
    if (query->database != NULL) sql.close(query->database);
    sql.vfs_unregister(&query->files);
    free(query);
}
