/* SPDX-License-Identifier: MIT */
/* Intervals of a recording (pieces between paddings) as the manifest and `info` list them. */
#include "intervals_json.h"
#include "base/json.h"
#include <math.h>

static json_t *interval_json(const nsr_interval *interval, nsr_reader *reader) {
    nsr_err none = {0};
    double t0 = NAN, t1 = NAN;
    nsr_span shown = interval->shown;
    if (reader && nsr_read_times(reader, shown.first, 1, 1, &t0, &none))
        nsr_read_times(reader, shown.end - 1, 1, 1, &t1, &none);
    return json_pack("{sIsIsIsoso}", "number", (json_int_t)interval->number, "first_frame", (json_int_t)shown.first,
                     "n_frames", (json_int_t)(shown.end - shown.first), "t0", nsr_json_real(t0), "t1",
                     nsr_json_real(t1));
}

json_t *nsr_json_intervals(nsr_source *source) {
    const nsr_field *field = nsr_source_field(source);
    if (field->n_intervals == 0) return json_null();
    nsr_err none = {0};
    nsr_reader *reader = nsr_reader_open(source, &none);
    json_t *list = json_array();
    for (int i = 0; i < field->n_intervals; i++)
        json_array_append_new(list, interval_json(&field->interval[i], reader));
    nsr_reader_close(reader);
    return list;
}
