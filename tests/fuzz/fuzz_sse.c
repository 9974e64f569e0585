/* A stream of events is the same events however its bytes arrive. */
#include "fuzz_parts.h"
#include "sse.h"

struct seen {
    GString *all;
    unsigned left; /* events until the reader has enough */
};

static bool note(const char *id, const char *event, const char *data, gsize len, void *ctx)
{
    struct seen *s = ctx;

    g_assert(*event && data[len] == '\0' && !strpbrk(id, "\r\n") && !strpbrk(event, "\r\n"));
    g_string_append_printf(s->all, "%s|%s|%zu|%s\n", id, event, len, data);
    return --s->left > 0;
}

static char *read_by(const uint8_t *data, size_t size, size_t step)
{
    struct seen s = { g_string_new(NULL), 1 + (unsigned)(size % 50) };
    struct sse *reader = sse_new(note, &s);

    for (size_t at = 0; at < size; at += step) {
        g_autofree char *copy = g_memdup2(data + at, MIN(step, size - at));
        if (!sse_take(reader, copy, MIN(step, size - at)))
            break;
    }
    g_string_append(s.all, sse_last_id(reader));
    sse_restart(reader);
    sse_free(reader);
    return g_string_free(s.all, FALSE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *whole = read_by(data, size, MAX(size, 1)), *bytes = read_by(data, size, 1),
                    *some = read_by(data, size, 1 + size % 7);

    g_assert_cmpstr(whole, ==, bytes);
    g_assert_cmpstr(whole, ==, some);
    return 0;
}
