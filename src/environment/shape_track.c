/* SPDX-License-Identifier: MIT */
/* Tracks: each bin is a straight piece. When the file holds the track, the pieces are cut from it, and have
   neurospatial's positions on the unrolled track. When only centres and neighbours are stored, a piece passes through
   its centre, parallel to the line between its two neighbours, half way to each. At a fork the two neighbours in the
   straightest line are used. On the unrolled track these bins follow in their order, with a gap where the next bin is
   no neighbour. */
#include "outline.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NEIGHBOURS = 16 }; /* of a fork; others are ignored */

static bool open_pieces(nsr_environment *env, int64_t n, nsr_err *err) {
    env->shape = NSR_SHAPE_TRACK;
    env->bin_line = calloc((size_t)n, 4 * sizeof *env->bin_line);
    env->linear = calloc((size_t)n, 2 * sizeof *env->linear);
    return (env->bin_line && env->linear) ||
           nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld pieces of a track", (long long)n);
}

/* --- pieces cut from the track --- */

static const nsr_run_of_track *run_at(const nsr_outline *o, double middle) {
    for (int64_t i = 0; i < o->n_runs; i++)
        if (middle >= o->runs[i].first && middle <= o->runs[i].last) return &o->runs[i];
    return NULL;
}

static void point_at(const nsr_run_of_track *run, double position, double xy[2]) {
    double share = (position - run->first) / (run->last - run->first);
    for (int axis = 0; axis < 2; axis++)
        xy[axis] = run->xy[axis] + share * (run->xy[2 + axis] - run->xy[axis]);
}

/* False when the middle of the piece is not the stored centre, that is when the track was misunderstood. */
static bool cut_piece(const nsr_outline *o, int64_t bin, const double edge[2], double piece[4]) {
    const nsr_run_of_track *run = run_at(o, edge[0] + (edge[1] - edge[0]) / 2);
    const double *center = o->centers + 2 * bin;
    if (!run) return false;
    point_at(run, edge[0], piece);
    point_at(run, edge[1], piece + 2);
    double off = hypot((piece[0] + piece[2]) / 2 - center[0], (piece[1] + piece[3]) / 2 - center[1]);
    return off <= 0.01 * (edge[1] - edge[0]);
}

static bool cut_all(const nsr_outline *o, nsr_environment *env) {
    const double *edge = o->edges[0];
    int64_t bin = 0;
    if (!o->runs || o->n_axes != 1 || (o->mask ? o->n_mask : o->n_bins) != o->cells[0]) return false;
    for (int64_t i = 0; i < o->cells[0]; i++) {
        if (o->mask && !o->mask[i]) continue;
        if (!(edge[i + 1] > edge[i]) || !cut_piece(o, bin, edge + i, env->bin_line + 4 * bin)) return false;
        memcpy(env->linear + 2 * bin++, edge + i, 2 * sizeof *edge);
    }
    return true;
}

/* --- pieces from neighbours --- */

/* The neighbours of bin i are of[first[i]] .. of[first[i + 1] - 1]. */
typedef struct neighbours {
    int64_t *first, *of;
} neighbours;

static bool find_neighbours(neighbours *nb, const nsr_outline *o) {
    nb->first = calloc((size_t)o->n_bins + 2, sizeof *nb->first);
    nb->of = malloc((size_t)o->n_links * 2 * sizeof *nb->of + 1);
    if (!nb->first || !nb->of) return false;
    for (int64_t i = 0; i < 2 * o->n_links; i++)
        nb->first[o->links[i] + 2]++;
    for (int64_t i = 2; i <= o->n_bins + 1; i++)
        nb->first[i] += nb->first[i - 1];
    for (int64_t i = 0; i < 2 * o->n_links; i++) /* moves first[i + 1] from the begin of bin i to its end */
        nb->of[nb->first[o->links[i] + 1]++] = o->links[i ^ 1];
    return true;
}

typedef struct way {
    double dx, dy, length;
} way;

