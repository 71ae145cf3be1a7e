/* SPDX-License-Identifier: MIT */
/* Colours from text. */
#include "colormap_data.h"
#include <math.h>
#include <nsrender/field.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static nsr_rgb unpack(uint32_t rgb) { return (nsr_rgb){(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb}; }

static bool parse_name(nsr_rgb *rgb, const char *text) {
    for (size_t i = 0; i < nsr_n_color_names; i++)
        if (strcasecmp(text, nsr_color_names[i].name) == 0) {
            *rgb = unpack(nsr_color_names[i].rgb);
            return true;
        }
    return false;
}

/* #rgb or #rrggbb */
static bool parse_hex(nsr_rgb *rgb, const char *text) {
    size_t digits = strlen(text + 1);
    if ((digits != 3 && digits != 6) || strspn(text + 1, "0123456789abcdefABCDEF") != digits) return false;
    uint32_t v = (uint32_t)strtoul(text + 1, NULL, 16);
    if (digits == 3) v = (v >> 8 & 15) * 0x110000 + (v >> 4 & 15) * 0x1100 + (v & 15) * 0x11;
    *rgb = unpack(v);
    return true;
}

/* "0.5": a level of gray, rounded as all colours are */
static bool parse_gray(nsr_rgb *rgb, const char *text) {
    char *end;
    double v = strtod(text, &end);
    if (end == text || *end || !(v >= 0 && v <= 1)) return false;
    uint8_t level = (uint8_t)floor(v * 255 + 0.5);
    *rgb = (nsr_rgb){level, level, level};
    return true;
}

static const char *nearest_name(const char *text) {
    enum { MOST = 512 };
    const char *names[MOST];
    size_t n = 0;
    for (; n < nsr_n_color_names && n < MOST; n++) names[n] = nsr_color_names[n].name;
    return nsr_nearest(text, names, n);
}

bool nsr_color_parse(nsr_rgb *rgb, const char *text, nsr_err *err) {
    if (text[0] == '#' ? parse_hex(rgb, text) : parse_name(rgb, text) || parse_gray(rgb, text)) return true;
    const char *near = text[0] == '#' ? NULL : nearest_name(text);
    return nsr_fail(err, NSR_EUSAGE,
                    "no such color '%.100s'%s%s; give a CSS name, tab:NAME, #rgb, #rrggbb or a gray level 0..1", text,
                    near ? "; did you mean " : "", near ? near : "");
}
