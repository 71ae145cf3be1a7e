/* SPDX-License-Identifier: MIT */
/* Communication of the ranks. Who waits naps. All calls also work without MPI, so that a program started without mpirun
   need not initialise it (MPI_Init of a single process takes half a second). */
#include <nsrender/comm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

struct nsr_comm {
    MPI_Comm all, node; /* MPI_COMM_NULL without MPI */
    int rank, size, node_rank, node_size;
};

static bool is_alone(const nsr_comm *comm) { return comm->all == MPI_COMM_NULL; }

nsr_comm *nsr_comm_open_alone(void) {
    nsr_comm *comm = calloc(1, sizeof *comm);
    if (!comm) return NULL;
    comm->all = comm->node = MPI_COMM_NULL;
    comm->size = comm->node_size = 1;
    return comm;
}

nsr_comm *nsr_comm_open(MPI_Comm mpi) {
    nsr_comm *comm = calloc(1, sizeof *comm);
    if (!comm || MPI_Comm_dup(mpi, &comm->all) != MPI_SUCCESS) {
        free(comm);
        return NULL;
    }
    MPI_Comm_rank(comm->all, &comm->rank);
    MPI_Comm_size(comm->all, &comm->size);
    MPI_Comm_split_type(comm->all, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &comm->node);
    MPI_Comm_rank(comm->node, &comm->node_rank);
    MPI_Comm_size(comm->node, &comm->node_size);
    return comm;
}

void nsr_comm_close(nsr_comm *comm) {
    if (!comm) return;
    if (!is_alone(comm)) {
        MPI_Comm_free(&comm->node);
        MPI_Comm_free(&comm->all);
    }
    free(comm);
}

/* --- collectives, in which a rank may wait for minutes while others read or join --- */

static const double SPIN = 0.001, NAP = 50e-6, LONGEST_NAP = 0.005; /* seconds */

/* MPI's own waiting keeps a core busy that other ranks, or other jobs of the node, could use. */
static void wait_napping(MPI_Request *request) {
    int done = 0;
    double nap = NAP;
    const double start = MPI_Wtime();
    while (MPI_Test(request, &done, MPI_STATUS_IGNORE) == MPI_SUCCESS && !done) {
        if (MPI_Wtime() - start < SPIN) continue;
        nanosleep(&(struct timespec){0, (long)(1e9 * nap)}, NULL);
        nap = 2 * nap < LONGEST_NAP ? 2 * nap : LONGEST_NAP;
    }
}

static void reduce(const nsr_comm *comm, const void *own, void *result, int n, MPI_Datatype type, MPI_Op op) {
    MPI_Request request;
    MPI_Iallreduce(own, result, n, type, op, comm->all, &request);
    wait_napping(&request);
}

static void broadcast(const nsr_comm *comm, void *data, int bytes, int from) {
    MPI_Request request;
    MPI_Ibcast(data, bytes, MPI_BYTE, from, comm->all, &request);
    wait_napping(&request);
}

static void wait_at(MPI_Comm mpi) {
    MPI_Request request;
    MPI_Ibarrier(mpi, &request);
    wait_napping(&request);
}

void nsr_comm_abort(const nsr_comm *comm, int code) {
    if (!is_alone(comm)) MPI_Abort(comm->all, code);
    _exit(code);
}

int nsr_rank(const nsr_comm *comm) { return comm->rank; }
int nsr_ranks(const nsr_comm *comm) { return comm->size; }
bool nsr_is_root(const nsr_comm *comm) { return comm->rank == 0; }
MPI_Comm nsr_comm_mpi(const nsr_comm *comm) { return comm->all; }
int nsr_node_ranks(const nsr_comm *comm) { return comm->node_size; }
int nsr_node_rank(const nsr_comm *comm) { return comm->node_rank; }

static int count_equal(const uint64_t *all, int n, uint64_t value) {
    int equal = 0;
    for (int i = 0; i < n; i++)
        equal += all[i] == value;
    return equal;
}

