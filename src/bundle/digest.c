/* SPDX-License-Identifier: MIT */
/* The digest of an output is a hash of everything that decides its bytes: the options of its classes in canonical
   spelling, colour limits, range, geometry, and the versions of the libraries that the sink names. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct adding {
    nsr_hash *hash;
    const nsr_config *config;
} adding;

static void hash_text(nsr_hash *hash, const char *text) { nsr_hash_add(hash, text, strlen(text) + 1); }

static void add_option(const nsr_opt *row, void *user) {
    const adding *a = user;
    char text[2048];
    nsr_option_text(a->config, row, text, sizeof text);
    hash_text(a->hash, row->name);
    hash_text(a->hash, text);
}

static void add_geometry(nsr_hash *hash, const nsr_picture *p) {
    char text[512];
    snprintf(text, sizeof text, "%d %d %d %d %d %d %a %a %a %a %a %a", p->w, p->h, p->x, p->y, p->sx, p->sy,
             p->affine[0], p->affine[1], p->affine[2], p->affine[3], p->affine[4], p->affine[5]);
    hash_text(hash, text);
    nsr_hash_add(hash, p->map.bin, (size_t)p->map.w * (size_t)p->map.h * sizeof *p->map.bin);
}

/* Centers and units differ between environments even where the picture is the same. */
static bool add_places(nsr_hash *hash, const nsr_environment *env, nsr_err *err) {
    double *center = nsr_layout_centers(env, err);
    if (!center) return false;
    hash_text(hash, env->units);
    hash_text(hash, env->x_name);
    hash_text(hash, env->y_name);
    nsr_hash_add(hash, center, (size_t)env->n_bins * 2 * sizeof *center);
    free(center);
    return true;
}

static void add_regions(nsr_hash *hash, const nsr_environment *env) {
    for (int i = 0; i < env->n_regions; i++) {
        const nsr_region *region = &env->region[i];
        hash_text(hash, region->name);
        hash_text(hash, region->point ? "point" : "polygon");
        nsr_hash_add(hash, region->xy, (size_t)region->n * 2 * sizeof *region->xy);
    }
}

static bool make_digest(char out[NSR_HASH_CHARS], const nsr_sink_kind *kind, unsigned classes, const nsr_bundle *bundle,
                        nsr_err *err) {
    nsr_hash *hash = nsr_hash_open();
    if (!hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
    adding a = {hash, bundle->config};
    char text[512] = "";
    hash_text(hash, kind->name);
    if (kind->identity) kind->identity(text, sizeof text);
    hash_text(hash, text);
    nsr_options_each(bundle->config->options, classes, add_option, &a);
    if (classes & NSR_CHANGES_PICTURE) {
        snprintf(text, sizeof text, "%a %a %d %d", bundle->measured->limits.vmin, bundle->measured->limits.vmax,
                 (int)bundle->measured->norm.kind, (int)bundle->measured->norm.clip);
        hash_text(hash, text);
        add_geometry(hash, bundle->job->picture);
        nsr_hash_add(hash, bundle->job->palette, sizeof *bundle->job->palette); /* a colormap may come from a file */
    }
    if (classes & NSR_CHANGES_RASTER) add_geometry(hash, bundle->job->raster);
    if (classes &
        NSR_CHANGES_ZARR) { /* stored integers are relative to the range, which changes when frames are repaired */
        snprintf(text, sizeof text, "%a %a", bundle->measured->range.min, bundle->measured->range.max);
        hash_text(hash, text);
    }
    if (classes & NSR_CHANGES_PLACES) add_places(hash, bundle->job->env, err);
    if (classes & NSR_CHANGES_REGIONS) add_regions(hash, bundle->job->env);
    nsr_hash_text(hash, out);
    nsr_hash_close(hash);
    return nsr_good(err);
}

bool nsr_output_digest(nsr_output *output, const nsr_bundle *bundle, nsr_err *err) {
    const nsr_sink_kind *kind = output->sink.kind;
    return make_digest(output->digest, kind, kind->changed_by, bundle, err) &&
           make_digest(output->style, kind, kind->styled_by, bundle, err);
}
