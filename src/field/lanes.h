/* SPDX-License-Identifier: MIT */
/* Constants and macros of the kernels. Private to src/field. */
#ifndef NSR_FIELD_LANES_H
#define NSR_FIELD_LANES_H

enum { LANES = 16, BLOCK = 4096 }; /* values; a block fits the first-level cache */
enum { WIDE = 32 };                /* lanes of the range; with fewer gcc 12 unrolls instead of vectorising */
_Static_assert(BLOCK % (4 * LANES) == 0 && BLOCK % WIDE == 0, "a block is whole rows of lanes");

/* If `a` is NaN the result is `b`. In this form compilers use minimum and maximum instructions. */
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))

#endif
