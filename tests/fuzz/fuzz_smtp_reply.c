/* Any bytes as replies of a relay: in whatever pieces they come they are the same replies, folded
 * to a bounded length, each with a code that stands in it. */
#include "fuzz_parts.h"
#include "io/smtp_reply.h"
#include "model/outcome.h"

static void note(GString *seen, const struct smtp_reply *r)
{
    g_assert(r->code >= 200 && r->code < 600);
    g_assert(r->text->len >= 3 && r->text->len < OUTCOME_REPLY_MAX + SMTP_REPLY_LINE_MAX + 4);
    g_autofree char *code = g_strndup(r->text->str, 3);
    g_assert(g_ascii_strtoull(code, NULL, 10) == (guint64)r->code);
    g_string_append_printf(seen, "%d:%zu:", r->code, r->bytes);
    g_string_append_len(seen, r->text->str, (gssize)r->text->len);
}

static GString *replies_of(const char *bytes, size_t len, size_t piece)
{
    GString *seen = g_string_new(NULL);
    struct smtp_reply r;
    size_t at = 0, taken = 0;

    smtp_reply_init(&r);
    while (at < len) {
        /* A copy of just its size, so that the sanitizer sees a byte read past the end. */
        size_t end = MIN(at + piece, len);
        g_autofree char *copy = g_memdup2(bytes + at, end - at);
        for (size_t i = 0; i < end - at; i += taken) {
            taken = smtp_reply_take(&r, copy + i, end - at - i, NULL, NULL);
            g_assert(taken > 0 && taken <= end - at - i);
            if (r.whole)
                note(seen, &r);
        }
        at = end;
        g_assert(r.line->len <= SMTP_REPLY_LINE_MAX);
    }
    smtp_reply_clear(&r);
    return seen;
}

/* The first byte says how long a piece is. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    g_autoptr(GString) whole = replies_of((const char *)data + 1, size - 1, size);
    g_autoptr(GString) cut = replies_of((const char *)data + 1, size - 1, 1 + data[0] % 16);
    g_assert(g_string_equal(whole, cut));
    return 0;
}
