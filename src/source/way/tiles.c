/* SPDX-License-Identifier: MIT */
/* Reads frames tile by tile. A thread keeps the last chunk row (of a large row only the last tile), so that small reads
   do not decode a chunk again. */
#include "tiles.h"
#include "base/whole.h"
#include "tile.h"

#include <stdlib.h>

struct nsr_tiles {
    nsr_tile_loader loader;
    nsr_span failed; /* frames of the chunk row that could not be loaded last */
    int n_kept;
    nsr_tile kept[];
};

static int count_kept(const nsr_tile_grid *grid) {
    return grid->n <= (int64_t)(NSR_TILE_ROW_BYTES / nsr_chunk_room(grid->bytes)) ? (int)grid->n : 1;
}

bool nsr_tiles_possible(const nsr_found *found) {
    int64_t bytes = found->storage.element;
    for (int i = 0; i < found->field.n_dims; i++)
        if (__builtin_mul_overflow(bytes, found->field.chunk[i], &bytes)) return false;
    return bytes > 0 && bytes <= UINT32_MAX;
}

int64_t nsr_tiles_memory(const nsr_found *found) {
    nsr_tile_grid grid = nsr_tile_grid_of(found);
    return (count_kept(&grid) + 1) * (int64_t)nsr_chunk_room(grid.bytes);
}

/* The large buffers are allocated only when a chunk is loaded. */
nsr_tiles *nsr_tiles_open(const nsr_found *found, nsr_err *err) {
    nsr_tile_grid grid = nsr_tile_grid_of(found);
    int n = count_kept(&grid);
    nsr_tiles *tiles = calloc(1, sizeof *tiles + (size_t)n * sizeof *tiles->kept);
    if (tiles) tiles->loader = (nsr_tile_loader){.grid = grid, .undoer = nsr_undoer_open()};
    if (!tiles || !tiles->loader.undoer) {
        free(tiles);
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a reader");
        return NULL;
    }
    tiles->n_kept = n;
    for (int i = 0; i < n; i++)
        tiles->kept[i].row = -1;
    return tiles;
}

void nsr_tiles_close(nsr_tiles *tiles) {
    if (!tiles) return;
    for (int i = 0; i < tiles->n_kept; i++)
        free(tiles->kept[i].bytes);
    nsr_undoer_close(tiles->loader.undoer);
    free(tiles->loader.stored);
    free(tiles);
}

/* Frames of one chunk row. */
static bool read_chunk_row(nsr_tiles *tiles, nsr_source *source, nsr_slab frames, unsigned char *to, nsr_err *err) {
    const nsr_tile_grid *grid = &tiles->loader.grid;
    int64_t row = frames.first / grid->frames;
    for (int64_t i = 0; i < grid->n; i++) {
        nsr_tile *tile = &tiles->kept[tiles->n_kept > 1 ? i : 0];
        bool loaded = tile->row == row && tile->number == i;
        if (!loaded && !nsr_tile_load(source, &tiles->loader, tile, row, i, err)) {
            tiles->failed = (nsr_span){row * grid->frames, (row + 1) * grid->frames};
            return false;
        }
        nsr_tile_copy(&source->found, grid, tile, frames, to);
    }
    return true;
}

bool nsr_tiles_read(nsr_tiles *tiles, nsr_source *source, nsr_slab frames, unsigned char *to, nsr_err *err) {
    size_t row = (size_t)source->found.field.n_stored * nsr_type_size(source->found.field.type);
    int64_t row_frames = tiles->loader.grid.frames;
    for (int64_t i = 0, n; i < frames.n; i += n) {
        int64_t first = frames.first + i * frames.step, left = row_frames - first % row_frames;
        n = nsr_divide_up(left, frames.step);
        if (n > frames.n - i) n = frames.n - i;
        if (!read_chunk_row(tiles, source, (nsr_slab){first, frames.step, n}, to + (size_t)i * row, err)) return false;
    }
    return true;
}

nsr_span nsr_tiles_failed(const nsr_tiles *tiles) { return tiles->failed; }
