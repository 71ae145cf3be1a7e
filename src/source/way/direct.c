/* SPDX-License-Identifier: MIT */
/* The way "direct": HDF5 only locates the bytes. Contiguous values are read with pread, without a lock; tiles.c reads
   chunks. */
#include "hdf5.h"
#include "tile.h"
#include "tiles.h"

#include <errno.h>
#include <fcntl.h>
#include <nsrender/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

/* Every n-th row of contiguous values: rows that lie close are read together in large pieces, others one by one. */
enum { GATHER_BYTES = 1 << 20, GATHER_STRIDE = 1 << 16, PIECE_BYTES = 1 << 18 };

/* A reader's part of this way, allocated at the first read. */
typedef struct direct {
    nsr_tiles *tiles;
    unsigned char *gather;
} direct;

static bool chunked(const nsr_found *found) { return found->field.chunk[0] > 0; }

static bool tiled(const nsr_found *found) { return chunked(found) || found->field.bins_first; }

static int64_t reader_bytes(const nsr_found *found) { return tiled(found) ? nsr_tiles_memory(found) : GATHER_BYTES; }

static void chunk_reason(const nsr_found *found, char reason[NSR_REASON]) {
    const nsr_field *field = &found->field;
    const char *filters = field->filters;
    int at = snprintf(reason, NSR_REASON, "chunked ");
    for (int i = 0; i < field->n_dims; i++)
        at += snprintf(reason + at, (size_t)(NSR_REASON - at), i ? "x%lld" : "%lld", (long long)field->chunk[i]);
    snprintf(reason + at, (size_t)(NSR_REASON - at), "%s%s: %s", filters[0] ? ", " : "", filters,
             !filters[0] ? "read chunk by chunk"
             : strcmp(filters, "gzip") == 0 || strcmp(filters, "shuffle+gzip") == 0
                 ? "inflated by libdeflate in parallel"
                 : "unfiltered in parallel");
}

/* Why this way cannot read the field; NULL: it can. */
static const char *obstacle(const nsr_found *found) {
    if (found->storage.not_direct[0]) return found->storage.not_direct;
    return chunked(found) && !nsr_tiles_possible(found) ? "chunks of more than 4 GiB" : NULL;
}

static bool fits_direct(const nsr_found *found, const nsr_comm *comm, char reason[NSR_REASON]) {
    (void)comm;
    const char *why = obstacle(found);
    if (why)
        snprintf(reason, NSR_REASON, "%s", why);
    else if (chunked(found))
        chunk_reason(found, reason);
    else
        snprintf(reason, NSR_REASON, "contiguous%s: read straight from the file",
                 found->field.bins_first ? ", bins first" : "");
    return !why;
}

/* HDF5 locates the chunks; they are read without it. */
static bool open_chunked(nsr_source *source, nsr_err *err) {
    const nsr_found *found = &source->found;
    if ((source->driver = nsr_locator_driver(err)) < 0) return false;
    hid_t access = nsr_locator_access(source->driver, err);
    if (access >= 0) source->file = nsr_h5_open(found->field.file, access, err);
    nsr_h5_close(access);
    if (source->file >= 0) source->dataset = nsr_dataset_open(source, found->field.path, 0, err);
    if (source->dataset < 0) return false;
    source->locator = nsr_locator_of(source->dataset, source->driver);
    return nsr_field_fits(source, err);
}

/* Another descriptor of the file that HDF5 has open, so that each of thousands of ranks opens it once; or of the file
   that an external link leads to. */
static int values_descriptor(const nsr_source *source) {
    void *own = NULL;
    const nsr_found *found = &source->found;
    const bool same = !strcmp(found->storage.file, found->field.file);
    if (same && H5Fget_vfd_handle(source->file, H5P_DEFAULT, &own) >= 0 && own)
        return fcntl(*(const int *)own, F_DUPFD_CLOEXEC, 0);
    return open(found->storage.file, O_RDONLY | O_CLOEXEC);
}

static bool open_direct(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    (void)comm;
    const nsr_found *found = &source->found;
    if (chunked(found)) return open_chunked(source, err);
    source->file = nsr_h5_open(found->field.file, H5P_DEFAULT, err);
    if (source->file < 0) return false;
    if (tiled(found)) source->shown.cut = nsr_tiles_cut(found);
    source->fd = values_descriptor(source);
    return source->fd >= 0 || nsr_fail(err, NSR_EIO, "%s: cannot be opened: %s", found->storage.file, strerror(errno));
}

static void reader_close(nsr_reader *reader) {
    direct *own = reader->own;
    if (!own) return;
    nsr_tiles_close(own->tiles);
    free(own->gather);
    free(own);
}

static bool prepare_reader(nsr_reader *reader, nsr_err *err) {
    const nsr_found *found = &reader->source->found;
    direct *own = reader->own;
    if (!own && !(own = reader->own = calloc(1, sizeof *own)))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for a reader");
    if (tiled(found)) return own->tiles || (own->tiles = nsr_tiles_open(found, err));
    return own->gather || (own->gather = malloc(GATHER_BYTES)) ||
           nsr_fail(err, NSR_EINTERNAL, "out of memory for a reader");
}

