/* SPDX-License-Identifier: MIT */
/* Units of time of the CF conventions, "milliseconds since 2024-03-05 10:00:00". Frames need differences of times only:
   the date is ignored, and the calendar counts only where it fixes the length of a month or a year. */
#include "dataset.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
    const char *words; /* between blanks */
    double seconds;
} units_table[] = {
    {" s sec secs second seconds ", 1},
    {" ms msec msecs millisec millisecs millisecond milliseconds ", 1e-3},
    {" us usec usecs microsec microsecs microsecond microseconds ", 1e-6},
    {" ns nsec nsecs nanosec nanosecs nanosecond nanoseconds ", 1e-9},
    {" min mins minute minutes ", 60},
    {" h hr hrs hour hours ", 3600},
    {" d day days ", 86400},
    {" week weeks ", 7 * 86400},
};

/* Days of a month and of a year; 0: their length varies. */
static const struct {
    const char *name;
    int month, year;
} calendars[] = {{"standard", 0, 0},  {"gregorian", 0, 0},  {"proleptic_gregorian", 0, 0},
                 {"julian", 0, 0},    {"utc", 0, 0},        {"tai", 0, 0},
                 {"noleap", 0, 365},  {"365_day", 0, 365},  {"all_leap", 0, 366},
                 {"366_day", 0, 366}, {"360_day", 30, 360}, {"none", 0, 0}};

static int find_calendar(const char *name) {
    for (int i = 0; i < (int)NSR_COUNTOF(calendars); i++)
        if (strcasecmp(name, calendars[i].name) == 0) return i;
    return -1;
}

/* Is `word` one of the words? Case is ignored. */
static bool is_among(const char *words, const char *word, size_t length) {
    for (const char *at = words; *at; at++)
        if (*at == ' ' && strncasecmp(at + 1, word, length) == 0 && at[1 + length] == ' ') return true;
    return false;
}

static bool months_or_years(const char *word, size_t length, int calendar, double *seconds, char *why, size_t size) {
    bool month = is_among(" month months common_month common_months ", word, length);
    int days = month ? calendars[calendar].month : calendars[calendar].year;
    if (is_among(" common_year common_years ", word, length) && days == 0) days = 365;
    if (days == 0)
        snprintf(why, size, "%.*s of the calendar %s differ in length", (int)length, word, calendars[calendar].name);
    *seconds = days * 86400.0;
    return days > 0;
}

bool nsr_cf_seconds(const char *units, const char *calendar, double *seconds, char *why, size_t size) {
    units += strspn(units, " \t");
    size_t length = strcspn(units, " \t");
    int known = find_calendar(calendar[0] ? calendar : "standard");
    if (known < 0) {
        snprintf(why, size, "the calendar '%.60s' is not known", calendar);
        return false;
    }
    for (size_t i = 0; length > 0 && i < NSR_COUNTOF(units_table); i++) {
        *seconds = units_table[i].seconds;
        if (is_among(units_table[i].words, units, length)) return true;
    }
    if (is_among(" month months common_month common_months year years common_year common_years ", units, length))
        return months_or_years(units, length, known, seconds, why, size);
    snprintf(why, size, "'%.60s' is no unit of time", units);
    return false;
}
