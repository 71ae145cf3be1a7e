/* SPDX-License-Identifier: MIT */
/* Preloaded into the program by tests: makes the k-th matching system call fail, come short, or end the process, and
   counts. What to do stands in the environment:
     SHIM_CALLS  names, separated by commas: open fopen opendir write pwrite copy read pread fsync syncfs rename
                 renameat2 link unlink remove mkdir close ftruncate
                 fallocate kill encode fsyncdir (fsync of a directory)
                 opentmp (open of a nameless file) flock
     SHIM_PATH   the path must hold this text (a file descriptor's path is asked of /proc); not given: any
     SHIM_LEAST  reads and writes of at least so many bytes; not given: all
     SHIM_RANK   only on this rank of Open MPI; `others`: on all but the root; not given: on all
     SHIM_AT     which matching call of the process, from 1 on; 0: none, only count
     SHIM_MANY   also all later ones
     SHIM_DO     errno by name (ENOSPC, EIO, ...), `short` (half of a read or write), `exit` (end at once, before the
                 call), `nap` (before the call), `late` (rename and link: done, and then EEXIST), `other` (open:
                 PATH.other instead of PATH, as another node may see another version of a file), `lose` (copy: nothing
                 is written, as if another node had written the page over)
     SHIM_MS     milliseconds of a nap; not given: 50
     SHIM_KERNEL the release that uname tells
     SHIM_LOG    at the end of the process a line `calls bytes-read` is added to this file */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

static atomic_long calls, bytes_read;

static const char *setting(const char *name) {
    const char *text = getenv(name);
    return text && *text ? text : NULL;
}

static bool listed(const char *list, const char *name) {
    size_t n = strlen(name);
    for (const char *at = list; at && (at = strstr(at, name)); at += n)
        if ((at == list || at[-1] == ',') && (at[n] == 0 || at[n] == ',')) return true;
    return false;
}

static bool this_rank(void) {
    const char *want = setting("SHIM_RANK"), *have = getenv("OMPI_COMM_WORLD_RANK");
    if (want && !strcmp(want, "others")) return have && atoi(have) > 0;
    return !want || (have && atoi(want) == atoi(have));
}

static int errno_named(const char *name) {
    static const struct { const char *name; int number;
    } known[] = {{"ENOSPC", ENOSPC}, {"EIO", EIO},       {"EACCES", EACCES}, {"EROFS", EROFS},   {"EDQUOT", EDQUOT},
                 {"EINTR", EINTR},   {"ESTALE", ESTALE}, {"ENOENT", ENOENT}, {"EMFILE", EMFILE}, {"EAGAIN", EAGAIN},
                 {"EPERM", EPERM},   {"ENOSYS", ENOSYS}, {"EBADF", EBADF},   {"EMLINK", EMLINK}, {"ENOTSUP", ENOTSUP}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name)) return known[i].number;
    return EINVAL;
}

typedef enum { PASS, FAIL, SHORT, LATE, OTHER, LOSE } verdict;

static void nap(void) {
    const char *ms = setting("SHIM_MS");
    long n = ms ? atol(ms) : 50;
    nanosleep(&(struct timespec){.tv_sec = n / 1000, .tv_nsec = n % 1000 * 1000000}, NULL);
}

/* Only calls that match are counted, so that `the third write of a video part` means the same in every run. */
static verdict judge(const char *call, const char *path) {
    const char *wanted = setting("SHIM_PATH"), *at = setting("SHIM_AT"), *what = setting("SHIM_DO");
    if (!listed(setting("SHIM_CALLS"), call) || (wanted && !(path && strstr(path, wanted))) || !this_rank())
        return PASS;
    long number = atomic_fetch_add(&calls, 1) + 1, k = at ? atol(at) : 0;
    if (!k || !what || number < k || (number > k && !setting("SHIM_MANY"))) return PASS;
    if (!strcmp(what, "exit")) _exit(99);
    if (!strcmp(what, "short")) return SHORT;
    if (!strcmp(what, "late")) return LATE;
    if (!strcmp(what, "other")) return OTHER;
    if (!strcmp(what, "lose")) return LOSE;
    if (!strcmp(what, "nap")) return nap(), PASS;
    errno = errno_named(what);
    return FAIL;
}

static const char *path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = 0;
    return path;
}

static verdict judge_fd(const char *call, int fd) {
    char path[PATH_MAX];
    if (!listed(setting("SHIM_CALLS"), call)) return PASS;
    return judge(call, path_of(fd, path));
}

static verdict judge_bytes(const char *call, int fd, size_t bytes) {
    const char *least = setting("SHIM_LEAST");
    return least && bytes < (size_t)atol(least) ? PASS : judge_fd(call, fd);
}

