/* SPDX-License-Identifier: MIT */
/* Private to the command line: commands and rows by name, values to and from text, text in columns. */
#ifndef NSR_CLI_CLI_H
#define NSR_CLI_CLI_H

#include <nsrender/cli.h>

enum { NSR_OPTION_TEXT = 4096 }; /* enough for the canonical spelling of any value of a sane command line */

/* --- commands.c: commands of a program --- */
/* The command of an NSR_CMD_* bit, or NULL. */
const nsr_command *nsr_command_of(const nsr_program *program, unsigned bit);
/* The command of that exact name, or NULL. */
const nsr_command *nsr_command_named(const nsr_program *program, const char *name);
/* The name of the command that a misspelt `name` most likely means, or NULL when none is near. */
const char *nsr_command_nearest(const nsr_program *program, const char *name);

/* --- rows.c: rows of option tables --- */
/* The row of that name that `command` takes, else any row of that name (synth has its own --frames), else NULL. */
const nsr_opt *nsr_row_find(const nsr_opt_tables *options, const char *name, unsigned command);
/* The known name nearest to `name` among those that `command` takes, else among all. NULL: none is near. */
const char *nsr_row_nearest(const nsr_opt_tables *options, const char *name, unsigned command);
/* The one-letter name of a row, or 0; and the row's name for a letter, or NULL. */
char nsr_row_letter(const nsr_opt *row);
const char *nsr_row_of_letter(char letter);
typedef void nsr_row_fn(const nsr_opt_table *table, const nsr_opt *row, void *user);
/* Calls `each` for all rows of all tables, in their order; `user` is passed on. */
void nsr_rows_each(const nsr_opt_tables *options, nsr_row_fn *each, void *user);
/* The i-th allowed word of a row; NULL behind the last, and for a row without choices. */
const char *nsr_row_choice(const nsr_opt *row, size_t i);

/* --- value.c --- */
/* Sets the row's value from a text that is not empty. `more` continues a list instead of replacing it. */
bool nsr_value_set(nsr_config *config, const nsr_opt *row, const char *text, bool more, nsr_err *err);
/* A copy that lives until nsr_config_free, or NULL without memory. */
char *nsr_config_keep(nsr_config *config, const char *text);
/* The value that means "not given". */
void nsr_value_clear(nsr_config *config, const nsr_opt *row);
/* --- forms.c: the values that are more than a number; all fail with NSR_EUSAGE and name the option --- */
bool nsr_bytes_parse(nsr_bytes *bytes, const char *text, const char *name, nsr_err *err);
bool nsr_size_parse(nsr_size *size, const char *text, const char *name, nsr_err *err);
bool nsr_frames_parse(nsr_frames *frames, const char *text, const char *name, nsr_err *err);
bool nsr_seconds_parse(nsr_seconds *seconds, const char *text, const char *name, nsr_err *err);
bool nsr_share_parse(nsr_share *share, const char *text, const char *name, nsr_err *err);
bool nsr_duration_parse(nsr_duration *duration, const char *text, const char *name, nsr_err *err);

/* --- number.c: strict (the whole text), the same in every locale --- */
bool nsr_int_parse(int64_t *value, const char *text);
bool nsr_real_parse(double *value, const char *text);  /* finite */
void nsr_real_text(double value, char *text, size_t size); /* 17 digits */

/* --- wrap.c: text in columns --- */
enum { NSR_COLUMNS = 80 };
/* Writes words from column `at` on, wrapped, further lines indented by `indent`, with a line feed at the end. */
void nsr_wrap(FILE *out, int at, int indent, const char *text);
/* "--crf N", "-o, --output DIR" */
void nsr_row_words(const nsr_opt *row, char *text, size_t size);
/* The help sentence with default, choices and limits: "Constant quality (0 to 51; default: 18)" */
void nsr_row_sentence(const nsr_opt *row, char *text, size_t size);

#endif
