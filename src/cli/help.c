/* SPDX-License-Identifier: MIT */
/* --help and --help-all: the overview of commands, and one page for each command, from the tables of the program. */
#include "cli.h"

enum { LEFT = 2, RIGHT = 26 };
enum { FEW = 24 }; /* --help of a command with at most so many options shows all of them */

/* Two columns; a left part that is too long gets a line of its own. */
static void entry(FILE *out, const char *left, const char *right) {
    int at = fprintf(out, "%*s%s", LEFT, "", left);
    if (at > RIGHT - 2) at = 0, fputc('\n', out);
    fprintf(out, "%*s", RIGHT - at, "");
    nsr_wrap(out, RIGHT, RIGHT, right);
}

static void row_entry(FILE *out, const nsr_opt *row) {
    char words[100], sentence[600];
    nsr_row_words(row, words, sizeof words);
    nsr_row_sentence(row, sentence, sizeof sentence);
    entry(out, words, sentence);
}

static void table_entries(FILE *out, const nsr_opt_table *table, unsigned command) {
    bool titled = false;
    for (size_t i = 0; i < table->n; i++) {
        if (!(table->rows[i].commands & command)) continue;
        if (!titled) fprintf(out, "\n%s:\n", table->title);
        titled = true;
        row_entry(out, &table->rows[i]);
    }
}

static void group_entries(FILE *out, const nsr_program *program, const nsr_help_group *group, unsigned command) {
    bool titled = false;
    for (size_t i = 0; i < NSR_COUNTOF(group->option) && group->option[i].name; i++) {
        const nsr_opt *row = nsr_row_find(program->options, group->option[i].name, command);
        if (!row || !(row->commands & group->option[i].commands & command)) continue;
        if (!titled) fprintf(out, "\n%s:\n", group->title);
        titled = true;
        row_entry(out, row);
    }
}

static int options_of(const nsr_program *program, unsigned command) {
    int n = 0;
    for (size_t t = 0; t < program->options->n; t++)
        for (size_t i = 0; i < program->options->table[t]->n; i++)
            n += (program->options->table[t]->rows[i].commands & command) != 0;
    return n;
}

static void examples(FILE *out, const nsr_command *command) {
    fputs("\nExamples:\n", out);
    for (size_t i = 0; i < NSR_COUNTOF(command->examples) && command->examples[i]; i++)
        fprintf(out, "  %s\n", command->examples[i]);
}

static void command_page(FILE *out, const nsr_program *program, const nsr_command *command, bool whole) {
    const nsr_opt *output = command->output ? nsr_row_find(program->options, command->output, command->bit) : NULL;
    char words[100] = "";
    if (output) snprintf(words, sizeof words, " -%c %s", nsr_row_letter(output), output->arg);
    fprintf(out, "Usage: nsrender-mpi %s %s%s [OPTION...]\n\n", command->name, command->argument, words);
    fprintf(out, "%s.\n", command->sentence);
    nsr_wrap(out, 0, 0, command->more);
    int n = options_of(program, command->bit);
    whole = whole || n <= FEW;
    for (size_t t = 0; t < program->options->n && whole; t++)
        table_entries(out, program->options->table[t], command->bit);
    for (size_t g = 0; g < program->n_help_groups && !whole; g++)
        group_entries(out, program, &program->help_group[g], command->bit);
    examples(out, command);
    if (!whole) fprintf(out, "\nnsrender-mpi %s --help-all shows all %d options.\n", command->name, n);
}

static void overview(FILE *out, const nsr_program *program) {
    fputs("Usage: nsrender-mpi COMMAND [OPTION...] ARGUMENT\n"
          "       mpirun -n RANKS nsrender-mpi COMMAND [OPTION...] ARGUMENT\n\n", out);
    nsr_wrap(out, 0, 0,
             "Renders a long recording of spatial fields once into a bundle that napari opens at once. "
             "The bytes do not depend on the number of ranks; a run that was stopped goes on where it stopped.");
    fputs("\nCommands:\n", out);
    for (size_t i = 0; i < program->n_commands; i++) {
        char left[60];
        snprintf(left, sizeof left, "%s %s", program->command[i].name, program->command[i].argument);
        entry(out, left, program->command[i].sentence);
    }
    entry(out, "help COMMAND", "Show the most useful options of a command; COMMAND --help-all shows all");
    fputs("\nWithout a command:\n", out);
    entry(out, "--version [--json]", "Show the versions of the program and its libraries");
    entry(out, "--man", "Print the man page");
    entry(out, "--completion bash", "Print the completion script");
    fputs("\nExit codes:\n", out);
    for (size_t i = 0; i < program->n_exit_codes; i++) {
        char code[12];
        snprintf(code, sizeof code, "%d", program->exit_code[i].code);
        entry(out, code, program->exit_code[i].means);
    }
}

void nsr_write_help(FILE *out, const nsr_program *program, unsigned command, bool whole) {
    const nsr_command *row = nsr_command_of(program, command);
    if (row)
        command_page(out, program, row, whole);
    else
        overview(out, program);
}
