/* SPDX-License-Identifier: MIT */
/* The options of the view, and turning. Quarter turns and mirroring only move cells of the map, so they are exact and
   the same for all layouts. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool check_size(nsr_size size, nsr_err *err) {
    if (size.w == 0 && size.h == 0) return true;
    if (size.w < 1 || size.h < 1 || size.w > NSR_MAX_SIDE || size.h > NSR_MAX_SIDE)
        return nsr_fail(err, NSR_EUSAGE, "--size %dx%d: sides are 2 to %d pixels", size.w, size.h, NSR_MAX_SIDE);
    if (size.w % 2 || size.h % 2)
        return nsr_fail(err, NSR_EUSAGE, "--size %dx%d: sides must be even, as video wants them; give %dx%d", size.w,
                        size.h, size.w + size.w % 2, size.h + size.h % 2);
    return true;
}

static bool parse_box(double box[4], const char *text, nsr_err *err) {
    const char *at = text;
    for (int i = 0; i < 4; i++) {
        char *end;
        box[i] = strtod(at, &end);
        bool good = end > at && isfinite(box[i]) && *end == (i < 3 ? ',' : 0);
        if (!good) return nsr_fail(err, NSR_EUSAGE, "--view %s: give four numbers X0,X1,Y0,Y1", text);
        at = end + 1;
    }
    if (box[0] < box[1] && box[2] < box[3]) return true;
    return nsr_fail(err, NSR_EUSAGE, "--view %s: X0 must lie below X1, and Y0 below Y1", text);
}

static nsr_size swapped(nsr_size size) { return (nsr_size){size.h, size.w}; }

static bool make(nsr_layout_view *view, nsr_size size, const nsr_config *config, nsr_err *err) {
    const char *flip = config->show.flip, *rotate = config->show.rotate;
    *view = (nsr_layout_view){.size = size,
                              .given = config->show.view != NULL,
                              .turns = rotate ? atoi(rotate) / 90 % 4 : 0,
                              .flip_x = flip && *flip == 'x',
                              .flip_y = flip && *flip == 'y',
                              .track_width = config->show.track_width,
                              .side = NSR_AUTO_SIDE};
    if (view->turns % 2) view->size = swapped(view->size);
    return !view->given || parse_box(view->box, config->show.view, err);
}

bool nsr_layout_view_make(nsr_layout_view *view, const nsr_config *config, nsr_err *err) {
    return check_size(config->show.size, err) && make(view, config->show.size, config, err);
}

bool nsr_layout_view_make_stack(nsr_layout_view *view, const nsr_config *config, nsr_err *err) {
    const nsr_size size = config->zarr.size;
    if (size.w < 0 || size.h < 0 || size.w > NSR_MAX_SIDE || size.h > NSR_MAX_SIDE || !size.w != !size.h)
        return nsr_fail(err, NSR_EUSAGE, "--zarr-size %dx%d: sides are 1 to %d pixels", size.w, size.h, NSR_MAX_SIDE);
    bool good = make(view, size, config, err);
    view->stack = true;
    return good;
}

static void flip_columns(nsr_picture *p) {
    for (int r = 0; r < p->map.h; r++) {
        int32_t *row = p->map.bin + (size_t)r * (size_t)p->map.w;
        for (int i = 0, k = p->map.w - 1; i < k; i++, k--) {
            int32_t bin = row[i];
            row[i] = row[k], row[k] = bin;
        }
    }
    for (int i = 0; i < 3; i++) p->affine[i] = -p->affine[i];
    p->affine[2] += (double)p->map.w * p->sx;
}

static void flip_rows(nsr_picture *p) {
    const size_t w = (size_t)p->map.w;
    for (int r = 0, k = p->map.h - 1; r < k; r++, k--)
        for (size_t c = 0; c < w; c++) {
            int32_t *one = p->map.bin + (size_t)r * w + c, *other = p->map.bin + (size_t)k * w + c, bin = *one;
            *one = *other, *other = bin;
        }
    for (int i = 3; i < 6; i++) p->affine[i] = -p->affine[i];
    p->affine[5] += (double)p->map.h * p->sy;
}

/* Exchanges rows and columns. */
static bool transpose(nsr_picture *p, nsr_err *err) {
    nsr_bin_map to;
    if (!nsr_bin_map_open(&to, p->map.h, p->map.w, err)) return false;
    for (int r = 0; r < to.h; r++)
        for (int c = 0; c < to.w; c++)
            to.bin[(size_t)r * (size_t)to.w + (size_t)c] = p->map.bin[(size_t)c * (size_t)to.h + (size_t)r];
    free(p->map.bin);
    p->map = to;
    const int sx = p->sx;
    p->sx = p->sy, p->sy = sx;
    for (int i = 0; i < 3; i++) {
        double column = p->affine[i];
        p->affine[i] = p->affine[3 + i], p->affine[3 + i] = column;
    }
    return true;
}

bool nsr_layout_view_turn(const nsr_layout_view *view, nsr_picture *picture, nsr_err *err) {
    bool columns = view->flip_x, rows = view->flip_y;
    if (view->turns >= 2) columns = !columns, rows = !rows;
    if (columns) flip_columns(picture);
    if (rows) flip_rows(picture);
    if (view->turns % 2 == 0) return true;
    if (!transpose(picture, err)) return false;
    flip_rows(picture); /* counter-clockwise */
    return true;
}
