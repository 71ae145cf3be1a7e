/* SPDX-License-Identifier: MIT */
/* A shard: packed chunks one after another, then an index of all slots (offset and bytes as little-endian 64-bit
   numbers, all ones for a chunk that is left out), then the CRC-32C of the index. With codec `none` a chunk is its
   plain bytes and four of checksum, so a reader may map the file into memory and find the chunks by the index. */
#include "zarr_shard.h"
#include "bytes.h"
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ENTRY = 16, FILE_BUFFER = 1 << 18 };

static size_t index_bytes(const nsr_zarr_array *array) { return (size_t)nsr_zarr_slots(array) * ENTRY; }

void nsr_shard_name(char name[64], int channels, int64_t index) {
    snprintf(name, 64, "c.%" PRId64 "%s", index, channels ? ".0.0.0" : ".0.0");
}

/* --- writing --- */

size_t nsr_shard_memory(const nsr_zarr_array *array) {
    return index_bytes(array) + NSR_CRC_BYTES + nsr_packed_room(array) + FILE_BUFFER;
}

bool nsr_shard_open(nsr_shard *shard, const nsr_zarr_array *array, const char *path, const char *run, nsr_err *err) {
    *shard = (nsr_shard){.array = *array, .file = {.fd = -1}};
    const size_t bytes = index_bytes(array) + NSR_CRC_BYTES;
    shard->index = malloc(bytes);
    if (!shard->index)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for an index of %zu bytes", bytes);
    else
        memset(shard->index, 0xff, bytes);
    bool good =
        shard->index && nsr_packer_open(&shard->packer, array, err) && nsr_file_create(&shard->file, path, run, err);
    if (!good) nsr_shard_drop(shard);
    return good;
}

/* True when the first number is no data and all others equal it. */
static bool holds_nothing(const nsr_zarr_array *array, const void *chunk) {
    const size_t size = nsr_zarr_type_size(array->type), bytes = nsr_zarr_chunk_bytes(array);
    double nothing = 0;
    nsr_stored_nothing(&nothing, array->type, 1);
    return !memcmp(chunk, &nothing, size) && !memcmp(chunk, (const char *)chunk + size, bytes - size);
}

bool nsr_shard_put(nsr_shard *shard, int64_t slot, const void *chunk, nsr_err *err) {
    if (holds_nothing(&shard->array, chunk)) return true;
    nsr_packer *packer = &shard->packer;
    if (!nsr_packer_pack(packer, chunk, err)) return false;
    unsigned char *entry = shard->index + (size_t)slot * ENTRY;
    nsr_put64_le(entry, (uint64_t)shard->file.bytes);
    nsr_put64_le(entry + 8, packer->bytes);
    return nsr_file_write(&shard->file, packer->packed, packer->bytes, err);
}

static void release_shard(nsr_shard *shard) {
    nsr_packer_close(&shard->packer);
    free(shard->index);
    shard->index = NULL;
}

bool nsr_shard_commit(nsr_shard *shard, char hash[NSR_HASH_CHARS], int64_t *bytes, nsr_err *err) {
    const size_t n = index_bytes(&shard->array);
    nsr_put32_le(shard->index + n, nsr_crc32c(shard->index, n));
    if (!nsr_file_write(&shard->file, shard->index, n + NSR_CRC_BYTES, err)) return false;
    *bytes = shard->file.bytes;
    if (!nsr_file_commit(&shard->file, hash, err)) return false;
    release_shard(shard);
    return true;
}

void nsr_shard_drop(nsr_shard *shard) {
    if (shard->file.path[0]) nsr_file_drop(&shard->file);
    release_shard(shard);
}

/* --- reading --- */

typedef struct shard_reading {
    const nsr_zarr_array *array;
    const char *path;
    int fd;
    int64_t data; /* bytes of the chunks, which lie in front of the index */
    unsigned char *index, *packed;
} shard_reading;

static bool fail_damaged(const shard_reading *r, nsr_err *err, const char *damage) {
    return nsr_fail(err, NSR_EDATA, "%s: %s", r->path, damage);
}

