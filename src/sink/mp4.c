/* SPDX-License-Identifier: MIT */
/* The head of an MP4 file. libavformat would keep 80 bytes per frame in memory and have to see every sample. Here the
   sizes of all tables follow from the counts of the segments: the head is laid out at once, memory does not grow with
   the frames, and every rank writes its segments' share of the tables and samples to their places. All boxes are of
   version 1 (64-bit times), so that long videos fit. */
#include "mp4.h"

#include "bytes.h"

#include <stdlib.h>
#include <string.h>

/* A file that is being laid out: bytes in memory, with holes for the tables that all ranks write later. */
typedef struct mp4_layout {
    uint8_t *data;
    size_t n, room;
    struct {
        size_t at;
        int64_t bytes;
    } hole[3];
    int n_holes;
    bool failed;
} mp4_layout;

typedef struct mp4_totals {
    int64_t frames, keys, runs, delay, bytes, chunks, groups;
} mp4_totals;

/* --- bytes, boxes, holes --- */

static void put_bytes(mp4_layout *l, const void *data, size_t n) {
    if (l->n + n > l->room) {
        size_t room = 2 * (l->n + n) + 1024;
        uint8_t *bigger = l->failed ? NULL : realloc(l->data, room);
        l->failed = !bigger;
        if (!bigger) return;
        l->data = bigger;
        l->room = room;
    }
    memcpy(l->data + l->n, data, n);
    l->n += n;
}

static void put32(mp4_layout *l, uint32_t value) {
    uint8_t bytes[4];
    nsr_put32(bytes, value);
    put_bytes(l, bytes, sizeof bytes);
}

static void put64(mp4_layout *l, uint64_t value) {
    put32(l, (uint32_t)(value >> 32));
    put32(l, (uint32_t)value);
}

static void put_zeros(mp4_layout *l, int n) {
    for (int i = 0; i < n; i++)
        put32(l, 0);
}

static int64_t place(const mp4_layout *l) {
    int64_t at = (int64_t)l->n;
    for (int i = 0; i < l->n_holes; i++)
        at += l->hole[i].bytes;
    return at;
}

static int64_t leave_hole(mp4_layout *l, int64_t bytes) {
    int64_t at = place(l);
    l->hole[l->n_holes].at = l->n;
    l->hole[l->n_holes++].bytes = bytes;
    return at;
}

/* A box goes from begin_box to end_box, which writes its size, holes included. */
typedef struct mp4_box {
    size_t at;
    int64_t place;
} mp4_box;

static mp4_box begin_box(mp4_layout *l, const char *type) {
    mp4_box b = {l->n, place(l)};
    put32(l, 0);
    put_bytes(l, type, 4);
    return b;
}

static mp4_box begin_full_box(mp4_layout *l, const char *type, uint32_t version_flags) {
    mp4_box b = begin_box(l, type);
    put32(l, version_flags);
    return b;
}

static void end_box(mp4_layout *l, mp4_box b) {
    if (!l->failed) nsr_put32(l->data + b.at, (uint32_t)(place(l) - b.place));
}

/* --- the boxes, in the order of the file --- */

static const uint32_t V1 = 1u << 24;

static void put_ftyp(mp4_layout *l) {
    mp4_box b = begin_box(l, "ftyp");
    put_bytes(l, "isom", 4);
    put32(l, 0x200);
    put_bytes(l, "isomiso2avc1mp41", 16);
    end_box(l, b);
}

static void put_matrix(mp4_layout *l) {
    static const uint32_t unity[9] = {0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000};
    for (int i = 0; i < 9; i++)
        put32(l, unity[i]);
}

static void put_mvhd(mp4_layout *l, uint32_t scale, int64_t duration) {
    mp4_box b = begin_full_box(l, "mvhd", V1);
    put_zeros(l, 4); /* no dates: the same frames make the same bytes */
    put32(l, scale);
    put64(l, (uint64_t)duration);
    put32(l, 0x10000);   /* rate 1 */
    put32(l, 0x1000000); /* volume 1, reserved */
    put_zeros(l, 2);
    put_matrix(l);
    put_zeros(l, 6);
    put32(l, 2); /* next track */
    end_box(l, b);
}

