/* SPDX-License-Identifier: MIT */
/* NSR_CLONES compiles a kernel three times: for any x86-64, for AVX2, and for AVX-512 instructions (on 256-bit vectors,
   which do not lower the clock frequency). The loader selects the best one for the machine. All give the same bits,
   because sums have a fixed order of lanes and contraction is off. Needs gcc 12 or later with glibc, and no sanitizer,
   because sanitizers are not ready when the loader selects. */
#ifndef NSRENDER_CLONES_H
#define NSRENDER_CLONES_H

#include <stddef.h> /* defines __GLIBC__ */

#if defined(__x86_64__) && __GNUC__ >= 12 && !defined(__clang__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NSR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define NSR_CLONES
#endif

#endif
