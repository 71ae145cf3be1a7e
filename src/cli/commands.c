/* SPDX-License-Identifier: MIT */
/* The commands and the exit codes, as --help, the man page and completion show them. */
#include "cli.h"
#include <string.h>

const nsr_command nsr_commands[] = {
    {NSR_CMD_RENDER,
     "render",
     "INPUT",
     "output",
     "Render a recording into a bundle",
     "Runs all stages: range, plan, frames, join. Where the bundle stands already, only what is missing, damaged or "
     "touched by a changed option is made; a further --format adds its parts. Under mpirun all ranks work together; "
     "the bytes do not depend on their number.",
     {"nsrender-mpi render session.nwb -o session.nsr",
      "mpirun -n 8 nsrender-mpi render session.nwb -o session.nsr --format zarr,video",
      "nsrender-mpi render maps.h5 --field p --grid 40x40 --time 0:60 -o minute.nsr"}},
    {NSR_CMD_RESUME,
     "resume",
     "BUNDLE",
     NULL,
     "Go on with a bundle that was stopped",
     "The same as render with the options that the bundle remembers. The number of ranks may be another.",
     {"mpirun -n 64 nsrender-mpi resume session.nsr"}},
    {NSR_CMD_STATUS,
     "status",
     "BUNDLE",
     NULL,
     "Say what is done, missing and failed, and how to go on",
     "Also says who works on the bundle now. Changes nothing.",
     {"nsrender-mpi status session.nsr"}},
    {NSR_CMD_RANGE,
     "range",
     "INPUT",
     NULL,
     "Find the exact colour range, percentiles and the counts of special values",
     "The file is read once, and again for percentiles where its values do not fit --memory; infinities and NaN are "
     "counted, not included.",
     {"mpirun -n 8 nsrender-mpi range session.nwb --json",
      "nsrender-mpi range session.nwb --percentile 0.1,99.9 --histogram spread.png"}},
    {NSR_CMD_INFO,
     "info",
     "INPUT",
     NULL,
     "Show what is in a file",
     "Lists fields with their shapes and chunks, the environment and the times.",
     {"nsrender-mpi info session.nwb"}},
    {NSR_CMD_PLAN,
     "plan",
     "INPUT",
     NULL,
     "Show what render would do, without doing it",
     "Takes the options of render; says segments, memory per rank, files, bytes and the expected time.",
     {"nsrender-mpi plan session.nwb --format zarr,video"}},
    {NSR_CMD_LAYOUT,
     "layout",
     "INPUT",
     "output",
     "Draw the layout alone, with the numbers of the bins",
     "For whoever doubts the orientation. Takes the options that place the bins in a picture of render.",
     {"nsrender-mpi map session.nwb -o map.png", "nsrender-mpi map maps.h5 --grid 40x40 --origin lower -o map.png"}},
    {NSR_CMD_JOIN,
     "join",
     "BUNDLE",
     NULL,
     "Make the final outputs from finished parts",
     "The last stage of render alone, for a bundle whose segments were made by several jobs.",
     {"nsrender-mpi join session.nsr"}},
    {NSR_CMD_VERIFY,
     "verify",
     "BUNDLE",
     NULL,
     "Check every part of a bundle against its record",
     "Changes nothing; names the segments that are damaged and prints the command that repairs them.",
     {"mpirun -n 4 nsrender-mpi verify session.nsr --against session.nwb"}},
    {NSR_CMD_SYNTH,
     "synth",
     "OUTPUT",
     NULL,
     "Make up a recording, for demonstrations and tests",
     "An animal walks in an arena; each frame is its decoded position with noise. The same options and seed give the "
     "same values with any number of ranks.",
     {"nsrender-mpi synth made-up.h5 --frames 20000 --grid 40x40",
      "mpirun -n 4 nsrender-mpi synth big.h5 --frames 1000000 --storage gzip"}},
};
const size_t nsr_n_commands = NSR_COUNTOF(nsr_commands);

const nsr_exit_code nsr_exit_codes[] = {
    {NSR_OK, "Success; also when there was nothing left to do"},
    {NSR_EUSAGE, "A wrong option, value or command"},
    {NSR_EDATA, "The input is there but cannot be used, or has unreadable frames; verify found damage"},
    {NSR_ENOINPUT, "The input is not there"},
    {NSR_EINTERNAL, "A defect of the program, or a library that failed without a reason"},
    {NSR_ECREATE, "An output cannot be created"},
    {NSR_EIO, "Reading or writing failed, or the disk is full; finished segments stay"},
    {NSR_ESTOPPED, "Stopped cleanly by a signal; run the same command again to go on"},
    {NSR_EMISMATCH, "Options or input differ from those of the bundle, or another run works on it"},
};
const size_t nsr_n_exit_codes = NSR_COUNTOF(nsr_exit_codes);

const nsr_command *nsr_command_of(unsigned bit) {
    for (size_t i = 0; i < nsr_n_commands; i++)
        if (nsr_commands[i].bit == bit) return &nsr_commands[i];
    return NULL;
}

const nsr_command *nsr_command_named(const char *name) {
    for (size_t i = 0; i < nsr_n_commands; i++)
        if (strcmp(nsr_commands[i].name, name) == 0) return &nsr_commands[i];
    return NULL;
}

const char *nsr_command_nearest(const char *name) {
    const char *names[NSR_COUNTOF(nsr_commands)];
    for (size_t i = 0; i < nsr_n_commands; i++)
        names[i] = nsr_commands[i].name;
    return nsr_nearest(name, names, nsr_n_commands);
}
