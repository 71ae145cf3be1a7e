/* SPDX-License-Identifier: MIT */
/* The unrolled track of neurospatial: graph_definition holds the nodes, edge_order the order of the edges, edge_spacing
   the gaps between them. */
#include "saved_track.h"

#include "json_keys.h"

#include <math.h>
#include <stdlib.h>

static bool node_place(const json_t *nodes, const json_t *id, double xy[2]) {
    size_t i;
    const json_t *node;
    json_array_foreach(nodes, i, node) {
        if (!json_equal(json_object_get(node, "id"), id)) continue;
        const json_t *pos = json_object_get(node, "pos");
        xy[0] = nsr_keys_real(json_array_get(pos, 0), NAN);
        xy[1] = nsr_keys_real(json_array_get(pos, 1), NAN);
        return json_array_size(pos) == 2 && nsr_outline_place(xy[0]) && nsr_outline_place(xy[1]);
    }
    return false;
}

/* The gap after edge i: edge_spacing is one number for all gaps, or a list. */
static double gap_behind(const json_t *spacing, size_t i) {
    return nsr_keys_real(json_is_array(spacing) ? json_array_get(spacing, i) : spacing, 0);
}

static bool lay_run(nsr_run_of_track *run, const json_t *nodes, const json_t *edge, double *at) {
    if (json_array_size(edge) != 2 || !node_place(nodes, json_array_get(edge, 0), run->xy) ||
        !node_place(nodes, json_array_get(edge, 1), run->xy + 2))
        return false;
    run->first = *at;
    run->last = *at += hypot(run->xy[2] - run->xy[0], run->xy[3] - run->xy[1]);
    return nsr_outline_place(run->last) && run->last > run->first;
}

bool nsr_saved_track(nsr_outline *o, const json_t *parameters, nsr_err *err) {
    const json_t *graph = json_object_get(json_object_get(parameters, "graph_definition"), "__nx_graph__"),
                 *nodes = json_object_get(graph, "nodes"), *order = json_object_get(parameters, "edge_order"),
                 *spacing = json_object_get(parameters, "edge_spacing");
    enum { MOST = 4096 }; /* edges and nodes; each edge searches all nodes */
    size_t n = json_array_size(order);
    if (n == 0 || n > MOST || json_array_size(nodes) > MOST) return true;
    if (!(o->runs = calloc(n, sizeof *o->runs)))
        return nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for %zu edges of a track", o->where, n);
    double at = 0;
    for (size_t i = 0; i < n; i++) {
        if (!lay_run(&o->runs[i], nodes, json_array_get(order, i), &at)) {
            free(o->runs);
            o->runs = NULL;
            return true;
        }
        at += gap_behind(spacing, i);
    }
    o->n_runs = (int64_t)n;
    return true;
}
