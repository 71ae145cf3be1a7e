/* SPDX-License-Identifier: MIT */
/* Prepares everything that can be checked before the first byte is written: input, geometry, colours, plan, timeline,
   sinks and memory. */
#include "base/whole.h"
#include "bundle/plan_file.h"
#include "bundle/plan_options.h"
#include "foreign_text.h"
#include "measure/color_limits.h"
#include "run.h"
#include <inttypes.h>
#include <math.h>
#include <nsrender/log.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

void nsr_run_init(nsr_run *run, const nsr_config *config) {
    *run = (nsr_run){.config = *config};
    run->measured.config = &run->config;
    run->measured.input = &run->input;
    run->bundle.config = &run->config;
    run->bundle.input = &run->input;
    run->bundle.measured = &run->measured;
    run->bundle.job = &run->job;
}

void nsr_run_name(nsr_run *run, const nsr_comm *comm) {
    unsigned char bytes[4];
    if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes) memset(bytes, 7, sizeof bytes);
    snprintf(run->bundle.run_id, sizeof run->bundle.run_id, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]);
    nsr_bcast(comm, run->bundle.run_id, sizeof run->bundle.run_id);
}

/* The geometry decides which stored bins are shown (slices and projections of 3-D grids, inactive cells). The command
   range needs a geometry only if one is named, or if it writes into a bundle, whose range is that of the shown bins. */
static bool find_geometry(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    const bool range = run->config.command == NSR_CMD_RANGE, needed = !range || run->config.input_as.environment;
    if (!needed && !*run->bundle.dir) return true;
    nsr_err none = {0};
    if (!nsr_environment_find(&run->env, comm, &run->config, run->input.field, needed ? err : &none) ||
        !nsr_environment_orient(&run->env, comm, &run->config, run->input.source, needed ? err : &none))
        return !needed;
    if (range && run->env.shape == NSR_SHAPE_GRID3 && !run->config.input_as.slice) return true;
    nsr_fold fold;
    bool good = nsr_environment_flatten(&run->env, &run->config, &fold, err);
    if (good && fold.from) nsr_source_fold(run->input.source, &fold, err);
    return nsr_agree(comm, err);
}

/* Rows without data have equal hashes in every state and slice, so the choice of bins has a hash of its own. */
static bool identify_bins(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_source_bins(run->input.source, run->measured.identity.bins, err);
    return nsr_agree(comm, err);
}

/* The bundle remembers properties of the input that take a pass over all frames to find. Only verify finds them again,
   because it checks the input. */
static bool recall(nsr_run *run, char **known, char **of, const nsr_comm *comm, nsr_err *err) {
    const unsigned goes_on = NSR_CMD_RENDER | NSR_CMD_RESUME | NSR_CMD_JOIN | NSR_CMD_RANGE;
    bool asked = *run->bundle.dir && (run->config.command & goes_on) && !run->config.output.replace;
    if (asked && nsr_is_root(comm)) *known = nsr_bundle_known(run->bundle.dir);
    if (*known)
        *of = nsr_bundle_known_of(run->bundle.dir); /* a finished bundle has it in its manifest, which may be large */
    if (!nsr_bcast_text(comm, known, err) || !nsr_bcast_text(comm, of, err)) return false;
    run->config.input_as.known = *known;
    run->config.input_as.known_of = *of;
    return true;
}

bool nsr_run_open(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    nsr_run_name(run, comm);
    nsr_check_names_given(run, err);
    if (!nsr_agree(comm, err)) return false;
    run->input.team = nsr_team_open(comm, &run->config, err);
    if (!nsr_agree(comm, err)) return false;
    char *known = NULL, *of = NULL;
    bool open = recall(run, &known, &of, comm, err) && nsr_source_open(&run->input.source, comm, &run->config, err);
    free(known);
    free(of);
    run->config.input_as.known = run->config.input_as.known_of = NULL;
    if (!open) return false;
    run->input.field = nsr_source_field(run->input.source);
    nsr_check_field_name(run, err);
    if (!nsr_agree(comm, err)) return false;
    const char *reason;
    const char *io = nsr_source_io(run->input.source, &reason);
    nsr_note("%s: %s: %lld frames x %lld bins, %s; reading: %s (%s)", run->input.field->file, run->input.field->path,
             (long long)run->input.field->n_frames, (long long)run->input.field->n_bins, run->input.field->dtype, io,
             reason);
    return find_geometry(run, comm, err) && identify_bins(run, comm, err) &&
           nsr_plan_make(&run->input.plan, comm, run->input.source, &run->config, err);
}

