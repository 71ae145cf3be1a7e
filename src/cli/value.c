/* SPDX-License-Identifier: MIT */
/* One value of the config from text, by the type of its row. */
#include "cli.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A copied text. The config owns no other memory. */
struct nsr_kept { struct nsr_kept *next; char text[]; };

void nsr_config_free(nsr_config *config) {
    while (config->kept) {
        struct nsr_kept *next = config->kept->next;
        free(config->kept);
        config->kept = next;
    }
}

char *nsr_config_keep(nsr_config *config, const char *text) {
    size_t size = strlen(text) + 1;
    struct nsr_kept *kept = malloc(sizeof *kept + size);
    if (!kept) return NULL;
    kept->next = config->kept;
    config->kept = kept;
    return memcpy(kept->text, text, size);
}

static bool has_choices(const nsr_opt *row) { return row->choices || row->choice; }

/* "a, b or c" of all allowed words. */
static void choices_text(const nsr_opt *row, char *text, size_t size) {
    size_t used = 0;
    *text = 0;
    for (size_t i = 0; nsr_row_choice(row, i) && used < size; i++) {
        const char *mark = i == 0 ? "" : nsr_row_choice(row, i + 1) ? ", " : " or ";
        used += (size_t)snprintf(text + used, size - used, "%s%s", mark, nsr_row_choice(row, i));
    }
}

static const char *near_choice(const nsr_opt *row, const char *word) {
    const char *words[64];
    size_t n = 0;
    while (n < NSR_COUNTOF(words) && nsr_row_choice(row, n)) {
        words[n] = nsr_row_choice(row, n);
        n++;
    }
    return nsr_nearest(word, words, n);
}

/* The allowed word itself (it outlives any text), or NULL with a failure. */
static const char *choose_word(const nsr_opt *row, const char *word, nsr_err *err) {
    for (size_t i = 0; nsr_row_choice(row, i); i++)
        if (strcmp(nsr_row_choice(row, i), word) == 0) return nsr_row_choice(row, i);
    char all[400], mean[100] = "";
    const char *near = near_choice(row, word);
    choices_text(row, all, sizeof all);
    if (near) snprintf(mean, sizeof mean, "; did you mean '%s'?", near);
    nsr_fail(err, NSR_EUSAGE, "--%s: unknown value '%s'%s%s%s", row->name, word, near ? mean : "; choose ",
             near ? " Choose " : "", all);
    return NULL;
}

static bool set_text(const char **value, const nsr_opt *row, const char *text, nsr_err *err) {
    const char *chosen = has_choices(row) ? choose_word(row, text, err) : text;
    if (chosen) *value = chosen;
    return chosen != NULL;
}

static bool in_range(const nsr_opt *row, double value, nsr_err *err) {
    if (!(row->min < row->max) || (value >= row->min && value <= row->max)) return true;
    return nsr_fail(err, NSR_EUSAGE, "--%s: %.15g is out of range; it must lie between %.15g and %.15g", row->name,
                    value, row->min, row->max);
}

static bool set_int(int64_t *value, const nsr_opt *row, const char *text, nsr_err *err) {
    int64_t number;
    if (!nsr_int_parse(&number, text))
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a whole number", row->name, text);
    if (!in_range(row, (double)number, err)) return false;
    *value = number;
    return true;
}

static bool set_real(double *value, const nsr_opt *row, const char *text, nsr_err *err) {
    double number;
    if (!nsr_real_parse(&number, text))
        return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is not a number", row->name, text);
    if (!in_range(row, number, err)) return false;
    *value = number;
    return true;
}

