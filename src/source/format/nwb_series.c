/* SPDX-License-Identifier: MIT */
/* Decomposed series of NWB have the shape (time, channel, band), and a table describes the bands. A posterior that a
   decoder stores like this has the bins as bands, and one channel, or one per state. */
#include "nwb_fields.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void nsr_nwb_type(hid_t file, const char *path, char type[64]) {
    char group[1024];
    snprintf(group, sizeof group, "%.*s", (int)(strrchr(path, '/') - path), path);
    hid_t series = H5Gopen2(file, group, H5P_DEFAULT);
    if (series < 0 || !nsr_h5_text_attr(series, "neurodata_type", type, 64)) type[0] = 0;
    nsr_h5_close(series);
    H5Eclear2(H5E_DEFAULT);
}

bool nsr_nwb_is_decomposed(hid_t file, const nsr_field *field) {
    char type[64];
    if (field->n_dims != 3) return false;
    nsr_nwb_type(file, field->path, type);
    return strcmp(type, "DecompositionSeries") == 0;
}

/* --- the table of the bins --- */

static int64_t rows_of(hid_t file, const char *table) {
    char path[1100];
    hsize_t n = 0;
    snprintf(path, sizeof path, "%s/id", table);
    hid_t dataset = nsr_h5_kind(file, path) == H5I_DATASET ? H5Dopen2(file, path, H5P_DEFAULT) : H5I_INVALID_HID;
    int dims = dataset >= 0 ? nsr_h5_shape(dataset, 1, &n) : -1;
    nsr_h5_close(dataset);
    return dims == 1 && n <= INT64_MAX ? (int64_t)n : -1;
}

/* The table of /a/SERIES/data is /a/SERIES/bands, /a/SERIES/bins or /a/bins. */
bool nsr_nwb_bins(char table[1024], hid_t file, const char *path, int64_t n_bins) {
    char group[1024];
    snprintf(group, sizeof group, "%.*s", (int)(strrchr(path, '/') - path), path);
    int above = strrchr(group, '/') ? (int)(strrchr(group, '/') - group) : 0;
    for (int i = 0; i < 3; i++) {
        snprintf(table, 1024, "%.*s/%s", i == 2 ? above : (int)strlen(group), group, i == 0 ? "bands" : "bins");
        if (rows_of(file, table) == n_bins) return true;
    }
    table[0] = 0;
    return false;
}

/* --- the shown channel --- */

/* Broadcast as bytes. */
typedef struct nwb_choice {
    bool decomposed;
    int64_t channel; /* -1: the sum of all */
    char bins[1024];
} nwb_choice;

static bool choose_channel(nwb_choice *c, const nsr_field *field, const char *state, nsr_err *err) {
    int64_t channels = field->shape[1];
    char *end = NULL;
    if (state && strcmp(state, "sum") == 0) return c->channel = -1, true;
    if (!state && channels == 1) return true;
    c->channel = state ? strtoll(state, &end, 10) : -1;
    if (state && end > state && !*end && c->channel >= 0 && c->channel < channels) return true;
    return nsr_fail(
        err, NSR_EUSAGE,
        "%s: %s: is a DecompositionSeries of %lld channels and %lld bands; its bands can be shown as bins: give "
        "--state sum, or --state N for channel N (0 to %lld)",
        field->file, field->path, (long long)channels, (long long)field->shape[2], (long long)channels - 1);
}

static bool choose_shown(nwb_choice *c, const nsr_source *source, const nsr_config *config, nsr_err *err) {
    const nsr_field *field = &source->found.field;
    const char *state = config->input_as.state;
    c->decomposed = nsr_nwb_is_decomposed(source->file, field);
    if (state && !c->decomposed)
        return nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has no states", state, field->file, field->path);
    nsr_nwb_bins(c->bins, source->file, field->path, c->decomposed ? field->shape[2] : field->n_bins);
    return !c->decomposed || choose_channel(c, field, state, err);
}

static bool fold_channels(nsr_source *source, const nwb_choice *c, nsr_err *err) {
    int64_t channels = source->shown.shape[1], bands = source->shown.shape[2];
    int64_t depth = c->channel < 0 ? channels : 1, first = c->channel < 0 ? 0 : c->channel;
    nsr_fold all = {depth > 1 ? NSR_FOLD_SUM : NSR_FOLD_SELECT, (int32_t)depth, bands,
                    malloc((size_t)(depth * bands) * sizeof *all.from)};
    if (!all.from) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the choice of bands");
    for (int64_t band = 0; band < bands; band++)
        for (int64_t i = 0; i < depth; i++)
            all.from[band * depth + i] = (int32_t)((first + i) * bands + band);
    return nsr_source_fold(source, &all, err);
}

bool nsr_nwb_arrange(nsr_source *source, const nsr_comm *comm, const nsr_config *config, nsr_err *err) {
    nwb_choice c = {0};
    if (nsr_is_root(comm)) choose_shown(&c, source, config, err);
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, &c, sizeof c);
    memcpy(source->shown.bins, c.bins, sizeof c.bins);
    if (c.decomposed) fold_channels(source, &c, err);
    return nsr_agree(comm, err);
}
