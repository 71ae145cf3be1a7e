/* SPDX-License-Identifier: MIT */
/* The exact range of values in one pass at the speed of memory. Blocks that fit the first-level cache are scanned as if
   there were no infinities; a block with infinities is then classified value by value, from the cache. Minimum, maximum
   and counts do not depend on how values are divided among calls and ranks. */
#include "lanes.h"
#include <float.h>
#include <math.h>
#include <nsrender/field.h>

/* Infinite bounds mean none. Adding +0 turns -0 into +0, so that the result is independent of which zero came first. */
static void add_bounds(nsr_range *range, double lo, double hi) {
    if (lo < range->min) range->min = lo + 0.0;
    if (hi > range->max) range->max = hi + 0.0;
}

static void add_one(nsr_range *range, double v) {
    range->n_nan += v != v;
    range->n_posinf += v > DBL_MAX;
    range->n_neginf += v < -DBL_MAX;
    if (isfinite(v)) add_bounds(range, v, v);
}

#define REAL float
#define REAL_MAX FLT_MAX
#define COUNTER int32_t
#define KERNEL(name) name##_f32
#include "range_scan_kernel.h"
#undef REAL
#undef REAL_MAX
#undef COUNTER
#undef KERNEL
#define REAL double
#define REAL_MAX DBL_MAX
#define COUNTER int64_t
#define KERNEL(name) name##_f64
#include "range_scan_kernel.h"

void nsr_range_init(nsr_range *range) {
    *range = (nsr_range){.min = INFINITY, .max = -INFINITY, .least = INFINITY};
}

static int64_t not_finite(const nsr_range *range) { return range->n_nan + range->n_posinf + range->n_neginf; }

void nsr_range_scan(nsr_range *range, nsr_type type, const void *values, size_t n) {
    if (type == NSR_F32)
        scan_f32(range, values, n);
    else
        scan_f64(range, values, n);
    range->n_values += (int64_t)n;
    range->n_finite = range->n_values - not_finite(range);
}

void nsr_range_least(nsr_range *range, nsr_type type, const void *values, size_t n) {
    double least = type == NSR_F32 ? least_f32(values, n) : least_f64(values, n);
    if (least < range->least) range->least = least;
}

void nsr_range_merge(nsr_range *into, const nsr_range *from) {
    into->n_values += from->n_values;
    into->n_finite += from->n_finite;
    into->n_nan += from->n_nan;
    into->n_posinf += from->n_posinf;
    into->n_neginf += from->n_neginf;
    into->n_bad += from->n_bad;
    add_bounds(into, from->min, from->max);
    if (from->least < into->least) into->least = from->least;
}

static void merge_all(void *from, void *into, int *n, MPI_Datatype *type) {
    (void)type;
    for (int i = 0; i < *n; i++)
        nsr_range_merge((nsr_range *)into + i, (const nsr_range *)from + i);
}

/* A reduction on the struct, because counts may exceed 2^53 and would not stay exact as doubles. The struct is sent as
   bytes, because all ranks have the same data layout. MPI ends the run on its own failures. */
void nsr_range_reduce(nsr_range *range, const nsr_comm *comm) {
    if (nsr_comm_mpi(comm) == MPI_COMM_NULL) return;
    nsr_range mine = *range;
    MPI_Datatype type;
    MPI_Op merge;
    MPI_Type_contiguous((int)sizeof mine, MPI_BYTE, &type);
    MPI_Type_commit(&type);
    MPI_Op_create(merge_all, 1, &merge);
    MPI_Allreduce(&mine, range, 1, type, merge, nsr_comm_mpi(comm));
    MPI_Op_free(&merge);
    MPI_Type_free(&type);
}