/* Is `name` in a list "a,b,c"? */
static bool listed(const char *list, const char *name) {
    size_t n = strlen(name);
    for (const char *at = list; at && *at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL)
        if (!strncmp(at, name, n) && (at[n] == 0 || at[n] == ',')) return true;
    return false;
}

static bool asked_for(const nsr_list *format, const nsr_sink_kind *kind) {
    static const nsr_list usual = {.n = 1, .item = {"zarr"}};
    if (!format->n) format = &usual;
    for (int k = 0; k < format->n; k++) {
        const nsr_sink_kind *named = nsr_sink_find(format->item[k]);
        if (named == kind || (named && listed(named->with, kind->name))) return true;
    }
    return false;
}

/* --format, in the order of the registry; names were checked by the option table. */
static void choose_outputs(nsr_run *run) {
    for (int i = 0; nsr_sinks[i]; i++)
        if (asked_for(&run->config.output.format, nsr_sinks[i]))
            run->bundle.output[run->bundle.n_outputs++] =
                (nsr_output){.sink = {.kind = nsr_sinks[i], .job = &run->job}};
}

/* 2300000 -> 2,300,000 */
static void group_digits(char *text, size_t size, int64_t n) {
    char digits[24];
    int length = snprintf(digits, sizeof digits, "%" PRId64, n);
    size_t at = 0;
    for (int i = 0; i < length && at + 2 < size; i++) {
        if (i && (length - i) % 3 == 0) text[at++] = ',';
        text[at++] = digits[i];
    }
    text[at] = 0;
}

/* Protects a file system from a million files by accident. */
static bool check_files(const nsr_sink *sink, nsr_err *err) {
    nsr_estimate e = {0};
    char text[40];
    if (sink->kind->estimate) sink->kind->estimate(sink->job, &e);
    if (e.files <= sink->job->config->output.max_files) return true;
    group_digits(text, sizeof text, e.files);
    return nsr_fail(err, NSR_EUSAGE, "%s would make %s files; choose --time, --frames or --max-files", sink->kind->name,
                    text);
}

static bool open_sink(nsr_sink *sink, nsr_err *err) {
    sink->own = calloc(1, sink->kind->size ? sink->kind->size : 1);
    if (!sink->own) return nsr_fail(err, NSR_EINTERNAL, "out of memory for output %s", sink->kind->name);
    return check_files(sink, err) && (!sink->kind->open || sink->kind->open(sink, err));
}

static void describe_job(nsr_run *run) {
    run->job = (nsr_job){.config = &run->config,
                         .team = run->input.team,
                         .source = run->input.source,
                         .field = run->input.field,
                         .env = &run->env,
                         .picture = &run->picture,
                         .raster = &run->raster,
                         .palette = &run->palette,
                         .limits = &run->measured.limits,
                         .borders = &run->measured.borders,
                         .range = &run->measured.range,
                         .plan = &run->input.plan,
                         .timeline = &run->input.timeline,
                         .dir = run->bundle.dir,
                         .run = run->bundle.run_id};
}

static int64_t largest_lead(const nsr_run *run) {
    int64_t most = 0;
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        const nsr_sink *sink = &run->bundle.output[i].sink;
        for (int64_t u = 0; sink->kind->lead && u < run->input.plan.n_segments; u++) {
            int64_t lead = sink->kind->lead(sink, u);
            if (lead > most) most = lead;
        }
    }
    return most;
}

