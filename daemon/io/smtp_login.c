#include "smtp_inside.h"

#include "io/config.h"
#include <string.h>

void smtp_say_hello(struct smtp_session *s, enum smtp_step step)
{
    s->offer = (struct smtp_offer){ 0 };
    smtp_output_say(&s->out, step == EHLO ? "EHLO " : "HELO ", s->relay->s.hello, "\r\n", NULL);
    smtp_ask(s, step);
}

static void log_in(struct smtp_session *s)
{
    if (!*s->relay->s.user || !s->offer.auth) {
        smtp_stand(s);
    } else if (s->offer.plain) {
        smtp_output_say(&s->out, "AUTH PLAIN\r\n", NULL);
        smtp_ask(s, PLAIN);
    } else if (s->offer.login) {
        smtp_output_say(&s->out, "AUTH LOGIN\r\n", NULL);
        smtp_ask(s, LOGIN);
    } else {
        smtp_end(s, smtp_relay_no_login(s->relay, "it offers neither PLAIN nor LOGIN"));
    }
}

static void after_hello(struct smtp_session *s)
{
    int starttls = s->relay->s.starttls;
    if (s->secure || starttls == TLS_OFF || (starttls == TLS_OPTIONAL && !s->offer.starttls)) {
        log_in(s);
    } else if (!s->offer.starttls) {
        smtp_end(s, smtp_relay_no_tls(s->relay));
    } else {
        smtp_output_say(&s->out, "STARTTLS\r\n", NULL);
        smtp_ask(s, STARTTLS);
    }
}

static void say_plain(struct smtp_session *s)
{
    const struct smtp_settings *relay = &s->relay->s;
    GString *secret = g_string_sized_new(2 + strlen(relay->user) + strlen(relay->password));
    g_string_append_c(secret, '\0');
    g_string_append(secret, relay->user);
    g_string_append_c(secret, '\0');
    g_string_append(secret, relay->password);
    smtp_output_secret(&s->out, secret->str, secret->len);
    explicit_bzero(secret->str, secret->len);
    g_string_free(secret, TRUE);
    smtp_ask(s, SECRET);
}

static void on_greeting(struct smtp_session *s, enum smtp_step step, int code)
{
    if (code < 300) {
        if (step == GREETING)
            smtp_say_hello(s, EHLO);
        else
            after_hello(s);
    } else if (step == EHLO && code >= 500) {
        smtp_say_hello(s, HELO);
    } else if (code >= 400) {
        smtp_decide(s);
        smtp_hang_up(s);
    } else {
        smtp_make_no_sense(s, "an answer that makes no sense here");
    }
}

static void on_starttls(struct smtp_session *s, int code)
{
    if (code < 300)
        s->want = SMTP_SHAKE_HANDS;
    else if (code >= 400 && s->relay->s.starttls == TLS_OPTIONAL)
        log_in(s);
    else
        on_greeting(s, STARTTLS, code);
}

static void on_login(struct smtp_session *s, enum smtp_step step, int code)
{
    const struct smtp_settings *relay = &s->relay->s;
    if (step == SECRET && code < 300) {
        smtp_stand(s);
    } else if (step == PLAIN && code == 334) {
        say_plain(s);
    } else if (step == LOGIN && code == 334) {
        smtp_output_secret(&s->out, relay->user, strlen(relay->user));
        smtp_ask(s, USER);
    } else if (step == USER && code == 334) {
        smtp_output_secret(&s->out, relay->password, strlen(relay->password));
        smtp_ask(s, SECRET);
    } else if (code >= 400) {
        smtp_decide(s);
        smtp_hang_up(s);
    } else {
        smtp_make_no_sense(s, "an answer that makes no sense here");
    }
}

void smtp_login_reply(struct smtp_session *s, enum smtp_step step, int code)
{
    if (step <= HELO)
        on_greeting(s, step, code);
    else if (step == STARTTLS)
        on_starttls(s, code);
    else
        on_login(s, step, code);
}
