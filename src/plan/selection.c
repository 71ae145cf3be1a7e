/* SPDX-License-Identifier: MIT */
/* The selection of frames and its segments. Segments depend on the number of selected frames, the number of bins and
   the options alone, so that any number of ranks makes the same ones. */
#include "base/whole.h"
#include <inttypes.h>
#include <nsrender/plan.h>

enum { SHORTEST = 64, USUAL = 4096, LONGEST = 16384, MOST_RANKS = 64, EACH = 4, MOST_WORKERS = 4096 };
static const int64_t LEAST_BYTES = 4 << 20, MOST_BYTES = 64 << 20, STORED = 2; /* bytes of a value in a stack */

/* A power of two. Segments of 64 MB take about half a second. 64 ranks get at least 4 segments each where there are so
   many frames, and a segment of video or PNG frames, which take longer, has 4096 frames at the most unless these are
   tiny. Where segments are still of 4 MB or more then, 4096 workers get one each. */
static int64_t segment_length(const nsr_field *field, int64_t n) {
    const int64_t frame = STORED * field->n_bins, longest = USUAL * frame < LEAST_BYTES ? LONGEST : USUAL;
    int64_t length = SHORTEST;
    while (length < longest && 2 * length * MOST_RANKS * EACH <= n)
        length *= 2;
    while (length > 1 && frame > MOST_BYTES / length)
        length /= 2;
    while (length * frame >= 2 * LEAST_BYTES && nsr_divide_up(n, length) < MOST_WORKERS)
        length /= 2;
    return length;
}

static bool select_frames(nsr_plan *plan, const nsr_frames *frames, const nsr_field *field, nsr_err *err) {
    int64_t n = field->n_frames, first = frames->given ? frames->first : 0;
    int64_t end = frames->given && !frames->open_end ? frames->end : n, step = frames->given ? frames->step : 1;
    if (first >= n || end > n)
        return nsr_fail(err, NSR_EUSAGE,
                        "--frames %" PRId64 ":%" PRId64 " lies outside %s, which has frames 0 to %" PRId64, first, end,
                        field->path, n - 1);
    if (first >= end) return nsr_fail(err, NSR_EUSAGE, "--frames %" PRId64 ":%" PRId64 " holds no frame", first, end);
    plan->first = first;
    plan->n = nsr_divide_up(end - first, step);
    plan->step = plan->n > 1 ? step : 1; /* no step is taken from a single frame, whatever was asked for */
    return true;
}

/* Position of the first frame of the selection whose time is not before `t`; plan->n when there is none. */
static int64_t first_from(const nsr_plan *plan, nsr_reader *reader, double t, nsr_err *err) {
    int64_t low = 0, high = plan->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        double time = 0;
        if (!nsr_read_times(reader, nsr_plan_frame(plan, middle), 1, 1, &time, err)) {
            nsr_fail(err, NSR_EUSAGE,
                     "--time needs frame times and the field has none; give --times-from or --sampling-rate");
            return 0;
        }
        if (time < t)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void select_time(nsr_plan *plan, nsr_source *source, const nsr_config *config, nsr_err *err) {
    const nsr_seconds *wanted = &config->input_as.time;
    nsr_reader *reader = nsr_reader_open(source, err);
    double start = 0;
    bool session = !config->input_as.clock || config->input_as.clock[0] == 's';
    if (reader && session && !nsr_read_times(reader, 0, 1, 1, &start, err))
        nsr_fail(err, NSR_EUSAGE, "--time needs frame times and %s has none; give --times-from or --sampling-rate",
                 nsr_source_field(source)->path);
    int64_t first = 0, end = 0;
    if (nsr_good(err)) first = first_from(plan, reader, start + wanted->first, err);
    if (nsr_good(err)) end = first_from(plan, reader, start + wanted->end, err);
    nsr_reader_close(reader);
    if (nsr_good(err) && first >= end)
        nsr_fail(err, NSR_EUSAGE,
                 "--time %g:%g holds no frame of %s (seconds from the first frame; --clock file for the "
                 "file's own clock)",
                 wanted->first, wanted->end, nsr_source_field(source)->path);
    plan->first += first * plan->step;
    plan->n = end - first;
}

bool nsr_plan_make(nsr_plan *plan, const nsr_comm *comm, nsr_source *source, const nsr_config *config, nsr_err *err) {
    const nsr_field *field = nsr_source_field(source);
    if (nsr_is_root(comm) && select_frames(plan, &config->input_as.frames, field, err) && config->input_as.time.given)
        select_time(plan, source, config, err);
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, plan, sizeof *plan);
    bool given = config->output.segment_frames != NSR_NOT_GIVEN && config->output.segment_frames > 0;
    plan->segment_frames = given ? config->output.segment_frames : segment_length(field, plan->n);
    plan->n_segments = nsr_divide_up(plan->n, plan->segment_frames);
    return plan->n_segments <= NSR_MOST_SEGMENTS ||
           nsr_fail(err, NSR_EUSAGE, "--segment-frames %" PRId64 " makes %" PRId64 " segments; the most are %d",
                    plan->segment_frames, plan->n_segments, NSR_MOST_SEGMENTS);
}
