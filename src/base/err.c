/* SPDX-License-Identifier: MIT */
/* Recording a failure. The message is formatted into the value itself, so this needs no memory. */
#include <nsrender/err.h>
#include <stdarg.h>
#include <stdio.h>

bool nsr_fail(nsr_err *err, int code, const char *fmt, ...) {
    if (err->code != NSR_OK) return false;
    err->code = code;
    va_list args;
    va_start(args, fmt);
    vsnprintf(err->msg, sizeof err->msg, fmt, args);
    va_end(args);
    return false;
}
