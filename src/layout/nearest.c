/* SPDX-License-Identifier: MIT */
/* The exact nearest site of every pixel, by a quadtree. A square of pixels keeps only the sites that can be the nearest
   of one of its pixels, and its quarters choose among these; a square with a single candidate is filled at once. So the
   work is proportional to the length of the borders between sites. Of sites in one place only the first is used,
   because all of them would be candidates down to single pixels. */
#include "layouts.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { LEAF = 4, PIXELS = LEAF * LEAF, LANES = 8, NONE = -1 };

/* A stack of lists of candidates: the list of a square lies above that of the square around it. Coordinates are copied
   with the numbers of the sites, so that they are contiguous. */
typedef struct site_search {
    nsr_bin_map *map;
    const nsr_site *sites;
    const double *inverse; /* 1 / squared length of each site's piece; NULL: all sites are points */
    double reach;
    int32_t *list;
    double *x, *y, *far; /* far: squared distances */
    size_t capacity;
} site_search;

static double from_piece(const site_search *s, int32_t k, double x, double y) {
    const nsr_site *site = s->sites + k;
    double px = x - site->x, py = y - site->y, along = (px * site->dx + py * site->dy) * s->inverse[k];
    along = along < 0 ? 0 : along > 1 ? 1 : along;
    px -= along * site->dx, py -= along * site->dy;
    return px * px + py * py;
}

static double from_point(double x, double y, double px, double py) { return (x - px) * (x - px) + (y - py) * (y - py); }

static double squared(const site_search *s, size_t i, double x, double y) {
    return s->inverse ? from_piece(s, s->list[i], x, y) : from_point(x, y, s->x[i], s->y[i]);
}

static void *grown(void *array, size_t bytes, bool *good) {
    void *more = realloc(array, bytes);
    *good = *good && more;
    return more ? more : array;
}

static bool reserve(site_search *s, size_t n) {
    if (n <= s->capacity) return true;
    size_t capacity = n + n / 2, bytes = capacity * sizeof *s->x;
    bool good = true;
    s->list = grown(s->list, capacity * sizeof *s->list, &good);
    s->x = grown(s->x, bytes, &good);
    s->y = grown(s->y, bytes, &good);
    s->far = grown(s->far, bytes, &good);
    s->capacity = good ? capacity : s->capacity;
    return good;
}

/* The minimum, in lanes, because comparisons in one chain would depend on each other. */
static double least(const double *far, size_t n) {
    double lane[LANES], rest = INFINITY;
    for (int k = 0; k < LANES; k++) lane[k] = INFINITY;
    size_t i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int k = 0; k < LANES; k++) lane[k] = far[i + (size_t)k] < lane[k] ? far[i + (size_t)k] : lane[k];
    for (; i < n; i++) rest = far[i] < rest ? far[i] : rest;
    for (int k = 0; k < LANES; k++) rest = lane[k] < rest ? lane[k] : rest;
    return rest;
}

/* Computes the squared distances of list[first..first+n); returns the least. */
static double measure_sites(site_search *s, double x, double y, size_t first, size_t n) {
    if (s->inverse)
        for (size_t i = first; i < first + n; i++) s->far[i] = from_piece(s, s->list[i], x, y);
    else
        for (size_t i = first; i < first + n; i++) s->far[i] = from_point(x, y, s->x[i], s->y[i]);
    return least(s->far + first, n);
}

/* Appends to the list those sites of list[first..first+n) that may be the nearest of a pixel within `half` of (x, y);
   returns their number. */
static size_t narrow(site_search *s, double x, double y, double half, size_t first, size_t n) {
    double best = measure_sites(s, x, y, first, n);
    double bound = fmin(sqrt(best) + 2 * half, s->reach + half) * (1 + 1e-9) + 1e-9, square = bound * bound;
    size_t end = first + n;
    for (size_t i = first; i < first + n; i++) { /* always written, kept if near: no branch to mispredict */
        s->list[end] = s->list[i], s->x[end] = s->x[i], s->y[end] = s->y[i];
        end += s->far[i] <= square;
    }
    return end - first - n;
}

/* The pixels of the smallest square. The inner loops have no branch, so that compilers vectorise them. */
typedef struct leaf { double x[PIXELS], y[PIXELS], best[PIXELS], who[PIXELS]; } leaf;

static void offer_point(leaf *l, double x, double y, double who) {
    for (int p = 0; p < PIXELS; p++) {
        double d = from_point(l->x[p], l->y[p], x, y);
        bool nearer = d < l->best[p];
        l->best[p] = nearer ? d : l->best[p];
        l->who[p] = nearer ? who : l->who[p];
    }
}

static void offer_piece(const site_search *s, leaf *l, int32_t k, double who) {
    for (int p = 0; p < PIXELS; p++) {
        double d = from_piece(s, k, l->x[p], l->y[p]);
        if (d < l->best[p]) l->best[p] = d, l->who[p] = who;
    }
}

