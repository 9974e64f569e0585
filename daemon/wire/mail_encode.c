#include "wire/mail_encode.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#define LINE_CHARS 76 /* with the "=" of a soft line break */
#define CODE_CHARS 3  /* "=3D" */
#define FROM_LINE "From "
#define FROM_CODED "=46rom =\r\n"

struct quoting {
    char *at, *line; /* where the next character goes, and where its line began */
};

/* What stands in a line as itself; a blank does not at the end of one. */
static inline bool is_plain(guchar c)
{
    return (c >= ' ' && c < 0x7f && c != '=') || c == '\t';
}

static bool is_blank(guchar c)
{
    return c == ' ' || c == '\t';
}

static void put_code(struct quoting *q, guchar c)
{
    static const char digits[] = "0123456789ABCDEF";
    *q->at++ = '=';
    *q->at++ = digits[c >> 4];
    *q->at++ = digits[c & 0xf];
}

/* Takes what begins the line out of the way, as often as it does. */
static void guard_from(struct quoting *q)
{
    const size_t from = strlen(FROM_LINE), coded = strlen(FROM_CODED);
    while ((size_t)(q->at - q->line) >= from && !memcmp(q->line, FROM_LINE, from)) {
        const size_t rest = (size_t)(q->at - q->line) - from;
        memmove(q->line + coded, q->line + from, rest);
        memcpy(q->line, FROM_CODED, coded);
        q->line += coded;
        q->at = q->line + rest;
    }
}

static void end_line(struct quoting *q)
{
    guard_from(q);
    *q->at++ = '\r';
    *q->at++ = '\n';
    q->line = q->at;
}

#define EACH_BYTE(c) (0x0101010101010101u * (c))

/* Eight of them at once; a tab is left to the other. */
static bool are_plain(const char *text)
{
    uint64_t x;
    memcpy(&x, text, sizeof x);
    const uint64_t equals = x ^ EACH_BYTE('=');
    const uint64_t odd = x | (x + EACH_BYTE(1)) /* 0x7f and above */
                         | (x - EACH_BYTE(' ')) /* below a blank */
                         | ((equals - EACH_BYTE(1)) & ~equals);
    return !(odd & EACH_BYTE(0x80));
}

/* How many bytes from there stand as themselves, whatever follows; at most max. */
static gsize plain_run(const char *text, gsize max)
{
    gsize n = 0;
    while (n + sizeof(uint64_t) <= max && are_plain(text + n))
        n += sizeof(uint64_t);
    while (n < max && is_plain((guchar)text[n]))
        n++;
    while (n > 0 && is_blank((guchar)text[n - 1])) /* they may end a line */
        n--;
    return n;
}

/* So that so many more characters and a soft line break fit. */
static void make_room(struct quoting *q, int chars)
{
    if (q->at - q->line + chars < LINE_CHARS)
        return;
    *q->at++ = '=';
    end_line(q);
}

/* A byte that is no line feed; ends: it is the last one of its line. */
static void put_byte(struct quoting *q, guchar c, bool ends)
{
    if (is_plain(c) && !(ends && is_blank(c))) {
        make_room(q, 1);
        *q->at++ = (char)c;
    } else {
        make_room(q, CODE_CHARS);
        put_code(q, c);
    }
}

void mail_encode_quoted(GString *to, const char *text, gsize len)
{
    /* At worst each byte is a code, every 25th of which has a soft line break of three behind it,
     * and every line begins with what must not begin one. */
    const gsize before = to->len;
    g_string_set_size(to, before + len * (CODE_CHARS + 2) + LINE_CHARS);
    struct quoting q = { .at = to->str + before, .line = to->str + before };
    for (gsize i = 0; i < len; i++) {
        const gsize room = (gsize)(q.line + LINE_CHARS - 1 - q.at);
        const gsize run = plain_run(text + i, MIN(room, len - i));
        memcpy(q.at, text + i, run);
        q.at += run;
        i += run;
        if (i == len)
            break;
        if (text[i] == '\n') {
            end_line(&q);
            continue;
        }
        const bool ends = i + 1 == len || text[i + 1] == '\n' ||
                          (text[i + 1] == '\r' && i + 2 < len && text[i + 2] == '\n');
        if (text[i] != '\r' || !ends)
            put_byte(&q, (guchar)text[i], ends);
    }
    guard_from(&q);
    g_string_truncate(to, (gsize)(q.at - to->str));
}

void mail_encode_base64(GString *to, const void *bytes, gsize len)
{
    g_autofree char *text = g_base64_encode(bytes, len);
    gsize left = strlen(text);
    for (const char *at = text; left > 0;) {
        const gsize n = MIN(left, LINE_CHARS);
        g_string_append_len(to, at, (gssize)n);
        g_string_append(to, "\r\n");
        at += n;
        left -= n;
    }
}
