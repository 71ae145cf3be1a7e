/* SPDX-License-Identifier: MIT */
/* What the kernels share. Private to src/field. */
#ifndef NSR_FIELD_LANES_H
#define NSR_FIELD_LANES_H

enum { LANES = 16, BLOCK = 4096 }; /* values: a block stays in the first-level cache */
enum { WIDE = 32 };                /* lanes of the range: with fewer gcc 12 unrolls instead of using vectors */
_Static_assert(BLOCK % (4 * LANES) == 0 && BLOCK % WIDE == 0, "a block is whole rows of lanes");

/* In this order a NaN in `a` keeps `b`, and the compiler can use its minimum and maximum instructions. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