static void choose_pixels(const site_search *s, int x0, int y0, int x1, int y1, size_t first, size_t n) {
    leaf l;
    const double reach = nextafter(s->reach * s->reach, INFINITY); /* a site at this distance is still accepted */
    for (int p = 0; p < PIXELS; p++) {
        l.x[p] = x0 + p % LEAF + 0.5, l.y[p] = y0 + p / LEAF + 0.5;
        l.best[p] = reach, l.who[p] = NONE;
    }
    for (size_t i = first; i < first + n; i++)
        if (s->inverse) offer_piece(s, &l, s->list[i], s->list[i]);
        else offer_point(&l, s->x[i], s->y[i], s->list[i]);
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) {
            int32_t who = (int32_t)l.who[(y - y0) * LEAF + x - x0];
            s->map->bin[(size_t)y * (size_t)s->map->w + (size_t)x] = who < 0 ? NSR_BIN_BACKGROUND : s->sites[who].bin;
        }
}

static void fill_pixels(const site_search *s, int x0, int y0, int x1, int y1, int32_t bin) {
    for (int y = y0; y < y1; y++)
        for (int x = x0; x < x1; x++) s->map->bin[(size_t)y * (size_t)s->map->w + (size_t)x] = bin;
}

/* Fills the square of `size` pixels at (x, y), with the candidates list[first..first+n). */
static bool descend(site_search *s, int x, int y, int size, size_t first, size_t n) {
    int x1 = x + size < s->map->w ? x + size : s->map->w, y1 = y + size < s->map->h ? y + size : s->map->h;
    if (x >= x1 || y >= y1) return true;
    if (!reserve(s, first + 2 * n + 1)) return false;
    const double half = (size - 1) * sqrt(0.5), cx = x + size / 2.0, cy = y + size / 2.0;
    size_t kept = narrow(s, cx, cy, half, first, n);
    first += n;
    if (kept == 0) return true;
    if (kept == 1 && sqrt(squared(s, first, cx, cy)) + half < s->reach) {
        fill_pixels(s, x, y, x1, y1, s->sites[s->list[first]].bin);
        return true;
    }
    if (size <= LEAF) {
        choose_pixels(s, x, y, x1, y1, first, kept);
        return true;
    }
    const int part = size / 2;
    return descend(s, x, y, part, first, kept) && descend(s, x + part, y, part, first, kept) &&
           descend(s, x, y + part, part, first, kept) && descend(s, x + part, y + part, part, first, kept);
}

static bool same_place(const nsr_site *a, const nsr_site *b) {
    return a->x == b->x && a->y == b->y && a->dx == b->dx && a->dy == b->dy;
}

static uint64_t hash_place(const nsr_site *site) {
    uint64_t hash = 0, bits[4];
    memcpy(bits, (double[4]){site->x + 0.0, site->y + 0.0, site->dx + 0.0, site->dy + 0.0}, sizeof bits); /* no -0 */
    for (int i = 0; i < 4; i++) hash = (hash ^ bits[i]) * 0x9E3779B97F4A7C15u, hash ^= hash >> 29;
    return hash;
}

/* Is the place of site k already in the hash table (open addressing)? If not, adds it. */
static bool seen(int32_t *table, size_t mask, const nsr_site *sites, int32_t k) {
    size_t at = hash_place(sites + k) & mask;
    for (; table[at] != NONE; at = (at + 1) & mask)
        if (same_place(sites + k, sites + table[at])) return true;
    table[at] = k;
    return false;
}

static bool list_distinct(site_search *s, int64_t n, size_t *listed) {
    size_t places = 16;
    while (places < 2 * (size_t)n) places *= 2;
    int32_t *table = malloc(places * sizeof *table);
    if (!table || !reserve(s, 2 * (size_t)n + 1)) {
        free(table);
        return false;
    }
    memset(table, 0xff, places * sizeof *table);
    *listed = 0;
    for (int32_t k = 0; k < n; k++)
        if (!seen(table, places - 1, s->sites, k)) {
            s->list[*listed] = k, s->x[*listed] = s->sites[k].x, s->y[*listed] = s->sites[k].y;
            (*listed)++;
        }
    free(table);
    return true;
}

/* NULL (and good) when all sites are points. */
static bool invert_lengths(double **inverse, const nsr_site *sites, int64_t n) {
    bool points = true;
    for (int64_t k = 0; k < n && points; k++) points = sites[k].dx == 0 && sites[k].dy == 0;
    *inverse = points ? NULL : malloc((size_t)n * sizeof **inverse);
    for (int64_t k = 0; k < n && *inverse; k++) {
        double squares = sites[k].dx * sites[k].dx + sites[k].dy * sites[k].dy;
        (*inverse)[k] = squares > 0 ? 1 / squares : 0;
    }
    return points || *inverse;
}

bool nsr_nearest_fill(nsr_bin_map *map, const nsr_site *sites, int64_t n, double reach, nsr_err *err) {
    site_search s = {.map = map, .sites = sites, .reach = reach};
    double *inverse = NULL;
    size_t listed = 0;
    int size = LEAF;
    while (size < map->w || size < map->h) size *= 2;
    bool good = invert_lengths(&inverse, sites, n) && list_distinct(&s, n, &listed);
    s.inverse = inverse;
    good = good && descend(&s, 0, 0, size, 0, listed);
    free(inverse);
    free(s.list);
    free(s.x);
    free(s.y);
    free(s.far);
    return good || nsr_fail(err, NSR_EINTERNAL, "out of memory for the geometry of %lld bins", (long long)n);
}
