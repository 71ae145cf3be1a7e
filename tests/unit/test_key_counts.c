/* SPDX-License-Identifier: MIT */
/* Exact percentiles against sorting, on arrays made to break them: any bits, ties, both zeros, denormals, one value,
   none; any split into calls, workers and hand-ins. Counted in passes over all values, and sifted by brackets that were
   judged from the values, or that are anything. */
#include "check.h"
#include <float.h>
#include <nsrender/field.h>
#include <stdlib.h>

enum { MOST = 20000 };
static const double percent[] = {0, 1e-9, 0.1, 1, 5, 25, 33.3, 50, 66.6, 75, 95, 99, 99.9, 99.9999, 100};
enum { N = sizeof percent / sizeof *percent };

static uint64_t state = 7;
static uint64_t next_random(void) {
    state ^= state << 13, state ^= state >> 7, state ^= state << 17;
    return state;
}

static double any_bits(nsr_type type) {
    uint64_t bits = next_random() * UINT64_C(0x9e3779b97f4a7c15);
    uint32_t low = (uint32_t)(bits >> 20);
    float f;
    double d;
    memcpy(&f, &low, sizeof f);
    memcpy(&d, &bits, sizeof d);
    return type == NSR_F32 ? (double)f : d;
}

enum { BITS, TIES, ZEROS, DENORMAL, NEAR, MIXED, NOTHING, CONSTANT, EXTREMES, N_KINDS };

static double value(nsr_type type, int kind) {
    double least = type == NSR_F32 ? (double)FLT_TRUE_MIN : DBL_TRUE_MIN;
    double most = type == NSR_F32 ? (double)FLT_MAX : DBL_MAX;
    uint64_t r = next_random();
    switch (kind) {
    case BITS: return any_bits(type);
    case TIES: return (double)(r % 3);
    case ZEROS: return r % 50 ? (r % 2 ? -0.0 : 0.0) : (double)(r % 7) - 3;
    case DENORMAL: return ((double)(r % 11) - 5) * least;
    case NEAR: return 1 + (double)(r % 9) * (type == NSR_F32 ? (double)FLT_EPSILON : DBL_EPSILON);
    case MIXED: return r % 5 == 0 ? NAN : r % 5 == 1 ? INFINITY : r % 5 == 2 ? -INFINITY : (double)(r % 1000) / 7 - 70;
    case NOTHING: return r % 3 == 0 ? NAN : r % 3 == 1 ? INFINITY : -INFINITY;
    case CONSTANT: return 3.25;
    default: return r % 2 ? most : -most / 2;
    }
}

static float floats[MOST];
static double doubles[MOST], sorted[MOST];

static void fill(nsr_type type, int kind, size_t n) {
    for (size_t i = 0; i < n; i++) {
        doubles[i] = value(type, kind);
        if (type == NSR_F32) doubles[i] = floats[i] = (float)doubles[i];
    }
}

static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int64_t sort_finite(size_t n) {
    int64_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (isfinite(doubles[i])) sorted[kept++] = doubles[i];
    qsort(sorted, (size_t)kept, sizeof *sorted, by_value);
    return kept;
}

/* NumPy's rule, written down once more. */
static double plain(int64_t n, double p) {
    double at = (double)(n - 1) * (p / 100);
    int64_t low = (int64_t)floor(at), high = low + 1;
    if (low >= n - 1) low = high = n - 1;
    double part = at - (double)low, step = sorted[high] - sorted[low];
    return part < 0.5 ? sorted[low] + step * part : sorted[high] - step * (1 - part);
}

static int64_t count(int64_t n, double v, bool above) {
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++)
        found += above ? sorted[i] > v : sorted[i] < v;
    return found;
}

