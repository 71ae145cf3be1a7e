/* SPDX-License-Identifier: MIT */
/* The command line: forms of values, defaults, lists, canonical text and back, messages for mistakes, sane tables. */
#include "check.h"
#include <ctype.h>
#include <nsrender/command.h>
#include <nsrender/sink.h>
#include <stdlib.h>

enum { MOST_WORDS = 24 };

/* One parsed line; `text` holds the words. */
typedef struct line {
    char text[512];
    char *words[MOST_WORDS];
    nsr_config config;
    nsr_err err;
    bool good;
} line;

static void parse(line *l, const char *text) {
    int n = 0;
    memset(l, 0, sizeof *l);
    snprintf(l->text, sizeof l->text, "nsrender-mpi %s", text);
    for (char *word = strtok(l->text, " "); word && n < MOST_WORDS - 1; word = strtok(NULL, " "))
        l->words[n++] = word;
    l->good = nsr_parse(&l->config, &nsr_this_program, n, l->words, &l->err);
}

static void refuse(const char *text, const char *message) {
    line l;
    parse(&l, text);
    if (!CHECK(!l.good) || !CHECK_EQ(l.err.code, NSR_EUSAGE) || !CHECK_HAS(l.err.msg, message))
        fprintf(stderr, "  line: %s\n  said: %s\n", text, l.err.msg);
    nsr_config_free(&l.config);
}

static void accept(line *l, const char *text) {
    parse(l, text);
    if (!CHECK(l->good)) fprintf(stderr, "  line: %s\n  said: %s\n", text, l->err.msg);
}

static void test_defaults(void) {
    nsr_config c;
    nsr_config_defaults(&c, &nsr_all_options);
    CHECK_EQ(c.run.threads, NSR_NOT_GIVEN);
    CHECK_EQ(c.run.memory.n, 0);
    CHECK_TEXT(c.run.progress, "auto");
    CHECK(isnan(c.show.vmin) && isnan(c.show.vmax) && isnan(c.input_as.sampling_rate));
    CHECK(!c.input_as.axes && !c.input_as.origin && !c.output.dir && !c.input_as.frames.given);
    CHECK_TEXT(c.show.cmap, "viridis");
    CHECK_EQ(c.video.fps, 30);
    CHECK_EQ(c.video.crf, 18);
    CHECK_CLOSE(c.video.speed, 1, 0);
    CHECK_TEXT(c.video.preset, "ultrafast");
    CHECK_EQ(c.output.format.n, 0);
    CHECK_EQ(c.output.segment_frames, NSR_NOT_GIVEN);
    CHECK_EQ(c.synth.frames, 10000);
    CHECK_CLOSE(c.synth.nan_share, 0.001, 0);
}

static void test_forms(void) {
    line l;
    accept(&l, "render in.h5 -o out.nsr --size 800x600 --frames 10:20:3 --time=:60.5 --memory 1.5G --vmin -2.5e-3 "
               "--field a,b --field c --share 3/16 --every-frame --threads=2 -q");
    CHECK_EQ(l.config.command, NSR_CMD_RENDER);
    CHECK_TEXT(l.config.input, "in.h5");
    CHECK_TEXT(l.config.output.dir, "out.nsr");
    CHECK_EQ(l.config.show.size.w, 800);
    CHECK_EQ(l.config.show.size.h, 600);
    CHECK_EQ(l.config.input_as.frames.first, 10);
    CHECK_EQ(l.config.input_as.frames.end, 20);
    CHECK_EQ(l.config.input_as.frames.step, 3);
    CHECK(l.config.input_as.frames.given && !l.config.input_as.frames.open_end);
    CHECK(isinf(l.config.input_as.time.first) && l.config.input_as.time.first < 0);
    CHECK_CLOSE(l.config.input_as.time.end, 60.5, 0);
    CHECK_EQ(l.config.run.memory.n, INT64_C(1610612736));
    CHECK_CLOSE(l.config.show.vmin, -2.5e-3, 0);
    CHECK_EQ(l.config.input_as.field.n, 3);
    CHECK_TEXT(l.config.input_as.field.item[1], "b");
    CHECK_TEXT(l.config.input_as.field.item[2], "c");
    CHECK_EQ(l.config.output.share.k, 3);
    CHECK_EQ(l.config.output.share.n, 16);
    CHECK(l.config.video.every_frame && l.config.run.quiet && !l.config.run.verbose);
    CHECK_EQ(l.config.run.threads, 2);
    nsr_config_free(&l.config);
}

