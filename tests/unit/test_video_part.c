/* SPDX-License-Identifier: MIT */
/* Parts of the video: what is written is what MP4 wants and what is read again; a damaged part is refused, whichever
   byte of its index or trailer was hit. */
#include "check.h"
#include "sink/video_part.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[] = "/tmp/nsr-test-writer-XXXXXX", path[64];

/* Three NAL units: start codes of four and three bytes, zeros in front of the next code, an emulated code inside. */
static const uint8_t nals[] = {0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 3, 0, 0, 1, 0x65, 0, 0, 3, 1, 9};
static const uint8_t stored[] = {0, 0, 0, 3, 0x67, 1, 2, 0, 0, 0, 2, 0x68, 3, 0, 0, 0, 6, 0x65, 0, 0, 3, 1, 9};
static const uint8_t plain[] = {5, 6, 7};

/* Decoding order 0 2 1 3: one frame is reordered. */
static nsr_part write_part(void) {
    static const int64_t shown[] = {0, 2, 1, 3};
    nsr_video_part_writer writer = {0};
    nsr_part part = {.files = 1, .frames = 4};
    nsr_file file;
    nsr_err err = {0};
    CHECK(nsr_file_create(&file, path, NULL, &err));
    CHECK(nsr_video_part_begin(&writer, &file, 4, &err));
    for (int i = 0; i < 4; i++) {
        nsr_sample sample = {i ? plain : nals, i ? sizeof plain : sizeof nals, shown[i], i == 0};
        CHECK(nsr_video_part_add(&writer, &sample, i == 0, &err));
    }
    CHECK(nsr_video_part_end(&writer, &err));
    part.bytes = file.bytes;
    CHECK(nsr_file_commit(&file, part.hash, &err));
    nsr_video_part_drop(&writer);
    CHECK_TEXT(err.msg, "");
    return part;
}

static void test_written(const nsr_part *part) {
    char hash[NSR_HASH_CHARS];
    size_t bytes;
    nsr_err err = {0};
    char *file = nsr_file_get(path, &bytes, &err);
    if (!CHECK(file != NULL)) return;
    CHECK_EQ(bytes, sizeof stored + 9 + 4 * NSR_SEGMENT_ENTRY + NSR_SEGMENT_TRAILER);
    CHECK(memcmp(file, stored, sizeof stored) == 0 && memcmp(file + sizeof stored, plain, 3) == 0);
    nsr_hash_of(file, bytes, hash);
    CHECK_TEXT(part->hash, hash);
    CHECK(part->frames == 4 && part->bytes == (int64_t)bytes && part->files == 1);
    free(file);
}

static bool read_part(const nsr_part *part, nsr_video_part_info *info, uint8_t **index, nsr_err *err) {
    if (!nsr_video_part_read(path, part, info, err)) return false;
    int fd = open(path, O_RDONLY);
    *index = nsr_video_part_index(fd, path, part, info, err);
    close(fd);
    return *index != NULL;
}

static void test_read(const nsr_part *part) {
    nsr_video_part_info info;
    nsr_err err = {0};
    uint8_t *index = NULL;
    if (!CHECK(read_part(part, &info, &index, &err))) return;
    CHECK(info.frames == 4 && info.keys == 1 && info.runs == 4 && info.delay == 1 && info.bytes == sizeof stored + 9);
    CHECK_EQ(nsr_entry_size(index), sizeof stored);
    CHECK(nsr_entry_key(index) && !nsr_entry_key(index + NSR_SEGMENT_ENTRY));
    CHECK_EQ(nsr_entry_shift(index + NSR_SEGMENT_ENTRY), 1);
    CHECK_EQ(nsr_entry_shift(index + 2 * NSR_SEGMENT_ENTRY), -1);
    free(index);
}

static void flip(int64_t at) {
    uint8_t byte = 0;
    int fd = open(path, O_RDWR);
    CHECK(pread(fd, &byte, 1, at) == 1);
    byte ^= 0x40;
    CHECK(pwrite(fd, &byte, 1, at) == 1);
    close(fd);
}

static void refused(const nsr_part *part, int code) {
    nsr_video_part_info info;
    nsr_err err = {0};
    uint8_t *index = NULL;
    CHECK(!read_part(part, &info, &index, &err));
    CHECK_EQ(err.code, code);
    CHECK_HAS(err.msg, path);
    free(index);
}

static void test_damaged(const nsr_part *part) {
    for (int64_t at = sizeof stored + 9; at < part->bytes; at++) {
        flip(at);
        refused(part, NSR_EDATA);
        flip(at);
    }
    nsr_part wrong = *part;
    wrong.frames = 3;
    refused(&wrong, NSR_EDATA);
    wrong = (nsr_part){.bytes = 10};
    refused(&wrong, NSR_EDATA);
    wrong = *part;
    wrong.offset = INT64_C(1) << 40;
    refused(&wrong, NSR_EIO);
    CHECK(truncate(path, part->bytes - 1) == 0);
    refused(part, NSR_EIO);
    CHECK(unlink(path) == 0);
    refused(part, NSR_EIO);
}

/* An encoder that makes too many or too few frames must not pass unnoticed. */
static void test_counts(void) {
    nsr_video_part_writer writer = {0};
    nsr_file file;
    nsr_err err = {0};
    nsr_sample sample = {plain, sizeof plain, 0, true};
    CHECK(nsr_file_create(&file, path, NULL, &err));
    CHECK(nsr_video_part_begin(&writer, &file, 1, &err));
    CHECK(!nsr_video_part_end(&writer, &err) && err.code == NSR_EINTERNAL);
    err = (nsr_err){0};
    CHECK(nsr_video_part_add(&writer, &sample, false, &err));
    CHECK(!nsr_video_part_add(&writer, &sample, false, &err) && err.code == NSR_EINTERNAL);
    nsr_video_part_drop(&writer);
    nsr_video_part_drop(&writer);
    nsr_file_drop(&file);
    CHECK(access(path, F_OK) != 0);
}

int main(void) {
    if (!CHECK(mkdtemp(dir) != NULL)) return check_done();
    snprintf(path, sizeof path, "%s/000000.seg", dir);
    nsr_part part = write_part();
    test_written(&part);
    test_read(&part);
    test_damaged(&part);
    test_counts();
    CHECK(rmdir(dir) == 0);
    return check_done();
}
