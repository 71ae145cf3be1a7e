/* SPDX-License-Identifier: MIT */
/* Lists that grow by one item. */
#ifndef NSR_BASE_GROW_H
#define NSR_BASE_GROW_H

#include <stddef.h>

/* Room for one item of `size` bytes more in a list with n items: `items`, moved where it was full, with *room for more.
   NULL: memory is short, and the list is as before. Local. */
void *nsr_grow(void *items, size_t n, size_t *room, size_t size);

#endif
