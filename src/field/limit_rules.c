/* SPDX-License-Identifier: MIT */
/* From the range of the values to the colour limits, by neurospatial's rules. */
#include <math.h>
#include <nsrender/field.h>

static bool given(double v) { return !isnan(v); }

/* Limits half a unit to each side; the neighbouring doubles when those are farther. */
static nsr_color_limits around(double v) {
    nsr_color_limits limits = {v - 0.5, v + 0.5};
    if (!(limits.vmin < v)) limits.vmin = nextafter(v, -INFINITY);
    if (!(limits.vmax > v)) limits.vmax = nextafter(v, INFINITY);
    if (!isfinite(limits.vmin)) limits.vmin = v;
    if (!isfinite(limits.vmax)) limits.vmax = v;
    return limits;
}

static bool check_given(double vmin, double vmax, nsr_err *err) {
    if (isinf(vmin) || isinf(vmax)) return nsr_fail(err, NSR_EUSAGE, "--vmin and --vmax must be finite numbers");
    if (given(vmin) && given(vmax) && vmin >= vmax)
        return nsr_fail(err, NSR_EUSAGE, "--vmin %.9g is not below --vmax %.9g; swap or change them", vmin, vmax);
    return true;
}

static bool fail_crossed(nsr_err *err, bool low, double given_side, double other) {
    return nsr_fail(err, NSR_EUSAGE, "--%s %.9g lies %s the %s value %.9g of the field; give --%s too",
                    low ? "vmin" : "vmax", given_side, low ? "above" : "below", low ? "largest" : "smallest", other,
                    low ? "vmax" : "vmin");
}

bool nsr_color_limits_choose(nsr_color_limits *limits, const nsr_range *range, double vmin, double vmax, nsr_err *err) {
    if (!check_given(vmin, vmax, err)) return false;
    if (range->n_finite == 0 && !(given(vmin) && given(vmax))) {
        *limits = (nsr_color_limits){0, 1};
        return true;
    }
    double lo = given(vmin) ? vmin : range->min, hi = given(vmax) ? vmax : range->max;
    if (lo > hi) return fail_crossed(err, given(vmin), given(vmin) ? vmin : vmax, given(vmin) ? hi : lo);
    *limits = lo == hi ? around(lo) : (nsr_color_limits){lo, hi};
    return true;
}

/* Limits at half and twice the value. */
static nsr_color_limits around_log(double v) {
    nsr_color_limits limits = {v / 2, v * 2};
    if (!(limits.vmin > 0)) limits.vmin = v;
    if (!isfinite(limits.vmax)) limits.vmax = v;
    return limits;
}

bool nsr_color_limits_choose_log(nsr_color_limits *limits, const nsr_range *range, double vmin, double vmax,
                                 nsr_err *err) {
    nsr_range shown = *range;
    if (vmin <= 0 || vmax <= 0) /* false where not given */
        return nsr_fail(err, NSR_EUSAGE, "--norm log: --%s %.9g is not above 0; or use --norm symlog",
                        vmin <= 0 ? "vmin" : "vmax", vmin <= 0 ? vmin : vmax);
    if (isinf(range->least) && !(given(vmin) && given(vmax))) {
        *limits = (nsr_color_limits){0.1, 1};
        return true;
    }
    if (shown.min <= 0) shown.min = range->least;
    if (shown.max < shown.min) shown.max = shown.min; /* a percentile that is not above 0 */
    if (!nsr_color_limits_choose(limits, &shown, vmin, vmax, err)) return false;
    double lo = given(vmin) ? vmin : shown.min, hi = given(vmax) ? vmax : shown.max;
    if (lo == hi) *limits = around_log(lo);
    return true;
}
