/* SPDX-License-Identifier: MIT */
/* Outputs. A new one is a new file in src/sink (start from null.c) and a row in src/sink/sink.c. */
#ifndef NSRENDER_SINK_H
#define NSRENDER_SINK_H

#include <nsrender/file.h>
#include <nsrender/picture.h>
#include <nsrender/plan.h>
#include <nsrender/team.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Everything that is fixed before rendering starts; read-only for sinks and workers. */
typedef struct nsr_job {
    const nsr_config *config;
    nsr_team *team;     /* long joins ask it whether a signal came */
    nsr_source *source; /* for inputs other than frames: times, positions */
    const nsr_field *field;
    const nsr_environment *env;
    const nsr_picture *picture;
    const nsr_picture *raster; /* of stack and overview: the map alone, sx = sy = 1, x = y = 0 */
    const nsr_palette *palette;
    const nsr_color_limits *limits;
    const nsr_borders *borders;
    const nsr_range *range;
    bool exact; /* whether the range is that of all frames, and not an estimate */
    const nsr_plan *plan;
    const nsr_timeline *timeline;
    const char *dir; /* the bundle */
    const char *run; /* id of this run; temporary names carry it */
} nsr_job;

/* Consecutive frames that are offered to sinks. Levels are computed when the first sink asks for them, and only once.
 */
typedef struct nsr_batch {
    const nsr_job *job;
    nsr_span shown;      /* positions in the selection */
    const void *values;  /* (end-first) x n_bins of field.type */
    const double *times; /* seconds as in the file; NULL without a timeline */
    bool lead;           /* these positions lie behind the segment: for sinks with a `lead` function only */
    /* private to raster/batch.c */
    uint16_t *levels, *bin_levels;
    bool have_levels, counted;
    nsr_clip *clip; /* the caller's, set after open: counts of clipped values; NULL: they are not counted */
} nsr_batch;
/* --- raster/batch.c, local --- */
/* Buffers for up to `capacity` frames. Close is allowed after a failed open. */
bool nsr_batch_open(nsr_batch *batch, const nsr_job *job, int64_t capacity, nsr_err *err);
void nsr_batch_close(nsr_batch *batch);
/* The next frames; the levels of the batch before are dropped. values and times stay the caller's. */
void nsr_batch_offer(nsr_batch *batch, nsr_span shown, const void *values, const double *times, bool lead);
/* Levels on the map: (end-first) x map.h x map.w. The first call adds the numbers of values below and above the limits
   and without data to batch->clip, unless the batch is a lead. */
const uint16_t *nsr_batch_levels(nsr_batch *batch);
/* Makes sure that batch->clip counts this batch, also when no sink asked for levels. */
void nsr_batch_count(nsr_batch *batch);

/* A finished part of an output, as the segment's record stores it. */
typedef struct nsr_part {
    char path[256]; /* below the bundle: "frames/000042", "parts/video/1f3a5b7c-0-1.bin", "video.mp4" */
    int64_t offset; /* in that file; 0 for directories and whole files */
    int64_t files, frames, bytes;
    char hash[NSR_HASH_CHARS]; /* of the bytes; for a directory of all its files in the order of names */
} nsr_part;

/* Files of a finished output that are not parts: metadata, and files made by a join. */
typedef struct nsr_files {
    nsr_part *file;
    int64_t n;
} nsr_files;
/* --- sink/other_files.c, local --- */
/* Appends a copy of *part; false when memory runs out. */
bool nsr_files_put(nsr_files *files, const nsr_part *part, nsr_err *err);
/* Hashes a file of the bundle and adds it; path is below the bundle. False also after a signal. */
bool nsr_files_add(nsr_files *files, const nsr_job *job, const char *path, nsr_err *err);
void nsr_files_free(nsr_files *files);

typedef struct nsr_estimate {
    int64_t files, bytes, memory;
} nsr_estimate; /* memory: of one worker */

typedef struct nsr_sink_kind nsr_sink_kind;

/* One output of a run. */
typedef struct nsr_sink {
    const nsr_sink_kind *kind;
    const nsr_job *job;
    void *own; /* kind->size zeroed bytes */
} nsr_sink;

/* The file to which one worker appends its parts of one output that is joined later. */
typedef struct nsr_joined_file {
    nsr_file file;      /* fd -1: the worker has no part of this output yet */
    int64_t begin;      /* offset of the part that is being written */
    const char *worker; /* a name that no other worker of any run has */
} nsr_joined_file;
/* --- sink/joined_part.c, local --- */
/* Closes the file, which may not be open. It stays if it holds a whole part. NSR_EIO when that fails. */
bool nsr_joined_file_close(nsr_joined_file *joined, nsr_err *err);

