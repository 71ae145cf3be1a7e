/* SPDX-License-Identifier: MIT */
/* Loads a tile. HDF5 only locates a chunk, under the source's lock; its bytes are read and unfiltered without the lock,
   so that threads hardly wait for each other. */
#include "tile.h"

#include <nsrender/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* `FILE: /path: chunk of frames 16..23`, and its number if the row has several chunks. */
static void name_chunk(char *text, size_t size, const nsr_field *field, const nsr_tile_grid *grid,
                       const nsr_tile *tile) {
    int64_t first = tile->row * grid->frames, last = first + grid->frames - 1;
    if (last >= field->n_frames) last = field->n_frames - 1;
    int at = snprintf(text, size, "%s: %s: chunk of frames %lld..%lld", field->file, field->path, (long long)first,
                      (long long)last);
    if (grid->n > 1 && at < (int)size)
        snprintf(text + at, size - (size_t)at, " (part %lld of %lld)", (long long)tile->number + 1, (long long)grid->n);
}

static bool bad_chunk(const nsr_source *source, const nsr_tile_loader *loader, const nsr_tile *tile, const char *why,
                      nsr_err *err) {
    char name[700];
    name_chunk(name, sizeof name, &source->found.field, &loader->grid, tile);
    return nsr_fail(err, NSR_EDATA, "%s %s; --on-error fill shows its frames as no data", name, why);
}

/* As bad_chunk, for failures inside HDF5, whose reason it adds. The caller holds the lock. */
static bool bad_fetch(const nsr_source *source, const nsr_tile_loader *loader, const nsr_tile *tile, const char *why,
                      nsr_err *err) {
    char name[700];
    name_chunk(name, sizeof name, &source->found.field, &loader->grid, tile);
    return nsr_h5_fail(err, NSR_EDATA, "%s %s; --on-error fill shows its frames as no data", name, why);
}

static bool make_room(const nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, nsr_err *err) {
    size_t room = nsr_chunk_room(loader->grid.bytes);
    if (!loader->stored) loader->stored = malloc(room);
    if (!tile->bytes) tile->bytes = malloc(room);
    if (loader->stored && tile->bytes) return true;
    return nsr_fail(err, NSR_EINTERNAL, "%s: %s: out of memory for a chunk of %zu MB", source->found.field.file,
                    source->found.field.path, loader->grid.bytes >> 20);
}

static herr_t note_function(unsigned n, const H5E_error2_t *entry, void *user) {
    (void)n;
    *(bool *)user = !strcmp(entry->func_name, "H5D__get_chunk_storage_size");
    return 1; /* the first entry is enough */
}

/* HDF5 fails in the same way for a chunk that was never written and for a damaged index; but the first failure comes
   from the function that was asked, the second from deeper inside. HDF5 2 leaves `bytes`, which was 0, as it is. */
static bool never_written(herr_t result, hsize_t bytes) {
    bool asked = false;
    if (result >= 0) return bytes == 0;
    H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_function, &asked);
    return asked;
}

/* The stored bytes of a chunk. bytes is 0 when it was never written; at is -1 when loader->stored holds them already.
 */
typedef struct stored_chunk {
    hsize_t bytes;
    int64_t at;
    uint32_t mask;
} stored_chunk;

