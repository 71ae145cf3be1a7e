/* SPDX-License-Identifier: MIT */
/* How the processes of a run were started. A launcher tells its processes by environment variables who they are, and
   each MPI understands some launchers only. A process of another one would be a run of its own, or die in MPI_Init with
   pages of text, so it is refused before. */
#include <dlfcn.h>
#include <glob.h>
#include <nsrender/command.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { FEWEST_FILES = 64, MOST_FILES = 65536 };

static bool has(const char *name) { return getenv(name) != NULL; }

static int number_of(const char *name, int otherwise) {
    const char *text = getenv(name);
    return text ? atoi(text) : otherwise;
}

/* --- the library --- */

typedef struct mpi_library {
    char text[MPI_MAX_LIBRARY_VERSION_STRING];
    bool open_mpi, mpich; /* MPICH and its descendants */
} mpi_library;

/* Allowed before MPI_Init. The text is cut to name and version. */
static mpi_library find_library(void) {
    mpi_library lib = {.text = ""};
    int n = 0;
    MPI_Get_library_version(lib.text, &n);
    lib.open_mpi = !strncmp(lib.text, "Open MPI", 8);
    lib.mpich = strstr(lib.text, "MPICH") || strstr(lib.text, "Intel(R) MPI");
    lib.text[strcspn(lib.text, ",\n")] = 0;
    char *colon = strchr(lib.text, ':'); /* of MPICH, and blanks or a tab behind it */
    if (colon) {
        const char *version = colon + 1 + strspn(colon + 1, " \t");
        *colon = ' ';
        memmove(colon + 1, version, strlen(version) + 1);
    }
    return lib;
}

/* 0: there is none, 1: none that speaks PMI-1 or PMI-2 of Slurm, 2: one that does */
static int look_for_plugins(const char *pattern, const char *folder) {
    char where[4200];
    glob_t found;
    int answer = 0;
    snprintf(where, sizeof where, pattern, folder);
    if (glob(where, 0, NULL, &found)) return 0;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *name = strrchr(found.gl_pathv[i], '/') + 1;
        bool pmi = !strncmp(name, "mca_pmix_s1", 11) || !strncmp(name, "mca_pmix_s2", 11);
        answer = pmi ? 2 : answer ? answer : 1;
    }
    globfree(&found);
    return answer;
}

/* Open MPI up to 4 may have plugins for the PMI libraries of Slurm. In doubt it has. */
static bool open_mpi_speaks_pmi(const mpi_library *lib) {
    Dl_info where;
    int version = 0;
    void *start = dlsym(RTLD_DEFAULT, "MPI_Init");
    if (sscanf(lib->text, "Open MPI v%d", &version) == 1 && version >= 5) return false;
    char *path = start && dladdr(start, &where) ? realpath(where.dli_fname, NULL) : NULL;
    if (!path) return true;
    *strrchr(path, '/') = 0;
    int plain = look_for_plugins("%s/openmpi*/mca_pmix_*.so", path);
    int nested = look_for_plugins("%s/openmpi*/lib/openmpi*/mca_pmix_*.so", path); /* Debian */
    free(path);
    return plain == 2 || nested == 2 || plain + nested == 0;
}

/* --- the launcher --- */

static bool by_open_mpi(void) { return has("OMPI_COMM_WORLD_SIZE"); }
static bool by_pmi_only(void) { return has("PMI_RANK") && !has("PMIX_RANK") && !by_open_mpi(); }
static bool by_any(void) { return by_open_mpi() || has("PMIX_RANK") || has("PMI_RANK"); }
/* Hydra, the mpiexec of MPICH and Intel MPI, also where it runs in a job of Slurm. */
static bool by_hydra(void) { return has("HYDI_CONTROL_FD") || has("MPI_LOCALNRANKS") || has("I_MPI_MPIRUN"); }
static bool by_slurm(void) { return has("SLURM_PROCID") && !by_hydra(); }

static bool understands_launcher(const mpi_library *lib) {
    if (lib->mpich) return !by_open_mpi();
    return !lib->open_mpi || !by_pmi_only() || has("FLUX_JOB_ID") || (by_slurm() && open_mpi_speaks_pmi(lib));
}

