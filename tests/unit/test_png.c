/* SPDX-License-Identifier: MIT */
/* The png, hash and null sinks through the life of a segment: pixels decoded by libpng equal the levels' colours, parts
   are whole or absent, damage is seen. */
#include "sink/kinds.h"
#include "check.h"
#include <dirent.h>
#include <png.h>
#include <stdlib.h>
#include <unistd.h>

enum { BINS = 300, FRAMES = 7, SEGMENT = 3, STEP = 5, FIRST = 100 };
static float values[FRAMES * BINS];
static char dir[] = "/tmp/nsr-png-XXXXXX";
static nsr_err err;

static nsr_config config;
static nsr_field field = {.type = NSR_F32, .n_frames = 1000, .n_bins = BINS};
static nsr_environment env = {.layout = "grid", .shape = NSR_SHAPE_GRID, .nx = 20, .ny = 15, .n_bins = BINS,
                              .n_active = BINS};
static nsr_picture picture;
static nsr_palette palette;
static nsr_color_limits limits = {0, 1};
static nsr_plan plan = {FIRST, STEP, FRAMES, SEGMENT, (FRAMES + SEGMENT - 1) / SEGMENT};
static nsr_job job = {.config = &config,
                      .field = &field,
                      .env = &env,
                      .picture = &picture,
                      .palette = &palette,
                      .limits = &limits,
                      .plan = &plan,
                      .dir = dir,
                      .run = "test"};

/* Frame 0: every level in turn, so that there are too many for a palette; frame 1 has few; the rest is a slope. */
static void fill(void) {
    for (int f = 0; f < FRAMES; f++)
        for (int b = 0; b < BINS; b++) {
            float v = f == 0 ? (float)(b % 256) / 256 : f == 1 ? (float)(b % 3) / 4 : (float)((f * 31 + b) % 200) / 199;
            values[f * BINS + b] = b == 299 ? NAN : v;
        }
}

static void set_size(int w, int h) {
    nsr_picture_free(&picture);
    config.show.size = (nsr_size){w, h};
    CHECK(nsr_layout_map(&picture, &env, &config, &err));
}

/* One segment from begin to commit, in batches of two frames. */
static bool make_segment(nsr_sink *sink, int64_t segment, nsr_part *part, nsr_clip *clip) {
    static char worker[8] = "a";
    nsr_span shown = nsr_plan_segment(&plan, segment);
    nsr_joined_file joined = {.file.fd = -1, .worker = worker};
    nsr_part_writer writer = {
        .sink = sink, .segment = segment, .shown = shown, .joined = &joined, .own = calloc(1, sink->kind->writer_size)};
    nsr_batch batch;
    err = (nsr_err){0};
    bool good = nsr_batch_open(&batch, &job, 2, &err) && (!sink->kind->start || sink->kind->start(sink, &err)) &&
                sink->kind->begin(&writer, &err);
    batch.clip = clip;
    for (int64_t at = shown.first; good && at < shown.end; at += 2) {
        nsr_span some = {at, at + 2 < shown.end ? at + 2 : shown.end};
        nsr_batch_offer(&batch, some, values + at * BINS, NULL, false);
        good = sink->kind->write(&writer, &batch, &err);
        nsr_batch_count(&batch);
    }
    good = good && sink->kind->commit(&writer, part, &err);
    if (!good) sink->kind->drop(&writer);
    worker[0]++;
    nsr_joined_file_close(&joined, &err);
    nsr_batch_close(&batch);
    free(writer.own);
    return good;
}

static bool decode(const char *name, png_image *image, unsigned char **rgb) {
    char path[NSR_PATH];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    *image = (png_image){.version = PNG_IMAGE_VERSION};
    if (!png_image_begin_read_from_file(image, path)) return false;
    image->format = PNG_FORMAT_RGB;
    *rgb = malloc(PNG_IMAGE_SIZE(*image));
    return png_image_finish_read(image, NULL, *rgb, 0, NULL) != 0;
}

static int expected_level(int frame, int column, int row) {
    int c = (column - picture.x) / picture.sx, r = (row - picture.y) / picture.sy;
    if (column < picture.x || row < picture.y || c >= 20 || r >= 15) return NSR_LEVEL_BACKGROUND;
    float v = values[frame * BINS + r * 20 + c];
    int level = isnan(v) ? NSR_LEVEL_NODATA : (int)((double)v * 256);
    return level == 256 && !isnan(v) ? 255 : level;
}

