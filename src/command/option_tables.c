/* SPDX-License-Identifier: MIT */
/* The option tables of all modules, in the order of --help. */
#include <nsrender/config.h>

static const nsr_opt_table *const tables[] = {
    &nsr_source_options, &nsr_range_options,  &nsr_field_options, &nsr_video_options,
    &nsr_zarr_options,   &nsr_output_options, &nsr_synth_options, &nsr_common_options,
};

const nsr_opt_tables nsr_all_options = {tables, NSR_COUNTOF(tables)};
