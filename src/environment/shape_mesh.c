/* SPDX-License-Identifier: MIT */
/* Triangles are stored nowhere; until they are worked out, bins of a mesh are points. */
#include "outline.h"

bool nsr_shape_mesh(nsr_outline *o, nsr_environment *env, nsr_err *err) { return nsr_shape_points(o, env, err); }
