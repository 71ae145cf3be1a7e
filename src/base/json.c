/* SPDX-License-Identifier: MIT */
/* JSON documents: load, save, print, and read members with defaults. */
#include "json.h"
#include "utf8.h"
#include <math.h>
#include <nsrender/file.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const size_t STYLE = JSON_INDENT(1) | JSON_REAL_PRECISION(17);

json_t *nsr_json_load(const char *path, nsr_err *err) {
    size_t bytes;
    char *text = nsr_file_get(path, &bytes, err);
    if (!text) return NULL;
    json_error_t where;
    json_t *json = json_loadb(text, bytes, 0, &where);
    free(text);
    if (!json) nsr_fail(err, NSR_EDATA, "%s: not JSON: line %d: %s", path, where.line, where.text);
    return json;
}

bool nsr_json_bcast(json_t **json, const nsr_comm *comm, nsr_err *err) {
    if (nsr_ranks(comm) == 1) return nsr_good(err);
    const size_t flags = JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(17);
    char *text = nsr_is_root(comm) && *json ? json_dumps(*json, flags) : NULL;
    if (nsr_is_root(comm) && *json && !text) nsr_fail(err, NSR_EINTERNAL, "out of memory for a JSON document");
    if (nsr_from_root(comm, NULL, 0, err) && nsr_bcast_text(comm, &text, err) && !nsr_is_root(comm)) {
        *json = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
        if (text && !*json) nsr_fail(err, NSR_EINTERNAL, "out of memory for a JSON document");
    }
    free(text);
    return nsr_agree(comm, err);
}

json_t *nsr_json_share(const char *path, const nsr_comm *comm, nsr_err *err) {
    nsr_err failure = {0};
    json_t *json = nsr_is_root(comm) ? nsr_json_load(path, &failure) : NULL;
    if (!nsr_good(&failure) && failure.code != NSR_ENOINPUT && nsr_good(err)) *err = failure;
    if (nsr_json_bcast(&json, comm, err)) return json;
    json_decref(json);
    return NULL;
}

bool nsr_json_save(const char *path, const json_t *json, const char *run, nsr_put_how how, nsr_err *err) {
    char *text = json_dumps(json, STYLE);
    if (!text) return nsr_fail(err, NSR_EINTERNAL, "%s: cannot be written as JSON", path);
    bool good = nsr_file_put(path, text, strlen(text), run, how, err);
    free(text);
    return good;
}

bool nsr_json_print(const json_t *json, nsr_err *err) {
    bool good = json_dumpf(json, stdout, STYLE) == 0 && putchar('\n') != EOF && fflush(stdout) == 0;
    return good ? true : nsr_fail(err, NSR_EIO, "stdout: cannot write");
}

json_t *nsr_json_count(int64_t n) { return n < 0 ? json_null() : json_integer(n); }

json_t *nsr_json_real(double x) { return isfinite(x) ? json_real(x) : json_null(); }

json_t *nsr_json_name(const char *name) {
    char shown[4096];
    nsr_text_escape(shown, sizeof shown, name);
    return json_string(shown);
}

const char *nsr_json_text(const json_t *object, const char *key) {
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t nsr_json_int(const json_t *object, const char *key) { return json_integer_value(json_object_get(object, key)); }
