/* SPDX-License-Identifier: MIT */
/* The norms by matplotlib's names, with their parameters. */
#include <math.h>
#include <nsrender/field.h>
#include <string.h>

static const char *const name[] = {"linear", "log", "symlog", "power"};

const char *nsr_norm_name(const nsr_norm *norm) { return name[norm->kind]; }

static bool needs(const nsr_norm *norm, int kind, const char *option, double value, nsr_err *err) {
    bool used = (int)norm->kind == kind, given = !isnan(value);
    if (used && !given) return nsr_fail(err, NSR_EUSAGE, "--norm %s needs --%s X", name[kind], option);
    if (!used && given) return nsr_fail(err, NSR_EUSAGE, "--%s belongs to --norm %s", option, name[kind]);
    return true;
}

bool nsr_norm_parse(nsr_norm *norm, const nsr_config *config, nsr_err *err) {
    const char *text = config->show.norm ? config->show.norm : name[NSR_NORM_LINEAR];
    *norm = (nsr_norm){.gamma = config->show.gamma,
                       .linthresh = config->show.linthresh,
                       .linscale = config->show.linscale,
                       .base = config->show.base};
    for (int k = 0; k < (int)NSR_COUNTOF(name); k++)
        if (!strcmp(text, name[k])) norm->kind = k;
    return needs(norm, NSR_NORM_POWER, "gamma", norm->gamma, err) &&
           needs(norm, NSR_NORM_SYMLOG, "linthresh", norm->linthresh, err);
}
