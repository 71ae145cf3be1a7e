/* SPDX-License-Identifier: MIT */
/* Kernels that gain from longer vectors are compiled twice, for every x86-64 and for AVX2; the loader takes the one
   that the machine can run. Both give the same bits: the order of sums is written out as lanes, and contraction is off.
   Only gcc with glibc can do this, and sanitizers cannot run before the loader is done. */
#ifndef NSRENDER_CLONES_H
#define NSRENDER_CLONES_H

#include <stddef.h> /* of glibc says that it is glibc */

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NSR_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define NSR_CLONES
#endif

#endif
