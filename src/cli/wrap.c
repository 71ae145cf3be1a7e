/* SPDX-License-Identifier: MIT */
/* Text in columns, and how a row is spelt and described, the same in --help and in the man page. */
#include "cli.h"
#include <inttypes.h>
#include <string.h>

void nsr_wrap(FILE *out, int at, int indent, const char *text) {
    bool first = true;
    for (const char *word = text; *word;) {
        int n = (int)strcspn(word, " ");
        if (!first && at + 1 + n > NSR_COLUMNS) {
            fprintf(out, "\n%*s", indent, "");
            at = indent, first = true;
        }
        at += fprintf(out, "%s%.*s", first ? "" : " ", n, word);
        first = false;
        word += n + (int)strspn(word + n, " ");
    }
    fputc('\n', out);
}

void nsr_row_words(const nsr_opt *row, char *text, size_t size) {
    char letter[8] = "";
    if (nsr_row_letter(row)) snprintf(letter, sizeof letter, "-%c, ", nsr_row_letter(row));
    snprintf(text, size, "%s--%s%s%s", letter, row->name, row->arg ? " " : "", row->arg ? row->arg : "");
}

/* A text that grows by pieces; it is cut at `size`. */
typedef struct builder { char *text; size_t size, used; } builder;

static void add_text(builder *b, const char *before, const char *what) {
    if (b->used < b->size)
        b->used += (size_t)snprintf(b->text + b->used, b->size - b->used, "%s%s", before, what);
}

static void add_choices(builder *b, const nsr_opt *row, const char *before) {
    for (size_t i = 0; nsr_row_choice(row, i); i++)
        add_text(b, i ? ", " : before, nsr_row_choice(row, i));
}

static void add_limits(builder *b, const nsr_opt *row, const char *before) {
    char limits[80];
    bool says_something = row->max <= 1e5 && (row->min == 0 || row->min >= 1e-3);
    if (!(row->min < row->max) || !says_something) return;
    snprintf(limits, sizeof limits, "%.6g to %.6g", row->min, row->max);
    add_text(b, before, limits);
}

void nsr_row_sentence(const nsr_opt *row, char *text, size_t size) {
    builder b = {text, size, 0};
    size_t help = strlen(row->help);
    *text = 0;
    add_text(&b, "", row->help);
    add_choices(&b, row, " (");
    add_limits(&b, row, " (");
    if (row->def) add_text(&b, b.used > help ? "; default: " : " (default: ", row->def);
    if (b.used > help) add_text(&b, "", ")");
}
