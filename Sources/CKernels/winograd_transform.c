#include <string.h>

#include "winograd.h"

// One-dimensional transforms of vectors `s` apart, then the same along the other axis. All are written for both sizes at once; `outputs` is a constant
// where they are inlined.

/// `side` is a constant where this is inlined.
CK_INLINE void find_pixels(const int side, const float *plane, int64_t channels, const int64_t size[2], int64_t row, int64_t column, const float *outside,
                           const float **pixels) {
    const int64_t line = size[1] * channels;
    const float *corner = plane + row * line + column * channels;
    if (row >= 0 && column >= 0 && row + side <= size[0] && column + side <= size[1]) {
#pragma unroll
        for (int i = 0; i < side; i++) {
#pragma unroll
            for (int j = 0; j < side; j++) pixels[i * side + j] = corner + j * channels;
            corner += line;
        }
        return;
    }
    for (int i = 0; i < side; i++) {
        const bool has_row = row + i >= 0 && row + i < size[0];
#pragma unroll
        for (int j = 0; j < side; j++) pixels[i * side + j] = has_row && column + j >= 0 && column + j < size[1] ? corner + j * channels : outside;
        corner += line;
    }
}

void ck_winograd_pixels(const float *plane, int64_t channels, const int64_t size[2], int64_t row, int64_t column, int64_t side, const float *outside,
                        const float **pixels) {
    if (side == 6) find_pixels(6, plane, channels, size, row, column, outside, pixels);
    else if (side == 4) find_pixels(4, plane, channels, size, row, column, outside, pixels);
    else find_pixels(2, plane, channels, size, row, column, outside, pixels);
}

void ck_winograd_fetch(const float *plane, int64_t stride, int64_t channels, const int64_t size[2], int64_t row, int64_t column, int64_t side) {
    for (int64_t i = ck_max(0, row); i < ck_min(size[0], row + side); i++) {
        for (int64_t j = ck_max(0, column); j < ck_min(size[1], column + side); j++) {
            const float *pixel = plane + (i * size[1] + j) * stride;
            for (int64_t c = 0; c < channels; c += 16) __builtin_prefetch(pixel + c);
        }
    }
}

/// Bᵀ of 4 or 6 elements.
CK_INLINE void turn_input(const int outputs, const ck_lanes *d, const int s, ck_lanes *o, const int t) {
    if (outputs == 2) {
        o[0] = d[0] - d[2 * s];
        o[t] = d[s] + d[2 * s];
        o[2 * t] = d[2 * s] - d[s];
        o[3 * t] = d[s] - d[3 * s];
    } else {
        ck_lanes a = d[4 * s] - 4.0f * d[2 * s], b = d[3 * s] - 4.0f * d[s], c = d[4 * s] - d[2 * s], e = d[3 * s] - d[s];
        o[0] = 4.0f * d[0] + (d[4 * s] - 5.0f * d[2 * s]);
        o[t] = a + b;
        o[2 * t] = a - b;
        o[3 * t] = c + 2.0f * e;
        o[4 * t] = c - 2.0f * e;
        o[5 * t] = 4.0f * d[s] + (d[5 * s] - 5.0f * d[3 * s]);
    }
}

/// Aᵀ of 4 or 6 elements.
CK_INLINE void turn_output(const int outputs, const ck_lanes *m, const int s, ck_lanes *o, const int t) {
    if (outputs == 2) {
        o[0] = m[0] + m[s] + m[2 * s];
        o[t] = m[s] - m[2 * s] - m[3 * s];
    } else {
        ck_lanes a = m[s] + m[2 * s], b = m[s] - m[2 * s], c = m[3 * s] + m[4 * s], d = m[3 * s] - m[4 * s];
        o[0] = m[0] + a + c;
        o[t] = b + 2.0f * d;
        o[2 * t] = a + 4.0f * c;
        o[3 * t] = (b + 8.0f * d) + m[5 * s];
    }
}

