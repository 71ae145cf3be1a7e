/* SPDX-License-Identifier: MIT */
/* The output `zarr`: the stack frames.ome.zarr, with one array 0 of all frames. One segment is one shard. The functions
   are members of nsr_sink_kind; all are local. Private to src/sink. */
#ifndef NSR_SINK_STACK_H
#define NSR_SINK_STACK_H

#include "zarr_meta.h"
#include "zarr_shard.h"

#define NSR_STACK "frames.ome.zarr"
#define NSR_STACK_ARRAY NSR_STACK "/0"

/* --- stack_array.c --- */
/* The array as the options ask for it; the job's plan and raster must be known. */
nsr_zarr_array nsr_stack_array(const nsr_job *job);
/* Path of a segment's shard below the bundle: "frames.ome.zarr/0/c.12.0.0". */
void nsr_stack_part_path(char path[256], int64_t segment);

/* --- stack_segment.c: writing a segment --- */
typedef struct nsr_stack_writer {
    nsr_shard shard;
    nsr_quantisation quantisation;
    bool straight;         /* pixel k is bin k: nothing to paint */
    unsigned char *chunk;  /* the chunk that is being filled ... */
    int64_t fill, slot;    /* ... with so many frames; its number in the shard */
    unsigned char *stored; /* NSR_STORED_MARKS numbers of no data, then those of one frame's bins */
} nsr_stack_writer;
size_t nsr_stack_memory(const nsr_job *job); /* bytes that writing a segment takes */
/* As nsr_sink_kind.begin, write, commit and drop. */
bool nsr_stack_start(const nsr_sink *sink, nsr_err *err);
bool nsr_stack_begin(nsr_part_writer *writer, nsr_err *err);
bool nsr_stack_write(nsr_part_writer *writer, nsr_batch *batch, nsr_err *err);
bool nsr_stack_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err);
void nsr_stack_drop(nsr_part_writer *writer);

/* --- stack_check.c: what a finished segment should be --- */
void nsr_stack_erase(const nsr_sink *sink, int64_t segment);
bool nsr_stack_check(const nsr_sink *sink, int64_t segment, const nsr_part *part, bool contents, char *why,
                     size_t size);

/* --- stack_compare.c: against values of the input --- */
bool nsr_stack_compare(const nsr_sink *sink, int64_t segment, const nsr_part *part, nsr_batch *batch, char *why,
                       size_t size);

/* --- stack_describe.c: for the manifest --- */
void nsr_stack_describe(const nsr_sink *sink, char *text, size_t size);

/* --- neuroglancer.c --- */
/* Writes neuroglancer.json into the bundle: the state with which neuroglancer shows the stack's x and y over time. */
bool nsr_neuroglancer_write(const nsr_job *job, const nsr_quantisation *q, nsr_err *err);

#endif
