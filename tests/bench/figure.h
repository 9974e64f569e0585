/*
 * figure - what a measurement prints: one JSON object a line, {"row", "what", "value", "unit"} and,
 * where a bound is promised, "most".  row is that of the file rows, what says which figure of it.
 */
#pragma once
#include <glib.h>
#include <stdio.h>

static inline void figure(const char *row, const char *what, double value, const char *unit,
                          double most /* 0: none */)
{
    printf("{\"row\":\"%s\",\"what\":\"%s\",\"value\":%.6g,\"unit\":\"%s\"", row, what, value,
           unit);
    if (most > 0)
        printf(",\"most\":%g", most);
    printf("}\n");
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
