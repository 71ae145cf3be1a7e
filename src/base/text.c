/* SPDX-License-Identifier: MIT */
/* Numbers of bytes for people. */
#include <nsrender/option.h>
#include <nsrender/team.h>
#include <stdio.h>

void nsr_bytes_text(int64_t bytes, char *text, size_t size) {
    static const char *const unit[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    double x = (double)bytes;
    size_t i = 0;
    while (x >= 1000 && i + 1 < NSR_COUNTOF(unit))
        x /= 1000, i++;
    snprintf(text, size, i == 0 ? "%.0f %s" : x < 10 ? "%.2f %s" : x < 100 ? "%.1f %s" : "%.0f %s", x, unit[i]);
}
