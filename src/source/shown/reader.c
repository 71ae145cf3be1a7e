/* SPDX-License-Identifier: MIT */
/* A reader gives shown frames and their times: the way of reading gives stored rows, and folds make shown bins of them.
 */
#include "base/whole.h"
#include "shown.h"
#include "source/dataset/dataset.h"
#include "source/way/hdf5.h"

#include <math.h>
#include <stdlib.h>

int64_t nsr_reader_memory(const nsr_source *source) {
    return nsr_fold_memory(source) + (source->way->memory ? source->way->memory(&source->found) : 0);
}

int64_t nsr_source_memory(const nsr_source *source) { return source->memory; }

bool nsr_source_resident(const nsr_source *source, int64_t first, int64_t step, int64_t n) {
    bool as_stored = !source->n_folds && !source->shown.n_intervals;
    return as_stored && source->way->resident && source->way->resident(source, (nsr_slab){first, step, n});
}

nsr_reader *nsr_reader_open(nsr_source *source, nsr_err *err) {
    nsr_reader *reader = calloc(1, sizeof *reader);
    if (!reader) {
        nsr_fail(err, NSR_EINTERNAL, "out of memory for a reader");
        return NULL;
    }
    reader->source = source;
    return reader;
}

void nsr_reader_close(nsr_reader *reader) {
    if (!reader) return;
    if (reader->source->way->reader_close) reader->source->way->reader_close(reader);
    nsr_fold_close(reader);
    free(reader);
}

/* A slab outside the field is an internal error (bug). */
static bool inside(nsr_slab slab, int64_t length, nsr_err *err) {
    if (slab.n == 0) return true;
    if (slab.first >= 0 && slab.step >= 1 && slab.n > 0 && slab.first < length &&
        (slab.n - 1) <= (length - 1 - slab.first) / slab.step)
        return true;
    return nsr_fail(err, NSR_EINTERNAL, "frames %lld, +%lld, %lld of them were asked for, there are %lld",
                    (long long)slab.first, (long long)slab.step, (long long)slab.n, (long long)length);
}

/* Reads stored rows in pieces that fit the scratch and end where chunk rows end. */
static bool read_folded(nsr_reader *reader, nsr_slab rows, unsigned char *values, nsr_err *err) {
    const nsr_source *source = reader->source;
    size_t row = (size_t)source->shown.n_bins * nsr_type_size(source->shown.type);
    if (!reader->stored && !nsr_fold_open(reader, err)) return false;
    while (rows.n > 0) {
        int64_t border = (rows.first / reader->piece + 1) * reader->piece,
                n = nsr_divide_up(border - rows.first, rows.step);
        if (n > rows.n) n = rows.n;
        if (!source->way->read(reader, (nsr_slab){rows.first, rows.step, n}, reader->stored, err)) return false;
        nsr_fold_apply(reader, n, values);
        values += (size_t)n * row;
        rows = (nsr_slab){rows.first + n * rows.step, rows.step, rows.n - n};
    }
    return true;
}

/* A failure is remembered with the rows that it covers, and reader->failed gets those of them that were asked for. */
static bool read_rows(nsr_reader *reader, nsr_slab rows, unsigned char *values, bool folded, nsr_err *err) {
    nsr_source *source = reader->source;
    nsr_err failure = {0};
    nsr_span *failed = &reader->failed, asked = {rows.first, rows.first + (rows.n - 1) * rows.step + 1};
    *failed = (nsr_span){0, 0};
    if (!nsr_damage_known(source, rows, failed, &failure)) {
        if (folded ? read_folded(reader, rows, values, &failure) : source->way->read(reader, rows, values, &failure))
            return true;
        if (failure.code == NSR_EDATA) nsr_damage_note(source, *failed, &failure);
    }
    if (failed->first < asked.first) failed->first = asked.first;
    if (failed->end > asked.end) failed->end = asked.end;
    return nsr_fail(err, failure.code, "%s", failure.msg);
}

bool nsr_unfolded_read(nsr_reader *reader, nsr_slab rows, unsigned char *values, nsr_err *err) {
    return read_rows(reader, rows, values, false, err);
}

