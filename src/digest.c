/* SPDX-License-Identifier: MIT */
/* What decides the bytes of an output, as one hash: the options of its classes in their canonical spelling, the limits,
   the geometry, and the versions of the libraries that it says matter. */
#include "digest.h"
#include <stdio.h>
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

static bool digest(char out[NSR_HASH_CHARS], const nsr_sink_kind *kind, unsigned classes, const nsr_run *run,
                   nsr_err *err) {
    nsr_hash *hash = nsr_hash_open();
    if (!hash) return nsr_fail(err, NSR_EINTERNAL, "out of memory for a hash");
    adding a = {hash, &run->config};
    char text[512] = "";
    add(hash, kind->name);
    if (kind->identity) kind->identity(text, sizeof text);
    add(hash, text);
    nsr_options_each(classes, add_option, &a);
    if (classes & NSR_CHANGES_PICTURE) {
        snprintf(text, sizeof text, "%a %a", run->limits.vmin, run->limits.vmax);
        add(hash, text);
        add_geometry(hash, &run->picture);
        nsr_hash_add(hash, &run->palette, sizeof run->palette); /* a colormap may come from a file */
    }
    if (classes & NSR_CHANGES_RASTER) add_geometry(hash, &run->raster);
    nsr_hash_text(hash, out);
    nsr_hash_close(hash);
    return true;
}

bool nsr_output_digest(nsr_output *output, const nsr_run *run, nsr_err *err) {
    const nsr_sink_kind *kind = output->sink.kind;
    return digest(output->digest, kind, kind->changed_by, run, err) &&
           digest(output->style, kind, kind->styled_by, run, err);
}
