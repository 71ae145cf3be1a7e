/* SPDX-License-Identifier: MIT */
/* The length of a step along t, y and x, for metadata. NGFF has a list of units, and viewers refuse others: a unit that
   is not on it is left out. */
#include "zarr_meta.h"
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct unit {
    const char *name, *ngff; /* as inputs spell it, as NGFF does */
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
static double shortest(double step, double slack) {
    for (int digits = 1; digits < 17; digits++) {
        char text[40];
        snprintf(text, sizeof text, "%.*g", digits, step);
        if (fabs(strtod(text, NULL) - step) <= slack) return strtod(text, NULL);
    }
    return step;
}

/* Where times are regular, the mean step is best: the rounding of the first and of the last time is shared by all
   steps, while the median has that of two neighbours. Where they are not, a step is their median. */
nsr_zarr_axis nsr_zarr_axis_t(const nsr_job *job) {
    const nsr_timeline *t = job->timeline;
    if (!t->known || !usable(t->median_step)) return (nsr_zarr_axis){1, NULL, 1, ""};
    const double slack = DBL_EPSILON * fmax(fabs(t->t0), fabs(t->t_last)), steps = (double)(job->plan->n - 1);
    const double mean = (t->t_last - t->t0) / steps; /* steps > 0, as there is a median */
    const bool even = fabs(mean - t->median_step) <= slack;
    const double off = even ? 2 * slack / steps : slack;
    const double step = shortest(even ? mean : t->median_step, fmin(off, t->median_step / 100));
    return (nsr_zarr_axis){step, "second", step, "s"};
}

/* The step along one axis of the picture. `part` is that half of the affine: by how many pixels a data unit along x and
   along y moves along the axis. The angle of a polar grid that is drawn as a rectangle is no length and has no unit. */
static nsr_zarr_axis space_axis(const nsr_job *job, const double part[3]) {
    const double step = 1 / hypot(part[0], part[1]);
    const bool angle = job->env->shape == NSR_SHAPE_POLAR && !job->raster->rings && fabs(part[1]) > fabs(part[0]);
    nsr_zarr_axis axis = {usable(step) ? step : 1, NULL, usable(step) ? step : 1, ""};
    for (size_t i = 0; i < NSR_COUNTOF(units) && !angle; i++)
        if (!strcmp(units[i].name, job->env->units))
            axis.unit = units[i].ngff, axis.si = axis.step * units[i].metres, axis.si_unit = "m";
    return axis;
}

nsr_zarr_axis nsr_zarr_axis_y(const nsr_job *job) { return space_axis(job, job->raster->affine + 3); }

nsr_zarr_axis nsr_zarr_axis_x(const nsr_job *job) { return space_axis(job, job->raster->affine); }
