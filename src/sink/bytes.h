/* SPDX-License-Identifier: MIT */
/* Big-endian numbers, as MP4 has them (private to the sinks). */
#ifndef NSR_SINK_BYTES_H
#define NSR_SINK_BYTES_H

#include <stdint.h>

static inline uint8_t *nsr_put32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    return to + 4;
}
static inline uint8_t *nsr_put64(uint8_t *to, uint64_t value) {
    return nsr_put32(nsr_put32(to, (uint32_t)(value >> 32)), (uint32_t)value);
}
static inline uint32_t nsr_get32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}
static inline uint64_t nsr_get64(const uint8_t *from) { return (uint64_t)nsr_get32(from) << 32 | nsr_get32(from + 4); }

#endif
