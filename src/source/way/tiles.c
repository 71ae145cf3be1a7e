/* SPDX-License-Identifier: MIT */
/* A chunk row is all chunks of the same frames; a tile is one chunk of it. Only where a chunk lies is asked under the
   source's lock; its bytes are fetched, made plain and put in place outside it, so that threads share a short part.
   Contiguous values that lie bins first are cut into tiles of our own, for what a frame needs is spread over the whole
   dataset. */
#include "tiles.h"

#include <nsrender/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Chunk rows up to this size are kept whole, so that small reads do not make them plain again. */
enum { ROW_BYTES = 16 << 20, BLOCK = 1024, AXES = NSR_DIMS - 1 };

/* Tiles of our own: so many, where a recording is short, that several workers find something to do. */
enum { CUTS = 64, CUT_LEAST = 256 };

/* The dimensions of the bins. Innermost ones that are not divided into tiles count as one with the next. */
typedef struct shape {
    bool cut;           /* contiguous: the tiles are ours */
    bool frames_inside; /* bins first: the values of a bin lie together in a tile */
    int axes;
    int64_t frames, tile[AXES], all[AXES]; /* of a tile; of a frame */
    int64_t n;                             /* tiles of a chunk row */
    size_t values, bytes;                  /* of a tile */
} shape;

/* A tile in memory. */
typedef struct slot {
    int64_t row, tile;      /* row -1: nothing */
    bool missing, shuffled; /* missing: never written, all is fill value */
    unsigned char *bytes;   /* nsr_chunk_room() of them */
} slot;

struct nsr_tiles {
    shape shape;
    nsr_undoer *undoer;
    unsigned char *stored; /* as large as a slot's, so that the two can change places */
    int n_slots;
    slot slots[];
};

static int64_t up(int64_t n, int64_t by) { return (n - 1) / by + 1; }

/* So many frames that the values of a bin are worth a read, as far as they fit; a power of two, as segments have. */
int64_t nsr_tiles_cut(const nsr_found *found) {
    int64_t most = ROW_BYTES / (found->field.n_stored * found->storage.element), n = 1;
    while (2 * n <= most && (n < CUT_LEAST || n < found->field.n_frames / CUTS))
        n *= 2;
    return n < found->field.n_frames ? n : found->field.n_frames;
}

static shape shape_of(const nsr_found *found) {
    const nsr_field *field = &found->field;
    shape t = {.cut = field->chunk[0] == 0, .frames_inside = field->bins_first, .axes = field->n_dims - 1, .n = 1};
    t.frames = t.cut ? nsr_tiles_cut(found) : field->chunk[0];
    for (int k = 0; k < t.axes; k++) {
        t.all[k] = field->shape[k + 1];
        t.tile[k] = t.cut ? t.all[k] : field->chunk[k + 1];
        t.n *= up(t.all[k], t.tile[k]);
    }
    for (int last = t.axes - 1; last > 0 && t.tile[last] == t.all[last]; last = t.axes - 1) {
        t.tile[last - 1] *= t.tile[last];
        t.all[last - 1] *= t.all[last];
        t.axes--;
    }
    t.values = (size_t)t.frames;
    for (int k = 0; k < t.axes; k++)
        t.values *= (size_t)t.tile[k];
    t.bytes = t.values * (size_t)found->storage.element;
    return t;
}

static int slots_of(const shape *t) { return t->n <= (int64_t)(ROW_BYTES / nsr_chunk_room(t->bytes)) ? (int)t->n : 1; }

bool nsr_tiles_possible(const nsr_found *found) {
    int64_t bytes = found->storage.element;
    for (int i = 0; i < found->field.n_dims; i++)
        if (__builtin_mul_overflow(bytes, found->field.chunk[i], &bytes)) return false;
    return bytes > 0 && bytes <= UINT32_MAX;
}

int64_t nsr_tiles_memory(const nsr_found *found) {
    shape t = shape_of(found);
    return (slots_of(&t) + 1) * (int64_t)nsr_chunk_room(t.bytes);
}