static bool add_item(nsr_list *list, const nsr_opt *row, const char *word, nsr_err *err) {
    if (!*word) return nsr_fail(err, NSR_EUSAGE, "--%s: an empty name in the list", row->name);
    const char *item = row->choice_list ? choose_word(row, word, err) : word;
    if (!item) return false;
    for (int i = 0; i < list->n; i++)
        if (strcmp(list->item[i], item) == 0)
            return nsr_fail(err, NSR_EUSAGE, "--%s: '%s' is named twice", row->name, item);
    if (list->n == (int)NSR_COUNTOF(list->item))
        return nsr_fail(err, NSR_EUSAGE, "--%s: more than %d names", row->name, list->n);
    list->item[list->n++] = item;
    return true;
}

static bool set_list(nsr_config *config, nsr_list *list, const nsr_opt *row, const char *text, nsr_err *err) {
    if (!strchr(text, ',')) return add_item(list, row, text, err);
    char *rest = nsr_config_keep(config, text);
    if (!rest) return nsr_fail(err, NSR_EINTERNAL, "out of memory for --%s", row->name);
    for (char *word; (word = strsep(&rest, ","));)
        if (!add_item(list, row, word, err)) return false;
    return true;
}

/* On the command line a flag has no text; a bundle stores it as "true". */
static bool set_flag(bool *value, const nsr_opt *row, const char *text, nsr_err *err) {
    if (text && strcmp(text, "true") != 0) return nsr_fail(err, NSR_EUSAGE, "--%s takes no value", row->name);
    return *value = true;
}

bool nsr_value_set(nsr_config *config, const nsr_opt *row, const char *text, bool more, nsr_err *err) {
    void *value = (char *)config + row->at;
    if (row->type != NSR_OPT_FLAG && (!text || !*text))
        return nsr_fail(err, NSR_EUSAGE, "--%s needs a value: --%s %s", row->name, row->name, row->arg);
    switch (row->type) {
    case NSR_OPT_FLAG: return set_flag(value, row, text, err);
    case NSR_OPT_INT: return set_int(value, row, text, err);
    case NSR_OPT_REAL: return set_real(value, row, text, err);
    case NSR_OPT_TEXT: return set_text(value, row, text, err);
    case NSR_OPT_BYTES: return nsr_bytes_parse(value, text, row->name, err);
    case NSR_OPT_SIZE: return nsr_size_parse(value, text, row->name, err);
    case NSR_OPT_FRAMES: return nsr_frames_parse(value, text, row->name, err);
    case NSR_OPT_SECONDS: return nsr_seconds_parse(value, text, row->name, err);
    case NSR_OPT_SHARE: return nsr_share_parse(value, text, row->name, err);
    case NSR_OPT_DURATION: return nsr_duration_parse(value, text, row->name, err);
    case NSR_OPT_LIST:
        if (!more) nsr_value_clear(config, row);
        return set_list(config, value, row, text, err);
    }
    return nsr_fail(err, NSR_EINTERNAL, "--%s: a row without a type", row->name);
}

void nsr_value_clear(nsr_config *config, const nsr_opt *row) {
    void *value = (char *)config + row->at;
    switch (row->type) {
    case NSR_OPT_FLAG: *(bool *)value = false; break;
    case NSR_OPT_INT: *(int64_t *)value = NSR_NOT_GIVEN; break;
    case NSR_OPT_REAL: *(double *)value = NAN; break;
    case NSR_OPT_TEXT: *(const char **)value = NULL; break;
    case NSR_OPT_BYTES: *(nsr_bytes *)value = (nsr_bytes){0}; break;
    case NSR_OPT_LIST: *(nsr_list *)value = (nsr_list){.n = 0}; break;
    case NSR_OPT_SIZE: *(nsr_size *)value = (nsr_size){0, 0}; break;
    case NSR_OPT_FRAMES: *(nsr_frames *)value = (nsr_frames){.given = false}; break;
    case NSR_OPT_SECONDS: *(nsr_seconds *)value = (nsr_seconds){.given = false}; break;
    case NSR_OPT_SHARE: *(nsr_share *)value = (nsr_share){0, 0}; break;
    case NSR_OPT_DURATION: *(nsr_duration *)value = (nsr_duration){0}; break;
    }
}
