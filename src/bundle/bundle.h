/* SPDX-License-Identifier: MIT */
/* The output directory and what in it says how far it is: plan.json (first), segments/NNNNNN.json (one a finished
   segment), manifest.json (last). All calls are local unless they take a communicator. */
#ifndef NSR_BUNDLE_BUNDLE_H
#define NSR_BUNDLE_BUNDLE_H

#include "base/heartbeat.h"
#include "stages/run.h"
#include <jansson.h>
#include <stdatomic.h>

/* --- json.c --- */
json_t *nsr_json_load(const char *path, nsr_err *err); /* NULL: NSR_ENOINPUT no such file, NSR_EDATA not JSON */
bool nsr_json_save(const char *path, const json_t *json, const char *run, bool exclusive, nsr_err *err);
bool nsr_json_print(const json_t *json, nsr_err *err);            /* to stdout */
json_t *nsr_json_real(double x);                                  /* null when not finite */
const char *nsr_json_text(const json_t *object, const char *key); /* "" when missing */
int64_t nsr_json_int(const json_t *object, const char *key);      /* 0 when missing */
json_t *nsr_json_range(const nsr_range *range);                   /* with hex floats beside the numbers */
void nsr_json_get_range(nsr_range *range, const json_t *json);
/* --- measured.c: the same with the frames it is of, and the percentiles that are known --- */
json_t *nsr_json_measured(const nsr_run *run);
/* Takes them where they are of the frames that run->subset has; else the range is left empty. */
void nsr_json_get_measured(nsr_run *run, const json_t *json);
/* Values that are wanted: {"1": 0.25, "99": 3}. */
json_t *nsr_json_percentiles(const nsr_run *run);

/* Number, frames, and first and last time of every interval; null when the recording is one. Local. */
json_t *nsr_json_intervals(nsr_source *source);

/* --- identity.c --- */
json_t *nsr_identity_json(const nsr_identity *identity);
/* Rows that could not be read, then or now, say nothing: an input may have been repaired. */
bool nsr_identity_same(const nsr_identity *identity, const json_t *json);

/* --- record.c: what is known of one finished segment --- */
typedef struct nsr_record {
    int n;
    struct {
        char name[16], digest[NSR_HASH_CHARS];
        nsr_part part;
    } output[NSR_MOST_OUTPUTS];
    nsr_clip clip;
    int64_t bad_frames;
} nsr_record;
int nsr_record_find(const nsr_record *record, const char *name); /* index or -1 */
/* The slot of an output: the one it has, or a new one. */
int nsr_record_slot(nsr_record *record, const char *name);
void nsr_record_remove(nsr_record *record, int slot);
json_t *nsr_record_json(const nsr_record *record, int64_t segment);
void nsr_record_from_json(nsr_record *record, const json_t *json);
json_t *nsr_part_json(const nsr_part *part);
void nsr_part_from_json(nsr_part *part, const json_t *json);
/* An unreadable or missing record is an empty one: the segment is done again. */
void nsr_record_read(nsr_record *record, const char *dir, int64_t segment);
bool nsr_record_write(const nsr_record *record, const char *dir, int64_t segment, const char *run, nsr_err *err);
/* Forgets one output of a segment before its part is touched. */
bool nsr_record_forget(const char *dir, int64_t segment, const char *name, const char *run, nsr_err *err);
/* Why a segment failed, for status; an empty text removes the note. */
void nsr_record_failure(const char *dir, int64_t segment, const char *why);

/* --- lock.c: one run at a time --- */
typedef struct nsr_holder {
    char host[128], job[64], id[16];
    int64_t pid, start, beats;
} nsr_holder;
typedef struct nsr_lock {
    char path[NSR_PATH];
    int fd; /* -1: not held */
    nsr_holder me;
    char text[512];
    nsr_heartbeat heartbeat; /* rewrites the file while the lock is held */
    atomic_bool lost; /* another run has it now */
} nsr_lock;
/* name: "run", "join", "share-3-of-16"; only shares work beside each other. Waits up to 10 s for a holder that is about
   to end; takes over from a dead one. NSR_EMISMATCH while another run is at work. A lock that is held must stay where
   it is in memory. */
bool nsr_lock_take(nsr_lock *lock, const char *dir, const char *name, const char *run, bool take_over, nsr_err *err);
/* For nsr_team_only_while: NSR_EMISMATCH when another run took the lock over. */
bool nsr_lock_held(const void *lock, nsr_err *err);
void nsr_lock_release(nsr_lock *lock); /* a lock that was lost stays, for it is another run's */
/* Who holds any lock of the bundle: a line to print, or "". */
void nsr_lock_holders(const char *dir, char *text, size_t size);

/* --- bundle.c. Collective. --- */
/* Makes or opens the directory and takes the lock (NULL: none is wanted); with --replace moves an old bundle away
 * first. */
bool nsr_bundle_open(nsr_run *run, nsr_lock *lock, const nsr_comm *comm, nsr_err *err);
/* Compares with the plan that stands there (NSR_EMISMATCH names the option) or writes it; knows the range afterwards.
 */
bool nsr_bundle_load_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err);
bool nsr_bundle_save_plan(nsr_run *run, const nsr_comm *comm, nsr_err *err);
/* What is there already: fills run->todo and frames_done. A finished bundle with nothing to do sets *nothing. */
bool nsr_completeness_check(nsr_run *run, const nsr_comm *comm, bool *nothing, nsr_err *err);
/* What the plan that stands there knows of the input (nsr_source_known), to free; NULL: nothing. Local. */
char *nsr_bundle_known(const char *dir);
bool nsr_bundle_save_input(const nsr_run *run, nsr_err *err); /* root only: where the input lies */
json_t *nsr_json_places(const nsr_run *run); /* of the input and of --environment, whole; never for the plan */
json_t *nsr_bundle_places(const char *dir);  /* the same as the bundle remembers them; NULL: it does not */
json_t *nsr_json_options(const nsr_config *config);           /* those that were given and change something */
/* The same, but those that change nothing of what this run makes as they are in the plan that stands there. */
json_t *nsr_bundle_options(const nsr_config *config, const nsr_run *run, const json_t *old);
/* Adds to --format what the bundle that stands there has: all its outputs when none is named or it is not finished. */
bool nsr_bundle_formats(nsr_config *config, const char *dir, const nsr_comm *comm, nsr_err *err);
/* Options and input that a bundle remembers, for resume, join, verify. Local: the caller broadcasts. */
bool nsr_bundle_remember(nsr_config *config, const char *dir, char input[NSR_PATH], nsr_err *err);

/* --- standing.c, local --- */
/* Outputs of the plan that stands there and that this run does not make must stay as they are: NSR_EUSAGE for another
   range of a stack, NSR_EMISMATCH for another geometry. */
bool nsr_existing_outputs_match(const nsr_run *run, const json_t *plan, nsr_err *err);

/* --- manifest.c. Collective. --- */
/* Joins every output that needs it, writes manifest.json, removes what is only there while a bundle is being made. */
bool nsr_finish(nsr_run *run, const nsr_comm *comm, nsr_err *err);

#endif
