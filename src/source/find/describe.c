/* SPDX-License-Identifier: MIT */
/* Describes a dataset in an nsr_found: shape, storage, names. Refuses a dataset that is not a field, with the reason.
 */
#include "find.h"
#include "source/dataset/raw_files.h"
#include "source/filter/pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The place that messages begin with: FILE: /path */
#define WHERE "%s: %s: "

static bool refuse_dims(const nsr_field *field, int dims, nsr_err *err) {
    return nsr_fail(err, NSR_EDATA,
                    WHERE "is %d-D; a field has 2 dimensions (frames x bins) or 3 (frames x rows x columns)",
                    field->file, field->path, dims);
}

/* Does the dataset have the dimensions (intervals, times, ...)? */
static bool is_by_interval(const nsr_field *field, int dims) {
    return dims > 2 && strncmp(field->dim[0], "interval", 8) == 0 && strcmp(field->dim[1], "time") == 0;
}

static bool describe_space(nsr_found *found, hid_t dataset, nsr_catalog *catalog, nsr_err *err) {
    nsr_field *field = &found->field;
    hsize_t shape[H5S_MAX_RANK], bins = 1;
    hid_t space = H5Dget_space(dataset);
    bool null = H5Sget_simple_extent_type(space) == H5S_NULL;
    nsr_h5_close(space);
    int dims = nsr_h5_shape(dataset, H5S_MAX_RANK, shape);
    if (null) return nsr_fail(err, NSR_EDATA, WHERE "is empty: its shape is null", field->file, field->path);
    if (dims < 0) return nsr_h5_fail(err, NSR_EDATA, WHERE "its shape cannot be read", field->file, field->path);
    if (dims == 0)
        return nsr_fail(err, NSR_EDATA, WHERE "is a scalar; a field has the shape frames x bins", field->file,
                        field->path);
    if (dims < 2 || dims > NSR_DIMS) return refuse_dims(field, dims, err);
    nsr_dims_describe(found, dataset, dims, catalog);
    bool by_interval = is_by_interval(field, dims);
    for (int i = 0; i < dims; i++) {
        if (shape[i] > (hsize_t)1 << 40)
            return nsr_fail(err, NSR_EDATA, WHERE "claims a shape beyond all measure", field->file, field->path);
        field->shape[i] = (int64_t)shape[i];
        if (i > by_interval && __builtin_mul_overflow(bins, shape[i], &bins)) bins = INT64_MAX;
    }
    field->n_dims = dims;
    field->n_frames = field->shape[0];
    found->storage.by_interval = by_interval;
    if (by_interval && __builtin_mul_overflow(field->n_frames, field->shape[1], &field->n_frames))
        return nsr_fail(err, NSR_EDATA, WHERE "claims a shape beyond all measure", field->file, field->path);
    if (field->n_frames == 0) return nsr_fail(err, NSR_EDATA, WHERE "has 0 frames", field->file, field->path);
    if (bins == 0) return nsr_fail(err, NSR_EDATA, WHERE "has 0 bins", field->file, field->path);
    if (bins > INT32_MAX || bins > (hsize_t)(INT64_MAX / 8) / (hsize_t)field->n_frames)
        return nsr_fail(err, NSR_EDATA, WHERE "has more bins a frame than %d", field->file, field->path, INT32_MAX);
    field->n_bins = field->n_stored = (int64_t)bins;
    return true;
}

static void describe_chunks(nsr_found *found, hid_t dcpl) {
    nsr_field *field = &found->field;
    hsize_t chunk[H5S_MAX_RANK] = {0};
    unsigned options = 0;
    snprintf(field->storage, sizeof field->storage, "chunked");
    H5Pget_chunk(dcpl, field->n_dims, chunk);
    for (int i = 0; i < field->n_dims; i++)
        field->chunk[i] = (int64_t)chunk[i];
    nsr_filters_describe(found, dcpl);
    if (H5Pget_chunk_opts(dcpl, &options) < 0 || (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS))
        snprintf(found->storage.not_direct, NSR_REASON, "chunks at the border are stored in another way");
}

static void describe_contiguous(nsr_found *found, hid_t dataset, hid_t dcpl) {
    nsr_storage *storage = &found->storage;
    bool external = H5Pget_external_count(dcpl) > 0;
    snprintf(found->field.storage, sizeof found->field.storage, external ? "external" : "contiguous");
    haddr_t offset = external ? HADDR_UNDEF : H5Dget_offset(dataset);
    storage->offset = offset == HADDR_UNDEF ? -1 : (int64_t)offset;
    if (external) snprintf(storage->not_direct, sizeof storage->not_direct, "values lie in external raw files");
}

static void describe_storage(nsr_found *found, hid_t dataset, hid_t dcpl) {
    nsr_field *field = &found->field;
    H5D_layout_t layout = H5Pget_layout(dcpl);
    found->storage.offset = -1;
    field->bytes = (int64_t)H5Dget_storage_size(dataset);
    if (layout == H5D_CHUNKED) {
        describe_chunks(found, dcpl);
    } else if (layout == H5D_CONTIGUOUS) {
        describe_contiguous(found, dataset, dcpl);
    } else {
        snprintf(field->storage, sizeof field->storage, layout == H5D_COMPACT ? "compact" : "virtual");
        snprintf(found->storage.not_direct, NSR_REASON, "%s storage is left to HDF5", field->storage);
    }
}

