/* SPDX-License-Identifier: MIT */
/* Geometry: where each value of a frame lies, by --grid, by the shape, by coordinates beside the field, by a table in
   an NWB file, by a saved pair; and what does not fit is refused with both numbers. */
#include "check.h"
#include "h5_make.h"
#include "npz_make.h"

#include <nsrender/environment.h>
#include <nsrender/log.h>

static nsr_comm *comm;

static nsr_field flat(const char *file, int64_t bins) {
    nsr_field field = {.path = "/f", .format = "hdf5", .n_frames = 9, .n_bins = bins, .n_dims = 2, .shape = {9, bins}};
    snprintf(field.file, sizeof field.file, "%s", file);
    return field;
}

static nsr_field cube(const char *file, int64_t a, int64_t b, const char *name_a, const char *name_b) {
    nsr_field field = flat(file, a * b);
    field.n_dims = 3;
    field.shape[1] = a;
    field.shape[2] = b;
    snprintf(field.dim[1], sizeof field.dim[1], "%s", name_a);
    snprintf(field.dim[2], sizeof field.dim[2], "%s", name_b);
    return field;
}

static void check_refused(const nsr_config *config, const nsr_field *field, int code, const char *words) {
    nsr_environment env;
    nsr_err err = {0};
    CHECK(!nsr_environment_find(&env, comm, config, field, &err));
    CHECK_EQ(err.code, code);
    if (!CHECK_HAS(err.msg, words)) fprintf(stderr, "  %s\n", err.msg);
}

/* Sides, order, direction. */
static void check_found(const nsr_config *config, const nsr_field *field, int nx, int ny, bool x_slow, bool y_up) {
    nsr_environment env;
    nsr_err err = {0};
    if (!CHECK(nsr_environment_find(&env, comm, config, field, &err))) {
        fprintf(stderr, "  %s\n", err.msg);
        return;
    }
    CHECK_EQ(env.nx, nx);
    CHECK_EQ(env.ny, ny);
    CHECK_EQ(env.x_slow, x_slow);
    CHECK_EQ(env.y_up, y_up);
    CHECK_EQ(env.n_bins, field->n_bins);
    nsr_environment_free(&env);
}

static void check_shapes(void) {
    nsr_field field = flat("none.h5", 12), box = cube("none.h5", 3, 4, "", "");
    nsr_config config = {0};
    check_refused(&config, &field, NSR_EUSAGE, "12 bins is unknown; give --grid");
    config.input_as.grid = "3x4";
    check_found(&config, &field, 4, 3, false, false);
    check_found(&config, &box, 4, 3, false, false);
    config.input_as.axes = "txy";
    config.input_as.origin = "lower";
    check_found(&config, &field, 3, 4, true, true);
    config.input_as.grid = "4x3";
    check_refused(&config, &box, NSR_EDATA, "in another shape");
    config.input_as.grid = "3x5";
    check_refused(&config, &field, NSR_EDATA, "--grid 3x5 has 15 bins, but none.h5: /f has 12");
    const char *wrong[] = {"3", "3x", "x4", "3x4x1", "0x12", "-3x-4", "3 x4", "99999999999999999999x1", "a"};
    for (size_t i = 0; i < NSR_COUNTOF(wrong); i++) {
        config.input_as.grid = wrong[i];
        check_refused(&config, &field, NSR_EUSAGE, "two whole numbers");
    }
}

static void check_cubes(void) {
    nsr_config config = {0};
    nsr_field bare = cube("none.h5", 3, 4, "", ""), xy = cube("none.h5", 3, 4, "x_position", "y_position");
    nsr_field yx = cube("none.h5", 3, 4, "pos_y", "X"), odd = cube("none.h5", 3, 4, "fox", "sky");
    check_found(&config, &bare, 4, 3, false, false);
    check_found(&config, &xy, 3, 4, true, false);
    check_found(&config, &yx, 4, 3, false, false);
    check_found(&config, &odd, 4, 3, false, false);
    config.input_as.axes = "tyx";
    check_found(&config, &xy, 4, 3, false, false);
}

