#pragma once
#include "CFormats.h"

#include <stddef.h>

/// A function of a library, by name, and where its address goes.
typedef struct {
    const char *name;
    void **address;
} cf_symbol;

/// Opens the first of the names that is there and that has every function. NULL-terminated names; a symbol without a name ends the list.
bool cf_open_library(const char *const *names, const cf_symbol *symbols);
/// Writes a sentence, cut where it is too long.
void cf_say(char *message, const char *text);
/// Writes that a library is missing.
cf_status cf_say_missing(char *message, const char *what, const char *library, const char *debian, const char *brew);
