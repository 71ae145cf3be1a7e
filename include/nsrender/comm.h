/* SPDX-License-Identifier: MIT */
/* The ranks of one run. A function that takes `const nsr_comm *` is collective; one that does not is local.
   Without MPI (a program started by hand) the same calls work on one rank and never touch MPI. */
#ifndef NSRENDER_COMM_H
#define NSRENDER_COMM_H

#include <mpi.h>
#include <nsrender/err.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nsr_comm nsr_comm;

/* Collective over `mpi`, which is duplicated. NULL when memory or MPI fails. */
nsr_comm *nsr_comm_open(MPI_Comm mpi);
/* One rank, no MPI. */
nsr_comm *nsr_comm_open_alone(void);
void nsr_comm_close(nsr_comm *comm);

/* The three that follow are local: they only look at the value. */
int nsr_rank(const nsr_comm *comm);
int nsr_ranks(const nsr_comm *comm);
bool nsr_is_root(const nsr_comm *comm);
/* The duplicate communicator, or MPI_COMM_NULL when alone. */
MPI_Comm nsr_comm_mpi(const nsr_comm *comm);

/* Every rank learns the code and text of the lowest rank that failed. Returns nsr_good(err). */
bool nsr_agree(const nsr_comm *comm, nsr_err *err);
/* The root's bytes for everybody. */
void nsr_bcast(const nsr_comm *comm, void *data, size_t bytes);
/* A string from the root: `*text` is freed and replaced by a malloc'ed copy on the other ranks. NULL travels as NULL.
 */
bool nsr_bcast_text(const nsr_comm *comm, char **text, nsr_err *err);
/* A string of one rank for the root: on the root `*got` becomes a malloc'ed copy; elsewhere it is left alone. NULL
   travels as an empty string. */
bool nsr_gather_text(const nsr_comm *comm, int from, const char *text, char **got, nsr_err *err);
/* Element-wise, in place, the result on every rank. */
void nsr_sum_i64(const nsr_comm *comm, int64_t *values, int n);
void nsr_max_f64(const nsr_comm *comm, double *values, int n);
void nsr_or_bytes(const nsr_comm *comm, unsigned char *bytes, int n);
void nsr_barrier(const nsr_comm *comm);

/* Ranks that share this rank's node, and this rank's place among them. Local. */
int nsr_node_ranks(const nsr_comm *comm);
int nsr_node_rank(const nsr_comm *comm);
/* rank (of the run) of the i-th rank of this node. Local. */
int nsr_node_member(const nsr_comm *comm, int i);

/* A zeroed window of `count` 64-bit words that all ranks of a node share; plain memory when alone. */
typedef struct nsr_window {
    uint64_t *words;
    MPI_Win win;
    bool shared;
} nsr_window;
bool nsr_window_open(nsr_window *window, const nsr_comm *comm, size_t count, nsr_err *err);
void nsr_window_close(nsr_window *window, const nsr_comm *comm);

#ifdef __cplusplus
}
#endif
#endif
