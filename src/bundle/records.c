/* SPDX-License-Identifier: MIT */
/* The table of records: a column of parts for each output, and a column of counts. */
#include "records.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool nsr_records_open(nsr_records *r, int64_t n, nsr_err *err) {
    *r = (nsr_records){.n = n, .facts = calloc((size_t)n + 1, sizeof *r->facts)};
    return r->facts || nsr_fail(err, NSR_EINTERNAL, "out of memory for the records of %lld segments", (long long)n);
}

static void free_outputs(nsr_records *r) {
    for (int i = 0; i < r->n_outputs; i++) {
        free(r->output[i].part);
        free(r->output[i].digest);
    }
    r->n_outputs = 0;
}

void nsr_records_close(nsr_records *r) {
    free_outputs(r);
    free(r->facts);
    *r = (nsr_records){0};
}

void nsr_records_clear(nsr_records *r) {
    free_outputs(r);
    memset(r->facts, 0, ((size_t)r->n + 1) * sizeof *r->facts);
    r->failure[0] = 0;
}

/* --- columns --- */

static nsr_recorded_output *find_column(const nsr_records *r, const char *name) {
    for (int i = 0; i < r->n_outputs; i++)
        if (!strcmp(r->output[i].name, name)) return (nsr_recorded_output *)&r->output[i];
    return NULL;
}

static bool open_column(nsr_recorded_output *column, int64_t n, nsr_err *err) {
    column->part = calloc((size_t)n + 1, sizeof *column->part);
    column->digest = calloc((size_t)n + 1, sizeof *column->digest);
    return (column->part && column->digest) ||
           nsr_fail(err, NSR_EINTERNAL, "out of memory for the records of %s", column->name);
}

/* NULL without an error: no room is left for an output of another version. */
static nsr_recorded_output *column_for(nsr_records *r, const char *name, nsr_err *err) {
    nsr_recorded_output *column = find_column(r, name);
    if (column || r->n_outputs == NSR_MOST_SLOTS) return column;
    column = &r->output[r->n_outputs++];
    snprintf(column->name, sizeof column->name, "%s", name);
    return open_column(column, r->n, err) ? column : NULL;
}

/* --- one segment --- */

bool nsr_records_put(nsr_records *r, int64_t segment, const nsr_record *record, nsr_err *err) {
    for (int i = 0; i < record->n; i++) {
        nsr_recorded_output *column = column_for(r, record->output[i].name, err);
        if (!nsr_good(err)) return false;
        if (!column) continue;
        column->part[segment] = record->output[i].part;
        memcpy(column->digest[segment], record->output[i].digest, NSR_HASH_CHARS);
    }
    r->facts[segment] = record->facts;
    return true;
}

void nsr_records_forget(nsr_records *r, int64_t segment, const char *output) {
    nsr_recorded_output *column = find_column(r, output);
    if (column) column->part[segment].path[0] = 0;
    r->facts[segment].failed = false;
}

void nsr_records_fail(nsr_records *r, int64_t segment, const char *why) {
    r->facts[segment].failed = true;
    if (*r->failure && r->failed_segment < segment && r->facts[r->failed_segment].failed) return;
    r->failed_segment = segment;
    snprintf(r->failure, sizeof r->failure, "%s", why);
}

bool nsr_records_has(const nsr_records *r, int64_t segment, const char *output) {
    const nsr_recorded_output *column = find_column(r, output);
    return column && *column->part[segment].path;
}

void nsr_records_get(const nsr_records *r, int64_t segment, nsr_record *record) {
    *record = (nsr_record){.facts = r->facts[segment]};
    for (int i = 0; i < r->n_outputs; i++) {
        int slot = *r->output[i].part[segment].path ? nsr_record_slot(record, r->output[i].name) : -1;
        if (slot < 0) continue;
        record->output[slot].part = r->output[i].part[segment];
        memcpy(record->output[slot].digest, r->output[i].digest[segment], NSR_HASH_CHARS);
    }
}

/* --- all segments --- */

/* Other ranks make the columns of the root's table. */
static bool share_columns(nsr_records *r, const nsr_comm *comm, nsr_err *err) {
    int n = r->n_outputs;
    nsr_bcast(comm, &n, sizeof n);
    for (int i = 0; i < n; i++) {
        char name[sizeof r->output[0].name];
        memcpy(name, r->output[i].name, sizeof name);
        nsr_bcast(comm, name, sizeof name);
        if (!nsr_is_root(comm)) column_for(r, name, err);
    }
    return nsr_agree(comm, err);
}

bool nsr_records_share(nsr_records *r, const nsr_comm *comm, nsr_err *err) {
    const size_t n = (size_t)r->n + 1;
    if (!nsr_is_root(comm)) nsr_records_clear(r);
    if (!share_columns(r, comm, err)) return false;
    nsr_bcast(comm, &r->runs, sizeof r->runs);
    nsr_bcast(comm, &r->shares, sizeof r->shares);
    nsr_bcast(comm, r->facts, n * sizeof *r->facts);
    for (int i = 0; i < r->n_outputs; i++) {
        nsr_bcast(comm, r->output[i].part, n * sizeof *r->output[i].part);
        nsr_bcast(comm, r->output[i].digest, n * sizeof *r->output[i].digest);
    }
    return true;
}