/* Batches, windows and chunks have minimum sizes, which are granted even beyond --memory, with a warning. */
static void warn_memory(const nsr_reading *reading, int64_t memory) {
    char needed[40], granted[40];
    if (reading->all_bytes <= memory) return;
    nsr_bytes_text(reading->all_bytes, needed, sizeof needed);
    nsr_bytes_text(memory, granted, sizeof granted);
    nsr_warn("%d threads need %s, more than the memory of %s; give more --memory, fewer --threads or a smaller "
             "--chunk-frames",
             reading->workers, needed, granted);
}

static int64_t sinks_memory(const nsr_bundle *bundle) {
    int64_t bytes = 0;
    for (int i = 0; i < bundle->n_outputs; i++) {
        nsr_estimate estimate = {0};
        const nsr_sink_kind *kind = bundle->output[i].sink.kind;
        if (kind->estimate) kind->estimate(bundle->job, &estimate);
        bytes += estimate.memory;
    }
    return bytes;
}

/* Every rank must find the same work items. The least memory and the most workers of a rank keep each within its grant.
 */
static nsr_reading_needs reading_needs(const nsr_run *run, const nsr_comm *comm) {
    const nsr_picture *p = &run->picture;
    int64_t memory = nsr_granted_memory(&run->config, comm);
    int64_t threads = nsr_team_threads(run->input.team), all = threads,
            least[3] = {memory, -threads, -nsr_source_memory(run->input.source)};
    nsr_sum_i64(comm, &all, 1);
    nsr_min_i64(comm, least, 3);
    return (nsr_reading_needs){.memory = least[0],
                               .workers = (int)-least[1],
                               .all_workers = all,
                               .lead = largest_lead(run),
                               .shared_bytes = -least[2],
                               .reader_bytes = nsr_reader_memory(run->input.source),
                               .sink_bytes = sinks_memory(&run->bundle),
                               .pixels = (int64_t)p->w * p->h,
                               .cells = (int64_t)p->map.w * p->map.h};
}

static void warn_chunk_rows(const nsr_input *input) {
    const nsr_reading *reading = &input->reading;
    if (!reading->row_fits)
        nsr_warn(
            "a row of chunks (%lld frames) does not fit the memory: chunks are read %.1f times; give more --memory or "
            "fewer --threads",
            (long long)nsr_field_chunk_frames(input->field), (double)reading->read_again / (double)reading->rows);
}

enum { WORTH_FRAMES = 64, FEW_WORKERS = 64 };

/* More workers than segments: who asked for many nodes should know. A recording of a few frames ends at once anyway. */
static void warn_idle(const nsr_run *run, const nsr_comm *comm, int64_t workers) {
    const nsr_plan *plan = &run->input.plan;
    const int64_t idle = workers - plan->n_segments;
    int64_t frames = plan->segment_frames;
    const bool small = plan->n < workers * WORTH_FRAMES && workers <= FEW_WORKERS;
    if (idle <= 0 || small || nsr_ranks(comm) == 1) return;
    while (frames > 1 && nsr_divide_up(plan->n, frames) < workers)
        frames /= 2;
    nsr_warn("%lld segments for %lld workers leave %lld without work; take fewer ranks, or --segment-frames %lld for a "
             "new bundle",
             (long long)plan->n_segments, (long long)workers, (long long)idle, (long long)frames);
}

/* The cache gets memory only where values are read again. */
static void plan_reading(nsr_run *run, const nsr_comm *comm) {
    nsr_reading *reading = &run->input.reading;
    const nsr_reading_needs needs = reading_needs(run, comm);
    nsr_reading_plan(reading, run->input.field, &run->input.plan, &needs);
    nsr_team_limit(run->input.team, reading->workers);
    bool renders = run->config.command & (NSR_CMD_RENDER | NSR_CMD_RESUME | NSR_CMD_PLAN);
    int64_t counts = nsr_key_counts_memory(run->measured.wanted.n, nsr_team_threads(run->input.team));
    int64_t left = reading->cache_bytes - counts;
    reading->cache_bytes = left > 0 && (renders || run->measured.wanted.n) ? left : 0;
    if (renders) warn_memory(reading, needs.memory);
    if (renders) warn_idle(run, comm, needs.all_workers);
    warn_chunk_rows(&run->input);
}

