/* SPDX-License-Identifier: MIT */
/* A heartbeat beats until it is ended, and ends without waiting for its next beat. */
#include "base/heartbeat.h"
#include "check.h"
#include <nsrender/team.h>
#include <stdatomic.h>
#include <time.h>

static void count(void *user) { atomic_fetch_add((atomic_int *)user, 1); }

static void nap(long ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL); }

static void test_beats_until_it_is_ended(void) {
    nsr_heartbeat heartbeat;
    nsr_err err = {0};
    atomic_int n = 0;
    CHECK(nsr_heartbeat_start(&heartbeat, 0.01, count, &n, &err));
    for (int i = 0; i < 500 && atomic_load(&n) < 5; i++)
        nap(10);
    nsr_heartbeat_end(&heartbeat);
    int then = atomic_load(&n);
    CHECK(then >= 5);
    nap(50);
    CHECK(atomic_load(&n) == then);
}

static void test_ends_at_once(void) {
    nsr_heartbeat heartbeat;
    nsr_err err = {0};
    atomic_int n = 0;
    double start = nsr_seconds_now();
    CHECK(nsr_heartbeat_start(&heartbeat, 1000.5, count, &n, &err));
    nsr_heartbeat_end(&heartbeat);
    nsr_heartbeat_end(&heartbeat);
    CHECK(nsr_seconds_now() - start < 10);
    CHECK(atomic_load(&n) == 1);
}

static void count_late(void *user) {
    nap(50);
    count(user);
}

static void test_waits_for_the_first(void) {
    nsr_heartbeat heartbeat;
    nsr_err err = {0};
    atomic_int n = 0;
    CHECK(nsr_heartbeat_start(&heartbeat, 1000, count_late, &n, &err));
    nsr_heartbeat_wait_first(&heartbeat);
    CHECK(atomic_load(&n) == 1);
    nsr_heartbeat_end(&heartbeat);
}

/* Nothing to wait for: it returns. */
static void test_none_was_started(void) {
    nsr_heartbeat heartbeat = {0};
    nsr_heartbeat_end(&heartbeat);
    CHECK(!heartbeat.going);
}

int main(void) {
    test_beats_until_it_is_ended();
    test_ends_at_once();
    test_waits_for_the_first();
    test_none_was_started();
    return check_done();
}
