/* SPDX-License-Identifier: MIT */
/* Distances between points. Points are sorted by x, so the search for the nearest ends where x alone is farther; the
   number of searches is bounded, so that no arrangement of points is slow. */
#include "outline.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_SEARCHES = 512 };

typedef struct point {
    double x, y;
} point;

static int by_x(const void *a, const void *b) {
    const point *p = a, *q = b;
    if (p->x != q->x) return p->x < q->x ? -1 : 1;
    return (p->y > q->y) - (p->y < q->y);
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Squared distance of point i to the nearest of the points i+step, i+2*step, ... in another place; `best` if that is
 * less. */
static double nearer(const point *sorted, int64_t n, int64_t i, int64_t step, double best) {
    for (int64_t k = i + step; k >= 0 && k < n; k += step) {
        double dx = sorted[k].x - sorted[i].x, dy = sorted[k].y - sorted[i].y, square = dx * dx + dy * dy;
        if (dx * dx >= best) break;
        if (square > 0 && square < best) best = square;
    }
    return best;
}

double nsr_points_spacing(const double *xy, int64_t n, double *least) {
    int64_t searches = n < MOST_SEARCHES ? n : MOST_SEARCHES, found = 0;
    double distance[MOST_SEARCHES];
    point *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted) return NAN;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (point){xy[2 * i], xy[2 * i + 1]};
    qsort(sorted, (size_t)n, sizeof *sorted, by_x);
    for (int64_t s = 0; s < searches; s++) {
        int64_t i = s * n / searches; /* n stays below 2^31 */
        double best = nearer(sorted, n, i, 1, nearer(sorted, n, i, -1, INFINITY));
        if (isfinite(best)) distance[found++] = sqrt(best);
    }
    free(sorted);
    qsort(distance, (size_t)found, sizeof *distance, by_size);
    if (least) *least = found ? distance[0] : 0;
    return found ? (distance[(found - 1) / 2] + distance[found / 2]) / 2 : 0;
}

double *nsr_edges_between(const double *center, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (!isfinite(center[i]) || (i > 0 && !(center[i] > center[i - 1]))) return NULL;
    double *edge = n > 1 ? malloc(((size_t)n + 1) * sizeof *edge) : NULL;
    if (!edge) return NULL;
    for (int64_t i = 1; i < n; i++)
        edge[i] = center[i - 1] + (center[i] - center[i - 1]) / 2;
    edge[0] = center[0] - (center[1] - center[0]) / 2;
    edge[n] = center[n - 1] + (center[n - 1] - center[n - 2]) / 2;
    return edge;
}
