#include "wire/mail_text.h"

#include "base/text.h"

/* The begin of an encoded word, or a byte as the Q encoding has it. */
static bool is_code(const char *after_equals)
{
    return *after_equals == '?' ||
           (g_ascii_isxdigit(after_equals[0]) && g_ascii_isxdigit(after_equals[1]));
}

char *mail_text(const char *s)
{
    g_autofree char *line = text_clean_line(s);
    GString *out = g_string_new(NULL);
    for (const char *p = line; *p; p++) {
        g_string_append_c(out, *p);
        if (*p == '=' && is_code(p + 1))
            g_string_append_c(out, ' ');
    }
    return g_string_free(out, FALSE);
}
