/* SPDX-License-Identifier: MIT */
/* Several data frames in one: values that are not finite do not count, nothing is rounded before the end. */
#include "sink/video_resample.h"
#include "check.h"

static const float frames[3][4] = {{1, NAN, NAN, -3}, {2, INFINITY, 5, -1}, {6, -INFINITY, 0.1f, NAN}};
static const double frames64[3][4] = {{1, NAN, NAN, -3}, {2, INFINITY, 5, -1}, {6, -INFINITY, 0.1f, NAN}};

static void check_result(nsr_resample *r, const double want[4]) {
    const double *is = nsr_resample_result(r);
    for (int i = 0; i < 4; i++)
        CHECK(is[i] == want[i] || (isnan(is[i]) && isnan(want[i])));
}

/* Two rounds, so that a reset is seen to forget. */
static void check_how(const char *how, nsr_type type, const double distance[3], const double want[4]) {
    nsr_resample r;
    nsr_err err = {0};
    if (!CHECK(nsr_resample_open(&r, nsr_resample_named(how), type, 4, &err))) return;
    for (int round = 0; round < 2; round++) {
        CHECK_EQ(r.n, 0);
        for (int i = 0; i < 3; i++)
            nsr_resample_add(&r, type == NSR_F32 ? (const void *)frames[i] : (const void *)frames64[i], distance[i]);
        CHECK_EQ(r.n, 3);
        check_result(&r, want);
        nsr_resample_reset(&r);
    }
    nsr_resample_add(&r, type == NSR_F32 ? (const void *)frames[1] : (const void *)frames64[1], 9);
    check_result(&r, strcmp(how, "nearest") == 0 ? (double[]){2, INFINITY, 5, -1} : (double[]){2, NAN, 5, -1});
    nsr_resample_close(&r);
}

int main(void) {
    static const double near_second[] = {0.2, 0.1, 0.1}; /* the first of two equally near */
    for (nsr_type type = NSR_F32; type <= NSR_F64; type++) {
        check_how("mean", type, near_second, (double[]){3, NAN, (5 + (double)0.1f) / 2, -2});
        check_how("max", type, near_second, (double[]){6, NAN, 5, -1});
        check_how("nearest", type, near_second, (double[]){2, INFINITY, 5, -1});
    }
    return check_done();
}
