/* SPDX-License-Identifier: MIT */
/* What the system knows about a process of this machine. Local. */
#ifndef NSR_BASE_PROCESS_H
#define NSR_BASE_PROCESS_H

#include <stdint.h>

/* Start time of a process in clock ticks since boot (field 22 of /proc/PID/stat); 0 for one that has ended and was not
   waited for; -1 where that cannot be read. */
int64_t nsr_process_start(int64_t pid);
/* Seconds since a process was started; 0 where that is not known. */
double nsr_process_age(int64_t pid);

#endif
