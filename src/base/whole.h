/* SPDX-License-Identifier: MIT */
/* Whole numbers that come from options and files, and so may be as large as an int64_t holds. Local. */
#ifndef NSR_BASE_WHOLE_H
#define NSR_BASE_WHOLE_H

#include <stdint.h>

/* n / by, rounded up, for n >= 0 and by >= 1. Adding by - 1 first would overflow where both are large. */
static inline int64_t nsr_divide_up(int64_t n, int64_t by) { return n / by + (n % by != 0); }

/* a * b for a, b >= 0; INT64_MAX where the product is larger. */
static inline int64_t nsr_times_at_most(int64_t a, int64_t b) {
    int64_t product;
    return __builtin_mul_overflow(a, b, &product) ? INT64_MAX : product;
}

#endif
