/* SPDX-License-Identifier: MIT */
/* The C locale for the calling thread: numbers are read and written with a decimal point, whatever locale a client
   program of the library has set. The thread that begins it must end it. */
#ifndef NSR_BASE_C_LOCALE_H
#define NSR_BASE_C_LOCALE_H

#include <locale.h>

typedef struct nsr_c_locale {
    locale_t own, before;
} nsr_c_locale;

/* When memory is short, the locale stays unchanged. */
nsr_c_locale nsr_c_locale_begin(void);
void nsr_c_locale_end(const nsr_c_locale *c);

#endif
