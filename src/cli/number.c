/* SPDX-License-Identifier: MIT */
/* Strict numbers: the whole text must be a number, with a decimal point in every locale. */
#include "cli.h"

#include "base/c_locale.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* strtod and strtoll skip leading blanks, strtod also knows "nan", "inf" and hexadecimal. */
static bool plain_start(const char *text) {
    if (*text == '+' || *text == '-') text++;
    return isdigit((unsigned char)*text) || *text == '.';
}

bool nsr_int_parse(int64_t *value, const char *text) {
    char *end = NULL;
    errno = 0;
    long long number = plain_start(text) ? strtoll(text, &end, 10) : 0;
    if (!end || end == text || *end || errno) return false;
    *value = number;
    return true;
}

bool nsr_real_parse(double *value, const char *text) {
    if (!plain_start(text) || strpbrk(text, "xX")) return false;
    char *end;
    const nsr_c_locale c = nsr_c_locale_begin();
    double number = strtod(text, &end);
    nsr_c_locale_end(&c);
    if (end == text || *end || !isfinite(number)) return false;
    *value = number;
    return true;
}

void nsr_real_text(double value, char *text, size_t size) {
    const nsr_c_locale c = nsr_c_locale_begin();
    snprintf(text, size, "%.17g", value);
    nsr_c_locale_end(&c);
}
