/* SPDX-License-Identifier: MIT */
/* The way "hdf5": H5Dread under the lock. It reads whatever HDF5 can convert and unfilter, one thread at a time. */
#include "hdf5.h"
#include "base/whole.h"
#include "source/filter/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TURNED = 16 << 20 /* bytes that a reader turns round at once */ };

static bool fits_hdf5(const nsr_found *found, const nsr_comm *comm, char reason[NSR_REASON]) {
    (void)comm;
    if (found->storage.not_direct[0])
        snprintf(reason, NSR_REASON, "%s", found->storage.not_direct);
    else
        snprintf(reason, NSR_REASON, "as asked for");
    return true;
}

bool nsr_h5_open_field(nsr_source *source, nsr_err *err) {
    const nsr_found *found = &source->found;
    source->dataset = nsr_dataset_open(source, found->field.path, found->storage.gap, err);
    if (source->dataset < 0) return false;
    nsr_err why = {0};
    if (!nsr_field_fits(source, err)) return false;
    if (!nsr_h5_bounds_open(&source->bounds, source->dataset, SIZE_MAX, &why))
        return nsr_fail(err, NSR_EDATA, "%s: %s: %.400s", found->field.file, found->field.path, why.msg);
    source->memory += nsr_dataset_memory(source->dataset);
    nsr_parts_open(&source->parts, source->dataset, found->field.n_frames, &source->memory);
    if ((size_t)source->granted / 4 > source->bounds.harmless) source->bounds.harmless = (size_t)source->granted / 4;
    return true;
}

static bool open_serial(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    (void)comm;
    source->file = nsr_h5_open(source->found.field.file, H5P_DEFAULT, err);
    return source->file >= 0 && nsr_h5_open_field(source, err);
}

/* --- reading: HDF5 returns stored numbers in native byte order; they are converted to values outside the lock --- */

/* A reader's buffer for numbers as they are stored, bins first. */
typedef struct room {
    unsigned char *bytes;
    size_t size;
} room;

typedef struct hyperslab {
    hsize_t start[NSR_DIMS], stride[NSR_DIMS], count[NSR_DIMS];
} hyperslab;

static hyperslab hyperslab_of(const nsr_source *source, nsr_slab slab) {
    const nsr_field *field = &source->found.field;
    hyperslab s = {.start = {0}};
    int frames = field->bins_first ? field->n_dims - 1 : 0;
    for (int k = 0, next = 1; k < field->n_dims; k++) {
        s.stride[k] = 1;
        s.count[k] = k == frames ? (hsize_t)slab.n : (hsize_t)field->shape[next++];
    }
    if (source->found.storage.by_interval && slab.n > 0) { /* the slab lies in one interval */
        s.start[0] = (hsize_t)(slab.first / field->shape[1]);
        s.count[0] = 1;
        s.count[1] = (hsize_t)slab.n;
        slab.first %= field->shape[1];
        frames = 1;
    }
    s.start[frames] = (hsize_t)slab.first;
    if (slab.n > 1) s.stride[frames] = (hsize_t)slab.step;
    return s;
}

static hid_t select_hyperslab(const nsr_source *source, const hyperslab *s, bool none) {
    hid_t space = H5Dget_space(source->dataset);
    herr_t result =
        none ? H5Sselect_none(space)
             : H5Sselect_hyperslab(space, H5S_SELECT_SET, s->start, s->stride, s->count, NULL);
    if (result >= 0) return space;
    nsr_h5_close(space);
    return H5I_INVALID_HID;
}

/* The stored type in native byte order; HDF5 converts only the types that nsr_form does not know. */
static hid_t memory_type(const nsr_source *source) {
    if (source->found.storage.form.foreign)
        return H5Tcopy(source->found.field.type == NSR_F32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE);
    hid_t stored = H5Dget_type(source->dataset), type = stored >= 0 ? H5Tcopy(stored) : H5I_INVALID_HID;
    nsr_h5_close(stored);
    if (type < 0 || H5Tget_size(type) == 1 || H5Tset_order(type, H5Tget_order(H5T_NATIVE_INT)) >= 0) return type;
    nsr_h5_close(type);
    return H5I_INVALID_HID;
}

/* Checks the chunks of a hyperslab; the reason becomes an entry of HDF5's error stack. */
static bool check_bounds(nsr_source *source, const hyperslab *s) {
    nsr_err why = {0};
    if (nsr_h5_bounds_check(&source->bounds, s->start, s->stride, s->count, &why)) return true;
    H5Eclear2(H5E_DEFAULT);
    H5Epush2(H5E_DEFAULT, __FILE__, __func__, __LINE__, H5E_ERR_CLS, H5E_IO, H5E_READERROR, "%s", why.msg);
    return false;
}

