/* SPDX-License-Identifier: MIT */
/* Saved environments for tests and fuzzing: .npy arrays as NumPy writes them, packed as .npz by libzip. */
#ifndef NPZ_MAKE_H
#define NPZ_MAKE_H

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zip.h>

typedef struct make_array {
    char name[40]; /* with .npy */
    unsigned char bytes[4096];
    size_t size;
} make_array;

/* `version` 1 to 3, any header, any numbers. */
static inline void make_npy(make_array *array, int version, const char *header, const void *numbers, size_t size) {
    size_t length = strlen(header) + 1, wide = version > 1 ? 4 : 2;
    unsigned char *at = array->bytes;
    memcpy(at, "\x93NUMPY", 6);
    at[6] = (unsigned char)version;
    at[7] = 0;
    for (size_t i = 0; i < wide; i++)
        at[8 + i] = (unsigned char)(length >> 8 * i);
    memcpy(at + 8 + wide, header, length - 1);
    at[8 + wide + length - 1] = '\n';
    memcpy(at + 8 + wide + length, numbers, size);
    array->size = 8 + wide + length + size;
}

/* One of NumPy's own: type "<f8", shape "(3, 2)". */
static inline make_array make_numpy(const char *name, const char *type, const char *shape, const void *numbers,
                                    size_t size) {
    make_array array;
    char header[200];
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", type, shape);
    snprintf(array.name, sizeof array.name, "%s.npy", name);
    make_npy(&array, 1, header, numbers, size);
    return array;
}

static inline void make_npz(const char *path, const make_array *arrays, size_t n) {
    int code;
    zip_t *zip = zip_open(path, ZIP_CREATE | ZIP_TRUNCATE, &code);
    for (size_t i = 0; zip && i < n; i++)
        zip_file_add(zip, arrays[i].name, zip_source_buffer(zip, arrays[i].bytes, arrays[i].size, 0), 0);
    if (!zip || zip_close(zip) != 0) fprintf(stderr, "%s: cannot be made\n", path);
}

static inline void make_text(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0) fprintf(stderr, "%s: cannot be made\n", path);
}

#endif
