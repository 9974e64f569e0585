#include "receiver.h"
#include <string.h>

static void say(struct peer *p, const char *line)
{
    g_string_append(p->out, line);
}

static bool starts(const char *line, size_t len, const char *verb)
{
    const size_t n = strlen(verb);
    return len >= n && g_ascii_strncasecmp(line, verb, n) == 0;
}

static void take_recipient(struct peer *p, const char *line, size_t len)
{
    const char *from = memchr(line, '<', len), *to = from ? memchr(line, '>', len) : NULL;
    if (!from || !to) {
        say(p, "501 5.1.3 no address\r\n");
        return;
    }
    uint64_t hash = receiver_hash(0, from, (size_t)(to - from));
    if (hash % 100 < tally.refuse_pct) {
        tally.refused++;
        say(p, "550 5.1.1 nobody here\r\n");
        return;
    }
    g_array_append_val(p->rcpts, hash);
    say(p, "250 2.1.5 recipient ok\r\n");
}

static void command(struct peer *p, const char *line, size_t len)
{
    if (starts(line, len, "EHLO")) {
        say(p, "250-bench\r\n250-PIPELINING\r\n250-SIZE 10485760\r\n250-8BITMIME\r\n"
               "250 ENHANCEDSTATUSCODES\r\n");
    } else if (starts(line, len, "MAIL")) {
        g_array_set_size(p->rcpts, 0);
        say(p, "250 2.1.0 sender ok\r\n");
    } else if (starts(line, len, "RCPT")) {
        take_recipient(p, line, len);
    } else if (starts(line, len, "DATA")) {
        p->in_body = p->rcpts->len > 0;
        say(p, p->in_body ? "354 end with a dot\r\n" : "554 5.5.1 no valid recipients\r\n");
    } else if (starts(line, len, "QUIT")) {
        say(p, "221 2.0.0 goodbye\r\n");
        p->closing = true;
    } else if (starts(line, len, "HELO") || starts(line, len, "RSET") ||
               starts(line, len, "NOOP")) {
        g_array_set_size(p->rcpts, 0);
        say(p, "250 2.0.0 ok\r\n");
    } else {
        say(p, "500 5.5.2 command is not known\r\n");
    }
}

/* The hash of the Message-ID; that of nothing where there is none. */
static uint64_t message_id(const char *text, size_t len)
{
    for (const char *at = text, *end = text + len; at < end;) {
        const char *lf = memchr(at, '\n', (size_t)(end - at));
        const size_t n = lf ? (size_t)(lf - at) : (size_t)(end - at);
        if (n <= 1)
            break;
        if (starts(at, n, "Message-ID:"))
            return receiver_hash(0, at, n);
        at += n + 1;
    }
    return 0;
}

static bool take_body(struct peer *p)
{
    const char *text = (const char *)p->in->data;
    const char *dot = p->in->len >= 5 ? memmem(text, p->in->len, "\r\n.\r\n", 5) : NULL;
    if (!dot)
        return false;
    const size_t len = (size_t)(dot - text) + 5;
    const uint64_t id = message_id(text, len);
    for (guint i = 0; i < p->rcpts->len; i++)
        receiver_count(receiver_hash(id, &g_array_index(p->rcpts, uint64_t, i), sizeof(uint64_t)),
                       text, len);
    g_array_set_size(p->rcpts, 0);
    receiver_taken(p, len);
    p->in_body = false;
    say(p, "250 2.0.0 taken\r\n");
    receiver_pause(p);
    return true;
}

bool receiver_smtp(struct peer *p)
{
    if (p->in_body)
        return take_body(p);
    const char *line = (const char *)p->in->data;
    const char *lf = p->in->len ? memchr(line, '\n', p->in->len) : NULL;
    if (!lf)
        return false;
    const size_t len = (size_t)(lf - line) + 1;
    command(p, line, len);
    receiver_taken(p, len);
    return true;
}
