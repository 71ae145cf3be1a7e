/* SPDX-License-Identifier: MIT */
/* A field and its attributes, of any type, shape and content, in a file that only memory holds. Bytes of an input: the
   type of the field, then for each attribute its name, type, shape, and what is stored behind a length; what is left
   are the numbers of the field. Types and shapes are made by the library, so that they are sound: what a damaged
   header makes of the library itself is not what is tested here. */
#include "source/find/find.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 2, BINS = 3, MOST_ELEMENTS = 128, MOST_BYTES = 100 * MOST_ELEMENTS, MOST_VALUES = 16 };

typedef struct input {
    const uint8_t *data;
    size_t left;
} input;

/* Behind the end there are zeros. */
static unsigned take(input *in) {
    if (in->left == 0) return 0;
    in->left--;
    return *in->data++;
}

/* --- types --- */

static hid_t set_order(hid_t type, unsigned bits) {
    H5Tset_order(type, bits & 1 ? H5T_ORDER_BE : H5T_ORDER_LE);
    return type;
}

/* Whole numbers of 1 to 16 bytes, perhaps with bits that do not count. */
static hid_t integer(input *in) {
    unsigned bits = take(in), size = 1 + take(in) % 16;
    hid_t type = set_order(H5Tcopy(bits & 2 ? H5T_NATIVE_INT8 : H5T_NATIVE_UINT8), bits);
    H5Tset_size(type, size);
    if (bits & 4) {
        unsigned precision = 1 + take(in) % (8 * size);
        H5Tset_precision(type, precision);
        H5Tset_offset(type, take(in) % (8 * size - precision + 1));
    }
    return type;
}

static hid_t half(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_size(type, 2);
    H5Tset_ebias(type, 15);
    return type;
}

/* Sign, exponent and mantissa anywhere in up to 32 bytes. */
static hid_t odd_real(input *in) {
    hid_t type = H5Tcopy(H5T_IEEE_F64LE);
    unsigned bits = 8 * (8 + take(in) % 25), mantissa = 1 + take(in) % (bits - 2);
    H5Tset_size(type, bits / 8);
    H5Tset_precision(type, bits);
    H5Tset_fields(type, bits - 1, mantissa, 1 + take(in) % (bits - 1 - mantissa), 0, mantissa);
    H5Tset_norm(type, (H5T_norm_t)(take(in) % 3));
    return type;
}

static hid_t real(input *in) {
    unsigned bits = take(in);
    if (bits & 32) return set_order(odd_real(in), bits);
    hid_t type = bits & 2   ? half()
                 : bits & 4 ? H5Tcopy(bits & 8 ? H5T_NATIVE_LDOUBLE : H5T_IEEE_F64LE)
                            : H5Tcopy(H5T_IEEE_F32LE);
    if (bits & 16) H5Tset_ebias(type, take(in));
    return set_order(type, bits);
}

/* h5py's bool, or another list of words. */
static hid_t enumeration(input *in) {
    hid_t type = H5Tenum_create(H5T_NATIVE_INT8);
    for (int8_t i = 0, n = (int8_t)(1 + take(in) % 4); i < n; i++) {
        char word[] = {'A', 0};
        word[0] = (char)(word[0] + i);
        H5Tenum_insert(type, word, &i);
    }
    return type;
}

static hid_t text(input *in) {
    unsigned bits = take(in);
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, bits & 1 ? H5T_VARIABLE : 1 + take(in) % 100);
    H5Tset_strpad(type, bits & 2 ? H5T_STR_SPACEPAD : bits & 4 ? H5T_STR_NULLPAD : H5T_STR_NULLTERM);
    H5Tset_cset(type, bits & 8 ? H5T_CSET_UTF8 : H5T_CSET_ASCII);
    return type;
}

static hid_t compound(input *in) {
    hid_t type = H5Tcreate(H5T_COMPOUND, 16);
    H5Tinsert(type, "a", take(in) % 9, H5T_NATIVE_DOUBLE);
    return type;
}

static hid_t array(input *in) {
    hsize_t n = 1 + take(in) % 4;
    return H5Tarray_create2(H5T_NATIVE_DOUBLE, 1, &n);
}

static hid_t opaque(input *in) { return H5Tcreate(H5T_OPAQUE, 1 + take(in) % 32); }

static hid_t list(input *in) { return H5Tvlen_create(take(in) & 1 ? H5T_STD_REF_OBJ : H5T_NATIVE_DOUBLE); }

static hid_t reference(input *in) { return H5Tcopy(take(in) & 1 ? H5T_STD_REF_OBJ : H5T_STD_B32BE); }

static hid_t type_of(input *in) {
    static hid_t (*const makers[])(input *) = {integer, real,   text, enumeration, compound,
                                               array,   opaque, list, reference};
    return makers[take(in) % (sizeof makers / sizeof *makers)](in);
}

/* --- attributes --- */

static hid_t space_of(unsigned byte) {
    hsize_t shape[] = {byte >> 2, 1 + (byte & 1)};
    if (byte == 1) return H5Screate(H5S_NULL);
    return byte < 4 ? H5Screate(H5S_SCALAR) : H5Screate_simple(byte & 2 ? 2 : 1, shape, NULL);
}

