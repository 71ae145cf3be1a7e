/* SPDX-License-Identifier: MIT */
/* What netCDF is read by, piece by piece: units of time, the meaning of dimensions, intervals between paddings. Whole
   files are compared with xarray in tests/client. */
#include "check.h"

#include "source/format/netcdf.h"
#include "source/shown/shown.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>

/* --- units of time --- */

static void good_unit(const char *units, const char *calendar, double want) {
    char why[200] = "";
    double seconds = -1;
    if (!CHECK(nsr_cf_seconds(units, calendar, &seconds, why, sizeof why))) fprintf(stderr, "  %s: %s\n", units, why);
    CHECK_CLOSE(seconds, want, 0);
}

static void bad_unit(const char *units, const char *calendar, const char *words) {
    char why[200] = "";
    double seconds;
    CHECK(!nsr_cf_seconds(units, calendar, &seconds, why, sizeof why));
    if (!CHECK_HAS(why, words)) fprintf(stderr, "  %s\n", why);
}

static void check_units(void) {
    good_unit("s", "", 1);
    good_unit("seconds since 2024-03-05T10:00:00", "proleptic_gregorian", 1);
    good_unit("  milliseconds since 2024-03-05", "standard", 1e-3);
    good_unit("Microseconds since 1970-01-01", "GREGORIAN", 1e-6);
    good_unit("nanoseconds since 1970-01-01", "", 1e-9);
    good_unit("minutes since 2000-01-01 00:00", "julian", 60);
    good_unit("hours", "", 3600);
    good_unit("days since 0001-01-01", "noleap", 86400);
    good_unit("weeks", "", 604800);
    good_unit("months since 2000-01-01", "360_day", 30 * 86400.0);
    good_unit("years since 2000-01-01", "360_day", 360 * 86400.0);
    good_unit("years since 2000-01-01", "noleap", 365 * 86400.0);
    good_unit("common_years since 2000-01-01", "standard", 365 * 86400.0);
    good_unit("years since 2000-01-01", "366_day", 366 * 86400.0);
    bad_unit("months since 2000-01-01", "standard", "differ in length");
    bad_unit("months since 2000-01-01", "noleap", "differ in length");
    bad_unit("years since 2000-01-01", "gregorian", "differ in length");
    bad_unit("seconds since 2000-01-01", "lunar", "'lunar' is not known");
    bad_unit("cm", "", "'cm' is no unit of time");
    bad_unit("", "", "no unit of time");
    bad_unit("sec onds", "lunar", "lunar");
}

/* --- roles --- */

