/* SPDX-License-Identifier: MIT */
/* XXH3-128 of libxxhash, as digits of its canonical (big-endian) form. */
#include <nsrender/hash.h>
#include <stdio.h>
#include <xxhash.h>
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h> /* the widest vectors of the processor, four times as fast; the same hashes */
#endif

static void digits(XXH128_hash_t value, char text[NSR_HASH_CHARS]) {
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, value);
    for (int i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", canonical.digest[i]);
}

nsr_hash *nsr_hash_open(void) {
    XXH3_state_t *state = XXH3_createState();
    if (state) XXH3_128bits_reset(state);
    return (nsr_hash *)state;
}

void nsr_hash_add(nsr_hash *hash, const void *data, size_t bytes) {
    XXH3_128bits_update((XXH3_state_t *)hash, data, bytes);
}

void nsr_hash_text(const nsr_hash *hash, char text[NSR_HASH_CHARS]) {
    digits(XXH3_128bits_digest((const XXH3_state_t *)hash), text);
}

void nsr_hash_reset(nsr_hash *hash) { XXH3_128bits_reset((XXH3_state_t *)hash); }

void nsr_hash_close(nsr_hash *hash) {
    if (hash) XXH3_freeState((XXH3_state_t *)hash);
}

void nsr_hash_of(const void *data, size_t bytes, char text[NSR_HASH_CHARS]) { digits(XXH3_128bits(data, bytes), text); }
