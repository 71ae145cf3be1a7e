/* SPDX-License-Identifier: MIT */
#ifndef NSR_COMMAND_INFO_TEXT_H
#define NSR_COMMAND_INFO_TEXT_H

#include <jansson.h>

/* Prints the document of `info --json` as text on stdout: fields, environment, times and what else is in the file.
   Local. */
void nsr_print_info(const json_t *info);

#endif
