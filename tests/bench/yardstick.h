/*
 * yardstick - what the bare loops share: their figures, and text of a wanted size.
 */
#pragma once
#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>

static inline int64_t yardstick_cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (int64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000 + u.ru_utime.tv_usec +
           u.ru_stime.tv_usec;
}

/* One line of JSON: how many in which time. */
static inline void yardstick_tell(uint64_t count, int64_t begun_us)
{
    printf("{\"count\":%" PRIu64 ",\"begun_us\":%" PRId64 ",\"wall_us\":%" PRId64
           ",\"cpu_us\":%" PRId64 "}\n",
           count, begun_us, g_get_monotonic_time() - begun_us, yardstick_cpu_us());
}

/* A mail of about that many bytes, a dot at its end; the Message-ID is the number's. */
static inline void yardstick_mail(GString *to, const char *run, uint64_t number, size_t bytes)
{
    const gsize end = to->len + bytes;
    g_string_append_printf(to,
                           "From: Bench <bench@dss.example>\r\nTo: liaison@mission.example\r\n"
                           "Message-ID: <%" PRIu64 ".%s@bench.example>\r\nSubject: Bench\r\n\r\n",
                           number, run);
    while (to->len < end)
        g_string_append(to, "Streets are closed downtown; use the northern entrance today.\r\n");
    g_string_append(to, ".\r\n");
}
