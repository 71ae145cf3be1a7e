/* SPDX-License-Identifier: MIT */
/* The ranks of one run. Functions that communicate are collective: all ranks call them in the same order. Accessors are
   marked local. Without MPI (a program started without mpirun) the same calls work on one rank and never touch MPI. */
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

/* Collective over `mpi`, of which a duplicate is used. NULL when memory or MPI fails. */
nsr_comm *nsr_comm_open(MPI_Comm mpi);
/* One rank without MPI. NULL when memory is short. */
nsr_comm *nsr_comm_open_alone(void);
/* Collective; NULL is allowed. */
void nsr_comm_close(nsr_comm *comm);
/* Ends the processes of all ranks at once. Local; does not return. */
void nsr_comm_abort(const nsr_comm *comm, int code);

/* Local: this rank's number, the number of ranks, and whether this is rank 0. */
int nsr_rank(const nsr_comm *comm);
int nsr_ranks(const nsr_comm *comm);
bool nsr_is_root(const nsr_comm *comm);
/* The duplicate communicator, or MPI_COMM_NULL without MPI. Local. */
MPI_Comm nsr_comm_mpi(const nsr_comm *comm);

/* Gives every rank the error of the lowest rank that failed. Returns nsr_good(err). */
bool nsr_agree(const nsr_comm *comm, nsr_err *err);
/* After a step that the root alone takes: gives its error to all ranks, or copies `bytes` bytes at `data` (NULL for 0)
   from it. No other rank may have an error that the root has not. Cheaper than nsr_agree. Returns nsr_good(err). */
bool nsr_from_root(const nsr_comm *comm, void *data, size_t bytes, nsr_err *err);
/* Copies `bytes` bytes at `data` from the root to all ranks. */
void nsr_bcast(const nsr_comm *comm, void *data, size_t bytes);
/* Copies a string from the root: on other ranks `*text` is freed and replaced by a malloc'ed copy; NULL arrives as
   NULL. Fails on all ranks when one lacks memory. */
bool nsr_bcast_text(const nsr_comm *comm, char **text, nsr_err *err);
/* Sends `text` of rank `from` to the root, where `*got` becomes a malloc'ed copy (NULL arrives as an empty string).
   `*got` is not set on other ranks, and not on the root when `from` is the root. */
bool nsr_gather_text(const nsr_comm *comm, int from, const char *text, char **got, nsr_err *err);
/* Element-wise sum, minimum, maximum and bitwise or of `n` elements, in place; every rank gets the result. */
void nsr_sum_i64(const nsr_comm *comm, int64_t *values, int n);
void nsr_min_i64(const nsr_comm *comm, int64_t *values, int n);
void nsr_max_f64(const nsr_comm *comm, double *values, int n);
void nsr_or_bytes(const nsr_comm *comm, unsigned char *bytes, int n);
/* Returns once all ranks have called it. */
void nsr_barrier(const nsr_comm *comm);

/* Local: the number of ranks on this rank's node, and this rank's number among them. */
int nsr_node_ranks(const nsr_comm *comm);
int nsr_node_rank(const nsr_comm *comm);

/* How many ranks of this node have the same value. */
int nsr_node_equal(const nsr_comm *comm, uint64_t value);

/* A window of 64-bit words in memory that all ranks of a node share; private memory without MPI. */
typedef struct nsr_window {
    uint64_t *words;
    MPI_Win win;
    bool shared;
} nsr_window;
/* Opens a window of `count` words, all 0. Fails on all ranks when a node lacks memory (NSR_EINTERNAL). */
bool nsr_window_open(nsr_window *window, const nsr_comm *comm, size_t count, nsr_err *err);
/* Frees the window; also allowed after a failed open. Collective over the node. */
void nsr_window_close(nsr_window *window, const nsr_comm *comm);

#ifdef __cplusplus
}
#endif
#endif
