#pragma once
// What is used of SQLite's interface: its numbers and structures are kept since version 3.0.
#include <stdint.h>

enum { SQLITE_OK = 0, SQLITE_ERROR = 1, SQLITE_DENY = 1, SQLITE_NOMEM = 7, SQLITE_READONLY = 8, SQLITE_INTERRUPT = 9, SQLITE_IOERR = 10 };
enum { SQLITE_CORRUPT = 11, SQLITE_CANTOPEN = 14, SQLITE_AUTH = 23, SQLITE_NOTADB = 26, SQLITE_ROW = 100, SQLITE_DONE = 101 };
enum { SQLITE_IOERR_SHORT_READ = SQLITE_IOERR | 2 << 8 };
enum { SQLITE_OPEN_READONLY = 1, SQLITE_OPEN_MAIN_DB = 0x100, SQLITE_OPEN_NOMUTEX = 0x8000 };
enum { SQLITE_IOCAP_IMMUTABLE = 0x2000, SQLITE_NOTFOUND = 12 };
enum { SQLITE_PRAGMA = 19, SQLITE_READ = 20, SQLITE_SELECT = 21, SQLITE_FUNCTION = 31, SQLITE_RECURSIVE = 33 };
enum { SQLITE_LIMIT_LENGTH = 0, SQLITE_LIMIT_ATTACHED = 7 };
enum { SQLITE_INTEGER = 1, SQLITE_FLOAT = 2, SQLITE_TEXT = 3, SQLITE_BLOB = 4 };

typedef struct sqlite3 sqlite3;
typedef struct sqlite3_stmt sqlite3_stmt;
typedef struct sqlite3_file sqlite3_file;
typedef struct sqlite3_vfs sqlite3_vfs;

typedef struct {
    int iVersion;
    int (*xClose)(sqlite3_file *);
    int (*xRead)(sqlite3_file *, void *, int, int64_t);
    int (*xWrite)(sqlite3_file *, const void *, int, int64_t);
    int (*xTruncate)(sqlite3_file *, int64_t);
    int (*xSync)(sqlite3_file *, int);
    int (*xFileSize)(sqlite3_file *, int64_t *);
    int (*xLock)(sqlite3_file *, int);
    int (*xUnlock)(sqlite3_file *, int);
    int (*xCheckReservedLock)(sqlite3_file *, int *);
    int (*xFileControl)(sqlite3_file *, int, void *);
    int (*xSectorSize)(sqlite3_file *);
    int (*xDeviceCharacteristics)(sqlite3_file *);
} sqlite3_io_methods;

struct sqlite3_file {
    const sqlite3_io_methods *pMethods;
};

struct sqlite3_vfs {
    int iVersion;
    int szOsFile;
    int mxPathname;
    sqlite3_vfs *pNext;
    const char *zName;
    void *pAppData;
    int (*xOpen)(sqlite3_vfs *, const char *, sqlite3_file *, int, int *);
    int (*xDelete)(sqlite3_vfs *, const char *, int);
    int (*xAccess)(sqlite3_vfs *, const char *, int, int *);
    int (*xFullPathname)(sqlite3_vfs *, const char *, int, char *);
    void *(*xDlOpen)(sqlite3_vfs *, const char *);
    void (*xDlError)(sqlite3_vfs *, int, char *);
    void (*(*xDlSym)(sqlite3_vfs *, void *, const char *))(void);
    void (*xDlClose)(sqlite3_vfs *, void *);
    int (*xRandomness)(sqlite3_vfs *, int, char *);
    int (*xSleep)(sqlite3_vfs *, int);
    int (*xCurrentTime)(sqlite3_vfs *, double *);
    int (*xGetLastError)(sqlite3_vfs *, int, char *);
};