static void test_same_name(void) {
    line l;
    accept(&l, "synth out.h5 --frames 77 --grid 3x5 --sampling-rate 10");
    CHECK_EQ(l.config.synth.frames, 77);
    CHECK_TEXT(l.config.synth.grid, "3x5");
    CHECK(!l.config.input_as.frames.given && !l.config.input_as.grid);
    accept(&l, "plan in.h5 --frames :77 --grid 3x5");
    CHECK_EQ(l.config.synth.frames, 10000);
    CHECK_EQ(l.config.input_as.frames.end, 77);
    CHECK_TEXT(l.config.input_as.grid, "3x5");
}

static void test_frames_open(void) {
    line l;
    accept(&l, "range in --frames 5:");
    CHECK(l.config.input_as.frames.open_end);
    CHECK_EQ(l.config.input_as.frames.first, 5);
    accept(&l, "range in --frames ::10");
    CHECK(l.config.input_as.frames.open_end);
    CHECK_EQ(l.config.input_as.frames.step, 10);
}

static void test_words(void) {
    line l;
    accept(&l, "range -- -strange");
    CHECK_TEXT(l.config.input, "-strange");
    accept(&l, "range -");
    CHECK_TEXT(l.config.input, "-");
    accept(&l, "render -oout in --format png,video --format hash");
    CHECK_TEXT(l.config.output.dir, "out");
    CHECK_EQ(l.config.output.format.n, 3);
    nsr_config_free(&l.config);
    accept(&l, "render in -o out --crf 3 --crf 4");
    CHECK_EQ(l.config.video.crf, 4);
    accept(&l, "help verify");
    CHECK(l.config.run.help && l.config.command == NSR_CMD_VERIFY);
    accept(&l, "render --help");
    CHECK(l.config.run.help && l.config.command == NSR_CMD_RENDER);
    accept(&l, "--version --json");
    CHECK(l.config.run.version && l.config.run.json && l.config.command == 0);
}

static void test_refused_words(void) {
    refuse("", "no command given");
    refuse("--json", "no command given");
    refuse("rendr in", "unknown command 'rendr'; did you mean 'render'? (see nsrender-mpi --help)");
    refuse("xyzzy", "unknown command 'xyzzy' (see");
    refuse("help rendr", "did you mean 'render'");
    refuse("render in -o out --formt png",
           "unknown option '--formt'; did you mean '--format'? (see nsrender-mpi render --help)");
    refuse("render in -o out --frmaes 1:2", "did you mean '--frames'?");
    refuse("render in -o out --qqqqqqqq", "unknown option '--qqqqqqqq' (see");
    refuse("render in -o out -z", "unknown option '-z'");
    refuse("render in -o out --gzip-level 3", "render takes no --gzip-level; it belongs to synth");
    refuse("render in -o out --man", "--man stands alone");
    refuse("--threads 3 render in", "--threads comes behind the command");
    refuse("render -o out", "render: INPUT is missing");
    refuse("render in", "render: --output BUNDLE is missing");
    refuse("render a b -o out", "unexpected 'b'");
    refuse("status", "BUNDLE is missing");
    refuse("render in -o out --quiet=yes", "--quiet takes no value");
    refuse("render in -o out --crf", "--crf needs a value: --crf N");
    refuse("render in -o out --crf=", "--crf needs a value");
    refuse("render in -o --replace", "--output needs a value");
}

