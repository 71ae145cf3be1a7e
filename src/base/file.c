/* SPDX-License-Identifier: MIT */
/* Files that appear whole or not at all. The stream is buffered here, because stdio hides which write failed. */
#include <errno.h>
#include <fcntl.h>
#include <nsrender/file.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER = 1 << 18 };

bool nsr_path(char out[NSR_PATH], nsr_err *err, const char *fmt, ...) {
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(out, NSR_PATH, fmt, args);
    va_end(args);
    return n >= 0 && n < NSR_PATH ? true
                                  : nsr_fail(err, NSR_EUSAGE, "path longer than %d bytes: %.200s...", NSR_PATH, out);
}

static void parent_of(const char *path, char out[NSR_PATH]) {
    snprintf(out, NSR_PATH, "%s", path);
    char *slash = strrchr(out, '/');
    if (!slash)
        strcpy(out, ".");
    else
        slash[slash == out] = 0;
}

static bool temp_name(nsr_file *file, const char *run, nsr_err *err) {
    if (!run) return nsr_path(file->temp, err, "%s", file->path);
    const char *slash = strrchr(file->path, '/');
    int dir = slash ? (int)(slash - file->path) + 1 : 0;
    return nsr_path(file->temp, err, "%.*s.%s.tmp-%s", dir, file->path, file->path + dir, run);
}

bool nsr_file_create(nsr_file *file, const char *path, const char *run, nsr_err *err) {
    *file = (nsr_file){.fd = -1};
    if (!nsr_path(file->path, err, "%s", path) || !temp_name(file, run, err)) return false;
    file->hash = nsr_hash_open();
    file->buffer = malloc(BUFFER);
    if (!file->hash || !file->buffer)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for writing %s", path);
    else if ((file->fd = open(file->temp, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)) < 0)
        nsr_fail_io(err, NSR_ECREATE, "create", file->temp);
    if (!nsr_good(err)) nsr_file_drop(file);
    return nsr_good(err);
}

