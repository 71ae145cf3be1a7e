/* SPDX-License-Identifier: MIT */
/* The stored type of a dataset, and its packing: the CF attributes scale_factor, add_offset, _FillValue, missing_value
   and _Unsigned. Values get the type that xarray chooses, if that type holds them exactly. */
#include "dataset.h"
#include "marks.h"

#include <nsrender/log.h>
#include <stdio.h>
#include <string.h>

const char *nsr_type_word(hid_t type) {
    static const char *const words[] = {
        [H5T_INTEGER] = "integer",      [H5T_FLOAT] = "float",         [H5T_TIME] = "time",
        [H5T_STRING] = "string",        [H5T_BITFIELD] = "bitfield",   [H5T_OPAQUE] = "opaque",
        [H5T_COMPOUND] = "compound",    [H5T_REFERENCE] = "reference", [H5T_ENUM] = "enumeration",
        [H5T_VLEN] = "variable-length", [H5T_ARRAY] = "array"};
    H5T_class_t class = H5Tget_class(type);
    return class >= 0 && (size_t) class < NSR_COUNTOF(words) ? words[class] : "unknown";
}

/* h5py's bool is an enumeration of FALSE and TRUE in one byte. */
static bool is_bool(hid_t type) {
    return H5Tget_class(type) == H5T_ENUM && H5Tget_size(type) == 1 && H5Tget_nmembers(type) == 2;
}

bool nsr_is_numeric(hid_t type) {
    H5T_class_t class = H5Tget_class(type);
    return class == H5T_INTEGER || class == H5T_FLOAT || is_bool(type);
}

/* --- the stored type --- */

static bool is_ieee(hid_t type, size_t size) {
    static const struct {
        size_t size, exponent, mantissa, bias;
    } known[] = {{2, 5, 10, 15}, {4, 8, 23, 127}, {8, 11, 52, 1023}};
    size_t sign, at, exponent, low, mantissa;
    if (H5Tget_fields(type, &sign, &at, &exponent, &low, &mantissa) < 0) return false;
    for (size_t i = 0; i < NSR_COUNTOF(known); i++)
        if (size == known[i].size)
            return exponent == known[i].exponent && mantissa == known[i].mantissa && low == 0 && at == mantissa &&
                   sign == at + exponent && H5Tget_ebias(type) == known[i].bias &&
                   H5Tget_norm(type) == H5T_NORM_IMPLIED;
    return false;
}

static bool is_converted_here(hid_t type, size_t size) {
    if (is_bool(type)) return true;
    H5T_order_t order = H5Tget_order(type);
    if (order != H5T_ORDER_LE && order != H5T_ORDER_BE) return false;
    if (H5Tget_precision(type) != 8 * size || H5Tget_offset(type) != 0) return false;
    if (H5Tget_class(type) == H5T_FLOAT) return is_ieee(type, size);
    return size == 1 || size == 2 || size == 4 || size == 8;
}

static void name_type(nsr_field *field, const nsr_form *form, size_t size, bool truth) {
    static const char letters[] = {[NSR_KIND_REAL] = 'f', [NSR_KIND_SIGNED] = 'i', [NSR_KIND_UNSIGNED] = 'u'};
    snprintf(field->dtype, sizeof field->dtype, "%c%c%zu",
             size == 1          ? '|'
             : form->big_endian ? '>'
                                : '<',
             truth ? 'b' : letters[form->kind], size);
}

static void describe_number(nsr_found *found, hid_t type) {
    nsr_form *form = &found->storage.form;
    size_t size = H5Tget_size(type);
    bool real = H5Tget_class(type) == H5T_FLOAT, sign = !real && !is_bool(type) && H5Tget_sign(type) == H5T_SGN_2;
    *form = (nsr_form){.kind = real   ? NSR_KIND_REAL
                               : sign ? NSR_KIND_SIGNED
                                      : NSR_KIND_UNSIGNED,
                       .size = (int)size,
                       .big_endian = size > 1 && H5Tget_order(type) == H5T_ORDER_BE,
                       .scale = 1};
    found->storage.element = (int)size;
    found->field.type = size <= (real ? 4 : 2) ? NSR_F32 : NSR_F64;
    name_type(&found->field, form, size, is_bool(type));
    if (is_converted_here(type, size)) return;
    form->foreign = true;
    form->kind = NSR_KIND_REAL;
    form->size = (int)nsr_type_size(found->field.type);
    snprintf(found->storage.not_direct, NSR_REASON, "this type of %zu bytes is converted by HDF5", size);
}

/* --- packing --- */

