/* SPDX-License-Identifier: MIT */
/* Completion for bash: commands, the options of the command, the words of an option, file names otherwise. */
#include "cli.h"

/* A command whose options are written. */
typedef struct completed {
    FILE *out;
    const nsr_opt_tables *options;
    unsigned command;
} completed;

static void option_word(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    const completed *c = user;
    if (row->commands & c->command) fprintf(c->out, " --%s", row->name);
}

static void options_of(FILE *out, const nsr_program *program, const nsr_command *command) {
    completed c = {out, program->options, command->bit};
    fprintf(out, "    %s) options='", command->name);
    nsr_rows_each(program->options, option_word, &c);
    fputs("' ;;\n", out);
}

/* The first word, and what follows `help`. */
static void command_words(FILE *out, const nsr_program *program) {
    completed c = {out, program->options, NSR_CMD_NONE};
    fputs("    ''|help) words='help", out);
    for (size_t i = 0; i < program->n_commands; i++)
        fprintf(out, " %s", program->command[i].name);
    nsr_rows_each(program->options, option_word, &c);
    fputs("' ;;\n", out);
}

/* The allowed words of an option. No two options of one name have words, so the command does not matter. */
static void choice_words(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    FILE *out = user;
    if (!nsr_row_choice(row, 0)) return;
    fprintf(out, "    --%s) words='", row->name);
    for (size_t i = 0; nsr_row_choice(row, i); i++)
        fprintf(out, "%s%s", i ? " " : "", nsr_row_choice(row, i));
    fprintf(out, "'%s ;;\n", row->choice_list ? " list=yes" : "");
}

/* Options whose value is neither a file nor one of a few words complete to nothing. */
static void plain_value(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    const completed *c = user;
    bool free_text = row->type == NSR_OPT_TEXT || row->type == NSR_OPT_FLAG;
    bool named_before = nsr_row_find(c->options, row->name, 0) != row;
    if (!free_text && !named_before && !nsr_row_choice(row, 0)) fprintf(c->out, "|--%s", row->name);
}

static const char head[] =
    "# bash completion for nsrender-mpi, printed by nsrender-mpi --completion bash\n"
    "_nsrender_mpi() {\n"
    "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} command=${COMP_WORDS[1]}\n"
    "    local options='' words='' list=no before=''\n"
    "    COMPREPLY=()\n"
    "    # --option=value comes as three words\n"
    "    if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
    "    if [[ $COMP_CWORD -eq 1 ]]; then command=''; fi\n"
    "    case $command in\n";

static const char tail[] =
    "    if [[ -n $words ]]; then\n"
    "        if [[ $list == yes && $cur == *,* ]]; then before=${cur%,*},; fi\n"
    "        mapfile -t COMPREPLY < <(compgen -P \"$before\" -W \"$words\" -- \"${cur##*,}\")\n"
    "    elif [[ $cur == -* ]]; then\n"
    "        mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$cur\")\n"
    "    elif [[ -n $command ]]; then\n"
    "        compopt -o filenames 2>/dev/null\n"
    "        mapfile -t COMPREPLY < <(compgen -f -- \"$cur\")\n"
    "    fi\n"
    "}\n"
    "complete -F _nsrender_mpi nsrender-mpi\n";

void nsr_write_completion(FILE *out, const nsr_program *program) {
    completed all = {out, program->options, NSR_CMD_ALL};
    fputs(head, out);
    command_words(out, program);
    for (size_t i = 0; i < program->n_commands; i++)
        options_of(out, program, &program->command[i]);
    fputs("    esac\n    case $prev in\n", out);
    nsr_rows_each(program->options, choice_words, out);
    fputs("    -", out);
    nsr_rows_each(program->options, plain_value, &all);
    fputs(") return ;;\n    esac\n", out);
    fputs(tail, out);
}
