/* SPDX-License-Identifier: MIT */
/* Stacks: stored integers against the plain formula, shards byte by byte, lengths of chunks, and what damage is found.
 */
#include "check.h"
#include "sink/bytes.h"
#include "sink/zarr_meta.h"
#include "sink/zarr_shard.h"
#include <fcntl.h>
#include <float.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* --- stored integers --- */

static double plain_integer(double v, double lo, double hi, double steps) {
    if (!isfinite(v)) return 0;
    if (lo == hi) return 1;
    double t = isfinite(hi - lo) ? (v - lo) / (hi - lo) * steps : (v / 2 - lo / 2) / (hi / 2 - lo / 2) * steps;
    return 1 + rint(t);
}

/* f64 values as u16 and u8, with bin counts that leave rests in every vector. */
static void check_integers(const double *values, size_t n, double lo, double hi) {
    uint16_t wide[64];
    uint8_t narrow[64];
    const nsr_quantisation u16 = {NSR_ZARR_U16, lo, hi}, u8 = {NSR_ZARR_U8, lo, hi};
    nsr_quantise(wide, &u16, NSR_F64, values, n);
    nsr_quantise(narrow, &u8, NSR_F64, values, n);
    for (size_t i = 0; i < n; i++) {
        CHECK_EQ(wide[i], plain_integer(values[i], lo, hi, 65534));
        CHECK_EQ(narrow[i], plain_integer(values[i], lo, hi, 254));
        if (!isfinite(values[i])) continue;
        CHECK_CLOSE(nsr_quantised_value(&u16, wide[i]), values[i], nsr_quantisation_error(&u16, NSR_F64));
        CHECK_CLOSE(nsr_quantised_value(&u8, narrow[i]), values[i], nsr_quantisation_error(&u8, NSR_F64));
    }
}

static void test_ties(void) {
    double v[64];
    for (int i = 0; i < 64; i++)
        v[i] = i / 2.; /* with a step of 1: x.5 between two integers */
    check_integers(v, 64, 0, 65534);
    check_integers(v, 63, 0, 254);
    uint16_t stored[5];
    const double ties[] = {0.5, 1.5, 2.5, 0.49999999999999994, 65533.5};
    nsr_quantise(stored, &(nsr_quantisation){NSR_ZARR_U16, 0, 65534}, NSR_F64, ties, 5);
    CHECK_EQ(stored[0], 1), CHECK_EQ(stored[1], 3), CHECK_EQ(stored[2], 3), CHECK_EQ(stored[3], 1),
        CHECK_EQ(stored[4], 65535);
}

static void test_extremes(void) {
    const double odd[] = {-0.0, 0, 1, INFINITY, -INFINITY, NAN, 0.25, 0.75, DBL_TRUE_MIN, DBL_MIN};
    check_integers(odd, 10, 0, 1);
    const double huge[] = {-DBL_MAX, DBL_MAX, 0, 1, NAN, DBL_MAX / 2, -DBL_MAX / 3, INFINITY};
    check_integers(huge, 8, -DBL_MAX, DBL_MAX);
    const double tiny[] = {0, DBL_TRUE_MIN, NAN};
    check_integers(tiny, 3, 0, DBL_TRUE_MIN);
    const double same[] = {0.1, 0.1, NAN, INFINITY, 0.1};
    check_integers(same, 5, 0.1, 0.1);
    const double nothing[] = {NAN, INFINITY, -INFINITY};
    check_integers(nothing, 3, 0, 0);
    const nsr_quantisation wide = {NSR_ZARR_U16, -DBL_MAX, DBL_MAX};
    CHECK(isfinite(nsr_quantisation_scale(&wide)) && isfinite(nsr_quantisation_offset(&wide)));
}

