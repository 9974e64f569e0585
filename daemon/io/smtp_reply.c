#include "io/smtp_reply.h"

#include <string.h>

void smtp_reply_init(struct smtp_reply *r)
{
    *r = (struct smtp_reply){
        g_string_new(NULL), g_string_new(NULL), 0, FALSE, FALSE, FALSE, FALSE
    };
}

void smtp_reply_clear(struct smtp_reply *r)
{
    g_string_free(r->text, TRUE);
    g_string_free(r->partial, TRUE);
}

void smtp_reply_reset(struct smtp_reply *r)
{
    g_string_truncate(r->text, 0);
    g_string_truncate(r->partial, 0);
    r->code = 0;
    r->session = r->data = r->after = r->decided = FALSE;
}

static void finish(struct smtp_reply *r, int code)
{
    GString *whole = r->partial;
    r->partial = r->text;
    r->text = whole;
    g_string_truncate(r->partial, 0);
    r->code = code;
    r->after = r->data;
    r->data = r->data || (r->session && code == 354);
    r->decided = r->after || (r->session && code >= 400);
}

void smtp_reply_line(struct smtp_reply *r, const char *line, size_t len)
{
    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r')) {
        len--;
    }
    if (r->decided || len < 3 || !g_ascii_isdigit(line[0]) || !g_ascii_isdigit(line[1]) ||
        !g_ascii_isdigit(line[2])) {
        return;
    }
    int code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
    if (r->partial->len == 0) {
        g_string_append_printf(r->partial, "%03d", code);
    }
    if (len > 4 && r->partial->len < OUTCOME_REPLY_MAX) {
        g_string_append_c(r->partial, ' ');
        g_string_append_len(r->partial, line + 4, (gssize)MIN(len - 4, OUTCOME_REPLY_MAX));
    }
    if (len == 3 || line[3] != '-') {
        finish(r, code);
    }
}

/* 530, 534, 535, 538: about our login, not about this message. */
static gboolean is_about_login(int code)
{
    return code / 10 == 53;
}

static struct outcome *by_reply(const struct smtp_reply *r, enum smtp_stage stage)
{
    gboolean relay = stage == SMTP_SESSION || is_about_login(r->code);
    gboolean final = r->code >= 500 && !relay;
    struct outcome *o =
        outcome_new(final ? OUTCOME_REFUSED : OUTCOME_DEFERRED, r->code, r->text->str);
    o->whole_destination = relay;
    return o;
}

struct outcome *smtp_reply_outcome(const struct smtp_reply *r, const struct smtp_end *end)
{
    if (r->after && r->code / 100 == 2 && end->stage == SMTP_BODY_SENT) {
        return outcome_new(OUTCOME_ACCEPTED, r->code, r->text->str);
    }
    if (r->after && r->code >= 400) {
        return by_reply(r, SMTP_BODY_SENT);
    }
    if (end->stage == SMTP_BODY_SENT) {
        return outcome_new(OUTCOME_UNKNOWN, 0, end->reason);
    }
    if (r->code >= 400) {
        return by_reply(r, end->stage);
    }
    struct outcome *o = outcome_new(OUTCOME_DEFERRED, 0, end->reason);
    o->whole_destination = end->stage == SMTP_SESSION;
    return o;
}
