/* SPDX-License-Identifier: MIT */
/* Strict numbers: the whole text or nothing, and a decimal point whatever the locale of the program that we live in. */
#include "cli.h"
#include <ctype.h>
#include <errno.h>
#include <locale.h>
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

static locale_t use_c_locale(locale_t *old) {
    locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    *old = c ? uselocale(c) : (locale_t)0;
    return c;
}

static void use_old_locale(locale_t c, locale_t old) {
    if (c) {
        uselocale(old);
        freelocale(c);
    }
}

bool nsr_real_parse(double *value, const char *text) {
    if (!plain_start(text) || strpbrk(text, "xX")) return false;
    char *end;
    locale_t old, c = use_c_locale(&old);
    double number = strtod(text, &end);
    use_old_locale(c, old);
    if (end == text || *end || !isfinite(number)) return false;
    *value = number;
    return true;
}

void nsr_real_text(double value, char *text, size_t size) {
    locale_t old, c = use_c_locale(&old);
    snprintf(text, size, "%.17g", value);
    use_old_locale(c, old);
}
