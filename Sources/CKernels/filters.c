#include <string.h>

#include "filters.h"

/// Rows that are turned on the stack first, so that each target's line is written once and whole: targets lie so far apart that they share few sets of
/// the cache.
enum { ROWS_TURNED = 128 };

void ck_filters_write(const ck_product_kernels *kernels, const float *rows, int64_t count, int64_t targets, float *target, int64_t stride) {
    _Alignas(64) float turned[CK_PANEL][ROWS_TURNED + 8];
    for (int64_t first = 0; first < count; first += ROWS_TURNED) {
        const int64_t last = ck_min(count, first + ROWS_TURNED);
        int64_t r = first;
        for (; r + 8 <= last; r += 8) kernels->transpose8(rows + r * CK_PANEL, CK_PANEL, targets, turned[0] + (r - first), ROWS_TURNED + 8);
        for (; r < last; r++) {
            for (int64_t j = 0; j < targets; j++) turned[j][r - first] = rows[r * CK_PANEL + j];
        }
        for (int64_t j = 0; j < targets; j++) memcpy(target + j * stride + first, turned[j], (size_t)(last - first) * sizeof **turned);
    }
}
