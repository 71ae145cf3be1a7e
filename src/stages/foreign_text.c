/* SPDX-License-Identifier: MIT */
/* Names that are not UTF-8 cannot stand in plan.json, manifest.json or other JSON. They are refused before the first
   value is read, and not at the end. Labels and units are no names: their odd bytes become question marks where they
   are read (nsr_text_clean). */
#include "foreign_text.h"
#include "base/utf8.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static bool writes_json(const nsr_run *run) { return *run->bundle.dir || run->config.run.json; }

static bool refuse(const char *what, const char *text, int code, const char *remedy, nsr_err *err) {
    char shown[600];
    snprintf(shown, sizeof shown, "%.599s", text);
    nsr_text_clean(shown);
    return nsr_fail(err, code, "%s: %s is not UTF-8, and JSON holds nothing else; %s", shown, what, remedy);
}

static bool check_path(const char *what, const char *path, nsr_err *err) {
    char *full = path ? realpath(path, NULL) : NULL;
    bool good = (!path || nsr_text_is_clean(path)) && (!full || nsr_text_is_clean(full));
    if (!good) refuse(what, full ? full : path, NSR_EUSAGE, "rename the file or folder that has another byte", err);
    free(full);
    return good;
}

typedef struct option_check {
    const nsr_config *config;
    nsr_err *err;
} option_check;

static void check_option(const nsr_opt *row, void *user) {
    const option_check *check = user;
    char text[2048], what[80];
    if (!nsr_option_given(check->config, row)) return;
    nsr_option_text(check->config, row, text, sizeof text);
    snprintf(what, sizeof what, "the value of --%s", row->name);
    if (!nsr_text_is_clean(text)) refuse(what, text, NSR_EUSAGE, "rename it, or give another name", check->err);
}

/* --environment is remembered as the folder of this process and the name. */
static bool check_folder(const nsr_config *config, nsr_err *err) {
    const char *name = config->input_as.environment;
    char *here = name && name[0] != '/' ? getcwd(NULL, 0) : NULL;
    bool good = !here || nsr_text_is_clean(here);
    if (!good) refuse("the present folder", here, NSR_EUSAGE, "rename it, or run in another one", err);
    free(here);
    return good;
}

bool nsr_check_names_given(const nsr_run *run, nsr_err *err) {
    option_check check = {&run->config, err};
    if (!writes_json(run)) return true;
    if (!check_path("the path of the input", run->config.input, err) ||
        !check_path("the path of --environment", run->config.input_as.environment, err) ||
        !check_path("the path of the bundle", *run->bundle.dir ? run->bundle.dir : NULL, err) ||
        !check_folder(&run->config, err))
        return false;
    nsr_options_each(run->config.options, ~0u, check_option, &check);
    return nsr_good(err);
}

bool nsr_check_field_name(const nsr_run *run, nsr_err *err) {
    if (!writes_json(run) || nsr_text_is_clean(run->input.field->path)) return true;
    return refuse("the name of the dataset", run->input.field->path, NSR_EDATA,
                  "give it another one in the file (h5py: file.move)", err);
}
