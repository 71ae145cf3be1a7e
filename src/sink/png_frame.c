/* SPDX-License-Identifier: MIT */
/* Levels to PNG through libpng. A frame's palette holds the levels that it has, in ascending order, so that levels stay
   exact; a frame with more than 256 of them becomes RGB. Filter Up turns the repeated rows of enlarged cells into zeros
   and zlib's run-length strategy does the rest: ten times as fast as libpng's defaults and smaller. */
#include "png_frame.h"
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

enum { PALETTE = 256, STREAM_BUFFER = 1 << 16 };

bool nsr_png_frame_open(png_frame *frame, const nsr_picture *picture, const nsr_palette *palette, nsr_err *err) {
    const nsr_map *map = &picture->map;
    *frame = (png_frame){.picture = picture, .palette = palette, .capacity = 1 << 16};
    frame->margins = (int64_t)map->w * picture->sx != picture->w || (int64_t)map->h * picture->sy != picture->h;
    frame->bytes = malloc(frame->capacity);
    frame->row = malloc((size_t)picture->w * 3);
    if (frame->bytes && frame->row) return true;
    nsr_png_frame_close(frame);
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for PNG frames of %dx%d", picture->w, picture->h);
}

void nsr_png_frame_close(png_frame *frame) {
    free(frame->bytes);
    free(frame->row);
    frame->bytes = frame->row = NULL;
}

static void on_error(png_structp png, png_const_charp text) {
    png_frame *frame = png_get_error_ptr(png);
    snprintf(frame->message, sizeof frame->message, "%s", text);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void append(png_structp png, png_bytep data, size_t n) {
    png_frame *frame = png_get_io_ptr(png);
    if (frame->capacity - frame->size < n) {
        size_t capacity = 2 * (frame->size + n);
        unsigned char *grown = realloc(frame->bytes, capacity);
        if (!grown) png_error(png, "out of memory");
        frame->bytes = grown;
        frame->capacity = capacity;
    }
    memcpy(frame->bytes + frame->size, data, n);
    frame->size += n;
}

static void flush(png_structp png) { (void)png; }

/* Gives each level of the frame its palette index. */
static void index_levels(png_frame *frame, const uint16_t *levels) {
    const size_t n = (size_t)frame->picture->map.w * (size_t)frame->picture->map.h;
    bool used[NSR_N_LEVELS] = {[NSR_LEVEL_BACKGROUND] = frame->margins};
    for (size_t i = 0; i < n; i++) used[levels[i]] = true;
    frame->n_colors = 0;
    for (int level = 0; level < NSR_N_LEVELS; level++)
        frame->index[level] = (int16_t)(used[level] ? frame->n_colors++ : -1);
}

static void write_palette(const png_frame *frame, png_structp png, png_infop info) {
    png_color colors[PALETTE];
    for (int level = 0; level < NSR_N_LEVELS; level++) {
        nsr_rgb c = frame->palette->level[level];
        if (frame->index[level] >= 0) colors[frame->index[level]] = (png_color){c.r, c.g, c.b};
    }
    png_set_PLTE(png, info, colors, frame->n_colors);
}

static void write_header(const png_frame *frame, png_structp png, png_infop info) {
    const bool indexed = frame->n_colors <= PALETTE;
    png_set_IHDR(png, info, (png_uint_32)frame->picture->w, (png_uint_32)frame->picture->h, 8,
                 indexed ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_BASE,
                 PNG_FILTER_TYPE_BASE);
    if (indexed) write_palette(frame, png, info);
    png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_UP);
    png_set_compression_level(png, 1);
    png_set_compression_strategy(png, Z_RLE);
    png_set_compression_buffer_size(png, STREAM_BUFFER);
    png_write_info(png, info);
}

/* n pixels of one level from pixel `at` of the row on. */
static void put(png_frame *frame, int at, int n, int level) {
    if (frame->n_colors <= PALETTE) {
        memset(frame->row + at, frame->index[level], (size_t)n);
        return;
    }
    nsr_rgb c = frame->palette->level[level];
    for (unsigned char *p = frame->row + 3 * (size_t)at, *end = p + 3 * (size_t)n; p < end; p += 3)
        p[0] = c.r, p[1] = c.g, p[2] = c.b;
}

static void write_margin(png_frame *frame, png_structp png, int rows) {
    if (rows > 0) put(frame, 0, frame->picture->w, NSR_LEVEL_BACKGROUND);
    for (int i = 0; i < rows; i++) png_write_row(png, frame->row);
}

static void write_map_row(png_frame *frame, png_structp png, const uint16_t *levels) {
    const nsr_picture *p = frame->picture;
    for (int c = 0; c < p->map.w; c++) put(frame, p->x + c * p->sx, p->sx, levels[c]);
    for (int i = 0; i < p->sy; i++) png_write_row(png, frame->row);
}

static void write_rows(png_frame *frame, png_structp png, const uint16_t *levels) {
    const nsr_picture *p = frame->picture;
    const int right = p->x + p->map.w * p->sx;
    write_margin(frame, png, p->y);
    put(frame, 0, p->x, NSR_LEVEL_BACKGROUND);
    put(frame, right, p->w - right, NSR_LEVEL_BACKGROUND);
    for (int r = 0; r < p->map.h; r++) write_map_row(frame, png, levels + (size_t)r * (size_t)p->map.w);
    write_margin(frame, png, p->h - p->y - p->map.h * p->sy);
}

/* libpng reports errors by jumping back to here. */
static bool write_all(png_frame *frame, png_structp png, png_infop info, const uint16_t *levels) {
    if (setjmp(png_jmpbuf(png))) return false;
    png_set_write_fn(png, frame, append, flush);
    write_header(frame, png, info);
    write_rows(frame, png, levels);
    png_write_end(png, NULL);
    return true;
}

bool nsr_png_frame_encode(png_frame *frame, const uint16_t *levels, nsr_err *err) {
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, frame, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    frame->size = 0;
    frame->message[0] = 0;
    index_levels(frame, levels);
    bool good = info && write_all(frame, png, info, levels);
    png_destroy_write_struct(&png, &info);
    return good || nsr_fail(err, NSR_EINTERNAL, "libpng: %s", frame->message[0] ? frame->message : "out of memory");
}
