/* SPDX-License-Identifier: MIT */
/* Unsigned integers as bytes in memory, of any alignment. Private to src/sink. */
#ifndef NSR_SINK_BYTES_H
#define NSR_SINK_BYTES_H

#include <stdint.h>

/* Big-endian, for MP4. put writes 4 or 8 bytes to `to` and returns the address behind them. */
static inline uint8_t *nsr_put32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    return to + 4;
}
static inline uint8_t *nsr_put64(uint8_t *to, uint64_t value) {
    return nsr_put32(nsr_put32(to, (uint32_t)(value >> 32)), (uint32_t)value);
}

/* Big-endian: the number in the 4 or 8 bytes at `from`. */
static inline uint32_t nsr_get32(const uint8_t *from) {
    return (uint32_t)from[0] << 24 | (uint32_t)from[1] << 16 | (uint32_t)from[2] << 8 | from[3];
}
static inline uint64_t nsr_get64(const uint8_t *from) { return (uint64_t)nsr_get32(from) << 32 | nsr_get32(from + 4); }

/* Little-endian, for Zarr: writes 4 or 8 bytes to `to`. */
static inline void nsr_put64_le(uint8_t *to, uint64_t value) {
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}
static inline void nsr_put32_le(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

/* Little-endian: the number in the 4 or 8 bytes at `from`. */
static inline uint32_t nsr_get32_le(const uint8_t *from) {
    return (uint32_t)from[3] << 24 | (uint32_t)from[2] << 16 | (uint32_t)from[1] << 8 | from[0];
}
static inline uint64_t nsr_get64_le(const uint8_t *from) {
    return (uint64_t)nsr_get32_le(from + 4) << 32 | nsr_get32_le(from);
}

#endif