static void describe_attributes(nsr_found *found, hid_t dataset) {
    nsr_field *field = &found->field;
    field->matlab = H5Aexists(dataset, "MATLAB_class") > 0;
    field->conversion = nsr_h5_real_attr(dataset, "conversion", 1);
    field->offset = nsr_h5_real_attr(dataset, "offset", 0);
    if (!nsr_h5_text_attr(dataset, "unit", field->unit, sizeof field->unit))
        nsr_h5_text_attr(dataset, "units", field->unit, sizeof field->unit);
}

static bool describe_open(nsr_found *found, hid_t dataset, nsr_catalog *catalog, nsr_err *err) {
    hid_t type = H5Dget_type(dataset), dcpl = H5Dget_create_plist(dataset);
    bool good = false;
    if (type < 0 || dcpl < 0 || H5Fget_name(dataset, found->storage.file, sizeof found->storage.file) <= 0)
        nsr_h5_fail(err, NSR_EDATA, WHERE "its header cannot be read", found->field.file, found->field.path);
    else if (nsr_type_describe(found, dataset, type, dcpl, err) && describe_space(found, dataset, catalog, err)) {
        describe_storage(found, dataset, dcpl);
        describe_attributes(found, dataset);
        good = true;
    }
    nsr_h5_close(dcpl);
    nsr_h5_close(type);
    H5Eclear2(H5E_DEFAULT);
    return good;
}

void nsr_opener_text(char text[200]) {
    unsigned a = 0, b = 0, c = 0;
    hid_t why = H5Eget_current_stack(); /* the next call of HDF5 would clear it */
    H5get_libversion(&a, &b, &c);
    if (why >= 0) H5Eset_current_stack(why);
    snprintf(text, 200,
             "HDF5 %u.%u.%u; a file of a newer format becomes readable by a newer h5repack (--low=0 --high=2), "
             "or if it is written with libver='v110'",
             a, b, c);
}

/* HDF5 opens a file that contains objects of a newer format, but refuses these objects. */
static bool cannot_open(const char *file_name, const char *path, nsr_err *err) {
    char opener[200];
    nsr_opener_text(opener);
    return nsr_h5_fail(err, NSR_EDATA, WHERE "the dataset cannot be opened by %s", file_name, path, opener);
}

bool nsr_describe(nsr_found *found, nsr_catalog *catalog, const char *path, nsr_err *err) {
    *found = (nsr_found){.quiet = found->quiet};
    snprintf(found->field.file, sizeof found->field.file, "%s", catalog->name);
    snprintf(found->field.path, sizeof found->field.path, "%s", path);
    nsr_filters_register();
    int gap;
    hid_t dataset = nsr_virtual_open(catalog->file, path, &gap);
    if (dataset < 0) return cannot_open(catalog->name, path, err);
    found->storage.gap = gap;
    bool good = describe_open(found, dataset, catalog, err);
    nsr_h5_close(dataset);
    bool plain = found->field.n_dims <= 3 && !found->storage.by_interval;
    const nsr_format *format = good && !plain ? nsr_format_of(catalog->file) : NULL;
    if (!format) return good;
    if (format->refine) return format->refine(found, err);
    return nsr_check_roles(found, err) && refuse_dims(&found->field, found->field.n_dims, err);
}

static bool raw_files_there(const nsr_found *found, hid_t dataset, nsr_err *err) {
    char path[NSR_PATH];
    if (!nsr_raw_unusable(path, found->storage.file, dataset, err)) return false;
    return !path[0] || nsr_fail(err, NSR_EDATA, WHERE "external raw file %s is missing, cut short or cannot be read",
                                found->field.file, found->field.path, path);
}

/* A damaged header may claim frames for which nothing is stored. */
static bool values_there(const nsr_found *found, nsr_err *err) {
    const nsr_field *field = &found->field;
    double claimed = (double)field->n_frames * (double)field->n_bins * found->storage.element;
    if (found->storage.offset < 0 || (double)field->bytes >= claimed) return true;
    return nsr_fail(
        err, NSR_EDATA, WHERE "claims %lld frames of %lld bins, but only %lld bytes are stored: the file is damaged",
        field->file, field->path, (long long)field->n_frames, (long long)field->n_bins, (long long)field->bytes);
}

bool nsr_check_written(const nsr_found *found, nsr_err *err) {
    const nsr_field *field = &found->field;
    bool chunked = field->chunk[0] > 0, contiguous = strcmp(field->storage, "contiguous") == 0;
    if (field->bytes > 0 || !(chunked || contiguous)) return true;
    return nsr_fail(err, NSR_EDATA, WHERE "claims %lld frames of %lld bins, but not one %s of them was ever written",
                    field->file, field->path, (long long)field->n_frames, (long long)field->n_bins,
                    chunked ? "chunk" : "value");
}

bool nsr_check_readable(const nsr_found *found, hid_t file, nsr_err *err) {
    hid_t dataset = H5Dopen2(file, found->field.path, H5P_DEFAULT);
    hid_t dcpl = dataset >= 0 ? H5Dget_create_plist(dataset) : H5I_INVALID_HID;
    bool good = dcpl >= 0 && values_there(found, err) && nsr_filters_known(found, dcpl, err) &&
                raw_files_there(found, dataset, err);
    if (good && !found->quiet) nsr_type_log(found);
    if (!good) nsr_h5_fail(err, NSR_EDATA, WHERE "its storage cannot be read", found->field.file, found->field.path);
    nsr_h5_close(dcpl);
    nsr_h5_close(dataset);
    return good;
}
