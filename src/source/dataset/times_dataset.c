/* SPDX-License-Identifier: MIT */
/* A dataset as the times of the frames: it has one number per frame, in a unit of time that its attributes name. */
#include "dataset.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

/* Seconds of one of a unit of time; 0: the word is none. */
static double seconds_of_word(const char *word) {
    static const struct {
        const char *word;
        double seconds;
    } units[] = {{"s", 1},
                 {"sec", 1},
                 {"secs", 1},
                 {"second", 1},
                 {"seconds", 1},
                 {"ms", 1e-3},
                 {"msec", 1e-3},
                 {"millisecond", 1e-3},
                 {"milliseconds", 1e-3},
                 {"us", 1e-6},
                 {"usec", 1e-6},
                 {"microsecond", 1e-6},
                 {"microseconds", 1e-6},
                 {"ns", 1e-9},
                 {"nanosecond", 1e-9},
                 {"nanoseconds", 1e-9},
                 {"min", 60},
                 {"minutes", 60}};
    for (size_t i = 0; i < NSR_COUNTOF(units); i++)
        if (strcmp(word, units[i].word) == 0) return units[i].seconds;
    return 0;
}

/* pandas notes the type of an index in `kind`: datetime64[us], timedelta64[ns]; older ones without the unit, which is
   ns. 0: it is no time. */
static double seconds_of_kind(hid_t dataset) {
    char kind[64];
    nsr_h5_text_attr(dataset, "kind", kind, sizeof kind);
    if (strncmp(kind, "datetime64", 10) != 0 && strncmp(kind, "timedelta64", 11) != 0) return 0;
    char *unit = strchr(kind, '[');
    if (!unit) return 1e-9;
    unit[strcspn(unit, "],")] = 0;
    return seconds_of_word(unit + 1);
}

/* Seconds per stored unit of time, from the first word of the attribute `units` or `unit` ("seconds since 2020"), else
   from `kind`. */
static double seconds_of(hid_t dataset) {
    char text[64];
    if (!nsr_h5_text_attr(dataset, "units", text, sizeof text)) nsr_h5_text_attr(dataset, "unit", text, sizeof text);
    text[strcspn(text, " ")] = 0;
    double seconds = text[0] ? seconds_of_word(text) : seconds_of_kind(dataset);
    return seconds > 0 ? seconds : 1;
}

bool nsr_times_take(nsr_found *found, hid_t file, const char *path, bool loud) {
    nsr_field *field = &found->field;
    if (nsr_h5_kind(file, path) != H5I_DATASET || strlen(path) >= sizeof field->times.path) return false;
    int gap;
    hid_t dataset = nsr_virtual_open(file, path, &gap);
    int64_t n = dataset >= 0 ? nsr_list_length(dataset) : -1;
    int64_t wanted = found->storage.by_interval ? field->shape[1] : field->n_frames;
    bool fits = n == wanted;
    if (fits) {
        snprintf(field->times.path, sizeof field->times.path, "%s", path);
        field->times.n = n;
        field->times.unit = seconds_of(dataset);
        found->storage.times_gap = gap;
    } else if (loud && n >= 0 && !found->quiet) {
        nsr_warn("%s: %s has length %lld, but %s has %lld frames: it is not used as their times", field->file, path,
                 (long long)n, field->path, (long long)wanted);
    }
    nsr_h5_close(dataset);
    H5Eclear2(H5E_DEFAULT);
    return fits;
}
