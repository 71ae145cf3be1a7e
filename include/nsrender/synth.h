/* SPDX-License-Identifier: MIT */
/* A synthetic recording for demos, tests and benchmarks: an animal walks in a round arena, and a decoder yields the
   probability of each position. */
#ifndef NSRENDER_SYNTH_H
#define NSRENDER_SYNTH_H

#include <nsrender/comm.h>
#include <nsrender/config.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Collective. Writes config->input with the parameters of config->synth: /posterior (frames, A, B), or (frames, A*B)
   with --flat; /time; /position (x = column, y = row, in cells). The bytes depend on the options alone, never on ranks
   or threads. NSR_EUSAGE for bad options, NSR_ECREATE when the name is taken or cannot be created, NSR_EIO when writing
   fails. */
bool nsr_synth(const nsr_comm *comm, const nsr_config *config, nsr_err *err);

#ifdef __cplusplus
}
#endif
#endif
