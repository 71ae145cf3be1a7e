/* SPDX-License-Identifier: MIT */
/* Locks: only one run writes into a bundle. All calls are local; the root holds the lock for all ranks. */
#ifndef NSR_BUNDLE_LOCK_H
#define NSR_BUNDLE_LOCK_H

#include "base/heartbeat.h"
#include "lock_holder.h"
#include <stdatomic.h>

typedef struct nsr_lock {
    char path[NSR_PATH];
    int fd; /* -1: not held */
    nsr_holder me;
    char text[NSR_HOLDER_TEXT];
    nsr_heartbeat heartbeat; /* rewrites and flushes the file while the lock is held */
    nsr_err first;           /* of the first flush */
    atomic_bool lost;        /* another run holds it now */
} nsr_lock;

/* Takes locks/NAME of the bundle: "run", "join" or "share-3-of-16"; only shares exist beside each other. Waits up to 10
   s for a holder that is about to end, and takes over from a dead one, or from any with `take_over`. NSR_EMISMATCH
   while another run works, or may: a lock that cannot be read counts as held. A held lock must not be moved in memory.
   Nothing may be written under it before nsr_lock_secure. */
bool nsr_lock_take(nsr_lock *lock, const char *dir, const char *name, const char *run_id, bool take_over, nsr_err *err);
/* Waits until the lock is flushed, which begins when it is taken, and looks whether it is still held. NSR_EIO when it
   could not be flushed, NSR_EMISMATCH when it is lost. */
bool nsr_lock_secure(nsr_lock *lock, nsr_err *err);
/* For nsr_team_only_while: NSR_EMISMATCH when another run took the lock over. */
bool nsr_lock_held(const void *lock, nsr_err *err);
/* Removes a held lock. A lost lock stays, because it belongs to another run. */
void nsr_lock_release(nsr_lock *lock);

#endif
