/* SPDX-License-Identifier: MIT */
/* Foreign text in UTF-8 and in other encodings. */
#include "utf8.h"
#include <stdio.h>
#include <string.h>

/* Bytes of the UTF-8 character that begins here; 0: these bytes are no UTF-8. */
static int letter_bytes(const unsigned char *c) {
    int n = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : *c < 0xf5 ? 4 : 0;
    for (int i = 1; i < n; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    bool odd = (*c == 0xe0 && c[1] < 0xa0) || (*c == 0xed && c[1] > 0x9f) || (*c == 0xf0 && c[1] < 0x90) ||
               (*c == 0xf4 && c[1] > 0x8f);
    return odd ? 0 : n;
}

bool nsr_text_is_clean(const char *text) {
    for (int n; *text; text += n)
        if (!(n = letter_bytes((const unsigned char *)text))) return false;
    return true;
}

void nsr_text_clean(char *text) {
    for (unsigned char *c = (unsigned char *)text; *c;) {
        int n = letter_bytes(c);
        if (n == 0) *c = '?';
        c += n ? n : 1;
    }
}

void nsr_text_escape(char *out, size_t size, const char *text) {
    size_t used = 0;
    for (int n; *text; text += n ? n : 1) {
        char letter[8];
        n = letter_bytes((const unsigned char *)text);
        int length = n ? snprintf(letter, sizeof letter, "%.*s", n, text)
                       : snprintf(letter, sizeof letter, "\\x%02x", (unsigned char)*text);
        if (used + (size_t)length >= size) break;
        memcpy(out + used, letter, (size_t)length);
        used += (size_t)length;
    }
    out[used] = 0;
}

bool nsr_text_unescape(char *out, size_t size, const char *text) {
    bool any = false;
    size_t used = 0;
    while (*text && used + 1 < size) {
        unsigned byte;
        int length = 0;
        bool escaped = sscanf(text, "\\x%2x%n", &byte, &length) == 1 && length == 4 && byte >= 0x80;
        out[used++] = escaped ? (char)byte : *text;
        text += escaped ? 4 : 1;
        any |= escaped;
    }
    out[used] = 0;
    return any;
}
