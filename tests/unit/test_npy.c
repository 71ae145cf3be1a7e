/* SPDX-License-Identifier: MIT */
/* NumPy's files: every type and version that NumPy writes, both orders, and nothing that is not exactly so. */
#include "check.h"
#include "npz_make.h"

#include "environment/npz.h"

#include <unistd.h>

#define HEADER(type, order, shape) "{'descr': '" type "', 'fortran_order': " order ", 'shape': " shape ", }"

static bool parse(nsr_npy *array, make_array *made, int version, const char *header, const void *numbers, size_t size,
                  nsr_err *err) {
    *err = (nsr_err){0};
    make_npy(made, version, header, numbers, size);
    return nsr_npy_parse(array, made->bytes, made->size, "a.npy", err);
}

static void check_type(const char *type, const void *numbers, size_t size, double first, double second) {
    make_array made;
    nsr_npy array;
    nsr_err err;
    char header[100];
    double values[2] = {0, 0};
    snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (2,), }", type);
    if (!CHECK(parse(&array, &made, 1, header, numbers, size, &err))) fprintf(stderr, "  %s: %s\n", type, err.msg);
    if (!nsr_good(&err)) return;
    CHECK_EQ(array.count, 2);
    nsr_npy_doubles(&array, values);
    CHECK(values[0] == first && values[1] == second);
}

