/* SPDX-License-Identifier: MIT */
/* Units of time and a calendar, parted by a zero byte: a length in seconds, or a reason why there is none. */
#include "source/dataset/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 2), why[100] = "";
    double seconds = NAN;
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = text[size + 1] = 0; /* the calendar may be missing */
    bool known = nsr_cf_seconds(text, text + strlen(text) + 1, &seconds, why, sizeof why);
    if (known ? !(seconds > 0 && seconds < 400 * 86400.0) : !why[0] || strlen(why) >= sizeof why) abort();
    free(text);
    return 0;
}
