/* SPDX-License-Identifier: MIT */
/* The way "hdf5": H5Dread under the lock. It reads whatever HDF5 can convert and unfilter, one thread at a time. */
#include "hdf5.h"
#include "base/whole.h"
#include "source/filter/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_LEAST = 1 << 20, CACHE_ROW = 64 << 20, CACHE_MOST = 512 << 20 };

static size_t clamp(double bytes, size_t most) {
    return bytes < CACHE_LEAST ? CACHE_LEAST : bytes > (double)most ? most : (size_t)bytes;
}

/* The size of a chunk row, or of one chunk where a row is too large. In double: sizes from the file may overflow. */
static size_t cache_bytes(hid_t dataset, hid_t dcpl) {
    hsize_t all[H5S_MAX_RANK], chunk[H5S_MAX_RANK];
    int dims = nsr_h5_shape(dataset, H5S_MAX_RANK, all);
    if (dims < 1 || H5Pget_layout(dcpl) != H5D_CHUNKED || H5Pget_chunk(dcpl, dims, chunk) != dims) return CACHE_LEAST;
    hid_t type = H5Dget_type(dataset);
    double one = type >= 0 ? (double)H5Tget_size(type) : 8, row = 1;
    nsr_h5_close(type);
    for (int i = 0; i < dims; i++) {
        one *= (double)chunk[i];
        if (i > 0) row *= (double)nsr_divide_up((int64_t)all[i], (int64_t)chunk[i]);
    }
    size_t whole = clamp(one * row, CACHE_ROW), single = clamp(one, CACHE_MOST);
    return whole > single ? whole : single;
}

static hid_t access_list(size_t cache, int gap) {
    hid_t dapl = H5Pcreate(H5P_DATASET_ACCESS);
    if (dapl >= 0 && H5Pset_chunk_cache(dapl, 12421, cache, 1) >= 0 &&
        (gap == 0 || H5Pset_virtual_printf_gap(dapl, (hsize_t)gap) >= 0))
        return dapl;
    nsr_h5_close(dapl);
    return H5I_INVALID_HID;
}

hid_t nsr_dataset_open(hid_t file, const char *path, int gap, nsr_err *err) {
    nsr_filters_register();
    hid_t first = H5Dopen2(file, path, H5P_DEFAULT), dcpl = first >= 0 ? H5Dget_create_plist(first) : H5I_INVALID_HID;
    size_t cache = dcpl >= 0 ? cache_bytes(first, dcpl) : CACHE_LEAST;
    nsr_h5_close(dcpl);
    nsr_h5_close(first); /* an access list is ignored while the dataset is open elsewhere */
    hid_t dapl = access_list(cache, gap), dataset = dapl >= 0 ? H5Dopen2(file, path, dapl) : H5I_INVALID_HID;
    nsr_h5_close(dapl);
    char name[512] = "";
    if (dataset < 0 && H5Fget_name(file, name, sizeof name) < 0) name[0] = 0;
    if (dataset < 0) nsr_h5_fail(err, NSR_EDATA, "%s: %s: cannot be opened", name, path);
    return dataset;
}

static bool fits_hdf5(const nsr_found *found, const nsr_comm *comm, char reason[NSR_REASON]) {
    (void)comm;
    if (found->storage.not_direct[0])
        snprintf(reason, NSR_REASON, "%s", found->storage.not_direct);
    else
        snprintf(reason, NSR_REASON, "as asked for");
    return true;
}

static bool open_serial(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    (void)comm;
    source->file = nsr_h5_open(source->found.field.file, H5P_DEFAULT, err);
    const nsr_found *found = &source->found;
    if (source->file >= 0) source->dataset = nsr_dataset_open(source->file, found->field.path, found->storage.gap, err);
    return source->dataset >= 0;
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

/* The slab has the same shape in memory and in the file: between other shapes HDF5 copies value by value. */
static bool read_stored(nsr_source *source, nsr_slab slab, hid_t transfer, void *stored) {
    hyperslab s = hyperslab_of(source, slab);
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

bool nsr_h5_read_slab(nsr_reader *reader, nsr_slab slab, hid_t transfer, void *values, nsr_err *err) {
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
    unsigned char *stored = room_for(reader, n * (size_t)form.size, err);
    if (!stored || !read_locked(reader, slab, transfer, stored, err)) return false;
    put_frames_outside(values, &source->found, &form, stored, slab.n);
    return true;
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

const nsr_way nsr_way_hdf5 = {
    .name = "hdf5", .fits = fits_hdf5, .open = open_serial, .read = read_serial, .reader_close = nsr_h5_reader_close};
