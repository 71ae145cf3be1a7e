/* SPDX-License-Identifier: MIT */
/* From levels to PNG. A frame's palette holds the levels that occur in it, in ascending order, so that levels stay
   exact; a frame with more than 256 of them becomes RGB. Filter Up turns the repeated rows of enlarged cells into
   zeros, which zlib's run-length strategy compresses well. libpng writes the file, but rows go to zlib directly:
   repeated rows need no filtering, which halves the cost. */
#include "png_frame.h"
#include "repeat_cells.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PALETTE = 256, STREAM = 1 << 16, REPEATS = 16, FILTER_UP = 2 };

/* zlib maintains a hash table that this strategy never reads; a small table and a large window make that cheapest. */
enum { WINDOW_BITS = 15, MEMORY_LEVEL = 6 };

static bool open_zlib(png_frame *frame) {
    frame->zlib_open = deflateInit2(&frame->zlib, 1, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_RLE) == Z_OK;
    return frame->zlib_open;
}

bool nsr_png_frame_open(png_frame *frame, const nsr_picture *picture, const nsr_palette *palette, nsr_err *err) {
    const nsr_bin_map *map = &picture->map;
    const size_t longest = 3 * (size_t)picture->w;
    *frame = (png_frame){.picture = picture, .palette = palette, .capacity = 1 << 16};
    frame->margins = (int64_t)map->w * picture->sx != picture->w || (int64_t)map->h * picture->sy != picture->h;
    frame->bytes = malloc(frame->capacity);
    frame->row = malloc(longest + NSR_REPEAT_BEYOND);
    frame->above = malloc(longest + NSR_REPEAT_BEYOND);
    frame->filtered = malloc(1 + longest);
    frame->repeats = malloc(REPEATS * (1 + longest));
    frame->stream = malloc(STREAM);
    if (frame->bytes && frame->row && frame->above && frame->filtered && frame->repeats && frame->stream &&
        open_zlib(frame))
        return true;
    nsr_png_frame_close(frame);
    return nsr_fail(err, NSR_EINTERNAL, "out of memory for PNG frames of %dx%d", picture->w, picture->h);
}

void nsr_png_frame_close(png_frame *frame) {
    if (frame->zlib_open) deflateEnd(&frame->zlib);
    free(frame->bytes);
    free(frame->row);
    free(frame->above);
    free(frame->filtered);
    free(frame->repeats);
    free(frame->stream);
    *frame = (png_frame){0};
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
    memset(frame->used, 0, sizeof frame->used);
    frame->used[NSR_LEVEL_BACKGROUND] = frame->margins;
    for (size_t i = 0; i < n; i++) frame->used[levels[i]] = true;
    frame->n_colors = 0;
    for (int level = 0; level < NSR_N_LEVELS; level++)
        if (frame->used[level]) frame->index[level] = (uint8_t)frame->n_colors++;
}

static bool indexed(const png_frame *frame) { return frame->n_colors <= PALETTE; }

static void write_palette(const png_frame *frame, png_infop info) {
    png_color colors[PALETTE];
    for (int level = 0; level < NSR_N_LEVELS; level++) {
        nsr_rgb c = frame->palette->level[level];
        if (frame->used[level]) colors[frame->index[level]] = (png_color){c.r, c.g, c.b};
    }
    png_set_PLTE(frame->png, info, colors, frame->n_colors);
}

static void write_header(const png_frame *frame, png_infop info) {
    png_set_IHDR(frame->png, info, (png_uint_32)frame->picture->w, (png_uint_32)frame->picture->h, 8,
                 indexed(frame) ? PNG_COLOR_TYPE_PALETTE : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_BASE, PNG_FILTER_TYPE_BASE);
    if (indexed(frame)) write_palette(frame, info);
    png_write_info(frame->png, info);
}

/* Compresses n bytes of rows; a full stream buffer becomes a chunk. */
static void compress_bytes(png_frame *frame, unsigned char *data, size_t n, int mode) {
    z_stream *z = &frame->zlib;
    z->next_in = data;
    z->avail_in = (uInt)n;
    for (int state = Z_OK; state == Z_OK;) {
        state = deflate(z, mode);
        bool done = mode == Z_FINISH ? state == Z_STREAM_END : z->avail_in == 0;
        if (z->avail_out == 0 || (done && mode == Z_FINISH)) {
            png_write_chunk(frame->png, (png_const_bytep) "IDAT", frame->stream, STREAM - z->avail_out);
            z->next_out = frame->stream;
            z->avail_out = STREAM;
        }
        if (done) return;
    }
    png_error(frame->png, z->msg ? z->msg : "zlib failed");
}