static void check_frame(const char *name, int frame) {
    png_image image;
    unsigned char *rgb = NULL;
    if (CHECK(decode(name, &image, &rgb)) && CHECK_EQ(image.width, picture.w) && CHECK_EQ(image.height, picture.h)) {
        int64_t wrong = 0;
        for (int row = 0; row < picture.h; row++)
            for (int column = 0; column < picture.w; column++) {
                nsr_rgb want = palette.level[expected_level(frame, column, row)];
                unsigned char *is = rgb + 3 * ((size_t)row * (size_t)picture.w + (size_t)column);
                wrong += is[0] != want.r || is[1] != want.g || is[2] != want.b;
            }
        CHECK_EQ(wrong, 0);
    }
    free(rgb);
}

/* Color type byte of the file: 3 palette, 2 RGB. */
static int color_type(const char *name) {
    char path[NSR_PATH];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    size_t bytes = 0;
    char *data = nsr_file_get(path, &bytes, &err);
    int type = data && bytes > 25 ? data[25] : -1;
    free(data);
    return type;
}

static void test_pixels(void) {
    static const int sizes[][2] = {{0, 0}, {340, 330}, {20, 16}, {800, 600}};
    static const char *const names[FRAMES] = {"frames/000000/frame_0000100.png", "frames/000000/frame_0000105.png",
                                              "frames/000000/frame_0000110.png", "frames/000001/frame_0000115.png",
                                              "frames/000001/frame_0000120.png", "frames/000001/frame_0000125.png",
                                              "frames/000002/frame_0000130.png"};
    for (int s = 0; s < 4; s++) {
        set_size(sizes[s][0], sizes[s][1]);
        nsr_sink sink = {&nsr_sink_png, &job, NULL};
        nsr_clip clip = {0};
        for (int64_t segment = 0; segment < plan.n_segments; segment++) {
            nsr_part part = {0};
            char why[200] = "";
            CHECK(make_segment(&sink, segment, &part, &clip));
            CHECK_EQ(part.frames, segment < 2 ? 3 : 1);
            CHECK(sink.kind->check(&sink, segment, &part, true, why, sizeof why));
        }
        for (int f = 0; f < FRAMES; f++) check_frame(names[f], f);
        CHECK_EQ(color_type(names[0]), 2); /* 256 colours and no data: 257 */
        CHECK_EQ(color_type(names[1]), 3);
        CHECK_EQ(clip.nodata, FRAMES);
        CHECK_EQ(clip.below + clip.above, 0);
    }
}

static int entries(const char *name) {
    char path[NSR_PATH];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    DIR *d = opendir(path);
    int n = 0;
    while (d && readdir(d)) n++;
    if (d) closedir(d);
    return d ? n - 2 : -1;
}

static void test_damage(void) {
    nsr_sink sink = {&nsr_sink_png, &job, NULL};
    nsr_part part = {0}, again = {0};
    char why[200], path[NSR_PATH];
    set_size(0, 0);
    CHECK(make_segment(&sink, 0, &part, NULL) && make_segment(&sink, 0, &again, NULL));
    CHECK_TEXT(again.hash, part.hash);
    CHECK_EQ(again.bytes, part.bytes);
    CHECK_EQ(part.files, 3);
    CHECK_TEXT(part.path, "frames/000000");
    snprintf(path, sizeof path, "%s/frames/000000/frame_0000105.png", dir);
    CHECK(truncate(path, 50) == 0);
    CHECK(sink.kind->check(&sink, 0, &part, false, why, sizeof why));
    CHECK(!sink.kind->check(&sink, 0, &part, true, why, sizeof why));
    CHECK_HAS(why, "changed");
    CHECK(unlink(path) == 0);
    CHECK(!sink.kind->check(&sink, 0, &part, false, why, sizeof why));
    sink.kind->erase(&sink, 0);
    CHECK(!sink.kind->check(&sink, 0, &part, false, why, sizeof why));
    CHECK_HAS(why, "missing");
}

