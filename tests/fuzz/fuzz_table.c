/* SPDX-License-Identifier: MIT */
/* The two texts of an environment table, parted by a zero byte. What is taken for good must hold what it promises. */
#include "environment/table.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void check_edges(const double *edge, int cells) {
    for (int i = 0; i <= cells; i++)
        if (!isfinite(edge[i]) || (i > 0 && !(edge[i] > edge[i - 1]))) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 2);
    if (!text) abort();
    memcpy(text, data, size);
    text[size] = text[size + 1] = 0; /* the second text may be empty */
    nsr_table table;
    nsr_err err = {0};
    if (nsr_table_parse(&table, text, text + strlen(text) + 1, "input", &err)) {
        if (!nsr_good(&err) || table.n_bins < 1 || !table.layout[0]) abort();
        if (table.grid) {
            check_edges(table.x_edges, table.nx);
            check_edges(table.y_edges, table.ny);
        }
        nsr_table_free(&table);
    } else if (nsr_good(&err) || !err.msg[0]) {
        abort();
    }
    free(text);
    return 0;
}
