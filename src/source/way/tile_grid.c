/* SPDX-License-Identifier: MIT */
/* The grid of tiles of a dataset, and where the bins of a tile lie in a frame. */
#include "base/whole.h"
#include "tile.h"
#include "tiles.h"

/* This program cuts a short recording into so many tiles that several workers can share them. */
enum { CUTS = 64, CUT_LEAST = 256 };

/* Frames per tile: enough for efficient reads of one bin, but at most NSR_TILE_ROW_BYTES; a power of two, as in
   segments. */
int64_t nsr_tiles_cut(const nsr_found *found) {
    int64_t most = NSR_TILE_ROW_BYTES / (found->field.n_stored * found->storage.element), n = 1;
    while (2 * n <= most && (n < CUT_LEAST || n < found->field.n_frames / CUTS))
        n *= 2;
    return n < found->field.n_frames ? n : found->field.n_frames;
}

nsr_tile_grid nsr_tile_grid_of(const nsr_found *found) {
    const nsr_field *field = &found->field;
    nsr_tile_grid g = {
        .cut = field->chunk[0] == 0, .frames_inside = field->bins_first, .axes = field->n_dims - 1, .n = 1};
    g.frames = g.cut ? nsr_tiles_cut(found) : field->chunk[0];
    for (int k = 0; k < g.axes; k++) {
        g.frame[k] = field->shape[k + 1];
        g.tile[k] = g.cut ? g.frame[k] : field->chunk[k + 1];
        g.n *= nsr_divide_up(g.frame[k], g.tile[k]);
    }
    for (int last = g.axes - 1; last > 0 && g.tile[last] == g.frame[last]; last = g.axes - 1) {
        g.tile[last - 1] *= g.tile[last];
        g.frame[last - 1] *= g.frame[last];
        g.axes--;
    }
    g.values = (size_t)g.frames;
    for (int k = 0; k < g.axes; k++)
        g.values *= (size_t)g.tile[k];
    g.bytes = g.values * (size_t)found->storage.element;
    return g;
}

nsr_tile_box nsr_tile_box_of(const nsr_tile_grid *grid, int64_t number) {
    nsr_tile_box box = {.lines = 1};
    for (int k = grid->axes - 1; k >= 0; k--) {
        int64_t across = nsr_divide_up(grid->frame[k], grid->tile[k]);
        box.origin[k] = number % across * grid->tile[k];
        number /= across;
        int64_t left = grid->frame[k] - box.origin[k];
        box.size[k] = left < grid->tile[k] ? left : grid->tile[k];
        if (k < grid->axes - 1) box.lines *= box.size[k];
    }
    box.length = box.size[grid->axes - 1];
    return box;
}

void nsr_tile_line(const nsr_tile_grid *grid, const nsr_tile_box *box, int64_t line, int64_t *in_tile,
                   int64_t *in_frame) {
    int64_t tile_step = grid->tile[grid->axes - 1], frame_step = grid->frame[grid->axes - 1];
    *in_tile = 0;
    *in_frame = box->origin[grid->axes - 1];
    for (int k = grid->axes - 2; k >= 0; k--) {
        int64_t at = line % box->size[k];
        line /= box->size[k];
        *in_tile += at * tile_step;
        *in_frame += (box->origin[k] + at) * frame_step;
        tile_step *= grid->tile[k];
        frame_step *= grid->frame[k];
    }
}

void nsr_tile_corner(const nsr_field *field, const nsr_tile *tile, hsize_t at[NSR_DIMS]) {
    int first = field->bins_first ? 0 : 1;
    int64_t number = tile->number;
    for (int k = field->n_dims - 1; k > 0; k--) {
        int64_t across = nsr_divide_up(field->shape[k], field->chunk[k]);
        at[first + k - 1] = (hsize_t)(number % across * field->chunk[k]);
        number /= across;
    }
    at[field->bins_first ? field->n_dims - 1 : 0] = (hsize_t)(tile->row * field->chunk[0]);
}
