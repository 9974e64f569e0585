#include "io/smtp_reply.h"

#include "model/outcome.h"
#include <string.h>

typedef void (*line_fn)(const char *line, size_t len, void *ctx);

void smtp_reply_init(struct smtp_reply *r)
{
    *r = (struct smtp_reply){ .text = g_string_new(NULL), .line = g_string_new(NULL) };
}

void smtp_reply_clear(struct smtp_reply *r)
{
    g_string_free(r->text, TRUE);
    g_string_free(r->line, TRUE);
}

static void begin(struct smtp_reply *r)
{
    g_string_truncate(r->text, 0);
    r->bytes = 0;
    r->code = 0;
    r->whole = FALSE;
}

/* 0: it is no line of a reply. */
static int code_of(const char *line, size_t len)
{
    if (len < 3 || (len > 3 && line[3] != ' ' && line[3] != '-'))
        return 0;
    if (line[0] < '2' || line[0] > '5' || !g_ascii_isdigit(line[1]) || !g_ascii_isdigit(line[2]))
        return 0;
    return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

static void take_line(struct smtp_reply *r, const char *line, size_t len, line_fn on_line,
                      void *ctx)
{
    while (len > 0 && line[len - 1] == '\r')
        len--;
    int code = code_of(line, len);
    if (code == 0)
        return;
    if (r->code == 0)
        g_string_append_len(r->text, line, 3);
    else if (code > r->code)
        memcpy(r->text->str, line, 3);
    r->code = MAX(r->code, code);
    if (len > 4 && r->text->len < OUTCOME_REPLY_MAX) {
        g_string_append_c(r->text, ' ');
        g_string_append_len(r->text, line + 4, (gssize)(len - 4));
    }
    r->whole = len == 3 || line[3] == ' ';
    if (on_line)
        on_line(line + MIN(len, 4), len - MIN(len, 4), ctx);
}

/* What does not fit is counted and let go. */
static void keep(struct smtp_reply *r, const char *bytes, size_t len)
{
    size_t room = SMTP_REPLY_LINE_MAX - MIN(r->line->len, SMTP_REPLY_LINE_MAX);
    g_string_append_len(r->line, bytes, (gssize)MIN(len, room));
}

size_t smtp_reply_take(struct smtp_reply *r, const char *bytes, size_t len, line_fn on_line,
                       void *ctx)
{
    if (r->whole)
        begin(r);
    const char *end = memchr(bytes, '\n', len);
    size_t taken = end ? (size_t)(end - bytes) + 1 : len;
    r->bytes += taken;
    r->inside = !end;
    keep(r, bytes, end ? taken - 1 : taken);
    if (end) {
        take_line(r, r->line->str, r->line->len, on_line, ctx);
        g_string_truncate(r->line, 0);
    }
    return taken;
}