/// A of 2 or 4 elements.
CK_INLINE void turn_spread(const int outputs, const ck_lanes *y, const int s, ck_lanes *o, const int t) {
    if (outputs == 2) {
        o[0] = y[0];
        o[t] = y[0] + y[s];
        o[2 * t] = y[0] - y[s];
        o[3 * t] = -y[s];
    } else {
        ck_lanes p = y[0] + y[2 * s], q = y[s] + y[3 * s], r = y[0] + 4.0f * y[2 * s], u = 2.0f * (y[s] + 4.0f * y[3 * s]);
        o[0] = y[0];
        o[t] = p + q;
        o[2 * t] = p - q;
        o[3 * t] = r + u;
        o[4 * t] = r - u;
        o[5 * t] = y[3 * s];
    }
}

/// Up to 16 channels, zeros where there are fewer.
CK_INLINE void load(ck_lanes *value, const float *from, int64_t count) {
    if (count >= 16) {
        *value = *(const ck_lanes_loose *)from;
    } else {
        *value = 0.0f;
        memcpy(value, from, (size_t)count * sizeof *from);
    }
}

/// A tile's channels from `c` on, `count` of them where that is less than a vector.
CK_INLINE void input_vector(const int outputs, const int64_t count, const float *const *pixels, int64_t c, float *target, int64_t stride) {
    const int side = outputs + 2;
    ck_lanes e[CK_WINOGRAD_MOST];
    // Column by column: what is read is used at once, or all of it would be kept in memory.
#pragma unroll
    for (int j = 0; j < side; j++) {
        ck_lanes d[6];
#pragma unroll
        for (int i = 0; i < side; i++) load(d + i, pixels[i * side + j] + c, count);
        turn_input(outputs, d, 1, e + j, side);
    }
#pragma unroll
    for (int i = 0; i < side; i++) {
        ck_lanes o[6];
        turn_input(outputs, e + i * side, 1, o, 1);
#pragma unroll
        for (int j = 0; j < side; j++) *(ck_lanes *)(target + (i * side + j) * stride + c) = o[j];
    }
}

CK_INLINE void input(const int outputs, const float *const *pixels, int64_t channels, float *target, int64_t stride) {
    int64_t c = 0;
    for (; c + 16 <= channels; c += 16) input_vector(outputs, 16, pixels, c, target, stride);
    if (c < channels) input_vector(outputs, channels - c, pixels, c, target, stride);
}

/// A tile's channels from `c` on, likewise.
CK_INLINE void spread_vector(const int outputs, const int64_t count, const float *const *pixels, int64_t c, float *target, int64_t stride) {
    const int side = outputs + 2;
    ck_lanes e[24];
#pragma unroll
    for (int j = 0; j < outputs; j++) {
        ck_lanes d[4];
#pragma unroll
        for (int i = 0; i < outputs; i++) load(d + i, pixels[i * outputs + j] + c, count);
        turn_spread(outputs, d, 1, e + j, outputs);
    }
#pragma unroll
    for (int i = 0; i < side; i++) {
        ck_lanes o[6];
        turn_spread(outputs, e + i * outputs, 1, o, 1);
#pragma unroll
        for (int j = 0; j < side; j++) *(ck_lanes *)(target + (i * side + j) * stride) = o[j];
    }
}

CK_INLINE void spread(const int outputs, const float *const *pixels, int64_t channels, float *target, int64_t stride, int64_t panel_stride) {
    for (int64_t c = 0; c < channels; c += 16) {
        float *to = target + c / CK_PANEL * panel_stride + c % CK_PANEL;
        if (c + 16 <= channels) spread_vector(outputs, 16, pixels, c, to, stride);
        else spread_vector(outputs, channels - c, pixels, c, to, stride);
    }
}