static void test_floats(void) {
    enum { N = 1003 };
    float *v = malloc(N * sizeof *v), *kept = malloc(N * sizeof *kept);
    uint16_t *stored = malloc(N * sizeof *stored);
    for (int i = 0; i < N; i++)
        v[i] = i % 17 == 5 ? NAN : i % 101 == 7 ? INFINITY : (float)sin(i * 0.37) * 3.3f;
    const float lo = -3.3f, hi = 3.3f;
    nsr_quantise(stored, &(nsr_quantisation){NSR_ZARR_U16, lo, hi}, NSR_F32, v, N);
    nsr_quantise(kept, &(nsr_quantisation){NSR_ZARR_F32, lo, hi}, NSR_F32, v, N);
    const float quiet = NAN;
    for (int i = 0; i < N; i++) {
        CHECK_EQ(stored[i], plain_integer(v[i], lo, hi, 65534));
        CHECK(!memcmp(&kept[i], isfinite(v[i]) ? &v[i] : &quiet, 4));
    }
    free(v), free(kept), free(stored);
}

static void test_windows(void) {
    const nsr_quantisation c = {NSR_ZARR_U16, -2, 2};
    CHECK_CLOSE(nsr_quantised_exact(&c, -2), 1, 0);
    CHECK_CLOSE(nsr_quantised_exact(&c, 2), 65535, 1e-9);
    CHECK_CLOSE(nsr_quantised_exact(&c, 6), 1 + 2 * 65534., 1e-9);
    CHECK_CLOSE(nsr_quantised_exact(&c, 0.1) * nsr_quantisation_scale(&c) + nsr_quantisation_offset(&c), 0.1, 1e-12);
    CHECK(isnan(nsr_quantised_value(&c, 0)));
    const nsr_quantisation same = {NSR_ZARR_U16, 5, 5};
    CHECK_CLOSE(nsr_quantised_exact(&same, 4.5), 0.5, 0);
    CHECK_CLOSE(nsr_quantised_exact(&same, 5.5), 1.5, 0);
    CHECK_CLOSE(nsr_quantised_value(&same, 1), 5, 0);
}

/* Values outside the range are found wherever they stand, also in the rest behind the last whole vector. */
static void test_fit(void) {
    enum { N = 103 };
    float small[N];
    double large[N];
    const nsr_field field = {.file = "a.h5", .path = "/p"};
    const nsr_quantisation integers = {NSR_ZARR_U16, -2, 3}, floats = {NSR_ZARR_F32, -2, 3};
    for (int at = 0; at < N; at++)
        for (int what = 0; what < 4; what++) {
            const double odd[] = {INFINITY, -INFINITY, 3.5, -2.5};
            nsr_err one = {0}, other = {0};
            for (int i = 0; i < N; i++)
                small[i] = i % 7 ? (float)(i % 11) / 2 - 2 : NAN, large[i] = (double)small[i];
            small[at] = (float)odd[what], large[at] = odd[what];
            CHECK_EQ(nsr_values_fit(&field, &integers, NSR_F32, small, N, &one), what < 2);
            CHECK_EQ(nsr_values_fit(&field, &integers, NSR_F64, large, N, &other), what < 2);
            if (what >= 2) CHECK_HAS(one.msg, what == 2 ? "a.h5: /p: holds 3.5" : "a.h5: /p: holds -2.5");
            CHECK(one.code == other.code && (what < 2 || one.code == NSR_EDATA));
        }
    nsr_err err = {0};
    const double nothing[] = {NAN, INFINITY}, most[] = {-FLT_MAX, FLT_MAX, INFINITY};
    const double more[] = {0, -2 * (double)FLT_MAX};
    CHECK(nsr_values_fit(&field, &integers, NSR_F64, nothing, 2, &err));
    CHECK(nsr_values_fit(&field, &floats, NSR_F64, most, 3, &err));
    CHECK(!nsr_values_fit(&field, &floats, NSR_F64, more, 2, &err));
    CHECK_EQ(err.code, NSR_EUSAGE);
}

