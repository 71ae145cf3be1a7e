/* SPDX-License-Identifier: MIT */
/* --help, --help-all, --version, --man and --completion: pages on stdout instead of a command. */
#include <nsrender/command.h>
#include <stdio.h>

bool nsr_print_page(const nsr_config *config, const nsr_program *program) {
    if (config->run.man)
        nsr_write_man(stdout, program);
    else if (config->run.completion)
        nsr_write_completion(stdout, program);
    else if (config->run.version)
        nsr_print_version(config->run.json);
    else if (config->run.help || config->run.help_all)
        nsr_write_help(stdout, program, config->command, config->run.help_all);
    return nsr_asks_for_page(config);
}
