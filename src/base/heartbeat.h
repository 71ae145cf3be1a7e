/* SPDX-License-Identifier: MIT */
/* A thread that calls a function at regular intervals, independently of all other threads. */
#ifndef NSR_BASE_HEARTBEAT_H
#define NSR_BASE_HEARTBEAT_H

#include <nsrender/err.h>
#include <pthread.h>

typedef struct nsr_heartbeat {
    pthread_t thread;
    pthread_mutex_t mutex; /* of `ending` and `beaten` */
    pthread_cond_t changed;
    bool going, ending, beaten;
    double every;
    void (*beat)(void *user);
    void *user;
} nsr_heartbeat;

/* Calls `beat` at once and then every `every` seconds. The thread owns everything that `beat` touches until
   nsr_heartbeat_end, and the heartbeat must keep its address. NSR_EINTERNAL. Local. */
bool nsr_heartbeat_start(nsr_heartbeat *heartbeat, double every, void (*beat)(void *user), void *user, nsr_err *err);
/* Waits for the end of the first call; what only that one writes may be read then. */
void nsr_heartbeat_wait_first(nsr_heartbeat *heartbeat);
/* Waits for a running call and ends the thread. Allowed when none was started. */
void nsr_heartbeat_end(nsr_heartbeat *heartbeat);

#endif
