/* SPDX-License-Identifier: MIT */
/* Converts the stored numbers of a tile to values at their bins in rows of frames. A batch of frames is decoded into a
   scratch buffer that fits the first-level cache, and is scattered from there; lines of large frames are decoded
   directly into the rows. */
#include "base/whole.h"
#include "tile.h"

#include <string.h>

enum { SCRATCH = 1024 }; /* values */

/* One tile and the rows that its values go to. */
typedef struct tile_copy {
    const nsr_found *found;
    const nsr_tile_grid *grid;
    nsr_plain plain; /* the stored numbers */
    bool missing;
    nsr_tile_box box;
    size_t size, row;   /* bytes of a value, of a row of `to` */
    int64_t frame_bins; /* bins of a frame in the tile */
} tile_copy;

/* Frames first, first+step, ... counted from the beginning of the tile, to the rows of `to`. */
typedef void (*copy_batch)(const tile_copy *c, nsr_slab frames, unsigned char *to);

void nsr_fill_values(const nsr_found *found, void *values, size_t n) {
    size_t size = nsr_type_size(found->field.type);
    for (size_t i = 0; i < n; i++)
        memcpy((unsigned char *)values + i * size, found->storage.fill, size);
}

/* Values first .. first+n-1 of the tile. */
static void decode_values(const tile_copy *c, int64_t first, size_t n, void *values) {
    const nsr_form *form = &c->found->storage.form;
    nsr_type type = c->found->field.type;
    unsigned char *to = values;
    if (c->missing) {
        nsr_fill_values(c->found, to, n);
    } else if (nsr_form_is_plain(form, type)) {
        nsr_chunk_values(to, &c->plain, (size_t)first, n);
    } else {
        uint64_t stored[SCRATCH];
        for (size_t i = 0, m; i < n; i += m, to += m * c->size) {
            m = n - i < SCRATCH ? n - i : SCRATCH;
            nsr_chunk_values(stored, &c->plain, (size_t)first + i, m);
            nsr_form_values(to, type, form, stored, m);
        }
    }
}

/* Large frames: each line is decoded directly into its row. */
static void copy_lines(const tile_copy *c, nsr_slab frames, unsigned char *to) {
    int64_t in_tile, in_frame;
    for (int64_t i = 0; i < frames.n; i++, to += c->row) {
        int64_t first = (frames.first + i * frames.step) * c->frame_bins;
        for (int64_t line = 0; line < c->box.lines; line++) {
            nsr_tile_line(c->grid, &c->box, line, &in_tile, &in_frame);
            decode_values(c, first + in_tile, (size_t)c->box.length, to + (size_t)in_frame * c->size);
        }
    }
}

/* Small frames have short lines: the successive frames of a batch are decoded at once, then copied to the rows line by
   line. */
static void copy_small_frames(const tile_copy *c, nsr_slab frames, unsigned char *to) {
    double scratch[SCRATCH];
    size_t frame = (size_t)c->frame_bins * c->size, length = (size_t)c->box.length * c->size;
    int64_t in_tile, in_frame;
    decode_values(c, frames.first * c->frame_bins, (size_t)(frames.n * c->frame_bins), scratch);
    for (int64_t line = 0; line < c->box.lines; line++) {
        nsr_tile_line(c->grid, &c->box, line, &in_tile, &in_frame);
        const unsigned char *from = (unsigned char *)scratch + (size_t)in_tile * c->size;
        unsigned char *at = to + (size_t)in_frame * c->size;
        for (int64_t i = 0; i < frames.n; i++, from += frame, at += c->row)
            memcpy(at, from, length);
    }
}

/* Bins first: the batch of each bin is decoded at once and becomes a column of the rows. */
static void copy_transposed(const tile_copy *c, nsr_slab frames, unsigned char *to) {
    double scratch[SCRATCH];
    size_t span = (size_t)((frames.n - 1) * frames.step + 1);
    int64_t in_tile, in_frame;
    for (int64_t line = 0; line < c->box.lines; line++) {
        nsr_tile_line(c->grid, &c->box, line, &in_tile, &in_frame);
        for (int64_t bin = 0; bin < c->box.length; bin++) {
            decode_values(c, (in_tile + bin) * c->grid->frames + frames.first, span, scratch);
            nsr_scatter_values(to + (size_t)(in_frame + bin) * c->size, c->row, c->found->field.type, scratch,
                               frames.step, frames.n);
        }
    }
}

/* How frames `step` apart are copied, and at most how many of them in a batch. */
static copy_batch choose_copy(const tile_copy *c, int64_t step, int64_t *most) {
    if (c->grid->frames_inside) {
        *most = nsr_divide_up(SCRATCH, step);
        return copy_transposed;
    }
    if (step == 1 && c->frame_bins <= SCRATCH / 4) {
        *most = (int64_t)(SCRATCH * sizeof(double) / ((size_t)c->frame_bins * c->size));
        return copy_small_frames;
    }
    *most = INT64_MAX;
    return copy_lines;
}

void nsr_tile_copy(const nsr_found *found, const nsr_tile_grid *grid, const nsr_tile *tile, nsr_slab frames,
                   unsigned char *to) {
    size_t size = nsr_type_size(found->field.type);
    tile_copy c = {
        .found = found,
        .grid = grid,
        .plain = {tile->bytes, grid->values, found->storage.element, tile->shuffled, found->storage.form.big_endian},
        .missing = tile->missing,
        .box = nsr_tile_box_of(grid, tile->number),
        .size = size,
        .row = (size_t)found->field.n_stored * size,
        .frame_bins = (int64_t)grid->values / grid->frames};
    int64_t most, first = frames.first - tile->row * grid->frames;
    copy_batch copy = choose_copy(&c, frames.step, &most);
    for (int64_t i = 0, n; i < frames.n; i += n, to += (size_t)n * c.row) {
        n = frames.n - i < most ? frames.n - i : most;
        copy(&c, (nsr_slab){first + i * frames.step, frames.step, n}, to);
    }
}
