/* SPDX-License-Identifier: MIT */
/* Opens a source. Holds the registry of the ways of reading: the first one that fits is used, unless --io names one.
   Only the root reads metadata; all ranks then open the field that it found. */
#include "source/dataset/raw_files.h"
#include "source/find/find.h"
#include "source/shown/shown.h"
#include "source/way/hdf5.h"

#include <fcntl.h>
#include <malloc.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const nsr_way *const ways[] = {&nsr_way_direct, &nsr_way_hdf5, &nsr_way_mpio};

/* auto: direct where it fits, else hdf5, which reads everything; mpio only where --io names it. */
static bool choose_way(nsr_found *found, const nsr_comm *comm, const char *io, nsr_err *err) {
    bool any = !io || strcmp(io, "auto") == 0;
    for (int i = 0; i < (int)NSR_COUNTOF(ways); i++) {
        if (any ? ways[i] == &nsr_way_mpio : strcmp(io, ways[i]->name) != 0) continue;
        found->way = i;
        if (ways[i]->fits(found, comm, found->reason)) return true;
        if (!any)
            return nsr_fail(err, NSR_EUSAGE, "--io %s: %s: %s: %s", io, found->field.file, found->field.path,
                            found->reason);
    }
    return nsr_fail(err, NSR_EUSAGE, "--io %s: no such way of reading; there are auto, direct, hdf5, mpio",
                    io ? io : "");
}

static bool find_in(nsr_found *found, nsr_catalog *catalog, const nsr_comm *comm, const nsr_config *config,
                    nsr_err *err) {
    const nsr_format *format = nsr_format_of(catalog->file);
    char path[1024];
    if (!nsr_discover(path, catalog, config, err) || !nsr_describe(found, catalog, path, err)) return false;
    snprintf(found->field.format, sizeof found->field.format, "%s", format->name);
    if (config->input_as.state && !format->arrange)
        return nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states", config->input_as.state, config->input,
                        path);
    bool values = config->command & (NSR_CMD_RENDER | NSR_CMD_RESUME | NSR_CMD_RANGE);
    return nsr_check_readable(found, catalog->file, err) && (!values || nsr_check_written(found, err)) &&
           nsr_times_find(found, catalog, config, format, err) &&
           (config->input_as.axes || nsr_check_roles(found, err)) && choose_way(found, comm, config->input_as.io, err);
}

static bool find_field(nsr_found *found, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    if (!config->input) return nsr_fail(err, NSR_EUSAGE, "no input file given");
    if (strlen(config->input) >= sizeof found->field.file)
        return nsr_fail(err, NSR_EUSAGE, "the name of the input is longer than %zu bytes",
                        sizeof found->field.file - 1);
    hid_t file = nsr_h5_open(config->input, H5P_DEFAULT, err);
    nsr_catalog catalog = {.file = file, .name = config->input};
    bool good = file >= 0 && find_in(found, &catalog, comm, config, err);
    nsr_catalog_free(&catalog);
    if (good) nsr_warn_of_writer(found->field.file);
    if (good && strcmp(found->storage.file, found->field.file)) nsr_warn_of_writer(found->storage.file);
    nsr_h5_close(file);
    return good;
}

static nsr_source *make_source(const nsr_found *found, nsr_err *err) {
    nsr_source *source = calloc(1, sizeof *source);
    if (!source || pthread_mutex_init(&source->lock, NULL) != 0) {
        free(source);
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the source");
        return NULL;
    }
    pthread_mutex_init(&source->damage_lock, NULL);
    source->found = *found;
    source->shown = found->field;
    source->shown.n_stored = found->field.n_bins;
    source->way = ways[found->way];
    source->file = source->dataset = source->times = H5I_INVALID_HID;
    source->transfer = H5P_DEFAULT;
    source->fd = -1;
    source->driver = H5I_INVALID_HID;
    source->cached_row = -1;
    nsr_h5_quiet();
    return source;
}

static void release_source(nsr_source *source) {
    if (source->transfer != H5P_DEFAULT) nsr_h5_close(source->transfer);
    nsr_list_close(&source->time_list);
    nsr_parts_close(&source->parts);
    nsr_parts_close(&source->time_parts);
    nsr_h5_bounds_close(&source->bounds);
    nsr_h5_close(source->times);
    nsr_h5_close(source->dataset);
    nsr_h5_close(source->file);
    if (source->driver >= 0) H5FDunregister(source->driver);
    if (source->fd >= 0) close(source->fd);
    for (int i = 0; i < source->n_folds; i++)
        free(source->fold[i].from), free(source->together[i]);
    free(source->center[0]);
    free(source->center[1]);
    free(source->active);
    free(source->interval);
    free(source->known);
    nsr_missing_free(&source->missing);
    nsr_missing_free(&source->missing_times);
    nsr_stamps_free(&source->stamps);
    pthread_mutex_destroy(&source->damage_lock);
    pthread_mutex_destroy(&source->lock);
    free(source);
}

static bool open_times(nsr_source *source, nsr_err *err) {
    const nsr_field *field = &source->found.field;
    if (!field->times.path[0]) return true;
    source->times = nsr_dataset_open(source, field->times.path, source->found.storage.times_gap, err);
    nsr_err why = {0};
    if (source->times < 0) return false;
    source->memory += nsr_dataset_memory(source->times);
    nsr_parts_open(&source->time_parts, source->times, field->times.n, &source->memory);
    return nsr_list_open(&source->time_list, source->times, (size_t)source->granted / 4, &why) ||
           nsr_fail(err, NSR_EDATA, "%s: %s: %.400s; or --sampling-rate HZ gives the times", field->file,
                    field->times.path, why.msg);
}

