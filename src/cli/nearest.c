/* SPDX-License-Identifier: MIT */
/* The word nearest to a misspelt one, by an edit distance in which two swapped letters count once. */
#include <nsrender/config.h>
#include <string.h>

enum { LONGEST = 63 };

static int least(int a, int b) { return a < b ? a : b; }

/* Damerau-Levenshtein distance (optimal string alignment). Swaps need the row before last, so three rows are kept. */
static int distance(const char *a, const char *b) {
    int rows[3][LONGEST + 1], n = (int)strlen(b);
    int *back = rows[0], *above = rows[1], *row = rows[2];
    for (int j = 0; j <= n; j++)
        above[j] = back[j] = j;
    for (int i = 1; a[i - 1]; i++) {
        row[0] = i;
        for (int j = 1; j <= n; j++) {
            row[j] = least(above[j - 1] + (a[i - 1] != b[j - 1]), least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = least(row[j], back[j - 2] + 1);
        }
        int *free_row = back;
        back = above, above = row, row = free_row;
    }
    return above[n];
}

const char *nsr_nearest(const char *word, const char *const *candidates, size_t n) {
    const char *best = NULL;
    int least_distance = LONGEST + 1;
    size_t letters = strlen(word);
    for (size_t i = 0; i < n && letters <= LONGEST; i++) {
        size_t length = strlen(candidates[i]);
        if (length > LONGEST) continue;
        int d = distance(word, candidates[i]);
        if (3 * (size_t)d <= (length > letters ? length : letters) && d < least_distance)
            best = candidates[i], least_distance = d;
    }
    return best;
}
