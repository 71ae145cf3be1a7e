/* SPDX-License-Identifier: MIT */
/* The description of an input, which is a JSON document, as text for people. */
#include "info_text.h"
#include "base/json.h"
#include <nsrender/team.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "20 x 65" of a list of whole numbers. */
static void shape_text(const json_t *shape, char *text, size_t size) {
    size_t used = 0, i;
    json_t *n;
    *text = 0;
    json_array_foreach(shape, i, n) {
        if (used >= size) return;
        used += (size_t)snprintf(text + used, size - used, "%s%lld", i ? " x " : "", (long long)json_integer_value(n));
    }
}

/* "float32" of "<f4", as numpy names types. */
static void type_text(const char *dtype, char *text, size_t size) {
    static const struct {
        char letter;
        const char *name;
    } kinds[] = {{'f', "float"}, {'i', "int"}, {'u', "uint"}};
    snprintf(text, size, "%s", !strcmp(dtype, "|b1") ? "bool" : dtype);
    for (size_t i = 0; i < NSR_COUNTOF(kinds); i++)
        if (strlen(dtype) >= 3 && dtype[1] == kinds[i].letter)
            snprintf(text, size, "%s%d%s", kinds[i].name, 8 * atoi(dtype + 2), *dtype == '>' ? " (big-endian)" : "");
}

static void storage_text(const json_t *field, char *text, size_t size) {
    const json_t *chunks = json_object_get(field, "chunks");
    const char *filters = nsr_json_text(field, "filters");
    char shape[120];
    shape_text(chunks, shape, sizeof shape);
    if (json_is_array(chunks))
        snprintf(text, size, "chunks of %s%s%s", shape, *filters ? ", filtered by " : "", filters);
    else
        snprintf(text, size, "%s", nsr_json_text(field, "storage"));
}

static void print_interval(const json_t *interval) {
    const json_t *t0 = json_object_get(interval, "t0"), *t1 = json_object_get(interval, "t1");
    const long long first = nsr_json_int(interval, "first_frame"), n = nsr_json_int(interval, "n_frames");
    printf("    interval %lld: frames %lld to %lld", (long long)nsr_json_int(interval, "number"), first, first + n - 1);
    if (json_is_number(t0) && json_is_number(t1))
        printf(", %.9g s to %.9g s", json_number_value(t0), json_number_value(t1));
    putchar('\n');
}

static void print_field(const json_t *field) {
    char shape[120], type[40], storage[300], bytes[40];
    size_t i;
    json_t *interval;
    shape_text(json_object_get(field, "shape"), shape, sizeof shape);
    type_text(nsr_json_text(field, "dtype"), type, sizeof type);
    storage_text(field, storage, sizeof storage);
    nsr_bytes_text(nsr_json_int(field, "bytes"), bytes, sizeof bytes);
    printf("  %s: %s, %s, %s, %s\n", nsr_json_text(field, "path"), shape, type, storage, bytes);
    if (json_is_true(json_object_get(field, "distribution")))
        printf("    a probability distribution: each frame adds up to 1; --limits distribution has colours for it\n");
    json_array_foreach(json_object_get(field, "intervals"), i, interval) print_interval(interval);
}

/* ", x 0 to 10, y -2 to 4 cm" */
static void print_extent(const json_t *extent, const char *units) {
    static const char axes[] = "xyz";
    size_t i;
    json_t *ends;
    json_array_foreach(extent, i, ends) {
        if (i >= strlen(axes)) break;
        printf(", %c %.6g to %.6g", axes[i], json_number_value(json_array_get(ends, 0)),
               json_number_value(json_array_get(ends, 1)));
    }
    if (json_array_size(extent) && *units) printf(" %s", units);
}

static void print_environment(const json_t *env, const char *problem) {
    if (*problem) {
        printf("environment: none: %s\n", problem);
        return;
    }
    if (!json_is_object(env)) {
        printf("environment: none found; give the arrangement of the bins with --grid AxB or --environment FILE\n");
        return;
    }
    const long long nx = nsr_json_int(env, "nx"), ny = nsr_json_int(env, "ny"), n = nsr_json_int(env, "n_bins"),
                    active = nsr_json_int(env, "n_active");
    printf("environment: %s from %s, ", nsr_json_text(env, "layout"), nsr_json_text(env, "from"));
    if (nx > 1 && ny > 1) printf("%lld x %lld cells, ", nx, ny);
    if (active == n)
        printf("%lld bins", n);
    else
        printf("%lld bins, %lld of them active", n, active);
    print_extent(json_object_get(env, "extent"), nsr_json_text(env, "units"));
    putchar('\n');
}

static void print_times(const json_t *times) {
    const json_t *first = json_object_get(times, "first"), *last = json_object_get(times, "last"),
                 *rate = json_object_get(times, "rate"), *path = json_object_get(times, "path");
    if (!json_is_object(times)) {
        printf("times: none found; give --sampling-rate HZ or --times-from NAME\n");
        return;
    }
    printf("times: %lld", (long long)nsr_json_int(times, "n"));
    if (json_is_number(first) && json_is_number(last))
        printf(" from %.9g s to %.9g s", json_number_value(first), json_number_value(last));
    else
        printf(", which cannot all be read");
    if (json_is_number(rate)) printf(", %.9g Hz", json_number_value(rate));
    printf(", %s, from %s\n", json_is_true(json_object_get(times, "regular")) ? "regular" : "not regular",
           json_is_string(path) ? json_string_value(path) : "a starting time and a rate");
}

static void print_overlay(const json_t *overlay) {
    const json_t *times = json_object_get(overlay, "times");
    const char *units = nsr_json_text(overlay, "units");
    char shape[120];
    shape_text(json_object_get(overlay, "shape"), shape, sizeof shape);
    printf("  %s: %s, %s%s", nsr_json_text(overlay, "path"), nsr_json_text(overlay, "kind"), *shape ? shape : "empty",
           json_array_size(json_object_get(overlay, "shape")) == 1 ? " entries" : "");
    if (*units) printf(", %s", units);
    if (json_is_string(times))
        printf(", times in %s", json_string_value(times));
    else if (json_is_object(times))
        printf(", %.9g Hz from %.9g s", json_number_value(json_object_get(times, "rate")),
               json_number_value(json_object_get(times, "starting_time")));
    else
        printf(", without times");
    putchar('\n');
}

void nsr_print_info(const json_t *info) {
    const json_t *overlays = json_object_get(info, "overlays");
    size_t i;
    json_t *one;
    printf("%s: %s\nfields:\n", nsr_json_text(info, "file"), nsr_json_text(info, "format"));
    json_array_foreach(json_object_get(info, "fields"), i, one) print_field(one);
    print_environment(json_object_get(info, "environment"), nsr_json_text(info, "environment_problem"));
    print_times(json_object_get(info, "times"));
    if (json_array_size(overlays)) printf("also in the file:\n");
    json_array_foreach(overlays, i, one) print_overlay(one);
}