/* Lists the ways from a bin to its neighbours, without neighbours in the same place; returns their number. */
static int ways_from(const nsr_outline *o, const neighbours *nb, int64_t bin, way ways[MOST_NEIGHBOURS]) {
    int n = 0;
    for (int64_t k = nb->first[bin]; k < nb->first[bin + 1] && n < MOST_NEIGHBOURS; k++) {
        const double *from = o->centers + 2 * bin, *to = o->centers + 2 * nb->of[k];
        way w = {to[0] - from[0], to[1] - from[1], hypot(to[0] - from[0], to[1] - from[1])};
        if (w.length > 0) ways[n++] = w;
    }
    return n;
}

/* Moves the two ways in the straightest line to the front. */
static void straightest(way ways[], int n) {
    int a = 0, b = 1;
    double least = 2;
    for (int i = 0; i < n; i++)
        for (int k = i + 1; k < n; k++) {
            double bend = (ways[i].dx * ways[k].dx + ways[i].dy * ways[k].dy) / (ways[i].length * ways[k].length);
            if (!(bend < least)) continue;
            least = bend;
            a = i;
            b = k;
        }
    way first = ways[a], second = ways[b];
    ways[0] = first;
    ways[1] = second;
}

/* Computes a piece from its ways. `usual`: length of a piece without neighbours. */
static void lay_piece(const double center[2], way ways[], int n, double usual, double piece[4]) {
    way none = {usual, 0, usual};
    if (n > 2) straightest(ways, n);
    way next = n > 0 ? ways[n > 1 ? 1 : 0] : none, last = n > 1 ? ways[0] : (way){-next.dx, -next.dy, next.length};
    double x = next.dx / next.length - last.dx / last.length, y = next.dy / next.length - last.dy / last.length;
    double size = hypot(x, y);
    if (!(size > 1e-9)) { /* both ways have the same direction */
        x = next.dx;
        y = next.dy;
        size = next.length;
    }
    x /= size;
    y /= size;
    piece[0] = center[0] - x * last.length / 2;
    piece[1] = center[1] - y * last.length / 2;
    piece[2] = center[0] + x * next.length / 2;
    piece[3] = center[1] + y * next.length / 2;
}

static bool follows(const neighbours *nb, int64_t bin) {
    for (int64_t k = nb->first[bin]; k < nb->first[bin + 1]; k++)
        if (nb->of[k] == bin + 1) return true;
    return false;
}

static double length_of(const double piece[4]) { return hypot(piece[2] - piece[0], piece[3] - piece[1]); }

static void unroll(nsr_environment *env, const neighbours *nb, int64_t n) {
    double sum = 0, at = 0;
    for (int64_t i = 0; i < n; i++)
        sum += length_of(env->bin_line + 4 * i);
    for (int64_t i = 0; i < n; i++) {
        env->linear[2 * i] = at;
        env->linear[2 * i + 1] = at += length_of(env->bin_line + 4 * i);
        if (i + 1 < n && !follows(nb, i)) at += sum / (double)n;
    }
}

static bool lay_all(const nsr_outline *o, nsr_environment *env, nsr_err *err) {
    neighbours nb = {0};
    double usual = nsr_points_spacing(o->centers, o->n_bins, NULL);
    bool good = !isnan(usual) && find_neighbours(&nb, o);
    if (!good) nsr_fail(err, NSR_EINTERNAL, "out of memory for the neighbours of %lld bins", (long long)o->n_bins);
    if (!(usual > 0)) usual = 1;
    for (int64_t i = 0; good && i < o->n_bins; i++) {
        way ways[MOST_NEIGHBOURS];
        int n = ways_from(o, &nb, i, ways);
        lay_piece(o->centers + 2 * i, ways, n, usual, env->bin_line + 4 * i);
    }
    if (good) unroll(env, &nb, o->n_bins);
    free(nb.first);
    free(nb.of);
    return good;
}

bool nsr_shape_track(nsr_outline *o, nsr_environment *env, nsr_err *err) {
    if (o->n_dims != 2) return nsr_shape_points(o, env, err);
    if (!open_pieces(env, o->n_bins, err)) return false;
    if (!cut_all(o, env)) {
        if (o->runs) nsr_note("%s: bin_centers do not lie on the track of graph_definition; drawn from them", o->where);
        if (!lay_all(o, env, err)) return false;
    }
    nsr_extent_of(env->extent, env->bin_line, 2 * o->n_bins);
    env->centers = o->centers;
    o->centers = NULL;
    return true;
}
