/* SPDX-License-Identifier: MIT */
/* Frames of a virtual dataset whose source is missing cannot be read: HDF5 would return fill values for them. */
#include "hdf5.h"

#include <stdio.h>

static bool fills_frame(const nsr_source *source, const nsr_missing *missing, int64_t frame) {
    const nsr_field *field = &source->found.field;
    if (!source->found.storage.by_interval)
        return nsr_missing_covers(missing, field->bins_first ? field->n_dims - 1 : 0, frame);
    return nsr_missing_covers(missing, 0, frame / field->shape[1]) &&
           nsr_missing_covers(missing, 1, frame % field->shape[1]);
}

static bool refuse_frame(const nsr_source *source, const nsr_missing *missing, int64_t frame, nsr_err *err) {
    const nsr_field *field = &source->found.field;
    int64_t first = frame, last = frame;
    while (first > 0 && fills_frame(source, missing, first - 1))
        first--;
    while (last + 1 < field->n_frames && fills_frame(source, missing, last + 1))
        last++;
    return nsr_fail(err, NSR_EDATA,
                    "%s: %s: frames %lld..%lld cannot be read: %s %s (a source of this virtual dataset; put it back); "
                    "--on-error fill shows them as no data",
                    field->file, field->path, (long long)first, (long long)last, missing->source, missing->why);
}

bool nsr_frames_there(const nsr_source *source, nsr_slab slab, nsr_err *err) {
    const nsr_missing_list *list = &source->missing;
    for (int64_t k = 0; k < list->n; k++)
        for (int64_t i = 0; i < slab.n; i++)
            if (fills_frame(source, &list->item[k], slab.first + i * slab.step))
                return refuse_frame(source, &list->item[k], slab.first + i * slab.step, err);
    return true;
}
