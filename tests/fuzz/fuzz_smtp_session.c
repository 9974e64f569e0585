/*
 * Whatever a relay says, whenever, and wherever the connection breaks: each mail ends once, and as
 * a judge says that looks at nothing but the bytes of both sides (smtp_judge.h).
 *
 * The input is cut at its NULs into turns of the relay, after each of which all that we have to say
 * is sent.  A turn that begins with 1 to 5: so many bytes of ours are taken first as its second
 * byte says, and no more; the connection is lost; time has run out; the handshake is done; QUIT is
 * due. First byte 0x10 and more, below 0x20: bits for STARTTLS (two) and the login.
 */
#include "fuzz_parts.h"
#include "io/config.h"
#include "io/smtp_session.h"
#include "smtp_judge.h"

static const char text[] = "Subject: x\r\n\r\n.\r\n..text\r\n";

struct run {
    struct smtp_session *session;
    struct judge *judge;
    GBytes *message;
    unsigned given;
    guint64 said;
};

static struct smtp_session *session_of(unsigned bits)
{
    struct smtp_settings s = { .host = "127.0.0.1",
                               .port = 25,
                               .starttls = (int)MIN(bits & 3, TLS_REQUIRED),
                               .user = bits & 4 ? "user" : "",
                               .password = "password",
                               .hello = "node.dss.example" };
    struct smtp_relay *r = smtp_relay_new(&s);
    struct smtp_session *session = smtp_session_new(r);
    smtp_relay_unref(r);
    return session;
}

static void tell_judge(struct run *r)
{
    struct smtp_result result;
    while (smtp_session_result(r->session, &result)) {
        judge_result(r->judge, GPOINTER_TO_UINT(result.job), result.outcome);
        outcome_free(result.outcome);
    }
}

static void give(struct run *r)
{
    static const char *const to[] = { "1@m.example", "2@m.example", "3@m.example" };
    while (r->given < G_N_ELEMENTS(to) && smtp_session_has_room(r->session)) {
        struct smtp_mail m = { "desk@dss.example", to[r->given], r->message,
                               GUINT_TO_POINTER(r->given + 1) };
        r->given++;
        smtp_session_mail(r->session, &m);
    }
}

static void say(struct run *r, size_t max)
{
    const char *bytes;
    gsize len;
    while (max > 0 && (bytes = smtp_session_output(r->session, &len))) {
        len = MIN(len, max);
        judge_we(r->judge, bytes, len);
        smtp_session_sent(r->session, len);
        max -= len;
        r->said += len;
        g_assert(r->said < 4096);
    }
}

static void end(struct run *r, char how)
{
    if (how == 2)
        smtp_session_lost(r->session, "gone");
    else if (how == 3)
        smtp_session_late(r->session);
    else if (how == 4 && smtp_session_want(r->session) == SMTP_SHAKE_HANDS)
        judge_secured(r->judge), smtp_session_shaken(r->session);
    else if (how == 5 && !smtp_session_is_busy(r->session))
        smtp_session_quit(r->session);
}

static void hear(struct run *r, const char *turn, size_t len)
{
    if (len > 1 && *turn == 1) {
        say(r, (unsigned char)turn[1]);
        turn += 2;
        len -= 2;
    } else {
        say(r, G_MAXSIZE);
    }
    if (len == 1 && *turn >= 2 && *turn <= 5) {
        end(r, *turn);
    } else if (smtp_session_want(r->session) == SMTP_TALK) {
        judge_relay(r->judge, turn, len);
        smtp_session_input(r->session, turn, len);
    }
    tell_judge(r);
    give(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *at = (const char *)data, *stop = at + size;
    unsigned bits = at < stop && *at >= 0x10 && *at < 0x20 ? (unsigned)*at++ & 7 : 5;
    struct run r = { .session = session_of(bits),
                     .message = g_bytes_new_static(text, sizeof text - 1) };
    r.judge = judge_new(text, (bits & 3) >= TLS_REQUIRED);
    give(&r);
    while (at < stop && smtp_session_want(r.session) != SMTP_HANG_UP) {
        const char *cut = memchr(at, 0, (size_t)(stop - at)) ?: stop;
        hear(&r, at, (size_t)(cut - at));
        at = cut + 1;
    }
    if (smtp_session_want(r.session) != SMTP_HANG_UP)
        smtp_session_lost(r.session, "over");
    tell_judge(&r);
    judge_free(r.judge, r.given);
    smtp_session_free(r.session);
    g_bytes_unref(r.message);
    return 0;
}
