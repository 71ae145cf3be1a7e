/* SPDX-License-Identifier: MIT */
#ifndef NSR_BASE_SIGNALS_H
#define NSR_BASE_SIGNALS_H

#include <nsrender/team.h>

/* Catches SIGTERM and SIGINT too, for a run that stops in order. Local. */
void nsr_signals_catch(void);
/* The strongest stop that a signal has asked for since the process started. Local, any thread. */
nsr_stop nsr_signals_asked(void);

#endif
