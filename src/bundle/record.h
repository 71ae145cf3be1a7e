/* SPDX-License-Identifier: MIT */
/* The record of a finished segment: its parts and its counts. All calls are local. */
#ifndef NSR_BUNDLE_RECORD_H
#define NSR_BUNDLE_RECORD_H

#include "base/json.h"
#include "bundle.h"

/* Room for all outputs of this version, and for as many of a later one, which are kept as they are. */
enum { NSR_MOST_SLOTS = 2 * NSR_MOST_OUTPUTS };

enum { NSR_LIMITS_CHARS = 64 };

/* What is known of a segment whatever its outputs. The last three members are not in the record as JSON. */
typedef struct nsr_segment_facts {
    nsr_clip clip;                 /* of the limits `limits` */
    char limits[NSR_LIMITS_CHARS]; /* as nsr_limits_text writes them; "": unknown */
    int64_t bad_frames;
    char values[NSR_HASH_CHARS]; /* of all values of the segment's frames; "": unknown */
    char stamp[NSR_HASH_CHARS];  /* of the input that they are from (nsr_source_stamp); "": unknown */
    bool doubtful;               /* its parts may not have reached the disk: their contents must be checked */
    bool failed;                 /* the last try to render it */
} nsr_segment_facts;

typedef struct nsr_record {
    int n;
    struct {
        char name[16], digest[NSR_HASH_CHARS];
        nsr_part part;
    } output[NSR_MOST_SLOTS];
    nsr_segment_facts facts;
} nsr_record;

/* The colour limits exactly, as text: counts of clipped values belong to them. */
void nsr_limits_text(char text[NSR_LIMITS_CHARS], double vmin, double vmax);
/* Index of an output in the record, or -1. */
int nsr_record_find(const nsr_record *record, const char *name);
/* Index of an output, which is added where the record lacks it. -1 with a warning: an output that this version does not
   know, and no room for it. */
int nsr_record_slot(nsr_record *record, const char *name);
/* Removes the output at this index. */
void nsr_record_remove(nsr_record *record, int slot);
/* The record as JSON; the caller owns it. */
json_t *nsr_record_json(const nsr_record *record, int64_t segment);
/* Fills the record from JSON that may hold anything. */
void nsr_record_from_json(nsr_record *record, const json_t *json);
/* One part as JSON; the caller owns it. */
json_t *nsr_part_json(const nsr_part *part);
/* Fills a part from JSON that may hold anything. */
void nsr_part_from_json(nsr_part *part, const json_t *json);

#endif
