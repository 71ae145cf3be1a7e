/* SPDX-License-Identifier: MIT */
/* A thread that does one small thing again and again, whatever the others do or wait for. */
#ifndef NSR_BASE_HEARTBEAT_H
#define NSR_BASE_HEARTBEAT_H

#include <nsrender/err.h>
#include <pthread.h>

typedef struct nsr_heartbeat {
    pthread_t thread;
    pthread_mutex_t mutex; /* of `ending` */
    pthread_cond_t ended;
    bool going, ending;
    double every;
    void (*beat)(void *user);
    void *user;
} nsr_heartbeat;

/* Calls `beat` every so many seconds; the first call comes after the first of these times. What `beat` touches belongs
   to it until nsr_heartbeat_end, and the heartbeat must stay where it is. Local. */
bool nsr_heartbeat_start(nsr_heartbeat *heartbeat, double every, void (*beat)(void *user), void *user, nsr_err *err);
/* Returns when no call goes on or will come. Allowed when none was started. */
void nsr_heartbeat_end(nsr_heartbeat *heartbeat);

#endif
