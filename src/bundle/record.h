/* SPDX-License-Identifier: MIT */
/* Records: segments/NNNNNN.json describes one finished segment. All calls are local. */
#ifndef NSR_BUNDLE_RECORD_H
#define NSR_BUNDLE_RECORD_H

#include "base/json.h"
#include "bundle.h"

/* Room for all outputs of this version, and for as many of a later one, which are kept as they are. */
enum { NSR_MOST_SLOTS = 2 * NSR_MOST_OUTPUTS };

enum { NSR_LIMITS_CHARS = 64 };

typedef struct nsr_record {
    int n;
    struct {
        char name[16], digest[NSR_HASH_CHARS];
        nsr_part part;
    } output[NSR_MOST_SLOTS];
    nsr_clip clip;                 /* of the limits `limits` */
    char limits[NSR_LIMITS_CHARS]; /* as nsr_limits_text writes them; "": unknown */
    int64_t bad_frames;
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
/* What an entry of segments/ is. */
typedef enum nsr_segment_entry { NSR_ENTRY_OTHER, NSR_ENTRY_RECORD, NSR_ENTRY_FAILURE } nsr_segment_entry;
/* By its name; *segment, below n_segments, unless it is another entry. */
nsr_segment_entry nsr_record_entry(const char *name, int64_t n_segments, int64_t *segment);
/* Reads the record of a segment. An unreadable or missing record is an empty one: the segment is rendered again. */
void nsr_record_read(nsr_record *record, const char *dir, int64_t segment);
/* Writes it durably, whole or not at all. `run_id` marks the temporary name. */
bool nsr_record_write(const nsr_record *record, const char *dir, int64_t segment, const char *run_id, nsr_err *err);
/* Removes one output from the record of a segment, before its part is touched. NSR_EIO where the record cannot be read:
   it may name the part. */
bool nsr_record_forget(const char *dir, int64_t segment, const char *name, const char *run_id, nsr_err *err);
/* Writes why a segment failed, for `status`; an empty text removes the note. */
void nsr_record_failure(const char *dir, int64_t segment, const char *why);

#endif
