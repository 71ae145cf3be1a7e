/* SPDX-License-Identifier: MIT */
/* Runs the function of the command that was parsed. */
#include "command.h"
#include "runs_with.h"

#include "base/c_locale.h"
#include "base/log_file.h"

#include <nsrender/command.h>
#include <nsrender/synth.h>
#include <stdlib.h>

static bool command_synth(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    return nsr_synth(comm, &run->config, err);
}

static const struct {
    unsigned bit;
    bool (*run)(nsr_run *run, const nsr_comm *comm, nsr_err *err);
} commands[] = {
    {NSR_CMD_RENDER, nsr_command_render}, {NSR_CMD_RESUME, nsr_command_resume}, {NSR_CMD_STATUS, nsr_command_status},
    {NSR_CMD_RANGE, nsr_command_range},   {NSR_CMD_INFO, nsr_command_info},     {NSR_CMD_PLAN, nsr_command_plan},
    {NSR_CMD_JOIN, nsr_command_resume},   {NSR_CMD_VERIFY, nsr_command_verify}, {NSR_CMD_SYNTH, command_synth},
    {NSR_CMD_LAYOUT, nsr_command_layout},
};

/* The commands of jobs begin their log with what they run with. */
static bool open_log(const nsr_config *config, const nsr_comm *comm, nsr_err *err) {
    if (config->run.log_dir) {
        nsr_log_file_open(config->run.log_dir, nsr_rank(comm), err);
        if (!nsr_agree(comm, err)) return false;
    }
    if (config->command & NSR_CMD_JOB) nsr_log_runs_with(config, comm);
    return true;
}

bool nsr_command_run(nsr_config *config, const nsr_comm *comm, nsr_err *err) {
    const nsr_c_locale c = nsr_c_locale_begin(); /* numbers in files are the same in every program */
    nsr_run *run = calloc(1, sizeof *run);
    if (!run) nsr_fail(err, NSR_EINTERNAL, "out of memory");
    if (nsr_agree(comm, err) && open_log(config, comm, err)) {
        nsr_run_init(run, config);
        for (size_t i = 0; i < NSR_COUNTOF(commands); i++)
            if (commands[i].bit == config->command) commands[i].run(run, comm, err);
        nsr_agree(comm, err);
        nsr_run_close(run, comm);
        config->kept = run->config.kept; /* texts that were added belong to the caller's configuration */
    }
    free(run);
    nsr_log_file_close();
    nsr_c_locale_end(&c);
    return nsr_good(err);
}
