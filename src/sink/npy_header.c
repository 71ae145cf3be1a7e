/* SPDX-License-Identifier: MIT */
/* NumPy's format 1.0: a magic number, the length of the text, the text, and blanks up to 128 bytes. */
#include "npy_header.h"
#include <stdio.h>
#include <string.h>

void nsr_npy_head(char head[NSR_NPY_HEAD], const char *type, int64_t n, int columns) {
    static const unsigned char start[10] = {0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, NSR_NPY_HEAD - 10, 0};
    const char order = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? '<' : '>';
    char shape[40], text[NSR_NPY_HEAD - 10];
    if (columns) snprintf(shape, sizeof shape, "%lld, %d", (long long)n, columns);
    else snprintf(shape, sizeof shape, "%lld,", (long long)n);
    const int length = snprintf(text, sizeof text, "{'descr': '%c%s', 'fortran_order': False, 'shape': (%s), }", order,
                                type, shape);
    memset(head, ' ', NSR_NPY_HEAD - 1);
    memcpy(head, start, sizeof start);
    memcpy(head + sizeof start, text, (size_t)length);
    head[NSR_NPY_HEAD - 1] = '\n';
}