/* The large buffers are made only when a chunk really is there. */
nsr_tiles *nsr_tiles_open(const nsr_found *found, nsr_err *err) {
    shape t = shape_of(found);
    int n = slots_of(&t);
    nsr_tiles *tiles = calloc(1, sizeof *tiles + (size_t)n * sizeof *tiles->slots);
    if (tiles) tiles->undoer = nsr_undoer_open();
    if (!tiles || !tiles->undoer) {
        free(tiles);
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a reader");
        return NULL;
    }
    tiles->shape = t;
    tiles->n_slots = n;
    for (int i = 0; i < n; i++)
        tiles->slots[i].row = -1;
    return tiles;
}

void nsr_tiles_close(nsr_tiles *tiles) {
    if (!tiles) return;
    for (int i = 0; i < tiles->n_slots; i++)
        free(tiles->slots[i].bytes);
    nsr_undoer_close(tiles->undoer);
    free(tiles->stored);
    free(tiles);
}

void nsr_fill_values(const nsr_found *found, void *values, size_t n) {
    size_t size = nsr_type_size(found->field.type);
    for (size_t i = 0; i < n; i++)
        memcpy((unsigned char *)values + i * size, found->storage.fill, size);
}

/* --- messages --- */

/* `FILE: /path: chunk of frames 16..23`, and which one where a row has several. */
static void name_chunk(char *text, size_t size, const nsr_field *field, const shape *t, const slot *s) {
    int64_t first = s->row * t->frames, last = first + t->frames - 1;
    if (last >= field->n_frames) last = field->n_frames - 1;
    int at = snprintf(text, size, "%s: %s: chunk of frames %lld..%lld", field->file, field->path, (long long)first,
                      (long long)last);
    if (t->n > 1 && at < (int)size)
        snprintf(text + at, size - (size_t)at, " (part %lld of %lld)", (long long)s->tile + 1, (long long)t->n);
}

static bool bad_chunk(const nsr_source *source, const nsr_tiles *tiles, const slot *s, const char *why, nsr_err *err) {
    char name[700];
    name_chunk(name, sizeof name, &source->found.field, &tiles->shape, s);
    return nsr_fail(err, NSR_EDATA, "%s %s; --on-error fill shows its frames as no data", name, why);
}

/* The same for failures inside HDF5, which tells why. Under the lock. */
static bool bad_fetch(const nsr_source *source, const nsr_tiles *tiles, const slot *s, const char *why, nsr_err *err) {
    char name[700];
    name_chunk(name, sizeof name, &source->found.field, &tiles->shape, s);
    return nsr_h5_fail(err, NSR_EDATA, "%s %s; --on-error fill shows its frames as no data", name, why);
}

static bool make_room(const nsr_source *source, nsr_tiles *tiles, slot *s, nsr_err *err) {
    size_t room = nsr_chunk_room(tiles->shape.bytes);
    if (!tiles->stored) tiles->stored = malloc(room);
    if (!s->bytes) s->bytes = malloc(room);
    if (tiles->stored && s->bytes) return true;
    return nsr_fail(err, NSR_EINTERNAL, "%s: %s: out of memory for a chunk of %zu MB", source->found.field.file,
                    source->found.field.path, tiles->shape.bytes >> 20);
}

/* HDF5 1.10 fails in the same way for a chunk that was never written and for a damaged index; but the first failure
   comes from the top of the library, the second from deep inside. */
static bool never_written(herr_t result, hsize_t bytes) {
    if (result >= 0) return bytes == 0;
    return H5Eget_num(H5E_DEFAULT) <= 2;
}

/* Where a chunk begins, in the order of the file. */
static void corner(const nsr_field *field, const slot *s, hsize_t at[NSR_DIMS]) {
    int first = field->bins_first ? 0 : 1;
    int64_t tile = s->tile;
    for (int k = field->n_dims - 1; k > 0; k--) {
        int64_t across = up(field->shape[k], field->chunk[k]);
        at[first + k - 1] = (hsize_t)(tile % across * field->chunk[k]);
        tile /= across;
    }
    at[field->bins_first ? field->n_dims - 1 : 0] = (hsize_t)(s->row * field->chunk[0]);
}

