/* SPDX-License-Identifier: MIT */
/* Recording a failure. The message is formatted into the value itself, so this needs no memory. */
#include <errno.h>
#include <nsrender/err.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool nsr_fail(nsr_err *err, int code, const char *fmt, ...) {
    if (err->code != NSR_OK) return false;
    err->code = code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);
    return false;
}

bool nsr_fail_io(nsr_err *err, int code, const char *verb, const char *path) {
    bool full = errno == ENOSPC || errno == EDQUOT;
    return nsr_fail(err, full || errno == EIO ? NSR_EIO : code, "%s: cannot %s%s%s%s", path, verb, errno ? ": " : "",
                    errno ? strerror(errno) : "", full ? "; make room and run again" : "");
}
