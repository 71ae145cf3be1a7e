/* SPDX-License-Identifier: MIT */
/* The command line: words are separated by line feeds. Whatever it is, it parses or is refused with a message, and
   every value that was taken gives a text that is taken again. */
#include <nsrender/command.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MOST_WORDS = 64 };

static void again(const nsr_opt *row, const nsr_config *config) {
    char text[4096], twice[4096];
    nsr_config copy;
    nsr_err err = {0};
    nsr_option_text(config, row, text, sizeof text);
    nsr_config_defaults(&copy, &nsr_all_options);
    copy.command = config->command;
    if ((row->commands & config->command) && strlen(text) < sizeof text - 1) {
        if (!nsr_config_set(&copy, row->name, text, &err)) abort();
        nsr_option_text(&copy, row, twice, sizeof twice);
        if (strcmp(text, twice) != 0) abort();
    }
    nsr_config_free(&copy);
}

static void all_again(const nsr_config *config) {
    for (size_t t = 0; t < nsr_all_options.n; t++)
        for (size_t i = 0; i < nsr_all_options.table[t]->n; i++)
            again(&nsr_all_options.table[t]->rows[i], config);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1), *words[MOST_WORDS] = {"nsrender-mpi"};
    int n = 1;
    if (!text) return 0;
    memcpy(text, data, size);
    text[size] = 0;
    for (char *rest = text, *word; n < MOST_WORDS - 1 && (word = strsep(&rest, "\n"));)
        words[n++] = word;
    nsr_config config;
    nsr_err err = {0};
    if (nsr_parse(&config, &nsr_this_program, n, words, &err))
        all_again(&config);
    else if (err.code != NSR_EUSAGE || !*err.msg)
        abort();
    nsr_config_free(&config);
    free(text);
    return 0;
}
