/* SPDX-License-Identifier: MIT */
/* The command line of a program: its words, its help and its man page, all from the program's tables. Everything here
   is local to a process. */
#ifndef NSRENDER_CLI_H
#define NSRENDER_CLI_H

#include <nsrender/config.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NSR_CMD_NONE = 1 << 30 }; /* in nsr_opt.commands: also taken without a command, as in nsrender-mpi --version */

typedef struct nsr_command {
    unsigned bit; /* one NSR_CMD_* */
    const char *name;
    const char *argument; /* the word for its one positional argument, such as INPUT */
    const char *output;   /* the option without which the command cannot run, or NULL */
    const char *sentence; /* what it does, without a full stop */
    const char *more;     /* a paragraph for its --help */
    const char *examples[3];
} nsr_command;

/* Options that the --help of a long command shows, under the task that they serve. An empty name ends the list. */
typedef struct nsr_help_group {
    const char *title;
    struct {
        const char *name;
        unsigned commands;
    } option[12]; /* in the --help of these commands, if they take it */
} nsr_help_group;

typedef struct nsr_exit_code {
    int code;
    const char *means;
} nsr_exit_code;

/* Everything that the command line accepts and the help describes. The pointers must outlive every config that was
   parsed with them. */
typedef struct nsr_program {
    const nsr_command *command;
    size_t n_commands;
    const nsr_help_group *help_group;
    size_t n_help_groups;
    const nsr_exit_code *exit_code;
    size_t n_exit_codes;
    const nsr_opt_tables *options;
} nsr_program;

/* Fills `config` from the words after the program's name. A misspelt command, option or value names the nearest one.
   Texts point into argv. Fails with NSR_EUSAGE. Without a command only --help, --help-all, --version, --man and
   --completion pass. */
bool nsr_parse(nsr_config *config, const nsr_program *program, int argc, char **argv, nsr_err *err);
/* True when --help, --help-all, --version, --man or --completion was given: a page is to be printed, and no command is
 * to run. */
bool nsr_asks_for_page(const nsr_config *config);

/* The page of one command (an NSR_CMD_* bit), or with 0 the overview of all. The page of a command with many options
   has those of the help groups; with `whole` every page has all options. */
void nsr_write_help(FILE *out, const nsr_program *program, unsigned command, bool whole);
/* The man page, as roff. */
void nsr_write_man(FILE *out, const nsr_program *program);
/* The completion script for bash. */
void nsr_write_completion(FILE *out, const nsr_program *program);

#ifdef __cplusplus
}
#endif
#endif
