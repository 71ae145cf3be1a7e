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

/* All that is fixed before rendering starts; read-only for sinks and workers. */
typedef struct nsr_job {
    const nsr_config *config;
    nsr_team *team;     /* long joins ask it whether to go on */
    nsr_source *source; /* for what finish reads besides frames */
    const nsr_field *field;
    const nsr_environment *env;
    const nsr_picture *picture;
    const nsr_picture *raster; /* of the stacks: the map alone, sx = sy = 1, x = y = 0 */
    const nsr_palette *palette;
    const nsr_color_limits *limits;
    const nsr_borders *borders;
    const nsr_range *range;
    bool exact; /* the range: of all frames, no estimate */
    const nsr_plan *plan;
    const nsr_timeline *timeline;
    const char *dir; /* the bundle */
    const char *run; /* id of this run, marks temporary names */
} nsr_job;

/* A run of frames offered to sinks. Views are made at most once and only when asked for. */
typedef struct nsr_batch {
    const nsr_job *job;
    nsr_span shown;      /* positions in the pick */
    const void *values;  /* (end-first) x n_bins of field.type */
    const double *times; /* seconds as in the file; NULL without a timeline */
    bool lead;           /* these positions lie behind the segment: only for sinks that asked (lead) */
    /* private to raster/batch.c */
    uint16_t *levels, *bin_levels;
    bool have_levels, counted;
    nsr_clip *clip; /* the caller's, set after open: what is counted goes there; NULL: nowhere */
} nsr_batch;
/* --- raster/batch.c, local --- */
/* Buffers for up to `capacity` frames. Close is allowed after a failed open. */
bool nsr_batch_open(nsr_batch *batch, const nsr_job *job, int64_t capacity, nsr_err *err);
void nsr_batch_close(nsr_batch *batch);
/* The next run of frames; forgets the views of the last one. values and times stay the caller's. */
void nsr_batch_offer(nsr_batch *batch, nsr_span shown, const void *values, const double *times, bool lead);
/* Levels on the map: (end-first) x map.h x map.w. Values below, above and without data are added to batch->clip the
   first time, unless the batch is a lead. */
const uint16_t *nsr_batch_levels(nsr_batch *batch);
/* Makes sure that this batch is counted in batch->clip, also when no sink asked for levels. */
void nsr_batch_count(nsr_batch *batch);

/* What a finished part is, as the segment's record keeps it. */
typedef struct nsr_part {
    char path[256]; /* below the bundle: "frames/000042", "parts/video/000042.seg", "video.mp4" */
    int64_t offset; /* in that file; 0 for directories and whole files */
    int64_t files, frames, bytes;
    char hash[NSR_HASH_CHARS]; /* of the payload: of all files in name order for a directory */
} nsr_part;

/* Files of a finished output that are no parts: metadata, and what parts were joined into. */
typedef struct nsr_files {
    nsr_part *file;
    int64_t n;
} nsr_files;
/* --- sink/files.c, local --- */
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
    void *own; /* kind->size zeroed bytes, made by the front end */
} nsr_sink;

/* One segment being made by one worker. */
typedef struct nsr_part_writer {
    const nsr_sink *sink;
    int64_t segment;
    nsr_span shown;
    void *own; /* kind->writer_size zeroed bytes for every segment */
} nsr_part_writer;

struct nsr_sink_kind {
    const char *name, *help;
    unsigned changed_by; /* NSR_CHANGES_* classes of options that change its parts */
    unsigned styled_by;  /* those that change what `finish` writes */
    const char *with;    /* other outputs that are made where this one is asked for: "a,b". NULL: none */
    bool whole;          /* once joined, no segment can be made again alone: damage to a file makes all anew */
    bool stored;         /* false: nothing is kept, nothing to resume (null, hash) */
    size_t size, writer_size;
    /* All are local except join. NULL members are allowed where said. */
    void (*estimate)(const nsr_job *job, nsr_estimate *out);
    bool (*open)(nsr_sink *sink, nsr_err *err); /* NULL: nothing to prepare; once a rank */
    /* Text that, besides options, decides the bytes (library versions); into the digest. NULL: none. */
    void (*identity)(char *text, size_t size);
    int64_t (*lead)(const nsr_sink *sink, int64_t segment); /* NULL: 0. Positions needed behind the segment */
    bool (*begin)(nsr_part_writer *writer, nsr_err *err);   /* may allocate */
    bool (*write)(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err); /* batches come in order */
    bool (*commit)(nsr_part_writer *writer, nsr_part *part, nsr_err *err);  /* durable when it returns true; frees */
    void (*drop)(nsr_part_writer *writer);                /* frees, removes temporaries; also after a failed
                                                    begin, write or commit */
    void (*erase)(const nsr_sink *sink, int64_t segment); /* removes the segment's finished part. NULL: none */
    /* Is the part there? contents: also its hash. On false says why. NULL: always. */
    bool (*check)(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why, size_t size);
    /* Collective: parts (n_segments, all present) become the final output; updates their path and offset.
       NULL: parts are final as they are. */
    bool (*join)(nsr_sink *sink, const nsr_comm *comm, nsr_part *parts, int64_t n_segments, nsr_err *err);
    /* Root alone, after all outputs are joined, also when only the style changed: writes what belongs to no segment, in
       the end what makes viewers see the output, and adds every file that is no part. NULL: none. */
    bool (*finish)(const nsr_sink *sink, nsr_files *files, nsr_err *err);
    /* What the manifest should say of it: the text of a JSON object. NULL: nothing. */
    void (*describe)(const nsr_sink *sink, char *text, size_t size);
    /* Do the stored values of these frames agree with the batch (values of the input)? On false says why. NULL: values
       cannot be told from it. */
    bool (*compare)(const nsr_sink *sink, int64_t segment, const nsr_part *part, nsr_batch *batch, char *why,
                    size_t size);
    void (*close)(nsr_sink *sink); /* NULL: nothing to free */
};

/* --- sink/sink.c --- */
extern const nsr_sink_kind *const nsr_sinks[]; /* NULL-ended */
/* The output with that name ("video"); NULL when there is none. */
const nsr_sink_kind *nsr_sink_find(const char *name);

#ifdef __cplusplus
}
#endif
#endif
