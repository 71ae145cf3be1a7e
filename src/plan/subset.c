/* SPDX-License-Identifier: MIT */
/* Which frames the limits of the display are taken from. */
#include "subset.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MANY = 200000, ENOUGH = 50000 }; /* the ancestor's rule: beyond MANY frames about ENOUGH of them */

static bool draw(nsr_basis *basis, const nsr_config *config, const nsr_plan *plan, const nsr_comm *comm, nsr_err *err) {
    basis->kind = NSR_BASIS_SAMPLE;
    basis->n = config->show.sample;
    basis->seed = config->show.seed;
    basis->position = malloc((size_t)basis->n * sizeof *basis->position);
    if (!basis->position)
        nsr_fail(err, NSR_EINTERNAL, "out of memory for the numbers of %" PRId64 " frames", basis->n);
    else if (nsr_is_root(comm))
        nsr_sample_choose(basis->position, basis->n, plan->n, (uint64_t)basis->seed, err);
    if (!nsr_agree(comm, err)) return false;
    nsr_bcast(comm, basis->position, (size_t)basis->n * sizeof *basis->position);
    return true;
}

static bool stride_of(int64_t *stride, const char *text, const nsr_plan *plan, nsr_err *err) {
    char *end;
    if (!strcmp(text, "auto")) {
        *stride = plan->n > MANY ? plan->n / ENOUGH : 1;
        return true;
    }
    *stride = strtoll(text, &end, 10);
    return (*end == 0 && *stride > 0 && *stride < INT64_MAX) ||
           nsr_fail(err, NSR_EUSAGE, "--range-stride: '%s' is neither a whole number above 0 nor auto", text);
}

bool nsr_basis_make(nsr_basis *basis, const nsr_config *config, const nsr_plan *plan, const nsr_comm *comm,
                    nsr_err *err) {
    const char *text = config->show.range_stride;
    *basis = (nsr_basis){.n = plan->n, .of = plan->n, .stride = 1};
    if (text && config->show.sample != NSR_NOT_GIVEN)
        return nsr_fail(err, NSR_EUSAGE, "--sample and --range-stride exclude each other; choose one");
    if (config->show.sample != NSR_NOT_GIVEN && config->show.sample < plan->n)
        return draw(basis, config, plan, comm, err);
    if (text && !stride_of(&basis->stride, text, plan, err)) return false;
    if (basis->stride == 1) return true;
    basis->kind = NSR_BASIS_STRIDE;
    basis->n = (plan->n - 1) / basis->stride + 1;
    return true;
}

void nsr_basis_free(nsr_basis *basis) {
    free(basis->position);
    basis->position = NULL;
}

static int64_t next_drawn(const nsr_basis *basis, int64_t at) {
    int64_t low = 0, high = basis->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (basis->position[middle] < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < basis->n ? basis->position[low] : INT64_MAX;
}

int64_t nsr_basis_next(const nsr_basis *basis, int64_t at) {
    if (basis->kind == NSR_BASIS_SAMPLE) return next_drawn(basis, at);
    int64_t next = (at / basis->stride + (at % basis->stride != 0)) * basis->stride;
    return next < basis->of ? next : INT64_MAX;
}

void nsr_basis_text(const nsr_basis *basis, char *text, size_t size) {
    if (basis->kind == NSR_BASIS_SAMPLE)
        snprintf(text, size, "%" PRId64 " of %" PRId64 " frames, drawn with seed %" PRId64, basis->n, basis->of,
                 basis->seed);
    else if (basis->kind == NSR_BASIS_STRIDE)
        snprintf(text, size, "every %" PRId64 "th of %" PRId64 " frames", basis->stride, basis->of);
    else
        snprintf(text, size, "all frames");
}