/* The root makes the palette, because a colormap may come from a file. */
static bool make_palette(nsr_run *run, nsr_err *err) {
    return nsr_palette_make(&run->palette, run->config.show.cmap, run->config.show.nodata_color,
                            run->config.show.background, err) &&
           nsr_palette_ends(&run->palette, run->config.show.under, run->config.show.over, err);
}

/* Stored integers of an estimated range would clip the values outside it. */
static bool check_exact(const nsr_run *run, nsr_err *err) {
    const bool integers = strcmp(run->config.zarr.dtype, "f32") != 0;
    for (int i = 0; i < run->bundle.n_outputs && integers && run->measured.subset.kind != NSR_SUBSET_ALL; i++)
        if (run->bundle.output[i].sink.kind->changed_by & NSR_CHANGES_ZARR)
            return nsr_fail(err, NSR_EUSAGE,
                            "--sample and --range-stride estimate the range, and a stack stores integers that divide "
                            "the exact one; choose --format png or video, --zarr-dtype f32, or --percentile");
    return true;
}

static bool make_raster(nsr_run *run, nsr_err *err) {
    bool wanted = false;
    for (int i = 0; i < run->bundle.n_outputs; i++)
        wanted = wanted || run->bundle.output[i].sink.kind->changed_by & NSR_CHANGES_RASTER;
    return !wanted || nsr_layout_raster(&run->raster, &run->env, &run->config, err);
}

static bool open_sinks(nsr_run *run, nsr_err *err) {
    for (int i = 0; i < run->bundle.n_outputs && nsr_good(err); i++)
        open_sink(&run->bundle.output[i].sink, err);
    return nsr_good(err);
}

/* The range alone needs no picture. */
static bool prepare_pictures(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    if (nsr_layout_map(&run->picture, &run->env, &run->config, err) && nsr_is_root(comm)) make_palette(run, err);
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, &run->palette, sizeof run->palette);
    char text[512];
    nsr_layout_orientation(&run->env, &run->picture, text, sizeof text);
    nsr_note("%s", text);
    if (*run->bundle.dir && !nsr_bundle_formats(&run->bundle, comm, err)) return false;
    choose_outputs(run);
    if (check_exact(run, err) && make_raster(run, err)) open_sinks(run, err);
    return nsr_agree(comm, err);
}

bool nsr_run_prepare(nsr_run *run, const nsr_comm *comm, nsr_err *err) {
    describe_job(run);
    if (!nsr_color_limits_prepare(&run->measured, comm, err)) return false;
    run->measured.used_again = run->config.command != NSR_CMD_RANGE || run->config.show.histogram;
    run->job.exact = run->measured.subset.kind == NSR_SUBSET_ALL;
    bool pictures = run->config.command & (NSR_CMD_RENDER | NSR_CMD_RESUME | NSR_CMD_PLAN | NSR_CMD_JOIN);
    bool clock = pictures || *run->bundle.dir; /* part of the input's identity */
    if (clock &&
        !nsr_timeline_build(&run->input.timeline, comm, run->input.source, &run->config, &run->input.plan, err))
        return false;
    if (pictures && !prepare_pictures(run, comm, err)) return false;
    plan_reading(run, comm);
    nsr_cache_open(&run->input.cache, run->input.source, &run->input.plan, &run->input.reading, err);
    return nsr_agree(comm, err);
}

void nsr_run_close(nsr_run *run, const nsr_comm *comm) {
    for (int i = 0; i < run->bundle.n_outputs; i++) {
        nsr_sink *sink = &run->bundle.output[i].sink;
        if (sink->own && sink->kind->close) sink->kind->close(sink);
        free(sink->own);
    }
    nsr_cache_close(&run->input.cache);
    nsr_subset_free(&run->measured.subset);
    nsr_timeline_free(&run->input.timeline);
    nsr_picture_free(&run->picture);
    nsr_picture_free(&run->raster);
    nsr_environment_free(&run->env);
    if (run->input.source) nsr_source_close(run->input.source, comm);
    nsr_team_close(run->input.team);
    free(run->todo);
    nsr_records_close(&run->records);
}
