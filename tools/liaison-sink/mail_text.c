#include "mail_text.h"

#include <string.h>

static bool is_blank(char b)
{
    return b == ' ' || b == '\t';
}

/* The line at p without its line break; *next is set behind it. */
static size_t line_at(const char *p, const char *end, const char **next)
{
    const char *lf = memchr(p, '\n', (size_t)(end - p));
    size_t len = (size_t)((lf ? lf : end) - p);

    *next = lf ? lf + 1 : end;
    return len && p[len - 1] == '\r' ? len - 1 : len;
}

static void trim(GString *value)
{
    size_t lead = 0;

    while (value->len && is_blank(value->str[value->len - 1]))
        g_string_truncate(value, value->len - 1);
    while (lead < value->len && is_blank(value->str[lead]))
        lead++;
    g_string_erase(value, 0, (gssize)lead);
}

bool mail_header_next(const char **at, const char *end, struct mail_header *h)
{
    while (*at < end) {
        const char *line = *at, *colon;
        size_t len = line_at(line, end, at);

        if (!len)
            return false;
        colon = memchr(line, ':', len);
        if (!colon)
            continue; /* not a header; whoever wants to see it looks at the mail itself */
        h->name = line;
        h->name_len = (size_t)(colon - line);
        g_string_truncate(h->value, 0);
        g_string_append_len(h->value, colon + 1, (gssize)(len - h->name_len - 1));
        while (*at < end && is_blank(**at)) {
            line = *at;
            len = line_at(line, end, at);
            g_string_append_len(h->value, line, (gssize)len);
        }
        trim(h->value);
        return true;
    }
    return false;
}

bool mail_header_is(const struct mail_header *h, const char *name)
{
    return strlen(name) == h->name_len && g_ascii_strncasecmp(h->name, name, h->name_len) == 0;
}

bool mail_header_tells_status(const struct mail_header *h)
{
    static const char *const names[] = { "From",           "To",           "Date",
                                         "Auto-Submitted", "References",   "Priority",
                                         "Importance",     "In-Reply-To",  "Precedence",
                                         "Expires",        "Content-Type", "Reply-To",
                                         "Keywords",       "Comments",     "Content-Language" };

    if (h->name_len > 2 && g_ascii_strncasecmp(h->name, "X-", 2) == 0)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (mail_header_is(h, names[i]))
            return true;
    return false;
}
