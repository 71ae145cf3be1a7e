/* SPDX-License-Identifier: MIT */
#include "bundle/journal.h"
#include "check.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS = 10 };

static char dir[] = "/tmp/journal-XXXXXX";

static nsr_record record_of(int64_t bytes) {
    nsr_record record = {.n = 1, .facts.bad_frames = bytes};
    strcpy(record.output[0].name, "png");
    strcpy(record.output[0].part.path, "frames/000000");
    record.output[0].part.bytes = bytes;
    return record;
}

/* Which segments have a record, and which of these are doubtful, as bits. */
static void check_read(unsigned want, unsigned want_doubtful) {
    nsr_records records;
    nsr_err err = {0};
    unsigned has = 0, doubtful = 0;
    CHECK(nsr_records_open(&records, SEGMENTS, &err) && nsr_records_read(&records, dir, NULL, &err));
    for (int i = 0; i < SEGMENTS; i++) {
        if (!nsr_records_has(&records, i, "png")) continue;
        has |= 1u << i;
        doubtful |= records.facts[i].doubtful ? 1u << i : 0;
        CHECK_TEXT(records.facts[i].stamp, "stamp");
        CHECK_EQ(records.facts[i].bad_frames, i);
    }
    CHECK_EQ(has, want);
    CHECK_EQ(doubtful, want_doubtful);
    nsr_records_close(&records);
}

static void put(nsr_journal *journal, int64_t segment) {
    nsr_err err = {0};
    const nsr_record record = record_of(segment);
    CHECK(nsr_journal_put(journal, segment, &record, &err));
}

/* A flush that failed has lost pages of which a later one reports nothing, so nothing more is taken. */
static void check_flushes(void) {
    nsr_journal journal;
    nsr_err err = {0}, failure = {0}, later = {0};
    const nsr_record record = record_of(4);
    const nsr_journal_writer writer = {.run = 1, .run_id = "abcdef01", .stamp = "stamp"};
    CHECK(nsr_journal_open(&journal, dir, &writer, &err));
    put(&journal, 0);
    put(&journal, 1);
    check_read(3, 3);
    CHECK(nsr_journal_flush(&journal, &err));
    check_read(3, 0);
    put(&journal, 2);
    check_read(7, 4);
    CHECK(nsr_journal_again(&journal, "png", &(nsr_span){0, 1}, 1, &err));
    check_read(6, 4);
    int fd = journal.fd;
    journal.fd = -2; /* neither open nor closed */
    CHECK(!nsr_journal_flush(&journal, &failure) && failure.code == NSR_EIO);
    journal.fd = fd;
    CHECK(!nsr_journal_put(&journal, 4, &record, &later) && later.code == NSR_EIO);
    CHECK(nsr_journal_close(&journal, true, &err));
}

int main(void) {
    char folder[64], name[NSR_JOURNAL_NAME], path[256];
    nsr_err err = {0};
    CHECK(mkdtemp(dir) != NULL);
    snprintf(folder, sizeof folder, "%s/segments", dir);
    CHECK(nsr_make_dir(folder, &err));
    check_flushes();
    nsr_journal_name(name, 1, 0, "abcdef01");
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CHECK(unlink(path) == 0 && rmdir(folder) == 0 && rmdir(dir) == 0);
    return check_done();
}
