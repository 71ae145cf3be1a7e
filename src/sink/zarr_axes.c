/* SPDX-License-Identifier: MIT */
/* What a step along t, y and x is, for metadata. NGFF has a list of units, and viewers refuse others: what is not on it
   is left out. */
#include "zarr.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct unit {
    const char *name, *ngff; /* in files, in NGFF */
    double metres;
} unit;

static const unit units[] = {
    {"m", "meter", 1},
    {"meter", "meter", 1},
    {"meters", "meter", 1},
    {"metre", "meter", 1},
    {"metres", "meter", 1},
    {"cm", "centimeter", 1e-2},
    {"centimeter", "centimeter", 1e-2},
    {"centimeters", "centimeter", 1e-2},
    {"centimetre", "centimeter", 1e-2},
    {"centimetres", "centimeter", 1e-2},
    {"mm", "millimeter", 1e-3},
    {"millimeter", "millimeter", 1e-3},
    {"millimeters", "millimeter", 1e-3},
    {"millimetre", "millimeter", 1e-3},
    {"um", "micrometer", 1e-6},
    {"micron", "micrometer", 1e-6},
    {"micrometer", "micrometer", 1e-6},
    {"micrometers", "micrometer", 1e-6},
    {"km", "kilometer", 1e3},
    {"in", "inch", 0.0254},
    {"inch", "inch", 0.0254},
    {"inches", "inch", 0.0254},
    {"ft", "foot", 0.3048},
    {"foot", "foot", 0.3048},
    {"feet", "foot", 0.3048},
};

static bool usable(double step) { return step > 0 && isfinite(step); }

/* The shortest number that the step may have been before the times around it were rounded: 0.02, not 0.01999999999. */
static double tidy(double step, double slack) {
    for (int digits = 1; digits < 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, step);
        if (fabs(strtod(text, NULL) - step) <= slack) return strtod(text, NULL);
    }
    return step;
}

/* Of even times the mean step is exact to the rounding of the first and the last of them, shared by all steps; the
   median is only as good as two neighbours are. Of uneven times it is the median all the same. */
nsr_zarr_axis nsr_zarr_axis_t(const nsr_job *job) {
    const nsr_timeline *t = job->timeline;
    if (!t->known || !usable(t->median_step)) return (nsr_zarr_axis){1, NULL, 1, ""};
    const double slack = DBL_EPSILON * fmax(fabs(t->t0), fabs(t->t_last)), steps = (double)(job->plan->n - 1);
    const double mean = (t->t_last - t->t0) / steps; /* a median is there, so there are steps */
    const bool even = fabs(mean - t->median_step) <= slack;
    const double off = even ? 2 * slack / steps : slack;
    const double step = tidy(even ? mean : t->median_step, fmin(off, t->median_step / 100));
    return (nsr_zarr_axis){step, "second", step, "s"};
}

/* part: of the affine, pixels that a data unit along x and along y has on this axis of the picture. The angle of a
   polar grid that is drawn as a rectangle is no length. */
static nsr_zarr_axis space(const nsr_job *job, const double part[3]) {
    const double step = 1 / hypot(part[0], part[1]);
    const bool angle = job->env->shape == NSR_SHAPE_POLAR && !job->raster->rings && fabs(part[1]) > fabs(part[0]);
    nsr_zarr_axis axis = {usable(step) ? step : 1, NULL, usable(step) ? step : 1, ""};
    for (size_t i = 0; i < NSR_COUNTOF(units) && !angle; i++)
        if (!strcmp(units[i].name, job->env->units))
            axis.unit = units[i].ngff, axis.si = axis.step * units[i].metres, axis.si_unit = "m";
    return axis;
}

nsr_zarr_axis nsr_zarr_axis_y(const nsr_job *job) { return space(job, job->raster->affine + 3); }

nsr_zarr_axis nsr_zarr_axis_x(const nsr_job *job) { return space(job, job->raster->affine); }
