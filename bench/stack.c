/* SPDX-License-Identifier: MIT */
/* The program with the stack as its only output. As it is, a stack brings overview and summary, and what zarr-python
   takes for a stack alone could only be compared with all three. */
int program(int argc, char **argv);
#define main program
#include "main.c"
#undef main
#include "sink/kinds.h"
#include <string.h>

static nsr_sink_kind stack;
const nsr_sink_kind *const nsr_sinks[] = {&stack, NULL};
const nsr_sink_kind *nsr_sink_find(const char *name) { return strcmp(name, "zarr") == 0 ? &stack : NULL; }

int main(int argc, char **argv) {
    stack = nsr_sink_zarr;
    stack.with = NULL;
    return program(argc, argv);
}
