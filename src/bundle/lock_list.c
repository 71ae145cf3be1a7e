/* SPDX-License-Identifier: MIT */
/* Whether a holder on another host lives is judged by its counter, timed with this host's clock. Since when a counter
   stands still is told by the clock of its file system, which stamps a nameless file in the same directory. NFS has no
   nameless files: there the counter is watched for more than two beats. */
#include "lock_list.h"
#include "base/utf8.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <nsrender/team.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const double WATCH = 7, WATCH_LONG = 12, DEAD_AFTER = 60; /* seconds */

/* --- listing --- */

/* No member of Slurm's job: what runs in the same job must not be taken for its later try. */
static nsr_holder this_process(void) {
    nsr_holder me;
    nsr_holder_self(&me, "");
    me.job[0] = 0;
    return me;
}

/* False: there is no lock, or none that names a run. */
static bool read_lock(nsr_listed_lock *lock, const char *path, const char *name) {
    nsr_err why;
    const nsr_holder me = this_process();
    *lock = (nsr_listed_lock){.silent = -1};
    const nsr_holder_state state = nsr_holder_read(&lock->holder, path, &why);
    snprintf(lock->name, sizeof lock->name, "%.39s", name);
    nsr_text_clean(lock->name);
    if (state == NSR_HOLDER_UNREADABLE) {
        lock->life = NSR_LOCK_NOT_READABLE;
        snprintf(lock->why, sizeof lock->why, "%.199s", why.msg);
        nsr_text_clean(lock->why);
        return true;
    }
    lock->life = nsr_holder_dead(&lock->holder, &me) ? NSR_LOCK_ENDED : NSR_LOCK_AT_WORK;
    return state == NSR_HOLDER_KNOWN;
}

static bool add(nsr_lock_list *list, const char *path, const char *name, nsr_err *err) {
    nsr_listed_lock *more = realloc(list->lock, (size_t)(list->n + 1) * sizeof *more);
    if (!more) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a list of locks");
    list->lock = more;
    list->n += read_lock(&more[list->n], path, name);
    return true;
}

bool nsr_lock_list_find(nsr_lock_list *list, const char *dir, nsr_err *err) {
    char locks[NSR_PATH], path[NSR_PATH];
    *list = (nsr_lock_list){0};
    if (!nsr_path(locks, err, "%s/locks", dir)) return false;
    DIR *folder = opendir(locks);
    if (!folder) return errno == ENOENT || errno == ENOTDIR || nsr_fail_io(err, NSR_EIO, "list", locks);
    for (struct dirent *entry; nsr_good(err) && (entry = readdir(folder));)
        if (entry->d_name[0] != '.' && nsr_path(path, err, "%s/%s", locks, entry->d_name))
            add(list, path, entry->d_name, err);
    closedir(folder);
    return nsr_good(err);
}

void nsr_lock_list_close(nsr_lock_list *list) {
    free(list->lock);
    *list = (nsr_lock_list){0};
}

/* --- watching --- */

/* Seconds since the lock was written, by the clock of its file system; -1: not known. The clock of the day of this host
   is not asked, for it may differ. */
static double age_of(const char *path) {
    char dir[NSR_PATH];
    struct stat lock, now;
    snprintf(dir, sizeof dir, "%.*s", (int)(strrchr(path, '/') - path), path);
    int fd = open(dir, O_WRONLY | O_TMPFILE | O_CLOEXEC, 0600);
    if (fd < 0) return -1;
    bool known = fstat(fd, &now) == 0 && stat(path, &lock) == 0;
    close(fd);
    if (!known) return -1;
    const double age = (double)(now.st_mtim.tv_sec - lock.st_mtim.tv_sec);
    return age > 0 ? age : 0;
}

typedef struct watched_lock {
    nsr_listed_lock *lock;
    char path[NSR_PATH];
    double risen; /* when its counter was seen to rise; 0: not yet */
    double age;   /* of the lock, behind the watch; -1: not known */
    bool gone;
} watched_lock;

static void look(watched_lock *w) {
    nsr_holder now;
    nsr_err why;
    const nsr_holder_state state = nsr_holder_read(&now, w->path, &why);
    w->gone = state == NSR_HOLDER_NONE;
    if (state != NSR_HOLDER_KNOWN) return;
    if (!nsr_holder_same(&now, &w->lock->holder) || now.beats != w->lock->holder.beats) w->risen = nsr_seconds_now();
    if (w->risen > 0) w->lock->holder = now;
}

static bool is_open(const watched_lock *w) { return !w->gone && w->risen <= 0; }

static bool any_open(const watched_lock *watched, int n) {
    for (int i = 0; i < n; i++)
        if (is_open(&watched[i])) return true;
    return false;
}

static void judge(watched_lock *w, double watched_for) {
    nsr_listed_lock *lock = w->lock;
    const double still = w->age > watched_for ? w->age : watched_for;
    const bool dead = still >= DEAD_AFTER || (w->age < 0 && watched_for >= WATCH_LONG);
    lock->silent = w->risen > 0 ? nsr_seconds_now() - w->risen : still;
    lock->life = w->risen > 0 ? NSR_LOCK_AT_WORK : dead ? NSR_LOCK_DEAD : NSR_LOCK_SILENT;
    if (w->gone) lock->name[0] = 0;
}