static void test_refused_values(void) {
    refuse("render in -o out --crf 3x", "'3x' is not a whole number");
    refuse("render in -o out --crf 52", "52 is out of range; it must lie between 0 and 51");
    refuse("render in -o out --crf 99999999999999999999", "is not a whole number");
    refuse("render in -o out --crf 0x10", "is not a whole number");
    refuse("render in -o out --vmin nan", "'nan' is not a number");
    refuse("render in -o out --vmin 1e999", "is not a number");
    refuse("render in -o out --vmin 1,5", "is not a number");
    refuse("render in -o out --speed 0", "out of range");
    refuse("render in -o out --io drect", "did you mean 'direct'? Choose auto, direct, hdf5 or mpio");
    refuse("render in -o out --io qqq", "unknown value 'qqq'; choose auto");
    refuse("render in -o out --format pngg", "did you mean 'png'?");
    refuse("render in -o out --format png,,video", "empty name");
    refuse("render in -o out --format png,video,png", "'png' is named twice");
    refuse("render in -o out --field a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q", "more than 16 names");
    refuse("render in -o out --size 800", "is not a size");
    refuse("render in -o out --size 1x100000", "out of range");
    refuse("render in -o out --frames 5", "is not a range of frames");
    refuse("render in -o out --frames -5:", "is not a range of frames");
    refuse("render in -o out --frames 1:2:3:4", "is not a range of frames");
    refuse("render in -o out --frames 5:5", "has no frame");
    refuse("render in -o out --frames 0:9:0", "step must be at least 1");
    refuse("render in -o out --time 5", "is not a time range");
    refuse("render in -o out --time 5:5", "is empty");
    refuse("render in -o out --memory 64Q", "is not a size");
    refuse("render in -o out --memory M", "is not a size");
    refuse("render in -o out --memory -5M", "is not a size");
    refuse("render in -o out --memory 1e30", "is not a size");
    refuse("render in -o out --share 0/4", "is not a share");
    refuse("render in -o out --share 5/4", "is not a share");
}

/* What is set by text gives a text that sets the same. */
static void round_trip(const nsr_opt *row, const char *name, const char *text) {
    nsr_config a, b;
    nsr_err err = {0};
    char first[4096], second[4096];
    nsr_config_defaults(&a, &nsr_all_options);
    nsr_config_defaults(&b, &nsr_all_options);
    CHECK(nsr_config_set(&a, name, text, &err));
    nsr_option_text(&a, row, first, sizeof first);
    CHECK(nsr_config_set(&b, name, first, &err));
    nsr_option_text(&b, row, second, sizeof second);
    CHECK_TEXT(second, first);
    CHECK(!*text || nsr_option_given(&a, row) || (row->def && strcmp(row->def, text) == 0));
    CHECK_TEXT(err.msg, "");
    nsr_config_free(&a);
    nsr_config_free(&b);
}

static const nsr_opt *find(const char *name) {
    for (size_t t = 0; t < nsr_all_options.n; t++)
        for (size_t i = 0; i < nsr_all_options.table[t]->n; i++)
            if (strcmp(nsr_all_options.table[t]->rows[i].name, name) == 0) return &nsr_all_options.table[t]->rows[i];
    fprintf(stderr, "no row %s\n", name);
    exit(1);
}

static void test_text(void) {
    static const char *const cases[][2] = {
        {"frames", "3:9:2"}, {"frames", ":"}, {"frames", "7:"}, {"time", "0.1:"}, {"time", ":0.3"}, {"time", ":"},
        {"vmin", "0.1"}, {"vmax", "-1e-300"}, {"size", "64x32"}, {"size", "auto"}, {"memory", "64M"}, {"crf", "0"},
        {"share", "2/3"}, {"field", "a,b"}, {"field", "one"}, {"format", "video,png"}, {"every-frame", "true"},
        {"every-frame", ""}, {"cmap", "magma_r"}, {"vmin", ""}, {"field", ""}, {"threads", ""}, {"clock", "file"},
    };
    for (size_t i = 0; i < NSR_COUNTOF(cases); i++)
        round_trip(find(cases[i][0]), cases[i][0], cases[i][1]);
    nsr_config c;
    nsr_err err = {0};
    char text[100];
    nsr_config_defaults(&c, &nsr_all_options);
    CHECK(nsr_config_set(&c, "replace", NULL, &err));
    CHECK(c.output.replace);
    nsr_option_text(&c, find("vmin"), text, sizeof text);
    CHECK_TEXT(text, "");
    nsr_option_text(&c, find("frames"), text, sizeof text);
    CHECK_TEXT(text, "");
    CHECK(nsr_config_set(&c, "time", "1:2.5", &err));
    nsr_option_text(&c, find("time"), text, sizeof text);
    CHECK_TEXT(text, "1:2.5");
    CHECK(!nsr_config_set(&c, "no-such", "1", &err));
    CHECK_EQ(err.code, NSR_EUSAGE);
    nsr_config_free(&c);
}

