/* SPDX-License-Identifier: MIT */
/* A chunk row is all chunks of the same frames; a tile is one chunk of it. Stored bytes are fetched under the source's
   lock, inflated and put in place outside it, so that threads share only the short part. */
#include "tiles.h"
#include "chunk.h"

#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Chunk rows up to this size are kept whole, so that small reads do not inflate them again. */
enum { ROW_BYTES = 16 << 20 };

/* A frame as a x b values; a 2-D field has a = 1. */
typedef struct shape {
    int64_t frames, a, b; /* of a chunk */
    int64_t all_a, all_b; /* of a frame */
    int64_t across, n;    /* tiles along b; tiles of a chunk row */
    size_t values, bytes; /* of a chunk */
} shape;

/* A tile in memory. */
typedef struct slot {
    int64_t row, tile;      /* row -1: nothing */
    bool missing, shuffled; /* missing: never written, all is fill value */
    unsigned char *bytes;   /* nsr_chunk_room() of them */
} slot;

struct nsr_tiles {
    shape shape;
    struct libdeflate_decompressor *inflater;
    unsigned char *stored; /* as large as a slot's, so that the two can change places */
    int n_slots;
    slot slots[];
};

static int64_t up(int64_t n, int64_t by) { return (n - 1) / by + 1; }

