/* SPDX-License-Identifier: MIT */
/* The synthetic recording as a pure function of (seed, frame, bin): random numbers are hashes of these three, so that
   any rank or thread can compute any frame, with the same bytes. */
#include "synth.h"
#include <math.h>
#include <stdlib.h>

/* Streams of independent random numbers, by purpose. */
enum { PATH, GAP_HERE, GAP_LENGTH, GAP_START, REPLAY_HERE, REPLAY_FROM, REPLAY_TO, JITTER, NOISE };

static uint64_t mix(uint64_t x) { /* the finaliser of SplitMix64 */
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

static uint64_t random_bits(const nsr_synth_model *model, int stream, int64_t i) {
    return mix(mix(model->seed + (uint64_t)stream * 0x9e3779b97f4a7c15u) ^ (uint64_t)i * 0xd1342543de82ef95u);
}

static double uniform(const nsr_synth_model *model, int stream, int64_t i) { /* 0 <= u < 1 */
    return (double)(random_bits(model, stream, i) >> 11) * 0x1p-53;
}

/* --- the arena and the walk --- */

static void mark_arena(nsr_synth_model *model) {
    for (int row = 0, bin = 0; row < model->rows; row++) {
        double y = (2.0 * row + 1 - model->rows) / model->rows;
        for (int col = 0; col < model->cols; col++, bin++) {
            double x = (2.0 * col + 1 - model->cols) / model->cols;
            bool in = x * x + y * y <= 1;
            model->inside[bin] = in ? 1 : 0;
            model->hole[bin] = in ? 0 : NAN;
        }
    }
}

/* Frequencies without a common period; the seed bends them a little and chooses the phases. */
static void choose_walk(nsr_synth_model *model) {
    static const double amplitude[SYNTH_WAVES] = {0.44, 0.28, 0.16, 0.07};
    static const double hertz[2][SYNTH_WAVES] = {{0.071, 0.173, 0.389, 0.811}, {0.053, 0.197, 0.347, 0.907}};
    for (int i = 0; i < 2 * SYNTH_WAVES; i++) {
        int axis = i / SYNTH_WAVES, k = i % SYNTH_WAVES;
        double bend = 0.9 + 0.2 * uniform(model, PATH, 2 * i), turn = uniform(model, PATH, 2 * i + 1);
        model->wave[axis][k] = (nsr_synth_wave){amplitude[k], 2 * M_PI * hertz[axis][k] * bend, 2 * M_PI * turn};
    }
}

bool nsr_synth_model_open(nsr_synth_model *model, int rows, int cols, const nsr_config *config, nsr_err *err) {
    size_t n = (size_t)rows * (size_t)cols;
    *model = (nsr_synth_model){.seed = mix((uint64_t)config->synth.seed),
                               .rows = rows,
                               .cols = cols,
                               .rate = config->synth.sampling_rate,
                               .nan_share = config->synth.nan_share,
                               .inside = malloc(n * sizeof(float)),
                               .hole = malloc(n * sizeof(float))};
    if (!model->inside || !model->hole) return nsr_fail(err, NSR_EINTERNAL, "out of memory for %zu bins", n);
    mark_arena(model);
    choose_walk(model);
    return true;
}

void nsr_synth_model_close(nsr_synth_model *model) {
    free(model->inside);
    free(model->hole);
    model->inside = model->hole = NULL;
}

static double swing(const nsr_synth_wave *wave, double t) {
    double sum = 0;
    for (int k = 0; k < SYNTH_WAVES; k++)
        sum += wave[k].amplitude * sin(wave[k].omega * t + wave[k].phase);
    return sum;
}

/* Maps the square [-1, 1]^2 to the unit disc. */
static void into_disc(double u, double v, double xy[2]) {
    xy[0] = u * sqrt(1 - v * v / 2);
    xy[1] = v * sqrt(1 - u * u / 2);
}

static void walk(const nsr_synth_model *model, int64_t frame, double xy[2]) {
    double t = (double)frame / model->rate;
    into_disc(swing(model->wave[0], t), swing(model->wave[1], t), xy);
}

/* From a coordinate of the unit disc to cells; the centre of the first cell is 0. */
static double cell(double unit, int n) { return 0.5 * (n - 1) * (1 + unit); }

void nsr_synth_position(const nsr_synth_model *model, int64_t frame, double xy[2]) {
    walk(model, frame, xy);
    xy[0] = cell(xy[0], model->cols);
    xy[1] = cell(xy[1], model->rows);
}

/* --- the decoder --- */

/* Is the frame in a gap without data? Each stretch of frames has at most one, short unless the share demands more. */
static bool in_gap(const nsr_synth_model *model, int64_t frame) {
    enum { STRETCH = 256, SHORTEST = 8, TYPICAL = 16 };
    int64_t stretch = frame / STRETCH;
    double want = model->nan_share * STRETCH, run = want > TYPICAL ? want : TYPICAL;
    if (uniform(model, GAP_HERE, stretch) >= want / run) return false;
    int64_t variation =
        want > TYPICAL ? 0 : (int64_t)(random_bits(model, GAP_LENGTH, stretch) % (2 * (TYPICAL - SHORTEST) + 1));
    int64_t length = want > TYPICAL ? (int64_t)(want + 0.5) : SHORTEST + variation;
    int64_t start = (int64_t)(random_bits(model, GAP_START, stretch) % (uint64_t)(STRETCH - length + 1));
    int64_t i = frame % STRETCH;
    return i >= start && i < start + length;
}

/* A bump is separable, exp(-dx^2) * exp(-dy^2): one short vector per axis. */
static void bump(float *along, int n, double centre, double width, double weight) {
    double k = -0.5 / (width * width);
    for (int i = 0; i < n; i++)
        along[i] = (float)(weight * exp(k * (i - centre) * (i - centre)));
}

typedef struct synth_bump {
    double x, y, weight;
} synth_bump;

/* The decoded position: the animal's, with some error, sweeping back and forth at 8 Hz. */
static synth_bump follow(const nsr_synth_model *model, int64_t frame) {
    double here[2], ahead[2], t = (double)frame / model->rate, sweep = sin(2 * M_PI * 8 * t);
    walk(model, frame, here);
    walk(model, frame + (int64_t)(0.1 * model->rate) + 1, ahead);
    double dx = uniform(model, JITTER, 2 * frame) - 0.5, dy = uniform(model, JITTER, 2 * frame + 1) - 0.5;
    return (synth_bump){here[0] + sweep * (ahead[0] - here[0]) + 0.08 * dx,
                        here[1] + sweep * (ahead[1] - here[1]) + 0.08 * dy, 1};
}

/* A replay: sometimes, for a fifth of a second, a second bump moves along another line and has most of the mass. */
static synth_bump replay(const nsr_synth_model *model, int64_t frame) {
    int64_t length = (int64_t)(0.2 * model->rate) + 4, window = frame / length;
    if (uniform(model, REPLAY_HERE, window) >= 0.08) return (synth_bump){0};
    double from[2], to[2], phase = ((double)(frame % length) + 0.5) / (double)length;
    into_disc(2 * uniform(model, REPLAY_FROM, 2 * window) - 1, 2 * uniform(model, REPLAY_FROM, 2 * window + 1) - 1,
              from);
    into_disc(2 * uniform(model, REPLAY_TO, 2 * window) - 1, 2 * uniform(model, REPLAY_TO, 2 * window + 1) - 1, to);
    return (synth_bump){from[0] + phase * (to[0] - from[0]), from[1] + phase * (to[1] - from[1]),
                        0.85 * sin(M_PI * phase)};
}

size_t nsr_synth_scratch(const nsr_synth_model *model) {
    return (size_t)model->rows * (size_t)model->cols + 2 * ((size_t)model->rows + (size_t)model->cols);
}

/* Noise of one bin, small for most bins. Only 32-bit multiplications, so that the loop over bins is vectorised. */
static inline float noise(uint32_t x) {
    x = (x ^ (x >> 16)) * 0x7feb352du;
    x = (x ^ (x >> 15)) * 0x846ca68bu;
    float u = (float)(int32_t)(x >> 8) * 0x1p-24f;
    return 0.016f * u * u * u * u;
}

static void weigh_bins(const nsr_synth_model *model, uint32_t key, const float *x[2], const float *y[2],
                       float *weights) {
    int cols = model->cols;
    for (int row = 0; row < model->rows; row++) {
        float *restrict out = weights + (size_t)row * (size_t)cols;
        const float *restrict x0 = x[0], *restrict x1 = x[1];
        const float *restrict inside = model->inside + (size_t)row * (size_t)cols;
        float y0 = y[0][row], y1 = y[1][row];
        uint32_t base = key + (uint32_t)row * (uint32_t)cols * 0x9e3779b9u;
        for (int col = 0; col < cols; col++)
            out[col] = inside[col] * (y0 * x0[col] + y1 * x1[col] + noise(base + (uint32_t)col * 0x9e3779b9u));
    }
}

/* The sum in a fixed order of lanes, so that it is vectorised and the same for every compiler. */
static double sum_lanes(const float *weights, size_t n) {
    enum { LANES = 8 };
    double lane[LANES] = {0}, sum = 0;
    size_t whole = n - n % LANES;
    for (size_t i = 0; i < whole; i += LANES)
        for (int k = 0; k < LANES; k++)
            lane[k] += (double)weights[i + (size_t)k];
    for (size_t i = whole; i < n; i++)
        sum += (double)weights[i];
    for (int k = 0; k < LANES; k++)
        sum += lane[k];
    return sum;
}

static void normalise(const float *restrict weights, const float *restrict hole, size_t n, nsr_type type,
                      void *values) {
    double scale = 1 / sum_lanes(weights, n);
    float scale32 = (float)scale;
    if (type == NSR_F32)
        for (size_t i = 0; i < n; i++)
            ((float *)values)[i] = weights[i] * scale32 + hole[i];
    else
        for (size_t i = 0; i < n; i++)
            ((double *)values)[i] = (double)weights[i] * scale + (double)hole[i];
}

static void blank(size_t n, nsr_type type, void *values) {
    for (size_t i = 0; i < n; i++)
        if (type == NSR_F32)
            ((float *)values)[i] = NAN;
        else
            ((double *)values)[i] = (double)NAN;
}

void nsr_synth_frame(const nsr_synth_model *model, int64_t frame, nsr_type type, void *values, float *scratch) {
    size_t n = (size_t)model->rows * (size_t)model->cols;
    if (in_gap(model, frame)) {
        blank(n, type, values);
        return;
    }
    int rows = model->rows, cols = model->cols;
    float *x[2] = {scratch + n, scratch + n + cols}, *y[2] = {scratch + n + 2 * cols, scratch + n + 2 * cols + rows};
    synth_bump bumps[2] = {follow(model, frame), replay(model, frame)};
    bumps[0].weight -= bumps[1].weight;
    double breath = 1 + 0.3 * sin(0.5 * (double)frame / model->rate);
    for (int i = 0; i < 2; i++) {
        bump(x[i], cols, cell(bumps[i].x, cols), fmax(0.5, cols / 14.0 * breath), bumps[i].weight);
        bump(y[i], rows, cell(bumps[i].y, rows), fmax(0.5, rows / 14.0 * breath), 1);
    }
    weigh_bins(model, (uint32_t)random_bits(model, NOISE, frame), (const float *[]){x[0], x[1]},
               (const float *[]){y[0], y[1]}, scratch);
    normalise(scratch, model->hole, n, type, values);
}
