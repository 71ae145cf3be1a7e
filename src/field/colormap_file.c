/* SPDX-License-Identifier: MIT */
/* A colormap file: all numbers are read before it is decided whether they mean 0..255 or 0..1. */
#include "colormap_file.h"
#include <errno.h>
#include <math.h>
#include <nsrender/file.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { ROWS = 256, LONGEST = 1 << 20 };

typedef struct rows {
    double v[ROWS][3];
    int n;
    double largest;
    bool fractions;
} rows;

static const char *skip(const char *at) { return at + strspn(at, " \t\r,;"); }

/* One line without its end. Blank and comment lines add nothing. */
static bool read_row(rows *r, char *line, int number, const char *path, nsr_err *err) {
    line[strcspn(line, "#")] = 0;
    const char *at = skip(line);
    if (!*at) return true;
    if (r->n == ROWS) return nsr_fail(err, NSR_EDATA, "%s: line %d: more than %d rows", path, number, ROWS);
    for (int c = 0; c < 3; c++, at = skip(at)) {
        char *end;
        double v = strtod(at, &end);
        if (end == at || !(v >= 0 && v <= 255) || (*end && !strchr(" \t\r,;", *end)))
            return nsr_fail(err, NSR_EDATA, "%s: line %d: want three numbers 'r g b' of 0..255 or 0..1", path, number);
        r->v[r->n][c] = v;
        r->largest = fmax(r->largest, v);
        r->fractions |= v != floor(v);
        at = end;
    }
    if (*at) return nsr_fail(err, NSR_EDATA, "%s: line %d: more than three numbers", path, number);
    r->n++;
    return true;
}

static bool read_rows(rows *r, char *text, const char *path, nsr_err *err) {
    int number = 0;
    for (char *line = text, *next; line; line = next) {
        next = strchr(line, '\n');
        if (next) *next++ = 0;
        if (!read_row(r, line, ++number, path, err)) return false;
    }
    if (r->n != ROWS) return nsr_fail(err, NSR_EDATA, "%s: has %d rows 'r g b', a colormap has %d", path, r->n, ROWS);
    if (r->fractions && r->largest > 1)
        return nsr_fail(err, NSR_EDATA, "%s: numbers with fractions must lie in 0..1, but one is %g", path, r->largest);
    return true;
}

static char *get_text(const char *path, nsr_err *err) {
    struct stat st;
    if (stat(path, &st)) {
        nsr_fail(err, errno == ENOENT || errno == ENOTDIR ? NSR_ENOINPUT : NSR_EIO, "--cmap %s: %s", path,
                 strerror(errno));
        return NULL;
    }
    if (!S_ISREG(st.st_mode) || st.st_size > LONGEST) {
        nsr_fail(err, NSR_EDATA, "--cmap %s: not a text file of 256 rows 'r g b'", path);
        return NULL;
    }
    return nsr_file_get(path, NULL, err);
}

bool nsr_colormap_read(nsr_rgb colors[256], const char *path, nsr_err *err) {
    rows r = {.n = 0};
    char *text = get_text(path, err);
    bool good = text && read_rows(&r, text, path, err);
    free(text);
    if (!good) return false;
    double scale = r.largest <= 1 ? 255 : 1;
    for (int i = 0; i < ROWS; i++) {
        const double *v = r.v[i];
        colors[i] = (nsr_rgb){(uint8_t)floor(v[0] * scale + 0.5), (uint8_t)floor(v[1] * scale + 0.5),
                              (uint8_t)floor(v[2] * scale + 0.5)};
    }
    return true;
}
