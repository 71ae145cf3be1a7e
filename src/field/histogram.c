/* SPDX-License-Identifier: MIT */
/* A histogram: the level of a value within the bounds is its step. */
#include <nsrender/field.h>

enum { BLOCK = 4096 };

/* Copies single members, because other threads may be changing the counts of `other`. */
void nsr_histogram_like(nsr_histogram *histogram, const nsr_histogram *other) {
    *histogram = (nsr_histogram){
        .bounds = other->bounds, .limits = other->limits, .borders = other->borders, .colors = other->colors};
}

void nsr_histogram_add(nsr_histogram *histogram, nsr_type type, const void *values, size_t n) {
    uint16_t level[BLOCK];
    nsr_clip ignored = {0};
    for (size_t done = 0, block; done < n; done += block) {
        const void *at = (const char *)values + done * nsr_type_size(type);
        block = n - done < BLOCK ? n - done : BLOCK;
        nsr_levels(level, type, at, block, &histogram->limits, NULL, &histogram->clip);
        nsr_levels(level, type, at, block, &histogram->bounds, histogram->borders, &ignored);
        for (size_t i = 0; i < block; i++)
            histogram->count[level[i]]++;
    }
}

void nsr_histogram_merge(nsr_histogram *into, const nsr_histogram *from) {
    for (int i = 0; i < NSR_N_LEVELS; i++)
        into->count[i] += from->count[i];
    into->clip.below += from->clip.below;
    into->clip.above += from->clip.above;
    into->clip.nodata += from->clip.nodata;
}
