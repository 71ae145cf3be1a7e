/* SPDX-License-Identifier: MIT */
/* The thread sleeps on a condition variable, so that it can be ended at once. */
#include "heartbeat.h"
#include "timed_wait.h"
#include <string.h>

/* False when the heartbeat was ended in the meantime. */
static bool sleep_until_beat(nsr_heartbeat *heartbeat) {
    struct timespec until = nsr_time_after(heartbeat->every);
    int why = 0;
    pthread_mutex_lock(&heartbeat->mutex);
    while (!heartbeat->ending && why == 0)
        why = pthread_cond_timedwait(&heartbeat->changed, &heartbeat->mutex, &until);
    bool ending = heartbeat->ending;
    pthread_mutex_unlock(&heartbeat->mutex);
    return !ending;
}

static void report_first(nsr_heartbeat *heartbeat) {
    pthread_mutex_lock(&heartbeat->mutex);
    heartbeat->beaten = true;
    pthread_cond_broadcast(&heartbeat->changed);
    pthread_mutex_unlock(&heartbeat->mutex);
}

static void *run_heartbeat(void *user) {
    nsr_heartbeat *heartbeat = user;
    heartbeat->beat(heartbeat->user);
    report_first(heartbeat);
    while (sleep_until_beat(heartbeat))
        heartbeat->beat(heartbeat->user);
    return NULL;
}

static void release_locks(nsr_heartbeat *heartbeat) {
    pthread_cond_destroy(&heartbeat->changed);
    pthread_mutex_destroy(&heartbeat->mutex);
}

bool nsr_heartbeat_start(nsr_heartbeat *heartbeat, double every, void (*beat)(void *), void *user, nsr_err *err) {
    *heartbeat = (nsr_heartbeat){.every = every, .beat = beat, .user = user};
    nsr_timed_cond_init(&heartbeat->changed);
    pthread_mutex_init(&heartbeat->mutex, NULL);
    int failed = pthread_create(&heartbeat->thread, NULL, run_heartbeat, heartbeat);
    heartbeat->going = !failed;
    if (!failed) return true;
    release_locks(heartbeat);
    return nsr_fail(err, NSR_EINTERNAL, "no thread to keep the lock alive: %s", strerror(failed));
}

void nsr_heartbeat_wait_first(nsr_heartbeat *heartbeat) {
    pthread_mutex_lock(&heartbeat->mutex);
    while (!heartbeat->beaten)
        pthread_cond_wait(&heartbeat->changed, &heartbeat->mutex);
    pthread_mutex_unlock(&heartbeat->mutex);
}

void nsr_heartbeat_end(nsr_heartbeat *heartbeat) {
    if (!heartbeat->going) return;
    pthread_mutex_lock(&heartbeat->mutex);
    heartbeat->ending = true;
    pthread_cond_broadcast(&heartbeat->changed);
    pthread_mutex_unlock(&heartbeat->mutex);
    pthread_join(heartbeat->thread, NULL);
    release_locks(heartbeat);
    heartbeat->going = false;
}
