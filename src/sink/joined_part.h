/* SPDX-License-Identifier: MIT */
/* Parts of outputs whose join reads all parts. Each worker appends its own to one file, parts/KIND/RUN-RANK-WORKER.bin,
   with KIND the name of the output: to create and remove a file for each part would cost more than its bytes. A part is
   never written over: one that is rendered again lies in a file of its run. All calls are local. Private to src/sink.
 */
#ifndef NSR_SINK_JOINED_PART_H
#define NSR_SINK_JOINED_PART_H

#include <nsrender/sink.h>

/* Makes the directory of the parts. As nsr_sink_kind.start. */
bool nsr_joined_part_start(const nsr_sink *sink, nsr_err *err);
/* Begins the part of the writer's segment at the end of writer->joined->file, to which the caller appends it with
   nsr_file_write. Creates the file for the worker's first part; NSR_ECREATE when that fails. A part that is not
   committed needs no other end. */
bool nsr_joined_part_begin(nsr_part_writer *writer, nsr_err *err);
/* Ends the part and describes it in *part: path, offset, number of frames, bytes, hash. NSR_EIO when writing fails. */
bool nsr_joined_part_commit(nsr_part_writer *writer, nsr_part *part, nsr_err *err);
/* As nsr_sink_kind.check; `joined` is the file or directory that the join makes. In an output that is only whole as a
   whole, a part whose record names that passes without reading anything: the manifest lists the files of the joined
   output with hashes of their own. */
bool nsr_joined_part_check(const nsr_sink *sink, const nsr_part *part, const char *joined, bool contents, char *why,
                           size_t size);
/* After a join: lets the records of all n_segments parts name `joined`; of the rest only the number of frames stays. */
void nsr_joined_part_redirect(nsr_part *parts, int64_t n_segments, const char *joined);

/* Opens files of parts one after another; parts that follow each other in one file share the descriptor. */
typedef struct nsr_part_reader {
    int fd; /* -1: none is open */
    char path[NSR_PATH];
} nsr_part_reader;
/* Opens the file of a part below `dir`. NSR_EIO when it cannot be opened. */
bool nsr_part_reader_open(nsr_part_reader *reader, const char *dir, const char *path, nsr_err *err);
/* Also allowed when nothing is open. */
void nsr_part_reader_close(nsr_part_reader *reader);

#endif
