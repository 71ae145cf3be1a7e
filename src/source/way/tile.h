/* SPDX-License-Identifier: MIT */
/* One tile: its place in the grid of tiles, its bytes, its values. A chunk row is all chunks of the same frames, and a
   tile is one chunk of it. This program also cuts contiguous values that are stored bins first into tiles, because the
   values of a frame are spread over the whole dataset. Every function is local. */
#ifndef NSR_SOURCE_WAY_TILE_H
#define NSR_SOURCE_WAY_TILE_H

#include "source/format_and_way.h"

enum { NSR_TILE_AXES = NSR_DIMS - 1, NSR_TILE_ROW_BYTES = 16 << 20 /* chunk rows up to this size are kept whole */ };

/* The grid of tiles, over the dimensions of the bins. Innermost dimensions that are whole in every tile are merged with
   the next one. */
typedef struct nsr_tile_grid {
    bool cut;           /* contiguous: this program chose the tiles */
    bool frames_inside; /* bins first: the values of a bin lie together in a tile */
    int axes;
    int64_t frames;                                    /* of a tile */
    int64_t tile[NSR_TILE_AXES], frame[NSR_TILE_AXES]; /* shape of a tile and of a whole frame */
    int64_t n;                                         /* tiles of a chunk row */
    size_t values, bytes;                              /* of a tile */
} nsr_tile_grid;

/* The bins that a tile covers, as lines: bins next to each other in the tile and in the frame. */
typedef struct nsr_tile_box {
    int64_t origin[NSR_TILE_AXES], size[NSR_TILE_AXES];
    int64_t lines, length; /* length: bins of a line */
} nsr_tile_box;

/* A tile in memory. */
typedef struct nsr_tile {
    int64_t row, number; /* chunk row (-1: the tile is empty), and place in it */
    bool missing;        /* never written: every value is the fill value */
    bool shuffled;       /* the shuffle filter is not undone yet: nsr_chunk_values does it for the values it extracts */
    unsigned char *bytes; /* nsr_chunk_room() of them; NULL: none was needed yet */
} nsr_tile;

/* What a thread needs to load tiles. */
typedef struct nsr_tile_loader {
    nsr_tile_grid grid;
    nsr_undoer *undoer;
    unsigned char *stored; /* of the size of nsr_tile.bytes, so that the two can be swapped; NULL at first */
} nsr_tile_loader;

/* --- tile_grid.c --- */
nsr_tile_grid nsr_tile_grid_of(const nsr_found *found); /* the grid of a dataset */
/* The bins that tile `number` of a chunk row covers. */
nsr_tile_box nsr_tile_box_of(const nsr_tile_grid *grid, int64_t number);
/* Where line `line` begins, in bins: in a frame of the tile, and in a whole frame. */
void nsr_tile_line(const nsr_tile_grid *grid, const nsr_tile_box *box, int64_t line, int64_t *in_tile,
                   int64_t *in_frame);
/* Where a chunk begins in each dimension of the file. */
void nsr_tile_corner(const nsr_field *field, const nsr_tile *tile, hsize_t at[NSR_DIMS]);

/* --- tile_load.c --- */
/* Reads and decodes tile `number` of a chunk row into `tile`; takes source->lock during calls of HDF5. NSR_EDATA names
   the frames of a damaged chunk, NSR_EIO: the disk failed. After a failure the tile is empty. */
bool nsr_tile_load(nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, int64_t row, int64_t number,
                   nsr_err *err);

/* --- tile_copy.c --- */
/* Converts the values of a tile and copies them to their bins in the rows of `to`, one row per frame. All frames lie in
   the tile's chunk row. */
void nsr_tile_copy(const nsr_found *found, const nsr_tile_grid *grid, const nsr_tile *tile, nsr_slab frames,
                   unsigned char *to);
/* Writes the fill value n times, as field.type. */
void nsr_fill_values(const nsr_found *found, void *values, size_t n);

#endif