static bool write_all(int fd, const void *data, size_t bytes, const char *path, nsr_err *err) {
    for (const char *at = data; bytes;) {
        ssize_t n = write(fd, at, bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return nsr_fail_io(err, NSR_EIO, "write", path);
        at += n;
        bytes -= (size_t)n;
    }
    return true;
}

static bool flush(nsr_file *file, nsr_err *err) {
    size_t n = file->fill;
    file->fill = 0;
    return !n || write_all(file->fd, file->buffer, n, file->path, err);
}

bool nsr_file_write(nsr_file *file, const void *data, size_t bytes, nsr_err *err) {
    nsr_hash_add(file->hash, data, bytes);
    file->bytes += (int64_t)bytes;
    if (file->fill + bytes > BUFFER && !flush(file, err)) return false;
    if (bytes >= BUFFER) return write_all(file->fd, data, bytes, file->path, err);
    memcpy(file->buffer + file->fill, data, bytes);
    file->fill += bytes;
    return true;
}

static bool sync_parent(const char *path, nsr_err *err) {
    char dir[NSR_PATH];
    parent_of(path, dir);
    return nsr_sync_dir(dir, err);
}

static bool close_file(nsr_file *file, nsr_err *err) {
    int fd = file->fd;
    file->fd = -1;
    return close(fd) ? nsr_fail_io(err, NSR_EIO, "close", file->path) : true;
}

static bool put_into_place(nsr_file *file, nsr_err *err) {
    if (file->temp[0] && strcmp(file->temp, file->path) && rename(file->temp, file->path))
        return nsr_fail_io(err, NSR_EIO, "rename into place", file->path);
    file->temp[0] = 0;
    return true;
}

bool nsr_file_commit(nsr_file *file, char hash[NSR_HASH_CHARS], nsr_err *err) {
    if (!flush(file, err) || !nsr_leave_to_flush(file->fd, file->path, err) || !close_file(file, err) ||
        !put_into_place(file, err))
        return false;
    if (hash) nsr_hash_text(file->hash, hash);
    nsr_file_drop(file);
    return true;
}

bool nsr_file_settle(nsr_file *file, char hash[NSR_HASH_CHARS], nsr_err *err) {
    if (!flush(file, err) || !nsr_leave_to_flush(file->fd, file->path, err)) return false;
    file->temp[0] = 0;
    nsr_hash_text(file->hash, hash);
    return true;
}

static bool commit_durably(nsr_file *file, bool (*sync)(int, const char *, nsr_err *), nsr_err *err) {
    return flush(file, err) && sync(file->fd, file->path, err) && close_file(file, err) && put_into_place(file, err) &&
           sync_parent(file->path, err);
}

void nsr_file_drop(nsr_file *file) {
    if (file->fd >= 0) close(file->fd);
    if (file->temp[0]) unlink(file->temp);
    nsr_hash_close(file->hash);
    free(file->buffer);
    *file = (nsr_file){.fd = -1};
}

/* For file systems without links, and at last without RENAME_NOREPLACE, where the name is empty for a moment. */
static int rename_new(const char *temp, const char *path) {
    if (renameat2(AT_FDCWD, temp, AT_FDCWD, path, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS && errno != ENOTSUP) return errno;
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0) return errno;
    close(fd);
    return rename(temp, path) ? errno : 0;
}

/* link(2) fails for an existing name, so it names a whole file exclusively in one atomic step. Over NFS the answer may
   be lost and the repeated call may find its own link: two names mean that it succeeded. */
int nsr_name_file(const char *temp, const char *path) {
    struct stat st;
    if (link(temp, path) == 0) return 0;
    int failed = errno;
    if (stat(temp, &st) == 0 && st.st_nlink == 2) return 0;
    bool no_links = failed == EPERM || failed == ENOTSUP || failed == ENOSYS || failed == EMLINK;
    return no_links ? rename_new(temp, path) : failed;
}

static bool commit_new(nsr_file *file, nsr_err *err) {
    if (!flush(file, err) || !nsr_flush_all(file->fd, file->path, err) || !close_file(file, err)) return false;
    errno = nsr_name_file(file->temp, file->path);
    if (errno == EEXIST) return nsr_fail(err, NSR_EMISMATCH, "%s: exists already", file->path);
    return errno ? nsr_fail_io(err, NSR_EIO, "link into place", file->path) : true;
}

static bool commit_as(nsr_file *file, nsr_put_how how, nsr_err *err) {
    switch (how) {
    case NSR_PUT_NEW: return commit_new(file, err);
    case NSR_PUT_DURABLY: return commit_durably(file, nsr_sync_file, err);
    case NSR_PUT_LAST: return commit_durably(file, nsr_flush_all, err);
    default: return nsr_file_commit(file, NULL, err);
    }
}

bool nsr_file_put(const char *path, const void *data, size_t bytes, const char *run, nsr_put_how how, nsr_err *err) {
    nsr_file file;
    if (!nsr_file_create(&file, path, run, err)) return false;
    bool good = nsr_file_write(&file, data, bytes, err) && commit_as(&file, how, err);
    nsr_file_drop(&file);
    return good;
}

char *nsr_file_get(const char *path, size_t *bytes, nsr_err *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    char *data = NULL;
    if (fd < 0 || fstat(fd, &st)) {
        nsr_fail_io(err, errno == ENOENT || errno == ENOTDIR ? NSR_ENOINPUT : NSR_EIO, "open", path);
    } else if (!S_ISREG(st.st_mode)) {
        nsr_fail(err, NSR_EIO, "%s: not a file", path);
    } else if (!(data = malloc((size_t)st.st_size + 1))) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for %s", path);
    } else if (nsr_pread_all(fd, data, (size_t)st.st_size, 0, path, err)) {
        data[st.st_size] = 0;
        if (bytes) *bytes = (size_t)st.st_size;
    }
    if (fd >= 0) close(fd);
    if (nsr_good(err)) return data;
    free(data);
    return NULL;
}

