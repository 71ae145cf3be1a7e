/* SPDX-License-Identifier: MIT */
/* The program: parse, start MPI if there is a launcher, run, report. The command line is parsed before MPI starts, so
   that help and mistakes need no launch; a lone process never calls MPI_Init, which would wait for half a second. */
#include <errno.h>
#include <nsrender/command.h>
#include <nsrender/log.h>
#include <nsrender/team.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Whether MPI is to be started. A mistake of the command line wins over one of the launcher. */
static bool find_launch(nsr_launch *launch, const nsr_config *config, nsr_err *err) {
    nsr_err wrong = {0};
    bool good = nsr_launch_find(launch, config->output.share.n > 0, &wrong);
    if (!good && nsr_good(err)) *err = wrong;
    return good && (launch->mpi || (config->input_as.io && !strcmp(config->input_as.io, "mpio")));
}

static nsr_comm *start(bool mpi, nsr_err *err) {
    int provided;
    nsr_command_start(mpi);
    if (!mpi) return nsr_comm_open_alone();
    MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
    if (provided < MPI_THREAD_FUNNELED)
        nsr_fail(err, NSR_EINTERNAL,
                 "this MPI allows no threads (MPI_THREAD_FUNNELED); build the program with an MPI that does");
    return nsr_comm_open(MPI_COMM_WORLD);
}

static nsr_log_level level_of(const nsr_config *config) {
    return config->run.verbose ? NSR_LOG_DETAIL : config->run.quiet ? NSR_LOG_WARN : NSR_LOG_NOTE;
}

/* A reader that has seen enough and left (`| head`) is no failure. */
static bool reader_left(void) {
    struct pollfd output = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&output, 1, 0) > 0 && (output.revents & POLLERR);
}

/* Text goes through the buffer of stdout, so a full disk shows here at the latest. */
static void flush_stdout(nsr_err *err) {
    errno = 0;
    if ((fflush(stdout) == 0 && !ferror(stdout)) || !nsr_good(err) || reader_left()) return;
    nsr_fail(err, NSR_EIO, "stdout: cannot write%s%s", errno ? ": " : "", errno ? strerror(errno) : "");
}

int main(int argc, char **argv) {
    nsr_config config;
    nsr_err err = {0};
    nsr_signals_start();
    nsr_launch launch;
    nsr_parse(&config, &nsr_this_program, argc, argv, &err);
    bool mpi = find_launch(&launch, &config, &err);
    nsr_comm *comm = start(mpi, &err);
    if (!comm) {
        fprintf(stderr, "nsrender-mpi: out of memory\n");
        return NSR_EINTERNAL;
    }
    nsr_log_open(level_of(&config), nsr_is_root(comm) && launch.speaks);
    if (*launch.warning) nsr_warn("%s", launch.warning);
    if (nsr_agree(comm, &err)) {
        bool asked = nsr_is_root(comm) && nsr_print_page(&config, &nsr_this_program);
        nsr_bcast(comm, &asked, sizeof asked);
        if (!asked) nsr_command_run(&config, comm, &err);
    }
    if (nsr_is_root(comm)) flush_stdout(&err);
    nsr_from_root(comm, NULL, 0, &err);
    if (!nsr_good(&err)) nsr_error("%s", err.msg);
    nsr_config_free(&config);
    nsr_comm_close(comm);
    if (mpi) MPI_Finalize();
    return err.code;
}
