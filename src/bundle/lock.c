/* SPDX-License-Identifier: MIT */
/* locks/NAME: a small file of fixed length. A thread of its holder rewrites it every few seconds with a higher counter
   (the heartbeat), so a long read, a flush or a wait for other ranks does not make the holder look dead. Another run
   finds out whether the holder lives: on the same system from the kernel, after a restart of its Slurm job from the
   number of restarts, elsewhere from the counter, timed with its own clock. Clocks of two hosts are never compared. In
   doubt the holder lives. */
#include "lock.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double BEAT_EVERY = 5, PATIENCE = 10, STILL = 60, DAMAGED = 10; /* seconds */

/* `.NAME.tmp-RUN` beside the lock; the cleanup of a later run removes it if this process dies first. */
static void hidden_name(char *name, size_t size, const char *path, const char *run) {
    int dir = (int)(strrchr(path, '/') - path) + 1;
    snprintf(name, size, "%.*s.%s.tmp-%s", dir, path, path + dir, run);
}

/* Whether the file is still this run's lock. Another run may have taken a holder that was stopped for a minute for
   dead, and may have a lock of another name or have ended since: then no name leads to the file. A run that only checks
   a lock renames it for a moment, so the number of names never falls to zero. */
static bool still_locks(const nsr_lock *lock) {
    struct stat st;
    nsr_holder now;
    nsr_err why;
    if (fstat(lock->fd, &st) ? errno == ESTALE : st.st_nlink == 0) return false;
    return nsr_holder_read(&now, lock->path, &why) != NSR_HOLDER_KNOWN || nsr_holder_same(&now, &lock->me);
}

static bool write_text(nsr_lock *lock, nsr_err *err) {
    nsr_holder_text(&lock->me, lock->text);
    return nsr_pwrite_all(lock->fd, lock->text, sizeof lock->text, 0, lock->path, err);
}

/* Flushed, because other clients of a network file system see it only then: a lock that is not yet flushed looks
   damaged to them, which they take for dead after DAMAGED seconds. So it is looked at behind the first flush. */
static void beat(void *user) {
    nsr_lock *lock = user;
    nsr_err ignored = {0}, *err = lock->me.beats == 0 ? &lock->first : &ignored;
    lock->me.beats++;
    if (atomic_load(&lock->lost) || !write_text(lock, err) || !nsr_sync_file(lock->fd, lock->path, err)) return;
    if (!still_locks(lock)) atomic_store(&lock->lost, true);
}

