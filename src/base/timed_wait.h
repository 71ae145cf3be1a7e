/* SPDX-License-Identifier: MIT */
/* Waiting with a limit. The clock is the monotonic one, because the clock of the day may be set back meanwhile. Local.
 */
#ifndef NSR_BASE_TIMED_WAIT_H
#define NSR_BASE_TIMED_WAIT_H

#include <pthread.h>
#include <time.h>

/* Prepares a condition variable whose timed waits end at a time of nsr_time_after. */
void nsr_timed_cond_init(pthread_cond_t *cond);
/* The moment in so many seconds. */
struct timespec nsr_time_after(double seconds);

#endif