/* Workers that count in turns, pieces of odd lengths, a hand-in now and then. */
static void count_pass(nsr_key_counts *order, const void *values, size_t n, int workers, nsr_err *err) {
    nsr_tally tally[3];
    size_t size = nsr_type_size(order->type), piece;
    for (int w = 0; w < workers; w++)
        CHECK(nsr_tally_open(&tally[w], order, err));
    for (size_t done = 0; done < n; done += piece) {
        nsr_tally *mine = &tally[next_random() % (uint64_t)workers];
        piece = 1 + next_random() % 5000;
        if (piece > n - done) piece = n - done;
        nsr_tally_add(mine, order->type, (const char *)values + done * size, piece);
        if (next_random() % 4 == 0) nsr_tally_hand_in(mine, order);
    }
    for (int w = 0; w < workers; w++)
        nsr_tally_hand_in(&tally[w], order), nsr_tally_close(&tally[w]);
}

static bool same(double a, double b) { return a == b || (isnan(a) && isnan(b)); }

static void check_found(const nsr_key_counts *order, int64_t finite) {
    for (int i = 0; i < N; i++) {
        double is = nsr_key_counts_percentile(order, i), want = finite ? plain(finite, percent[i]) : NAN;
        CHECK(same(is, want));
        CHECK(!(is == 0 && signbit(is)));
        if (isfinite(is)) {
            CHECK_EQ(nsr_key_counts_below(order, i), count(finite, is, false));
            CHECK_EQ(nsr_key_counts_above(order, i), count(finite, is, true));
        }
    }
}

static void check_order(nsr_type type, size_t n, int workers, const nsr_comm *comm) {
    nsr_err err = {0};
    nsr_key_counts order;
    const void *values = type == NSR_F32 ? (const void *)floats : (const void *)doubles;
    int64_t finite = sort_finite(n);
    int passes = 0;
    if (!CHECK(nsr_key_counts_open(&order, type, percent, N, &err))) return;
    nsr_key_counts_expect(&order, finite);
    do
        count_pass(&order, values, n, workers, &err), passes++;
    while (nsr_key_counts_next(&order, comm, &err));
    CHECK(nsr_good(&err));
    CHECK_EQ(passes, finite == 0 ? 1 : type == NSR_F32 ? 2 : 4);
    check_found(&order, finite);
    nsr_key_counts_close(&order);
}

static void sift_pass(nsr_bracketed_counts *bracketed, const void *values, size_t n, int workers) {
    nsr_sifter sifter[3];
    size_t size = nsr_type_size(bracketed->type), piece;
    for (int w = 0; w < workers; w++)
        nsr_sifter_open(&sifter[w], bracketed);
    for (size_t done = 0; done < n; done += piece) {
        nsr_sifter *mine = &sifter[next_random() % (uint64_t)workers];
        piece = 1 + next_random() % 5000;
        if (piece > n - done) piece = n - done;
        nsr_sifter_add(mine, (const char *)values + done * size, piece);
        if (next_random() % 4 == 0) nsr_sifter_hand_in(mine, bracketed);
    }
    for (int w = 0; w < workers; w++)
        nsr_sifter_hand_in(&sifter[w], bracketed);
}

static int64_t count_neginf(size_t n) {
    int64_t found = 0;
    for (size_t i = 0; i < n; i++)
        found += doubles[i] == -INFINITY;
    return found;
}

/* True: the bracketed held all, and its percentiles are right. */
static bool check_sieve(nsr_bracketed_counts *bracketed, const void *values, size_t n, int workers,
                        const nsr_comm *comm) {
    nsr_err err = {0};
    nsr_key_counts order;
    int64_t finite = sort_finite(n);
    if (!CHECK(nsr_key_counts_open(&order, bracketed->type, percent, N, &err))) return false;
    sift_pass(bracketed, values, n, workers);
    nsr_key_counts_expect(&order, finite);
    bool held = finite > 0 && nsr_bracketed_settle(bracketed, &order, count_neginf(n), comm), more = held;
    while (more && CHECK(nsr_bracketed_count(bracketed, &order, comm, &err)))
        more = nsr_key_counts_next(&order, comm, &err);
    CHECK(nsr_good(&err));
    if (held) check_found(&order, finite);
    nsr_key_counts_close(&order);
    nsr_bracketed_close(bracketed);
    return held;
}

