/* SPDX-License-Identifier: MIT */
/* Parts of the video; video_part.h has their layout. Samples go straight to the file; the index, whose size is known,
   is kept in memory. */
#include "video_part.h"

#include "bytes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char MAGIC[8] = {'n', 's', 'r', 'v', 's', 'e', 'g', '1'};
static const uint32_t KEY = UINT32_C(1) << 31;

uint32_t nsr_entry_size(const uint8_t *entry) { return nsr_get32(entry) & ~KEY; }
bool nsr_entry_key(const uint8_t *entry) { return nsr_get32(entry) & KEY; }
int32_t nsr_entry_shift(const uint8_t *entry) { return (int32_t)nsr_get32(entry + 4); }

bool nsr_video_part_begin(nsr_video_part_writer *writer, nsr_file *file, int64_t frames, nsr_err *err) {
    *writer = (nsr_video_part_writer){.file = file, .frames = frames};
    writer->index = malloc((size_t)frames * NSR_SEGMENT_ENTRY + 1);
    return writer->index ||
           nsr_fail(err, NSR_EINTERNAL, "out of memory for the index of %lld video frames", (long long)frames);
}

void nsr_video_part_drop(nsr_video_part_writer *writer) {
    free(writer->index);
    *writer = (nsr_video_part_writer){0};
}

/* The next start code 0 0 1 at or behind `at`, or `end`. */
static const uint8_t *start_code(const uint8_t *at, const uint8_t *end) {
    for (; end - at >= 3; at++)
        if (at[0] == 0 && at[1] == 0 && at[2] == 1) return at;
    return end;
}

static bool write_nal(nsr_file *file, const uint8_t *nal, const uint8_t *end, nsr_err *err) {
    uint8_t length[4];
    while (end > nal && end[-1] == 0) /* this 0 belongs to the next start code */
        end--;
    nsr_put32(length, (uint32_t)(end - nal));
    return nsr_file_write(file, length, sizeof length, err) && nsr_file_write(file, nal, (size_t)(end - nal), err);
}

static bool write_nals(nsr_file *file, const nsr_sample *sample, nsr_err *err) {
    const uint8_t *end = sample->data + sample->bytes;
    for (const uint8_t *code = start_code(sample->data, end), *next; code < end; code = next) {
        next = start_code(code + 3, end);
        if (!write_nal(file, code + 3, next, err)) return false;
    }
    return true;
}

static void note(nsr_video_part_writer *writer, const nsr_sample *sample, int64_t bytes) {
    nsr_video_part_info *info = &writer->info;
    int64_t shift = sample->shown - info->frames;
    uint8_t *entry = writer->index + info->frames * NSR_SEGMENT_ENTRY;
    nsr_put32(nsr_put32(entry, (uint32_t)bytes | (sample->key ? KEY : 0)), (uint32_t)shift);
    info->runs += info->frames == 0 || shift != writer->shift;
    info->delay = -shift > info->delay ? -shift : info->delay;
    info->keys += sample->key;
    info->bytes += bytes;
    info->frames++;
    writer->shift = shift;
}

bool nsr_video_part_add(nsr_video_part_writer *writer, const nsr_sample *sample, bool nals, nsr_err *err) {
    nsr_file *file = writer->file;
    int64_t before = file->bytes;
    if (writer->info.frames == writer->frames || sample->shown < 0 || sample->shown >= writer->frames)
        return nsr_fail(err, NSR_EINTERNAL, "%s: the encoder made more than %lld frames", file->path,
                        (long long)writer->frames);
    if (nals ? !write_nals(file, sample, err) : !nsr_file_write(file, sample->data, sample->bytes, err)) return false;
    if (file->bytes - before >= (int64_t)KEY)
        return nsr_fail(err, NSR_EINTERNAL, "%s: a coded frame of %lld bytes", file->path,
                        (long long)(file->bytes - before));
    note(writer, sample, file->bytes - before);
    return true;
}