static void put_tkhd(mp4_layout *l, const nsr_mp4 *mp4, int64_t duration) {
    mp4_box b = begin_full_box(l, "tkhd", V1 | 3); /* enabled, in the movie */
    put_zeros(l, 4);
    put32(l, 1); /* track */
    put32(l, 0);
    put64(l, (uint64_t)duration);
    put_zeros(l, 4);
    put_matrix(l);
    put32(l, (uint32_t)mp4->w << 16);
    put32(l, (uint32_t)mp4->h << 16);
    end_box(l, b);
}

/* Where frames are reordered, all are shown `delay` late; the edit list skips that time at the start. */
static void put_edts(mp4_layout *l, int64_t duration, int64_t delay) {
    mp4_box edts = begin_box(l, "edts");
    mp4_box elst = begin_full_box(l, "elst", V1);
    put32(l, 1);
    put64(l, (uint64_t)duration);
    put64(l, (uint64_t)delay);
    put32(l, 0x10000);
    end_box(l, elst);
    end_box(l, edts);
}

static void put_mdhd(mp4_layout *l, uint32_t scale, int64_t duration) {
    mp4_box b = begin_full_box(l, "mdhd", V1);
    put_zeros(l, 4);
    put32(l, scale);
    put64(l, (uint64_t)duration);
    put32(l, 0x55c40000); /* language undetermined */
    end_box(l, b);
}

static void put_hdlr(mp4_layout *l) {
    mp4_box b = begin_full_box(l, "hdlr", 0);
    put32(l, 0);
    put_bytes(l, "vide", 4);
    put_zeros(l, 3);
    put_bytes(l, "VideoHandler", 13);
    end_box(l, b);
}

static void put_media_information(mp4_layout *l) {
    mp4_box vmhd = begin_full_box(l, "vmhd", 1);
    put_zeros(l, 2);
    end_box(l, vmhd);
    mp4_box dinf = begin_box(l, "dinf");
    mp4_box dref = begin_full_box(l, "dref", 0);
    put32(l, 1);
    end_box(l, begin_full_box(l, "url ", 1)); /* in this file */
    end_box(l, dref);
    end_box(l, dinf);
}

static void put_stts(mp4_layout *l, int64_t frames, uint32_t ticks) {
    mp4_box b = begin_full_box(l, "stts", 0);
    put32(l, 1);
    put32(l, (uint32_t)frames);
    put32(l, ticks);
    end_box(l, b);
}

/* Runs of chunks with equally many frames. A segment without frames is not a chunk. */
static void put_stsc(mp4_layout *l, const nsr_mp4 *mp4, int64_t groups) {
    mp4_box b = begin_full_box(l, "stsc", 0);
    put32(l, (uint32_t)groups);
    uint32_t chunk = 0;
    int64_t last = 0;
    for (int64_t u = 0; u < mp4->n_segments; u++) {
        int64_t frames = mp4->segment[u].info.frames;
        chunk += frames > 0;
        if (frames > 0 && frames != last) {
            put32(l, chunk);
            put32(l, (uint32_t)frames);
            put32(l, 1);
            last = frames;
        }
    }
    end_box(l, b);
}

/* The offsets are known only when the head is laid out; fill_co64 writes them. */
static size_t put_co64(mp4_layout *l, int64_t chunks) {
    mp4_box b = begin_full_box(l, "co64", 0);
    put32(l, (uint32_t)chunks);
    size_t at = l->n;
    for (int64_t i = 0; i < chunks; i++)
        put64(l, 0);
    end_box(l, b);
    return at;
}

static void fill_co64(mp4_layout *l, size_t at, const nsr_mp4 *mp4, int64_t payload) {
    for (int64_t u = 0; u < mp4->n_segments && !l->failed; payload += mp4->segment[u++].bytes)
        if (mp4->segment[u].info.frames > 0) {
            nsr_put64(l->data + at, (uint64_t)payload);
            at += 8;
        }
}

/* A table of n entries that all ranks fill later; returns its place. `stsz` has a 0 in front, as sizes differ. */
static int64_t put_table(mp4_layout *l, const char *type, int64_t n, int entry_bytes) {
    mp4_box b = begin_full_box(l, type, 0);
    if (strcmp(type, "stsz") == 0) put32(l, 0);
    put32(l, (uint32_t)n);
    int64_t at = leave_hole(l, entry_bytes * n);
    end_box(l, b);
    return at;
}

