#include "library.h"

#include <dlfcn.h>
#include <stdio.h>

bool cf_open_library(const char *const *names, const cf_symbol *symbols) {
    for (; *names != NULL; names++) {
        void *library = dlopen(*names, RTLD_NOW | RTLD_LOCAL);
        if (library == NULL) continue;
        const cf_symbol *symbol = symbols;
        while (symbol->name != NULL && (*symbol->address = dlsym(library, symbol->name)) != NULL) symbol++;
        if (symbol->name == NULL) return true;
        dlclose(library);
    }
    return false;
}

void cf_say(char *message, const char *text) { snprintf(message, CF_MESSAGE, "%s", text); }

cf_status cf_say_missing(char *message, const char *what, const char *library, const char *debian, const char *brew) {
    snprintf(message, CF_MESSAGE, "%s needs the library %s, which is not on this machine: install `%s` (Debian, Ubuntu) or `%s` (Homebrew)", what, library,
             debian, brew);
    return CF_NO_LIBRARY;
}
