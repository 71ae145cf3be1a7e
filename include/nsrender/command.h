/* SPDX-License-Identifier: MIT */
/* The commands, for the program and for other MPI programs that want to render. */
#ifndef NSRENDER_COMMAND_H
#define NSRENDER_COMMAND_H

#include <nsrender/cli.h>
#include <nsrender/comm.h>
#include <nsrender/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The commands, options and exit codes of nsrender-mpi, for nsr_parse. */
extern const nsr_program nsr_this_program;

/* How this process was started. */
typedef struct nsr_launch {
    bool mpi;    /* by a launcher whose processes this program's MPI can join: call MPI_Init */
    bool speaks; /* of processes that all fail for one reason, one prints it */
    char warning[200]; /* to be printed; "": none */
} nsr_launch;
/* Asks the environment; to be called before MPI_Init, and before files are opened, because it raises the number of open
   files to what is allowed. `shares`: processes that do not know each other are welcome. NSR_EUSAGE where the launcher
   is of another MPI, where copies would work against each other, or where too few files may be open; `mpi` is false
   then. Local. */
bool nsr_launch_find(nsr_launch *launch, bool shares, nsr_err *err);

/* To be called before MPI_Init, or first where there is none (`mpi` false). Without it the process may crash when it
   ends after a run that met a full or broken disk: HDF5 closes once more what it could not close. Raw files
   of a source of a virtual dataset are then looked for in the working directory, not beside the source. Local. */
void nsr_command_start(bool mpi);

/* Runs config->command on all ranks of `comm`. Collective. True: all went well; else `err` is the same on every rank
   and err->code is the exit code. Documents go to stdout of the root, everything else to its stderr. `config` may be
   changed: `resume` fills in what the bundle remembers. */
bool nsr_command_run(nsr_config *config, const nsr_comm *comm, nsr_err *err);

/* --- local to a process, to stdout --- */
/* Prints the page that --help, --help-all, --version, --man or --completion asked for. False when there is a command to
 * run. */
bool nsr_print_page(const nsr_config *config, const nsr_program *program);
/* The versions of the program and of its libraries, as text or as one JSON object. */
void nsr_print_version(bool json);

#ifdef __cplusplus
}
#endif
#endif
