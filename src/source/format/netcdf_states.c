/* SPDX-License-Identifier: MIT */
/* The states of a decoder: their names, and the choice of the shown ones. */
#include "netcdf.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Names for n states that have none. */
static bool name_by_number(nsr_states *states, int64_t n) {
    bool good = true;
    for (int64_t i = 0; good && i < n; i++) {
        states->of[i] = (int)i;
        good = asprintf(&states->name[i], "%lld", (long long)i) >= 0;
        states->n += good;
    }
    return good;
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
static bool find_equals(nsr_states *states, char *const *text, int64_t n) {
    numbered *sorted = malloc((size_t)n * sizeof *sorted);
    if (!sorted) return false;
    for (int64_t i = 0; i < n; i++)
        sorted[i] = (numbered){text[i], i};
    qsort(sorted, (size_t)n, sizeof *sorted, by_text);
    for (int64_t i = 0, first = 0; i < n; i++) {
        if (strcmp(sorted[i].text, sorted[first].text) != 0) first = i;
        states->of[sorted[i].at] = (int)sorted[first].at;
    }
    free(sorted);
    return true;
}

/* Takes the different texts, in the order of the file. */
static bool unite(nsr_states *states, char *const *text, int64_t n) {
    bool good = find_equals(states, text, n);
    for (int64_t i = 0; good && i < n; i++) {
        bool first = states->of[i] == i;
        if (first) good = (states->name[states->n] = strdup(text[i])) != NULL;
        states->of[i] = first ? states->n : states->of[states->of[i]];
        states->n += first && good;
    }
    return good;
}

static bool read_names(nsr_states *states, hid_t file, const char *path, int64_t n, nsr_err *err) {
    nsr_text_list list = {0};
    hid_t dataset = H5Dopen2(file, path, H5P_DEFAULT);
    bool good = dataset >= 0 && nsr_text_list_read(&list, dataset, n, err);
    if (good && !unite(states, list.text, n)) good = nsr_fail(err, NSR_EINTERNAL, "out of memory for its texts");
    nsr_text_list_free(&list);
    nsr_h5_close(dataset);
    return good;
}

bool nsr_states_read(nsr_states *states, hid_t file, const nsr_field *field, const char *path, int64_t n,
                     nsr_err *err) {
    enum { MOST = 1 << 22 };
    nsr_err why = {0};
    if (n > MOST)
        return nsr_fail(err, NSR_EDATA, "%s: %s: %lld bins have states; at most %d can", field->file, field->path,
                        (long long)n, MOST);
    *states = (nsr_states){
        .chosen = -1, .of = malloc((size_t)n * sizeof *states->of), .name = calloc((size_t)n, sizeof *states->name)};
    if (!states->of || !states->name || (!path[0] && !name_by_number(states, n)))
        return nsr_fail(err, NSR_EINTERNAL, "out of memory for the states of %lld bins", (long long)n);
    return !path[0] || read_names(states, file, path, n, &why) ||
           nsr_fail(err, why.code ? why.code : NSR_EDATA, "%s: %s: %.300s", field->file, path,
                    why.msg[0] ? why.msg : "cannot be opened");
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
    for (int i = 0; states->name && i < states->n; i++)
        free(states->name[i]);
    free(states->name);
    free(states->of);
}
