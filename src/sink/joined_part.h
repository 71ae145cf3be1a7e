/* SPDX-License-Identifier: MIT */
/* Parts of outputs that are joined as a whole: parts/KIND/000042.bin. Private to src/sink. */
#ifndef NSR_SINK_JOINED_PART_H
#define NSR_SINK_JOINED_PART_H

#include <nsrender/sink.h>

bool nsr_bin_create(nsr_file *file, const nsr_part_writer *work, nsr_err *err); /* and the directories */
bool nsr_bin_commit(nsr_file *file, const nsr_part_writer *work, nsr_part *part, nsr_err *err);
void nsr_bin_erase(const nsr_sink *sink, int64_t segment);
/* As nsr_sink_kind.check. A part that was joined into `joined` is good: the hashes of its files are with the output. */
bool nsr_bin_check(const nsr_sink *sink, int64_t segment, const nsr_part *part, const char *joined, bool contents,
                   char *why, size_t size);
/* What is left of the parts once `joined` stands for them. */
void nsr_bin_joined(nsr_part *parts, int64_t n_segments, const char *joined);

#endif
