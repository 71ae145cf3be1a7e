/* SPDX-License-Identifier: MIT */
/* The command line: COMMAND [OPTION...] ARGUMENT, options and argument in any order. Every failure ends with the help
   page that answers it. */
#include "cli.h"
#include <ctype.h>
#include <string.h>

/* The words that are not parsed yet, and the result so far. */
typedef struct parser {
    nsr_config *config;
    const nsr_program *program;
    const nsr_command *command; /* NULL until a command is named */
    char **words;               /* NULL-ended by the standard */
    bool only_arguments;        /* "--" was parsed */
} parser;

static bool unknown_option(const parser *p, const char *word, const char *name, nsr_err *err) {
    const char *near =
        nsr_row_nearest(p->program->options, name, p->config->command ? p->config->command : NSR_CMD_NONE);
    if (near) return nsr_fail(err, NSR_EUSAGE, "unknown option '%s'; did you mean '--%s'?", word, near);
    return nsr_fail(err, NSR_EUSAGE, "unknown option '%s'", word);
}

/* The names of the commands that take the row: "render, plan". */
static void takers(const nsr_program *program, const nsr_opt *row, char *text, size_t size) {
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; i < program->n_commands && used < size; i++)
        if (row->commands & program->command[i].bit)
            used += (size_t)snprintf(text + used, size - used, "%s%s", used ? ", " : "", program->command[i].name);
}

static bool foreign_option(const parser *p, const nsr_opt *row, nsr_err *err) {
    char who[200];
    takers(p->program, row, who, sizeof who);
    if (!p->command)
        return nsr_fail(err, NSR_EUSAGE, "--%s comes behind the command (one of %s)", row->name, who);
    if (!*who) return nsr_fail(err, NSR_EUSAGE, "--%s stands alone: nsrender-mpi --%s", row->name, row->name);
    return nsr_fail(err, NSR_EUSAGE, "%s takes no --%s; it belongs to %s", p->command->name, row->name, who);
}

/* A word that can only be an option: a dash and then a dash or a letter (-5 and - are values). */
static bool looks_like_option(const char *word) {
    return word[0] == '-' && (word[1] == '-' || isalpha((unsigned char)word[1]));
}

/* Sets an option. `text` is the value behind '=' or behind the letter; if it is NULL, the value is the next word. */
static bool take_option(parser *p, const nsr_opt *row, const char *text, nsr_err *err) {
    unsigned command = p->command ? p->command->bit : NSR_CMD_NONE;
    if (!(row->commands & command)) return foreign_option(p, row, err);
    if (row->type == NSR_OPT_FLAG && text) return nsr_fail(err, NSR_EUSAGE, "--%s takes no value", row->name);
    if (row->type != NSR_OPT_FLAG && !text && *p->words && !looks_like_option(*p->words)) text = *p->words++;
    return nsr_value_set(p->config, row, text ? text : row->bare, nsr_option_given(p->config, row), err);
}

static bool long_option(parser *p, const char *word, nsr_err *err) {
    char name[64];
    size_t n = strcspn(word + 2, "=");
    if (n >= sizeof name) return nsr_fail(err, NSR_EUSAGE, "unknown option '%.60s...'", word);
    memcpy(name, word + 2, n);
    name[n] = 0;
    const nsr_opt *row = nsr_row_find(p->program->options, name, p->config->command);
    if (!row) return unknown_option(p, word, name, err);
    return take_option(p, row, word[2 + n] ? word + 3 + n : NULL, err);
}

static bool short_option(parser *p, const char *word, nsr_err *err) {
    const char *name = nsr_row_of_letter(word[1]);
    if (!name) return unknown_option(p, word, word + 1, err);
    return take_option(p, nsr_row_find(p->program->options, name, p->config->command), word[2] ? word + 2 : NULL, err);
}

static bool argument(parser *p, const char *word, nsr_err *err) {
    if (!p->command)
        return nsr_fail(err, NSR_EUSAGE, "the command comes first, before '%s' and all options", word);
    if (!*word) return nsr_fail(err, NSR_EUSAGE, "%s: %s is empty", p->command->name, p->command->argument);
    if (p->config->input)
        return nsr_fail(err, NSR_EUSAGE, "%s takes one %s ('%s'); unexpected '%s'", p->command->name,
                        p->command->argument, p->config->input, word);
    p->config->input = word;
    return true;
}

static bool take_word(parser *p, nsr_err *err) {
    const char *word = *p->words++;
    if (p->only_arguments || word[0] != '-' || !word[1]) return argument(p, word, err);
    if (strcmp(word, "--") == 0) return p->only_arguments = true;
    return word[1] == '-' ? long_option(p, word, err) : short_option(p, word, err);
}

static bool find_command(parser *p, nsr_err *err) {
    const char *word = *p->words;
    if (!word)
        return nsr_fail(err, NSR_EUSAGE, "no command given; usage: nsrender-mpi COMMAND [OPTION...] ARGUMENT");
    if (word[0] == '-') return true;
    p->words++;
    if (strcmp(word, "help") == 0) {
        p->config->run.help = true;
        if (!(word = *p->words)) return true;
        p->words++;
    }
    p->command = nsr_command_named(p->program, word);
    if (p->command) {
        p->config->command = p->command->bit;
        return true;
    }
    const char *near = nsr_command_nearest(p->program, word);
    return near ? nsr_fail(err, NSR_EUSAGE, "unknown command '%s'; did you mean '%s'?", word, near)
                : nsr_fail(err, NSR_EUSAGE, "unknown command '%s'", word);
}

bool nsr_asks_for_page(const nsr_config *config) {
    return config->run.help || config->run.help_all || config->run.version || config->run.man || config->run.completion;
}

static bool is_complete(const parser *p, nsr_err *err) {
    const nsr_command *command = p->command;
    if (nsr_asks_for_page(p->config)) return true;
    if (!command)
        return nsr_fail(err, NSR_EUSAGE, "no command given; usage: nsrender-mpi COMMAND [OPTION...] ARGUMENT");
    if (!p->config->input)
        return nsr_fail(err, NSR_EUSAGE, "%s: %s is missing", command->name, command->argument);
    if (!command->output) return true;
    const nsr_opt *row = nsr_row_find(p->program->options, command->output, command->bit);
    return nsr_option_given(p->config, row) ||
           nsr_fail(err, NSR_EUSAGE, "%s: --%s %s is missing", command->name, row->name, row->arg);
}

bool nsr_parse(nsr_config *config, const nsr_program *program, int argc, char **argv, nsr_err *err) {
    nsr_err why = {0};
    nsr_config_defaults(config, program->options);
    parser p = {.config = config, .program = program, .words = argv + (argc > 0)};
    bool good = find_command(&p, &why);
    while (good && *p.words)
        good = take_word(&p, &why);
    if (good && is_complete(&p, &why)) return true;
    return nsr_fail(err, why.code, "%s (see nsrender-mpi%s%s --help)", why.msg, p.command ? " " : "",
                    p.command ? p.command->name : "");
}
