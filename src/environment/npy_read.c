/* SPDX-License-Identifier: MIT */
/* Strict, because a misread array would move every bin: exactly the three keys that NumPy writes, numeric types, and
   exactly as many bytes as the shape needs. */
#include "npy_read.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

typedef struct text {
    const char *at, *end;
} text;

static void skip_blanks(text *t) {
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\n'))
        t->at++;
}

static bool take_word(text *t, const char *word) {
    size_t n = strlen(word);
    skip_blanks(t);
    if ((size_t)(t->end - t->at) < n || memcmp(t->at, word, n) != 0) return false;
    t->at += n;
    return true;
}

/* 'word' in single or double quotes. */
static bool take_quoted(text *t, char *word, size_t size) {
    skip_blanks(t);
    if (t->at == t->end || (*t->at != '\'' && *t->at != '"')) return false;
    char quote = *t->at++;
    const char *close = memchr(t->at, quote, (size_t)(t->end - t->at));
    if (!close || (size_t)(close - t->at) >= size) return false;
    memcpy(word, t->at, (size_t)(close - t->at));
    word[close - t->at] = 0;
    t->at = close + 1;
    return true;
}

static bool take_number(text *t, int64_t *number) {
    skip_blanks(t);
    const char *first = t->at;
    for (*number = 0; t->at < t->end && isdigit((unsigned char)*t->at); t->at++) {
        if (*number > (INT64_MAX - 9) / 10) return false;
        *number = *number * 10 + (*t->at - '0');
    }
    return t->at > first;
}

/* (), (3,), (3, 4) */
static bool take_shape(text *t, nsr_npy *array) {
    if (!take_word(t, "(")) return false;
    for (array->n_dims = 0; !take_word(t, ")");) {
        if (array->n_dims == NSR_NPY_DIMS || !take_number(t, &array->shape[array->n_dims++])) return false;
        if (take_word(t, ",")) continue;
        return array->n_dims > 1 && take_word(t, ")");
    }
    return true;
}

static bool read_type(nsr_npy *array, const char *name, const char *where, nsr_err *err) {
    static const char *const known[] = {"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f4", "f8"};
    bool order = strchr("<>|=", name[0]) && name[0];
    for (size_t i = 0; order && i < sizeof known / sizeof *known; i++)
        if (strcmp(name + 1, known[i]) == 0 && (name[0] != '|' || name[2] == '1')) {
            array->kind = name[1];
            array->size = name[2] - '0';
            array->big = name[0] == '>';
            return true;
        }
    return nsr_fail(err, NSR_EDATA, "%s: npy: numbers of type '%.40s' are not read", where, name);
}

/* {'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), } */
static bool read_header(nsr_npy *array, text t, const char *where, nsr_err *err) {
    char key[32], type[48];
    unsigned seen = 0;
    bool good = take_word(&t, "{");
    while (good && !take_word(&t, "}")) {
        unsigned bit = 0;
        good = take_quoted(&t, key, sizeof key) && take_word(&t, ":");
        if (good && strcmp(key, "descr") == 0)
            bit = take_quoted(&t, type, sizeof type) ? 1 : 0;
        else if (good && strcmp(key, "fortran_order") == 0)
            bit = (array->fortran = take_word(&t, "True")) || take_word(&t, "False") ? 2 : 0;
        else if (good && strcmp(key, "shape") == 0)
            bit = take_shape(&t, array) ? 4 : 0;
        good = bit != 0 && !(seen & bit);
        seen |= bit;
        if (good && !take_word(&t, ",")) {
            good = take_word(&t, "}");
            break;
        }
    }
    skip_blanks(&t);
    if (!good || seen != 7 || t.at != t.end)
        return nsr_fail(err, NSR_EDATA, "%s: npy: the header is not as NumPy writes it for an array of numbers", where);
    return read_type(array, type, where, err);
}

/* Offset of the header, and its length; 0 when there is none. */
static size_t header_at(const unsigned char *bytes, size_t size, size_t *length) {
    bool wide = size > 6 && bytes[6] > 1;
    size_t first = wide ? 12 : 10;
    if (size < first || memcmp(bytes, "\x93NUMPY", 6) != 0) return 0;
    if (bytes[6] < 1 || bytes[6] > 3 || bytes[7] != 0) return 0;
    *length = bytes[8] | (size_t)bytes[9] << 8;
    if (wide) *length |= (size_t)bytes[10] << 16 | (size_t)bytes[11] << 24;
    return *length > 0 && *length <= size - first ? first : 0;
}

bool nsr_npy_parse(nsr_npy *array, const void *bytes, size_t size, const char *where, nsr_err *err) {
    *array = (nsr_npy){0};
    size_t length = 0, first = header_at(bytes, size, &length);
    const char *header = (const char *)bytes + first;
    if (first == 0 || header[length - 1] != '\n')
        return nsr_fail(err, NSR_EDATA, "%s: npy: no header of format 1.0 to 3.0", where);
    if (!read_header(array, (text){header, header + length}, where, err)) return false;
    size_t left = size - first - length;
    uint64_t count = 1,
             fit = left / (size_t)array->size; /* numbers that the file holds; an overflow of `count` fails below */
    for (int i = 0; i < array->n_dims; i++)
        if (__builtin_mul_overflow(count, (uint64_t)array->shape[i], &count)) count = UINT64_MAX, i = array->n_dims;
    if (count != fit || left % (size_t)array->size != 0)
        return nsr_fail(err, NSR_EDATA, "%s: npy: %zu bytes of numbers, the shape asks for others", where, left);
    array->count = (int64_t)count;
    array->data = (const unsigned char *)header + length;
    return true;
}

static uint64_t word_at(const nsr_npy *array, int64_t i) {
    const unsigned char *byte = array->data + (size_t)i * (size_t)array->size;
    uint64_t word = 0;
    for (int k = 0; k < array->size; k++)
        word |= (uint64_t)byte[k] << 8 * (array->big ? array->size - 1 - k : k);
    return word;
}

static double number_at(const nsr_npy *array, int64_t i) {
    uint64_t word = word_at(array, i);
    uint32_t half = (uint32_t)word;
    float f4;
    double f8;
    if (array->kind == 'b') return word != 0;
    if (array->kind == 'u') return (double)word;
    int spare = 64 - 8 * array->size; /* two shifts extend the sign */
    if (array->kind == 'i') return (double)((int64_t)(word << spare) >> spare);
    memcpy(&f4, &half, sizeof f4);
    memcpy(&f8, &word, sizeof f8);
    return array->size == 4 ? (double)f4 : f8;
}

/* Stored position of element i (of C order): in Fortran order the first axis is the fastest. */
static int64_t stored_at(const nsr_npy *array, int64_t i) {
    int64_t at = 0;
    if (!array->fortran) return i;
    int64_t index[NSR_NPY_DIMS];
    for (int d = array->n_dims - 1; d >= 0; d--) {
        index[d] = i % array->shape[d];
        i /= array->shape[d];
    }
    for (int d = array->n_dims - 1; d >= 0; d--)
        at = at * array->shape[d] + index[d];
    return at;
}

void nsr_npy_doubles(const nsr_npy *array, double *values) {
    for (int64_t i = 0; i < array->count; i++)
        values[i] = number_at(array, stored_at(array, i));
}

void nsr_npy_flags(const nsr_npy *array, unsigned char *flags) {
    for (int64_t i = 0; i < array->count; i++)
        flags[i] = number_at(array, stored_at(array, i)) != 0;
}