/* One segment of one output, while a worker renders it. */
typedef struct nsr_part_writer {
    const nsr_sink *sink;
    int64_t segment;
    nsr_span shown;
    nsr_joined_file *joined; /* the worker's, for outputs that are joined */
    void *own;               /* kind->writer_size bytes, zeroed for each segment */
} nsr_part_writer;

struct nsr_sink_kind {
    const char *name, *help;
    unsigned changed_by;      /* classes NSR_CHANGES_* of options that change its parts */
    unsigned styled_by;       /* classes of options that change only the files of `finish` */
    const char *with;         /* other outputs that are written together with this one: "a,b". NULL: none */
    bool whole;               /* once joined, a damaged file means that all segments are rendered again */
    bool stored;              /* false: it leaves no files, so there is nothing to resume (null) */
    size_t size, writer_size; /* bytes of nsr_sink.own and of nsr_part_writer.own */
    /* All are local except join. A member may be NULL where its comment has NULL. */
    void (*estimate)(const nsr_job *job, nsr_estimate *out);
    bool (*open)(nsr_sink *sink, nsr_err *err); /* NULL: nothing to prepare; once per rank */
    /* Once per rank, before the first segment of the output is rendered: makes the folders of its parts, and removes
       metadata that would let viewers open it. NULL: it has neither. */
    bool (*start)(const nsr_sink *sink, nsr_err *err);
    /* Writes the versions of the libraries on which the bytes depend, as text for the digest. NULL: nothing. */
    void (*identity)(char *text, size_t size);
    int64_t (*lead)(const nsr_sink *sink, int64_t segment); /* positions needed behind the segment; NULL: 0 */
    /* Output frames of the segment beyond one per data frame (held frames of a video), which progress counts too: the
       sink reports them to the team. NULL: 0. */
    int64_t (*held)(const nsr_sink *sink, int64_t segment);
    bool (*begin)(nsr_part_writer *writer, nsr_err *err);   /* may allocate */
    bool (*write)(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err); /* batches come in order */
    bool (*commit)(nsr_part_writer *writer, nsr_part *part, nsr_err *err);  /* whole when it returns true; frees */
    void (*drop)(nsr_part_writer *writer);                /* frees, removes temporaries; also after a failed
                                                    begin, write or commit */
    void (*erase)(const nsr_sink *sink, int64_t segment); /* removes the segment's finished part. NULL: none */
    /* Whether the part exists with the right size and, with `contents`, the right hash; on false the reason is in
       `why`. NULL: always true. */
    bool (*check)(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why, size_t size);
    /* Collective: makes the final output of all n_segments parts, and updates their path and offset. NULL: parts are
       final as they are. */
    bool (*join)(nsr_sink *sink, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err);
    /* On the root, after all outputs are joined, also when only the style changed: writes the files that belong to no
       segment, last of all those that make viewers see the output, and adds every file that is not a part. NULL: none.
       */
    bool (*finish)(const nsr_sink *sink, nsr_files *files, nsr_err *err);
    /* The `description` in the manifest: the text of a JSON object. NULL: none. */
    void (*describe)(const nsr_sink *sink, char *text, size_t size);
    /* Whether the stored frames agree with the batch, which has the values of the input; on false the reason is in
       `why`. NULL: values cannot be recovered from the output. */
    bool (*compare)(const nsr_sink *sink, int64_t segment, const nsr_part *part, nsr_batch *batch, char *why,
                    size_t size);
    void (*close)(nsr_sink *sink); /* NULL: nothing to free */
};

/* --- sink/zarr_fit.c, local --- */
/* Whether the numbers that stacks and overviews store can tell the values of job->range apart; asked once, before
   anything is written. NSR_EUSAGE where float32 cannot; warns where it rounds more than u16 would. */
bool nsr_stored_precise(const nsr_job *job, nsr_err *err);

/* --- sink/sink.c --- */
enum { NSR_MOST_OUTPUTS = 8 }; /* kinds of outputs: a segment has a bit for each that must be rendered */
extern const nsr_sink_kind *const nsr_sinks[]; /* NULL-ended */
/* The output with that name ("video"); NULL when there is none. */
const nsr_sink_kind *nsr_sink_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