static void begin_rows(png_frame *frame) {
    frame->row_bytes = (size_t)frame->picture->w * (indexed(frame) ? 1 : 3);
    memset(frame->above, 0, frame->row_bytes); /* the row above the first one, by the standard */
    frame->filtered[0] = FILTER_UP;
    memset(frame->repeats, 0, REPEATS * (1 + frame->row_bytes));
    for (size_t i = 0; i < REPEATS; i++) frame->repeats[i * (1 + frame->row_bytes)] = FILTER_UP;
    if (deflateReset(&frame->zlib) != Z_OK) png_error(frame->png, "zlib cannot be reset");
    frame->zlib.next_out = frame->stream;
    frame->zlib.avail_out = STREAM;
}

static void filter_up(unsigned char *restrict to, const unsigned char *row, const unsigned char *above, size_t n) {
    for (size_t i = 0; i < n; i++) to[i] = (unsigned char)(row[i] - above[i]);
}

/* Writes the current row `times` times. */
static void put_rows(png_frame *frame, int times) {
    if (times == 0) return;
    filter_up(frame->filtered + 1, frame->row, frame->above, frame->row_bytes);
    compress_bytes(frame, frame->filtered, 1 + frame->row_bytes, Z_NO_FLUSH);
    for (int left = times - 1; left > 0; left -= REPEATS)
        compress_bytes(frame, frame->repeats, (size_t)(left < REPEATS ? left : REPEATS) * (1 + frame->row_bytes),
                       Z_NO_FLUSH);
    unsigned char *row = frame->row;
    frame->row = frame->above;
    frame->above = row;
}

static void put_rgb(unsigned char *to, const uint16_t *levels, int n, int times, const nsr_rgb *color) {
    for (int i = 0; i < n; i++)
        for (int x = 0; x < times; x++, to += sizeof *color) memcpy(to, &color[levels[i]], sizeof *color);
}

/* n cells of `times` pixels, from pixel `at` of the row on. */
static void put_cells(png_frame *frame, int at, const uint16_t *levels, int n, int times) {
    if (indexed(frame))
        nsr_repeat_cells(frame->row + at, levels, n, times, frame->index);
    else
        put_rgb(frame->row + 3 * (size_t)at, levels, n, times, frame->palette->level);
}

static void put_background(png_frame *frame, int at, int pixels) {
    const uint16_t level = NSR_LEVEL_BACKGROUND;
    if (pixels > 0) put_cells(frame, at, &level, 1, pixels);
}

static void put_margin(png_frame *frame, int rows) {
    if (rows > 0) put_background(frame, 0, frame->picture->w);
    put_rows(frame, rows);
}

/* Writes `rows` equal rows of the map. Cells are written from left to right, because each may write a few bytes beyond.
 */
static void put_map_rows(png_frame *frame, const uint16_t *levels, int rows) {
    const nsr_picture *p = frame->picture;
    const int right = p->x + p->map.w * p->sx;
    put_background(frame, 0, p->x);
    put_cells(frame, p->x, levels, p->map.w, p->sx);
    put_background(frame, right, p->w - right);
    put_rows(frame, rows * p->sy);
}

static void put_map(png_frame *frame, const uint16_t *levels) {
    const size_t w = (size_t)frame->picture->map.w;
    for (int left = frame->picture->map.h, rows; left > 0; left -= rows, levels += (size_t)rows * w) {
        for (rows = 1; rows < left && !memcmp(levels, levels + (size_t)rows * w, w * sizeof *levels);) rows++;
        put_map_rows(frame, levels, rows);
    }
}

/* libpng reports errors by jumping back to here. */
static bool write_all(png_frame *frame, png_infop info, const uint16_t *levels) {
    const nsr_picture *p = frame->picture;
    if (setjmp(png_jmpbuf(frame->png))) return false;
    png_set_write_fn(frame->png, frame, append, flush);
    write_header(frame, info);
    begin_rows(frame);
    put_margin(frame, p->y);
    put_map(frame, levels);
    put_margin(frame, p->h - p->y - p->map.h * p->sy);
    compress_bytes(frame, NULL, 0, Z_FINISH);
    png_write_chunk(frame->png, (png_const_bytep) "IEND", NULL, 0);
    return true;
}

bool nsr_png_frame_encode(png_frame *frame, const uint16_t *levels, nsr_err *err) {
    frame->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, frame, on_error, on_warning);
    png_infop info = frame->png ? png_create_info_struct(frame->png) : NULL;
    frame->size = 0;
    snprintf(frame->message, sizeof frame->message, "out of memory");
    index_levels(frame, levels);
    bool good = info && write_all(frame, info, levels);
    png_destroy_write_struct(&frame->png, &info);
    return good || nsr_fail(err, NSR_EINTERNAL, "libpng: %s", frame->message);
}