/* The slab has the same shape in memory and in the file: between other shapes HDF5 copies value by value. */
static bool read_stored(nsr_source *source, nsr_slab slab, hid_t transfer, void *stored) {
    hyperslab s = hyperslab_of(source, slab);
    if (!check_bounds(source, &s)) return false;
    hid_t space = select_hyperslab(source, &s, slab.n == 0), type = memory_type(source);
    hid_t memory = slab.n > 0 ? H5Screate_simple(source->found.field.n_dims, s.count, NULL) : H5Screate(H5S_NULL);
    bool good =
        space >= 0 && type >= 0 && memory >= 0 && H5Dread(source->dataset, type, memory, space, transfer, stored) >= 0;
    nsr_h5_close(memory);
    nsr_h5_close(type);
    nsr_h5_close(space);
    return good;
}

/* The rows of one interval, or of the field, that share the chunks of this one. */
static nsr_span chunk_row(const nsr_found *found, int64_t row, int64_t chunk) {
    int64_t length = found->storage.by_interval ? found->field.shape[1] : found->field.n_frames,
            base = row / length * length, first = base + (row - base) / chunk * chunk;
    return (nsr_span){first, first + chunk < base + length ? first + chunk : base + length};
}

/* HDF5 does not report which chunk failed, so this function reads each chunk row again, into the buffer of the failed
   read. */
static bool blame(nsr_source *source, nsr_slab slab, void *values, nsr_span *failed, nsr_err *err) {
    const nsr_field *field = &source->found.field;
    int64_t chunk = field->chunk[source->found.storage.by_interval];
    nsr_span rows = {slab.first, slab.first + (slab.n - 1) * slab.step + 1}, seen = {0, 0};
    for (int64_t i = 0; chunk > 0 && i < slab.n; i++) {
        int64_t row = slab.first + i * slab.step;
        if (row < seen.end) continue;
        seen = chunk_row(&source->found, row, chunk);
        if (read_stored(source, (nsr_slab){row, 1, 1}, H5P_DEFAULT, values)) continue;
        rows = seen;
        break;
    }
    *failed = chunk > 0 ? rows : (nsr_span){0, 0};
    nsr_h5_fail(err, NSR_EDATA,
                "%s: %s: chunk of frames %lld..%lld cannot be read; --on-error fill shows them as no data", field->file,
                field->path, (long long)rows.first, (long long)rows.end - 1);
    if (strstr(err->msg, "errno = ")) err->code = NSR_EIO; /* HDF5 writes this for a failing disk, not for bad data */
    return false;
}

static bool read_locked(nsr_reader *reader, nsr_slab slab, hid_t transfer, void *stored, nsr_err *err) {
    nsr_source *source = reader->source;
    if (!nsr_frames_there(source, slab, err)) return false;
    pthread_mutex_lock(&source->lock);
    bool good = read_stored(source, slab, transfer, stored);
    if (good)
        nsr_count_rows(source, slab);
    else
        blame(source, slab, stored, &reader->failed, err);
    pthread_mutex_unlock(&source->lock);
    return good;
}

static unsigned char *room_for(nsr_reader *reader, size_t size, nsr_err *err) {
    room *own = reader->own ? reader->own : (reader->own = calloc(1, sizeof *own));
    if (own && own->size < size) {
        free(own->bytes);
        own->bytes = malloc(size);
        own->size = own->bytes ? size : 0;
    }
    if (own && own->bytes) return own->bytes;
    nsr_fail(err, NSR_EINTERNAL, "out of memory for a piece of %zu MB that has to be turned round", size >> 20);
    return NULL;
}

void nsr_h5_reader_close(nsr_reader *reader) {
    room *own = reader->own;
    if (own) free(own->bytes);
    free(own);
}

/* Transposes in batches of frames, so that the target rows stay in the cache. */
static void put_frames_outside(unsigned char *to, const nsr_found *found, const nsr_form *form,
                               const unsigned char *stored, int64_t frames) {
    enum { BLOCK = 512 };
    nsr_type type = found->field.type;
    size_t size = nsr_type_size(type), row = (size_t)found->field.n_stored * size;
    for (int64_t i = 0, n; i < frames; i += n, to += (size_t)n * row) {
        n = frames - i < BLOCK ? frames - i : BLOCK;
        for (int64_t bin = 0; bin < found->field.n_stored; bin++) {
            double block[BLOCK];
            nsr_form_values(block, type, form, stored + (size_t)((bin * frames + i) * form->size), (size_t)n);
            nsr_scatter_values(to + (size_t)bin * size, row, type, block, 1, n);
        }
    }
}

/* Reads bins first, in pieces, but all at once where the ranks read together. */
static bool read_turned(nsr_reader *reader, nsr_slab slab, hid_t transfer, unsigned char *values, const nsr_form *form,
                        nsr_err *err) {
    const nsr_found *found = &reader->source->found;
    size_t row = (size_t)found->field.n_stored * (size_t)form->size;
    int64_t piece = transfer != H5P_DEFAULT ? slab.n : row < TURNED ? (int64_t)(TURNED / row) : 1;
    for (int64_t i = 0, n; i < slab.n; i += n) {
        n = slab.n - i < piece ? slab.n - i : piece;
        nsr_slab part = {slab.first + i * slab.step, slab.step, n};
        unsigned char *stored = room_for(reader, (size_t)n * row, err);
        if (!stored || !read_locked(reader, part, transfer, stored, err)) return false;
        put_frames_outside(values, found, form, stored, n);
        values += (size_t)n * (size_t)found->field.n_stored * nsr_type_size(found->field.type);
    }
    return true;
}

