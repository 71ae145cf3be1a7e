/* SPDX-License-Identifier: MIT */
/* The run that a lock names, and whether it lives. All calls are local. */
#ifndef NSR_BUNDLE_LOCK_HOLDER_H
#define NSR_BUNDLE_LOCK_HOLDER_H

#include <nsrender/file.h>

typedef struct nsr_holder {
    char host[72];            /* for messages: two hosts or containers may have one name */
    char boot[40], space[40]; /* the boot of the system and the namespace that `pid` counts in */
    char job[64], step[24];   /* of Slurm; "": none */
    char id[16];              /* of the run */
    int64_t pid, start, restart, beats;
} nsr_holder;

typedef enum nsr_holder_state {
    NSR_HOLDER_NONE,      /* there is no lock */
    NSR_HOLDER_KNOWN,     /* the lock was read */
    NSR_HOLDER_DAMAGED,   /* it was read and names no run */
    NSR_HOLDER_UNREADABLE /* there may be a lock; *why has the reason */
} nsr_holder_state;

enum {
    NSR_HOLDER_TEXT = 768, /* every lock has this length, so a new text leaves no rest of a longer one behind */
    NSR_HOLDER_WORDS = 280
};

/* This process. */
void nsr_holder_self(nsr_holder *holder, const char *run_id);
/* The contents of its lock. */
void nsr_holder_text(const nsr_holder *holder, char text[NSR_HOLDER_TEXT]);
/* Reads a lock. *holder and *why are valid as the state says. */
nsr_holder_state nsr_holder_read(nsr_holder *holder, const char *path, nsr_err *why);
/* Whether both are the same run. */
bool nsr_holder_same(const nsr_holder *a, const nsr_holder *b);
/* Whether this process can look for the holder's process. */
bool nsr_holder_local(const nsr_holder *holder, const nsr_holder *me);
/* Whether Slurm has started the holder's job and step again, as this process. What is left of the holder, on a node
   that Slurm lost sight of, must end. */
bool nsr_holder_earlier_try(const nsr_holder *holder, const nsr_holder *me);
/* Whether the holder has no right to its lock any more: it is an earlier try, or its process is gone. False in doubt.
 */
bool nsr_holder_dead(const nsr_holder *holder, const nsr_holder *me);
/* Who it is, for messages: "host n0, process 31604, job 17 step 0 (try 2)". */
void nsr_holder_words(const nsr_holder *holder, char text[NSR_HOLDER_WORDS]);

#endif
