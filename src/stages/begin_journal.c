/* SPDX-License-Identifier: MIT */
/* The beginning of this run's journals. Before a part of an earlier run is touched, the root says in its journal that
   the record is void. It also takes over the records of parts that a dead node had not flushed, or that were made from
   other files, and that were found good. */
#include "begin_journal.h"
#include <stdlib.h>
#include <string.h>

static bool makes_again(const nsr_run *run, int output, int64_t segment) {
    const char *name = run->bundle.output[output].sink.kind->name;
    return run->todo[segment] >> output & 1 &&
           (nsr_records_has(&run->records, segment, name) || run->records.facts[segment].failed);
}

static int64_t list_again(const nsr_run *run, int output, nsr_span *spans) {
    int64_t n = 0;
    for (int64_t segment = 0; segment < run->records.n; segment++) {
        if (!makes_again(run, output, segment)) continue;
        if (n == 0 || spans[n - 1].end < segment) spans[n++].first = segment;
        spans[n - 1].end = segment + 1;
    }
    return n;
}

static bool put_again(nsr_journal *journal, const nsr_run *run, nsr_err *err) {
    nsr_span *spans = malloc((size_t)run->records.n * sizeof *spans);
    if (!spans) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a list of segments");
    for (int i = 0; i < run->bundle.n_outputs && nsr_good(err); i++) {
        const int64_t n = list_again(run, i, spans);
        if (n) nsr_journal_again(journal, run->bundle.output[i].sink.kind->name, spans, n, err);
    }
    free(spans);
    return nsr_good(err);
}

/* Whether the check had to look at the segment's contents or values. */
static bool was_looked_at(const nsr_run *run, int64_t segment) {
    const nsr_segment_facts *facts = &run->records.facts[segment];
    return facts->doubtful || strcmp(facts->stamp, nsr_source_stamp(run->input.source));
}

static bool take_over_good(nsr_journal *journal, const nsr_run *run, nsr_err *err) {
    for (int64_t segment = 0; segment < run->records.n; segment++) {
        nsr_record record;
        if (run->todo[segment] || !nsr_in_share(run, segment) || !was_looked_at(run, segment)) continue;
        nsr_records_get(&run->records, segment, &record);
        if (record.n && !nsr_journal_put(journal, segment, &record, err)) return false;
    }
    return true;
}

bool nsr_begin_journal(nsr_journal *journal, const nsr_run *run, int rank, nsr_err *err) {
    const nsr_journal_writer writer = {.run = run->records.runs + 1,
                                       .rank = rank,
                                       .run_id = run->bundle.run_id,
                                       .stamp = nsr_source_stamp(run->input.source),
                                       .share = run->config.output.share};
    if (!nsr_journal_open(journal, run->bundle.dir, &writer, err)) return false;
    if (rank > 0) return true;
    return put_again(journal, run, err) && take_over_good(journal, run, err) &&
           (journal->last_line == 0 || nsr_journal_flush(journal, err));
}
