/* SPDX-License-Identifier: MIT */
#include "shares.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { NAMED = 8 }; /* a line names no more shares */

nsr_span nsr_share_segments(nsr_share share, int64_t n_segments) {
    return (nsr_span){n_segments * (share.k - 1) / share.n, n_segments * share.k / share.n};
}

bool nsr_shares_count(nsr_shares *s, int n, const unsigned char *missing, int64_t n_segments, nsr_err *err) {
    *s = (nsr_shares){.n = n};
    if (n == 0) return true;
    s->missing = calloc((size_t)n, sizeof *s->missing);
    if (!s->missing) return s->n = 0, nsr_fail(err, NSR_EINTERNAL, "out of memory for %d shares", n);
    for (int k = 1; k <= n; k++) {
        nsr_span own = nsr_share_segments((nsr_share){k, n}, n_segments);
        for (int64_t segment = own.first; segment < own.end; segment++)
            s->missing[k - 1] += missing[segment] != 0;
    }
    return true;
}

void nsr_shares_close(nsr_shares *s) {
    free(s->missing);
    *s = (nsr_shares){0};
}

void nsr_shares_text(const nsr_shares *s, char text[NSR_SHARES_TEXT]) {
    size_t at = 0;
    int named = 0, more = 0;
    *text = 0;
    for (int k = 1; k <= s->n; k++) {
        if (s->missing[k - 1] == 0) continue;
        if (named == NAMED || at + 60 > NSR_SHARES_TEXT) {
            more++;
            continue;
        }
        at += (size_t)snprintf(text + at, NSR_SHARES_TEXT - at, "%s%" PRId64 " segment%s of share %d/%d",
                               named++ ? ", " : "", s->missing[k - 1], s->missing[k - 1] == 1 ? "" : "s", k, s->n);
    }
    if (more) snprintf(text + at, NSR_SHARES_TEXT - at, ", and some of %d more shares", more);
}

json_t *nsr_shares_json(const nsr_shares *s) {
    json_t *list = json_array();
    for (int k = 1; k <= s->n; k++)
        if (s->missing[k - 1])
            json_array_append_new(
                list, json_pack("{sisisI}", "share", k, "of", s->n, "missing", (json_int_t)s->missing[k - 1]));
    return list;
}
