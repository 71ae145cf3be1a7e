/* SPDX-License-Identifier: MIT */
/* Rows of the option tables by name. Two commands may use one name for different things (--frames of render and of
   synth), so a name is looked up for a command. */
#include "cli.h"
#include <string.h>

static const struct { char letter; const char *name; } letters[] = {
    {'h', "help"}, {'o', "output"}, {'q', "quiet"}, {'v', "verbose"},
};

char nsr_row_letter(const nsr_opt *row) {
    for (size_t i = 0; i < NSR_COUNTOF(letters); i++)
        if (strcmp(letters[i].name, row->name) == 0) return letters[i].letter;
    return 0;
}

const char *nsr_row_of_letter(char letter) {
    for (size_t i = 0; i < NSR_COUNTOF(letters); i++)
        if (letters[i].letter == letter) return letters[i].name;
    return NULL;
}

void nsr_rows_each(const nsr_opt_tables *options, nsr_row_fn *each, void *user) {
    for (size_t t = 0; t < options->n; t++)
        for (size_t i = 0; i < options->table[t]->n; i++)
            each(options->table[t], &options->table[t]->rows[i], user);
}

struct by_name { const char *name; unsigned command; const nsr_opt *any, *taken; };

static void match_name(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    struct by_name *want = user;
    if (strcmp(row->name, want->name) != 0) return;
    if (!want->any) want->any = row;
    if (!want->taken && (row->commands & want->command)) want->taken = row;
}

const nsr_opt *nsr_row_find(const nsr_opt_tables *options, const char *name, unsigned command) {
    struct by_name want = {.name = name, .command = command};
    nsr_rows_each(options, match_name, &want);
    return want.taken ? want.taken : want.any;
}

enum { MOST_NAMES = 256 };
struct names { unsigned commands; size_t n; const char *name[MOST_NAMES]; };

static void collect_name(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    struct names *names = user;
    if ((row->commands & names->commands) && names->n < MOST_NAMES) names->name[names->n++] = row->name;
}

const char *nsr_row_nearest(const nsr_opt_tables *options, const char *name, unsigned command) {
    struct names taken = {.commands = command}, all = {.commands = NSR_CMD_ALL | NSR_CMD_NONE};
    nsr_rows_each(options, collect_name, &taken);
    nsr_rows_each(options, collect_name, &all);
    const char *near = nsr_nearest(name, taken.name, taken.n);
    return near ? near : nsr_nearest(name, all.name, all.n);
}

const char *nsr_row_choice(const nsr_opt *row, size_t i) {
    if (row->choice) return row->choice(i);
    return row->choices ? row->choices[i] : NULL;
}

struct by_change { unsigned changes; void (*each)(const nsr_opt *row, void *user); void *user; };

static void match_change(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    const struct by_change *want = user;
    if (row->changes & want->changes) want->each(row, want->user);
}

void nsr_options_each(const nsr_opt_tables *options, unsigned changes, void (*each)(const nsr_opt *row, void *user),
                      void *user) {
    struct by_change want = {changes, each, user};
    nsr_rows_each(options, match_change, &want);
}