static void test_paint(void) {
    int32_t bin[] = {2, -1, 0, 1, -2, 2};
    const nsr_bin_map map = {.w = 3, .h = 2, .bin = bin};
    const uint16_t integers[] = {0, 0, 10, 11, 12}, want[] = {12, 0, 10, 11, 0, 12};
    uint16_t image[6];
    nsr_stored_paint(image, &map, NSR_ZARR_U16, integers + 2);
    CHECK(!memcmp(image, want, sizeof want));
    const uint8_t small[] = {0, 0, 1, 2, 3};
    uint8_t bytes[6];
    nsr_stored_paint(bytes, &map, NSR_ZARR_U8, small + 2);
    CHECK_EQ(bytes[0], 3), CHECK_EQ(bytes[1], 0), CHECK_EQ(bytes[4], 0);
}

/* --- arrays --- */

static int64_t chunk_for(int64_t length, int64_t segment, int side, const char *dtype, int64_t given) {
    const nsr_config config = {.zarr = {.dtype = dtype, .codec = "lz4", .chunk_frames = given}};
    const nsr_bin_map map = {.w = side, .h = side};
    return nsr_zarr_array_make(&config, &map, length, segment, 0).chunk;
}

/* 4 ms, a microsecond a chunk, a nanosecond a byte of a chunk. */
static void test_step(void) {
    nsr_zarr_array a = {.type = NSR_ZARR_U16, .length = 1000000, .h = 100, .w = 100, .chunk = 256, .shard = 1024};
    CHECK_CLOSE(nsr_zarr_step_ms(&a), 4 + 3.907 + 5.12, 1e-9);
    a.length = 100000, a.chunk = 64;
    CHECK_CLOSE(nsr_zarr_step_ms(&a), 4 + 1.563 + 1.28, 1e-9);
    a.type = NSR_ZARR_U8, a.length = 1, a.chunk = 1;
    CHECK_CLOSE(nsr_zarr_step_ms(&a), 4 + 0.001 + 0.01, 1e-9);
}

static void test_chunk_lengths(void) {
    const int64_t any = NSR_NOT_GIVEN;
    CHECK_EQ(chunk_for(100000, 64, 100, "u16", any), 64);
    CHECK_EQ(chunk_for(1000000, 1024, 100, "u16", any), 256);
    CHECK_EQ(chunk_for(10000000, 8192, 100, "u16", any), 512);
    CHECK_EQ(chunk_for(1000000, 1000, 100, "u16", any), 200);
    CHECK_EQ(chunk_for(1000000, 997, 100, "u16", any), 1); /* a prime */
    CHECK_EQ(chunk_for(1000, 64, 4000, "f32", any), 1);    /* one frame is more than a chunk should be */
    CHECK_EQ(chunk_for(1, 64, 10, "u16", any), 1);
    CHECK_EQ(chunk_for(1000000, 1024, 100, "u16", 128), 128);
    CHECK_EQ(chunk_for(1000, 64, 100, "u16", 4096), 64);
    CHECK_EQ(chunk_for(1000000, 1024, 100, "u16", 100), 64);
}

/* --- shards --- */

static char dir[] = "/tmp/nsr-zarr-XXXXXX";

static nsr_zarr_array small_array(nsr_zarr_type type, nsr_zarr_codec codec) {
    return (nsr_zarr_array){.type = type, .codec = codec, .length = 20, .h = 3, .w = 5, .chunk = 4, .shard = 16};
}

static void fill(void *chunk, const nsr_zarr_array *a, int seed) {
    const size_t n = (size_t)a->chunk * 15;
    for (size_t i = 0; i < n; i++) {
        unsigned v = (unsigned)(i * 7 + (size_t)seed * 31) % 250;
        if (a->type == NSR_ZARR_U8)
            ((uint8_t *)chunk)[i] = (uint8_t)v;
        else if (a->type == NSR_ZARR_U16)
            ((uint16_t *)chunk)[i] = (uint16_t)(v * 200);
        else
            ((float *)chunk)[i] = v % 9 == 0 ? NAN : (float)v / 3;
    }
}

