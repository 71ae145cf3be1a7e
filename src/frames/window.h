/* SPDX-License-Identifier: MIT */
/* A worker's view of the selected frames: from the cache where that holds them, else from two windows that are read
   ahead. All calls are local; one worker uses one nsr_frame_window. */
#ifndef NSR_FRAMES_WINDOW_H
#define NSR_FRAMES_WINDOW_H

#include "cache.h"

/* A run of frames in memory; it stays valid until the next call on the same window. */
typedef struct nsr_piece {
    const unsigned char *values; /* n rows of the field's bins, in the field's type */
    const unsigned char *bad;    /* a byte per frame: unreadable and filled with NaN; NULL: all were read */
    int64_t n;
} nsr_piece;

/* Frames of a piece that could not be read. */
int64_t nsr_piece_bad(const nsr_piece *piece);

/* Index of the first of them; n where all were read. */
int64_t nsr_piece_first_bad(const nsr_piece *piece);

/* A reader and the two windows used last. */
typedef struct nsr_frame_window {
    nsr_cache *cache;
    nsr_reader *reader;
    struct {
        unsigned char *values, *bad;
        nsr_span held; /* positions */
        bool any_bad;
    } window[2];
    int latest;
} nsr_frame_window;

/* Opens a reader of its own on the cache's source. */
bool nsr_frame_window_open(nsr_frame_window *window, nsr_cache *cache, nsr_err *err);
/* Frees reader and windows. Allowed on a zeroed window and after a failed open. */
void nsr_frame_window_close(nsr_frame_window *window);
/* The frames from `position` on: at least one, at most up to `end`, not beyond the window. Where they must be read,
   frames up to `limit` (>= end) are read with them. Frames that cannot be read are marked; false only for a run
   error. */
bool nsr_frame_window_get(nsr_frame_window *window, int64_t position, int64_t end, int64_t limit, nsr_piece *piece,
                          nsr_err *err);
/* Reads positions into memory of the caller (`values`: rows, `bad`: a byte per frame); fills and marks the frames that
   cannot be read. Returns their number, -1 for a run error. */
int64_t nsr_frame_window_load(nsr_frame_window *window, nsr_span positions, unsigned char *values, unsigned char *bad,
                              nsr_err *err);
/* Fills `why` with the reason why the frame at a position cannot be read, by reading it again. */
void nsr_frame_window_why(nsr_frame_window *window, int64_t position, nsr_err *why);
/* Number of these positions that cannot be read; -1 for a run error. All values are added to `values`, unless NULL;
   frames that cannot be read are filled. */
int64_t nsr_frame_window_bad(nsr_frame_window *window, nsr_span positions, nsr_hash *values, nsr_err *err);

#endif
