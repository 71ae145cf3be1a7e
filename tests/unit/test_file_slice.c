/* SPDX-License-Identifier: MIT */
#include "check.h"
#include "sink/file_slice.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BYTES = 5 << 20, PIECE = 700001 };

static char *pattern(void) {
    char *data = malloc(BYTES);
    for (int i = 0; i < BYTES; i++)
        data[i] = (char)(i % 251);
    return data;
}

/* All ranks call the same writes of pieces that cross the borders; the file is whole afterwards. */
static void check_ranks(int ranks, const char *data, bool copy) {
    char path[] = "/tmp/slice-XXXXXX", source[] = "/tmp/slice-XXXXXX";
    nsr_err err = {0};
    int fd = mkstemp(path), from = mkstemp(source);
    char *found = malloc(BYTES);
    int64_t owners = 0;
    CHECK(nsr_pwrite_all(from, data, BYTES, 0, source, &err));
    for (int rank = 0; rank < ranks; rank++) {
        const nsr_file_slice slice = nsr_file_slice_of(fd, path, BYTES - 3, rank, ranks);
        CHECK(slice.first % 4096 == 0 && (slice.end % 4096 == 0 || rank + 1 == ranks));
        owners += nsr_file_slice_has(&slice, 3 << 20, 1);
        for (int64_t at = 0; at < BYTES; at += PIECE) {
            const int64_t n = at + PIECE < BYTES ? PIECE : BYTES - at;
            CHECK(copy ? nsr_file_slice_copy(&slice, from, at, n, at, &err)
                       : nsr_file_slice_write(&slice, data + at, (size_t)n, at, &err));
        }
    }
    CHECK(owners == 1);
    CHECK(nsr_pread_all(fd, found, BYTES, 0, path, &err) && !memcmp(found, data, BYTES));
    close(fd);
    close(from);
    unlink(path);
    unlink(source);
    free(found);
}

int main(void) {
    char *data = pattern();
    for (int ranks = 1; ranks <= 9; ranks += 2) {
        check_ranks(ranks, data, false);
        check_ranks(ranks, data, true);
    }
    free(data);
    return check_done();
}