/* A dropped segment leaves nothing. */
static void test_drop(void) {
    nsr_sink sink = {&nsr_sink_png, &job, NULL};
    nsr_sink_png.erase(&sink, 0), nsr_sink_png.erase(&sink, 1), nsr_sink_png.erase(&sink, 2);
    nsr_part_writer writer = {
        .sink = &sink, .segment = 1, .shown = nsr_plan_segment(&plan, 1), .own = calloc(1, nsr_sink_png.writer_size)};
    CHECK(nsr_sink_png.begin(&writer, &err));
    CHECK_EQ(entries("frames"), 1);
    nsr_sink_png.drop(&writer);
    nsr_sink_png.drop(&writer);
    CHECK_EQ(entries("frames"), 0);
    free(writer.own);
    job.dir = "/proc/nowhere";
    nsr_part part;
    CHECK(!make_segment(&sink, 0, &part, NULL));
    CHECK_EQ(err.code, NSR_ECREATE);
    job.dir = dir;
}

/* Lines in frame order; a repaired segment is joined with what the last join left. */
static void test_hash(void) {
    nsr_sink sink = {&nsr_sink_hash, &job, NULL};
    nsr_comm *alone = nsr_comm_open_alone();
    nsr_part parts[3] = {0};
    char path[NSR_PATH], why[200];
    for (int64_t segment = 2; segment >= 0; segment--)
        CHECK(make_segment(&sink, segment, &parts[segment], NULL));
    CHECK(sink.kind->check(&sink, 1, &parts[1], true, why, sizeof why));
    CHECK(sink.kind->join(&sink, alone, parts, 3, &err));
    snprintf(path, sizeof path, "%s/hashes.txt", dir);
    char *first = nsr_file_get(path, NULL, &err);
    CHECK_EQ(strncmp(first, "100 ", 4), 0);
    CHECK_HAS(first, "\n130 ");
    for (int64_t segment = 0; segment < 3; segment++)
        CHECK(sink.kind->check(&sink, segment, &parts[segment], true, why, sizeof why));
    CHECK(make_segment(&sink, 1, &parts[1], NULL));
    CHECK_HAS(parts[1].path, "parts/hash/");
    CHECK(sink.kind->join(&sink, alone, parts, 3, &err));
    char *second = nsr_file_get(path, NULL, &err);
    CHECK_TEXT(second, first);
    CHECK(truncate(path, 100) == 0);
    CHECK(sink.kind->check(&sink, 0, &parts[0], false, why, sizeof why) == (parts[0].bytes <= 100));
    CHECK(!sink.kind->check(&sink, 2, &parts[2], false, why, sizeof why));
    strcpy(parts[0].path, "../../etc/passwd");
    CHECK(!sink.kind->check(&sink, 0, &parts[0], false, why, sizeof why));
    free(first), free(second);
    nsr_comm_close(alone);
}

/* The hash is of the levels on the whole picture, margins included. */
static void test_hash_of_levels(void) {
    set_size(800, 602);
    nsr_sink sink = {&nsr_sink_hash, &job, NULL};
    nsr_part part = {0};
    CHECK(make_segment(&sink, 2, &part, NULL));
    uint16_t *levels = malloc(800 * 602 * sizeof *levels);
    for (int row = 0; row < 602; row++)
        for (int column = 0; column < 800; column++)
            levels[row * 800 + column] = (uint16_t)expected_level(6, column, row);
    char want[NSR_HASH_CHARS], line[80], path[NSR_PATH];
    nsr_hash_of(levels, 800 * 602 * sizeof *levels, want);
    snprintf(line, sizeof line, "130 %s\n", want);
    snprintf(path, sizeof path, "%s/%s", dir, part.path);
    char *text = nsr_file_get(path, NULL, &err);
    CHECK_TEXT(text, line);
    free(text), free(levels);
}

static void test_null(void) {
    nsr_sink sink = {&nsr_sink_null, &job, NULL};
    nsr_part part = {0};
    nsr_clip clip = {0};
    CHECK(make_segment(&sink, 0, &part, &clip));
    CHECK_EQ(part.frames, 3);
    CHECK_EQ(clip.nodata, 3);
}

int main(void) {
    CHECK(mkdtemp(dir) != NULL);
    CHECK(nsr_palette_make(&palette, "viridis", "lightgray", "white", &err));
    fill();
    test_pixels();
    test_damage();
    test_drop();
    test_hash();
    test_hash_of_levels();
    test_null();
    nsr_picture_free(&picture);
    CHECK(nsr_remove_tree(dir, &err));
    return check_done();
}
