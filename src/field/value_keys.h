/* SPDX-License-Identifier: MIT */
/* The bits of a value, changed so that they sort as values do. Private to src/field. */
#ifndef NSR_FIELD_VALUE_KEYS_H
#define NSR_FIELD_VALUE_KEYS_H

#include <stdint.h>
#include <string.h>

static inline uint32_t key_f32(float v) {
    uint32_t u;
    v += 0.0F; /* -0 becomes +0 */
    memcpy(&u, &v, sizeof u);
    return u ^ (u >> 31 ? UINT32_MAX : UINT32_C(1) << 31);
}

static inline uint64_t key_f64(double v) {
    uint64_t u;
    v += 0.0;
    memcpy(&u, &v, sizeof u);
    return u ^ (u >> 63 ? UINT64_MAX : UINT64_C(1) << 63);
}

static inline double value_of_key(uint64_t key) {
    double v;
    key ^= key >> 63 ? UINT64_C(1) << 63 : UINT64_MAX;
    memcpy(&v, &key, sizeof v);
    return v;
}

#endif
