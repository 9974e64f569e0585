#include "base/text.h"
#include <string.h>

#define INVALID ((gunichar)-1)

static bool is_control(gunichar c)
{
    return c < 0x20 || (c >= 0x7f && c <= 0x9f);
}

/* Direction overrides, embeddings and isolates: they make text read otherwise than it is stored. */
static bool is_bidi_override(gunichar c)
{
    return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static bool is_bidi_control(gunichar c)
{
    return is_bidi_override(c) || c == 0x61c || c == 0x200e || c == 0x200f;
}

static bool is_separator(gunichar c)
{
    return c == 0x2028 || c == 0x2029;
}

/* The character at p and where the next begins; INVALID is one byte long. */
static gunichar next_char(const char **p, const char *end)
{
    guchar byte = (guchar) * *p;
    if (byte < 0x80) {
        (*p)++;
        return byte;
    }
    gunichar c = g_utf8_get_char_validated(*p, end - *p);
    if (c == INVALID || c == (gunichar)-2) {
        (*p)++;
        return INVALID;
    }
    *p = g_utf8_next_char(*p);
    return c;
}

static const char *end_of(const char *s, gssize len)
{
    return s + (len < 0 ? strlen(s) : (size_t)len);
}

void text_append_printable(GString *out, const char *s, gssize len)
{
    const char *end = end_of(s, len);
    while (s < end) {
        const char *start = s;
        while (s < end && *s >= ' ' && *s < 0x7f)
            s++;
        if (s > start) {
            g_string_append_len(out, start, s - start);
            continue;
        }
        gunichar c = next_char(&s, end);
        if (c == INVALID || c < 0x20 || c == 0x7f)
            g_string_append_printf(out, "\\x%02x", (guchar)*start);
        else if (is_control(c) || is_separator(c) || is_bidi_control(c))
            g_string_append_printf(out, "\\u{%04x}", c);
        else
            g_string_append_len(out, start, s - start);
    }
}

void text_append_integer(GString *out, int64_t n)
{
    char digits[24];
    size_t at = sizeof digits;
    uint64_t rest = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    do {
        digits[--at] = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (n < 0)
        digits[--at] = '-';
    g_string_append_len(out, digits + at, (gssize)(sizeof digits - at));
}

char *text_printable(const char *s, gssize len)
{
    GString *out = g_string_new(NULL);
    text_append_printable(out, s, len);
    return g_string_free(out, FALSE);
}

bool text_is_plain_line(const char *s)
{
    bool blank = true; /* none at the begin either */
    for (; *s; s++) {
        if (*s < ' ' || *s >= 0x7f || (*s == ' ' && blank))
            return false;
        blank = *s == ' ';
    }
    return !blank;
}

char *text_clean_line(const char *s)
{
    if (text_is_plain_line(s))
        return g_strdup(s);
    GString *out = g_string_new(NULL);
    const char *end = end_of(s, -1);
    bool blank = false;
    while (s < end) {
        gunichar c = next_char(&s, end);
        if (c == ' ' || is_control(c) || is_separator(c)) {
            blank = true;
            continue;
        }
        if (is_bidi_override(c))
            continue;
        if (blank && out->len > 0)
            g_string_append_c(out, ' ');
        blank = false;
        g_string_append_unichar(out, c == INVALID ? 0xfffd : c);
    }
    return g_string_free(out, FALSE);
}

bool text_is_valid(const char *s, gssize len)
{
    const char *end = end_of(s, len);
    while (s < end) {
        gunichar c = next_char(&s, end);
        if (c == INVALID || (is_control(c) && c != '\t' && c != '\n' && c != '\r'))
            return false;
    }
    return true;
}

bool text_has_control(const char *s)
{
    if (text_is_plain_line(s)) /* as most are, and this is quicker */
        return false;
    const char *end = end_of(s, -1);
    while (s < end) {
        gunichar c = next_char(&s, end);
        if (c == INVALID || is_control(c))
            return true;
    }
    return false;
}

char *text_ellipsize(const char *s, size_t max_chars)
{
    g_autofree char *valid = g_utf8_make_valid(s, -1);
    size_t length = (size_t)g_utf8_strlen(valid, -1);
    if (length <= max_chars)
        return g_steal_pointer(&valid);
    if (max_chars == 0)
        return g_strdup("");
    const char *cut = g_utf8_offset_to_pointer(valid, (glong)max_chars - 1);
    while (cut > valid &&
           g_unichar_ismark(g_utf8_get_char(cut))) /* an accent stays with its letter */
        cut = g_utf8_prev_char(cut);
    return g_strdup_printf("%.*s…", (int)(cut - valid), valid);
}

char *text_cut(const char *s, size_t max)
{
    if (strlen(s) <= max)
        return g_strdup(s);
    const char *end = g_utf8_find_prev_char(s, s + max - strlen("…") + 1);
    return g_strdup_printf("%.*s…", end ? (int)(end - s) : 0, s);
}