/* The stored bytes of a chunk: 0 when it was never written. At -1 they are in tiles->stored already. */
typedef struct piece {
    hsize_t bytes;
    int64_t at;
    uint32_t mask;
} piece;

/* Where the bytes lie; where only HDF5 knows, it reads them. Under the lock. */
static bool locate(const nsr_source *source, nsr_tiles *tiles, slot *s, piece *p, nsr_err *err) {
    hsize_t at[NSR_DIMS] = {0};
    corner(&source->found.field, s, at);
    *p = (piece){.at = -1};
    herr_t result = H5Dget_chunk_storage_size(source->dataset, at, &p->bytes);
    if (never_written(result, p->bytes)) {
        H5Eclear2(H5E_DEFAULT);
        p->bytes = 0;
        return true;
    }
    if (result < 0) return bad_fetch(source, tiles, s, "cannot be found: the index of the chunks is damaged", err);
    if (p->bytes > nsr_chunk_room(tiles->shape.bytes))
        return bad_chunk(source, tiles, s, "claims more stored bytes than it can have", err);
    if (!make_room(source, tiles, s, err)) return false;
    if (source->locator) nsr_locator_begin(source->locator);
    result = H5Dread_chunk(source->dataset, H5P_DEFAULT, at, &p->mask, tiles->stored);
    if (source->locator && !nsr_locator_found(source->locator, p->bytes, &p->at) && result >= 0) {
        p->at = -1;
        result = H5Dread_chunk(source->dataset, H5P_DEFAULT, at, &p->mask, tiles->stored);
    }
    return result >= 0 || bad_fetch(source, tiles, s, "cannot be read", err);
}

/* Outside the lock. */
static bool fetch(const nsr_source *source, nsr_tiles *tiles, const slot *s, const piece *p, nsr_err *err) {
    nsr_err trouble = {0};
    char why[300];
    if (p->bytes == 0 || p->at < 0) return true;
    if (nsr_pread_all(nsr_locator_fd(source->locator), tiles->stored, p->bytes, p->at, "the file", &trouble))
        return true;
    snprintf(why, sizeof why, "cannot be read (%.250s)", trouble.msg);
    return bad_chunk(source, tiles, s, why, err);
}

static bool undo(const nsr_source *source, nsr_tiles *tiles, slot *s, size_t bytes, uint32_t mask, nsr_err *err) {
    const nsr_storage *storage = &source->found.storage;
    const char *why = "";
    unsigned char *buffer[2] = {tiles->stored, s->bytes};
    bool good = nsr_chunk_undo(tiles->undoer, &storage->filters, mask, buffer, bytes, tiles->shape.bytes,
                               storage->element, &s->shuffled, &why);
    s->bytes = buffer[0];
    tiles->stored = buffer[1];
    return good || bad_chunk(source, tiles, s, why, err);
}

static bool load_chunk(nsr_source *source, nsr_tiles *tiles, slot *s, nsr_err *err) {
    piece p;
    pthread_mutex_lock(&source->lock);
    bool good = locate(source, tiles, s, &p, err);
    pthread_mutex_unlock(&source->lock);
    if (!good || !fetch(source, tiles, s, &p, err)) return false;
    s->missing = p.bytes == 0;
    source->bytes_read += (int64_t)p.bytes;
    return s->missing || undo(source, tiles, s, p.bytes, p.mask, err);
}

/* The same frames of every bin, bin after bin; one read where they are all frames. */
static bool load_cut(nsr_source *source, nsr_tiles *tiles, slot *s, nsr_err *err) {
    const nsr_storage *storage = &source->found.storage;
    const nsr_field *field = &source->found.field;
    int64_t first = s->row * tiles->shape.frames, n = field->n_frames - first, size = storage->element;
    int64_t bins = field->n_stored;
    if (n > tiles->shape.frames) n = tiles->shape.frames;
    if (!make_room(source, tiles, s, err)) return false;
    size_t run = (size_t)(n * size), step = (size_t)(tiles->shape.frames * size);
    if (n == field->n_frames) {
        run *= (size_t)bins;
        bins = 1;
    }
    for (int64_t bin = 0; bin < bins; bin++) {
        int64_t at = storage->offset + (bin * field->n_frames + first) * size;
        if (!nsr_pread_all(source->fd, s->bytes + (size_t)bin * step, run, at, storage->file, err)) return false;
    }
    source->bytes_read += n * size * field->n_stored;
    return true;
}

