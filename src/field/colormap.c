/* SPDX-License-Identifier: MIT */
/* The palette: 256 colours of a named colormap or of a file, and the colours of no data and background. */
#include "colormap_data.h"
#include "colormap_file.h"
#include <nsrender/field.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { COLORS = 256 };

static void fill_colors(nsr_palette *palette, const uint32_t *rgb, bool backwards) {
    for (int i = 0; i < COLORS; i++) {
        uint32_t c = rgb[backwards ? COLORS - 1 - i : i];
        palette->level[i] = (nsr_rgb){(uint8_t)(c >> 16), (uint8_t)(c >> 8), (uint8_t)c};
    }
}

/* Length of the name without a final "_r". */
static size_t base_length(const char *name) {
    size_t n = strlen(name);
    return n > 2 && strcmp(name + n - 2, "_r") == 0 ? n - 2 : n;
}

static const uint32_t *find_colormap(const char *name, size_t length) {
    for (size_t i = 0; i < nsr_n_colormaps; i++)
        if (strncmp(nsr_colormaps[i].name, name, length) == 0 && nsr_colormaps[i].name[length] == 0)
            return nsr_colormaps[i].rgb;
    return NULL;
}

/* NAME_r is preferred to NAME backwards, because some reversed colormaps of matplotlib differ by rounding. */
static bool fill_named(nsr_palette *palette, const char *name) {
    size_t length = strlen(name), base = base_length(name);
    const uint32_t *rgb = find_colormap(name, length);
    bool backwards = !rgb && base < length;
    if (backwards) rgb = find_colormap(name, base);
    if (rgb) fill_colors(palette, rgb, backwards);
    return rgb != NULL;
}

static bool fail_unknown(const char *name, nsr_err *err) {
    enum { MOST = 256 };
    const char *names[MOST];
    char base[64];
    size_t n = 0, length = base_length(name);
    snprintf(base, sizeof base, "%.*s", (int)(length < sizeof base ? length : sizeof base - 1), name);
    for (; n < nsr_n_colormaps && n < MOST; n++) names[n] = nsr_colormaps[n].name;
    const char *near = nsr_nearest(name, names, n), *suffix = "";
    if (!near && (near = nsr_nearest(base, names, n))) suffix = name + length;
    return nsr_fail(err, NSR_EUSAGE,
                    "--cmap: no such colormap '%.100s'%s%s%s; give a continuous map of matplotlib "
                    "(also NAME_r) or a file of 256 rows 'r g b'",
                    name, near ? "; did you mean " : "", near ? near : "", suffix);
}

/* Text with a '/' or '.', or the name of an existing file, means a file; anything else is an unknown name. */
static bool fill_colormap(nsr_palette *palette, const char *cmap, nsr_err *err) {
    if (fill_named(palette, cmap)) return true;
    if (!strpbrk(cmap, "/.") && access(cmap, F_OK) != 0) return fail_unknown(cmap, err);
    return nsr_colormap_read(palette->level, cmap, err);
}

static bool fill_color(nsr_rgb *rgb, const char *option, const char *text, nsr_err *err) {
    nsr_err why = {0};
    return nsr_color_parse(rgb, text, &why) || nsr_fail(err, why.code, "%s: %.900s", option, why.msg);
}

bool nsr_palette_make(nsr_palette *palette, const char *cmap, const char *nodata, const char *background,
                      nsr_err *err) {
    return fill_colormap(palette, cmap, err) &&
           fill_color(&palette->level[NSR_LEVEL_NODATA], "--nodata-color", nodata, err) &&
           fill_color(&palette->level[NSR_LEVEL_BACKGROUND], "--background", background, err) &&
           nsr_palette_ends(palette, NULL, NULL, err);
}

bool nsr_palette_ends(nsr_palette *palette, const char *under, const char *over, nsr_err *err) {
    palette->level[NSR_LEVEL_UNDER] = palette->level[0];
    palette->level[NSR_LEVEL_OVER] = palette->level[255];
    return (!under || fill_color(&palette->level[NSR_LEVEL_UNDER], "--under", under, err)) &&
           (!over || fill_color(&palette->level[NSR_LEVEL_OVER], "--over", over, err));
}
