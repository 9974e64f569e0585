/* What a relay says, line by line: an outcome always, and never a success that was not said. */
#include "fuzz_parts.h"
#include "io/smtp_reply.h"

static void check(const struct smtp_reply *r, enum smtp_stage stage)
{
    struct smtp_end end = { .stage = stage, .reason = "connection lost" };
    struct outcome *o = smtp_reply_outcome(r, &end);

    g_assert(o->reply && strlen(o->reply) <= OUTCOME_REPLY_MAX);
    if (o->kind == OUTCOME_ACCEPTED)
        g_assert(stage == SMTP_BODY_SENT && o->code / 100 == 2);
    if (o->kind == OUTCOME_REFUSED)
        g_assert(o->code / 100 >= 5 && o->code / 10 != 53 && stage != SMTP_SESSION);
    if (o->kind == OUTCOME_UNKNOWN)
        g_assert(stage == SMTP_BODY_SENT && o->code == 0);
    outcome_free(o);
}

/* The first byte says after which line the session stands. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *end = at + size;
    unsigned line = 0, session = size ? (unsigned)*at++ % 8 : 0;
    struct smtp_reply r;

    smtp_reply_init(&r);
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t len = stop ? (size_t)(stop + 1 - at) : (size_t)(end - at);
        g_autofree char *copy = g_memdup2(at, len);
        r.session = r.session || line++ == session;
        smtp_reply_line(&r, copy, len);
        g_assert(r.text->len <= 3 + 2 * (OUTCOME_REPLY_MAX + 1));
        at += len;
    }
    if (!r.data)
        check(&r, r.session ? SMTP_ENVELOPE : SMTP_SESSION);
    else
        check(&r, size % 2 ? SMTP_BODY : SMTP_BODY_SENT);
    g_assert(!r.data || r.session);
    smtp_reply_clear(&r);
    return 0;
}
