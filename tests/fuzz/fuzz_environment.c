/* SPDX-License-Identifier: MIT */
/* A saved environment without its archive, whose check sums would keep a fuzzer out: the JSON up to a zero byte, then
   arrays in the order of nsr_saved_arrays, each behind a length of three bytes. What is taken for good can be drawn. */
#include "environment/saved.h"

#include <math.h>
#include <nsrender/log.h>
#include <stdlib.h>
#include <string.h>

static void take_arrays(nsr_npz *npz, const uint8_t *data, size_t size) {
    for (int i = 0; nsr_saved_arrays[i] && size >= 3; i++) {
        size_t length = data[0] | (size_t)data[1] << 8 | (size_t)data[2] << 16;
        nsr_err err = {0};
        if (length > size - 3) length = size - 3;
        if (nsr_npy_parse(&npz->member[npz->n].array, data + 3, length, "input", &err))
            npz->member[npz->n++].name = nsr_saved_arrays[i];
        data += 3 + length;
        size -= 3 + length;
    }
}

static void check_numbers(const double *values, int64_t n) {
    for (int64_t i = 0; values && i < n; i++)
        if (!isfinite(values[i])) abort();
}

static void check_rising(const double *edge, int cells) {
    for (int i = 0; edge && i < cells; i++)
        if (!(edge[i + 1] > edge[i])) abort();
}

static void check_shape(const nsr_environment *env) {
    if (env->shape == NSR_SHAPE_NONE || env->n_bins < 1 || !env->layout[0]) abort();
    check_rising(env->x_edges, env->nx);
    check_rising(env->y_edges, env->ny);
    check_rising(env->z_edges, env->nz);
    check_numbers(env->bin_line, 4 * env->n_bins);
    check_numbers(env->linear, 2 * env->n_bins);
    const double size[] = {env->extent[1] - env->extent[0], env->extent[3] - env->extent[2]};
    check_numbers(size, 2);
    if (env->cell_first) check_numbers(env->cell_xy, 2 * env->cell_first[env->n_bins]);
    if (!(env->radius >= 0)) abort();
}

static void check_flat(nsr_environment *env) {
    nsr_fold fold;
    nsr_err err = {0};
    nsr_config config = {.input_as.slice = env->shape == NSR_SHAPE_GRID3 ? "max" : NULL};
    if (!nsr_environment_flatten(env, &config, &fold, &err)) return;
    for (int64_t i = 0; fold.from && i < fold.n_bins * fold.depth; i++)
        if (fold.from[i] < -1) abort();
    free(fold.from);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const uint8_t *zero = size ? memchr(data, 0, size) : NULL;
    size_t text = zero ? (size_t)(zero - data) : size;
    nsr_npz npz = {0};
    nsr_outline outline = {.where = "input"};
    nsr_environment env = {0};
    nsr_err err = {0};
    nsr_log_open(NSR_LOG_ERROR, false);
    if (text < size) take_arrays(&npz, data + text + 1, size - text - 1);
    if (nsr_saved_parse(&outline, (const char *)data, text, &npz, &err) && nsr_outline_shape(&outline, &env, &err)) {
        check_shape(&env);
        check_flat(&env);
    } else if (nsr_good(&err) || !err.msg[0]) {
        abort();
    }
    nsr_outline_free(&outline);
    nsr_environment_free(&env);
    return 0;
}
