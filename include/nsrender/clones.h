/* SPDX-License-Identifier: MIT */
/* Kernels that gain from longer vectors are compiled three times, for every x86-64, for AVX2 and for the instructions
   of AVX-512 (still on 256 bits, which do not slow the clock); the loader takes the one that the machine can run. All
   give the same bits: the order of sums is written out as lanes, and contraction is off. Only gcc (12 or later) with
   glibc can do this, and sanitizers cannot run before the loader is done. */
#ifndef NSRENDER_CLONES_H
#define NSRENDER_CLONES_H

#include <stddef.h> /* of glibc says that it is glibc */

#if defined(__x86_64__) && __GNUC__ >= 12 && !defined(__clang__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define NSR_CLONES __attribute__((target_clones("arch=x86-64-v4", "avx2", "default")))
#else
#define NSR_CLONES
#endif

#endif
