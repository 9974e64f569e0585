#include "template_inside.h"

#include <string.h>

static bool is_bidi_control(gunichar c)
{
    return c == 0x061c || c == 0x200e || c == 0x200f || (c >= 0x202a && c <= 0x202e) ||
           (c >= 0x2066 && c <= 0x2069);
}

static void append_html(GString *out, gunichar c)
{
    static const struct {
        gunichar c;
        const char *entity;
    } entities[] = {
        { '&', "&amp;" }, { '<', "&lt;" }, { '>', "&gt;" }, { '"', "&quot;" }, { '\'', "&#39;" }
    };
    for (size_t i = 0; i < G_N_ELEMENTS(entities); i++) {
        if (entities[i].c == c) {
            g_string_append(out, entities[i].entity);
            return;
        }
    }
    g_string_append_unichar(out, c);
}

static bool is_plain(char c)
{
    return (c >= ' ' && c < 0x7f && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'') ||
           c == '\n';
}

/* How many bytes from there stand in every output as themselves. */
static gsize plain_run(const char *s)
{
    gsize n = 0;
    while (is_plain(s[n]))
        n++;
    return n;
}

void template_append_text(GString *out, const char *s, enum template_output output)
{
    for (;; s = g_utf8_next_char(s)) {
        const gsize run = plain_run(s);
        g_string_append_len(out, s, (gssize)run);
        s += run;
        if (!*s)
            return;
        gunichar c = g_utf8_get_char(s);
        if (c == '\t' || c == 0x2028 || c == 0x2029)
            c = ' ';
        if ((c < ' ' && c != '\n') || (c >= 0x7f && c <= 0x9f) || is_bidi_control(c))
            continue;
        if (output == TEMPLATE_HTML)
            append_html(out, c);
        else
            g_string_append_unichar(out, c);
    }
}

void template_append_value(GString *out, const json_t *value, enum template_output output)
{
    if (json_is_string(value))
        template_append_text(out, json_string_value(value), output); /* which is valid UTF-8 */
    else if (json_is_integer(value))
        g_string_append_printf(out, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
}

bool template_is_true(const json_t *v)
{
    if (json_is_array(v))
        return json_array_size(v) > 0;
    if (json_is_object(v))
        return json_object_size(v) > 0;
    if (json_is_string(v))
        return *json_string_value(v) != '\0';
    return json_is_true(v) || (json_is_integer(v) && json_integer_value(v) != 0);
}
