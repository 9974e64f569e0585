#include "jsonl.h"

#include <string.h>

static void append_unit(GString *out, gunichar u)
{
    g_string_append_printf(out, "\\u%04x", u);
}

/* One character that is not plain ASCII; answers the bytes it took. */
static size_t append_wide(GString *out, const char *p, size_t left)
{
    const gunichar u = g_utf8_get_char_validated(p, (gssize)left);

    if (u == (gunichar)-1 || u == (gunichar)-2) {
        append_unit(out, 0xfffd);
        return 1;
    }
    if (g_unichar_isprint(u)) {
        g_string_append_unichar(out, u);
    } else if (u < 0x10000) {
        append_unit(out, u);
    } else {
        append_unit(out, 0xd800 + ((u - 0x10000) >> 10));
        append_unit(out, 0xdc00 + ((u - 0x10000) & 0x3ff));
    }
    return (size_t)(g_utf8_next_char(p) - p);
}

static bool is_plain(unsigned char b)
{
    return b >= 0x20 && b < 0x7f && b != '"' && b != '\\';
}

static void append_quoted(GString *out, const char *p, size_t len)
{
    const char *end = p + len;

    g_string_append_c(out, '"');
    while (p < end) {
        const char *run = p;

        while (p < end && is_plain((unsigned char)*p))
            p++;
        g_string_append_len(out, run, p - run);
        if (p == end)
            break;
        if (*p == '"' || *p == '\\') {
            g_string_append_c(out, '\\');
            g_string_append_c(out, *p++);
        } else if ((unsigned char)*p < 0x80) {
            append_unit(out, (unsigned char)*p++);
        } else {
            p += append_wide(out, p, (size_t)(end - p));
        }
    }
    g_string_append_c(out, '"');
}

static void append_name(GString *out, const char *name)
{
    if (out->str[out->len - 1] != '{')
        g_string_append_c(out, ',');
    append_quoted(out, name, strlen(name));
    g_string_append_c(out, ':');
}

void jsonl_begin(GString *out)
{
    g_string_assign(out, "{");
}

void jsonl_end(GString *out)
{
    g_string_append_len(out, "}\n", 2);
}

void jsonl_bytes(GString *out, const char *name, const char *bytes, size_t len)
{
    append_name(out, name);
    append_quoted(out, bytes, len);
}

void jsonl_text(GString *out, const char *name, const char *text)
{
    if (text) {
        jsonl_bytes(out, name, text, strlen(text));
        return;
    }
    append_name(out, name);
    g_string_append(out, "null");
}

void jsonl_int(GString *out, const char *name, int64_t value)
{
    char digits[24];

    g_snprintf(digits, sizeof(digits), "%" G_GINT64_FORMAT, value);
    append_name(out, name);
    g_string_append(out, digits);
}

void jsonl_bool(GString *out, const char *name, bool value)
{
    append_name(out, name);
    g_string_append(out, value ? "true" : "false");
}

void jsonl_list(GString *out, const char *name, const char *strings, unsigned n)
{
    append_name(out, name);
    g_string_append_c(out, '[');
    for (unsigned i = 0; i < n; i++, strings += strlen(strings) + 1) {
        if (i)
            g_string_append_c(out, ',');
        append_quoted(out, strings, strlen(strings));
    }
    g_string_append_c(out, ']');
}

void jsonl_open(GString *out, const char *name)
{
    append_name(out, name);
    g_string_append_c(out, '{');
}

void jsonl_close(GString *out)
{
    g_string_append_c(out, '}');
}

void jsonl_time(GString *out, const char *name)
{
    static int64_t cached_s = -1; /* formatting the date once a second is enough */
    static char date[32];
    const int64_t now_us = g_get_real_time(), s = now_us / G_USEC_PER_SEC;
    char text[48];

    if (s != cached_s) {
        g_autoptr(GDateTime) when = g_date_time_new_from_unix_utc(s);
        g_autofree char *formatted = g_date_time_format(when, "%Y-%m-%dT%H:%M:%S");

        g_strlcpy(date, formatted, sizeof(date));
        cached_s = s;
    }
    g_snprintf(text, sizeof(text), "%s.%03dZ", date, (int)(now_us % G_USEC_PER_SEC / 1000));
    jsonl_text(out, name, text);
}
