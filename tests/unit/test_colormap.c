/* SPDX-License-Identifier: MIT */
/* Names, colours and colormap files. That the tables are matplotlib's own is checked in tests/client. */
#include "check.h"
#include <nsrender/field.h>
#include <stdlib.h>
#include <unistd.h>

static nsr_palette palette;
static nsr_err err;

static bool make(const char *cmap) {
    err = (nsr_err){0};
    return nsr_palette_make(&palette, cmap, "lightgray", "white", &err);
}

static void check_rgb(nsr_rgb c, int r, int g, int b) {
    CHECK_EQ(c.r, r);
    CHECK_EQ(c.g, g);
    CHECK_EQ(c.b, b);
}

static void test_names(void) {
    CHECK(make("viridis"));
    check_rgb(palette.level[0], 68, 1, 84);
    check_rgb(palette.level[128], 33, 145, 140);
    check_rgb(palette.level[255], 253, 231, 37);
    check_rgb(palette.level[NSR_LEVEL_NODATA], 211, 211, 211);
    check_rgb(palette.level[NSR_LEVEL_BACKGROUND], 255, 255, 255);
    CHECK(make("viridis_r"));
    check_rgb(palette.level[0], 253, 231, 37);
    check_rgb(palette.level[255], 68, 1, 84);
    CHECK(make("jet_r") && make("twilight_shifted_r") && make("Greys") && make("grey_r"));
}

static void test_misspelt(void) {
    CHECK(!make("virdis"));
    CHECK_EQ(err.code, NSR_EUSAGE);
    CHECK_HAS(err.msg, "viridis");
    CHECK(!make("magmma_r"));
    CHECK_HAS(err.msg, "magma_r");
    CHECK(!make("zzzzzzzzzzz"));
    CHECK(!make(""));
    CHECK(!make("_r"));
    CHECK(!make("viridis_r_r"));
    err = (nsr_err){0};
    CHECK(!nsr_palette_make(&palette, "viridis", "lightgrya", "white", &err));
    CHECK_HAS(err.msg, "lightgray");
    CHECK_HAS(err.msg, "--nodata-color");
}

static void check_color(const char *text, int r, int g, int b) {
    nsr_rgb c = {1, 2, 3};
    err = (nsr_err){0};
    if (CHECK(nsr_color_parse(&c, text, &err))) check_rgb(c, r, g, b);
}

static void test_colors(void) {
    check_color("white", 255, 255, 255);
    check_color("LightGray", 211, 211, 211);
    check_color("rebeccapurple", 102, 51, 153);
    check_color("tab:blue", 31, 119, 180);
    check_color("k", 0, 0, 0);
    check_color("g", 0, 128, 0);
    check_color("#f80", 255, 136, 0);
    check_color("#0a1B2c", 10, 27, 44);
    check_color("0.5", 128, 128, 128);
    check_color("0", 0, 0, 0);
    check_color("1", 255, 255, 255);
    static const char *const bad[] = {"",    "#",    "#12", "#12345", "#1234567", "#ggg",
                                      "1.5", "-0.1", "nan", "0.5x",   "no colour"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        nsr_rgb c;
        err = (nsr_err){0};
        CHECK(!nsr_color_parse(&c, bad[i], &err));
        CHECK_EQ(err.code, NSR_EUSAGE);
    }
}

static char path[] = "/tmp/nsr-colormap-XXXXXX";

static void put(const char *format, int rows, const char *tail) {
    FILE *file = fopen(path, "w");
    fputs("# a comment\n\n", file);
    for (int i = 0; i < rows; i++) {
        fprintf(file, format, i, 255 - i, i / 2);
        fputc('\n', file);
    }
    fputs(tail, file);
    fclose(file);
}

static void test_files(void) {
    int fd = mkstemp(path);
    CHECK(fd >= 0 && close(fd) == 0);
    put("%d %d\t%d # row", 256, "");
    CHECK(make(path));
    check_rgb(palette.level[0], 0, 255, 0);
    check_rgb(palette.level[200], 200, 55, 100);
    put("  %d , %d,%d\r", 256, "   # end");
    CHECK(make(path));
    put("0.5 1 0 #", 256, "");
    CHECK(make(path));
    check_rgb(palette.level[17], 128, 255, 0);
    static const struct {
        const char *row;
        int rows;
        const char *tail;
    } bad[] = {
        {"%d %d %d", 255, ""},   {"%d %d %d", 256, "1 2 3\n"}, {"%d %d", 256, ""},
        {"%d %d %d 7", 256, ""}, {"0.5 %d %d", 256, ""},       {"-1 %d %d", 256, ""},
        {"%d %d %dx", 256, ""},  {"nan %d %d", 256, ""},       {"256 %d %d", 256, ""},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(bad[i].row, bad[i].rows, bad[i].tail);
        CHECK(!make(path));
        CHECK_EQ(err.code, NSR_EDATA);
    }
    unlink(path);
    CHECK(!make(path));
    CHECK_EQ(err.code, NSR_ENOINPUT);
    CHECK(!make("/tmp"));
    CHECK_EQ(err.code, NSR_EDATA);
    CHECK(!make("/dev/zero"));
    CHECK_EQ(err.code, NSR_EDATA);
}

int main(void) {
    test_names();
    test_misspelt();
    test_colors();
    test_files();
    return check_done();
}
