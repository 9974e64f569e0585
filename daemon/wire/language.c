#include "wire/language.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

static bool is_subtag(const char *s, bool primary)
{
    size_t n = strlen(s);

    if (n < 2 || n > (primary ? 3 : 8))
        return false;
    for (; *s; s++)
        if (!(primary ? g_ascii_isalpha(*s) : g_ascii_isalnum(*s)))
            return false;
    return true;
}

/* RFC 5646, 2.1.1: regions in capitals, scripts with a capital, everything else small. */
static void set_case(char *subtag, bool primary)
{
    size_t n = strlen(subtag);

    for (size_t i = 0; i < n; i++) {
        bool upper = !primary && (n == 2 || (n == 4 && i == 0));
        subtag[i] = upper ? g_ascii_toupper(subtag[i]) : g_ascii_tolower(subtag[i]);
    }
}

char *language_canonical(const char *tag)
{
    if (strlen(tag) > LANGUAGE_MAX_BYTES)
        return NULL;
    g_auto(GStrv) subtags = g_strsplit(tag, "-", -1);
    for (size_t i = 0; subtags[i] || i == 0; i++) {
        if (!subtags[i] || !is_subtag(subtags[i], i == 0))
            return NULL;
        set_case(subtags[i], i == 0);
    }
    return g_strjoinv("-", subtags);
}
