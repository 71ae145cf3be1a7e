/* SPDX-License-Identifier: MIT */
#include "c_locale.h"

nsr_c_locale nsr_c_locale_begin(void) {
    nsr_c_locale c = {.own = newlocale(LC_ALL_MASK, "C", (locale_t)0)};
    if (c.own) c.before = uselocale(c.own);
    return c;
}

void nsr_c_locale_end(const nsr_c_locale *c) {
    if (!c->own) return;
    uselocale(c->before);
    freelocale(c->own);
}