static bool write_tail(nsr_video_part_writer *writer, nsr_err *err) {
    const nsr_video_part_info *info = &writer->info;
    uint8_t trailer[NSR_SEGMENT_TRAILER], *at = trailer + sizeof MAGIC;
    memcpy(trailer, MAGIC, sizeof MAGIC);
    at = nsr_put32(nsr_put32(at, (uint32_t)info->frames), (uint32_t)info->keys);
    at = nsr_put32(nsr_put32(at, (uint32_t)info->runs), (uint32_t)info->delay);
    nsr_put64(at, (uint64_t)info->bytes);
    return nsr_file_write(writer->file, writer->index, (size_t)info->frames * NSR_SEGMENT_ENTRY, err) &&
           nsr_file_write(writer->file, trailer, sizeof trailer, err);
}

bool nsr_video_part_end(nsr_video_part_writer *writer, nsr_err *err) {
    if (writer->info.frames != writer->frames)
        return nsr_fail(err, NSR_EINTERNAL, "%s: the encoder made %lld of %lld frames", writer->file->path,
                        (long long)writer->info.frames, (long long)writer->frames);
    return write_tail(writer, err);
}

static bool damaged(const char *path, const nsr_part *part, nsr_err *err) {
    return nsr_fail(err, NSR_EDATA, "%s: the part at byte %lld is damaged; remove it and run again", path,
                    (long long)part->offset);
}

static bool parse(const uint8_t trailer[NSR_SEGMENT_TRAILER], nsr_video_part_info *info) {
    const uint8_t *at = trailer + sizeof MAGIC;
    *info = (nsr_video_part_info){nsr_get32(at), nsr_get32(at + 4), nsr_get32(at + 8), nsr_get32(at + 12),
                                  (int64_t)nsr_get64(at + 16)};
    return memcmp(trailer, MAGIC, sizeof MAGIC) == 0;
}

bool nsr_video_part_read(const char *path, const nsr_part *part, nsr_video_part_info *info, nsr_err *err) {
    uint8_t trailer[NSR_SEGMENT_TRAILER];
    if (part->bytes < NSR_SEGMENT_TRAILER || part->offset < 0) return damaged(path, part, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return nsr_fail_io(err, NSR_EIO, "open", path);
    int64_t at = part->offset + part->bytes - NSR_SEGMENT_TRAILER;
    bool good = nsr_pread_all(fd, trailer, sizeof trailer, at, path, err);
    close(fd);
    if (good && (!parse(trailer, info) || info->frames != part->frames || info->bytes < 0 ||
                 info->bytes != part->bytes - NSR_SEGMENT_TRAILER - info->frames * NSR_SEGMENT_ENTRY))
        return damaged(path, part, err);
    return good;
}

/* Whether the index agrees with the trailer; otherwise the video's tables would take other bytes for frames. */
static bool adds_up(const uint8_t *index, const nsr_video_part_info *trailer) {
    nsr_video_part_info is = {0};
    int64_t shifts = 0;
    int32_t last = 0;
    for (const uint8_t *entry = index; is.frames < trailer->frames; is.frames++, entry += NSR_SEGMENT_ENTRY) {
        int32_t shift = nsr_entry_shift(entry);
        if (is.frames + shift < 0 || is.frames + shift >= trailer->frames) return false;
        shifts += shift;
        is.runs += is.frames == 0 || shift != last;
        is.keys += nsr_entry_key(entry);
        is.bytes += nsr_entry_size(entry);
        is.delay = -(int64_t)shift > is.delay ? -(int64_t)shift : is.delay;
        last = shift;
    }
    return shifts == 0 && is.runs == trailer->runs && is.keys == trailer->keys && is.bytes == trailer->bytes &&
           is.delay == trailer->delay;
}

uint8_t *nsr_video_part_index(int fd, const char *path, const nsr_part *part, const nsr_video_part_info *info,
                              nsr_err *err) {
    size_t bytes = (size_t)info->frames * NSR_SEGMENT_ENTRY;
    uint8_t *index = malloc(bytes + 1);
    if (!index)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the index of %lld video frames", (long long)info->frames);
    else if (nsr_pread_all(fd, index, bytes, part->offset + info->bytes, path, err) && !adds_up(index, info))
        damaged(path, part, err);
    if (nsr_good(err)) return index;
    free(index);
    return NULL;
}
