# SPDX-License-Identifier: MIT
# How we compile: one interface target, nsr_flags.
# -ffp-contract=off: a fused multiply-add would give other bytes on another kind of CPU. -fno-math-errno lets loops with
# floor and fabs be vectorised. No -march: one build serves all nodes of a cluster.

add_library(nsr_flags INTERFACE)
target_compile_options(nsr_flags INTERFACE
  -ffp-contract=off -fno-math-errno -fno-common
  -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef
  $<$<BOOL:${NSR_WERROR}>:-Werror>)

if(NSR_SANITIZE)
  set(flags -fsanitize=${NSR_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_compile_options(nsr_flags INTERFACE ${flags})
  target_link_options(nsr_flags INTERFACE ${flags})
endif()
