/*
 * figure - what a measurement prints: one JSON object a line, {"row", "what", "value", "unit"} and,
 * where a bound is promised, "most".  row is that of the file rows, what says which figure of it.
 */
#pragma once
#include <glib.h>
#include <stdio.h>
#include <time.h>

static inline void figure(const char *row, const char *what, double value, const char *unit,
                          double most /* 0: none */)
{
    printf("{\"row\":\"%s\",\"what\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", row, what, value,
           unit);
    if (most > 0)
        printf(",\"most\":%g", most);
    printf("}\n");
}

/* Of the whole program so far: what the disk and others do does not count. */
static inline double figure_cpu_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static inline gint figure_compare(gconstpointer a, gconstpointer b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Of numbers in any order, which it sorts: 0.5 is the median. */
static inline double figure_quantile(GArray *numbers /* of double */, double share)
{
    g_array_sort(numbers, figure_compare);
    return g_array_index(numbers, double, (guint)(share * (numbers->len - 1) + 0.5));
}