/* The first rank of the node counts for all, so that the bytes grow with the ranks and not with their square. */
static void count_on_first(const nsr_comm *comm, uint64_t value, int *equal) {
    const int n = comm->node_size;
    uint64_t *all = malloc((size_t)n * sizeof *all);
    int *counts = malloc((size_t)n * sizeof *counts);
    if (!all || !counts) nsr_comm_abort(comm, NSR_EINTERNAL);
    MPI_Gather(&value, 1, MPI_UINT64_T, all, 1, MPI_UINT64_T, 0, comm->node);
    for (int i = 0; i < n; i++)
        counts[i] = count_equal(all, n, all[i]);
    MPI_Scatter(counts, 1, MPI_INT, equal, 1, MPI_INT, 0, comm->node);
    free(all);
    free(counts);
}

int nsr_node_equal(const nsr_comm *comm, uint64_t value) {
    int equal = 1;
    if (is_alone(comm)) return equal;
    if (comm->node_rank == 0) {
        count_on_first(comm, value, &equal);
    } else {
        MPI_Gather(&value, 1, MPI_UINT64_T, NULL, 0, MPI_UINT64_T, 0, comm->node);
        MPI_Scatter(NULL, 0, MPI_INT, &equal, 1, MPI_INT, 0, comm->node);
    }
    return equal;
}

bool nsr_agree(const nsr_comm *comm, nsr_err *err) {
    if (!is_alone(comm)) {
        int mine = nsr_good(err) ? comm->size : comm->rank, first = comm->size;
        reduce(comm, &mine, &first, 1, MPI_INT, MPI_MIN);
        if (first == comm->size) return true;
        if (first == comm->rank) err->rank = first;
        broadcast(comm, err, (int)sizeof *err, first);
    }
    return nsr_good(err);
}

void nsr_bcast(const nsr_comm *comm, void *data, size_t bytes) {
    enum { PIECE = 1 << 30 }; /* MPI counts are int */
    for (size_t done = 0; !is_alone(comm) && done < bytes;) {
        size_t n = bytes - done < PIECE ? bytes - done : PIECE;
        broadcast(comm, (char *)data + done, (int)n, 0);
        done += n;
    }
}

bool nsr_from_root(const nsr_comm *comm, void *data, size_t bytes, nsr_err *err) {
    bool failed = !nsr_good(err);
    nsr_bcast(comm, &failed, sizeof failed);
    nsr_bcast(comm, failed ? (void *)err : data, failed ? sizeof *err : bytes);
    return !failed;
}

bool nsr_bcast_text(const nsr_comm *comm, char **text, nsr_err *err) {
    int64_t bytes = nsr_is_root(comm) && *text ? (int64_t)strlen(*text) + 1 : 0;
    nsr_bcast(comm, &bytes, sizeof bytes);
    if (!nsr_is_root(comm)) {
        free(*text);
        *text = bytes ? malloc((size_t)bytes) : NULL;
        if (bytes && !*text)
            nsr_fail(err, NSR_EINTERNAL, "out of memory for %lld bytes from the root", (long long)bytes);
    }
    if (!bytes) return true;
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, *text, (size_t)bytes);
    return true;
}

static void receive_text(const nsr_comm *comm, int from, char **got, nsr_err *err) {
    MPI_Status status;
    int bytes = 0;
    MPI_Probe(from, 1, comm->all, &status);
    MPI_Get_count(&status, MPI_BYTE, &bytes);
    *got = calloc((size_t)bytes + 1, 1);
    if (*got)
        MPI_Recv(*got, bytes, MPI_BYTE, from, 1, comm->all, MPI_STATUS_IGNORE);
    else
        nsr_fail(err, NSR_EINTERNAL, "out of memory for %d bytes from rank %d", bytes, from);
}

bool nsr_gather_text(const nsr_comm *comm, int from, const char *text, char **got, nsr_err *err) {
    if (is_alone(comm) || from == 0) return true;
    if (comm->rank == from)
        MPI_Send(text ? text : "", text ? (int)strlen(text) : 0, MPI_BYTE, 0, 1, comm->all);
    else if (comm->rank == 0)
        receive_text(comm, from, got, err);
    return nsr_agree(comm, err);
}