static int processes(void) {
    return by_open_mpi() ? number_of("OMPI_COMM_WORLD_SIZE", 1)
                         : number_of("PMI_SIZE", number_of("SLURM_STEP_NUM_TASKS", 1));
}

static bool refuse_launcher(const mpi_library *lib, nsr_err *err) {
    if (by_open_mpi())
        return nsr_fail(err, NSR_EUSAGE,
                        "the mpirun of Open MPI started %d processes, but this program is built with %s; use the "
                        "mpiexec of that",
                        processes(), lib->text);
    if (by_slurm())
        return nsr_fail(err, NSR_EUSAGE,
                        "srun started %d processes by PMI-1 or PMI-2, but this program is built with %s, which speaks "
                        "PMIx; use srun --mpi=pmix (srun --mpi=list shows what there is)",
                        processes(), lib->text);
    return nsr_fail(err, NSR_EUSAGE,
                    "the mpiexec of MPICH or Intel MPI started %d processes, but this program is built with %s; use "
                    "the mpirun of that",
                    processes(), lib->text);
}

/* srun without an MPI plugin starts N processes that know nothing of each other. */
static bool refuse_copies(nsr_err *err) {
    return nsr_fail(err, NSR_EUSAGE,
                    "srun started %d separate copies that do not know each other; use srun --mpi=pmix (srun --mpi=list "
                    "shows what there is)",
                    number_of("SLURM_STEP_NUM_TASKS", 0));
}

/* --- open files --- */

/* Ranks on other nodes, as far as the launcher tells. */
static int far_ranks(void) {
    if (number_of("SLURM_STEP_NUM_NODES", 2) == 1) return 0;
    return processes() - number_of("OMPI_COMM_WORLD_LOCAL_SIZE", 0);
}

/* MPI needs some twenty open files, and over TCP one for each rank on another node. Which network it has is not known
   before MPI_Init, so the latter is a warning. */
static bool raise_file_limit(nsr_launch *launch, nsr_err *err) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit)) return true;
    const rlim_t most = limit.rlim_max < MOST_FILES ? limit.rlim_max : MOST_FILES;
    if (limit.rlim_cur < most) {
        limit.rlim_cur = most;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    const int need = FEWEST_FILES + far_ranks();
    const unsigned long long may = limit.rlim_cur;
    if (may < FEWEST_FILES)
        return nsr_fail(err, NSR_EUSAGE, "only %llu files may be open here (ulimit -n); MPI and a run need %d or more",
                        may, FEWEST_FILES);
    if (may < (unsigned long long)need)
        snprintf(launch->warning, sizeof launch->warning,
                 "only %llu files may be open here (ulimit -n): a network of TCP needs one for each of %d ranks on "
                 "other nodes, %d in all",
                 may, far_ranks(), need);
    return true;
}

/* --- all together --- */

static bool is_first(void) {
    return number_of("PMI_RANK", 0) == 0 && number_of("SLURM_PROCID", 0) == 0 &&
           number_of("OMPI_COMM_WORLD_RANK", 0) == 0;
}

/* A launcher may end all processes when the first of them fails, which must not be a silent one. */
static void let_the_first_speak(void) { nanosleep(&(struct timespec){.tv_sec = 1}, NULL); }

bool nsr_launch_find(nsr_launch *launch, bool shares, nsr_err *err) {
    *launch = (nsr_launch){.mpi = by_any(), .speaks = true};
    if (by_any()) {
        const mpi_library lib = find_library();
        launch->mpi = understands_launcher(&lib);
        if (!launch->mpi && processes() > 1) refuse_launcher(&lib, err);
    } else if (number_of("SLURM_STEP_NUM_TASKS", 0) > 1 && !shares) {
        refuse_copies(err);
    }
    if (launch->mpi && nsr_good(err)) raise_file_limit(launch, err);
    launch->mpi = launch->mpi && nsr_good(err);
    if (nsr_good(err) || is_first()) return nsr_good(err);
    launch->speaks = false;
    let_the_first_speak();
    return false;
}
