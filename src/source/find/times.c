/* SPDX-License-Identifier: MIT */
/* The times of the frames: the dataset or rate that the user names, else those that the format finds. */
#include "find.h"

/* The dataset that --times-from names. */
static bool take_named_times(nsr_found *found, nsr_catalog *catalog, const char *name, nsr_err *err) {
    hid_t file = catalog->file;
    const nsr_field *field = &found->field;
    char path[1024], what[200];
    if (!nsr_name_beside(path, file, field, name) && !nsr_resolve(path, catalog, name, err)) return false;
    if (nsr_times_take(found, file, path, false)) return true;
    nsr_item_text(file, path, what, sizeof what);
    return nsr_fail(err, NSR_EDATA, "%s: --times-from %s: %s; %s needs %lld numbers, one per frame", field->file, path,
                    what, field->path, (long long)field->n_frames);
}

bool nsr_times_find(nsr_found *found, nsr_catalog *catalog, const nsr_config *config, const nsr_format *format,
                    nsr_err *err) {
    hid_t file = catalog->file;
    nsr_field *field = &found->field;
    double rate = config->input_as.sampling_rate;
    bool by_rate = rate == rate; /* NaN: not given */
    if (!found->storage.by_interval && !nsr_orient(found, file, config, format, err)) return false;
    field->times.unit = 1;
    if (by_rate && config->input_as.times_from)
        return nsr_fail(err, NSR_EUSAGE, "--sampling-rate and --times-from exclude each other");
    if (by_rate && !(rate > 0 && rate <= 1e12))
        return nsr_fail(err, NSR_EUSAGE, "--sampling-rate %g: a rate is a number of frames per second above 0", rate);
    if (config->input_as.times_from)
        return take_named_times(found, catalog, config->input_as.times_from, err) &&
               (nsr_warn_doubtful_times(found, file), true);
    if (by_rate)
        field->times.rate = rate;
    else if (!format->times(found, file, err))
        return false;
    field->times.regular = field->times.rate > 0;
    if (field->times.regular) field->times.n = field->n_frames;
    nsr_warn_doubtful_times(found, file);
    return true;
}
