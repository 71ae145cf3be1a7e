/* SPDX-License-Identifier: MIT */
/* The table of the segments that must be rendered: a bit for every output. */
#include "bundle/shares.h"
#include "completeness.h"

_Static_assert(NSR_MOST_OUTPUTS <= 8, "run->todo has a byte for each segment");

bool nsr_in_share(const nsr_run *run, int64_t segment) {
    nsr_share share = run->config.output.share;
    if (!share.n) return true;
    nsr_span own = nsr_share_segments(share, run->input.plan.n_segments);
    return segment >= own.first && segment < own.end;
}

void nsr_render_again(nsr_run *run, int output, int64_t segment) {
    if (nsr_in_share(run, segment)) run->todo[segment] |= (unsigned char)(1u << output);
}

void nsr_render_all_again(nsr_run *run, int output) {
    for (int64_t segment = 0; segment < run->input.plan.n_segments; segment++)
        nsr_render_again(run, output, segment);
}

static bool any_has(const nsr_run *run, unsigned bits) {
    for (int64_t segment = 0; segment < run->input.plan.n_segments; segment++)
        if (run->todo[segment] & bits) return true;
    return false;
}

bool nsr_must_render(const nsr_run *run, int output) { return any_has(run, 1u << output); }

bool nsr_must_render_any(const nsr_run *run) { return any_has(run, ~0u); }
