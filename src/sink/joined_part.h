/* SPDX-License-Identifier: MIT */
/* Parts of outputs whose join reads all parts: one file per segment, parts/KIND/000042.bin, with KIND the name of the
   output. All calls are local. Private to src/sink. */
#ifndef NSR_SINK_JOINED_PART_H
#define NSR_SINK_JOINED_PART_H

#include <nsrender/sink.h>

/* Makes the directory of the parts. As nsr_sink_kind.start. */
bool nsr_joined_part_start(const nsr_sink *sink, nsr_err *err);
/* Creates the file of the writer's segment; NSR_ECREATE when that fails. The caller sets
   file->fd to -1 before, and calls nsr_file_drop in the end, also after a failure. */
bool nsr_joined_part_create(nsr_file *file, const nsr_part_writer *writer, nsr_err *err);
/* Closes the file and describes it in *part: path, number of frames, bytes, hash. NSR_EIO when that fails. */
bool nsr_joined_part_commit(nsr_file *file, const nsr_part_writer *writer, nsr_part *part, nsr_err *err);
/* Removes the finished part of a segment, if there is one. */
void nsr_joined_part_erase(const nsr_sink *sink, int64_t segment);
/* As nsr_sink_kind.check. A part whose record names `joined`, the file or directory that the join made, passes without
   reading anything: the manifest lists the files of the joined output with hashes of their own. */
bool nsr_joined_part_check(const nsr_sink *sink, int64_t segment, const nsr_part *part, const char *joined,
                           bool contents, char *why, size_t size);
/* After a join: lets the records of all n_segments parts name `joined`; of the rest only the number of frames stays. */
void nsr_joined_part_redirect(nsr_part *parts, int64_t n_segments, const char *joined);

#endif