static bool read_index(shard_reading *r, nsr_err *err) {
    const size_t n = index_bytes(r->array);
    struct stat st;
    if (fstat(r->fd, &st)) return nsr_fail(err, NSR_EIO, "%s: cannot look at it: %s", r->path, strerror(errno));
    r->data = st.st_size - (int64_t)(n + NSR_CRC_BYTES);
    if (r->data < 0) return fail_damaged(r, err, "is too short for its index");
    r->index = malloc(n + NSR_CRC_BYTES);
    r->packed = malloc(nsr_packed_room(r->array));
    if (!r->index || !r->packed) return nsr_fail(err, NSR_EINTERNAL, "%s: out of memory for reading it", r->path);
    if (!nsr_pread_all(r->fd, r->index, n + NSR_CRC_BYTES, r->data, r->path, err)) return false;
    return nsr_get32_le(r->index + n) == nsr_crc32c(r->index, n) ||
           fail_damaged(r, err, "the checksum of its index is wrong");
}

static void close_reading(shard_reading *r) {
    if (r->fd >= 0) close(r->fd);
    free(r->index);
    free(r->packed);
}

static bool open_reading(shard_reading *r, const char *path, const nsr_zarr_array *array, nsr_err *err) {
    *r = (shard_reading){.array = array, .path = path, .fd = open(path, O_RDONLY | O_CLOEXEC)};
    if (r->fd < 0)
        return nsr_fail(err, errno == ENOENT ? NSR_EDATA : NSR_EIO, "%s: cannot open it: %s", path, strerror(errno));
    if (read_index(r, err)) return true;
    close_reading(r);
    return false;
}

/* Where the chunk of a slot lies in the file; *bytes is 0 where it is left out. False when its entry is impossible. */
static bool find_slot(const shard_reading *r, int64_t slot, int64_t *offset, size_t *bytes) {
    const unsigned char *entry = r->index + (size_t)slot * ENTRY;
    const uint64_t at = nsr_get64_le(entry), n = nsr_get64_le(entry + 8), data = (uint64_t)r->data;
    const bool left_out = at == UINT64_MAX && n == UINT64_MAX;
    *offset = left_out ? 0 : (int64_t)at;
    *bytes = left_out ? 0 : (size_t)n;
    return left_out || (n > 0 && n <= nsr_packed_room(r->array) && at <= data && n <= data - at);
}

static bool read_slot(const shard_reading *r, int64_t slot, void *chunk, size_t *bytes, nsr_err *err) {
    const char *why = "its place in the index lies outside the file";
    int64_t offset;
    bool good = find_slot(r, slot, &offset, bytes);
    if (good && *bytes == 0) {
        nsr_stored_nothing(chunk, r->array->type, nsr_zarr_chunk_bytes(r->array) / nsr_zarr_type_size(r->array->type));
        return true;
    }
    if (good && !nsr_pread_all(r->fd, r->packed, *bytes, offset, r->path, err)) return false;
    if (good && nsr_unpack(r->array, r->packed, *bytes, chunk, &why)) return true;
    return nsr_fail(err, NSR_EDATA, "%s: chunk %" PRId64 ": %s", r->path, slot, why);
}

static bool check_slots(const shard_reading *r, void *chunk, nsr_err *err) {
    int64_t sum = 0;
    for (int64_t slot = 0; slot < nsr_zarr_slots(r->array); slot++) {
        size_t bytes;
        if (!read_slot(r, slot, chunk, &bytes, err)) return false;
        sum += (int64_t)bytes;
    }
    return sum == r->data || fail_damaged(r, err, "holds bytes that belong to no chunk");
}

bool nsr_shard_check(const char *path, const nsr_zarr_array *array, char *why, size_t size) {
    nsr_err err = {0};
    shard_reading r;
    if (open_reading(&r, path, array, &err)) {
        void *chunk = malloc(nsr_zarr_chunk_bytes(array));
        if (chunk)
            check_slots(&r, chunk, &err);
        else
            nsr_fail(&err, NSR_EINTERNAL, "%s: out of memory for checking it", path);
        free(chunk);
        close_reading(&r);
    }
    if (!nsr_good(&err)) snprintf(why, size, "%s", err.msg);
    return nsr_good(&err);
}

bool nsr_shard_get(const char *path, const nsr_zarr_array *array, int64_t slot, void *chunk, nsr_err *err) {
    shard_reading r;
    size_t bytes;
    if (!open_reading(&r, path, array, err)) return false;
    read_slot(&r, slot, chunk, &bytes, err);
    close_reading(&r);
    return nsr_good(err);
}
