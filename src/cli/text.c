/* SPDX-License-Identifier: MIT */
/* One value of the config as text: the spelling that a bundle stores and that parses back to the same value. */
#include "cli.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

static void list_text(const nsr_list *list, char *text, size_t size) {
    size_t used = 0;
    *text = 0;
    for (int i = 0; i < list->n && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%s", i ? "," : "", list->item[i]);
}

static void frames_text(const nsr_frames *frames, char *text, size_t size) {
    char end[32] = "";
    if (!frames->open_end) snprintf(end, sizeof end, "%" PRId64, frames->end);
    snprintf(text, size, "%" PRId64 ":%s:%" PRId64, frames->first, end, frames->step);
}

static void seconds_text(const nsr_seconds *seconds, char *text, size_t size) {
    char first[40] = "", end[40] = "";
    if (isfinite(seconds->first)) nsr_real_text(seconds->first, first, sizeof first);
    if (isfinite(seconds->end)) nsr_real_text(seconds->end, end, sizeof end);
    snprintf(text, size, "%s:%s", first, end);
}

static void size_text(nsr_size size, char *text, size_t capacity) {
    if (size.w == 0)
        snprintf(text, capacity, "auto");
    else
        snprintf(text, capacity, "%dx%d", size.w, size.h);
}

static void share_text(const nsr_share *share, char *text, size_t size) {
    snprintf(text, size, "%d/%d", share->k, share->n);
}

static void duration_text(nsr_duration duration, char *text, size_t size) {
    const long long s = (long long)duration.seconds;
    snprintf(text, size, "%02lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
}

static bool is_given(const void *value, nsr_opt_type type) {
    switch (type) {
    case NSR_OPT_FLAG: return *(const bool *)value;
    case NSR_OPT_INT: return *(const int64_t *)value != NSR_NOT_GIVEN;
    case NSR_OPT_REAL: return !isnan(*(const double *)value);
    case NSR_OPT_TEXT: return *(const char *const *)value != NULL;
    case NSR_OPT_BYTES: return ((const nsr_bytes *)value)->n != 0;
    case NSR_OPT_LIST: return ((const nsr_list *)value)->n != 0;
    case NSR_OPT_SIZE: return true;
    case NSR_OPT_FRAMES: return ((const nsr_frames *)value)->given;
    case NSR_OPT_SECONDS: return ((const nsr_seconds *)value)->given;
    case NSR_OPT_SHARE: return ((const nsr_share *)value)->n != 0;
    case NSR_OPT_DURATION: return ((const nsr_duration *)value)->seconds > 0;
    }
    return false;
}

void nsr_option_text(const nsr_config *config, const nsr_opt *row, char *text, size_t size) {
    const void *value = (const char *)config + row->at;
    *text = 0;
    if (!is_given(value, row->type)) return;
    switch (row->type) {
    case NSR_OPT_FLAG: snprintf(text, size, "true"); break;
    case NSR_OPT_INT: snprintf(text, size, "%" PRId64, *(const int64_t *)value); break;
    case NSR_OPT_REAL: nsr_real_text(*(const double *)value, text, size); break;
    case NSR_OPT_TEXT: snprintf(text, size, "%s", *(const char *const *)value); break;
    case NSR_OPT_BYTES: snprintf(text, size, "%" PRId64, ((const nsr_bytes *)value)->n); break;
    case NSR_OPT_LIST: list_text(value, text, size); break;
    case NSR_OPT_SIZE: size_text(*(const nsr_size *)value, text, size); break;
    case NSR_OPT_FRAMES: frames_text(value, text, size); break;
    case NSR_OPT_SECONDS: seconds_text(value, text, size); break;
    case NSR_OPT_SHARE: share_text(value, text, size); break;
    case NSR_OPT_DURATION: duration_text(*(const nsr_duration *)value, text, size); break;
    }
}
