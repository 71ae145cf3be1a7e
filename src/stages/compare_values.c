/* SPDX-License-Identifier: MIT */
/* The second half of verify --against compares outputs with the values of the input, segment by segment, shared by the
   ranks. */
#include "compare_values.h"
#include "bundle/manifest_read.h"
#include <stdlib.h>
#include <string.h>

static bool compare_segment(nsr_run *run, nsr_frame_window *window, const nsr_sink *sink, int64_t segment,
                            const nsr_part *part, char *why, size_t size, nsr_err *err) {
    nsr_span shown = nsr_plan_segment(&run->input.plan, segment);
    nsr_batch batch = {.job = &run->job};
    for (int64_t at = shown.first; at < shown.end;) {
        nsr_piece piece;
        int64_t end = at + run->input.reading.batch < shown.end ? at + run->input.reading.batch : shown.end;
        if (!nsr_team_goes_on(run->input.team, err) || !nsr_frame_window_get(window, at, end, shown.end, &piece, err))
            return false;
        nsr_batch_offer(&batch, (nsr_span){at, at + piece.n}, piece.values, NULL, false);
        if (!sink->kind->compare(sink, segment, part, &batch, why, size)) return false;
        at += piece.n;
    }
    return true;
}

static void compare_output(nsr_run *run, nsr_frame_window *window, const json_t *output, nsr_differs *differs,
                           void *user, const nsr_comm *comm, nsr_err *err) {
    const nsr_sink sink = {.kind = nsr_sink_find(nsr_json_text(output, "format")), .job = &run->job};
    const json_t *segments = json_object_get(output, "segments");
    if (!sink.kind || !sink.kind->compare) return;
    for (int64_t u = nsr_rank(comm); u < (int64_t)json_array_size(segments) && nsr_good(err); u += nsr_ranks(comm)) {
        nsr_part part;
        char why[512] = "";
        nsr_part_from_json(&part, json_array_get(segments, (size_t)u));
        if (!compare_segment(run, window, &sink, u, &part, why, sizeof why, err) && *why)
            differs(user, part.path, u, why);
    }
}

bool nsr_compare(nsr_run *run, const json_t *manifest, nsr_differs *differs, void *user, const nsr_comm *comm,
                 nsr_err *err) {
    nsr_frame_window window = {0};
    size_t i;
    json_t *output;
    nsr_picture_free(&run->raster);
    if (nsr_layout_raster(&run->raster, &run->env, &run->config, err) &&
        nsr_frame_window_open(&window, &run->input.cache, err))
        json_array_foreach(json_object_get(manifest, "outputs"), i, output)
            compare_output(run, &window, output, differs, user, comm, err);
    nsr_frame_window_close(&window);
    return nsr_agree(comm, err);
}
