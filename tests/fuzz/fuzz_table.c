/* SPDX-License-Identifier: MIT */
/* The two texts of an environment table, parted by a zero byte. What is taken for good must hold what it promises. */
#include "environment/table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_edges(const double *edge, int64_t cells) {
    for (int64_t i = 0; i <= cells; i++)
        if (!isfinite(edge[i]) || (i > 0 && !(edge[i] > edge[i - 1]))) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 2);
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = text[size + 1] = 0; /* the second text may be empty */
    nsr_outline outline = {.where = "input"};
    nsr_err err = {0};
    if (nsr_table_parse(&outline, text, text + strlen(text) + 1, &err)) {
        if (!nsr_good(&err) || outline.n_bins < 1 || !outline.layout[0]) abort();
        for (int i = 0; i < outline.n_axes; i++)
            check_edges(outline.edges[i], outline.cells[i]);
        nsr_outline_free(&outline);
    } else if (nsr_good(&err) || !err.msg[0]) {
        abort();
    }
    free(text);
    return 0;
}