/* Rows of the slab that may be read before the dataset has to be opened again; 0: it cannot be. */
static int64_t readable_rows(nsr_source *source, nsr_slab slab, nsr_err *err) {
    const nsr_found *found = &source->found;
    if (source->parts.n == 0) return slab.n;
    pthread_mutex_lock(&source->lock);
    int64_t n = nsr_parts_fit(&source->parts, slab.first, slab.step, slab.n);
    if (n == 0 &&
        nsr_dataset_reopen(source, &source->dataset, found->field.path, found->storage.gap, &source->parts, err))
        n = nsr_parts_fit(&source->parts, slab.first, slab.step, slab.n);
    pthread_mutex_unlock(&source->lock);
    return n;
}

static bool read_piece(nsr_reader *reader, nsr_slab slab, hid_t transfer, void *values, nsr_err *err) {
    nsr_source *source = reader->source;
    const nsr_field *field = &source->found.field;
    nsr_form form = source->found.storage.form;
    size_t n = (size_t)slab.n * (size_t)field->n_stored;
    form.big_endian = false;
    if (!field->bins_first || n == 0) {
        if (!read_locked(reader, slab, transfer, nsr_form_tail(values, field->type, &form, n), err)) return false;
        nsr_form_in_place(values, field->type, &form, n);
        return true;
    }
    return read_turned(reader, slab, transfer, values, &form, err);
}

bool nsr_h5_read_slab(nsr_reader *reader, nsr_slab slab, hid_t transfer, void *values, nsr_err *err) {
    const nsr_field *field = &reader->source->found.field;
    const size_t row = (size_t)field->n_stored * nsr_type_size(field->type);
    for (unsigned char *to = values;;) {
        int64_t n = readable_rows(reader->source, slab, err);
        if ((n == 0 && slab.n > 0) || !read_piece(reader, (nsr_slab){slab.first, slab.step, n}, transfer, to, err))
            return false;
        slab = (nsr_slab){slab.first + n * slab.step, slab.step, slab.n - n};
        if (slab.n == 0) return true;
        to += (size_t)n * row;
    }
}

static int64_t reader_bytes(const nsr_found *found) {
    int64_t row = found->field.n_stored * found->storage.form.size;
    return !found->field.bins_first ? 0 : row > TURNED ? row : TURNED;
}

static bool read_serial(nsr_reader *reader, nsr_slab slab, void *values, nsr_err *err) {
    return nsr_h5_read_slab(reader, slab, H5P_DEFAULT, values, err);
}

/* --- counting stored bytes --- */

static int64_t row_bytes(const nsr_source *source, int64_t row) {
    const nsr_field *field = &source->found.field;
    int frames = field->bins_first ? field->n_dims - 1 : 0;
    int64_t bytes = 0, tiles = 1;
    for (int k = 1; k < field->n_dims; k++)
        tiles *= nsr_divide_up(field->shape[k], field->chunk[k]);
    for (int64_t tile = 0; tile < tiles; tile++) {
        hsize_t stored = 0, at[NSR_DIMS] = {0};
        int64_t rest = tile;
        for (int k = field->n_dims - 1; k > 0; k--) {
            int64_t across = nsr_divide_up(field->shape[k], field->chunk[k]);
            at[frames == 0 ? k : k - 1] = (hsize_t)(rest % across * field->chunk[k]);
            rest /= across;
        }
        at[frames] = (hsize_t)(row * field->chunk[0]);
        if (H5Dget_chunk_storage_size(source->dataset, at, &stored) >= 0) bytes += (int64_t)stored;
    }
    H5Eclear2(H5E_DEFAULT);
    return bytes;
}

void nsr_count_rows(nsr_source *source, nsr_slab slab) {
    const nsr_field *field = &source->found.field;
    if (field->chunk[0] == 0 || source->found.storage.by_interval) {
        source->bytes_read += slab.n * field->n_stored * source->found.storage.element;
        return;
    }
    for (int64_t i = 0, last = -1; i < slab.n; i++) {
        int64_t row = (slab.first + i * slab.step) / field->chunk[0];
        if (row != last && row != source->cached_row) source->bytes_read += row_bytes(source, row);
        last = row;
    }
    if (slab.n > 0) source->cached_row = (slab.first + (slab.n - 1) * slab.step) / field->chunk[0];
}

const nsr_way nsr_way_hdf5 = {.name = "hdf5",
                              .fits = fits_hdf5,
                              .open = open_serial,
                              .read = read_serial,
                              .reader_close = nsr_h5_reader_close,
                              .memory = reader_bytes};