/* Lists what is missing of a virtual dataset on the root, which warns, and copies the list to all ranks. */
static bool share_missing(nsr_missing_list *list, nsr_stamps *stamps, hid_t dataset, const nsr_field *field,
                          const char *path, const nsr_comm *comm, nsr_err *err) {
    if (nsr_is_root(comm) && dataset >= 0 && nsr_missing_find(list, dataset, stamps, err))
        nsr_missing_warn(list, field->file, path);
    if (!nsr_from_root(comm, &list->n, sizeof list->n, err)) return false;
    if (list->n == 0) return true;
    if (!list->item && !(list->item = malloc((size_t)list->n * sizeof *list->item)))
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the missing sources of a virtual dataset");
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, list->item, (size_t)list->n * sizeof *list->item);
    return true;
}

static bool find_missing_sources(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    const nsr_field *field = &source->found.field;
    bool is_virtual = strcmp(field->storage, "virtual") == 0;
    return share_missing(&source->missing, &source->stamps, is_virtual ? source->dataset : H5I_INVALID_HID, field,
                         field->path, comm, err) &&
           share_missing(&source->missing_times, &source->stamps, source->times, field, field->times.path, comm, err);
}

static bool stamp_files(nsr_source *source, const nsr_comm *comm, nsr_err *err) {
    nsr_stamps *stamps = &source->stamps;
    if (nsr_is_root(comm) && nsr_stamps_add(stamps, source->found.field.file, err) &&
        nsr_stamps_add(stamps, source->found.storage.file, err) &&
        (source->dataset < 0 || nsr_stamp_dataset(stamps, source->dataset, err)) && source->times >= 0)
        nsr_stamp_dataset(stamps, source->times, err);
    return nsr_from_root(comm, NULL, 0, err);
}

/* What a bundle knows of the input is used only for the files that it is of. */
static bool share_stamp(nsr_source *source, const nsr_config *config, const nsr_comm *comm, nsr_err *err) {
    if (nsr_is_root(comm)) nsr_stamps_text(&source->stamps, source->stamp, err);
    if (!nsr_from_root(comm, source->stamp, sizeof source->stamp, err)) return false;
    const char *of = config->input_as.known_of;
    source->recalled = of && !strcmp(of, source->stamp) ? config->input_as.known : NULL;
    return true;
}

static void name_field(nsr_field *field) {
    char path[sizeof field->path];
    memcpy(path, field->path, sizeof path);
    char *slash = strrchr(path, '/');
    bool nameless = slash && (!strcmp(slash, "/data") || !strcmp(slash, "/block0_values"));
    if (nameless && slash > path) *slash = 0, slash = strrchr(path, '/');
    snprintf(field->name, sizeof field->name, "%s", slash && slash[1] ? slash + 1 : path);
}

/* What glibc has freed it keeps for later, for each thread as much as the largest chunk. Where memory is scarce, large
   blocks are returned to the system instead, although it costs time to get them again. */
static void return_large_blocks(const nsr_source *source) {
    if (source->memory > source->granted / 8) mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

bool nsr_source_open(nsr_source **source, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    *source = NULL;
    nsr_found *found = calloc(1, sizeof *found);
    if (!found) nsr_fail(err, NSR_EINTERNAL, "out of memory for the description of the input");
    if (found && nsr_is_root(comm) && find_field(found, comm, config, err)) name_field(&found->field);
    if (!nsr_agree(comm, err)) {
        free(found);
        return false;
    }
    nsr_bcast(comm, found, sizeof *found);
    nsr_source *made = make_source(found, err);
    free(found);
    if (!nsr_agree(comm, err)) goto failed;
    made->granted = nsr_granted_memory(config, comm);
    made->way->open(made, comm, err);
    if (nsr_good(err)) open_times(made, err);
    return_large_blocks(made);
    if (!nsr_agree(comm, err) || !stamp_files(made, comm, err) || !find_missing_sources(made, comm, err) ||
        !share_stamp(made, config, comm, err))
        goto failed;
    const nsr_format *format = nsr_format_named(made->found.field.format);
    if (format->arrange && !format->arrange(made, comm, config, err)) goto failed;
    *source = made;
    return true;
failed:
    if (made) release_source(made);
    return false;
}

void nsr_source_close(nsr_source *source, const nsr_comm *comm) {
    (void)comm; /* closing a file of parallel HDF5 is collective */
    if (source) release_source(source);
}

const nsr_field *nsr_source_field(const nsr_source *source) { return &source->shown; }

const char *nsr_source_io(const nsr_source *source, const char **reason) {
    if (reason) *reason = source->found.reason;
    return source->way->name;
}

int64_t nsr_source_bytes_read(const nsr_source *source) { return source->bytes_read; }

const char *nsr_source_known(const nsr_source *source) { return source->known; }

const char *nsr_source_stamp(const nsr_source *source) { return source->stamp; }

bool nsr_source_unchanged(const nsr_source *source, nsr_err *err) {
    const char *changed = nsr_stamps_changed(&source->stamps);
    return !changed || nsr_fail(err, NSR_EDATA, "%s: the file was changed while it was being read; run again", changed);
}
