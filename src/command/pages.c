/* SPDX-License-Identifier: MIT */
/* --help, --version, --man and --completion: pages on stdout instead of a command. */
#include <nsrender/command.h>
#include <stdio.h>

bool nsr_print_page(const nsr_config *config, const nsr_program *program) {
    if (config->run.man)
        nsr_write_man(stdout, program);
    else if (config->run.completion)
        nsr_write_completion(stdout, program);
    else if (config->run.version)
        nsr_print_version(config->run.json);
    else if (config->run.help)
        nsr_write_help(stdout, program, config->command);
    return nsr_asks_for_page(config);
}
