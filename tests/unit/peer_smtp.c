#include <string.h>

#include "peer.h"

/* False: the script ends the connection here. */
static bool answer(struct peer_conn *c, const char *reply, const char *usual)
{
    reply = reply ? reply : usual;
    if (strcmp(reply, PEER_HANG) == 0) {
        peer_hang(c);
        return false;
    }
    if (strcmp(reply, PEER_LATE) == 0) {
        g_autofree char *next = peer_read_line(c);
        return next && peer_say(c, "550 5.1.1 too late\r\n");
    }
    if (strcmp(reply, PEER_DRIP) == 0) {
        peer_drip(c, "250-slow\r\n");
        return false;
    }
    while (strcmp(reply, PEER_ENDLESS) == 0 && peer_say(c, "250-and more\r\n")) {
    }
    if (strcmp(reply, PEER_DROP) == 0 || strcmp(reply, PEER_ENDLESS) == 0) {
        return false;
    }
    return peer_say(c, reply) && peer_say(c, "\r\n");
}

static bool take_body(struct peer_conn *c, const struct peer_smtp *s)
{
    for (;;) {
        g_autofree char *line = peer_read_line(c);
        if (!line) {
            return false;
        }
        if (g_strcmp0(s->body, PEER_CUT) == 0) {
            peer_reset(c);
            return false;
        }
        if (strcmp(line, ".") == 0) {
            break;
        }
    }
    peer_counted(c);
    return answer(c, s->body, "250 2.0.0 Ok: queued as 1A2B");
}

static bool data(struct peer_conn *c, const struct peer_smtp *s)
{
    if (!answer(c, s->data, "354 End data with <CR><LF>.<CR><LF>")) {
        return false;
    }
    if (s->data && strncmp(s->data, "354", 3) != 0) {
        return true;
    }
    if (!take_body(c, s)) {
        return false;
    }
    if (s->idle && peer_number(c) == 0) {
        g_autofree char *next = s->late ? peer_read_line(c) : NULL;
        answer(c, s->idle, NULL);
        return false;
    }
    return true;
}

static bool hello(struct peer_conn *c, const struct peer_smtp *s, bool secure)
{
    const char *usual = s->auth ? "250 AUTH PLAIN" : "250 SIZE 10000000";
    g_autofree char *all = g_strconcat("250-peer\r\n", s->pipelining ? "250-PIPELINING\r\n" : "",
                                       s->tls && !secure ? "250 STARTTLS" : usual, NULL);
    return answer(c, s->ehlo, all);
}

void peer_serve_smtp(struct peer_conn *c, const void *script)
{
    const struct peer_smtp *s = script;
    bool secure = false, more = answer(c, s->greeting, "220 peer ESMTP");
    while (more) {
        g_autofree char *line = peer_read_line(c);
        if (!line) {
            return;
        }
        if (g_str_has_prefix(line, "EHLO") || g_str_has_prefix(line, "HELO")) {
            more = hello(c, s, secure);
        } else if (g_str_has_prefix(line, "STARTTLS")) {
            more = secure = peer_say(c, "220 go ahead\r\n") && peer_secure(c, s->tls);
        } else if (g_str_has_prefix(line, "AUTH")) {
            g_autofree char *secret = peer_say(c, "334 \r\n") ? peer_read_line(c) : NULL;
            more = secret && answer(c, s->auth, "502 no");
        } else if (g_str_has_prefix(line, "MAIL")) {
            more = answer(c, s->mail, "250 2.1.0 Ok");
        } else if (g_str_has_prefix(line, "RCPT")) {
            more = answer(c, s->rcpt, "250 2.1.5 Ok");
        } else if (g_str_has_prefix(line, "DATA")) {
            more = data(c, s);
        } else if (g_str_has_prefix(line, "QUIT")) {
            answer(c, s->quit, "221 2.0.0 Bye");
            more = false;
        } else {
            more = peer_say(c, "502 5.5.2 what?\r\n");
        }
    }
}
