/* SPDX-License-Identifier: MIT */
/* neuroglancer shows t against y by itself; this state makes it show x and y, with t as the slider and the window of
   the display. The address is that of a server on this machine whose root is the bundle. */
#include "zarr.h"
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char source[] = "http://localhost:8000/frames.ome.zarr/|zarr3:";

static json_t *axis_json(nsr_zarr_axis axis) { return json_pack("[fs]", axis.si, axis.si_unit); }

/* Whole numbers within the type, where codes are whole numbers. */
static json_t *range_json(const nsr_job *job, const nsr_coding *c) {
    const double start = nsr_coding_code(c, job->limits->vmin), end = nsr_coding_code(c, job->limits->vmax);
    if (c->type == NSR_ZARR_F32) return json_pack("[ff]", start, end);
    const double top = c->type == NSR_ZARR_U8 ? 255 : 65535, low = fmax(0, fmin(top - 1, floor(start)));
    return json_pack("[ii]", (int)low, (int)fmax(low + 1, fmin(top, ceil(end))));
}

static json_t *state_json(const nsr_job *job, const nsr_coding *coding) {
    json_t *layer = json_pack("{ss ss ss s{s{so}}}", "type", "image", "name", job->field->name, "source",
                              source, "shaderControls", "normalized", "range", range_json(job, coding));
    return json_pack("{s{so so so} s[ss] s[fff] s[o] ss}", "dimensions", "x", axis_json(nsr_zarr_axis_x(job)), "y",
                     axis_json(nsr_zarr_axis_y(job)), "t", axis_json(nsr_zarr_axis_t(job)), "displayDimensions", "x",
                     "y", "position", job->raster->map.w / 2., job->raster->map.h / 2., 0.5, "layers", layer, "layout",
                     "xy");
}

bool nsr_zarr_put_state(const nsr_job *job, const nsr_coding *coding, nsr_err *err) {
    char path[NSR_PATH], *text = NULL;
    json_t *json = state_json(job, coding);
    if (json) text = json_dumps(json, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    if (!text)
        nsr_fail(err, NSR_EINTERNAL, "%s/neuroglancer.json cannot be written as JSON", job->dir);
    else if (nsr_path(path, err, "%s/neuroglancer.json", job->dir))
        nsr_file_put(path, text, strlen(text), job->run, false, err);
    free(text);
    json_decref(json);
    return nsr_good(err);
}
