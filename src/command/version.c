/* SPDX-License-Identifier: MIT */
/* --version: what the program was built with and what it runs with. This is the only file that includes the headers of
   all libraries; it asks each for its version and nothing else. */
#include <hdf5.h>
#include <jansson.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libdeflate.h>
#include <mpi.h>
#include <nsrender/command.h>
#include <png.h>
#include <stdio.h>
#include <string.h>
#include <x264.h> /* needs stdint.h before it */
#include <xxhash.h>

#define QUOTE(text) #text
#define NUMBER(macro) QUOTE(macro)

enum { TEXT = 200 };

typedef struct version { const char *key, *name; void (*text)(char text[TEXT]); } version;

static void program(char text[TEXT]) { snprintf(text, TEXT, "%s", NSR_VERSION); }

static void hdf5(char text[TEXT]) {
    unsigned major = 0, minor = 0, release = 0;
    bool known = H5get_libversion(&major, &minor, &release) >= 0;
    snprintf(text, TEXT, "%u.%u.%u, built with %d.%d.%d%s", known ? major : 0, known ? minor : 0, known ? release : 0,
             H5_VERS_MAJOR, H5_VERS_MINOR, H5_VERS_RELEASE,
#ifdef H5_HAVE_PARALLEL
             ", parallel"
#else
             ", serial"
#endif
    );
}

/* One of the few calls that MPI allows before MPI_Init. Some libraries answer with several lines. */
static void mpi(char text[TEXT]) {
    char name[MPI_MAX_LIBRARY_VERSION_STRING] = "unknown";
    int length = 0;
    MPI_Get_library_version(name, &length);
    name[strcspn(name, "\n")] = 0;
    snprintf(text, TEXT, "%.*s", TEXT - 1, name);
}

static void png(char text[TEXT]) { snprintf(text, TEXT, "%s", png_get_libpng_ver(NULL)); }

static void av_version(char text[TEXT], unsigned number) {
    snprintf(text, TEXT, "%u.%u.%u", number >> 16, number >> 8 & 255, number & 255);
}

static void avformat(char text[TEXT]) { av_version(text, avformat_version()); }
static void avcodec(char text[TEXT]) { av_version(text, avcodec_version()); }
static void avutil(char text[TEXT]) { av_version(text, avutil_version()); }
static void x264(char text[TEXT]) { snprintf(text, TEXT, "build %s (%s)", NUMBER(X264_BUILD), X264_POINTVER); }
static void deflate(char text[TEXT]) { snprintf(text, TEXT, "%s", LIBDEFLATE_VERSION_STRING); }
static void jansson(char text[TEXT]) { snprintf(text, TEXT, "%s", JANSSON_VERSION); }

static void xxhash(char text[TEXT]) {
    unsigned number = XXH_versionNumber();
    snprintf(text, TEXT, "%u.%u.%u", number / 10000, number / 100 % 100, number % 100);
}

static void compiler(char text[TEXT]) {
#ifdef __clang__
    snprintf(text, TEXT, "%s", __VERSION__);
#else
    snprintf(text, TEXT, "gcc %s", __VERSION__);
#endif
}

static void openmp(char text[TEXT]) {
#ifdef _OPENMP
    snprintf(text, TEXT, "%d", _OPENMP);
#else
    snprintf(text, TEXT, "none");
#endif
}

static const version versions[] = {
    {"nsrender_mpi", "nsrender-mpi", program}, {"hdf5", "HDF5", hdf5},           {"mpi", "MPI", mpi},
    {"libpng", "libpng", png},                 {"libavformat", "libavformat", avformat},
    {"libavcodec", "libavcodec", avcodec},     {"libavutil", "libavutil", avutil}, {"x264", "x264", x264},
    {"libdeflate", "libdeflate", deflate},     {"jansson", "jansson", jansson},  {"xxhash", "xxHash", xxhash},
    {"compiler", "compiler", compiler},        {"openmp", "OpenMP", openmp},
};

static void print_json(void) {
    json_t *object = json_object();
    for (size_t i = 0; i < NSR_COUNTOF(versions); i++) {
        char text[TEXT];
        versions[i].text(text);
        json_object_set_new(object, versions[i].key, json_string(text));
    }
    json_dumpf(object, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(object);
}

void nsr_print_version(bool json) {
    if (json) {
        print_json();
        return;
    }
    for (size_t i = 0; i < NSR_COUNTOF(versions); i++) {
        char text[TEXT];
        versions[i].text(text);
        printf(i ? "  %-13s %s\n" : "%s %s\n", versions[i].name, text);
    }
}
