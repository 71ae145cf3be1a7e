/* SPDX-License-Identifier: MIT */
/* Values that are more than a number, from text: 64M, 800x600, A:B:S, T0:T1, K/N, HH:MM:SS. */
#include "cli.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { PIECE = 64 };

/* Cuts `text` at the first `mark`: the part before goes to `head`. Returns what follows, NULL without a mark or with a
   head that no number is as long as. */
static const char *cut(const char *text, const char *marks, char head[PIECE]) {
    size_t n = strcspn(text, marks);
    if (!text[n] || n >= PIECE) return NULL;
    memcpy(head, text, n);
    head[n] = 0;
    return text + n + 1;
}

/* The factor of a suffix K, M, G or T (powers of 1024) in either case; 0 for any other letter. */
static double suffix_factor(char letter) {
    static const char letters[] = "KMGT";
    const char *at = strchr(letters, letter >= 'a' ? letter - 'a' + 'A' : letter);
    return letter && at ? ldexp(1, 10 * (int)(at - letters + 1)) : 0;
}

bool nsr_bytes_parse(nsr_bytes *bytes, const char *text, const char *name, nsr_err *err) {
    char number[PIECE];
    size_t n = strlen(text);
    double value, factor = n ? suffix_factor(text[n - 1]) : 0;
    if (n >= PIECE)
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%.40s...' is not a size; write 64M, 1.5G or 1000000", name, text);
    memcpy(number, text, n + 1);
    if (factor > 0)
        number[n - 1] = 0;
    else
        factor = 1;
    if (!nsr_real_parse(&value, number) || value * factor < 1 || value * factor >= 0x1p62)
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a size; write 64M, 1.5G or 1000000", name, text);
    bytes->n = (int64_t)(value * factor);
    return true;
}

bool nsr_size_parse(nsr_size *size, const char *text, const char *name, nsr_err *err) {
    char head[PIECE];
    int64_t w, h;
    if (strcmp(text, "auto") == 0) {
        *size = (nsr_size){0, 0};
        return true;
    }
    const char *tail = cut(text, "xX", head);
    if (!tail || !nsr_int_parse(&w, head) || !nsr_int_parse(&h, tail))
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a size; write auto or WIDTHxHEIGHT, such as 800x600", name,
                        text);
    if (w < 2 || h < 2 || w > 16384 || h > 16384)
        return nsr_fail(err, NSR_EUSAGE, "--%s: %s is out of range; each side has 2 to 16384 pixels", name, text);
    *size = (nsr_size){(int)w, (int)h};
    return true;
}

/* Reads one end of a frame range; an empty text leaves `value` as it is. */
static bool frame_number(int64_t *value, const char *text) {
    return !*text || (nsr_int_parse(value, text) && *value >= 0);
}

bool nsr_frames_parse(nsr_frames *frames, const char *text, const char *name, nsr_err *err) {
    char first[PIECE], end[PIECE];
    nsr_frames out = {.first = 0, .end = INT64_MAX, .step = 1, .given = true};
    const char *rest = cut(text, ":", first), *step = rest ? cut(rest, ":", end) : NULL;
    const char *last = step ? end : rest;
    if (!rest || !frame_number(&out.first, first) || !frame_number(&out.end, last) ||
        (step && !nsr_int_parse(&out.step, step)))
        return nsr_fail(err, NSR_EUSAGE,
                        "--%s: '%s' is not a range of frames; write A:B or A:B:S with whole numbers from 0 on", name,
                        text);
    if (out.step < 1) return nsr_fail(err, NSR_EUSAGE, "--%s: %s: the step must be at least 1", name, text);
    if (out.first >= out.end)
        return nsr_fail(err, NSR_EUSAGE, "--%s: %s has no frame; B is the first frame that is left out", name, text);
    out.open_end = !*last;
    *frames = out;
    return true;
}

bool nsr_seconds_parse(nsr_seconds *seconds, const char *text, const char *name, nsr_err *err) {
    char head[PIECE];
    nsr_seconds out = {.first = -INFINITY, .end = INFINITY, .given = true};
    const char *tail = cut(text, ":", head);
    if (!tail || (*head && !nsr_real_parse(&out.first, head)) || (*tail && !nsr_real_parse(&out.end, tail)))
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a time range; write T0:T1 in seconds, such as 600:660.5",
                        name, text);
    if (out.first >= out.end)
        return nsr_fail(err, NSR_EUSAGE, "--%s: %s is empty; T0 must be less than T1", name, text);
    *seconds = out;
    return true;
}

bool nsr_share_parse(nsr_share *share, const char *text, const char *name, nsr_err *err) {
    char head[PIECE];
    int64_t k, n;
    const char *tail = cut(text, "/", head);
    if (!tail || !nsr_int_parse(&k, head) || !nsr_int_parse(&n, tail) || k < 1 || n < k || n > 1000000)
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a share; write K/N with 1 <= K <= N, such as 3/16", name,
                        text);
    *share = (nsr_share){(int)k, (int)n};
    return true;
}

/* Cuts a text at colons into up to three numbers; the number of them, 0 for any other text. */
static int colon_numbers(const char *text, int64_t number[3]) {
    char head[PIECE];
    int n = 0;
    for (const char *next; n < 2 && (next = cut(text, ":", head)); text = next)
        if (!nsr_int_parse(&number[n++], head)) return 0;
    return nsr_int_parse(&number[n], text) ? n + 1 : 0;
}

/* [D-]HH:MM:SS or MM:SS. A lone number would be seconds to one reader and Slurm's minutes to another. */
bool nsr_duration_parse(nsr_duration *duration, const char *text, const char *name, nsr_err *err) {
    char head[PIECE];
    int64_t days = 0, number[3];
    const char *clock = cut(text, "-", head);
    const int n = colon_numbers(clock ? clock : text, number);
    bool good = clock ? n == 3 && nsr_int_parse(&days, head) && days >= 0 && days <= 10000 : n > 1;
    double seconds = 0;
    for (int i = 0; i < n && good; i++) {
        good = number[i] >= 0 && number[i] < (i ? 60 : 1000000);
        seconds = 60 * seconds + (double)number[i];
    }
    seconds += 86400 * (double)days;
    if (!good || !(seconds > 0))
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a duration; write HH:MM:SS, such as 01:30:00", name, text);
    duration->seconds = seconds;
    return true;
}