static bool load(nsr_source *source, nsr_tiles *tiles, slot *s, int64_t row, int64_t tile, nsr_err *err) {
    *s = (slot){.row = row, .tile = tile, .bytes = s->bytes};
    bool good = tiles->shape.cut ? load_cut(source, tiles, s, err) : load_chunk(source, tiles, s, err);
    if (!good) s->row = -1;
    return good;
}

/* --- putting values in place --- */

/* The box of a frame that a tile covers, as lines: values next to each other in both. */
typedef struct box {
    int axes;
    int64_t origin[AXES], size[AXES];
    int64_t lines, length;
} box;

static box box_of(const shape *t, int64_t tile) {
    box b = {.axes = t->axes, .lines = 1};
    for (int k = t->axes - 1; k >= 0; k--) {
        int64_t across = up(t->all[k], t->tile[k]), left;
        b.origin[k] = tile % across * t->tile[k];
        tile /= across;
        left = t->all[k] - b.origin[k];
        b.size[k] = left < t->tile[k] ? left : t->tile[k];
        if (k < t->axes - 1) b.lines *= b.size[k];
    }
    b.length = b.size[t->axes - 1];
    return b;
}

/* Where a line begins in the tile and in the frame, in bins. */
static void line_at(const shape *t, const box *b, int64_t line, int64_t *in_tile, int64_t *in_frame) {
    int64_t tile_step = t->tile[t->axes - 1], frame_step = t->all[t->axes - 1];
    *in_tile = 0;
    *in_frame = b->origin[t->axes - 1];
    for (int k = t->axes - 2; k >= 0; k--) {
        int64_t at = line % b->size[k];
        line /= b->size[k];
        *in_tile += at * tile_step;
        *in_frame += (b->origin[k] + at) * frame_step;
        tile_step *= t->tile[k];
        frame_step *= t->all[k];
    }
}

/* Values first .. first+n-1 of the tile. */
static void put_run(const nsr_source *source, const shape *t, const slot *s, int64_t first, size_t n,
                    unsigned char *to) {
    const nsr_storage *storage = &source->found.storage;
    nsr_type type = source->found.field.type;
    nsr_plain plain = {s->bytes, t->values, storage->element, s->shuffled, storage->form.big_endian};
    if (s->missing) {
        nsr_fill_values(&source->found, to, n);
    } else if (nsr_form_is_plain(&storage->form, type)) {
        nsr_chunk_values(to, &plain, (size_t)first, n);
    } else {
        uint64_t block[BLOCK];
        for (size_t i = 0, m; i < n; i += m, to += m * nsr_type_size(type)) {
            m = n - i < BLOCK ? n - i : BLOCK;
            nsr_chunk_values(block, &plain, (size_t)first + i, m);
            nsr_form_values(to, type, &storage->form, block, m);
        }
    }
}

/* Frames outside, bins inside: line by line. */
static void put_lines(const nsr_source *source, const shape *t, const slot *s, nsr_slab pick, const box *b,
                      unsigned char *to) {
    size_t size = nsr_type_size(source->found.field.type), row = (size_t)source->found.field.n_stored * size;
    int64_t frame_values = (int64_t)t->values / t->frames, in_tile, in_frame;
    for (int64_t i = 0; i < pick.n; i++, to += row) {
        int64_t frame = pick.first + i * pick.step - s->row * t->frames;
        for (int64_t line = 0; line < b->lines; line++) {
            line_at(t, b, line, &in_tile, &in_frame);
            put_run(source, t, s, frame * frame_values + in_tile, (size_t)b->length, to + (size_t)in_frame * size);
        }
    }
}

