/* SPDX-License-Identifier: MIT */
/* The thread sleeps on a condition, so that it ends at once. */
#include "heartbeat.h"
#include <string.h>
#include <time.h>

/* By the clock of the condition, which nobody sets. */
static struct timespec after(double seconds) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    t.tv_sec += (time_t)seconds;
    t.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
    if (t.tv_nsec >= 1000000000) t.tv_nsec -= 1000000000, t.tv_sec++;
    return t;
}

/* False when the pulse was ended meanwhile. */
static bool sleeps(nsr_pulse *pulse) {
    struct timespec until = after(pulse->every);
    int why = 0;
    pthread_mutex_lock(&pulse->mutex);
    while (!pulse->ending && why == 0)
        why = pthread_cond_timedwait(&pulse->ended, &pulse->mutex, &until);
    bool ending = pulse->ending;
    pthread_mutex_unlock(&pulse->mutex);
    return !ending;
}

static void *go(void *user) {
    nsr_pulse *pulse = user;
    while (sleeps(pulse))
        pulse->beat(pulse->user);
    return NULL;
}

static void release(nsr_pulse *pulse) {
    pthread_cond_destroy(&pulse->ended);
    pthread_mutex_destroy(&pulse->mutex);
}

bool nsr_pulse_start(nsr_pulse *pulse, double every, void (*beat)(void *), void *user, nsr_err *err) {
    pthread_condattr_t monotonic;
    *pulse = (nsr_pulse){.every = every, .beat = beat, .user = user};
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&pulse->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    pthread_mutex_init(&pulse->mutex, NULL);
    int failed = pthread_create(&pulse->thread, NULL, go, pulse);
    pulse->going = !failed;
    if (!failed) return true;
    release(pulse);
    return nsr_fail(err, NSR_EINTERNAL, "no thread to keep the lock alive: %s", strerror(failed));
}

void nsr_pulse_end(nsr_pulse *pulse) {
    if (!pulse->going) return;
    pthread_mutex_lock(&pulse->mutex);
    pulse->ending = true;
    pthread_cond_signal(&pulse->ended);
    pthread_mutex_unlock(&pulse->mutex);
    pthread_join(pulse->thread, NULL);
    release(pulse);
    pulse->going = false;
}