void nsr_sum_i64(const nsr_comm *comm, int64_t *values, int n) {
    if (!is_alone(comm)) reduce(comm, MPI_IN_PLACE, values, n, MPI_INT64_T, MPI_SUM);
}

void nsr_min_i64(const nsr_comm *comm, int64_t *values, int n) {
    if (!is_alone(comm)) reduce(comm, MPI_IN_PLACE, values, n, MPI_INT64_T, MPI_MIN);
}

void nsr_max_f64(const nsr_comm *comm, double *values, int n) {
    if (!is_alone(comm)) reduce(comm, MPI_IN_PLACE, values, n, MPI_DOUBLE, MPI_MAX);
}

void nsr_or_bytes(const nsr_comm *comm, unsigned char *bytes, int n) {
    if (!is_alone(comm)) reduce(comm, MPI_IN_PLACE, bytes, n, MPI_BYTE, MPI_BOR);
}

void nsr_barrier(const nsr_comm *comm) {
    if (!is_alone(comm)) wait_at(comm->all);
}

static bool fail_shared(size_t bytes, nsr_err *err) {
    return nsr_fail(err, NSR_EINTERNAL,
                    "no shared memory window of %zu bytes on this node: /dev/shm is full or too small; make room there "
                    "(in a container: --shm-size)",
                    bytes);
}

/* Open MPI keeps the window in a file, which its first rank makes. Where that fails, the other ranks wait for ever. */
static bool room_for_window(const nsr_comm *comm, size_t bytes) {
    enum { RANK = 512 }; /* bytes beside the words, and a bit for each pair of ranks */
    const char *folder = getenv("OMPI_MCA_osc_sm_backing_directory");
    struct statvfs disk;
    size_t ranks = (size_t)comm->node_size, needed = bytes + (size_t)sysconf(_SC_PAGESIZE) + ranks * (RANK + ranks / 8);
    if (comm->node_rank != 0 || ranks == 1 || statvfs(folder ? folder : "/dev/shm", &disk)) return true;
    return (double)disk.f_bavail * (double)disk.f_frsize >= (double)needed;
}

/* The first rank of the node allocates all words, so that the ranks share one contiguous array. */
static bool share_window(nsr_window *window, const nsr_comm *comm, size_t count, nsr_err *err) {
    MPI_Aint bytes = comm->node_rank == 0 ? (MPI_Aint)(count * sizeof *window->words) : 0;
    int segment;
    if (!room_for_window(comm, count * sizeof *window->words)) fail_shared(count * sizeof *window->words, err);
    if (!nsr_agree(comm, err)) return false;
    MPI_Comm_set_errhandler(comm->node, MPI_ERRORS_RETURN); /* else MPI ends the process with words of its own */
    if (MPI_Win_allocate_shared(bytes, 1, MPI_INFO_NULL, comm->node, (void *)&window->words, &window->win))
        fail_shared(count * sizeof *window->words, err);
    MPI_Comm_set_errhandler(comm->node, MPI_ERRORS_ARE_FATAL);
    if (nsr_good(err) && MPI_Win_shared_query(window->win, 0, &bytes, &segment, (void *)&window->words))
        fail_shared(count * sizeof *window->words, err);
    if (!nsr_agree(comm, err)) return false;
    window->shared = true;
    if (comm->node_rank == 0) memset(window->words, 0, count * sizeof *window->words);
    wait_at(comm->node);
    return true;
}

bool nsr_window_open(nsr_window *window, const nsr_comm *comm, size_t count, nsr_err *err) {
    *window = (nsr_window){.win = MPI_WIN_NULL};
    if (!is_alone(comm)) return share_window(window, comm, count, err);
    window->words = calloc(count, sizeof *window->words);
    return window->words || nsr_fail(err, NSR_EINTERNAL, "out of memory for the queue");
}

void nsr_window_close(nsr_window *window, const nsr_comm *comm) {
    if (window->shared && !is_alone(comm))
        MPI_Win_free(&window->win);
    else
        free(window->words);
    *window = (nsr_window){.win = MPI_WIN_NULL};
}
