#include "smtp_inside.h"

#include <string.h>

#define REPLY_MAX_BYTES 65536
#define SAID_MAX 120 /* of a reply in a sentence of ours */

void smtp_ask(struct smtp_session *s, enum smtp_step step)
{
    g_assert(s->n_due < SMTP_DUE_MAX);
    s->due[s->n_due++] = (struct smtp_due){ step, s->out.made };
}

/* --- how a mail ends --- */

static enum smtp_stage stage(const struct smtp_session *s)
{
    const struct smtp_transaction *m = &s->now;
    if (!s->up)
        return SMTP_SESSION;
    if (!m->body)
        return SMTP_ENVELOPE;
    return m->dot && s->out.sent >= m->dot ? SMTP_BODY_SENT : SMTP_BODY;
}

static void put_result(struct smtp_session *s, struct smtp_transaction *m, struct outcome *o)
{
    g_assert(s->n_results < G_N_ELEMENTS(s->results));
    s->results[s->n_results++] = (struct smtp_result){ m->m.job, o };
    m->decided = TRUE;
    s->ended += o != NULL;
}

static gboolean is_undecided(const struct smtp_session *s)
{
    return s->now.given && !s->now.decided;
}

/* Whatever waits behind the mail of now has not been tried. */
void smtp_hang_up(struct smtp_session *s)
{
    g_assert(!is_undecided(s));
    if (s->next.given)
        put_result(s, &s->next, NULL);
    s->now = s->next = (struct smtp_transaction){ 0 };
    smtp_output_drop(&s->out);
    s->n_due = 0;
    s->want = SMTP_HANG_UP;
}

/* sentence is taken. */
void smtp_end(struct smtp_session *s, char *sentence)
{
    enum smtp_stage at = stage(s);
    if (is_undecided(s)) {
        enum outcome_kind kind = at == SMTP_BODY_SENT ? OUTCOME_UNKNOWN : OUTCOME_DEFERRED;
        struct outcome *o = outcome_new(kind, 0, sentence);
        o->whole_destination = at == SMTP_SESSION;
        put_result(s, &s->now, o);
    }
    g_free(sentence);
    smtp_hang_up(s);
}

void smtp_make_no_sense(struct smtp_session *s, const char *why)
{
    g_autofree char *detail = g_strdup_printf("%s: %.*s", why, SAID_MAX, s->reply.text->str);
    smtp_end(s, smtp_relay_given_up(s->relay, stage(s), detail));
}

/* 530, 534, 535, 538: about our login, not about this message. */
static gboolean is_about_login(int code)
{
    return code / 10 == 53;
}

/* By what the relay says: 4xx or 5xx. */
void smtp_decide(struct smtp_session *s)
{
    if (!is_undecided(s))
        return;
    const struct smtp_reply *r = &s->reply;
    gboolean relay = !s->up || is_about_login(r->code);
    gboolean final = r->code >= 500 && !relay;
    struct outcome *o =
        outcome_new(final ? OUTCOME_REFUSED : OUTCOME_DEFERRED, r->code, r->text->str);
    o->whole_destination = relay;
    put_result(s, &s->now, o);
}

/* On a kept connection that the relay gives up before the message: no attempt. */
static gboolean was_stale(const struct smtp_session *s)
{
    return is_undecided(s) && s->ended > 0 && stage(s) == SMTP_ENVELOPE;
}

static void relay_leaves(struct smtp_session *s)
{
    if (was_stale(s))
        put_result(s, &s->now, NULL);
    smtp_decide(s);
    smtp_hang_up(s);
}

/* --- what we say --- */

static void say_envelope(struct smtp_session *s, const struct smtp_transaction *m)
{
    char size[32] = "";
    if (s->offer.size)
        g_snprintf(size, sizeof size, " SIZE=%zu", g_bytes_get_size(m->m.message));
    if (s->reset) {
        smtp_output_say(&s->out, "RSET\r\n", NULL);
        smtp_ask(s, RSET);
        s->reset = FALSE;
    }
    smtp_output_say(&s->out, "MAIL FROM:<", m->m.from, ">", size,
                    s->offer.dsn ? " RET=HDRS\r\n" : "\r\n", NULL);
    smtp_ask(s, MAIL);
    if (s->offer.pipelining) {
        smtp_output_say(&s->out, "RCPT TO:<", m->m.to, ">\r\n", NULL);
        smtp_ask(s, RCPT);
        smtp_output_say(&s->out, "DATA\r\n", NULL);
        smtp_ask(s, DATA);
    }
}