__attribute__((destructor)) static void report(void) {
    const char *log = setting("SHIM_LOG");
    char line[64];
    if (!log) return;
    int n = snprintf(line, sizeof line, "%ld %ld\n", atomic_load(&calls), atomic_load(&bytes_read));
    int (*real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    ssize_t (*real_write)(int, const void *, size_t) = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    int fd = real_open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (fd >= 0 && real_write(fd, line, (size_t)n) == n) close(fd);
}

/* The function behind ours. */
#define REAL(result, name, ...)                                                                                        \
    static result (*real)(__VA_ARGS__);                                                                                \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static mode_t mode_of(int flags, va_list args) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0; }

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        REAL(int, #name, const char *, int, ...);                                                                      \
        va_list args;                                                                                                  \
        va_start(args, flags);                                                                                         \
        mode_t mode = mode_of(flags, args);                                                                            \
        va_end(args);                                                                                                  \
        char other[PATH_MAX];                                                                                          \
        bool nameless = (flags & O_TMPFILE) == O_TMPFILE;                                                              \
        verdict v = judge(nameless ? "opentmp" : "open", path);                                                        \
        snprintf(other, sizeof other, "%s.other", path);                                                               \
        return v == PASS || v == OTHER ? real(v == OTHER ? other : path, flags, mode) : -1;                            \
    }
OPEN(open)
OPEN(open64)

/* The path of a file in a directory that is given by descriptor: both together. */
static verdict judge_at(const char *call, int dir, const char *name) {
    char path[2 * PATH_MAX];
    if (!listed(setting("SHIM_CALLS"), call)) return PASS;
    if (dir == AT_FDCWD || name[0] == '/') return judge(call, name);
    path_of(dir, path);
    strncat(path, "/", 2);
    strncat(path, name, PATH_MAX - 1);
    return judge(call, path);
}