static nsr_field field_of(const char *const *names) {
    nsr_field field = {0};
    for (; names[field.n_dims]; field.n_dims++) {
        snprintf(field.dim[field.n_dims], sizeof field.dim[0], "%s", names[field.n_dims]);
        field.shape[field.n_dims] = 2 + field.n_dims;
    }
    return field;
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void known(const char *const *names, nsr_roles want) {
    nsr_roles roles;
    nsr_field field = field_of(names);
    CHECK(nsr_roles_find(&roles, &field));
    CHECK_EQ(roles.interval, want.interval);
    CHECK_EQ(roles.time, want.time);
    CHECK_EQ(roles.state, want.state);
    CHECK_EQ(roles.x, want.x);
    CHECK_EQ(roles.y, want.y);
    CHECK_EQ(roles.line, want.line);
    CHECK_EQ(roles.stack, want.stack);
}

static void unknown(const char *const *names) {
    nsr_roles roles;
    nsr_field field = field_of(names);
    CHECK(!nsr_roles_find(&roles, &field));
}

static void check_roles(void) {
    known(NAMES("time", "state", "x_position", "y_position"), (nsr_roles){-1, 0, 1, 2, 3, -1, -1});
    known(NAMES("time", "y_position", "x_position"), (nsr_roles){-1, 0, -1, 2, 1, -1, -1});
    known(NAMES("time", "y", "state", "x"), (nsr_roles){-1, 0, 2, 3, 1, -1, -1});
    known(NAMES("time", "position"), (nsr_roles){-1, 0, -1, -1, -1, 1, -1});
    known(NAMES("time", "x_position"), (nsr_roles){-1, 0, -1, -1, -1, 1, -1});
    known(NAMES("time", "state"), (nsr_roles){-1, 0, 1, -1, -1, -1, -1});
    known(NAMES("time", "state_bins"), (nsr_roles){-1, 0, -1, -1, -1, -1, 1});
    known(NAMES("intervals", "time", "state_bins"), (nsr_roles){0, 1, -1, -1, -1, -1, 2});
    known(NAMES("intervals", "time", "state", "x", "y"), (nsr_roles){0, 1, 2, 3, 4, -1, -1});
    unknown(NAMES("x_position", "y_position", "time"));
    unknown(NAMES("time", "lon", "lat"));
    unknown(NAMES("time", "x", "depth"));
    unknown(NAMES("time", "intervals", "x"));
    unknown(NAMES("", ""));
    unknown(NAMES("time", "x", "y", "z"));
}

/* --- intervals --- */

enum { ROWS = 4, TIMES = 10, CELLS = 6 };

static nsr_source *by_interval(void) {
    nsr_source *source = calloc(1, sizeof *source);
    if (!source) exit(1);
    source->found.field = field_of(NAMES("intervals", "time", "state_bins"));
    source->found.field.shape[0] = ROWS;
    source->found.field.shape[1] = TIMES;
    source->found.storage.by_interval = true;
    source->shown = source->found.field;
    source->shown.n_bins = CELLS;
    return source;
}

static void give_back(nsr_source *source) {
    free(source->interval);
    free(source);
}

static void check_intervals(void) {
    double ends[ROWS * 2] = {-6, 8, -INFINITY, -INFINITY, 0, 4, -9, 9};
    nsr_err err = {0};
    nsr_source *source = by_interval();
    int64_t n = 100;
    CHECK_EQ(nsr_interval_row(source, 17, 2, &n), 17); /* before they are known: none goes beyond its interval */
    CHECK_EQ(n, 2);
    CHECK(nsr_intervals_find(source, ends, &err));
    CHECK_EQ(source->shown.n_frames, 9);
    CHECK_EQ(source->shown.n_intervals, 3);
    static const int64_t rows[9] = {20, 21, 22, 23, 24, 6, 7, 8, 39}, left[9] = {5, 4, 3, 2, 1, 3, 2, 1, 1};
    for (int64_t i = 0; i < 9; i++) {
        n = 100;
        CHECK_EQ(nsr_interval_row(source, i, 1, &n), rows[i]);
        CHECK_EQ(n, left[i]);
        CHECK_EQ(nsr_interval_time(source, i, 1, &n), rows[i] % TIMES);
    }
    n = 100;
    CHECK_EQ(nsr_interval_row(source, 1, 2, &n), 21);
    CHECK_EQ(n, 2);
    n = 1;
    CHECK_EQ(nsr_interval_row(source, 0, 1, &n), 20);
    CHECK_EQ(n, 1);
    CHECK_EQ(source->shown.interval[1].number, 0);
    free(source->interval);
    source->interval = NULL;
    source->shown.n_intervals = 0;
    for (int i = 0; i < ROWS * 2; i++)
        ends[i] = -INFINITY;
    CHECK(!nsr_intervals_find(source, ends, &err));
    CHECK_EQ(err.code, NSR_EDATA);
    give_back(source);
}

/* A time is shown once: 3..5 of row 1, 6 of row 2 (4..6), 7 of row 0 (5..7), 8 of row 3. */
static void check_overlaps(void) {
    static const double ends[ROWS * 2] = {-5, 7, -3, 5, -4, 6, -8, 8};
    nsr_err err = {0};
    nsr_source *source = by_interval();
    CHECK(nsr_intervals_find(source, ends, &err));
    CHECK_EQ(source->shown.n_frames, 6);
    CHECK_EQ(source->shown.times.n, 6);
    static const int64_t rows[6] = {13, 14, 15, 26, 7, 38};
    for (int64_t i = 0, n = 1; i < 6; i++) {
        CHECK_EQ(nsr_interval_row(source, i, 1, &n), rows[i]);
        CHECK_EQ(nsr_interval_time(source, i, 1, &n), 3 + i);
    }
    give_back(source);
}

/* --- what a bundle keeps --- */

static void check_known(void) {
    uint8_t bins[CELLS] = {1, 0, 0, 1, 1, 0};
    double ends[ROWS * 2] = {-6, 8, -INFINITY, -INFINITY, 0, 4, -9, 9};
    nsr_active want = {.bins = bins, .ends = ends}, have;
    nsr_source *source = by_interval();
    char *text = nsr_known_text(&want, source);
    CHECK(text && nsr_known_read(&have, source, text));
    for (int i = 0; have.bins && i < CELLS; i++)
        CHECK_EQ(have.bins[i], bins[i]);
    for (int i = 0; have.ends && i < ROWS * 2; i++)
        CHECK(have.ends[i] == ends[i]);
    nsr_active_free(&have);
    free(text);
    static const char *const wrong[] = {"",
                                        "{",
                                        "[]",
                                        "{\"cells\": 6}",
                                        "{\"cells\": 6, \"with_values\": \"98\"}",
                                        "{\"cells\": 7, \"with_values\": \"98\", \"intervals\": []}",
                                        "{\"cells\": 6, \"with_values\": \"9\", \"intervals\": []}",
                                        "{\"cells\": 6, \"with_values\": \"9g\", \"intervals\": []}",
                                        "{\"cells\": 6, \"with_values\": \"98\", \"intervals\": {}}",
                                        "{\"cells\": 6, \"with_values\": \"98\", \"intervals\": [[4, 0, 1]]}",
                                        "{\"cells\": 6, \"with_values\": \"98\", \"intervals\": [[-1, 0, 1]]}",
                                        "{\"cells\": 6, \"with_values\": \"98\", \"intervals\": [[0, 2, 1]]}",
                                        "{\"cells\": 6, \"with_values\": \"98\", \"intervals\": [[0, 2, 10]]}",
                                        "{\"cells\": 6, \"with_values\": \"98\", \"intervals\": [7]}"};
    for (size_t i = 0; i < NSR_COUNTOF(wrong); i++)
        if (!CHECK(!nsr_known_read(&have, source, wrong[i]))) nsr_active_free(&have);
    CHECK(!nsr_known_read(&have, source, NULL));
    give_back(source);
}

int main(void) {
    nsr_log_open(NSR_LOG_ERROR, true);
    check_units();
    check_roles();
    check_intervals();
    check_overlaps();
    check_known();
    return check_done();
}