static void write_shard(const char *path, const nsr_zarr_array *a) {
    float chunk[64], nothing[64];
    nsr_err err = {0};
    nsr_shard shard;
    char hash[NSR_HASH_CHARS], again[NSR_HASH_CHARS];
    int64_t bytes;
    nsr_stored_nothing(nothing, a->type, 60);
    CHECK(nsr_shard_open(&shard, a, path, "test", &err));
    for (int64_t slot = 0; slot < 4; slot++) {
        fill(chunk, a, (int)slot);
        CHECK(nsr_shard_put(&shard, slot, slot == 2 ? nothing : chunk, &err));
    }
    CHECK(nsr_shard_commit(&shard, hash, &bytes, &err));
    CHECK(nsr_hash_file(path, 0, bytes, again, &err));
    CHECK_TEXT(again, hash);
    nsr_shard_drop(&shard); /* harmless */
}

static void check_index(const unsigned char *file, size_t bytes, const nsr_zarr_array *a) {
    const size_t n = 4 * 16;
    const unsigned char *index = file + bytes - n - 4;
    uint64_t at = 0;
    CHECK_EQ(nsr_get32_le(file + bytes - 4), nsr_crc32c(index, n));
    for (int slot = 0; slot < 4; slot++) {
        const uint64_t offset = nsr_get64_le(index + 16 * slot), size = nsr_get64_le(index + 16 * slot + 8);
        if (slot == 2) {
            CHECK(offset == UINT64_MAX && size == UINT64_MAX);
            continue;
        }
        CHECK_EQ(offset, at);
        CHECK_EQ(nsr_get32_le(file + offset + size - 4), nsr_crc32c(file + offset, size - 4));
        if (a->codec == NSR_ZARR_NONE) CHECK_EQ(size, nsr_zarr_chunk_bytes(a) + 4); /* can be mapped */
        at += size;
    }
    CHECK_EQ(at + n + 4, bytes);
}

static void check_contents(const char *path, const nsr_zarr_array *a) {
    float want[64], is[64];
    nsr_err err = {0};
    char why[500] = "";
    CHECK(nsr_shard_check(path, a, why, sizeof why));
    CHECK_TEXT(why, "");
    for (int64_t slot = 0; slot < 4; slot++) {
        if (slot == 2)
            nsr_stored_nothing(want, a->type, 60);
        else
            fill(want, a, (int)slot);
        CHECK(nsr_shard_get(path, a, slot, is, &err));
        CHECK(!memcmp(is, want, nsr_zarr_chunk_bytes(a)));
    }
}

static void put_file(const char *path, const void *data, size_t bytes) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0 && write(fd, data, bytes) == (ssize_t)bytes && close(fd) == 0);
}

/* Any byte that is flipped and any byte that is missing or too many. */
static void check_damage(const char *path, unsigned char *file, size_t bytes, const nsr_zarr_array *a) {
    char why[500];
    for (size_t i = 0; i < bytes; i += 1 + bytes / 97) {
        file[i] ^= 0x10;
        put_file(path, file, bytes);
        CHECK(!nsr_shard_check(path, a, why, sizeof why));
        file[i] ^= 0x10;
    }
    put_file(path, file, bytes - 1);
    CHECK(!nsr_shard_check(path, a, why, sizeof why));
    put_file(path, file + 1, bytes - 1);
    CHECK(!nsr_shard_check(path, a, why, sizeof why));
    put_file(path, file, 3);
    CHECK(!nsr_shard_check(path, a, why, sizeof why));
    CHECK_HAS(why, "too short");
    unlink(path);
    CHECK(!nsr_shard_check(path, a, why, sizeof why));
    CHECK_HAS(why, "cannot open");
}

