/* SPDX-License-Identifier: MIT */
/* Preloaded into the program by tests: writes down what it does to the files of a bundle, so that lib/power.py can take
   back what was not flushed, as a power failure does. In the environment:
     POWER_LOG    the log; a line for each call: create, write, rename, link, unlink, mkdir, rmdir, fsync, syncfs
     POWER_UNDER  only files below this directory
     POWER_KEEP   a directory for second names of files that lose their last one, on the same file system
     POWER_AT     the process ends before this flush, from 1 on */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REAL(result, name, ...)                                                                                        \
    static result (*real)(__VA_ARGS__);                                                                                \
    if (!real) real = (result(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static pthread_mutex_t mutex = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static int kept, flushes, log_fd = -1;

/* --- the log --- */

static void say(const char *format, ...) {
    char line[2 * PATH_MAX + 64];
    va_list args;
    REAL(ssize_t, "write", int, const void *, size_t);
    if (log_fd < 0) {
        int (*real_open)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
        log_fd = real_open(getenv("POWER_LOG"), O_WRONLY | O_CREAT | O_APPEND, 0666);
    }
    va_start(args, format);
    int n = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (real(log_fd, line, (size_t)n) != n) abort();
}

static bool watched(const char *path) {
    char full[PATH_MAX], here[PATH_MAX];
    const char *under = getenv("POWER_UNDER");
    if (path[0] == '/') return !strncmp(path, under, strlen(under));
    snprintf(full, sizeof full, "%.2000s/%.2000s", getcwd(here, sizeof here), path);
    return !strncmp(full, under, strlen(under));
}

static bool path_of(int fd, char path[PATH_MAX]) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    path[n > 0 ? n : 0] = 0;
    return n > 0 && watched(path);
}

static unsigned long number_of(int fd) {
    struct stat st;
    return fstat(fd, &st) ? 0 : (unsigned long)st.st_ino;
}

/* A second name for the file at `path`, for it to come back; "-" when there is none. */
static void keep(const char *path, char name[PATH_MAX]) {
    REAL(int, "link", const char *, const char *);
    snprintf(name, PATH_MAX, "%s/%d", getenv("POWER_KEEP"), kept++);
    if (real(path, name)) snprintf(name, PATH_MAX, "-");
}

/* --- calls --- */

static void note_open(int fd, int flags) {
    char path[PATH_MAX];
    if (fd >= 0 && flags & (O_CREAT | O_TRUNC) && path_of(fd, path)) say("create\t%lu\t%s\n", number_of(fd), path);
}

#define OPEN(name)                                                                                                     \
    int name(const char *path, int flags, ...) {                                                                       \
        REAL(int, #name, const char *, int, ...);                                                                      \
        va_list args;                                                                                                  \
        va_start(args, flags);                                                                                         \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;                                        \
        va_end(args);                                                                                                  \
        pthread_mutex_lock(&mutex);                                                                                    \
        bool had = access(path, F_OK) == 0;                                                                            \
        int fd = real(path, flags, mode), why = errno;                                                                 \
        if (!had || flags & O_TRUNC) note_open(fd, flags);                                                             \
        pthread_mutex_unlock(&mutex);                                                                                  \
        return errno = why, fd;                                                                                        \
    }
OPEN(open)
OPEN(open64)

static void note_write(int fd) {
    char path[PATH_MAX];
    struct stat st;
    if (path_of(fd, path) && !fstat(fd, &st)) say("write\t%lu\t%ld\n", (unsigned long)st.st_ino, (long)st.st_size);
}

#define WRITE(name, arguments, types, ...)                                                                             \
    ssize_t name types {                                                                                               \
        REAL(ssize_t, #name, __VA_ARGS__);                                                                             \
        pthread_mutex_lock(&mutex);                                                                                    \
        ssize_t done = real arguments;                                                                                 \
        int why = errno;                                                                                               \
        note_write(fd);                                                                                                \
        pthread_mutex_unlock(&mutex);                                                                                  \
        return errno = why, done;                                                                                      \
    }
WRITE(write, (fd, data, n), (int fd, const void *data, size_t n), int, const void *, size_t)
WRITE(pwrite, (fd, data, n, at), (int fd, const void *data, size_t n, off_t at), int, const void *, size_t, off_t)
WRITE(pwrite64, (fd, data, n, at), (int fd, const void *data, size_t n, off64_t at), int, const void *, size_t, off64_t)
WRITE(copy_file_range, (from, in, fd, out, n, flags),
      (int from, off64_t *in, int fd, off64_t *out, size_t n, unsigned flags), int, off64_t *, int, off64_t *, size_t,
      unsigned)

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    char name[PATH_MAX] = "-";
    pthread_mutex_lock(&mutex);
    if (watched(to)) keep(to, name);
    int failed = real(from, to), why = errno;
    if (!failed && watched(to)) say("rename\t%s\t%s\t%s\n", from, to, name);
    pthread_mutex_unlock(&mutex);
    return errno = why, failed;
}

int link(const char *from, const char *to) {
    REAL(int, "link", const char *, const char *);
    pthread_mutex_lock(&mutex);
    int failed = real(from, to), why = errno;
    if (!failed && watched(to)) say("link\t%s\n", to);
    pthread_mutex_unlock(&mutex);
    return errno = why, failed;
}

static int gone(const char *path, int (*real)(const char *)) {
    char name[PATH_MAX] = "-";
    pthread_mutex_lock(&mutex);
    struct stat st;
    bool folder = lstat(path, &st) == 0 && S_ISDIR(st.st_mode);
    if (watched(path) && !folder) keep(path, name);
    int failed = real(path), why = errno;
    if (!failed && watched(path)) say("%s\t%s\t%s\n", folder ? "rmdir" : "unlink", path, name);
    pthread_mutex_unlock(&mutex);
    return errno = why, failed;
}

#define GONE(name)                                                                                                     \
    int name(const char *path) {                                                                                       \
        REAL(int, #name, const char *);                                                                                \
        return gone(path, real);                                                                                       \
    }
GONE(unlink)
GONE(rmdir)
GONE(remove)

int mkdir(const char *path, mode_t mode) {
    REAL(int, "mkdir", const char *, mode_t);
    pthread_mutex_lock(&mutex);
    int failed = real(path, mode), why = errno;
    if (!failed && watched(path)) say("mkdir\t%s\n", path);
    pthread_mutex_unlock(&mutex);
    return errno = why, failed;
}

#define FLUSH(name)                                                                                                    \
    int name(int fd) {                                                                                                 \
        REAL(int, #name, int);                                                                                         \
        char path[PATH_MAX];                                                                                           \
        pthread_mutex_lock(&mutex);                                                                                    \
        bool ours = path_of(fd, path);                                                                                 \
        const char *at = getenv("POWER_AT");                                                                           \
        if (ours && ++flushes == (at ? atoi(at) : 0)) _exit(99);                                                       \
        int failed = real(fd), why = errno;                                                                            \
        if (ours && !failed) say(#name "\t%lu\t%s\n", number_of(fd), path);                                            \
        pthread_mutex_unlock(&mutex);                                                                                  \
        return errno = why, failed;                                                                                    \
    }
FLUSH(fsync)
FLUSH(syncfs)
