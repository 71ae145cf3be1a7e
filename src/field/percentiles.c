/* SPDX-License-Identifier: MIT */
/* Lists of percentiles: parsed, merged, and filled with results. */
#include <math.h>
#include <nsrender/field.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool add_percent(nsr_percentiles *p, double percent) {
    if (nsr_percentiles_find(p, percent) >= 0) return true;
    if (p->n == NSR_MOST_PERCENTILES) return false;
    p->value[p->n] = NAN;
    p->percent[p->n++] = percent;
    return true;
}

bool nsr_percentiles_parse(nsr_percentiles *p, const char *text, nsr_err *err) {
    *p = (nsr_percentiles){0};
    if (!strcmp(text, "none")) return true;
    for (const char *at = text;; at++) {
        char *end;
        double percent = strtod(at, &end);
        if (end == at || (*end && *end != ','))
            return nsr_fail(err, NSR_EUSAGE, "--percentile: '%s': '%.*s' is not a number; write 1,99", text,
                            (int)strcspn(at, ","), at);
        if (!(percent >= 0 && percent <= 100))
            return nsr_fail(err, NSR_EUSAGE, "--percentile: %g does not lie between 0 and 100", percent);
        if (!add_percent(p, percent))
            return nsr_fail(err, NSR_EUSAGE, "--percentile: more than %d numbers", NSR_MOST_PERCENTILES);
        if (!*end) return true;
        at = end;
    }
}

int nsr_percentiles_find(const nsr_percentiles *p, double percent) {
    for (int i = 0; i < p->n; i++)
        if (p->percent[i] == percent) return i;
    return -1;
}

void nsr_percentiles_add(nsr_percentiles *p, const nsr_percentiles *from) {
    for (int i = 0; i < from->n; i++) {
        if (nsr_percentiles_find(p, from->percent[i]) >= 0 || !add_percent(p, from->percent[i])) continue;
        p->value[p->n - 1] = from->value[i];
        p->below[p->n - 1] = from->below[i];
        p->above[p->n - 1] = from->above[i];
    }
}

void nsr_percentiles_take(nsr_percentiles *p, const nsr_key_counts *keys) {
    *p = (nsr_percentiles){.n = keys->n};
    for (int i = 0; i < keys->n; i++) {
        p->percent[i] = keys->percent[i];
        p->value[i] = nsr_key_counts_percentile(keys, i);
        if (!keys->n_finite) continue;
        p->below[i] = nsr_key_counts_below(keys, i);
        p->above[i] = nsr_key_counts_above(keys, i);
    }
}

void nsr_percent_text(double percent, char *text, size_t size) {
    for (int digits = 6; digits <= 17; digits++) {
        snprintf(text, size, "%.*g", digits, percent);
        if (strtod(text, NULL) == percent) return;
    }
}
