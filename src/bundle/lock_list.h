/* SPDX-License-Identifier: MIT */
/* The locks of a bundle as `status` shows them. Nothing is changed. All calls are local. */
#ifndef NSR_BUNDLE_LOCK_LIST_H
#define NSR_BUNDLE_LOCK_LIST_H

#include "lock_holder.h"
#include <jansson.h>

typedef enum nsr_lock_life {
    NSR_LOCK_AT_WORK,     /* its process lives, or its counter rises; also in doubt */
    NSR_LOCK_SILENT,      /* on another host, and its counter stood still: it may be dead ... */
    NSR_LOCK_DEAD,        /* ... and probably is, for it does so since a minute or more */
    NSR_LOCK_ENDED,       /* its process is gone */
    NSR_LOCK_NOT_READABLE /* somebody may hold it */
} nsr_lock_life;

typedef struct nsr_listed_lock {
    char name[40]; /* "run", "share-2-of-4" */
    nsr_holder holder;
    nsr_lock_life life;
    double silent; /* seconds since the last sign of life that is known of; -1: the kernel says that it lives, or not */
    char why[200]; /* it is not readable */
} nsr_listed_lock;

typedef struct nsr_lock_list {
    int n;
    nsr_listed_lock *lock;
} nsr_lock_list;

/* Lists the locks; those of other hosts count as at work. NSR_EIO where they cannot be listed. Close is also allowed
   after a failure and on zeroed memory. */
bool nsr_lock_list_find(nsr_lock_list *list, const char *dir, nsr_err *err);
void nsr_lock_list_close(nsr_lock_list *list);
/* Watches the counters of holders on other hosts until all have risen, for 7 s at most (a holder beats every 5 s), or
   for 12 s where the age of a lock cannot be known. Locks that are released meanwhile leave the list. */
void nsr_lock_list_watch(nsr_lock_list *list, const char *dir);

/* "run: host n0, process 31604, job 17 (try 2), last sign 4 s ago; ..."; "": none. */
void nsr_lock_list_text(const nsr_lock_list *list, char *text, size_t size);
/* An array with an object for each lock. The caller owns it. */
json_t *nsr_lock_list_json(const nsr_lock_list *list);

#endif
