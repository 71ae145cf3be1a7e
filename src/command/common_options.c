/* SPDX-License-Identifier: MIT */
/* Options that every command takes. */
#include <nsrender/cli.h>

static const char *const progress_words[] = {"auto", "bar", "line", "json", "none", NULL};
static const char *const shell_words[] = {"bash", NULL};

#define AT(field) NSR_AT(nsr_config, run.field), .changes = NSR_CHANGES_NOTHING

static const nsr_opt rows[] = {
    {"help", .help = "Show the most useful options and stop", .commands = NSR_CMD_ALL | NSR_CMD_NONE, AT(help)},
    {"help-all", .help = "Show all options and stop", .commands = NSR_CMD_ALL | NSR_CMD_NONE, AT(help_all)},
    {"version", .help = "Show the versions of the program and of its libraries and stop",
     .commands = NSR_CMD_ALL | NSR_CMD_NONE, AT(version)},
    {"threads", "N", "Threads of each rank; not given: the usable CPUs divided by the ranks that share them", .min = 1,
     .max = 4096, .commands = NSR_CMD_ALL, AT(threads)},
    {"memory", "SIZE", "Memory of each rank, such as 64M or 1.5G; not given: its share of half of the available memory",
     .commands = NSR_CMD_ALL, AT(memory)},
    {"max-time", "HH:MM:SS",
     "End in good time, with exit code 75, before the process is so old; not given: before the end of the Slurm or PBS "
     "job",
     .commands = NSR_CMD_JOB | NSR_CMD_PLAN, AT(max_time)},
    {"stall-timeout", "SECONDS", "End with exit code 75 when no worker of any rank has finished a frame for so long",
     .min = 1, .max = 1e6, .commands = NSR_CMD_JOB | NSR_CMD_PLAN, AT(stall_timeout)},
    {"log-dir", "DIR", "Also write messages and events of each rank into a file of JSON lines in this directory",
     .commands = NSR_CMD_JOB | NSR_CMD_PLAN, AT(log_dir)},
    {"progress", "FORM", "Form of the progress on stderr", "auto", .choices = progress_words, .commands = NSR_CMD_ALL,
     AT(progress)},
    {"quiet", .help = "Print only warnings and errors", .commands = NSR_CMD_ALL, AT(quiet)},
    {"verbose", .help = "Print more about decisions and stages", .commands = NSR_CMD_ALL, AT(verbose)},
    {"json", .help = "Print one JSON document on stdout instead of text", .commands = NSR_CMD_ALL | NSR_CMD_NONE,
     AT(json)},
    {"man", .help = "Print the man page", .commands = NSR_CMD_NONE, AT(man)},
    {"completion", "SHELL", "Print the script for completion in a shell", .choices = shell_words,
     .commands = NSR_CMD_NONE, AT(completion)},
};

const nsr_opt_table nsr_common_options = {"General options", rows, NSR_COUNTOF(rows)};