static void check_coordinates(void) {
    char path[200];
    double x[4] = {0, 1, 2, 4}, up[3] = {-1, 0, 1}, down[3] = {3, 2, 1};
    hid_t file = H5Fcreate(make_path(path, "coordinates.h5"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    make_doubles(file, "x", 4, x);
    make_doubles(file, "y", 3, up);
    make_doubles(file, "down_y", 3, down);
    H5Fclose(file);
    nsr_config config = {0};
    nsr_environment env;
    nsr_err err = {0};
    nsr_field field = cube(path, 3, 4, "y", "x"), upside = cube(path, 3, 4, "down_y", "x");
    check_found(&config, &field, 4, 3, false, true);
    check_found(&config, &upside, 4, 3, false, false);
    if (!CHECK(nsr_environment_find(&env, comm, &config, &field, &err))) return;
    if (CHECK(env.x_edges && env.y_edges)) {
        CHECK(env.x_edges[0] == -0.5 && env.x_edges[3] == 3 && env.x_edges[4] == 5);
        CHECK(env.y_edges[0] == -1.5 && env.y_edges[3] == 1.5);
    }
    nsr_environment_free(&env);
}

/* --- tables --- */

#define GRID "{\"grid_edges\": [[0, 1, 2, 3], [0.5, 1, 1.5]], \"grid_shape\": [3, 2], \"total_grid_cells\": 6}"
#define ABOUT(bins)                                                                                                    \
    "{\"layout_type\": \"MaskedGrid\", \"units\": \"cm\", \"n_dims\": 2, \"n_bins\": " bins ", \"n_edges\": 0}"

enum { ROWS = 8 };
static const signed char mask[ROWS] = {1, 0, 1, 1, 0, 1, 0, 0}; /* 4 of 6 cells; padded */

static void make_table(hid_t file, const char *path, const char *about, const char *grid, bool with_mask) {
    hid_t lcpl = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(lcpl, 1);
    hid_t group = H5Gcreate2(file, path, lcpl, H5P_DEFAULT, H5P_DEFAULT);
    make_texts(group, "metadata", about, ROWS);
    make_texts(group, "grid_data", grid, ROWS);
    make_data column = {.path = "active_mask",
                        .type = H5T_STD_I8LE,
                        .memory = H5T_NATIVE_SCHAR,
                        .rank = 1,
                        .shape = {ROWS},
                        .values = mask};
    if (with_mask) H5Dclose(make_dataset(group, &column));
    H5Gclose(group);
    H5Pclose(lcpl);
}

static void check_table(const char *name, const char *about, const char *grid, bool with_mask, const char *words) {
    char path[200], file_name[64];
    snprintf(file_name, sizeof file_name, "%s.nwb", name);
    hid_t file = H5Fcreate(make_path(path, file_name), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    make_table(file, "scratch/env", about, grid, with_mask);
    H5Fclose(file);
    nsr_config config = {0};
    nsr_field field = flat(path, 4);
    snprintf(field.format, sizeof field.format, "nwb");
    if (words)
        check_refused(&config, &field, NSR_EDATA, words);
    else
        check_found(&config, &field, 3, 2, true, true);
}

static void check_tables(void) {
    check_table("good", ABOUT("4"), GRID, true, NULL);
    check_table("no-json", "{not json", GRID, true, "metadata: no valid JSON");
    check_table("list", "[1]", GRID, true, "no object");
    check_table("bins-text", ABOUT("\"4\""), GRID, true, "n_bins is missing or no whole number");
    check_table("bins-none", ABOUT("0"), GRID, true, "n_bins is 0");
    check_table("bins-huge", ABOUT("99999999999999"), GRID, true, "n_bins is 99999999999999");
    check_table("mask-count", ABOUT("5"), GRID, true, "active_mask has 4 active cells, but n_bins is 5");
    check_table("no-mask", ABOUT("4"), GRID, false, "no column 'active_mask'");
    check_table("no-grid", ABOUT("4"), "{}", true, "grid_shape");
    check_table("edges-short", ABOUT("4"),
                "{\"grid_edges\": [[0, 1, 2], [0, 1, 2]], \"grid_shape\": [3, 2], \"total_grid_cells\": 6}", true,
                "grid_edges of axis 0 has 3 numbers for 3 cells");
    check_table("edges-back", ABOUT("4"),
                "{\"grid_edges\": [[0, 2, 1, 3], [0, 1, 2]], \"grid_shape\": [3, 2], \"total_grid_cells\": 6}", true,
                "does not increase");
    check_table("cells", ABOUT("4"),
                "{\"grid_edges\": [[0, 1], [0, 1]], \"grid_shape\": [3, 2], \"total_grid_cells\": 7}", true,
                "does not make total_grid_cells 7");
    check_table("rows", ABOUT("4"),
                "{\"grid_edges\": [[0, 1, 2, 3], [0, 1, 2, 3]], \"grid_shape\": [3, 3], \"total_grid_cells\": 9}", true,
                "total_grid_cells is 9, but the table has only 8 rows");
    check_table("overflow", ABOUT("4"),
                "{\"grid_edges\": [], \"grid_shape\": [2147483647, 2147483647], \"total_grid_cells\": 1}", true,
                "total_grid_cells");
    check_table("hex", "{\"layout_type\": \"Hexagonal\", \"n_dims\": 2, \"n_bins\": 4, \"n_edges\": 0}", "{}", true,
                "no column 'bin_centers'");
}

static void check_named(void) {
    char path[200], with_place[300];
    hid_t file = H5Fcreate(make_path(path, "two.nwb"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    make_table(file, "scratch/a_broken", "{", GRID, true);
    make_table(file, "scratch/z_good", ABOUT("4"), GRID, true);
    H5Fclose(file);
    nsr_config config = {0};
    nsr_field field = flat("plain.h5", 4), cells = flat("plain.h5", 6), other = flat("plain.h5", 5),
              box = cube("plain.h5", 2, 3, "", "");
    config.input_as.environment = path;
    check_found(&config, &field, 3, 2, true, true); /* the one that fits */
    check_found(&config, &cells, 3, 2, true, true); /* a value for inactive cells too */
    check_found(&config, &box, 3, 2, false, true);  /* turned to y, x */
    snprintf(with_place, sizeof with_place, "%s:scratch/z_good", path);
    config.input_as.environment = with_place;
    check_refused(&config, &other, NSR_EDATA, "has 5 bins, the environment");
    snprintf(with_place, sizeof with_place, "%s:/scratch/a_broken", path);
    check_refused(&config, &field, NSR_EDATA, "/scratch/a_broken: metadata: no valid JSON");
    snprintf(with_place, sizeof with_place, "%s:/nowhere", path);
    check_refused(&config, &field, NSR_EDATA, "/nowhere: no environment table");
    config.input_as.environment = "/no/such/file.nwb";
    check_refused(&config, &field, NSR_ENOINPUT, "no such file");
    config.input_as.environment = "/no/such/env.json";
    check_refused(&config, &field, NSR_ENOINPUT, "NAME.json and NAME.npz");
}

static void check_mask(void) {
    char path[200];
    nsr_environment env;
    nsr_err err = {0};
    nsr_config config = {.input_as.environment = make_path(path, "two.nwb")};
    nsr_field field = flat("plain.h5", 4), box = cube("plain.h5", 2, 3, "", "");
    if (CHECK(nsr_environment_find(&env, comm, &config, &field, &err))) {
        CHECK(env.packed && env.n_active == 4 && env.active);
        CHECK_TEXT(env.units, "cm");
        CHECK_TEXT(env.layout, "MaskedGrid");
        for (int i = 0; env.active && i < 6; i++)
            CHECK_EQ(env.active[i], mask[i]);
        nsr_environment_free(&env);
    }
    if (CHECK(nsr_environment_find(&env, comm, &config, &box, &err))) {
        CHECK(!env.packed && env.n_active == 4 && env.n_bins == 6);
        for (int i = 0; env.active && i < 6; i++)
            CHECK_EQ(env.active[i], mask[i % 3 * 2 + i / 3]);
        nsr_environment_free(&env);
    }
}

/* --- saved pairs --- */

#define ABOUT_PAIR(layout, bins, dims)                                                                                 \
    "{\"schema_version\": \"Environment-v1\", \"layout_type\": \"" layout "\", \"n_bins\": " bins                      \
    ", \"n_dims\": " dims ", \"units\": \"cm\""

static const double places[] = {1, 0, 3, 0, 4, 1, 4, 3}, five_edges[] = {0, 2, 4, 5, 7, 9};

/* NAME.json with the text, NAME.npz with the arrays; the field has the given number of bins. */
static bool find_pair(nsr_environment *env, const char *text, const make_array *arrays, size_t n, int64_t bins,
                      nsr_err *err) {
    char json[200], npz[200];
    nsr_config config = {.input_as.environment = make_path(json, "pair.json")};
    nsr_field field = flat("plain.h5", bins);
    make_text(json, text);
    make_npz(make_path(npz, "pair.npz"), arrays, n);
    *err = (nsr_err){0};
    return nsr_environment_find(env, comm, &config, &field, err);
}

static bool check_pair(nsr_environment *env, const char *text, const make_array *arrays, size_t n, int64_t bins,
                       nsr_shape shape) {
    nsr_err err;
    if (!CHECK(find_pair(env, text, arrays, n, bins, &err))) {
        fprintf(stderr, "  %s\n", err.msg);
        return false;
    }
    CHECK_EQ(env->n_active, bins);
    CHECK_TEXT(env->units, "cm");
    return CHECK_EQ(env->shape, shape);
}

static void check_no_pair(const char *text, const make_array *arrays, size_t n, int64_t bins, const char *words) {
    nsr_environment env;
    nsr_err err;
    CHECK(!find_pair(&env, text, arrays, n, bins, &err));
    CHECK_EQ(err.code, NSR_EDATA);
    if (!CHECK_HAS(err.msg, words)) fprintf(stderr, "  %s\n", err.msg);
}

static void check_saved_grids(void) {
    nsr_environment env;
    make_array grid[] = {make_numpy("active_mask", "|b1", "(2, 2)", "\1\1\0\1", 4),
                         make_numpy("grid_edges_0", "<f8", "(3,)", five_edges, 24),
                         make_numpy("grid_edges_1", "<f8", "(3,)", five_edges + 1, 24)};
    if (check_pair(&env, ABOUT_PAIR("ImageMask", "3", "2") "}", grid, 3, 3, NSR_SHAPE_GRID)) {
        CHECK(env.packed && env.x_slow && env.y_up && env.nx == 2 && env.ny == 2 && env.active);
        CHECK(env.x_edges[2] == 4 && env.y_edges[0] == 2);
        nsr_environment_free(&env);
    }
    if (check_pair(&env, ABOUT_PAIR("MaskedGrid", "3", "2") ", \"coordinate_kind\": \"polar\"}", grid, 3, 3,
                   NSR_SHAPE_POLAR)) {
        CHECK_TEXT(env.y_name, "angle");
        nsr_environment_free(&env);
    }
    make_array line[] = {make_numpy("active_mask", "|b1", "(5,)", "\1\1\0\1\1", 5),
                         make_numpy("grid_edges_0", "<f8", "(6,)", five_edges, 48)};
    if (check_pair(&env, ABOUT_PAIR("RegularGrid", "4", "1") "}", line, 2, 4, NSR_SHAPE_LINE)) {
        CHECK(env.nx == 5 && env.ny == 1 && env.x_edges[5] == 9 && !env.y_edges);
        nsr_environment_free(&env);
    }
    check_no_pair(ABOUT_PAIR("RegularGrid", "4", "2") "}", grid, 3, 4,
                  "active_mask has 3 active cells, but n_bins is 4");
    check_no_pair(ABOUT_PAIR("RegularGrid", "3", "2") "}", grid, 3, 7, "has 7 bins, the environment");
    check_no_pair(ABOUT_PAIR("RegularGrid", "3", "2") "}", grid, 2, 3, "active_mask has another shape");
    check_no_pair(ABOUT_PAIR("RegularGrid", "3", "2") "}", grid + 1, 2, 3, "no active_mask");
    check_no_pair(ABOUT_PAIR("RegularGrid", "3", "2") ", \"grid_shape\": [2, 3]}", grid, 3, 3, "grid_shape has 3");
    check_no_pair(ABOUT_PAIR("RegularGrid", "3", "3") "}", grid, 3, 3, "3 dimensions has grid_edges of 2");
    check_no_pair("{\"schema_version\": \"Environment-v9\"}", grid, 3, 3, "Environment-v9");
    check_no_pair("{\"schema_version\": \"Environment-v1\"}", grid, 3, 3, "layout_type");
    check_no_pair("[[[[", grid, 3, 3, "no valid JSON");
    const double back[] = {0, 2, 1};
    grid[1] = make_numpy("grid_edges_0", "<f8", "(3,)", back, 24);
    check_no_pair(ABOUT_PAIR("RegularGrid", "3", "2") "}", grid, 3, 3, "not increasing");
    const double circle[] = {-4, 0, 4};
    grid[1] = make_numpy("grid_edges_0", "<f8", "(3,)", five_edges, 24);
    grid[2] = make_numpy("grid_edges_1", "<f8", "(3,)", circle, 24);
    check_no_pair(ABOUT_PAIR("MaskedGrid", "3", "2") ", \"coordinate_kind\": \"polar\"}", grid, 3, 3, "overlap");
}

static void check_hexagons(void) {
    const double centers[] = {0, 0, 6, 0, 3, 5.196152422706632};
    make_array array = make_numpy("bin_centers", "<f8", "(3, 2)", centers, sizeof centers);
    const char *texts[] = {
        ABOUT_PAIR("Hexagonal", "3", "2") ", \"layout_parameters\": {\"hexagon_width\": 6.0}}",
        ABOUT_PAIR("Reconstructed_Hexagonal", "3", "2") "}",                                     /* from the centres */
        ABOUT_PAIR("Hexagonal", "3", "2") ", \"layout_parameters\": {\"hexagon_width\": 60.0}}", /* would overlap */
        ABOUT_PAIR("Hexagonal", "3",
                   "2") ", \"graph\": {\"links\": [{\"source\": 0, \"target\": 1, \"distance\": 6.0}]}}"};
    for (size_t i = 0; i < NSR_COUNTOF(texts); i++) {
        nsr_environment env;
        if (!check_pair(&env, texts[i], &array, 1, 3, NSR_SHAPE_CELLS)) continue;
        CHECK_EQ(env.cell_first[3], 18);
        CHECK_CLOSE(env.radius, 6 / sqrt(3), 1e-9);
        CHECK_CLOSE(env.cell_xy[0], 0, 1e-9); /* a corner straight up */
        CHECK_CLOSE(env.cell_xy[1], env.radius, 1e-9);
        CHECK_CLOSE(env.extent[0], -3, 1e-9);
        CHECK_CLOSE(env.extent[1], 9, 1e-9);
        nsr_environment_free(&env);
    }
    check_no_pair(ABOUT_PAIR("Hexagonal", "2", "2") "}", &array, 1, 2, "bin_centers has 2 dimensions, 3 x 2 numbers");
    make_array other = make_numpy("other", "<f8", "(3, 2)", centers, sizeof centers);
    check_no_pair(ABOUT_PAIR("Hexagonal", "3", "2") "}", &other, 1, 3, "no bin_centers");
    const double broken[] = {0, 0, 6, NAN, 3, 5};
    array = make_numpy("bin_centers", "<f8", "(3, 2)", broken, sizeof broken);
    check_no_pair(ABOUT_PAIR("Hexagonal", "3", "2") "}", &array, 1, 3, "bin_centers of bin 1 is not finite");
}

#define CORNER                                                                                                         \
    "{\"graph_definition\": {\"__nx_graph__\": {\"nodes\": [{\"id\": 0, \"pos\": [0, 0]}, {\"id\": 1, \"pos\": [4, "   \
    "0]}, "                                                                                                            \
    "{\"id\": 2, \"pos\": [4, 4]}]}}, \"edge_order\": [[0, 1], [1, 2]], \"edge_spacing\": 1.0}"
#define CHAIN                                                                                                          \
    "{\"links\": [{\"source\": 0, \"target\": 1}, {\"source\": 1, \"target\": 2}, {\"source\": 2, \"target\": 3}]}"

/* Four bins around a corner, a gap of 1 between its sides. */
static void check_tracks(void) {
    nsr_environment env;
    make_array arrays[] = {make_numpy("bin_centers", "<f8", "(4, 2)", places, sizeof places),
                           make_numpy("active_mask", "|b1", "(5,)", "\1\1\0\1\1", 5),
                           make_numpy("grid_edges_0", "<f8", "(6,)", five_edges, sizeof five_edges)};
    if (check_pair(&env, ABOUT_PAIR("Graph", "4", "2") ", \"layout_parameters\": " CORNER "}", arrays, 3, 4,
                   NSR_SHAPE_TRACK)) {
        const double want[] = {0, 0, 2, 0, 2, 0, 4, 0, 4, 0, 4, 2, 4, 2, 4, 4}, along[] = {0, 2, 2, 4, 5, 7, 7, 9};
        CHECK(memcmp(env.bin_line, want, sizeof want) == 0 && memcmp(env.linear, along, sizeof along) == 0);
        CHECK(env.extent[0] == 0 && env.extent[1] == 4 && env.extent[2] == 0 && env.extent[3] == 4);
        nsr_environment_free(&env);
    }
    if (check_pair(&env, ABOUT_PAIR("Graph", "4", "2") ", \"graph\": " CHAIN "}", arrays, 1, 4, NSR_SHAPE_TRACK)) {
        CHECK(env.bin_line[0] == 0 && env.bin_line[2] == 2); /* half way to the neighbour, as long behind the end */
        CHECK_CLOSE(hypot(env.bin_line[4] - 3, env.bin_line[5]), 1, 1e-12);
        CHECK_CLOSE(hypot(env.bin_line[6] - 3, env.bin_line[7]), sqrt(0.5), 1e-12);
        for (int i = 0; i < 3; i++)
            CHECK(env.linear[2 * i + 1] == env.linear[2 * i + 2]);
        nsr_environment_free(&env);
    }
    if (check_pair(&env, ABOUT_PAIR("Graph", "4", "2") "}", arrays, 1, 4, NSR_SHAPE_TRACK)) {
        CHECK(env.linear[1] < env.linear[2]); /* no neighbours: gaps */
        nsr_environment_free(&env);
    }
}

/* A square with a point in its middle: four triangles, of which two are bins. */
static void check_meshes(void) {
    static const char *const about = ABOUT_PAIR(
        "TriangularMesh", "2", "2") ", \"layout_parameters\": {\"point_spacing\": 6.0, \"boundary_polygon\": "
                                    "{\"__shapely_wkt__\": \"POLYGON ((%s))\"}}}";
    const double centers[] = {3, 1, 1, 3}, astray[] = {3, 1, 1, 3.5};
    nsr_environment env;
    char text[400], broken[400];
    make_array array = make_numpy("bin_centers", "<f8", "(2, 2)", centers, sizeof centers);
    snprintf(text, sizeof text, about, "0 0, 6 0, 6 6, 0 6, 0 0");
    if (check_pair(&env, text, &array, 1, 2, NSR_SHAPE_CELLS)) {
        CHECK_EQ(env.cell_first[2], 6);
        CHECK(env.extent[0] == 0 && env.extent[1] == 6 && env.extent[2] == 0 && env.extent[3] == 6);
        for (int i = 0; i < 2; i++) {
            const double *xy = env.cell_xy + 6 * i;
            CHECK_CLOSE(xy[0] + xy[2] + xy[4], 3 * centers[2 * i], 1e-9);
            double twice = (xy[2] - xy[0]) * (xy[5] - xy[1]) - (xy[3] - xy[1]) * (xy[4] - xy[0]);
            CHECK_CLOSE(fabs(twice), 18, 1e-9);
        }
        nsr_environment_free(&env);
    }
    const char *rings[] = {"",
                           "0 0, 6 0",
                           "0 0, 6 0, 6 6, 0 6",
                           "0 0, 6 0, 6 6, 0 6, 0 0), (",
                           "0 0 1, 6 0 1, 6 6 1, 0 0 1",
                           "0 0, 6e9 0, 6e9 6e9, 0 6e9, 0 0",
                           "nan 0, 6 0, 6 6, nan 0"};
    for (size_t i = 0; i < NSR_COUNTOF(rings); i++) { /* not understood: points */
        snprintf(broken, sizeof broken, about, rings[i]);
        if (check_pair(&env, broken, &array, 1, 2, NSR_SHAPE_POINTS)) nsr_environment_free(&env);
    }
    array = make_numpy("bin_centers", "<f8", "(2, 2)", astray, sizeof astray);
    if (check_pair(&env, text, &array, 1, 2, NSR_SHAPE_POINTS)) nsr_environment_free(&env);
}

static void check_points(void) {
    nsr_environment env;
    make_array array = make_numpy("bin_centers", "<f8", "(4, 2)", places, sizeof places);
    if (!check_pair(&env, ABOUT_PAIR("Voronoi", "4", "2") "}", &array, 1, 4, NSR_SHAPE_POINTS)) return;
    CHECK_CLOSE(env.radius, (sqrt(2) + 2) / 2 * sqrt(0.5), 1e-12); /* distances sqrt 2, sqrt 2, 2, 2 */
    CHECK_CLOSE(env.extent[0], 1 - env.radius, 1e-12);
    CHECK(memcmp(env.centers, places, sizeof places) == 0);
    nsr_environment_free(&env);
}

/* --- three dimensions --- */

static void check_slice(const char *slice, unsigned op, int depth, int64_t n, const int32_t *from, const char *words) {
    nsr_environment env;
    nsr_err err = {0};
    nsr_fold fold;
    nsr_config config = {.input_as.slice = slice};
    make_array arrays[] = {make_numpy("active_mask", "|b1", "(2, 1, 3)", "\1\0\1\0\0\1", 6),
                           make_numpy("grid_edges_0", "<f8", "(3,)", five_edges, 24),
                           make_numpy("grid_edges_1", "<f8", "(2,)", five_edges, 16),
                           make_numpy("grid_edges_2", "<f8", "(4,)", five_edges, 32)};
    if (!check_pair(&env, ABOUT_PAIR("MaskedGrid", "3", "3") "}", arrays, 4, 3, NSR_SHAPE_GRID3)) return;
    if (words) {
        CHECK(!nsr_environment_flatten(&env, &config, &fold, &err));
        CHECK_EQ(err.code, NSR_EUSAGE);
        if (!CHECK_HAS(err.msg, words)) fprintf(stderr, "  %s\n", err.msg);
    } else if (CHECK(nsr_environment_flatten(&env, &config, &fold, &err))) {
        CHECK((unsigned)fold.op == op && fold.depth == depth && fold.n_bins == n && env.n_bins == n &&
              env.n_active == n);
        CHECK(env.shape == NSR_SHAPE_GRID && env.packed && env.nx == 2 && env.ny == 1 && !env.z_edges);
        CHECK(memcmp(fold.from, from, (size_t)n * (size_t)depth * sizeof *from) == 0);
    }
    free(fold.from);
    nsr_environment_free(&env);
}

static void check_slices(void) {
    check_slice("max", NSR_FOLD_MAX, 3, 2, (int32_t[]){0, -1, 1, -1, -1, 2}, NULL);
    check_slice("z=max", NSR_FOLD_MAX, 3, 2, (int32_t[]){0, -1, 1, -1, -1, 2}, NULL);
    check_slice("z=0", NSR_FOLD_SELECT, 1, 1, (int32_t[]){0}, NULL);
    check_slice("z=1.999", NSR_FOLD_SELECT, 1, 1, (int32_t[]){0}, NULL);
    check_slice("z=4", NSR_FOLD_SELECT, 1, 2, (int32_t[]){1, 2}, NULL);
    check_slice("z=5", NSR_FOLD_SELECT, 1, 2, (int32_t[]){1, 2}, NULL); /* the upper end */
    check_slice("z=2", 0, 0, 0, NULL, "no bin of");
    check_slice(NULL, 0, 0, 0, NULL, "--slice z=VALUE with one of its layers z = 1, 3, 4.5");
    const char *wrong[] = {"", "z", "z=", "z=5.1", "z=-1", "z=nan", "z=1x", "x=1", "min"};
    for (size_t i = 0; i < NSR_COUNTOF(wrong); i++)
        check_slice(wrong[i], 0, 0, 0, NULL, "give max, or z=VALUE between 0 and 5");
}

static void check_nothing_to_slice(void) {
    nsr_environment env = {.shape = NSR_SHAPE_GRID};
    nsr_config config = {0};
    nsr_fold fold;
    nsr_err err = {0};
    CHECK(nsr_environment_flatten(&env, &config, &fold, &err) && !fold.from);
    config.input_as.slice = "max";
    CHECK(!nsr_environment_flatten(&env, &config, &fold, &err) && err.code == NSR_EUSAGE);
}

/* Values for all cells, stored y first: bins are the active cells, x first. */
static void check_spare_cells(void) {
    char path[200];
    nsr_environment env;
    nsr_err err = {0};
    nsr_fold fold;
    nsr_config config = {.input_as.environment = make_path(path, "two.nwb")};
    nsr_field box = cube("plain.h5", 2, 3, "", ""), packed = flat("plain.h5", 4);
    if (CHECK(nsr_environment_find(&env, comm, &config, &box, &err)) &&
        CHECK(nsr_environment_flatten(&env, &config, &fold, &err))) {
        const int32_t want[] = {0, 1, 4, 5};
        CHECK(fold.op == NSR_FOLD_SELECT && fold.depth == 1 && fold.n_bins == 4 && fold.from);
        CHECK(fold.from && memcmp(fold.from, want, sizeof want) == 0);
        CHECK(env.packed && env.x_slow && env.n_bins == 4 && memcmp(env.active, mask, 6) == 0);
        free(fold.from);
    }
    nsr_environment_free(&env);
    if (CHECK(nsr_environment_find(&env, comm, &config, &packed, &err)))
        CHECK(nsr_environment_flatten(&env, &config, &fold, &err) && !fold.from);
    nsr_environment_free(&env);
}

/* --- centres beside the field --- */

static void check_beside(void) {
    char path[200];
    nsr_environment env;
    nsr_err err = {0};
    nsr_config config = {0};
    hid_t file = H5Fcreate(make_path(path, "centers.nwb"), H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    make_data data = {.path = "processing/analysis/bin_centers/data",
                      .type = H5T_IEEE_F64LE,
                      .memory = H5T_NATIVE_DOUBLE,
                      .rank = 3,
                      .shape = {1, 4, 2},
                      .values = places};
    H5Dclose(make_dataset(file, &data));
    H5Fclose(file);
    nsr_field field = flat(path, 4), other = flat(path, 5);
    snprintf(field.format, sizeof field.format, "nwb");
    snprintf(field.path, sizeof field.path, "/processing/analysis/posterior/data");
    memcpy(other.format, field.format, sizeof field.format);
    memcpy(other.path, field.path, sizeof field.path);
    if (CHECK(nsr_environment_find(&env, comm, &config, &field, &err))) {
        CHECK(env.shape == NSR_SHAPE_POINTS && memcmp(env.centers, places, sizeof places) == 0);
        CHECK_TEXT(env.origin, "/processing/analysis/bin_centers/data");
        nsr_environment_free(&env);
    }
    check_refused(&config, &other, NSR_EDATA, "has 5 bins, the environment");
}

int main(void) {
    if (!mkdtemp(make_folder)) return 1;
    H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    nsr_log_open(NSR_LOG_ERROR, true);
    comm = nsr_comm_open_alone();
    check_shapes();
    check_cubes();
    check_coordinates();
    check_tables();
    check_named();
    check_mask();
    check_saved_grids();
    check_hexagons();
    check_tracks();
    check_meshes();
    check_points();
    check_slices();
    check_nothing_to_slice();
    check_spare_cells();
    check_beside();
    nsr_comm_close(comm);
    make_clean();
    return check_done();
}
