/* SPDX-License-Identifier: MIT */
/* By default neuroglancer shows t against y. This state makes it show x and y, with a slider for t and the colour
   limits. It expects the bundle to be the root of a web server on this machine. */
#include "base/json.h"
#include "stack.h"
#include <jansson.h>
#include <math.h>

static const char source[] = "http://localhost:8000/frames.ome.zarr/|zarr3:";

static json_t *axis_json(nsr_zarr_axis axis) { return json_pack("[fs]", axis.si, axis.si_unit); }

/* The colour limits; for stored integers they must be two different integers of the type. */
static json_t *range_json(const nsr_job *job, const nsr_quantisation *q) {
    const double start = nsr_quantised_exact(q, job->limits->vmin), end = nsr_quantised_exact(q, job->limits->vmax);
    if (q->type == NSR_ZARR_F32) return json_pack("[ff]", start, end);
    const double top = q->type == NSR_ZARR_U8 ? 255 : 65535, low = fmax(0, fmin(top - 1, floor(start)));
    return json_pack("[ii]", (int)low, (int)fmax(low + 1, fmin(top, ceil(end))));
}

static json_t *state_json(const nsr_job *job, const nsr_quantisation *q) {
    json_t *layer = json_pack("{ss ss ss s{s{so}}}", "type", "image", "name", job->field->name, "source", source,
                              "shaderControls", "normalized", "range", range_json(job, q));
    return json_pack("{s{so so so} s[ss] s[fff] s[o] ss}", "dimensions", "x", axis_json(nsr_zarr_axis_x(job)), "y",
                     axis_json(nsr_zarr_axis_y(job)), "t", axis_json(nsr_zarr_axis_t(job)), "displayDimensions", "x",
                     "y", "position", job->raster->map.w / 2., job->raster->map.h / 2., 0.5, "layers", layer, "layout",
                     "xy");
}

bool nsr_neuroglancer_write(const nsr_job *job, const nsr_quantisation *q, nsr_err *err) {
    char path[NSR_PATH];
    json_t *json = state_json(job, q);
    const bool good =
        nsr_path(path, err, "%s/neuroglancer.json", job->dir) && nsr_json_save(path, json, job->run, NSR_PUT, err);
    json_decref(json);
    return good;
}
