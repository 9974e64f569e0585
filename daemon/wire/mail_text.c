#include "wire/mail_text.h"

#include "base/text.h"

char *mail_text(const char *s)
{
    g_autofree char *line = text_clean_line(s);
    GString *out = g_string_new(line);
    g_string_replace(out, "=?", "= ?", 0);
    return g_string_free(out, FALSE);
}
