/* SPDX-License-Identifier: MIT */
/* How shares divide the segments of a bundle, and which of them lack some. All calls are local. */
#ifndef NSR_BUNDLE_SHARES_H
#define NSR_BUNDLE_SHARES_H

#include <jansson.h>
#include <nsrender/field.h>
#include <nsrender/option.h>

enum { NSR_MOST_SHARES = 1 << 20 }; /* that a journal is believed to be one of */

/* The segments of one share. */
nsr_span nsr_share_segments(nsr_share share, int64_t n_segments);

/* The missing segments of each share. */
typedef struct nsr_shares {
    int n; /* 0: the bundle was not made by shares */
    int64_t *missing;
} nsr_shares;

/* Counts the segments u with missing[u] != 0 by share. Close is also allowed after a failure and on zeroed memory. */
bool nsr_shares_count(nsr_shares *shares, int n, const unsigned char *missing, int64_t n_segments, nsr_err *err);
void nsr_shares_close(nsr_shares *shares);
enum { NSR_SHARES_TEXT = 700 }; /* bytes that the text takes at most */
/* "51 segments of share 2/4, 10 segments of share 3/4"; "": none are missing, or there are no shares. */
void nsr_shares_text(const nsr_shares *shares, char text[NSR_SHARES_TEXT]);
/* [{"share": 2, "of": 4, "missing": 51}], with the shares that lack something only. The caller owns it. */
json_t *nsr_shares_json(const nsr_shares *shares);

#endif
