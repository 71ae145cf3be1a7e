/* SPDX-License-Identifier: MIT */
/* One axis of a grid: the edges of its cells. */
#include "layouts.h"
#include <math.h>

double nsr_axis_edge(const nsr_axis *axis, int i) {
    return axis->edges ? axis->edges[axis->from + i] : axis->from + i - 0.5;
}

static bool measure_axis(nsr_axis *axis, nsr_err *err) {
    axis->first = nsr_axis_edge(axis, 0);
    axis->last = nsr_axis_edge(axis, axis->n);
    axis->pitch = (axis->last - axis->first) / axis->n;
    if (axis->pitch > 0 && isfinite(axis->pitch)) return true;
    return nsr_fail(err, NSR_EDATA, "environment: edges along %s span %g to %g, which is no usable extent", axis->name,
                    axis->first, axis->last);
}

bool nsr_axis_make(nsr_axis *axis, const char *name, const double *edges, int n, nsr_err *err) {
    if (n < 1) return nsr_fail(err, NSR_EDATA, "environment: no cells along %s", name);
    if (n > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EDATA, "environment: %d cells along %s; a picture has at most %d pixels a side", n,
                        name, NSR_MAX_SIDE);
    *axis = (nsr_axis){.name = name, .edges = edges, .n = n};
    for (int i = 0; i <= n; i++)
        if (!isfinite(nsr_axis_edge(axis, i)) || (i && !(nsr_axis_edge(axis, i) > nsr_axis_edge(axis, i - 1))))
            return nsr_fail(err, NSR_EDATA, "environment: edge %d along %s is not finite or does not increase", i,
                            name);
    return measure_axis(axis, err);
}

/* A cell is kept only when more than a thousandth of it overlaps, because users round the borders that they type. */
bool nsr_axis_crop(nsr_axis *axis, double low, double high, nsr_err *err) {
    const double slack = 1e-3 * axis->pitch;
    int from = 0, end = axis->n;
    while (from < axis->n && nsr_axis_edge(axis, from + 1) <= low + slack) from++;
    while (end > 0 && nsr_axis_edge(axis, end - 1) >= high - slack) end--;
    if (from >= end)
        return nsr_fail(err, NSR_EUSAGE, "--view: no bins between %g and %g along %s; they reach from %g to %g", low,
                        high, axis->name, axis->first, axis->last);
    axis->from += from;
    axis->n = end - from;
    return measure_axis(axis, err);
}

bool nsr_axis_even(const nsr_axis *axis) {
    for (int i = 1; i < axis->n; i++)
        if (fabs(nsr_axis_edge(axis, i) - (axis->first + i * axis->pitch)) > 1e-3 * axis->pitch) return false;
    return true;
}

double nsr_axis_narrowest(const nsr_axis *axis) {
    double least = INFINITY;
    for (int i = 0; i < axis->n; i++) least = fmin(least, nsr_axis_edge(axis, i + 1) - nsr_axis_edge(axis, i));
    return least;
}
