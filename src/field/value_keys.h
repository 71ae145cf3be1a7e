/* SPDX-License-Identifier: MIT */
/* Keys: the bit patterns of values, changed so that they sort as the values do. Private to src/field. */
#ifndef NSR_FIELD_VALUE_KEYS_H
#define NSR_FIELD_VALUE_KEYS_H

#include <stdint.h>
#include <string.h>

/* The key of a value that is not NaN; -0.0 has the key of +0.0. */
static inline uint32_t key_f32(float v) {
    uint32_t u;
    v += 0.0F; /* turns -0 into +0 */
    memcpy(&u, &v, sizeof u);
    return u ^ (u >> 31 ? UINT32_MAX : UINT32_C(1) << 31);
}

/* The same for double. */
static inline uint64_t key_f64(double v) {
    uint64_t u;
    v += 0.0;
    memcpy(&u, &v, sizeof u);
    return u ^ (u >> 63 ? UINT64_MAX : UINT64_C(1) << 63);
}

/* The value of a key of key_f64. */
static inline double value_of_key(uint64_t key) {
    double v;
    key ^= key >> 63 ? UINT64_C(1) << 63 : UINT64_MAX;
    memcpy(&v, &key, sizeof v);
    return v;
}

#endif