static bool fetch_bytes(nsr_source *source, void *to, size_t bytes, int64_t at, nsr_err *err) {
    const nsr_storage *storage = &source->found.storage;
    if (!nsr_pread_all(source->fd, to, bytes, storage->offset + at, storage->file, err)) return false;
    source->bytes_read += (int64_t)bytes;
    return true;
}

static bool gather_rows(nsr_source *source, unsigned char *piece, nsr_slab slab, unsigned char *to, size_t row,
                        nsr_err *err) {
    size_t stride = row * (size_t)slab.step;
    int64_t rows = (int64_t)(GATHER_BYTES / stride);
    for (int64_t i = 0; i < slab.n; i += rows) {
        size_t n = (size_t)(slab.n - i < rows ? slab.n - i : rows);
        if (!fetch_bytes(source, piece, (n - 1) * stride + row, (slab.first + i * slab.step) * (int64_t)row, err))
            return false;
        for (size_t k = 0; k < n; k++, to += row)
            memcpy(to, piece + k * stride, row);
    }
    return true;
}

static bool fetch_rows(nsr_source *source, const direct *own, nsr_slab slab, unsigned char *to, nsr_err *err) {
    size_t row = (size_t)source->found.field.n_stored * (size_t)source->found.storage.element;
    if (slab.step == 1 || slab.n == 1)
        return fetch_bytes(source, to, (size_t)slab.n * row, slab.first * (int64_t)row, err);
    if (row <= GATHER_STRIDE && slab.step <= (int64_t)(GATHER_STRIDE / row))
        return gather_rows(source, own->gather, slab, to, row, err);
    for (int64_t i = 0; i < slab.n; i++)
        if (!fetch_bytes(source, to + (size_t)i * row, row, (slab.first + i * slab.step) * (int64_t)row, err))
            return false;
    return true;
}

/* Converts stored numbers piece by piece, while they are in the CPU's cache. */
static bool read_pieces(nsr_source *source, const direct *own, nsr_slab slab, unsigned char *to, nsr_err *err) {
    const nsr_field *field = &source->found.field;
    const nsr_form *form = &source->found.storage.form;
    size_t row = (size_t)field->n_stored * nsr_type_size(field->type);
    bool as_it_is = nsr_form_is_plain(form, field->type) && !form->big_endian;
    int64_t piece = as_it_is ? slab.n : row < PIECE_BYTES ? (int64_t)(PIECE_BYTES / row) : 1;
    for (int64_t i = 0, n; i < slab.n; i += n, to += (size_t)n * row) {
        n = slab.n - i < piece ? slab.n - i : piece;
        size_t values = (size_t)n * (size_t)field->n_stored;
        nsr_slab part = {slab.first + i * slab.step, slab.step, n};
        if (!fetch_rows(source, own, part, nsr_form_tail(to, field->type, form, values), err)) return false;
        nsr_form_in_place(to, field->type, form, values);
    }
    return true;
}

static bool read_direct(nsr_reader *reader, nsr_slab slab, void *values, nsr_err *err) {
    nsr_source *source = reader->source;
    if (!prepare_reader(reader, err)) return false;
    const direct *own = reader->own;
    if (!chunked(&source->found) && source->found.storage.offset < 0) {
        nsr_fill_values(&source->found, values, (size_t)slab.n * (size_t)source->found.field.n_stored);
        return true;
    }
    if (own->tiles) {
        bool good = nsr_tiles_read(own->tiles, source, slab, values, err);
        if (!good) reader->failed = nsr_tiles_failed(own->tiles);
        return good;
    }
    return read_pieces(source, own, slab, values, err);
}

/* Only values that need no conversion and no decoding count as resident. A read with RWF_NOWAIT fails where a page is
   not in memory; file systems without this flag make it fail always. */
static bool rows_resident(const nsr_source *source, nsr_slab slab) {
    enum { PROBES = 64 };
    const nsr_found *found = &source->found;
    const nsr_form *form = &found->storage.form;
    if (tiled(found) || found->storage.offset < 0 || form->big_endian || !nsr_form_is_plain(form, found->field.type))
        return false;
    int64_t row = found->field.n_stored * found->storage.element;
    for (int64_t i = 0; i < PROBES; i++) {
        unsigned char byte;
        struct iovec to = {&byte, 1};
        int64_t frame = slab.first + slab.step * (i * (slab.n - 1) / (PROBES - 1));
        if (preadv2(source->fd, &to, 1, found->storage.offset + frame * row + row / 2, RWF_NOWAIT) != 1) return false;
    }
    return true;
}

const nsr_way nsr_way_direct = {.name = "direct",
                                .fits = fits_direct,
                                .open = open_direct,
                                .read = read_direct,
                                .reader_close = reader_close,
                                .memory = reader_bytes,
                                .resident = rows_resident};
