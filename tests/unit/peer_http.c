#include <string.h>

#include "peer.h"

static bool take_request(struct peer_conn *c)
{
    gsize length = 0;
    for (;;) {
        g_autofree char *line = peer_read_line(c);
        if (!line) {
            return false;
        }
        if (g_ascii_strncasecmp(line, "Content-Length: ", 16) == 0) {
            length = (gsize)g_ascii_strtoull(line + 16, NULL, 10);
        }
        if (!*line) {
            return peer_read(c, length);
        }
    }
}

static bool pad(struct peer_conn *c, const struct peer_http *s)
{
    g_autofree char *filler = g_strnfill(1000, 'x');
    for (unsigned left = s->padding; left > 0; left -= MIN(left, 1000)) {
        if ((s->in_header && !peer_say(c, "X-Filler: ")) || !peer_say(c, filler) ||
            (s->in_header && !peer_say(c, "\r\n"))) {
            return false;
        }
    }
    return true;
}

void peer_serve_http(struct peer_conn *c, const void *script)
{
    const struct peer_http *s = script;
    if (s->tls && !peer_secure(c, s->tls)) {
        return;
    }
    while (s->before || take_request(c)) {
        peer_counted(c);
        if (strcmp(s->reply, PEER_HANG) == 0) {
            peer_hang(c);
            return;
        }
        if (s->drip) {
            peer_drip(c, s->reply);
            return;
        }
        while (s->endless && peer_say(c, s->reply)) {
        }
        if (s->endless) {
            return;
        }
        if (strcmp(s->reply, PEER_DROP) == 0 || !peer_say(c, s->reply) || !pad(c, s) || s->once) {
            return;
        }
    }
}
