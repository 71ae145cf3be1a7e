/* SPDX-License-Identifier: MIT */
/* Commands of a program by bit, by name and by a misspelt name. */
#include "cli.h"
#include <string.h>

const nsr_command *nsr_command_of(const nsr_program *program, unsigned bit) {
    for (size_t i = 0; i < program->n_commands; i++)
        if (program->command[i].bit == bit) return &program->command[i];
    return NULL;
}

const nsr_command *nsr_command_named(const nsr_program *program, const char *name) {
    for (size_t i = 0; i < program->n_commands; i++)
        if (strcmp(program->command[i].name, name) == 0) return &program->command[i];
    return NULL;
}

const char *nsr_command_nearest(const nsr_program *program, const char *name) {
    const char *names[32]; /* one for each bit of nsr_opt.commands */
    size_t n = 0;
    while (n < program->n_commands && n < NSR_COUNTOF(names))
        names[n] = program->command[n].name, n++;
    return nsr_nearest(name, names, n);
}