/* Rows of the array are the sample: every percentile lies in its bracket. */
static void check_judged(nsr_type type, size_t n, int workers, const nsr_comm *comm) {
    static double sample[MOST];
    enum { ROWS = 40 };
    nsr_bracketed_counts bracketed = {.type = type, .room = 64 << 20};
    const void *values = type == NSR_F32 ? (const void *)floats : (const void *)doubles;
    memcpy(sample, doubles, n * sizeof *sample);
    nsr_bracketed_make(&bracketed, sample, ROWS, (int)n / ROWS, percent, N, 1);
    if (!bracketed.n) return;
    CHECK(check_sieve(&bracketed, values, n, workers, comm));
    bracketed.room = 0; /* what lies between the ends of a bracket finds no place */
    bracketed.spilt = false;
    memset(bracketed.found, 0, sizeof bracketed.found);
    bool between = check_sieve(&bracketed, values, n, workers, comm);
    CHECK(between || bracketed.spilt);
}

/* Ends taken from the values in no sensible way. */
static int check_any(nsr_type type, size_t n, int workers, const nsr_comm *comm) {
    int held = 0;
    const void *values = type == NSR_F32 ? (const void *)floats : (const void *)doubles;
    int64_t finite = sort_finite(n);
    for (int turn = 0; finite && turn < 4; turn++) {
        nsr_bracketed_counts bracketed = {.type = type, .room = 64 << 20, .n = 1};
        double a = sorted[next_random() % (uint64_t)finite], b = sorted[next_random() % (uint64_t)finite];
        double most = type == NSR_F32 ? (double)FLT_MAX : DBL_MAX;
        bracketed.bracket[0].low = turn == 0 ? -most : turn == 1 ? sorted[0] : a < b ? a : b;
        bracketed.bracket[0].high = turn == 0 ? most : turn == 1 ? sorted[finite - 1] : a < b ? b : a;
        held += check_sieve(&bracketed, values, n, workers, comm);
    }
    CHECK(finite == 0 || held >= 2); /* the first two hold everything */
    return held;
}

static void check_parse(const char *text, int n, double first, double last) {
    nsr_err err = {0};
    nsr_percentiles p;
    if (!CHECK(nsr_percentiles_parse(&p, text, &err))) return;
    CHECK_EQ(p.n, n);
    if (n) CHECK_CLOSE(p.percent[0], first, 0), CHECK_CLOSE(p.percent[n - 1], last, 0);
}

static void check_refused(const char *text, const char *says) {
    nsr_err err = {0};
    nsr_percentiles p;
    CHECK(!nsr_percentiles_parse(&p, text, &err));
    CHECK_EQ(err.code, NSR_EUSAGE);
    CHECK_HAS(err.msg, says);
}

static void test_parse(void) {
    check_parse("1,99", 2, 1, 99);
    check_parse("0,0.1,100", 3, 0, 100);
    check_parse("5e1", 1, 50, 50);
    check_parse("none", 0, 0, 0);
    check_refused("1,,2", "1,,2");
    check_refused("1,101", "0 and 100");
    check_refused("-1,5", "0 and 100");
    check_refused("nan", "0 and 100");
    check_refused("1,x", "not a number");
    check_refused("1,2,", "not a number");
}

int main(void) {
    static const size_t sizes[] = {0, 1, 2, 3, 10, 101, 2047, 2048, 2049, MOST};
    nsr_comm *comm = nsr_comm_open_alone();
    for (int type = NSR_F32; type <= NSR_F64; type++)
        for (int kind = 0; kind < N_KINDS; kind++)
            for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
                fill((nsr_type)type, kind, sizes[k]);
                check_order((nsr_type)type, sizes[k], 1 + (int)k % 3, comm);
                check_judged((nsr_type)type, sizes[k], 1 + (int)k % 3, comm);
                check_any((nsr_type)type, sizes[k], 1 + (int)k % 3, comm);
            }
    nsr_comm_close(comm);
    test_parse();
    return check_done();
}
