/* SPDX-License-Identifier: MIT */
/* Reads a field through nsr_source and does nothing with it. `bench-sources FILE SLAB THREADS [FIELD]` Slabs are what
   peers/slabs.py reads too: so many frames at a time, into a buffer that is used again. Opening counts; threads take
   stretches of the recording in turn, as workers take work items. */
#include "limits/common.h"

#include <inttypes.h>
#include <nsrender/source.h>

static void stop(const nsr_err *err) {
    fprintf(stderr, "%s\n", err->msg);
    exit(1);
}

static nsr_source *open(const char *file, const char *field, const nsr_comm *comm, int threads) {
    nsr_config config;
    nsr_source *source;
    nsr_err err = {0};
    nsr_config_defaults(&config, &nsr_all_options);
    config.command = NSR_CMD_RANGE;
    config.input = file;
    config.run.threads = threads;
    if ((field && !nsr_config_set(&config, "field", field, &err)) || !nsr_source_open(&source, comm, &config, &err))
        stop(&err);
    nsr_config_free(&config);
    return source;
}

static void read_all(nsr_source *source, int64_t slab, int threads) {
    const nsr_field *field = nsr_source_field(source);
    int64_t n = field->n_frames, slabs = (n + slab - 1) / slab, stretch = slabs / (8 * threads) + 1;
#pragma omp parallel num_threads(threads)
    {
        nsr_err err = {0};
        nsr_reader *reader = nsr_reader_open(source, &err);
        void *values = malloc((size_t)slab * nsr_field_row_bytes(field));
        if (!reader || !values) die("a reader");
#pragma omp for schedule(dynamic, stretch)
        for (int64_t i = 0; i < slabs; i++)
            if (!nsr_read(reader, i * slab, 1, i + 1 < slabs ? slab : n - i * slab, values, &err)) stop(&err);
        nsr_reader_close(reader);
        free(values);
    }
}

int main(int argc, char **argv) {
    if (argc < 4 || argc > 5) return 64;
    int64_t slab = atoll(argv[2]);
    int threads = atoi(argv[3]);
    nsr_comm *comm = nsr_comm_open_alone();
    if (!comm || slab < 1 || threads < 1) return 64;
    double start = wall_now(), cpu = cpu_now();
    nsr_source *source = open(argv[1], argv[4], comm, threads);
    read_all(source, slab, threads);
    report(wall_now() - start, cpu_now() - cpu, (double)nsr_source_bytes_read(source));
    fprintf(stderr, "io %s\n", nsr_source_io(source, NULL));
    nsr_source_close(source, comm);
    nsr_comm_close(comm);
    return 0;
}