void smtp_stand(struct smtp_session *s)
{
    s->up = TRUE;
    if (s->now.given)
        say_envelope(s, &s->now);
}

/* --- what the relay says --- */

/* The transaction of now is over; open: only RSET ends it for the relay. */
static void over(struct smtp_session *s, gboolean open)
{
    s->reset = open;
    s->now = s->next;
    s->next = (struct smtp_transaction){ 0 };
}

/* Without PIPELINING each command waits for the answer to the one before. */
static void on_envelope(struct smtp_session *s, enum smtp_step step, int code)
{
    s->now.open = s->now.open || (step == MAIL && code < 300);
    if (code >= 300 && code < 400) {
        smtp_make_no_sense(s, "an answer that makes no sense here");
        return;
    }
    if (code >= 400)
        smtp_decide(s);
    if (s->offer.pipelining)
        return;
    if (code >= 400) {
        over(s, s->now.open);
    } else if (step == MAIL) {
        smtp_output_say(&s->out, "RCPT TO:<", s->now.m.to, ">\r\n", NULL);
        smtp_ask(s, RCPT);
    } else {
        smtp_output_say(&s->out, "DATA\r\n", NULL);
        smtp_ask(s, DATA);
    }
}

static void on_data(struct smtp_session *s, int code)
{
    if (code >= 400) {
        smtp_decide(s);
        over(s, s->now.open);
    } else if (code != 354) {
        smtp_make_no_sense(s, "an answer to DATA that takes no message");
    } else if (s->now.decided) {
        smtp_output_say(&s->out, ".\r\n", NULL);
        smtp_ask(s, EMPTY);
    } else {
        gsize len;
        const char *body = g_bytes_get_data(s->now.m.message, &len);
        s->now.body = TRUE;
        smtp_output_body(&s->out, body, len);
    }
}

static void on_body(struct smtp_session *s, int code)
{
    if (code >= 300 && code < 400) {
        smtp_make_no_sense(s, "an answer that makes no sense here");
        return;
    }
    if (code < 300)
        put_result(s, &s->now, outcome_new(OUTCOME_ACCEPTED, code, s->reply.text->str));
    smtp_decide(s);
    over(s, FALSE);
}

static void on_step(struct smtp_session *s, enum smtp_step step, int code)
{
    if (step <= SECRET)
        smtp_login_reply(s, step, code);
    else if (step == RSET && code >= 300)
        relay_leaves(s);
    else if (step == MAIL || step == RCPT)
        on_envelope(s, step, code);
    else if (step == DATA)
        on_data(s, code);
    else if (step == BODY)
        on_body(s, code);
    else if (step == EMPTY)
        over(s, FALSE);
}

/* Only a refusal in the middle of a message has a meaning without having been asked for. */
static void on_unasked(struct smtp_session *s, int code)
{
    if (code == 421 || !s->now.given || (s->now.body && code >= 400))
        relay_leaves(s);
    else
        smtp_make_no_sense(s, "an answer before the question");
}

static void on_reply(struct smtp_session *s)
{
    int code = s->reply.code;
    if (s->unasked) {
        on_unasked(s, code);
        return;
    }
    enum smtp_step step = s->due[0].step;
    memmove(s->due, s->due + 1, --s->n_due * sizeof s->due[0]);
    s->replies++;
    if (code == 421)
        relay_leaves(s);
    else
        on_step(s, step, code);
}

static void on_line(const char *line, size_t len, void *ctx)
{
    struct smtp_session *s = ctx;
    if (s->n_due > 0 && s->due[0].step == EHLO)
        smtp_offer_line(&s->offer, line, len);
}

static void note_whether_asked(struct smtp_session *s)
{
    gboolean asked = s->n_due > 0 && s->due[0].asked <= s->out.sent;
    gboolean begins = s->reply.whole || s->reply.code == 0;
    if (!s->reply.inside)
        s->unasked = (!begins && s->unasked) || !asked;
}