/* Tiles of a few bins have short lines: their frames are made together, then the lines are dealt out. */
static void put_small_frames(const nsr_source *source, const shape *t, const slot *s, nsr_slab pick, const box *b,
                             unsigned char *to) {
    size_t size = nsr_type_size(source->found.field.type), row = (size_t)source->found.field.n_stored * size;
    size_t frame_bytes = t->values / (size_t)t->frames * size, line_bytes = (size_t)b->length * size;
    int64_t most = (int64_t)(BLOCK * sizeof(double) / frame_bytes), in_tile, in_frame;
    for (int64_t i = 0, n; i < pick.n; i += n, to += (size_t)n * row) {
        n = pick.n - i < most ? pick.n - i : most;
        double block[BLOCK];
        int64_t first = (pick.first + i - s->row * t->frames) * (int64_t)(frame_bytes / size);
        put_run(source, t, s, first, (size_t)n * frame_bytes / size, (unsigned char *)block);
        for (int64_t line = 0; line < b->lines; line++) {
            line_at(t, b, line, &in_tile, &in_frame);
            const unsigned char *from = (unsigned char *)block + (size_t)in_tile * size;
            unsigned char *at = to + (size_t)in_frame * size;
            for (int64_t k = 0; k < n; k++, from += frame_bytes, at += row)
                memcpy(at, from, line_bytes);
        }
    }
}

static void put_frames(const nsr_source *source, const shape *t, const slot *s, nsr_slab pick, unsigned char *to) {
    box b = box_of(t, s->tile);
    bool small = pick.step == 1 && t->values / (size_t)t->frames <= BLOCK / 4;
    (small ? put_small_frames : put_lines)(source, t, s, pick, &b, to);
}

/* Bins outside, frames inside: turned round in blocks of frames, so that the rows they go to stay in the cache. */
static void put_bins(const nsr_source *source, const shape *t, const slot *s, nsr_slab pick, unsigned char *to) {
    nsr_type type = source->found.field.type;
    size_t size = nsr_type_size(type), row = (size_t)source->found.field.n_stored * size;
    box b = box_of(t, s->tile);
    int64_t most = pick.step < BLOCK ? (BLOCK - 1) / pick.step + 1 : 1, in_tile, in_frame;
    for (int64_t i = 0, n; i < pick.n; i += n, to += (size_t)n * row) {
        n = pick.n - i < most ? pick.n - i : most;
        int64_t frame = pick.first + i * pick.step - s->row * t->frames;
        for (int64_t line = 0; line < b.lines; line++) {
            line_at(t, &b, line, &in_tile, &in_frame);
            for (int64_t bin = 0; bin < b.length; bin++) {
                double block[BLOCK];
                put_run(source, t, s, (in_tile + bin) * t->frames + frame, (size_t)((n - 1) * pick.step + 1),
                        (unsigned char *)block);
                nsr_histogram_values(to + (size_t)(in_frame + bin) * size, row, type, block, pick.step, n);
            }
        }
    }
}

static bool read_row(nsr_tiles *tiles, nsr_source *source, nsr_slab pick, unsigned char *to, nsr_err *err) {
    int64_t row = pick.first / tiles->shape.frames;
    for (int64_t tile = 0; tile < tiles->shape.n; tile++) {
        slot *s = &tiles->slots[tiles->n_slots > 1 ? tile : 0];
        bool here = s->row == row && s->tile == tile;
        if (!here && !load(source, tiles, s, row, tile, err)) return false;
        if (tiles->shape.frames_inside)
            put_bins(source, &tiles->shape, s, pick, to);
        else
            put_frames(source, &tiles->shape, s, pick, to);
    }
    return true;
}

bool nsr_tiles_read(nsr_tiles *tiles, nsr_source *source, nsr_slab pick, unsigned char *to, nsr_err *err) {
    size_t row = (size_t)source->found.field.n_stored * nsr_type_size(source->found.field.type);
    for (int64_t i = 0, n; i < pick.n; i += n) {
        int64_t first = pick.first + i * pick.step, left = tiles->shape.frames - first % tiles->shape.frames;
        n = up(left, pick.step);
        if (n > pick.n - i) n = pick.n - i;
        if (!read_row(tiles, source, (nsr_slab){first, pick.step, n}, to + (size_t)i * row, err)) return false;
    }
    return true;
}