#define OPENAT(name)                                                                                                   \
    int name(int dir, const char *path, int flags, ...) {                                                              \
        REAL(int, #name, int, const char *, int, ...);                                                                 \
        va_list args;                                                                                                  \
        va_start(args, flags);                                                                                         \
        mode_t mode = mode_of(flags, args);                                                                            \
        va_end(args);                                                                                                  \
        return judge_at("open", dir, path) == PASS ? real(dir, path, flags, mode) : -1;                                \
    }
OPENAT(openat)
OPENAT(openat64)

ssize_t write(int fd, const void *data, size_t bytes) {
    REAL(ssize_t, "write", int, const void *, size_t);
    verdict v = judge_bytes("write", fd, bytes);
    return v == FAIL ? -1 : real(fd, data, v == SHORT && bytes > 1 ? bytes / 2 : bytes);
}

#define PWRITE(name, offset_type)                                                                                      \
    ssize_t name(int fd, const void *data, size_t bytes, offset_type offset) {                                         \
        REAL(ssize_t, #name, int, const void *, size_t, offset_type);                                                  \
        verdict v = judge_bytes("pwrite", fd, bytes);                                                                  \
        return v == FAIL ? -1 : real(fd, data, v == SHORT && bytes > 1 ? bytes / 2 : bytes, offset);                   \
    }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

static ssize_t counted(int fd, ssize_t n) {
    char path[PATH_MAX];
    const char *wanted = setting("SHIM_PATH");
    if (n > 0 && setting("SHIM_LOG") && wanted && strstr(path_of(fd, path), wanted)) atomic_fetch_add(&bytes_read, n);
    return n;
}

ssize_t read(int fd, void *data, size_t bytes) {
    REAL(ssize_t, "read", int, void *, size_t);
    verdict v = judge_bytes("read", fd, bytes);
    return v == FAIL ? -1 : counted(fd, real(fd, data, v == SHORT && bytes > 1 ? bytes / 2 : bytes));
}

#define PREADV2(name, offset_type)                                                                                     \
    ssize_t name(int fd, const struct iovec *to, int n, offset_type offset, int flags) {                               \
        REAL(ssize_t, #name, int, const struct iovec *, int, offset_type, int);                                        \
        return judge_fd("preadv2", fd) == FAIL ? -1 : real(fd, to, n, offset, flags);                                  \
    }
PREADV2(preadv2, off_t)
PREADV2(preadv64v2, off64_t)

#define PREAD(name, offset_type)                                                                                       \
    ssize_t name(int fd, void *data, size_t bytes, offset_type offset) {                                               \
        REAL(ssize_t, #name, int, void *, size_t, offset_type);                                                        \
        verdict v = judge_bytes("pread", fd, bytes);                                                                   \
        return v == FAIL ? -1 : counted(fd, real(fd, data, v == SHORT && bytes > 1 ? bytes / 2 : bytes, offset));      \
    }
PREAD(pread, off_t)
PREAD(pread64, off64_t)

static size_t total(const struct iovec *vectors, int n) {
    size_t bytes = 0;
    for (int i = 0; i < n; i++) bytes += vectors[i].iov_len;
    return bytes;
}

#define PREADV(name, offset_type)                                                                                      \
    ssize_t name(int fd, const struct iovec *vectors, int n, offset_type offset) {                                     \
        REAL(ssize_t, #name, int, const struct iovec *, int, offset_type);                                             \
        bool fail = judge_bytes("pread", fd, total(vectors, n)) == FAIL;                                               \
        return fail ? -1 : counted(fd, real(fd, vectors, n, offset));                                                  \
    }
PREADV(preadv, off_t)
PREADV(preadv64, off64_t)

#define OF_FD(name)                                                                                                    \
    int name(int fd) {                                                                                                 \
        REAL(int, #name, int);                                                                                         \
        return judge_fd(#name, fd) == PASS ? real(fd) : -1;                                                            \
    }
OF_FD(syncfs)
OF_FD(close)

int flock(int fd, int how) {
    REAL(int, "flock", int, int);
    return judge_fd("flock", fd) == PASS ? real(fd, how) : -1;
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    struct stat st;
    bool dir = fstat(fd, &st) == 0 && S_ISDIR(st.st_mode);
    return judge_fd("fsync", fd) == PASS && (!dir || judge_fd("fsyncdir", fd) == PASS) ? real(fd) : -1;
}

#define FTRUNCATE(name, offset_type)                                                                                   \
    int name(int fd, offset_type length) {                                                                             \
        REAL(int, #name, int, offset_type);                                                                            \
        return judge_fd("ftruncate", fd) == PASS ? real(fd, length) : -1;                                              \
    }
FTRUNCATE(ftruncate, off_t)
FTRUNCATE(ftruncate64, off64_t)

#define FALLOCATE(name, offset_type)                                                                                   \
    int name(int fd, int mode, offset_type offset, offset_type length) {                                               \
        REAL(int, #name, int, int, offset_type, offset_type);                                                          \
        return judge_fd("fallocate", fd) == PASS ? real(fd, mode, offset, length) : -1;                                \
    }
FALLOCATE(fallocate, off_t)
FALLOCATE(fallocate64, off64_t)

#define OF_TWO_PATHS(name)                                                                                             \
    int name(const char *from, const char *to) {                                                                       \
        REAL(int, #name, const char *, const char *);                                                                  \
        verdict v = judge(#name, to);                                                                                  \
        int result = v == PASS || v == LATE ? real(from, to) : -1;                                                     \
        return v == LATE ? errno = EEXIST, -1 : result;                                                                \
    }
OF_TWO_PATHS(rename)
OF_TWO_PATHS(link)

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    return judge("renameat2", to) == PASS ? real(from_dir, from, to_dir, to, flags) : -1;
}

FILE *fopen(const char *path, const char *mode) {
    REAL(FILE *, "fopen", const char *, const char *);
    return judge("fopen", path) == PASS ? real(path, mode) : NULL;
}

DIR *opendir(const char *path) {
    REAL(DIR *, "opendir", const char *);
    return judge("opendir", path) == PASS ? real(path) : NULL;
}

int scandir(const char *path, struct dirent ***list, int (*filter)(const struct dirent *),
            int (*order)(const struct dirent **, const struct dirent **)) {
    REAL(int, "scandir", const char *, struct dirent ***, int (*)(const struct dirent *),
         int (*)(const struct dirent **, const struct dirent **));
    return judge("opendir", path) == PASS ? real(path, list, filter, order) : -1;
}

/* SHIM_KERNEL is the release of the system. */
int uname(struct utsname *system) {
    REAL(int, "uname", struct utsname *);
    int failed = real(system);
    if (!failed && setting("SHIM_KERNEL"))
        snprintf(system->release, sizeof system->release, "%s", setting("SHIM_KERNEL"));
    return failed;
}

/* The path is that of the process in /proc. */
int kill(pid_t pid, int number) {
    REAL(int, "kill", pid_t, int);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    return judge("kill", path) == PASS ? real(pid, number) : -1;
}

/* Joined files are made by this where the system can; the path is that of the target. */
ssize_t copy_file_range(int from, off64_t *in, int to, off64_t *out, size_t bytes, unsigned flags) {
    REAL(ssize_t, "copy_file_range", int, off64_t *, int, off64_t *, size_t, unsigned);
    verdict v = judge_bytes("copy", to, bytes);
    if (v == LOSE) return (ssize_t)bytes;
    return v == FAIL ? -1 : real(from, in, to, out, v == SHORT && bytes > 1 ? bytes / 2 : bytes, flags);
}

/* The video encoder's door. */
int avcodec_send_frame(void *context, const void *frame) {
    REAL(int, "avcodec_send_frame", void *, const void *);
    return judge("encode", "") == PASS ? real(context, frame) : -EIO;
}

#define OF_ONE_PATH(name)                                                                                              \
    int name(const char *path) {                                                                                       \
        REAL(int, #name, const char *);                                                                                \
        return judge(#name, path) == PASS ? real(path) : -1;                                                           \
    }
OF_ONE_PATH(unlink)
OF_ONE_PATH(remove)

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    return judge("mkdir", path) == PASS ? real(path, mode) : -1;
}
