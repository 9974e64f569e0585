#include <string.h>

#include "smtp_session.h"

/* Keeps counting input but no longer bytes once a mail is too big. */
static void keep(struct smtp *s, const char *data, size_t len)
{
    if (s->too_big || s->text->len + len > SINK_MAX_BYTES)
        s->too_big = true;
    else
        g_string_append_len(s->text, data, (gssize)len);
}

/* How much of ".\r\n" the line at p begins with; 3 is the end of the mail. */
static size_t final_dot(const char *p, size_t left)
{
    static const char end[] = ".\r\n";
    size_t n = 0;

    while (n < 3 && n < left && p[n] == end[n])
        n++;
    return n == left || n == 3 ? n : 0;
}

/* Only CRLF ends a line here: a bare LF is kept as a byte of its line, and noted. */
static size_t take_line(struct smtp *s, const char *p, size_t left)
{
    const char *lf = memchr(p, '\n', left);
    size_t len = lf ? (size_t)(lf - p) + 1 : left;
    bool crlf;

    /* A CR at the very end may be half of a CRLF: it waits for its other half. */
    if (!lf && p[left - 1] == '\r')
        len--;
    crlf = lf && len >= 2 && p[len - 2] == '\r';
    s->bare_lf |= lf && !crlf;
    keep(s, p, len);
    if (len)
        s->at_line_start = crlf;
    return len;
}

size_t smtp_take_text(struct smtp *s, const char *data, size_t len)
{
    size_t used = 0, n;

    while (used < len) {
        if (s->at_line_start) {
            n = final_dot(data + used, len - used);
            if (n == 3) {
                s->reading = READ_COMMANDS;
                smtp_stage(s, STAGE_BODY);
                return used + n;
            }
            if (n)
                break; /* might become the end: wait for more */
            if (data[used] == '.') {
                used++;
                s->at_line_start = false;
            }
        }
        n = take_line(s, data + used, len - used);
        if (!n)
            break;
        used += n;
    }
    return used;
}
