/* SPDX-License-Identifier: MIT */
/* Tables taken from matplotlib by tools/make_colormaps.py. Private to src/field. */
#ifndef NSR_FIELD_COLORMAP_DATA_H
#define NSR_FIELD_COLORMAP_DATA_H

#include <stddef.h>
#include <stdint.h>

typedef struct nsr_colormap { const char *name; const uint32_t *rgb; } nsr_colormap; /* 256 times 0xrrggbb */
extern const nsr_colormap nsr_colormaps[];
extern const size_t nsr_n_colormaps;

typedef struct nsr_color_name { const char *name; uint32_t rgb; } nsr_color_name;
extern const nsr_color_name nsr_color_names[];
extern const size_t nsr_n_color_names;

#endif