static shape shape_of(const nsr_found *found) {
    const nsr_field *field = &found->field;
    bool flat = field->n_dims == 2;
    shape t = {.frames = field->chunk[0],
               .a = flat ? 1 : field->chunk[1],
               .b = flat ? field->chunk[1] : field->chunk[2],
               .all_a = flat ? 1 : field->shape[1],
               .all_b = flat ? field->shape[1] : field->shape[2]};
    t.across = up(t.all_b, t.b);
    t.n = up(t.all_a, t.a) * t.across;
    t.values = (size_t)t.frames * (size_t)t.a * (size_t)t.b;
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
    if (tiles) tiles->inflater = libdeflate_alloc_decompressor();
    if (!tiles || !tiles->inflater) {
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
    libdeflate_free_decompressor(tiles->inflater);
    free(tiles->stored);
    free(tiles);
}

void nsr_fill_values(const nsr_storage *storage, void *values, size_t n) {
    size_t size = (size_t)storage->element;
    for (size_t i = 0; i < n; i++)
        memcpy((unsigned char *)values + i * size, storage->fill, size);
}

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

/* Stored bytes into tiles->stored; `*bytes` 0 when the chunk was never written. Under the lock. */
static bool fetch(const nsr_source *source, nsr_tiles *tiles, slot *s, hsize_t *bytes, uint32_t *mask, nsr_err *err) {
    const shape *t = &tiles->shape;
    hsize_t a = (hsize_t)(s->tile / t->across * t->a), b = (hsize_t)(s->tile % t->across * t->b);
    hsize_t at[3] = {(hsize_t)(s->row * t->frames), source->found.field.n_dims == 3 ? a : b, b};
    *bytes = 0;
    herr_t result = H5Dget_chunk_storage_size(source->dataset, at, bytes);
    if (never_written(result, *bytes)) {
        H5Eclear2(H5E_DEFAULT);
        *bytes = 0;
        return true;
    }
    if (result < 0) return bad_fetch(source, tiles, s, "cannot be found: the index of the chunks is damaged", err);
    if (*bytes > nsr_chunk_room(t->bytes))
        return bad_chunk(source, tiles, s, "claims more stored bytes than it can have", err);
    if (!make_room(source, tiles, s, err)) return false;
    return H5Dread_chunk(source->dataset, H5P_DEFAULT, at, mask, tiles->stored) >= 0 ||
           bad_fetch(source, tiles, s, "cannot be read", err);
}

/* A bit of a chunk's mask says that this filter was left out. */
static bool passed(int filter, uint32_t mask) { return filter >= 0 && (filter > 31 || !(mask >> filter & 1)); }

static bool decode(const nsr_source *source, nsr_tiles *tiles, slot *s, size_t bytes, uint32_t mask, nsr_err *err) {
    s->shuffled = passed(source->found.storage.shuffle, mask);
    if (passed(source->found.storage.deflate, mask))
        return nsr_chunk_inflate(tiles->inflater, tiles->stored, bytes, s->bytes, tiles->shape.bytes) ||
               bad_chunk(source, tiles, s, "cannot be inflated: its deflate (gzip) data are damaged", err);
    if (bytes != tiles->shape.bytes) return bad_chunk(source, tiles, s, "has the wrong size", err);
    unsigned char *plain = tiles->stored;
    tiles->stored = s->bytes;
    s->bytes = plain;
    return true;
}

static bool load(nsr_source *source, nsr_tiles *tiles, slot *s, int64_t row, int64_t tile, nsr_err *err) {
    hsize_t bytes;
    uint32_t mask = 0;
    *s = (slot){.row = row, .tile = tile, .bytes = s->bytes};
    pthread_mutex_lock(&source->lock);
    bool good = fetch(source, tiles, s, &bytes, &mask, err);
    pthread_mutex_unlock(&source->lock);
    s->missing = bytes == 0;
    if (good) source->bytes_read += (int64_t)bytes;
    good = good && (s->missing || decode(source, tiles, s, bytes, mask, err));
    if (!good) s->row = -1;
    return good;
}

/* Puts the wanted frames of one tile into their rows; `to` is the row of the first of them. */
static void scatter(const nsr_source *source, const shape *t, const slot *s, nsr_pick pick, unsigned char *to) {
    const nsr_storage *storage = &source->found.storage;
    size_t size = (size_t)storage->element, row = (size_t)source->found.field.n_bins * size;
    nsr_plain plain = {s->bytes, t->values, (int)size, s->shuffled, storage->big_endian};
    int64_t a0 = s->tile / t->across * t->a, b0 = s->tile % t->across * t->b;
    int64_t lines = t->all_a - a0 < t->a ? t->all_a - a0 : t->a, n = t->all_b - b0 < t->b ? t->all_b - b0 : t->b;
    if (t->b == t->all_b) { /* lines touch each other: one run a frame */
        n *= lines;
        lines = 1;
    }
    for (int64_t i = 0; i < pick.n; i++, to += row) {
        int64_t frame = pick.first + i * pick.step - s->row * t->frames;
        for (int64_t line = 0; line < lines; line++) {
            unsigned char *at = to + (size_t)((a0 + line) * t->all_b + b0) * size;
            if (s->missing)
                nsr_fill_values(storage, at, (size_t)n);
            else
                nsr_chunk_values(at, &plain, (size_t)((frame * t->a + line) * t->b), (size_t)n);
        }
    }
}

static bool read_row(nsr_tiles *tiles, nsr_source *source, nsr_pick pick, unsigned char *to, nsr_err *err) {
    int64_t row = pick.first / tiles->shape.frames;
    for (int64_t tile = 0; tile < tiles->shape.n; tile++) {
        slot *s = &tiles->slots[tiles->n_slots > 1 ? tile : 0];
        bool here = s->row == row && s->tile == tile;
        if (!here && !load(source, tiles, s, row, tile, err)) return false;
        scatter(source, &tiles->shape, s, pick, to);
    }
    return true;
}

bool nsr_tiles_read(nsr_tiles *tiles, nsr_source *source, nsr_pick pick, unsigned char *to, nsr_err *err) {
    size_t row = (size_t)source->found.field.n_bins * (size_t)source->found.storage.element;
    for (int64_t i = 0, n; i < pick.n; i += n) {
        int64_t first = pick.first + i * pick.step, left = tiles->shape.frames - first % tiles->shape.frames;
        n = up(left, pick.step);
        if (n > pick.n - i) n = pick.n - i;
        if (!read_row(tiles, source, (nsr_pick){first, pick.step, n}, to + (size_t)i * row, err)) return false;
    }
    return true;
}