static void drop_gone(nsr_lock_list *list) {
    int n = 0;
    for (int i = 0; i < list->n; i++)
        if (list->lock[i].name[0]) list->lock[n++] = list->lock[i];
    list->n = n;
}

static void watch_until(double end, watched_lock *watched, int n) {
    while (any_open(watched, n) && nsr_seconds_now() < end) {
        nanosleep(&(struct timespec){0, 200000000}, NULL);
        for (int i = 0; i < n; i++)
            if (is_open(&watched[i])) look(&watched[i]);
    }
}

static bool any_open_of_unknown_age(watched_lock *watched, int n) {
    bool any = false;
    for (int i = 0; i < n; i++) {
        watched[i].age = is_open(&watched[i]) ? age_of(watched[i].path) : 0;
        any = any || watched[i].age < 0;
    }
    return any;
}

/* Those of other hosts. */
static int list_watched(watched_lock *watched, const nsr_lock_list *list, const char *dir) {
    const nsr_holder me = this_process();
    nsr_err ignored = {0};
    int n = 0;
    for (int i = 0; i < list->n; i++) {
        nsr_listed_lock *lock = &list->lock[i];
        if (lock->life != NSR_LOCK_AT_WORK || nsr_holder_local(&lock->holder, &me)) continue;
        watched[n] = (watched_lock){.lock = lock};
        n += nsr_path(watched[n].path, &ignored, "%s/locks/%s", dir, lock->name);
    }
    return n;
}

void nsr_lock_list_watch(nsr_lock_list *list, const char *dir) {
    watched_lock *watched = calloc((size_t)list->n + 1, sizeof *watched);
    const int n = watched ? list_watched(watched, list, dir) : 0;
    const double start = nsr_seconds_now();
    watch_until(start + WATCH, watched, n);
    if (any_open_of_unknown_age(watched, n)) watch_until(start + WATCH_LONG, watched, n);
    for (int i = 0; i < n; i++)
        judge(&watched[i], nsr_seconds_now() - start);
    free(watched);
    drop_gone(list);
}

/* --- words --- */

static void duration_text(double seconds, char *text, size_t size) {
    if (seconds < 100)
        snprintf(text, size, "%.0f s", seconds);
    else if (seconds < 100 * 60)
        snprintf(text, size, "%.0f min", seconds / 60);
    else
        snprintf(text, size, "%.0f h", seconds / 3600);
}

static void life_text(const nsr_listed_lock *lock, char *text, size_t size) {
    char silent[40];
    duration_text(lock->silent, silent, sizeof silent);
    *text = 0;
    if (lock->life == NSR_LOCK_ENDED) snprintf(text, size, " (ended without releasing it)");
    if (lock->life == NSR_LOCK_SILENT) snprintf(text, size, ", no sign for %s", silent);
    if (lock->life == NSR_LOCK_DEAD) snprintf(text, size, ", no sign for %s: probably dead", silent);
    if (lock->life == NSR_LOCK_AT_WORK && lock->silent >= 0) snprintf(text, size, ", last sign %s ago", silent);
}

void nsr_lock_list_text(const nsr_lock_list *list, char *text, size_t size) {
    size_t at = 0;
    *text = 0;
    for (int i = 0; i < list->n && at < size; i++) {
        const nsr_listed_lock *lock = &list->lock[i];
        char who[NSR_HOLDER_WORDS], life[100];
        nsr_holder_words(&lock->holder, who);
        life_text(lock, life, sizeof life);
        at += (size_t)snprintf(text + at, size - at, "%s%s: %s%s", i ? "; " : "", lock->name,
                               lock->life == NSR_LOCK_NOT_READABLE ? lock->why : who, life);
    }
    nsr_text_clean(text); /* it may be cut short within a character */
}

static json_t *lock_json(const nsr_listed_lock *lock) {
    static const char *const life[] = {"at work", "silent", "probably dead", "ended", "not readable"};
    const nsr_holder *h = &lock->holder;
    json_t *json = json_pack("{ssss}", "lock", lock->name, "state", life[lock->life]);
    if (lock->life == NSR_LOCK_NOT_READABLE) return json;
    json_object_set_new(json, "host", json_string(h->host));
    json_object_set_new(json, "process", json_integer(h->pid));
    json_object_set_new(json, "job", *h->job ? json_string(h->job) : json_null());
    json_object_set_new(json, "step", *h->step ? json_string(h->step) : json_null());
    json_object_set_new(json, "try", json_integer(h->restart + 1));
    json_object_set_new(json, "silent_seconds", lock->silent >= 0 ? json_real(lock->silent) : json_null());
    return json;
}

json_t *nsr_lock_list_json(const nsr_lock_list *list) {
    json_t *array = json_array();
    for (int i = 0; i < list->n; i++)
        json_array_append_new(array, lock_json(&list->lock[i]));
    return array;
}
