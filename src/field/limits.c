/* SPDX-License-Identifier: MIT */
/* From the range of the data to the window of the display, by the ancestor's rules. */
#include <math.h>
#include <nsrender/field.h>

static bool given(double v) { return !isnan(v); }

/* Half a unit to each side; where a double is too coarse for that, the neighbours. */
static nsr_limits around(double v) {
    nsr_limits limits = {v - 0.5, v + 0.5};
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

bool nsr_limits_choose(nsr_limits *limits, const nsr_range *range, double vmin, double vmax, nsr_err *err) {
    if (!check_given(vmin, vmax, err)) return false;
    if (range->n_finite == 0 && !(given(vmin) && given(vmax))) {
        *limits = (nsr_limits){0, 1};
        return true;
    }
    double lo = given(vmin) ? vmin : range->min, hi = given(vmax) ? vmax : range->max;
    if (lo > hi) return fail_crossed(err, given(vmin), given(vmin) ? vmin : vmax, given(vmin) ? hi : lo);
    *limits = lo == hi ? around(lo) : (nsr_limits){lo, hi};
    return true;
}
