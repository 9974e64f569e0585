#include "sse.h"

#include <string.h>

struct sse {
    sse_event_fn *on_event;
    void *ctx;
    GString *line, *data, *event;
    GString *id;      /* of the last whole event */
    GString *next_id; /* of the event that is being read */
    bool after_cr;    /* the last byte was CR: an LF that follows belongs to it */
};

struct sse *sse_new(sse_event_fn *on_event, void *ctx)
{
    struct sse *s = g_new0(struct sse, 1);

    s->on_event = on_event;
    s->ctx = ctx;
    s->line = g_string_new(NULL);
    s->data = g_string_new(NULL);
    s->event = g_string_new(NULL);
    s->id = g_string_new(NULL);
    s->next_id = g_string_new(NULL);
    return s;
}

void sse_free(struct sse *s)
{
    if (!s)
        return;
    g_string_free(s->line, TRUE);
    g_string_free(s->data, TRUE);
    g_string_free(s->event, TRUE);
    g_string_free(s->id, TRUE);
    g_string_free(s->next_id, TRUE);
    g_free(s);
}

const char *sse_last_id(const struct sse *s)
{
    return s->id->str;
}

void sse_restart(struct sse *s)
{
    g_string_truncate(s->line, 0);
    g_string_truncate(s->data, 0);
    g_string_truncate(s->event, 0);
    g_string_assign(s->next_id, s->id->str);
    s->after_cr = false;
}

static bool dispatch(struct sse *s)
{
    bool go_on = true;

    g_string_assign(s->id, s->next_id->str);
    if (s->data->len > 0) {
        g_string_truncate(s->data, s->data->len - 1); /* the newline after the last data line */
        go_on = s->on_event(s->id->str, s->event->len ? s->event->str : "message", s->data->str,
                            s->data->len, s->ctx);
    }
    g_string_truncate(s->data, 0);
    g_string_truncate(s->event, 0);
    return go_on;
}

static void take_field(struct sse *s, const char *name, gsize name_len, const char *value)
{
    if (name_len == 4 && memcmp(name, "data", 4) == 0) {
        g_string_append(s->data, value);
        g_string_append_c(s->data, '\n');
    } else if (name_len == 5 && memcmp(name, "event", 5) == 0) {
        g_string_assign(s->event, value);
    } else if (name_len == 2 && memcmp(name, "id", 2) == 0) {
        g_string_assign(s->next_id, value);
    }
}

static bool take_line(struct sse *s)
{
    const char *line = s->line->str;
    gsize name_len = strcspn(line, ":");

    if (s->line->len == 0)
        return dispatch(s);
    if (name_len > 0) { /* else a comment: the server's ping */
        const char *value = line + name_len + (line[name_len] == ':');
        take_field(s, line, name_len, value + (*value == ' '));
    }
    g_string_truncate(s->line, 0);
    return true;
}

bool sse_take(struct sse *s, const char *bytes, gsize len)
{
    for (gsize i = 0; i < len; i++) {
        char c = bytes[i];
        bool swallowed = c == '\n' && s->after_cr;
        s->after_cr = c == '\r';
        if (swallowed)
            continue;
        if (c != '\n' && c != '\r') {
            g_string_append_c(s->line, c);
            if (s->line->len + s->data->len > SSE_DATA_MAX)
                return false;
        } else if (!take_line(s)) {
            return false;
        }
    }
    return true;
}
