/* SPDX-License-Identifier: MIT */
/* Numbers as C writes and reads them, with a decimal point, whatever the locale of the program that we live in. Of the
   calling thread alone, which also ends it. */
#ifndef NSR_BASE_C_LOCALE_H
#define NSR_BASE_C_LOCALE_H

#include <locale.h>

typedef struct nsr_c_locale {
    locale_t own, before;
} nsr_c_locale;

/* Where memory is short the locale stays what it is. */
nsr_c_locale nsr_c_locale_begin(void);
void nsr_c_locale_end(const nsr_c_locale *c);

#endif
