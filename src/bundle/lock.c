/* SPDX-License-Identifier: MIT */
/* locks/NAME: a small file of fixed length. A thread of its holder rewrites it every few seconds with a higher counter
   (the heartbeat), so a long read, a flush or a wait for other ranks does not make the holder look dead. Another run
   finds out whether the holder lives: on the same host from the kernel, in the same Slurm job from the job id,
   elsewhere from the counter, timed with its own clock. Clocks of two hosts are never compared. */
#include "lock.h"
#include "base/json.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double BEAT_EVERY = 5, PATIENCE = 10, STILL = 60; /* seconds */

/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); -1 when there is no such process. */
static int64_t start_of(int64_t pid) {
    char path[64], line[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", (long long)pid);
    FILE *file = fopen(path, "r");
    if (!file) return -1;
    size_t n = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[n] = 0;
    char *at = strrchr(line, ')'), state = 0; /* the name before may hold anything */
    long long start = -1;
    if (!at || sscanf(at + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %lld",
                      &state, &start) != 2)
        return -1;
    return state == 'Z' ? -1 : start;
}

static void this_process(nsr_holder *holder, const char *run) {
    *holder = (nsr_holder){.pid = getpid()};
    holder->start = start_of(holder->pid);
    gethostname(holder->host, sizeof holder->host - 1);
    const char *job = getenv("SLURM_JOB_ID");
    snprintf(holder->job, sizeof holder->job, "%.60s", job ? job : "");
    snprintf(holder->id, sizeof holder->id, "%s", run);
}

/* The file keeps its length, so that a heartbeat never leaves the rest of a longer text behind. */
static void write_holder(nsr_lock *lock, const nsr_holder *h) {
    json_t *json = json_pack("{sssIsIsssssI}", "host", h->host, "pid", (json_int_t)h->pid, "start",
                             (json_int_t)h->start, "job", h->job, "run", h->id, "beats", (json_int_t)h->beats);
    memset(lock->text, ' ', sizeof lock->text);
    json_dumpb(json, lock->text, sizeof lock->text - 1, 0);
    lock->text[sizeof lock->text - 1] = '\n';
    json_decref(json);
}

static bool read_holder(nsr_holder *h, const char *path) {
    nsr_err err = {0};
    json_t *json = nsr_json_load(path, &err);
    *h = (nsr_holder){
        .pid = nsr_json_int(json, "pid"), .start = nsr_json_int(json, "start"), .beats = nsr_json_int(json, "beats")};
    snprintf(h->host, sizeof h->host, "%s", nsr_json_text(json, "host"));
    snprintf(h->job, sizeof h->job, "%s", nsr_json_text(json, "job"));
    snprintf(h->id, sizeof h->id, "%s", nsr_json_text(json, "run"));
    bool good = json != NULL;
    json_decref(json);
    return good;
}

static bool same_holder(const nsr_holder *a, const nsr_holder *b) { return !strcmp(a->id, b->id) && a->pid == b->pid; }

/* The holder is known to be dead without waiting for its heartbeat. */
static bool is_dead(const nsr_holder *h, const nsr_holder *me) {
    if (!strcmp(h->host, me->host)) return start_of(h->pid) != h->start;
    return *h->job && !strcmp(h->job, me->job);
}

/* `.NAME.tmp-RUN` beside the lock; the cleanup of a later run removes it if this process dies first. */
static void hidden_name(char *name, size_t size, const char *path, const char *run) {
    int dir = (int)(strrchr(path, '/') - path) + 1;
    snprintf(name, size, "%.*s.%s.tmp-%s", dir, path, path + dir, run);
}

static bool is_mine(const nsr_lock *lock, const nsr_holder *now) { return same_holder(now, &lock->me); }

/* Whether the file is still this run's lock. Another run may have taken a holder that was stopped for a minute for
   dead, and may have a lock of another name or have ended since: then no name leads to the file. A run that only checks
   a lock renames it for a moment, so the number of names never falls to zero. */
static bool still_locks(const nsr_lock *lock) {
    struct stat st;
    nsr_holder now;
    if (fstat(lock->fd, &st) ? errno == ESTALE : st.st_nlink == 0) return false;
    return !read_holder(&now, lock->path) || is_mine(lock, &now);
}

static void beat(void *user) {
    nsr_lock *lock = user;
    nsr_err ignored = {0};
    if (!still_locks(lock)) atomic_store(&lock->lost, true);
    if (atomic_load(&lock->lost)) return;
    lock->me.beats++;
    write_holder(lock, &lock->me);
    nsr_pwrite_all(lock->fd, lock->text, sizeof lock->text, 0, lock->path, &ignored);
}

/* The new holder's file appears whole (link), and only if there is none. */
static bool create(nsr_lock *lock, nsr_err *err) {
    char temp[NSR_PATH + 32];
    hidden_name(temp, sizeof temp, lock->path, lock->me.id);
    write_holder(lock, &lock->me);
    lock->fd = open(temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = lock->fd >= 0 && nsr_pwrite_all(lock->fd, lock->text, sizeof lock->text, 0, lock->path, err);
    int failed = good && link(temp, lock->path) ? errno : good ? 0 : errno ? errno : EIO;
    unlink(temp);
    if (!failed) return nsr_heartbeat_start(&lock->heartbeat, BEAT_EVERY, beat, lock, err);
    if (lock->fd >= 0) close(lock->fd);
    lock->fd = -1;
    if (failed == EEXIST || failed == ENOENT) return false; /* ENOENT: a holder that ended took the directory along */
    return nsr_fail(err, NSR_ECREATE, "%s: cannot create the lock: %s", lock->path, strerror(failed));
}

/* Renames the lock of a dead holder. Two runs may do so at the same time: each reads the renamed file again and puts it
   back if it belongs to a living holder. */
static void remove_dead(const nsr_lock *lock, const nsr_holder *holder, const char *run) {
    char grave[NSR_PATH + 32];
    nsr_holder moved;
    hidden_name(grave, sizeof grave, lock->path, run);
    if (rename(lock->path, grave)) return;
    if (read_holder(&moved, grave) && !same_holder(&moved, holder) && link(grave, lock->path))
        nsr_warn("%s: could not be put back: %s", lock->path, strerror(errno));
    unlink(grave);
}

static void wait_a_moment(void) { nanosleep(&(struct timespec){0, 200000000}, NULL); }

/* Waits until a holder ends, its counter stops, or PATIENCE is over. True when the lock may be taken over. */
static bool wait_for_end(const nsr_lock *lock, const nsr_holder *me, nsr_holder *holder, bool *gone) {
    double start = nsr_seconds_now(), moved = start;
    bool reported = false, local = !strcmp(holder->host, me->host);
    for (*gone = false;;) {
        nsr_holder now;
        if (!read_holder(&now, lock->path)) return *gone = access(lock->path, F_OK) != 0, true;
        if (!same_holder(&now, holder)) *holder = now, start = moved = nsr_seconds_now();
        if (now.beats != holder->beats) *holder = now, moved = nsr_seconds_now();
        if (is_dead(holder, me)) return true;
        double waited = nsr_seconds_now() - start, still = nsr_seconds_now() - moved;
        if (!local && still > STILL) return true;
        if (waited > PATIENCE && (local || still < PATIENCE)) return false; /* alive: its counter rises */
        if (!reported && waited > 1) {
            nsr_note("waiting for another run on %s (process %lld) ...", holder->host, (long long)holder->pid);
            reported = true;
        }
        wait_a_moment();
    }
}

static bool refuse_locked(const char *dir, const nsr_holder *h, nsr_err *err) {
    return nsr_fail(err, NSR_EMISMATCH,
                    "%s: another run is at work on this bundle (host %s, process %lld%s%s); wait for it, or use "
                    "--take-over if you are sure that it is dead",
                    dir, h->host, (long long)h->pid, *h->job ? ", job " : "", h->job);
}

/* Waits for the holder of the lock to end, or finds it dead and removes its lock. */
static bool clear(const char *dir, const nsr_lock *lock, const nsr_holder *me, bool take_over, nsr_err *err) {
    nsr_holder holder;
    bool gone = false;
    if (!read_holder(&holder, lock->path)) {
        unlink(lock->path); /* gone or damaged: it names no holder */
        return true;
    }
    if (!take_over && !wait_for_end(lock, me, &holder, &gone)) return refuse_locked(dir, &holder, err);
    if (gone) return true;
    nsr_note("taking over from a run that ended without releasing its lock (host %s, process %lld)", holder.host,
             (long long)holder.pid);
    remove_dead(lock, &holder, me->id);
    return true;
}

/* Only shares may work at the same time. */
static bool conflict(const char *mine, const char *other) {
    return strcmp(mine, other) && !(!strncmp(mine, "share-", 6) && !strncmp(other, "share-", 6));
}

static bool clear_others(const char *dir, const char *locks, const char *name, const nsr_holder *me, bool take_over,
                         nsr_err *err) {
    DIR *list = opendir(locks);
    for (struct dirent *entry; list && nsr_good(err) && (entry = readdir(list));) {
        nsr_lock other = {.fd = -1};
        if (entry->d_name[0] == '.' || !conflict(name, entry->d_name)) continue;
        if (nsr_path(other.path, err, "%s/%s", locks, entry->d_name)) clear(dir, &other, me, take_over, err);
    }
    if (list) closedir(list);
    return nsr_good(err);
}

/* Two runs that start together see each other's lock; the one that gives up releases its own. */
bool nsr_lock_take(nsr_lock *lock, const char *dir, const char *name, const char *run, bool take_over, nsr_err *err) {
    *lock = (nsr_lock){.fd = -1};
    char locks[NSR_PATH];
    this_process(&lock->me, run);
    if (!nsr_path(locks, err, "%s/locks", dir) || !nsr_path(lock->path, err, "%s/%s", locks, name)) return false;
    while (nsr_make_dir(locks, err) && !create(lock, err))
        if (!nsr_good(err) || (access(lock->path, F_OK) == 0 && !clear(dir, lock, &lock->me, take_over, err))) break;
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

static void remove_lock(nsr_lock *lock) {
    nsr_holder now;
    if (!read_holder(&now, lock->path) || !is_mine(lock, &now)) return; /* it is another run's, or gone */
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

void nsr_lock_holders(const char *dir, char *text, size_t size) {
    char locks[NSR_PATH];
    nsr_err err = {0};
    nsr_holder me, h;
    *text = 0;
    this_process(&me, "");
    DIR *list = nsr_path(locks, &err, "%s/locks", dir) ? opendir(locks) : NULL;
    for (struct dirent *entry; list && (entry = readdir(list));) {
        char path[NSR_PATH + 300];
        snprintf(path, sizeof path, "%s/%s", locks, entry->d_name);
        if (entry->d_name[0] == '.' || !read_holder(&h, path)) continue;
        size_t at = strlen(text);
        snprintf(text + at, size - at, "%s%s: host %s, process %lld%s", at ? "; " : "", entry->d_name, h.host,
                 (long long)h.pid, is_dead(&h, &me) ? " (ended without releasing it)" : "");
    }
    if (list) closedir(list);
}
