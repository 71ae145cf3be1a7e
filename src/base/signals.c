/* SPDX-License-Identifier: MIT */
/* Signals that stop a run: the handler keeps the strongest one, and the watching thread asks for it. */
#include "signals.h"
#include <signal.h>
#include <stddef.h>

/* Global, because a signal handler has no argument for it. */
static volatile sig_atomic_t signalled;

static void on_signal(int number) {
    int level = number == SIGUSR1 ? NSR_DRAIN : NSR_DROP;
    if (level > signalled) signalled = level;
}

static void catch_signal(int number) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void nsr_signals_start(void) {
    catch_signal(SIGUSR1);
    signal(SIGPIPE, SIG_IGN);
}

void nsr_signals_catch(void) {
    nsr_signals_start();
    catch_signal(SIGTERM);
    catch_signal(SIGINT);
}

nsr_stop nsr_signals_asked(void) { return (nsr_stop)signalled; }
