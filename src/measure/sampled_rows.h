/* SPDX-License-Identifier: MIT */
/* Up to 64 rows spread over the selection: they identify the input, and show whether rows are distributions. */
#ifndef NSR_MEASURE_SAMPLED_ROWS_H
#define NSR_MEASURE_SAMPLED_ROWS_H

#include "measurement.h"

typedef struct nsr_rows {
    unsigned char hash[NSR_IDENTITY_ROWS][16]; /* zero where another rank has it, or the row cannot be read */
    double peak[NSR_IDENTITY_ROWS];            /* largest finite value; -infinity: none, or another rank has it */
    double amiss[NSR_IDENTITY_ROWS];           /* distance from numbers >= 0 that sum to 1; as above */
} nsr_rows;

/* Empties `rows`. Local. */
void nsr_rows_init(nsr_rows *rows);
/* Hashes and judges those of the rows that lie in a piece at positions `p`. Local; no row is given to two threads. */
void nsr_rows_look(nsr_rows *rows, const nsr_measurement *m, nsr_span p, const nsr_piece *piece);
/* Combines what all ranks found into m->identity, m->peak and m->distribution. Collective. */
void nsr_rows_finish(nsr_rows *rows, nsr_measurement *m, const nsr_comm *comm);
/* Reads the rows alone and fills the same members, for a bundle whose range is known. Collective. */
bool nsr_identify(nsr_measurement *m, const nsr_comm *comm, nsr_err *err);

/* For info: does every sampled row hold numbers >= 0 that sum to 1? Few rows are read where chunks are large. Local. */
bool nsr_rows_distribution(nsr_source *source);

#endif