/* Variable length: the same content for every element, so that a fuzzer need not invent pointers. */
static void write_lists(hid_t attr, hid_t type, size_t n, char *bytes, size_t length) {
    hvl_t lists[MOST_ELEMENTS];
    char *texts[MOST_ELEMENTS];
    for (size_t i = 0; i < n && i < MOST_ELEMENTS; i++) {
        texts[i] = i % 4 == 3 ? NULL : bytes;
        lists[i] = (hvl_t){length / 8, bytes};
    }
    H5Awrite(attr, type, H5Tget_class(type) == H5T_STRING ? (void *)texts : (void *)lists);
}

static void write_attribute(hid_t attr, hid_t type, size_t n, input *in) {
    char bytes[MOST_BYTES] = {0};
    size_t length = take(in);
    for (size_t i = 0; i < length; i++)
        bytes[i] = (char)take(in);
    if (H5Tget_class(type) == H5T_VLEN || H5Tis_variable_str(type) > 0)
        write_lists(attr, type, n, bytes, length);
    else if (n * H5Tget_size(type) <= sizeof bytes)
        H5Awrite(attr, type, bytes);
}

static void add_attribute(hid_t dataset, input *in) {
    static const char *const names[] = {"scale_factor", "add_offset", "_FillValue",       "missing_value",
                                        "_Unsigned",    "units",      "unit",             "calendar",
                                        "conversion",   "offset",     "DIMENSION_LABELS", "DIMENSION_LIST"};
    const char *name = names[take(in) % (sizeof names / sizeof *names)];
    hid_t type = type_of(in), space = space_of(take(in));
    hid_t attr = H5Acreate2(dataset, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    if (attr >= 0) write_attribute(attr, type, (size_t)H5Sget_simple_extent_npoints(space), in);
    nsr_h5_close(attr);
    nsr_h5_close(space);
    nsr_h5_close(type);
}

/* --- what is made of them --- */

static void check_seconds(hid_t dataset) {
    char units[80], calendar[40], why[100] = "";
    double seconds = NAN;
    nsr_h5_text_attr(dataset, "calendar", calendar, sizeof calendar);
    if (!nsr_h5_text_attr(dataset, "units", units, sizeof units)) return;
    if (nsr_cf_seconds(units, calendar, &seconds, why, sizeof why) ? !(seconds > 0) : !why[0]) abort();
}

/* Buffers are exact, so that the sanitizer sees one byte too many. */
static void convert(const nsr_form *form, nsr_type type, input *in) {
    size_t n = in->left / (size_t)form->size < MOST_VALUES ? in->left / (size_t)form->size : MOST_VALUES;
    void *values = malloc(n * nsr_type_size(type) + 1);
    if (!values) abort();
    memcpy(nsr_form_tail(values, type, form, n), in->data, n * (size_t)form->size);
    nsr_form_in_place(values, type, form, n);
    free(values);
}

static void check_found(const nsr_found *found, input *in) {
    const nsr_form *form = &found->storage.form;
    nsr_type type = found->field.type;
    if (form->size < 1 || (size_t)form->size > nsr_type_size(type)) abort();
    if (form->n_none < 0 || form->n_none > NSR_MARKS || !found->field.dtype[0]) abort();
    if (found->field.n_frames != ROWS || found->field.n_bins != BINS) abort();
    nsr_type_log(found);
    convert(form, type, in);
}

static void describe(hid_t file, hid_t dataset, input *in) {
    static nsr_found found;
    nsr_err err = {0};
    check_seconds(dataset);
    nsr_catalog catalog = {.file = file, .name = "input"};
    if (nsr_describe(&found, &catalog, "/field", &err))
        check_found(&found, in);
    else if (nsr_good(&err) || !err.msg[0])
        abort();
    nsr_catalog_free(&catalog);
}

/* One file for all inputs, because making one takes ten times as long as all the rest. */
static hid_t file_in_memory(void) {
    static hid_t file = H5I_INVALID_HID;
    if (file >= 0) return file;
    nsr_log_open(NSR_LOG_ERROR, false);
    nsr_h5_quiet();
    hid_t fapl = H5Pcreate(H5P_FILE_ACCESS);
    if (H5Pset_fapl_core(fapl, 1 << 14, false) < 0) abort();
    file = H5Fcreate("memory", H5F_ACC_TRUNC, H5P_DEFAULT, fapl);
    if (file < 0) abort();
    H5Pclose(fapl);
    return file;
}

/* Whatever is opened is closed. */
static hsize_t open_ids(void) {
    static const H5I_type_t kinds[] = {H5I_DATASET, H5I_ATTR, H5I_DATATYPE, H5I_DATASPACE, H5I_GENPROP_LST, H5I_GROUP};
    hsize_t all = 0, n;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (H5Inmembers(kinds[i], &n) >= 0) all += n;
    return all;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    input in = {data, size};
    hsize_t shape[] = {ROWS, BINS};
    hid_t file = file_in_memory(), type = type_of(&in), space = H5Screate_simple(2, shape, NULL);
    hid_t dataset = H5Dcreate2(file, "/field", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    for (unsigned n = take(&in) % 8; dataset >= 0 && n > 0; n--)
        add_attribute(dataset, &in);
    hsize_t ids = open_ids();
    if (dataset >= 0) describe(file, dataset, &in);
    if (open_ids() != ids) abort();
    nsr_h5_close(dataset);
    nsr_h5_close(space);
    nsr_h5_close(type);
    H5Ldelete(file, "/field", H5P_DEFAULT);
    H5Eclear2(H5E_DEFAULT);
    return 0;
}
