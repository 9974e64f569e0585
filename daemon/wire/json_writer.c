#include "wire/json_writer.h"

#include <string.h>

#include "base/text.h"

/* As g_string_append_len(), without a call for each of the many short pieces that fit. */
static void put(GString *out, const char *bytes, size_t n)
{
    if (out->len + n >= out->allocated_len) {
        g_string_append_len(out, bytes, (gssize)n);
        return;
    }
    memcpy(out->str + out->len, bytes, n);
    out->len += n;
    out->str[out->len] = '\0';
}

static void begin(GString *out, const char *name)
{
    /* A complete value ends in a quote, a bracket or a digit; only an opening bracket needs no
     * comma. */
    if (out->len > 0 && out->str[out->len - 1] != '{' && out->str[out->len - 1] != '[')
        g_string_append_c(out, ',');
    if (name) {
        g_string_append_c(out, '"');
        put(out, name, strlen(name));
        put(out, "\":", 2);
    }
}

void json_writer_open(GString *out, const char *name, char bracket)
{
    begin(out, name);
    g_string_append_c(out, bracket);
}

void json_writer_close(GString *out, char bracket)
{
    g_string_append_c(out, bracket);
}

static void append_u(GString *out, gunichar c)
{
    static const char hex[] = "0123456789abcdef";

    if (c > 0xFFFF) {
        append_u(out, 0xD800 + ((c - 0x10000) >> 10));
        append_u(out, 0xDC00 + ((c - 0x10000) & 0x3FF));
        return;
    }
    char u[6] = { '\\', 'u', hex[c >> 12 & 15], hex[c >> 8 & 15], hex[c >> 4 & 15], hex[c & 15] };
    g_string_append_len(out, u, sizeof u);
}

static void append_escape(GString *out, char c)
{
    switch (c) {
    case '"':
        g_string_append_len(out, "\\\"", 2);
        break;
    case '\\':
        g_string_append_len(out, "\\\\", 2);
        break;
    case '\n':
        g_string_append_len(out, "\\n", 2);
        break;
    case '\r':
        g_string_append_len(out, "\\r", 2);
        break;
    case '\t':
        g_string_append_len(out, "\\t", 2);
        break;
    default:
        append_u(out, (guchar)c);
    }
}

/* What may change how a line is shown without being seen. */
static bool is_deceptive(gunichar c)
{
    return (c >= 0x80 && c <= 0x9F) || c == 0x061C || (c >= 0x200E && c <= 0x200F) ||
           (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

/* Everything in ASCII but the controls, the quote and the backslash; the NUL is not. */
static const bool is_plain[256] = {
    [' ' ... '!'] = true,
    ['#' ... '['] = true,
    [']' ... '~'] = true,
};

static void append_quoted(GString *out, const char *s, bool ascii)
{
    g_string_append_c(out, '"');
    while (*s) {
        const char *run = s;
        while (is_plain[(guchar)*s])
            s++;
        put(out, run, (size_t)(s - run));
        if (!*s)
            break;
        if ((guchar)*s < 0x80) {
            append_escape(out, *s++);
            continue;
        }
        gunichar c = g_utf8_get_char_validated(s, -1);
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        size_t n = valid ? (size_t)(g_utf8_next_char(s) - s) : 1;
        if (!valid)
            append_u(out, 0xFFFD);
        else if (ascii || is_deceptive(c))
            append_u(out, c);
        else
            g_string_append_len(out, s, n);
        s += n;
    }
    g_string_append_c(out, '"');
}

void json_writer_string(GString *out, const char *name, const char *value)
{
    begin(out, name);
    append_quoted(out, value, false);
}

void json_writer_ascii(GString *out, const char *name, const char *value)
{
    begin(out, name);
    append_quoted(out, value, true);
}

void json_writer_integer(GString *out, const char *name, int64_t value)
{
    begin(out, name);
    text_append_integer(out, value);
}

void json_writer_boolean(GString *out, const char *name, bool value)
{
    begin(out, name);
    g_string_append(out, value ? "true" : "false");
}

void json_writer_double(GString *out, const char *name, double value)
{
    if (value == 0)
        value = 0; /* -0 would be read back as the integer 0 */
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    begin(out, name);
    for (int digits = 15; digits <= 17; digits++) {
        char format[8];
        g_snprintf(format, sizeof format, "%%.%dg", digits);
        g_ascii_formatd(text, sizeof text, format, value);
        if (g_ascii_strtod(text, NULL) == value)
            break;
    }
    g_string_append(out, text);
}
