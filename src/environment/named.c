/* SPDX-License-Identifier: MIT */
/* --environment: a pair of saved files, or a table in an NWB file. */
#include "readers.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool is_named(const nsr_config *config, const nsr_field *field) {
    (void)field;
    return config->input_as.environment != NULL;
}

/* Splits FILE:PATH. A file of the whole name is preferred, because names may contain colons. Returns PATH or NULL. */
static const char *split_name(const char *text, char name[4096], nsr_err *err) {
    const char *colon = access(text, F_OK) == 0 ? NULL : strrchr(text, ':');
    int length = colon ? (int)(colon - text) : (int)strlen(text);
    if (snprintf(name, 4096, "%.*s", length, text) >= 4096)
        nsr_fail(err, NSR_EUSAGE, "--environment: the name is too long");
    return colon ? colon + 1 : NULL;
}

static bool read_named(nsr_environment *env, const nsr_config *config, const nsr_field *field, nsr_err *err) {
    char name[4096];
    const char *given = config->input_as.environment;
    if (nsr_saved_is(given)) return nsr_saved_read(env, given, err) && nsr_environment_match(env, config, field, err);
    const char *inside = split_name(given, name, err);
    return nsr_good(err) && nsr_nwb_read(env, name, inside, config, field, err);
}

bool nsr_environment_has(const nsr_config *config, int64_t n_bins) {
    char name[4096];
    nsr_err none = {0};
    const char *given = config->input_as.environment;
    if (!given) return false;
    if (nsr_saved_is(given)) return nsr_saved_has(given, n_bins);
    const char *inside = split_name(given, name, &none);
    return nsr_good(&none) && nsr_nwb_has(name, inside, n_bins);
}

const nsr_environment_kind nsr_environment_named = {"named", is_named, read_named};