/* Locates the bytes of a chunk, or reads them with HDF5 if they cannot be located. The caller holds the lock. */
static bool locate_chunk(const nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, stored_chunk *chunk,
                         nsr_err *err) {
    hsize_t at[NSR_DIMS] = {0};
    nsr_tile_corner(&source->found.field, tile, at);
    *chunk = (stored_chunk){.at = -1};
    herr_t result = H5Dget_chunk_storage_size(source->dataset, at, &chunk->bytes);
    if (never_written(result, chunk->bytes)) {
        H5Eclear2(H5E_DEFAULT);
        chunk->bytes = 0;
        return true;
    }
    if (result < 0) return bad_fetch(source, loader, tile, "cannot be found: the index of the chunks is damaged", err);
    if (chunk->bytes > nsr_chunk_room(loader->grid.bytes))
        return bad_chunk(source, loader, tile, "claims more stored bytes than it can have", err);
    if (!make_room(source, loader, tile, err)) return false;
    if (source->locator) nsr_locator_begin(source->locator);
    result = H5Dread_chunk(source->dataset, H5P_DEFAULT, at, &chunk->mask, loader->stored);
    if (source->locator && !nsr_locator_found(source->locator, chunk->bytes, &chunk->at) && result >= 0) {
        chunk->at = -1;
        result = H5Dread_chunk(source->dataset, H5P_DEFAULT, at, &chunk->mask, loader->stored);
    }
    return result >= 0 || bad_fetch(source, loader, tile, "cannot be read", err);
}

/* Called without the lock. */
static bool fetch_chunk(const nsr_source *source, nsr_tile_loader *loader, const nsr_tile *tile,
                        const stored_chunk *chunk, nsr_err *err) {
    nsr_err unread = {0};
    char why[300];
    if (chunk->bytes == 0 || chunk->at < 0) return true;
    if (nsr_pread_all(nsr_locator_fd(source->locator), loader->stored, chunk->bytes, chunk->at, "the file", &unread))
        return true;
    snprintf(why, sizeof why, "cannot be read (%.250s)", unread.msg);
    return bad_chunk(source, loader, tile, why, err);
}

static bool undo_filters(const nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, size_t bytes, uint32_t mask,
                         nsr_err *err) {
    const nsr_storage *storage = &source->found.storage;
    const char *why = "";
    unsigned char *buffer[2] = {loader->stored, tile->bytes};
    bool good = nsr_chunk_undo(loader->undoer, &storage->filters, mask, buffer, bytes, loader->grid.bytes,
                               storage->element, &tile->shuffled, &why);
    tile->bytes = buffer[0];
    loader->stored = buffer[1];
    return good || bad_chunk(source, loader, tile, why, err);
}

static bool load_chunk(nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, nsr_err *err) {
    stored_chunk chunk;
    pthread_mutex_lock(&source->lock);
    bool good = locate_chunk(source, loader, tile, &chunk, err);
    pthread_mutex_unlock(&source->lock);
    if (!good || !fetch_chunk(source, loader, tile, &chunk, err)) return false;
    tile->missing = chunk.bytes == 0;
    source->bytes_read += (int64_t)chunk.bytes;
    return tile->missing || undo_filters(source, loader, tile, chunk.bytes, chunk.mask, err);
}

/* Reads the frames of a tile bin by bin, or in one read if they are all frames. */
static bool load_cut(nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, nsr_err *err) {
    const nsr_storage *storage = &source->found.storage;
    const nsr_field *field = &source->found.field;
    int64_t first = tile->row * loader->grid.frames, n = field->n_frames - first, size = storage->element;
    int64_t bins = field->n_stored;
    if (n > loader->grid.frames) n = loader->grid.frames;
    if (!make_room(source, loader, tile, err)) return false;
    size_t run = (size_t)(n * size), step = (size_t)(loader->grid.frames * size);
    if (n == field->n_frames) {
        run *= (size_t)bins;
        bins = 1;
    }
    for (int64_t bin = 0; bin < bins; bin++) {
        int64_t at = storage->offset + (bin * field->n_frames + first) * size;
        if (!nsr_pread_all(source->fd, tile->bytes + (size_t)bin * step, run, at, storage->file, err)) return false;
    }
    source->bytes_read += n * size * field->n_stored;
    return true;
}

bool nsr_tile_load(nsr_source *source, nsr_tile_loader *loader, nsr_tile *tile, int64_t row, int64_t number,
                   nsr_err *err) {
    *tile = (nsr_tile){.row = row, .number = number, .bytes = tile->bytes};
    bool good = loader->grid.cut ? load_cut(source, loader, tile, err) : load_chunk(source, loader, tile, err);
    if (!good) tile->row = -1;
    return good;
}
