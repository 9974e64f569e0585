#include "io/smtp_offer.h"

#include <string.h>

/* "AUTH PLAIN LOGIN", and "AUTH=PLAIN LOGIN" of before there was a standard. */
static void read_mechanisms(struct smtp_offer *o, char **words)
{
    o->auth = TRUE;
    for (char **w = words; *w; w++) {
        o->plain |= g_ascii_strcasecmp(*w, "PLAIN") == 0;
        o->login |= g_ascii_strcasecmp(*w, "LOGIN") == 0;
    }
}

void smtp_offer_line(struct smtp_offer *o, const char *line, gsize len)
{
    static const struct {
        const char *keyword;
        gsize offset;
    } known[] = { { "PIPELINING", G_STRUCT_OFFSET(struct smtp_offer, pipelining) },
                  { "SIZE", G_STRUCT_OFFSET(struct smtp_offer, size) },
                  { "DSN", G_STRUCT_OFFSET(struct smtp_offer, dsn) },
                  { "STARTTLS", G_STRUCT_OFFSET(struct smtp_offer, starttls) } };
    g_autofree char *text = g_strndup(line, len);
    g_auto(GStrv) words = g_strsplit_set(text, " =", -1);
    if (!words[0])
        return;
    for (gsize i = 0; i < G_N_ELEMENTS(known); i++) {
        if (g_ascii_strcasecmp(words[0], known[i].keyword) == 0)
            G_STRUCT_MEMBER(gboolean, o, known[i].offset) = TRUE;
    }
    if (g_ascii_strcasecmp(words[0], "AUTH") == 0)
        read_mechanisms(o, words + 1);
}
