/* SPDX-License-Identifier: MIT */
/* From a row of cells to a row of pixels, one byte per pixel. Private to src/sink. */
#ifndef NSR_SINK_REPEAT_CELLS_H
#define NSR_SINK_REPEAT_CELLS_H

#include <stdint.h>
#include <string.h>

enum { NSR_REPEAT_BEYOND = 7 }; /* bytes that nsr_repeat_cells may write behind the last pixel */

/* Writes the byte in `table` of each of n levels, `times` times. It writes eight bytes at once, and the next cell
   overwrites those that are too many: one memset per cell would cost more than all the rest, mostly where cells are
   small. */
static inline void nsr_repeat_cells(uint8_t *restrict to, const uint16_t *restrict levels, int n, int times,
                                    const uint8_t *restrict table) {
    if (times == 1) {
        for (int i = 0; i < n; i++)
            to[i] = table[levels[i]];
        return;
    }
    for (int i = 0; i < n; i++, to += times) {
        const uint64_t eight = table[levels[i]] * UINT64_C(0x0101010101010101);
        for (int x = 0; x < times; x += (int)sizeof eight)
            memcpy(to + x, &eight, sizeof eight);
    }
}

#endif
