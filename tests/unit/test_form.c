/* SPDX-License-Identifier: MIT */
/* Stored numbers into values: every half, packing, byte order, and the same in place. */
#include "check.h"
#include "source/filter/number_form.h"

enum { HALVES = 1 << 16 };

static double half_by_definition(int x) {
    int exponent = x >> 10 & 31, mantissa = x & 1023;
    double size = exponent == 31  ? (mantissa ? NAN : INFINITY)
                  : exponent == 0 ? ldexp(mantissa, -24)
                                  : ldexp(1024 + mantissa, exponent - 25);
    return x & 0x8000 ? -size : size;
}

static bool same(double a, double b) { return (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b)); }

static void test_halves(void) {
    static uint16_t stored[HALVES];
    static float floats[HALVES];
    static double doubles[HALVES];
    const nsr_form form = {.kind = NSR_KIND_REAL, .size = 2};
    int wrong = 0;
    for (int i = 0; i < HALVES; i++)
        stored[i] = (uint16_t)i;
    nsr_form_values(floats, NSR_F32, &form, stored, HALVES);
    nsr_form_values(doubles, NSR_F64, &form, stored, HALVES);
    for (int i = 0; i < HALVES; i++)
        wrong += !same((double)floats[i], half_by_definition(i)) || !same(doubles[i], half_by_definition(i));
    CHECK_EQ(wrong, 0);
}

static void test_packing(void) {
    const int16_t stored[] = {0, 3, -7, 100, -32768};
    const double want[] = {10, 11.5, NAN, 60, NAN};
    nsr_form form = {.kind = NSR_KIND_SIGNED, .size = 2, .scaled = true, .scale = 0.5, .add = 10};
    form.none[form.n_none++] = -32768;
    form.none[form.n_none++] = -7;
    for (int type = NSR_F32; type <= NSR_F64; type++) {
        double values[5];
        nsr_form_values(values, (nsr_type)type, &form, stored, 5);
        for (int i = 0; i < 5; i++)
            CHECK(same(type == NSR_F32 ? (double)((float *)values)[i] : values[i], want[i]));
    }
}

/* Nothing is added to numbers that only have a "no value": -0 stays. */
static void test_fill_value(void) {
    const float stored[] = {-0.0F, 1.5F, -999, INFINITY};
    const nsr_form form = {.kind = NSR_KIND_REAL, .size = 4, .n_none = 1, .none = {-999}};
    float values[4];
    nsr_form_values(values, NSR_F32, &form, stored, 4);
    CHECK(signbit(values[0]) && values[0] == 0);
    CHECK(values[1] == 1.5F && isnan(values[2]) && isinf(values[3]));
}

/* More numbers than one batch, so that values come close to the stored numbers behind them. */
static void test_in_place(void) {
    enum { N = 5000 };
    static double values[N];
    const nsr_form form = {.kind = NSR_KIND_UNSIGNED, .size = 2, .big_endian = true, .scaled = true, .scale = 2};
    unsigned char *at = nsr_form_tail(values, NSR_F64, &form, N);
    int wrong = 0;
    for (int i = 0; i < N; i++) {
        at[2 * i] = (unsigned char)(i >> 8);
        at[2 * i + 1] = (unsigned char)i;
    }
    nsr_form_in_place(values, NSR_F64, &form, N);
    for (int i = 0; i < N; i++)
        wrong += values[i] != 2 * i;
    CHECK_EQ(wrong, 0);
}

int main(void) {
    test_halves();
    test_packing();
    test_fill_value();
    test_in_place();
    return check_done();
}