/// A tile's channels from `c` on: a whole vector of them unless `count` says how many there are; a tail without `scale` and what comes after it is plain.
CK_INLINE void output_vector(const int outputs, const bool is_plain, const int64_t count, const float *source, int64_t stride, int64_t c, float *const *pixels,
                             const float *const *residuals, const ck_winograd_tail *tail) {
    const int side = outputs + 2;
    ck_lanes e[24], scale = 1.0f, bias = 0.0f;
    if (!is_plain && tail->scale != NULL) load(&scale, tail->scale + c, count);
    if (tail->bias != NULL) load(&bias, tail->bias + c, count);
#pragma unroll
    for (int j = 0; j < side; j++) {
        ck_lanes d[6];
#pragma unroll
        for (int i = 0; i < side; i++) d[i] = *(const ck_lanes *)(source + (i * side + j) * stride + c);
        turn_output(outputs, d, 1, e + j, side);
    }
#pragma unroll
    for (int i = 0; i < outputs; i++) {
        ck_lanes o[4];
        turn_output(outputs, e + i * side, 1, o, 1);
#pragma unroll
        for (int j = 0; j < outputs; j++) {
            // In statements of their own: not contracted to one rounding.
            ck_lanes value = is_plain ? o[j] : o[j] * scale;
            value += bias;
            if (!is_plain && residuals != NULL) {
                ck_lanes more;
                load(&more, residuals[i * outputs + j] + c, count);
                value += more;
            }
            if (!is_plain && tail->relu) value = value < 0.0f ? (ck_lanes)0.0f : value;
            float *to = pixels[i * outputs + j] + c;
            if (count >= 16) *(ck_lanes_loose *)to = value;
            else memcpy(to, &value, (size_t)count * sizeof *to);
        }
    }
}

CK_INLINE void output(const int outputs, const float *source, int64_t stride, int64_t channels, float *const *pixels, const float *const *residuals,
                      const ck_winograd_tail *tail) {
    const bool is_plain = tail->scale == NULL && residuals == NULL && !tail->relu;
    int64_t c = 0;
    for (; is_plain && c + 16 <= channels; c += 16) output_vector(outputs, true, 16, source, stride, c, pixels, NULL, tail);
    for (; c + 16 <= channels; c += 16) output_vector(outputs, false, 16, source, stride, c, pixels, residuals, tail);
    if (c < channels) output_vector(outputs, false, channels - c, source, stride, c, pixels, residuals, tail);
}

CK_CLONES static void input2(const float *const *pixels, int64_t channels, float *target, int64_t stride) { input(2, pixels, channels, target, stride); }
CK_CLONES static void input4(const float *const *pixels, int64_t channels, float *target, int64_t stride) { input(4, pixels, channels, target, stride); }

void ck_winograd_input(int64_t outputs, const float *const *pixels, int64_t channels, float *target, int64_t stride) {
    (outputs == 2 ? input2 : input4)(pixels, channels, target, stride);
}

CK_CLONES static void spread2(const float *const *pixels, int64_t channels, float *target, int64_t stride, int64_t panel_stride) {
    spread(2, pixels, channels, target, stride, panel_stride);
}
CK_CLONES static void spread4(const float *const *pixels, int64_t channels, float *target, int64_t stride, int64_t panel_stride) {
    spread(4, pixels, channels, target, stride, panel_stride);
}

void ck_winograd_spread(int64_t outputs, const float *const *pixels, int64_t channels, float *target, int64_t stride, int64_t panel_stride) {
    (outputs == 2 ? spread2 : spread4)(pixels, channels, target, stride, panel_stride);
}

CK_CLONES static void output2(const float *source, int64_t stride, int64_t channels, float *const *pixels, const float *const *residuals,
                              const ck_winograd_tail *tail) {
    output(2, source, stride, channels, pixels, residuals, tail);
}
CK_CLONES static void output4(const float *source, int64_t stride, int64_t channels, float *const *pixels, const float *const *residuals,
                              const ck_winograd_tail *tail) {
    output(4, source, stride, channels, pixels, residuals, tail);
}

void ck_winograd_output(int64_t outputs, const float *source, int64_t stride, int64_t channels, float *const *pixels, const float *const *residuals,
                        const ck_winograd_tail *tail) {
    (outputs == 2 ? output2 : output4)(source, stride, channels, pixels, residuals, tail);
}
