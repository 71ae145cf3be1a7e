/* SPDX-License-Identifier: MIT */
/* One-dimensional fields: a strip, that is a grid of one row with a fixed ratio of length to height. */
#include "layouts.h"

bool nsr_line_map(nsr_picture *picture, const nsr_environment *env, const nsr_layout_view *view, nsr_err *err) {
    nsr_axis x;
    if (!nsr_axis_make(&x, "x", env->x_edges, env->nx, err)) return false;
    if (view->given && !nsr_axis_crop(&x, view->box[0], view->box[1], err)) return false;
    double strip[2] = {0, (x.last - x.first) / NSR_STRIP};
    nsr_environment grid = *env;
    grid.ny = 1, grid.y_edges = strip, grid.y_up = true;
    nsr_layout_view along = *view; /* the strip has its full height in every view */
    along.box[2] = strip[0], along.box[3] = strip[1];
    return nsr_grid_map(picture, &grid, &along, err);
}
