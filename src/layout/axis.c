/* SPDX-License-Identifier: MIT */
/* One axis of a grid: where its cells begin and end. */
#include "layout.h"
#include <math.h>

double nsr_axis_edge(const nsr_axis *axis, int i) { return axis->edges ? axis->edges[i] : i - 0.5; }

bool nsr_axis_make(nsr_axis *axis, const char *name, const double *edges, int n, nsr_err *err) {
    if (n < 1) return nsr_fail(err, NSR_EDATA, "environment: no cells along %s", name);
    if (n > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EDATA, "environment: %d cells along %s; a picture has at most %d pixels a side", n,
                        name, NSR_MAX_SIDE);
    *axis = (nsr_axis){.edges = edges, .n = n};
    for (int i = 0; i <= n; i++)
        if (!isfinite(nsr_axis_edge(axis, i)) || (i && !(nsr_axis_edge(axis, i) > nsr_axis_edge(axis, i - 1))))
            return nsr_fail(err, NSR_EDATA, "environment: edge %d along %s is not finite or does not increase", i,
                            name);
    axis->first = nsr_axis_edge(axis, 0);
    axis->last = nsr_axis_edge(axis, n);
    axis->pitch = (axis->last - axis->first) / n;
    if (!(axis->pitch > 0) || !isfinite(axis->pitch))
        return nsr_fail(err, NSR_EDATA, "environment: edges along %s span %g to %g, which is no usable extent", name,
                        axis->first, axis->last);
    return true;
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
