/* SPDX-License-Identifier: MIT */
/* The configuration by the rows of its option tables: defaults, single options by name, and what differs from them. */
#include "cli.h"
#include <assert.h>
#include <string.h>

static void set_default(nsr_config *config, const nsr_opt *row) {
    nsr_err err = {0};
    nsr_value_clear(config, row);
    bool good = !row->def || nsr_value_set(config, row, row->def, false, &err);
    assert(good && "a default that its own row refuses");
    (void)good;
}

static void set_each_default(const nsr_opt_table *table, const nsr_opt *row, void *user) {
    (void)table;
    set_default(user, row);
}

void nsr_config_defaults(nsr_config *config, const nsr_opt_tables *options) {
    memset(config, 0, sizeof *config);
    config->options = options;
    nsr_rows_each(options, set_each_default, config);
}

bool nsr_config_set(nsr_config *config, const char *name, const char *text, nsr_err *err) {
    const nsr_opt *row = nsr_row_find(config->options, name, config->command);
    if (!row) return nsr_fail(err, NSR_EUSAGE, "unknown option '--%s'", name);
    if (text && !*text) {
        nsr_value_clear(config, row);
        return true;
    }
    const char *copy = text ? nsr_config_keep(config, text) : NULL;
    if (text && !copy) return nsr_fail(err, NSR_EINTERNAL, "out of memory for --%s", name);
    return nsr_value_set(config, row, copy, false, err);
}

bool nsr_option_given(const nsr_config *config, const nsr_opt *row) {
    char is[NSR_OPTION_TEXT], usual[NSR_OPTION_TEXT];
    nsr_config defaults = {0};
    set_default(&defaults, row);
    nsr_option_text(config, row, is, sizeof is);
    nsr_option_text(&defaults, row, usual, sizeof usual);
    nsr_config_free(&defaults);
    return strcmp(is, usual) != 0;
}
