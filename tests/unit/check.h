/* SPDX-License-Identifier: MIT */
/* Unit tests: a program calls CHECK... and ends with `return check_done();`. A failed check says where and what, the
   program goes on, so that one run shows all failures. A program that checked nothing has failed. */
#ifndef CHECK_H
#define CHECK_H

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static int64_t check_count, check_failures;

/* Says the first 20 failures; the rest only counts. */
static inline bool check_record(bool good, const char *file, int line, const char *what) {
    check_count++;
    if (good) return true;
    if (++check_failures <= 20) fprintf(stderr, "%s:%d: failed: %s\n", file, line, what);
    return false;
}

static inline bool check_eq(int64_t is, int64_t want, const char *file, int line, const char *what) {
    char text[400];
    snprintf(text, sizeof text, "%.300s: is %" PRId64 ", want %" PRId64, what, is, want);
    return check_record(is == want, file, line, text);
}

static inline bool check_close(double is, double want, double tolerance, const char *file, int line, const char *what) {
    char text[400];
    snprintf(text, sizeof text, "%.280s: is %.17g, want %.17g", what, is, want);
    return check_record(is == want || fabs(is - want) <= tolerance, file, line, text);
}

static inline bool check_text(const char *is, const char *want, const char *file, int line, const char *what) {
    char text[1000];
    snprintf(text, sizeof text, "%.200s: is \"%.350s\", want \"%.350s\"", what, is ? is : "(null)",
             want ? want : "(null)");
    return check_record(is && want ? strcmp(is, want) == 0 : is == want, file, line, text);
}

/* All are expressions: true when the check held, so that a test can stop where going on makes no sense. */
#define CHECK(cond) check_record(cond, __FILE__, __LINE__, #cond)
#define CHECK_EQ(is, want) check_eq((int64_t)(is), (int64_t)(want), __FILE__, __LINE__, #is " == " #want)
#define CHECK_CLOSE(is, want, tolerance) check_close(is, want, tolerance, __FILE__, __LINE__, #is " ~ " #want)
#define CHECK_TEXT(is, want) check_text(is, want, __FILE__, __LINE__, #is)
/* The text contains the piece: for messages. */
#define CHECK_HAS(text, piece) check_record(strstr(text, piece) != NULL, __FILE__, __LINE__, #text " contains " #piece)

static inline int check_done(void) {
    printf("%" PRId64 " checks, %" PRId64 " failed\n", check_count, check_failures);
    if (check_count == 0) fprintf(stderr, "no check ran\n");
    return check_failures > 0 || check_count == 0;
}

#endif
