/* SPDX-License-Identifier: MIT */
/* A part of the video: trailer and index are read and checked, or refused with a message. */
#include "sink/video_part.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_part(int fd, const char *path, int64_t bytes) {
    nsr_part part = {.bytes = bytes, .frames = 1};
    nsr_video_part_info info = {0};
    nsr_err err = {0};
    uint8_t *index = NULL;
    if (nsr_video_part_read(path, &part, &info, &err)) index = nsr_video_part_index(fd, path, &part, &info, &err);
    if (!index && nsr_good(&err)) abort();
    free(index);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    int fd = memfd_create("writer", MFD_CLOEXEC);
    if (fd < 0) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, data, size) == (ssize_t)size) read_part(fd, path, (int64_t)size);
    close(fd);
    return 0;
}
