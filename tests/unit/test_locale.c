/* SPDX-License-Identifier: MIT */
/* A program that renders may live in a locale with a decimal comma: the bundle is the same. Numbers that are very large
   or very small go other ways than most, so the field has some. */
#include "check.h"
#include "h5_make.h"

#include <locale.h>
#include <nsrender/file.h>
#include <nsrender/command.h>

enum { FRAMES = 40, BINS = 12 };

static void make_field(const char *path) {
    double values[FRAMES * BINS];
    for (int i = 0; i < FRAMES * BINS; i++) values[i] = (i % 7 + 0.3) * pow(10, i % 5 ? -1 : -70);
    hid_t file = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    const make_data data = {.path = "p", .type = H5T_IEEE_F64LE, .memory = H5T_NATIVE_DOUBLE, .rank = 3,
                            .shape = {FRAMES, 3, 4}, .values = values};
    H5Dclose(make_dataset(file, &data));
    H5Fclose(file);
}

static bool render(const char *path, const char *bundle) {
    char *words[] = {"nsrender-mpi",    "render",    (char *)path, "-o",      (char *)bundle,
                     "--sampling-rate", "12.5",      "--vmax",     "0.55",    "--format",
                     "summary,png",     "--threads", "2",          "--quiet", NULL};
    nsr_err err = {0};
    nsr_config config;
    nsr_comm *comm = nsr_comm_open_alone();
    const bool good = nsr_parse(&config, &nsr_this_program, NSR_COUNTOF(words) - 1, words, &err) &&
                      nsr_command_run(&config, comm, &err);
    if (!good) fprintf(stderr, "%s\n", err.msg);
    nsr_config_free(&config);
    nsr_comm_close(comm);
    return good;
}

/* Where the system has none, the C library's own tool may make one. */
static bool speak_german(void) {
    char command[300];
    if (setlocale(LC_ALL, "de_DE.UTF-8")) return true;
    snprintf(command, sizeof command, "localedef -i de_DE -f UTF-8 %s/de_DE.UTF-8 >/dev/null 2>&1", make_folder);
    return system(command) == 0 && setenv("LOCPATH", make_folder, 1) == 0 && setlocale(LC_ALL, "de_DE.UTF-8");
}

static void check_same(const char *bundle, const char *reference, const char *name) {
    char path[2][300];
    size_t bytes[2] = {0};
    nsr_err err = {0};
    snprintf(path[0], sizeof path[0], "%s/%s", bundle, name);
    snprintf(path[1], sizeof path[1], "%s/%s", reference, name);
    char *is = nsr_file_get(path[0], &bytes[0], &err), *want = nsr_file_get(path[1], &bytes[1], &err);
    if (!CHECK(is && want && bytes[0] == bytes[1] && memcmp(is, want, bytes[0]) == 0)) fprintf(stderr, "  %s\n", name);
    free(is);
    free(want);
}

int main(void) {
    char path[200], reference[200], bundle[200], text[10];
    if (!mkdtemp(make_folder)) return 1;
    make_field(make_path(path, "a.h5"));
    CHECK(render(path, make_path(reference, "c.nsr")));
    if (speak_german()) {
        CHECK(render(path, make_path(bundle, "de.nsr")));
        check_same(bundle, reference, "plan.json");
        check_same(bundle, reference, "summary.csv");
        check_same(bundle, reference, "summary.png");
        snprintf(text, sizeof text, "%.1f", 0.5);
        CHECK_TEXT(text, "0,5"); /* the program's own locale is as before */
    } else {
        printf("no locale with a decimal comma: left out\n");
    }
    make_clean();
    return check_done();
}
