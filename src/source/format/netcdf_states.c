/* SPDX-License-Identifier: MIT */
/* The states of a decoder: their names, and the choice of the shown ones. */
#include "netcdf.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void free_texts(char **texts, int64_t n) {
    for (int64_t i = 0; texts && i < n; i++)
        free(texts[i]);
    free(texts);
}

/* HDF5 allocates texts of variable length, and has to free them itself. */
static char **read_variable(hid_t dataset, hid_t type, hsize_t n) {
    char **theirs = calloc(n, sizeof *theirs), **ours = calloc(n, sizeof *ours);
    bool good = theirs && ours && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, theirs) >= 0;
    for (hsize_t i = 0; good && i < n; i++)
        good = (ours[i] = strdup(theirs[i] ? theirs[i] : "")) != NULL;
    for (hsize_t i = 0; theirs && i < n; i++)
        if (theirs[i]) H5free_memory(theirs[i]);
    free(theirs);
    if (good) return ours;
    free_texts(ours, (int64_t)n);
    return NULL;
}

/* Texts of `length` bytes each, one after the other. */
static char **read_fixed(hid_t dataset, hid_t type, hsize_t n, size_t length) {
    char *bytes = length <= 4096 ? malloc(n * length) : NULL, **ours = calloc(n, sizeof *ours);
    bool good = bytes && ours && H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, bytes) >= 0;
    for (hsize_t i = 0; good && i < n; i++)
        good = (ours[i] = strndup(bytes + i * length, length)) != NULL;
    free(bytes);
    if (good) return ours;
    free_texts(ours, (int64_t)n);
    return NULL;
}

/* Strings, or rows of characters as netCDF's older type has them. */
static char **read_texts(hid_t file, const char *path, int64_t n) {
    hsize_t shape[2] = {0, 1};
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT), type = dataset >= 0 ? H5Dget_type(dataset) : H5I_INVALID_HID;
    char **texts = NULL;
    if (type >= 0 && nsr_h5_shape(dataset, 2, shape) >= 1 && shape[0] == (hsize_t)n && shape[1] > 0)
        texts = H5Tis_variable_str(type) > 0 ? read_variable(dataset, type, shape[0])
                                             : read_fixed(dataset, type, shape[0], shape[1] * H5Tget_size(type));
    nsr_h5_close(type);
    nsr_h5_close(dataset);
    return texts;
}

static char **make_numbers(int64_t n) {
    char **texts = calloc((size_t)n, sizeof *texts), text[24];
    bool good = texts != NULL;
    for (int64_t i = 0; good && i < n; i++) {
        snprintf(text, sizeof text, "%lld", (long long)i);
        good = (texts[i] = strdup(text)) != NULL;
    }
    if (good) return texts;
    free_texts(texts, n);
    return NULL;
}

typedef struct numbered {
    const char *text;
    int64_t at; /* in the order of the file */
} numbered;

static int by_text(const void *a, const void *b) {
    const numbered *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (x->at > y->at) - (x->at < y->at);
}

/* Fills states->of with the index of the first of the equal texts. */
static bool find_equals(nsr_states *states, char **texts, int64_t n) {
    numbered *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted) return false;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (numbered){texts[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int64_t i = 0, first = 0; i < n; i++) {
        if (strcmp(sorted[i].text, sorted[first].text) != 0) first = i;
        states->of[sorted[i].at] = (int)sorted[first].at;
    }
    free(sorted);
    return true;
}

/* Shortens the texts to the different ones, in the order of the file. */
static bool unite(nsr_states *states, char **texts, int64_t n) {
    if (!find_equals(states, texts, n)) return false;
    states->name = texts;
    for (int64_t i = 0; i < n; i++) {
        if (states->of[i] == i) {
            states->of[i] = states->n;
            texts[states->n++] = texts[i];
        } else {
            states->of[i] = states->of[states->of[i]];
            free(texts[i]);
        }
    }
    return true;
}

bool nsr_states_read(nsr_states *states, hid_t file, const nsr_field *field, const char *path, int64_t n,
                     nsr_err *err) {
    enum { MOST = 1 << 24 };
    *states = (nsr_states){.chosen = -1, .of = malloc((size_t)n * sizeof *states->of)};
    if (!states->of) return nsr_fail(err, NSR_EINTERNAL, "out of memory for the states of %lld bins", (long long)n);
    char **texts = n > MOST ? NULL : path[0] ? read_texts(file, path, n) : make_numbers(n);
    if (!texts) return nsr_fail(err, NSR_EDATA, "%s: %s: its texts cannot be read", field->file, path);
    if (unite(states, texts, n)) return true;
    free_texts(texts, n);
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for the states of %lld bins", (long long)n);
}

void nsr_states_list(const nsr_states *states, char *text, size_t size) {
    text[0] = 0;
    for (int i = 0; i < states->n; i++) {
        size_t used = strlen(text);
        if (used + 40 < size)
            snprintf(text + used, size - used, "%s%.60s", i ? ", " : "", states->name[i]);
        else if (used + 6 < size && text[used - 1] != '.')
            snprintf(text + used, size - used, ", ...");
    }
}

int nsr_states_named(const nsr_states *states, const char *wanted) {
    for (int i = 0; i < states->n; i++)
        if (strcmp(states->name[i], wanted) == 0) return i;
    return -1;
}

int nsr_states_find(const nsr_states *states, const char *wanted) {
    char *end;
    long number = strtol(wanted, &end, 10);
    int named = nsr_states_named(states, wanted);
    return named < 0 && *wanted && !*end && number >= 0 && number < states->n ? (int)number : named;
}

bool nsr_states_choose(nsr_states *states, const nsr_field *field, const char *wanted, nsr_err *err) {
    char names[400];
    nsr_states_list(states, names, sizeof names);
    bool sum = !wanted || strcmp(wanted, "sum") == 0;
    states->chosen = sum ? -1 : nsr_states_find(states, wanted);
    if (!sum && states->chosen < 0)
        return nsr_fail(err, NSR_EUSAGE, "--state %s: %s: %s has the states %s (0 to %d), and sum", wanted, field->file,
                        field->path, names, states->n - 1);
    if (sum)
        nsr_note("%s: states %s: their sum is shown; --state NAME shows one", field->path, names);
    else
        nsr_note("%s: states %s: %s is shown", field->path, names, states->name[states->chosen]);
    return true;
}

void nsr_states_free(nsr_states *states) {
    free_texts(states->name, states->n);
    free(states->of);
}
