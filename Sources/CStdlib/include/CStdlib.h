// CStdlib: the library written in `.dl`, as bytes in the program, so that no file has to be found at run time.
#pragma once
#include <stddef.h>

/// One library file.
struct stdlib_file {
    /// The path below stdlib/, for example `layers/Dense.dl`.
    const char *path;
    /// The content, UTF-8, with a zero after it.
    const unsigned char *bytes;
    /// The number of bytes without that zero.
    size_t count;
};

/// The number of library files.
size_t stdlib_count(void);

/// The file at a position below `stdlib_count()`.
struct stdlib_file stdlib_at(size_t position);
