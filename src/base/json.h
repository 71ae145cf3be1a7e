/* SPDX-License-Identifier: MIT */
/* JSON documents on top of jansson. All calls but nsr_json_bcast and nsr_json_share are local. */
#ifndef NSR_BASE_JSON_H
#define NSR_BASE_JSON_H

#include <jansson.h>
#include <nsrender/comm.h>
#include <nsrender/file.h>
#include <stdint.h>

/* Parses a file; the caller owns the result. NULL on failure: NSR_ENOINPUT when there is no such file, NSR_EDATA when
   it is no JSON (the message names the line). */
json_t *nsr_json_load(const char *path, nsr_err *err);
/* Copies the root's document (NULL arrives as NULL) to the other ranks. Collective. */
bool nsr_json_bcast(json_t **json, const nsr_comm *comm, nsr_err *err);
/* The document as the root reads it, on every rank, because nodes may see different versions of a file. NULL without an
   error: there is no such file. Collective. */
json_t *nsr_json_share(const char *path, const nsr_comm *comm, nsr_err *err);
/* Writes a file whole or not at all, as nsr_file_put. `run_id` marks the temporary name. */
bool nsr_json_save(const char *path, const json_t *json, const char *run_id, nsr_put_how how, nsr_err *err);
/* Prints the document and a line feed to stdout. NSR_EIO when that fails. */
bool nsr_json_print(const json_t *json, nsr_err *err);
/* A new JSON real, or null when x is not finite. */
json_t *nsr_json_real(double x);
/* A new JSON integer, or null for a negative n, which stands for an unknown count. */
json_t *nsr_json_count(int64_t n);
/* A new JSON string; bytes of the name that are no UTF-8 are written as \xNN. */
json_t *nsr_json_name(const char *name);
/* A string member, owned by the object; "" when it is missing or no string. */
const char *nsr_json_text(const json_t *object, const char *key);
/* An integer member; 0 when it is missing or no integer. */
int64_t nsr_json_int(const json_t *object, const char *key);

#endif