/* The new holder's file appears whole, and only if there is none. */
static bool create(nsr_lock *lock, nsr_err *err) {
    char temp[NSR_PATH + 32];
    hidden_name(temp, sizeof temp, lock->path, lock->me.id);
    lock->fd = open(temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = lock->fd >= 0 && write_text(lock, err);
    int failed = good ? nsr_name_file(temp, lock->path) : errno ? errno : EIO;
    const bool linked = unlink(temp) == 0; /* else it was renamed */
    if (!failed && !linked)
        nsr_detail("%s: no hard links on this file system; the lock was renamed into place", lock->path);
    if (!failed) return nsr_heartbeat_start(&lock->heartbeat, BEAT_EVERY, beat, lock, err);
    if (lock->fd >= 0) close(lock->fd);
    lock->fd = -1;
    if (failed == EEXIST || failed == ENOENT) return false; /* ENOENT: a holder that ended took the directory along */
    return nsr_fail(err, NSR_ECREATE, "%s: cannot create the lock: %s", lock->path, strerror(failed));
}

/* --- the lock of another run --- */

typedef struct lock_watch {
    const char *path;
    const nsr_holder *me;
    nsr_holder_state state;
    nsr_holder holder;   /* the last that was read */
    nsr_err why;         /* the lock cannot be read */
    double start, moved; /* when this holder was seen first, and when its counter last rose */
    bool reported;
} lock_watch;

static void look(lock_watch *w) {
    nsr_holder now;
    double time = nsr_seconds_now();
    nsr_holder_state before = w->state;
    w->state = nsr_holder_read(&now, w->path, &w->why);
    if (w->state == NSR_HOLDER_DAMAGED && before != w->state) w->start = time;
    if (w->state != NSR_HOLDER_KNOWN) return;
    if (!nsr_holder_same(&now, &w->holder)) w->start = w->moved = time;
    if (now.beats != w->holder.beats) w->moved = time;
    w->holder = now;
}

typedef enum { WAIT, DEAD, ALIVE } lock_verdict;

static lock_verdict judge(const lock_watch *w) {
    double waited = nsr_seconds_now() - w->start, still = nsr_seconds_now() - w->moved;
    if (w->state == NSR_HOLDER_UNREADABLE) return waited > PATIENCE ? ALIVE : WAIT;
    if (w->state == NSR_HOLDER_DAMAGED) return waited > DAMAGED ? DEAD : WAIT;
    if (nsr_holder_dead(&w->holder, w->me)) return DEAD;
    bool local = nsr_holder_local(&w->holder, w->me);
    if (!local && still > STILL) return DEAD;
    return waited > PATIENCE && (local || still < PATIENCE) ? ALIVE : WAIT; /* alive: its counter rises */
}

static void report_waiting(lock_watch *w) {
    if (w->reported || nsr_seconds_now() - w->start < 1) return;
    w->reported = true;
    if (w->state == NSR_HOLDER_KNOWN)
        nsr_note("waiting for another run on %s (process %lld) ...", w->holder.host, (long long)w->holder.pid);
    else
        nsr_note("waiting for another run (%s) ...", w->why.msg);
}

static void wait_a_moment(void) { nanosleep(&(struct timespec){0, 200000000}, NULL); }

/* Waits until the lock is gone, its holder is known to be dead, or it is known to be alive. */
static lock_verdict wait_for_end(lock_watch *w) {
    w->start = w->moved = nsr_seconds_now();
    for (;; wait_a_moment()) {
        look(w);
        lock_verdict verdict = w->state == NSR_HOLDER_NONE ? DEAD : judge(w);
        if (verdict != WAIT) return verdict;
        report_waiting(w);
    }
}

static bool refuse_locked(const char *dir, const lock_watch *w, nsr_err *err) {
    char who[NSR_HOLDER_WORDS];
    nsr_holder_words(&w->holder, who);
    if (w->state == NSR_HOLDER_UNREADABLE)
        return nsr_fail(err, NSR_EMISMATCH,
                        "%.800s: another run may be at work on this bundle; wait for it, or use --take-over if you are "
                        "sure that none is",
                        w->why.msg);
    return nsr_fail(err, NSR_EMISMATCH,
                    "%s: another run is at work on this bundle (%s); wait for it, or use --take-over if you are sure "
                    "that it is dead",
                    dir, who);
}

/* Whether a lock that was moved away is the one that was found dead. */
static bool is_that(const lock_watch *w, const char *grave) {
    nsr_holder moved;
    nsr_err why;
    nsr_holder_state state = nsr_holder_read(&moved, grave, &why);
    return state == w->state && (state != NSR_HOLDER_KNOWN || nsr_holder_same(&moved, &w->holder));
}

/* Renames the lock of a dead holder. Two runs may do so at the same time: each reads the renamed file again and puts it
   back if it belongs to another holder. */
static bool remove_dead(const lock_watch *w, bool take_over, nsr_err *err) {
    char grave[NSR_PATH + 32];
    hidden_name(grave, sizeof grave, w->path, w->me->id);
    if (rename(w->path, grave)) return errno == ENOENT || nsr_fail_io(err, NSR_EIO, "remove", w->path);
    int failed = take_over || is_that(w, grave) ? 0 : nsr_name_file(grave, w->path);
    if (failed) nsr_warn("%s: could not be put back: %s", w->path, strerror(failed));
    unlink(grave);
    return true;
}

static void report_take_over(const lock_watch *w) {
    char who[NSR_HOLDER_WORDS];
    nsr_holder_words(&w->holder, who);
    if (w->state == NSR_HOLDER_KNOWN && nsr_holder_earlier_try(&w->holder, w->me))
        nsr_note("taking over from the earlier try of this job (%s)", who);
    else if (w->state == NSR_HOLDER_KNOWN)
        nsr_note("taking over from a run that ended without releasing its lock (%s)", who);
    else if (w->state != NSR_HOLDER_NONE)
        nsr_note("taking over a lock that names no run (%s)", w->why.msg);
}

/* Waits for the holder of a lock to end, or finds it dead and removes its lock. */
static bool clear(const char *dir, const char *path, const nsr_holder *me, bool take_over, nsr_err *err) {
    lock_watch w = {.path = path, .me = me};
    for (bool gone = false; !gone;) {
        if (take_over)
            look(&w);
        else if (wait_for_end(&w) == ALIVE)
            return refuse_locked(dir, &w, err);
        report_take_over(&w);
        gone = take_over || w.state == NSR_HOLDER_NONE;
        if (w.state != NSR_HOLDER_NONE && !remove_dead(&w, take_over, err)) return false;
    }
    return true;
}

/* Only shares may work at the same time. */
static bool conflict(const char *mine, const char *other) {
    return strcmp(mine, other) && !(!strncmp(mine, "share-", 6) && !strncmp(other, "share-", 6));
}

static bool clear_others(const char *dir, const char *locks, const char *name, const nsr_holder *me, bool take_over,
                         nsr_err *err) {
    char path[NSR_PATH];
    DIR *list = opendir(locks);
    if (!list) return nsr_fail_io(err, NSR_EIO, "list", locks); /* this run's own lock is there */
    for (struct dirent *entry; nsr_good(err) && (entry = readdir(list));) {
        if (entry->d_name[0] == '.' || !conflict(name, entry->d_name)) continue;
        if (nsr_path(path, err, "%s/%s", locks, entry->d_name)) clear(dir, path, me, take_over, err);
    }
    closedir(list);
    return nsr_good(err);
}

/* Two runs that start together see each other's lock; the one that gives up releases its own. */
bool nsr_lock_take(nsr_lock *lock, const char *dir, const char *name, const char *run, bool take_over, nsr_err *err) {
    *lock = (nsr_lock){.fd = -1};
    char locks[NSR_PATH];
    nsr_holder_self(&lock->me, run);
    if (!nsr_path(locks, err, "%s/locks", dir) || !nsr_path(lock->path, err, "%s/%s", locks, name)) return false;
    while (nsr_make_dir(locks, err) && !create(lock, err))
        if (!nsr_good(err) || !clear(dir, lock->path, &lock->me, take_over, err)) break;
    if (nsr_good(err)) clear_others(dir, locks, name, &lock->me, take_over, err);
    if (!nsr_good(err)) nsr_lock_release(lock);
    return nsr_good(err);
}

bool nsr_lock_held(const void *user, nsr_err *err) {
    const nsr_lock *lock = user;
    return !atomic_load(&lock->lost) ||
           nsr_fail(err, NSR_EMISMATCH,
                    "%s: another run took over this bundle; this one ends, and what it has finished is kept",
                    lock->path);
}

bool nsr_lock_secure(nsr_lock *lock, nsr_err *err) {
    nsr_heartbeat_wait_first(&lock->heartbeat);
    if (!nsr_good(&lock->first)) *err = lock->first;
    return nsr_good(err) && nsr_lock_held(lock, err);
}

static void remove_lock(nsr_lock *lock) {
    nsr_holder now;
    nsr_err why;
    if (nsr_holder_read(&now, lock->path, &why) != NSR_HOLDER_KNOWN || !nsr_holder_same(&now, &lock->me))
        return; /* it is another run's, or gone */
    unlink(lock->path);
    char *slash = strrchr(lock->path, '/');
    *slash = 0;
    rmdir(lock->path); /* stays while others hold locks */
}

void nsr_lock_release(nsr_lock *lock) {
    if (lock->fd < 0) return;
    nsr_heartbeat_end(&lock->heartbeat);
    close(lock->fd);
    lock->fd = -1;
    remove_lock(lock);
}
