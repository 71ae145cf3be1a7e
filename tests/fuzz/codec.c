/* SPDX-License-Identifier: MIT */
/* One codec, named by NSR_FUZZ_CODEC (tests/CMakeLists.txt makes a target of each), on bytes that need not be its own.
   Bytes of an input: 0-1 room for the result, 2 bytes of a word, then what is stored. Sanitizers do not see into the
   libraries that do the work, so stored bytes and room end before a page that must not be accessed. */
#include "source/filter/codec.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { HEAD = 3, MOST = 1 << 14, FILLING = 0xa5, STEPS = 1024 };

/* Nor does a fuzzer see into them: how far a codec came is all that it learns. */
__attribute__((section("__libfuzzer_extra_counters"))) static uint8_t came_to[STEPS];

static void tell_progress(const unsigned char *plain, size_t room) {
    while (room > 0 && plain[room - 1] == FILLING)
        room--;
    came_to[room % STEPS] = 1;
}

/* `n` bytes, at most MOST, in front of a forbidden page. */
static unsigned char *guarded(unsigned char **area, size_t n) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (!*area) {
        *area = mmap(NULL, MOST + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (*area == MAP_FAILED || mprotect(*area + MOST, page, PROT_NONE)) abort();
    }
    return *area + MOST - n;
}

/* Byte `at` of `n` shuffled words. */
static unsigned char unshuffled(const unsigned char *stored, size_t n, size_t word, size_t at) {
    return at < n * word ? stored[at % word * n + at / word] : stored[at];
}

/* What is simple enough to be worked out again. */
static void check_plain(const nsr_filter *filter, const unsigned char *stored, size_t bytes,
                        const unsigned char *plain, size_t got) {
    size_t word = filter->word ? filter->word : 1;
    if (filter->id == NSR_FILTER_SHUFFLE) {
        if (got && got != bytes) abort();
        for (size_t i = 0; i < got; i++)
            if (plain[i] != unshuffled(stored, bytes / word, word, i)) abort();
    } else if (filter->id == NSR_FILTER_FLETCHER32 && got) {
        if (got != bytes - 4 || memcmp(plain, stored, got) != 0) abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static unsigned char *areas[2];
    static nsr_undoer *undoer;
    if (size < HEAD || size > MOST || (!undoer && !(undoer = nsr_undoer_open()))) return 0;
    const nsr_filter filter = {NSR_FUZZ_CODEC, data[2]};
    size_t claim = data[0] | (size_t)data[1] << 8, room = claim < MOST ? claim : MOST, bytes = size - HEAD;
    unsigned char *stored = guarded(&areas[0], bytes), *plain = guarded(&areas[1], room);
    memcpy(stored, data + HEAD, bytes);
    memset(areas[1], FILLING, MOST);
    size_t got = nsr_codec_undo(undoer, &filter, stored, bytes, plain, room);
    if (got > room || memcmp(stored, data + HEAD, bytes) != 0) abort();
    if (room < MOST && plain[-1] != FILLING) abort();
    check_plain(&filter, stored, bytes, plain, got);
    tell_progress(plain, room);
    return 0;
}