static size_t put_stbl(mp4_layout *l, const nsr_mp4 *mp4, const mp4_totals *t, nsr_mp4_places *places) {
    mp4_box stbl = begin_box(l, "stbl");
    put_bytes(l, mp4->entry, mp4->entry_bytes);
    put_stts(l, t->frames, places->ticks);
    put_stsc(l, mp4, t->groups);
    size_t co64 = put_co64(l, t->chunks);
    places->sizes = put_table(l, "stsz", t->frames, 4);
    places->keys = put_table(l, "stss", t->keys, 4);
    places->shifts = t->delay > 0 ? put_table(l, "ctts", t->runs, 8) : 0;
    end_box(l, stbl);
    return co64;
}

static size_t put_moov(mp4_layout *l, const nsr_mp4 *mp4, const mp4_totals *t, nsr_mp4_places *places) {
    uint32_t scale = (uint32_t)mp4->fps * places->ticks;
    int64_t duration = t->frames * places->ticks;
    mp4_box moov = begin_box(l, "moov");
    put_mvhd(l, scale, duration);
    mp4_box trak = begin_box(l, "trak");
    put_tkhd(l, mp4, duration);
    put_edts(l, duration, t->delay * places->ticks);
    mp4_box mdia = begin_box(l, "mdia");
    put_mdhd(l, scale, duration);
    put_hdlr(l);
    mp4_box minf = begin_box(l, "minf");
    put_media_information(l);
    size_t co64 = put_stbl(l, mp4, t, places);
    end_box(l, minf);
    end_box(l, mdia);
    end_box(l, trak);
    end_box(l, moov);
    return co64;
}

static void put_mdat(mp4_layout *l, int64_t bytes) {
    put32(l, 1); /* the size follows in 64 bits */
    put_bytes(l, "mdat", 4);
    put64(l, (uint64_t)bytes + 16);
}

/* --- the whole --- */

static mp4_totals count_samples(const nsr_mp4 *mp4) {
    mp4_totals t = {0};
    int64_t last = 0;
    for (int64_t u = 0; u < mp4->n_segments; u++) {
        const nsr_video_part_info *info = &mp4->segment[u].info;
        t.frames += info->frames;
        t.keys += info->keys;
        t.runs += info->runs;
        t.delay = info->delay > t.delay ? info->delay : t.delay;
        t.bytes += mp4->segment[u].bytes;
        t.chunks += info->frames > 0;
        t.groups += info->frames > 0 && info->frames != last;
        last = info->frames > 0 ? info->frames : last;
    }
    return t;
}

/* Some players want a fine time scale; a power of two keeps the frame rate exact. */
static uint32_t ticks_of(int fps) {
    uint32_t ticks = 1;
    while (ticks * (uint32_t)fps < 10000)
        ticks *= 2;
    return ticks;
}

static bool write_pieces(const mp4_layout *l, const nsr_file_slice *slice, nsr_err *err) {
    size_t from = 0;
    int64_t skipped = 0;
    for (int i = 0; i <= l->n_holes; i++) {
        size_t to = i < l->n_holes ? l->hole[i].at : l->n;
        if (!nsr_file_slice_write(slice, l->data + from, to - from, (int64_t)from + skipped, err)) return false;
        skipped += i < l->n_holes ? l->hole[i].bytes : 0;
        from = to;
    }
    return true;
}

bool nsr_mp4_write_head(const nsr_mp4 *mp4, const nsr_file_slice *slice, nsr_mp4_places *places, nsr_err *err) {
    mp4_layout l = {0};
    mp4_totals t = count_samples(mp4);
    *places = (nsr_mp4_places){.delay = t.delay, .ticks = ticks_of(mp4->fps)};
    put_ftyp(&l);
    size_t co64 = put_moov(&l, mp4, &t, places);
    put_mdat(&l, t.bytes);
    places->payload = place(&l);
    fill_co64(&l, co64, mp4, places->payload);
    if (t.frames == 0)
        nsr_fail(err, NSR_EINTERNAL, "%s: the parts hold no frame", slice->path);
    else if (l.failed)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the index of %s", slice->path);
    else if (places->payload > UINT32_MAX)
        nsr_fail(err, NSR_EUSAGE, "%s: %lld frames are too many for one MP4; give --speed, --fps, --frames or --time",
                 slice->path, (long long)t.frames);
    else
        write_pieces(&l, slice, err);
    free(l.data);
    return nsr_good(err);
}
