/* SPDX-License-Identifier: MIT */
/* The room doubles, so the cost of n items grows with n. */
#include "grow.h"
#include <stdlib.h>

void *nsr_grow(void *items, size_t n, size_t *room, size_t size) {
    const size_t more = *room ? 2 * *room : 16;
    if (n < *room) return items;
    void *grown = realloc(items, more * size);
    if (grown) *room = more;
    return grown;
}
