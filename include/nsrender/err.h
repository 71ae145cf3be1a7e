/* SPDX-License-Identifier: MIT */
/* Errors: one fixed-size value, which needs no memory and can be sent to other ranks. */
#ifndef NSRENDER_ERR_H
#define NSRENDER_ERR_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The codes are the exit codes of the program (sysexits where one fits). */
enum {
    NSR_OK = 0,
    NSR_EUSAGE = 64,    /* a wrong option, value or command */
    NSR_EDATA = 65,     /* the input exists but cannot be used */
    NSR_ENOINPUT = 66,  /* the input does not exist */
    NSR_EINTERNAL = 70, /* a bug, lack of memory, or a library that failed unexpectedly */
    NSR_ECREATE = 73,   /* an output cannot be created */
    NSR_EIO = 74,       /* reading or writing failed; disk full */
    NSR_ESTOPPED = 75,  /* stopped cleanly by a signal: run again to continue */
    NSR_EMISMATCH = 78  /* options or input differ from those of the bundle */
};

/* A message names the place, the failure, its reason and the remedy:
   `session.nwb: /processing/analysis: no dataset 'posterior'; found: place_field, occupancy`. */
typedef struct nsr_err {
    int code; /* NSR_OK until the first failure */
    int rank; /* that failed; set by nsr_agree */
    char msg[1000];
} nsr_err;

#if defined(__GNUC__)
#define NSR_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define NSR_PRINTF(fmt, args)
#endif

/* Records a failure unless one is recorded already (the first wins). Local. Always returns false, so that a function
   can end with `return nsr_fail(...)`. */
bool nsr_fail(nsr_err *err, int code, const char *fmt, ...) NSR_PRINTF(3, 4);

/* Records the failure that errno describes: "PATH: cannot VERB: reason". The code is NSR_EIO instead of `code` where
   the disk is full or broken. Returns false. */
bool nsr_fail_io(nsr_err *err, int code, const char *verb, const char *path);

/* True while no failure is recorded. */
static inline bool nsr_good(const nsr_err *err) { return err->code == NSR_OK; }

#ifdef __cplusplus
}
#endif
#endif