static void test_nearest(void) {
    static const char *const words[] = {"render", "resume", "range"};
    CHECK_TEXT(nsr_nearest("rendre", words, 3), "render");
    CHECK_TEXT(nsr_nearest("rnage", words, 3), "range");
    CHECK_TEXT(nsr_nearest("resum", words, 3), "resume");
    CHECK(!nsr_nearest("quux", words, 3));
    CHECK(!nsr_nearest("", words, 3));
    CHECK(!nsr_nearest("a-word-that-is-longer-than-any-option-could-ever-be-and-then-some-more", words, 3));
}

/* What --help shows and parsing needs; a contributor's new row is held to it. */
static void check_row(const nsr_opt *row) {
    nsr_config c;
    nsr_err err = {0};
    nsr_config_defaults(&c, &nsr_all_options);
    CHECK(row->commands != 0);
    CHECK(row->help && isupper((unsigned char)row->help[0]) && row->help[strlen(row->help) - 1] != '.');
    CHECK((row->arg == NULL) == (row->type == NSR_OPT_FLAG));
    CHECK(row->type != NSR_OPT_FLAG || !row->def);
    CHECK(row->at < sizeof c);
    for (const char *p = row->name; *p; p++)
        CHECK(islower((unsigned char)*p) || isdigit((unsigned char)*p) || *p == '-');
    CHECK(!nsr_option_given(&c, row));
    c.command = row->commands & NSR_CMD_ALL;
    CHECK(!row->def || nsr_config_set(&c, row->name, row->def, &err));
    nsr_config_free(&c);
}

static bool clash(const nsr_opt *a, const nsr_opt *b) {
    return a != b && strcmp(a->name, b->name) == 0 && (a->commands & b->commands);
}

static void count_row(const nsr_opt *row, void *user) {
    (void)row;
    ++*(int *)user;
}

static void test_tables(void) {
    int n = 0;
    for (size_t t = 0; t < nsr_all_options.n; t++)
        for (size_t i = 0; i < nsr_all_options.table[t]->n; i++) {
            check_row(&nsr_all_options.table[t]->rows[i]);
            for (size_t u = 0; u < nsr_all_options.n; u++)
                for (size_t k = 0; k < nsr_all_options.table[u]->n; k++)
                    CHECK(!clash(&nsr_all_options.table[t]->rows[i], &nsr_all_options.table[u]->rows[k]));
        }
    nsr_options_each(&nsr_all_options, NSR_CHANGES_VIDEO, count_row, &n);
    CHECK_EQ(n, 7);
}

/* Every option of the help groups is taken by a command that is to show it. */
static void test_help_groups(void) {
    const nsr_program *program = &nsr_this_program;
    for (size_t g = 0; g < program->n_help_groups; g++)
        for (size_t i = 0; program->help_group[g].option[i].name; i++)
            CHECK(find(program->help_group[g].option[i].name)->commands & program->help_group[g].option[i].commands);
}

int main(void) {
    test_defaults();
    test_forms();
    test_same_name();
    test_frames_open();
    test_words();
    test_refused_words();
    test_refused_values();
    test_text();
    test_nearest();
    test_tables();
    test_help_groups();
    return check_done();
}