/* Reads an attribute of one number. *single: it is stored as float. False: there is none. */
static bool read_number(hid_t dataset, const char *name, double *value, bool *single) {
    if (H5Aexists(dataset, name) <= 0) return false;
    hid_t attr = H5Aopen(dataset, name, H5P_DEFAULT), type = attr >= 0 ? H5Aget_type(attr) : H5I_INVALID_HID;
    hid_t space = attr >= 0 ? H5Aget_space(attr) : H5I_INVALID_HID;
    bool good = space >= 0 && type >= 0 && nsr_is_numeric(type) && H5Sget_simple_extent_npoints(space) == 1 &&
                H5Aread(attr, H5T_NATIVE_DOUBLE, value) >= 0;
    *single = good && H5Tget_class(type) == H5T_FLOAT && H5Tget_size(type) == 4;
    nsr_h5_close(space);
    nsr_h5_close(type);
    nsr_h5_close(attr);
    H5Eclear2(H5E_DEFAULT);
    return good;
}

/* Sets sign and marks. NSR_EDATA: there are more marks than can be compared. */
static bool describe_marks(nsr_found *found, hid_t dataset, nsr_err *err) {
    nsr_form *form = &found->storage.form;
    nsr_marks marks = {.kind = form->kind, .size = form->size};
    nsr_marks_read(&marks, dataset);
    if (marks.n > NSR_MARKS)
        return nsr_fail(err, NSR_EDATA, "%s: %s: has %d marks for missing values (missing_value); %d are known",
                        found->field.file, found->field.path, marks.n, NSR_MARKS);
    form->kind = marks.kind;
    form->n_none = marks.n;
    memcpy(form->none, marks.value, sizeof form->none);
    return true;
}

static void describe_packing(nsr_found *found, hid_t dataset) {
    nsr_form *form = &found->storage.form;
    bool single = false, single_add = false;
    bool scale = read_number(dataset, "scale_factor", &form->scale, &single);
    bool add = read_number(dataset, "add_offset", &form->add, &single_add);
    form->scaled = form->scale != 1 || form->add != 0;
    if (form->scaled && (!scale || !single || (add && !single_add))) found->field.type = NSR_F64;
    if (form->foreign) form->size = (int)nsr_type_size(found->field.type);
    found->field.packed = form->scaled || form->n_none > 0;
    found->field.scale = form->scale;
    found->field.add = form->add;
}

void nsr_type_log(const nsr_found *found) {
    const nsr_field *field = &found->field;
    const nsr_form *form = &found->storage.form;
    char text[400] = "";
    int at = 0;
    for (int i = 0; i < form->n_none; i++)
        at += snprintf(text + at, sizeof text - (size_t)at, "%s%.9g", i ? ", " : "", form->none[i]);
    if (form->scaled)
        nsr_note("%s: %s: packed: value = stored * %.9g + %.9g (scale_factor, add_offset)", field->file, field->path,
                 form->scale, form->add);
    if (at > 0)
        nsr_note("%s: %s: stored %s means no value (_FillValue, missing_value)", field->file, field->path, text);
    if (field->conversion != 1 || field->offset != 0)
        nsr_note("%s: %s: shown as stored; in %s they would be stored * %.9g + %.9g (conversion, offset)", field->file,
                 field->path, field->unit[0] ? field->unit : "their unit", field->conversion, field->offset);
}

/* Where nothing was written HDF5 returns the fill value. Without one its result is undefined; this program returns 0.
 */
static void describe_fill(nsr_found *found, hid_t stored, hid_t dcpl) {
    const nsr_form *form = &found->storage.form;
    nsr_type value = found->field.type;
    H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
    uint64_t fill = 0;
    hid_t type = H5Tcopy(!form->foreign ? stored : value == NSR_F32 ? H5T_NATIVE_FLOAT : H5T_NATIVE_DOUBLE);
    bool good =
        type >= 0 && (form->foreign || form->size == 1 || H5Tset_order(type, H5Tget_order(H5T_NATIVE_INT)) >= 0);
    if (!good || H5Pfill_value_defined(dcpl, &defined) < 0 || defined == H5D_FILL_VALUE_UNDEFINED ||
        H5Pget_fill_value(dcpl, type, &fill) < 0)
        fill = 0;
    nsr_h5_close(type);
    nsr_form_values(found->storage.fill, value, form, &fill, 1);
}

bool nsr_type_describe(nsr_found *found, hid_t dataset, hid_t type, hid_t dcpl, nsr_err *err) {
    if (!nsr_is_numeric(type))
        return nsr_fail(err, NSR_EDATA, "%s: %s: values are of type %s; a field holds numbers%s", found->field.file,
                        found->field.path, nsr_type_word(type),
                        H5Tget_class(type) == H5T_COMPOUND ? " (of pandas: write the frame with format='fixed')" : "");
    describe_number(found, type);
    if (!describe_marks(found, dataset, err)) return false;
    describe_packing(found, dataset);
    describe_fill(found, type, dcpl);
    return true;
}