void smtp_session_input(struct smtp_session *s, const char *bytes, gsize len)
{
    while (len > 0 && s->want == SMTP_TALK) {
        note_whether_asked(s);
        gsize taken = smtp_reply_take(&s->reply, bytes, len, on_line, s);
        bytes += taken;
        len -= taken;
        if (s->reply.bytes > REPLY_MAX_BYTES)
            smtp_end(s, smtp_relay_lost(s->relay, stage(s), "Too large a reply, we hung up"));
        else if (s->reply.whole)
            on_reply(s);
    }
    if (len > 0 && s->want == SMTP_SHAKE_HANDS) /* anybody on the way could have said it */
        smtp_end(s, smtp_relay_bad_tls(s->relay, "it said more before the handshake"));
}

/* --- the owner's side --- */

struct smtp_session *smtp_session_new(struct smtp_relay *r)
{
    struct smtp_session *s = g_new0(struct smtp_session, 1);
    s->relay = smtp_relay_ref(r);
    smtp_output_init(&s->out);
    smtp_reply_init(&s->reply);
    smtp_ask(s, GREETING);
    return s;
}

void smtp_session_free(struct smtp_session *s)
{
    if (!s)
        return;
    smtp_output_clear(&s->out);
    smtp_reply_clear(&s->reply);
    smtp_relay_unref(s->relay);
    g_free(s);
}

/* Behind a message that is being sent there is room for one more, where the relay takes groups. */
gboolean smtp_session_has_room(const struct smtp_session *s)
{
    gboolean behind = s->offer.pipelining && s->now.body && !s->next.given;
    return s->want == SMTP_TALK && (!s->now.given || behind);
}

void smtp_session_mail(struct smtp_session *s, const struct smtp_mail *m)
{
    struct smtp_transaction *to = s->now.given ? &s->next : &s->now;
    g_assert(!to->given);
    *to = (struct smtp_transaction){ .m = *m, .given = TRUE };
    if (s->up && !s->out.body)
        say_envelope(s, to);
}

gboolean smtp_session_result(struct smtp_session *s, struct smtp_result *r)
{
    if (s->n_results == 0)
        return FALSE;
    *r = s->results[0];
    s->results[0] = s->results[1];
    s->n_results--;
    return TRUE;
}

/* While the relay says something that it was not asked for, we are silent: it ends the session. */
static gboolean is_interrupted(const struct smtp_session *s)
{
    return s->unasked && (s->reply.inside || (s->reply.code && !s->reply.whole));
}

const char *smtp_session_output(struct smtp_session *s, gsize *len)
{
    *len = 0;
    if (is_interrupted(s))
        return NULL;
    if (smtp_output_fill(&s->out)) {
        s->now.dot = s->out.made;
        smtp_ask(s, BODY);
        if (s->next.given)
            say_envelope(s, &s->next);
    }
    return smtp_output_peek(&s->out, len);
}

void smtp_session_sent(struct smtp_session *s, gsize len)
{
    smtp_output_sent(&s->out, len);
}

enum smtp_want smtp_session_want(const struct smtp_session *s)
{
    return s->want;
}

/* What was said before could have been anybody's: it is asked again. */
void smtp_session_shaken(struct smtp_session *s)
{
    s->want = SMTP_TALK;
    s->secure = TRUE;
    smtp_say_hello(s, EHLO);
}

gboolean smtp_session_is_up(const struct smtp_session *s)
{
    return s->up;
}

gboolean smtp_session_is_busy(const struct smtp_session *s)
{
    return s->now.given || s->n_due > 0;
}

guint smtp_session_replies(const struct smtp_session *s)
{
    return s->replies;
}

void smtp_session_quit(struct smtp_session *s)
{
    if (s->want == SMTP_TALK && !smtp_session_is_busy(s))
        smtp_output_say(&s->out, "QUIT\r\n", NULL);
    s->want = SMTP_HANG_UP;
}

void smtp_session_lost(struct smtp_session *s, const char *detail)
{
    if (was_stale(s))
        put_result(s, &s->now, NULL);
    smtp_end(s, smtp_relay_lost(s->relay, stage(s), detail));
}

void smtp_session_late(struct smtp_session *s)
{
    smtp_end(s, smtp_relay_late(s->relay, stage(s)));
}

void smtp_session_fail(struct smtp_session *s, const char *sentence)
{
    smtp_end(s, g_strdup(sentence));
}
