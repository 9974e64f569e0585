#include "io/smtp_relay.h"

#include <openssl/ssl.h>
#include <string.h>

struct smtp_relay *smtp_relay_new(const struct smtp_settings *s)
{
    struct smtp_relay *r = g_new0(struct smtp_relay, 1);
    r->refs = 1;
    r->s = *s;
    r->s.host = g_strdup(s->host);
    r->s.ca_file = g_strdup(s->ca_file ? s->ca_file : "");
    r->s.user = g_strdup(s->user ? s->user : "");
    r->s.password = g_strdup(s->password ? s->password : "");
    r->s.hello = g_strdup(s->hello && *s->hello ? s->hello : "localhost");
    r->name = g_strdup_printf("relay %s:%d", s->host, s->port);
    return r;
}

struct smtp_relay *smtp_relay_ref(struct smtp_relay *r)
{
    g_atomic_int_inc(&r->refs);
    return r;
}

void smtp_relay_unref(struct smtp_relay *r)
{
    if (!r || !g_atomic_int_dec_and_test(&r->refs))
        return;
    g_free((char *)r->s.host);
    g_free((char *)r->s.ca_file);
    g_free((char *)r->s.user);
    explicit_bzero((char *)r->s.password, strlen(r->s.password));
    g_free((char *)r->s.password);
    g_free((char *)r->s.hello);
    g_free(r->name);
    SSL_CTX_free(r->tls);
    g_free(r);
}

static const char *words(enum smtp_stage at)
{
    static const char *const all[] = {
        [SMTP_SESSION] = "before the message",
        [SMTP_ENVELOPE] = "before the message",
        [SMTP_BODY] = "inside the message, which is incomplete",
        [SMTP_BODY_SENT] = "after the message, before the relay's answer",
    };
    return all[at];
}

char *smtp_relay_lost(const struct smtp_relay *r, enum smtp_stage at, const char *detail)
{
    return g_strdup_printf("%s: connection lost %s (%s)", r->name, words(at), detail);
}

char *smtp_relay_given_up(const struct smtp_relay *r, enum smtp_stage at, const char *detail)
{
    return g_strdup_printf("%s: connection given up %s (%s)", r->name, words(at), detail);
}

char *smtp_relay_late(const struct smtp_relay *r, enum smtp_stage at)
{
    return g_strdup_printf("%s: time ran out %s", r->name, words(at));
}

char *smtp_relay_no_tls(const struct smtp_relay *r)
{
    return g_strdup_printf("%s does not offer STARTTLS, which is required; nothing was sent",
                           r->name);
}

char *smtp_relay_bad_tls(const struct smtp_relay *r, const char *detail)
{
    return g_strdup_printf("STARTTLS with %s failed, nothing was sent: %s", r->name, detail);
}

char *smtp_relay_no_login(const struct smtp_relay *r, const char *detail)
{
    return g_strdup_printf("%s refused the login: %s", r->name, detail);
}

char *smtp_relay_no_name(const struct smtp_relay *r)
{
    return g_strdup_printf("relay %s: no such name, or no name server", r->s.host);
}

char *smtp_relay_no_connection(const struct smtp_relay *r, const char *detail)
{
    return g_strdup_printf("%s: no connection: %s", r->name, detail);
}