/* Reads shown frames, interval by interval. */
static bool read_shown(nsr_reader *reader, nsr_slab frames, unsigned char *values, nsr_err *err) {
    const nsr_source *source = reader->source;
    size_t row = (size_t)source->shown.n_bins * nsr_type_size(source->shown.type);
    while (frames.n > 0) {
        int64_t n = frames.n;
        nsr_slab rows = {nsr_interval_row(source, frames.first, frames.step, &n), frames.step, 0};
        rows.n = n;
        if (!read_rows(reader, rows, values, source->n_folds > 0, err)) {
            reader->failed.first += frames.first - rows.first;
            reader->failed.end += frames.first - rows.first;
            return false;
        }
        values += (size_t)n * row;
        frames = (nsr_slab){frames.first + n * frames.step, frames.step, frames.n - n};
    }
    return true;
}

bool nsr_read(nsr_reader *reader, int64_t first, int64_t step, int64_t n, void *values, nsr_err *err) {
    nsr_slab slab = {first, step, n};
    return inside(slab, reader->source->shown.n_frames, err) && read_shown(reader, slab, values, err);
}

/* Folds and intervals split a read into pieces. Their number differs between ranks, so ranks read independently. */
bool nsr_read_all(nsr_reader *reader, const nsr_comm *comm, int64_t first, int64_t step, int64_t n, void *values,
                  nsr_err *err) {
    (void)comm; /* the file was opened on it */
    nsr_slab slab = {first, step, n};
    const nsr_source *source = reader->source;
    bool together = source->way->read_all && !source->n_folds && !source->shown.n_intervals;
    if (!inside(slab, source->shown.n_frames, err))
        slab.n = 0; /* this rank still takes part, because the others wait for it */
    if (together) return source->way->read_all(reader, slab, values, err) && nsr_good(err);
    return nsr_good(err) && read_shown(reader, slab, values, err);
}

/* Reads the times of a slab of rows. The caller holds the lock. */
static bool read_stored_times(nsr_source *source, nsr_slab slab, double *times, nsr_err *err) {
    const nsr_field *field = &source->shown;
    for (int64_t n; slab.n > 0; times += n, slab = (nsr_slab){slab.first + n * slab.step, slab.step, slab.n - n}) {
        nsr_err why = {0};
        n = nsr_parts_fit(&source->time_parts, slab.first, slab.step, slab.n);
        if (n == 0 && !nsr_dataset_reopen(source, &source->times, field->times.path, source->found.storage.times_gap,
                                          &source->time_parts, err))
            return false;
        source->time_list.dataset = source->times;
        if (!nsr_list_get(&source->time_list, (nsr_slab){slab.first, slab.step, n}, times, &why))
            return nsr_fail(err, NSR_EDATA, "%s: %s: times of rows %lld.. cannot be read: %.300s", field->file,
                            field->times.path, (long long)slab.first, why.msg);
        for (int64_t k = 0; source->missing_times.n > 0 && k < n; k++)
            if (nsr_missing_covers_item(&source->missing_times, slab.first + k * slab.step)) times[k] = NAN;
    }
    return true;
}

bool nsr_read_times(nsr_reader *reader, int64_t first, int64_t step, int64_t n, double *times, nsr_err *err) {
    nsr_source *source = reader->source;
    const nsr_field *field = &source->shown;
    bool good = true;
    if (field->times.rate > 0) {
        for (int64_t i = 0; i < n; i++)
            times[i] = field->times.starting_time + (double)(first + i * step) / field->times.rate;
        return true;
    }
    if (!field->times.path[0]) return false;
    if (n == 0) return true;
    if (first < 0 || step < 1 || n < 0 || first >= field->n_frames || n - 1 > (field->n_frames - 1 - first) / step)
        return nsr_fail(err, NSR_EINTERNAL, "times of frames outside the recording were asked for");
    pthread_mutex_lock(&source->lock);
    for (int64_t i = 0, m = n; good && i < n; i += m, m = n - i) {
        int64_t at = nsr_interval_time(source, first + i * step, step, &m);
        good = read_stored_times(source, (nsr_slab){at, step, m}, times + i, err);
    }
    pthread_mutex_unlock(&source->lock);
    bool plain = field->times.unit == 1 && field->times.shift == 0;
    for (int64_t i = 0; good && !plain && i < n; i++)
        times[i] = times[i] * field->times.unit + field->times.shift;
    return good;
}
