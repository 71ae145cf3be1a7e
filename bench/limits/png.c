/* SPDX-License-Identifier: MIT */
/* What a frame costs when libpng is used as it comes: the picture as RGB, default filters and compression, into memory.
   `png FILE OFFSET FRAMES ROWS COLS WIDTH HEIGHT`; the values are native floats at OFFSET. The picture is the
   program's: square cells of an even number of pixels, centred. */
#include "common.h"
#include <fcntl.h>
#include <math.h>
#include <png.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

typedef struct view {
    int rows, cols, w, h, cell, x, y;
} view;

static void count(png_structp png, png_bytep data, png_size_t n) {
    (void)data;
    *(double *)png_get_io_ptr(png) += (double)n;
}

static void nothing(png_structp png) { (void)png; }

static double encode(const unsigned char *rgb, const view *v) {
    double bytes = 0;
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    if (!info) die("libpng");
    png_set_write_fn(png, &bytes, count, nothing);
    png_set_IHDR(png, info, (png_uint_32)v->w, (png_uint_32)v->h, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_write_info(png, info);
    for (int y = 0; y < v->h; y++)
        png_write_row(png, rgb + (size_t)y * (size_t)v->w * 3);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    return bytes;
}

/* Any 256 different colours do: blue to green to yellow. */
static void colour(float value, float max, unsigned char out[3]) {
    int level = isfinite(value) && max > 0 ? (int)fminf(255, 256 * value / max) : -1;
    out[0] = level < 0 ? 211 : (unsigned char)(level * level / 255);
    out[1] = level < 0 ? 211 : (unsigned char)level;
    out[2] = level < 0 ? 211 : (unsigned char)(160 - level / 2);
}

static void draw(unsigned char *rgb, const float *frame, float max, const view *v) {
    for (int row = 0; row < v->rows; row++)
        for (int col = 0; col < v->cols; col++) {
            unsigned char c[3];
            colour(frame[row * v->cols + col], max, c);
            for (int y = v->y + row * v->cell; y < v->y + (row + 1) * v->cell; y++)
                for (int x = v->x + col * v->cell; x < v->x + (col + 1) * v->cell; x++)
                    memcpy(rgb + 3 * ((size_t)y * (size_t)v->w + (size_t)x), c, 3);
        }
}

static int even(int n) { return n > 1 ? n / 2 * 2 : n; }

int main(int argc, char **argv) {
    if (argc != 8) return 64;
    int frames = atoi(argv[3]), fd = open(argv[1], O_RDONLY);
    view v = {.rows = atoi(argv[4]), .cols = atoi(argv[5]), .w = atoi(argv[6]), .h = atoi(argv[7])};
    int across = v.w / v.cols, down = v.h / v.rows;
    v.cell = even(across < down ? across : down);
    v.x = (v.w - v.cell * v.cols) / 2, v.y = (v.h - v.cell * v.rows) / 2;
    size_t bins = (size_t)v.rows * (size_t)v.cols, bytes = bins * sizeof(float), pixels = (size_t)v.w * (size_t)v.h * 3;
    float *frame = malloc(bytes), max = 0;
    unsigned char *rgb = malloc(pixels);
    if (fd < 0 || !frame || !rgb || v.cell < 1) die(argv[1]);
    memset(rgb, 255, pixels);
    double wall = 0, cpu = 0, out = 0;
    for (int i = 0; i < frames; i++) {
        if (pread(fd, frame, bytes, atoll(argv[2]) + (int64_t)i * (int64_t)bytes) != (ssize_t)bytes) die(argv[1]);
        for (size_t k = 0; i == 0 && k < bins; k++)
            max = frame[k] > max ? frame[k] : max;
        draw(rgb, frame, max, &v);
        double start = wall_now(), used = cpu_now();
        out += encode(rgb, &v);
        wall += wall_now() - start, cpu += cpu_now() - used;
    }
    fprintf(stderr, "%.0f bytes a frame\n", out / frames);
    report(wall, cpu, frames);
    free(frame);
    free(rgb);
    return 0;
}
