/* SPDX-License-Identifier: MIT */
/* Names with bytes that are no UTF-8: written as \xNN, read back, cut between characters. */
#include "base/utf8.h"
#include "check.h"

static void there_and_back(const char *name, const char *shown) {
    char text[64], back[64];
    nsr_text_escape(text, sizeof text, name);
    CHECK_TEXT(text, shown);
    CHECK(nsr_text_is_clean(text));
    CHECK(nsr_text_unescape(back, sizeof back, text) == !nsr_text_is_clean(name));
    CHECK_TEXT(back, name);
}

int main(void) {
    char text[8];
    there_and_back("", "");
    there_and_back("plain \\ \\x \\x4 \\x41", "plain \\ \\x \\x4 \\x41");
    there_and_back("h\xc3\xb6he \xe2\x82\xac", "h\xc3\xb6he \xe2\x82\xac");
    there_and_back("caf\xe9", "caf\\xe9");
    there_and_back("\xff\xfe\xc3", "\\xff\\xfe\\xc3");
    nsr_text_escape(text, sizeof text, "abcdef\xc3\xb6");
    CHECK_TEXT(text, "abcdef");
    nsr_text_escape(text, sizeof text, "abcd\xe9");
    CHECK_TEXT(text, "abcd");
    return check_done();
}