bool nsr_make_dir(const char *path, nsr_err *err) {
    struct stat st;
    if (mkdir(path, 0777) == 0) return true;
    if (errno != EEXIST) return nsr_fail_io(err, NSR_ECREATE, "create", path);
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) return true;
    return nsr_fail(err, NSR_ECREATE, "%s: a file is there where a directory is wanted; move it or choose another name",
                    path);
}

bool nsr_make_dirs(const char *dir, const char *below, nsr_err *err) {
    char path[NSR_PATH];
    for (const char *end = below; *end; end += *end == '/') {
        end += strcspn(end, "/");
        if (!nsr_path(path, err, "%s/%.*s", dir, (int)(end - below), below) || !nsr_make_dir(path, err)) return false;
    }
    return true;
}

bool nsr_pwrite_all(int fd, const void *data, size_t bytes, int64_t offset, const char *path, nsr_err *err) {
    for (const char *at = data; bytes;) {
        ssize_t n = pwrite(fd, at, bytes, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return nsr_fail_io(err, NSR_EIO, "write", path);
        at += n, offset += n, bytes -= (size_t)n;
    }
    return true;
}

bool nsr_pread_all(int fd, void *data, size_t bytes, int64_t offset, const char *path, nsr_err *err) {
    for (char *at = data; bytes;) {
        ssize_t n = pread(fd, at, bytes, offset);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return nsr_fail_io(err, NSR_EIO, "read", path);
        if (n == 0)
            return nsr_fail(err, NSR_EIO, "%s: ends at byte %lld, %zu bytes short", path, (long long)offset, bytes);
        at += n, offset += n, bytes -= (size_t)n;
    }
    return true;
}

static bool copy_by_hand(int from, int64_t in, int to, int64_t out, int64_t bytes, const char *path, nsr_err *err) {
    enum { PIECE = 1 << 20 };
    char *piece = malloc(PIECE);
    if (!piece) return nsr_fail(err, NSR_EINTERNAL, "out of memory for copying into %s", path);
    while (bytes > 0 && nsr_good(err)) {
        size_t n = bytes < PIECE ? (size_t)bytes : PIECE;
        if (nsr_pread_all(from, piece, n, in, path, err)) nsr_pwrite_all(to, piece, n, out, path, err);
        in += (int64_t)n, out += (int64_t)n, bytes -= (int64_t)n;
    }
    free(piece);
    return nsr_good(err);
}

bool nsr_copy_range(int from, int64_t in, int to, int64_t out, int64_t bytes, const char *path, nsr_err *err) {
    while (bytes > 0) {
        loff_t source = in, target = out;
        ssize_t n = copy_file_range(from, &source, to, &target, (size_t)bytes, 0);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0)
            return copy_by_hand(from, in, to, out, bytes, path, err); /* between other file systems: read and write */
        in += n, out += n, bytes -= n;
    }
    return true;
}

bool nsr_hash_file(const char *path, int64_t offset, int64_t bytes, char hash[NSR_HASH_CHARS], nsr_err *err) {
    enum { PIECE = 1 << 20 };
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nsr_fail_io(err, errno == ENOENT ? NSR_ENOINPUT : NSR_EIO, "open", path);
    struct stat st;
    char *piece = malloc(PIECE);
    nsr_hash *sum = nsr_hash_open();
    if (fstat(fd, &st))
        nsr_fail_io(err, NSR_EIO, "inspect", path);
    else if (!piece || !sum)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for hashing %s", path);
    else if (bytes < 0)
        bytes = st.st_size - offset;
    for (int64_t done = 0; done < bytes && nsr_good(err);) {
        size_t n = bytes - done < PIECE ? (size_t)(bytes - done) : PIECE;
        if (nsr_pread_all(fd, piece, n, offset + done, path, err)) nsr_hash_add(sum, piece, n);
        done += (int64_t)n;
    }
    if (nsr_good(err)) nsr_hash_text(sum, hash);
    nsr_hash_close(sum);
    free(piece);
    close(fd);
    return nsr_good(err);
}
