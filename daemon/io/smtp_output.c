#include "io/smtp_output.h"

#include <string.h>

#define PIECE 16384 /* a record of TLS */

void smtp_output_init(struct smtp_output *o)
{
    *o = (struct smtp_output){ .bytes = g_string_new(NULL) };
}

static void wipe(struct smtp_output *o)
{
    if (o->secret)
        explicit_bzero(o->bytes->str, o->bytes->allocated_len);
    o->secret = FALSE;
}

void smtp_output_clear(struct smtp_output *o)
{
    wipe(o);
    g_string_free(o->bytes, TRUE);
}

static void append(struct smtp_output *o, const char *bytes, gsize len)
{
    g_string_append_len(o->bytes, bytes, (gssize)len);
    o->made += len;
}

void smtp_output_say(struct smtp_output *o, const char *first, ...)
{
    va_list parts;
    g_assert(!o->body);
    va_start(parts, first);
    for (const char *part = first; part; part = va_arg(parts, const char *))
        append(o, part, strlen(part));
    va_end(parts);
}

void smtp_output_secret(struct smtp_output *o, const char *secret, gsize len)
{
    char *text = g_base64_encode((const guchar *)secret, len);
    /* A buffer that grows leaves a copy behind. */
    gsize at = o->bytes->len;
    g_string_set_size(o->bytes, at + strlen(text) + 2);
    g_string_truncate(o->bytes, at);
    smtp_output_say(o, text, "\r\n", NULL);
    o->secret = TRUE;
    explicit_bzero(text, strlen(text));
    g_free(text);
}

void smtp_output_body(struct smtp_output *o, const char *body, gsize len)
{
    g_assert(!o->body);
    o->body = body;
    o->body_len = len;
    o->body_at = 0;
}

static gboolean begins_a_line(const char *body, const char *p)
{
    return p == body || p[-1] == '\n';
}

/* Of the message from body_at on, up to end. */
static void stuff(struct smtp_output *o, const char *end)
{
    const char *from = o->body + o->body_at, *dot = from;
    while (dot < end && (dot = memchr(dot, '.', (gsize)(end - dot))) != NULL) {
        if (begins_a_line(o->body, dot)) {
            append(o, from, (gsize)(dot - from));
            append(o, ".", 1);
            from = dot;
        }
        dot++;
    }
    append(o, from, (gsize)(end - from));
    o->body_at = (gsize)(end - o->body);
}

gboolean smtp_output_fill(struct smtp_output *o)
{
    if (!o->body || o->bytes->len - o->at >= PIECE)
        return FALSE;
    g_string_erase(o->bytes, 0, (gssize)o->at);
    o->at = 0;
    stuff(o, o->body + o->body_at + MIN(PIECE, o->body_len - o->body_at));
    if (o->body_at < o->body_len)
        return FALSE;
    o->body = NULL;
    append(o, ".\r\n", 3);
    return TRUE;
}

const char *smtp_output_peek(const struct smtp_output *o, gsize *len)
{
    *len = o->bytes->len - o->at;
    return *len > 0 ? o->bytes->str + o->at : NULL;
}

static void empty(struct smtp_output *o)
{
    wipe(o);
    g_string_truncate(o->bytes, 0);
    o->at = 0;
}

void smtp_output_drop(struct smtp_output *o)
{
    empty(o);
    o->body = NULL;
}

void smtp_output_sent(struct smtp_output *o, gsize len)
{
    o->at += len;
    o->sent += len;
    g_assert(o->at <= o->bytes->len);
    if (o->at == o->bytes->len)
        empty(o);
}