static void check_types(void) {
    const double f8[] = {1.5, -2};
    const float f4[] = {0.25f, -3};
    const unsigned char ff[16] = {1, 0, 0, 0, 0, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const unsigned char big_f8[] = {0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0};
    check_type("<f8", f8, sizeof f8, 1.5, -2);
    check_type("=f8", f8, sizeof f8, 1.5, -2);
    check_type(">f8", big_f8, sizeof big_f8, 1.5, -2);
    check_type("<f4", f4, sizeof f4, 0.25, -3);
    check_type("|b1", "\0\1", 2, 0, 1);
    check_type("|i1", "\x80\x7f", 2, -128, 127);
    check_type("|u1", "\x80\x7f", 2, 128, 127);
    check_type("<i2", "\0\x80\1\0", 4, -32768, 1);
    check_type(">u2", "\x80\0\0\1", 4, 32768, 1);
    check_type("<i4", "\xff\xff\xff\xff\2\0\0\0", 8, -1, 2);
    check_type("<i8", ff, 16, -9223372036854775807.0, -1);
    check_type("<u8", ff, 16, 9223372036854775808.0, 18446744073709551615.0);
}

static void check_orders(void) {
    const double stored[] = {1, 2, 3, 4, 5, 6};
    make_array made;
    nsr_npy array;
    nsr_err err;
    double values[6];
    for (int version = 1; version <= 3; version++) {
        CHECK(parse(&array, &made, version, HEADER("<f8", "False", "(2, 3)"), stored, sizeof stored, &err));
        nsr_npy_doubles(&array, values);
        CHECK(memcmp(values, stored, sizeof stored) == 0);
    }
    CHECK(parse(&array, &made, 1, HEADER("<f8", "True", "(2, 3)"), stored, sizeof stored, &err));
    nsr_npy_doubles(&array, values);
    const double turned[] = {1, 3, 5, 2, 4, 6};
    CHECK(memcmp(values, turned, sizeof turned) == 0);
    CHECK(parse(&array, &made, 1, HEADER("<f8", "False", "()"), stored, 8, &err));
    CHECK(array.n_dims == 0 && array.count == 1);
    CHECK(parse(&array, &made, 1, HEADER("<f8", "False", "(0, 7)"), stored, 0, &err));
    CHECK_EQ(array.count, 0);
    CHECK(parse(&array, &made, 1, "{\"shape\":(1,),\"fortran_order\":False,\"descr\":\"<f8\"}", stored, 8, &err));
}

static void check_refused(int version, const char *header, size_t size, const char *words) {
    static const unsigned char numbers[64];
    make_array made;
    nsr_npy array;
    nsr_err err;
    CHECK(!parse(&array, &made, version, header, numbers, size, &err));
    CHECK_EQ(err.code, NSR_EDATA);
    if (!CHECK_HAS(err.msg, words)) fprintf(stderr, "  %s: %s\n", header, err.msg);
}

static void check_headers(void) {
    const char *wrong[] = {
        "",
        "{",
        "{}",
        "[]",
        "{'descr': '<f8', 'fortran_order': False, }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'more': 1}",
        "{'descr': '<f8', 'descr': '<f8', 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1 1)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999999999999,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1)}",
        "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} x",
        "{'descr': '<f8' 'fortran_order': False, 'shape': (1,)}",
        "{'descr: '<f8', 'fortran_order': False, 'shape': (1,)}",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_refused(1, wrong[i], 8, "header");
    const char *types[] = {"|O", "<f2", "<c16", "<U3", "|f8", "<f88", "f8", "", "<M8[ns]"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        char header[100];
        snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': (1,), }", types[i]);
        check_refused(1, header, 8, "are not read");
    }
    check_refused(4, HEADER("<f8", "False", "(1,)"), 8, "format 1.0 to 3.0");
    check_refused(1, HEADER("<f8", "False", "(2,)"), 8, "8 bytes of numbers");
    check_refused(1, HEADER("<f8", "False", "(1,)"), 9, "9 bytes of numbers");
    check_refused(1, HEADER("<f8", "False", "(4294967296, 4294967296)"), 0, "bytes of numbers");
    check_refused(1, HEADER("<f8", "False", "(4294967296, 4294967296, 0)"), 8, "bytes of numbers");
}

static void check_cut(void) {
    make_array made;
    nsr_npy array;
    double one = 1;
    make_npy(&made, 2, HEADER("<f8", "False", "(1,)"), &one, sizeof one);
    for (size_t size = 0; size < made.size; size++) {
        unsigned char *exact = malloc(size ? size : 1); /* the sanitizer sees one byte too many */
        nsr_err err = {0};
        memcpy(exact, made.bytes, size);
        CHECK(!nsr_npy_parse(&array, exact, size, "a.npy", &err));
        free(exact);
    }
}

static void check_archive(void) {
    static const char *const names[] = {"one", "two", "three", NULL};
    char path[] = "/tmp/nsr-npz-XXXXXX";
    int file = mkstemp(path);
    double numbers[] = {1, 2};
    make_array arrays[] = {make_numpy("two", "<f8", "(2,)", numbers, sizeof numbers),
                           make_numpy("one", "<f8", "(1,)", numbers, 8), make_numpy("other", "|O", "(1,)", numbers, 8)};
    nsr_npz npz;
    nsr_err err = {0};
    make_npz(path, arrays, 3);
    if (CHECK(nsr_npz_open(&npz, path, names, &err))) {
        CHECK_EQ(npz.n, 2);
        CHECK(nsr_npz_get(&npz, "two") && nsr_npz_get(&npz, "two")->count == 2);
        CHECK(nsr_npz_get(&npz, "one") && nsr_npz_get(&npz, "one")->count == 1);
        CHECK(!nsr_npz_get(&npz, "three") && !nsr_npz_get(&npz, "other"));
    }
    nsr_npz_close(&npz);
    make_text(path, "PK\3\4 nothing");
    CHECK(!nsr_npz_open(&npz, path, names, &err));
    CHECK_HAS(err.msg, "zip archive");
    nsr_npz_close(&npz);
    close(file);
    unlink(path);
    err = (nsr_err){0};
    CHECK(!nsr_npz_open(&npz, path, names, &err) && err.code == NSR_ENOINPUT);
}

int main(void) {
    check_types();
    check_orders();
    check_headers();
    check_cut();
    check_archive();
    return check_done();
}