/* An index with places outside the file, with a right checksum. */
static void check_lies(const char *path, unsigned char *file, size_t bytes, const nsr_zarr_array *a) {
    static const uint64_t lies[][2] = {{UINT64_MAX - 7, 100}, {0, UINT64_MAX - 1}, {0, 1 << 20}, {0, 0}, {0, 3},
                                       {INT64_MAX, 8},        {UINT64_MAX, 5}};
    unsigned char *index = file + bytes - 4 * 16 - 4;
    char why[500];
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        nsr_put64_le(index + 16, lies[i][0]);
        nsr_put64_le(index + 24, lies[i][1]);
        nsr_put32_le(index + 64, nsr_crc32c(index, 64));
        put_file(path, file, bytes);
        CHECK(!nsr_shard_check(path, a, why, sizeof why));
        CHECK_HAS(why, "chunk 1");
    }
}

static void test_shards(void) {
    char path[200];
    snprintf(path, sizeof path, "%s/c.0.0.0", dir);
    for (int type = 0; type < 3; type++)
        for (int codec = 0; codec < 3; codec++) {
            const nsr_zarr_array a = small_array((nsr_zarr_type)type, (nsr_zarr_codec)codec);
            nsr_err err = {0};
            size_t bytes = 0;
            write_shard(path, &a);
            unsigned char *file = (unsigned char *)nsr_file_get(path, &bytes, &err);
            if (!CHECK(file && bytes > 68)) continue;
            check_index(file, bytes, &a);
            check_contents(path, &a);
            check_damage(path, file, bytes, &a);
            check_lies(path, file, bytes, &a);
            unlink(path);
            free(file);
        }
}

static void test_names(void) {
    char name[64];
    nsr_shard_name(name, 0, 12);
    CHECK_TEXT(name, "c.12.0.0");
    nsr_shard_name(name, 2, 0);
    CHECK_TEXT(name, "c.0.0.0.0");
}

/* --- metadata --- */

static void test_metadata(void) {
    char path[200];
    nsr_field field = {.path = "/a/posterior"};
    const nsr_job job = {.field = &field, .dir = dir, .run = "test"};
    nsr_err err = {0};
    for (int type = 0; type < 3; type++)
        for (int channels = 0; channels < 3; channels += 2) {
            nsr_zarr_array a = small_array((nsr_zarr_type)type, (nsr_zarr_codec)((type + 1) % 3)), b;
            a.channels = channels;
            const nsr_quantisation q = {a.type, -1, 3};
            CHECK(nsr_zarr_put_array(&job, ".", &a, &q, &err));
            CHECK(nsr_zarr_get_array(&b, dir, ".", &err));
            CHECK(b.type == a.type && b.codec == a.codec && b.length == a.length && b.channels == a.channels);
            CHECK(b.h == a.h && b.w == a.w && b.chunk == a.chunk && b.shard == a.shard);
        }
    snprintf(path, sizeof path, "%s/zarr.json", dir);
    static const char *const bad[] = {"", "[]", "{}", "{\"shape\": 3}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nsr_zarr_array b;
        put_file(path, bad[i], strlen(bad[i]));
        err = (nsr_err){0};
        CHECK(!nsr_zarr_get_array(&b, dir, ".", &err));
        CHECK_EQ(err.code, NSR_EDATA);
    }
    char level[200], inner[210];
    for (int i = 0; i < 3; i++) {
        snprintf(level, sizeof level, "%s/%d", dir, i);
        snprintf(inner, sizeof inner, "%s/zarr.json", level);
        if (CHECK(mkdir(level, 0777) == 0)) put_file(inner, "{}", 2);
    }
    nsr_zarr_hide(&job, ".");
    CHECK(access(path, F_OK) != 0);
    for (int i = 0; i < 3; i++) {
        snprintf(level, sizeof level, "%s/%d", dir, i);
        CHECK(rmdir(level) == 0);
    }
}

int main(void) {
    CHECK_EQ(nsr_crc32c("123456789", 9), 0xE3069283);
    CHECK_EQ(nsr_crc32c("", 0), 0);
    test_ties();
    test_extremes();
    test_floats();
    test_windows();
    test_fit();
    test_paint();
    test_chunk_lengths();
    test_step();
    test_names();
    if (!CHECK(mkdtemp(dir) != NULL)) return check_done();
    test_shards();
    test_metadata();
    rmdir(dir);
    return check_done();
}
