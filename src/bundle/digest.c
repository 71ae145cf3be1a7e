/* SPDX-License-Identifier: MIT */
/* What decides the bytes of an output, as one hash: the options of its classes in their canonical spelling, the limits,
   the range, the geometry, and the versions of the libraries that it says matter. */
#include "digest.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct adding {
    nsr_hash *hash;
    const nsr_config *config;
} adding;

static void add(nsr_hash *hash, const char *text) { nsr_hash_add(hash, text, strlen(text) + 1); }

static void add_option(const nsr_opt *row, void *user) {
    const adding *a = user;
    char text[2048];
    nsr_option_text(a->config, row, text, sizeof text);
    add(a->hash, row->name);
    add(a->hash, text);
}

static void add_geometry(nsr_hash *hash, const nsr_picture *p) {
    char text[512];
    snprintf(text, sizeof text, "%d %d %d %d %d %d %a %a %a %a %a %a", p->w, p->h, p->x, p->y, p->sx, p->sy,
             p->affine[0], p->affine[1], p->affine[2], p->affine[3], p->affine[4], p->affine[5]);
    add(hash, text);
    nsr_hash_add(hash, p->map.bin, (size_t)p->map.w * (size_t)p->map.h * sizeof *p->map.bin);
}

/* Another --environment may lead to the same picture. */
static bool add_places(nsr_hash *hash, const nsr_environment *env, nsr_err *err) {
    double *center = nsr_layout_centers(env, err);
    if (!center) return false;
    add(hash, env->units);
    add(hash, env->x_name);
    add(hash, env->y_name);
    nsr_hash_add(hash, center, (size_t)env->n_bins * 2 * sizeof *center);
    free(center);
    return true;
}

static void add_regions(nsr_hash *hash, const nsr_environment *env) {
    for (int i = 0; i < env->n_regions; i++) {
        const nsr_region *region = &env->region[i];
        add(hash, region->name);
        add(hash, region->point ? "point" : "polygon");
        nsr_hash_add(hash, region->xy, (size_t)region->n * 2 * sizeof *region->xy);
    }
}

static bool digest(char out[NSR_HASH_CHARS], const nsr_sink_kind *kind, unsigned classes, const nsr_bundle *bundle,
                   nsr_err *err) {
    nsr_hash *hash = nsr_hash_open();
    if (!hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
    adding a = {hash, bundle->config};
    char text[512] = "";
    add(hash, kind->name);
    if (kind->identity) kind->identity(text, sizeof text);
    add(hash, text);
    nsr_options_each(bundle->config->options, classes, add_option, &a);
    if (classes & NSR_CHANGES_PICTURE) {
        snprintf(text, sizeof text, "%a %a %d %d", bundle->measured->limits.vmin, bundle->measured->limits.vmax,
                 (int)bundle->measured->norm.kind, (int)bundle->measured->norm.clip);
        add(hash, text);
        add_geometry(hash, bundle->job->picture);
        nsr_hash_add(hash, bundle->job->palette, sizeof *bundle->job->palette); /* a colormap may come from a file */
    }
    if (classes & NSR_CHANGES_RASTER) add_geometry(hash, bundle->job->raster);
    if (classes & NSR_CHANGES_ZARR) { /* what codes stand for; frames that could not be read may have been repaired */
        snprintf(text, sizeof text, "%a %a", bundle->measured->range.min, bundle->measured->range.max);
        add(hash, text);
    }
    if (classes & NSR_CHANGES_PLACES) add_places(hash, bundle->job->env, err);
    if (classes & NSR_CHANGES_REGIONS) add_regions(hash, bundle->job->env);
    nsr_hash_text(hash, out);
    nsr_hash_close(hash);
    return nsr_good(err);
}

bool nsr_output_digest(nsr_output *output, const nsr_bundle *bundle, nsr_err *err) {
    const nsr_sink_kind *kind = output->sink.kind;
    return digest(output->digest, kind, kind->changed_by, bundle, err) &&
           digest(output->style, kind, kind->styled_by, bundle, err);
}
