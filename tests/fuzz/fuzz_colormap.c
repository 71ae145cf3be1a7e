/* SPDX-License-Identifier: MIT */
/* A user's colormap file: read, or refused with a message that names it. */
#include "field/colormap_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char path[64];
    nsr_rgb colors[256];
    nsr_err err = {0};
    int fd = memfd_create("colormap", MFD_CLOEXEC);
    if (fd < 0) return 0;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (write(fd, data, size) == (ssize_t)size && !nsr_colormap_read(colors, path, &err) && (!err.code || !*err.msg))
        abort();
    close(fd);
    return 0;
}
