#include "model/lookalike.h"

#include <glib.h>
#include <stdbool.h>
#include <string.h>

/* Letters by the Latin one that they look like; capitals have rows of their own where they look
 * like another one than their small letters do.  l, 1 and i are one. */
static const struct likeness {
    const char *drawn; /* as UTF-8 */
    char as;
} likenesses[] = {
    { "аАαΑɑᴀ", 'a' },        { "вВβΒʙƄЬь", 'b' }, { "сСϲᴄ", 'c' },  { "ԁᴅժ", 'd' },
    { "еЕεΕєЄᴇ℮", 'e' },      { "ғғƒ", 'f' },      { "ɡɢց", 'g' },   { "һҺНнΗʜհ", 'h' },
    { "іІιΙıɩɪӏӀlL1|", 'i' }, { "јЈϳᴊ", 'j' },     { "кКκΚᴋ", 'k' }, { "мМΜᴍ", 'm' },
    { "пηΝɴո", 'n' },         { "оОοΟσᴏօ0", 'o' }, { "рРρΡᴘ", 'p' }, { "ԛզ", 'q' },
    { "гʀᴦ", 'r' },           { "ѕЅꜱ", 's' },      { "тТτΤᴛ", 't' }, { "υսᴜʋ", 'u' },
    { "νѵѴᴠ", 'v' },          { "ԝԜωᴡ", 'w' },     { "хХχΧ", 'x' },  { "уУγΥүҮʏ", 'y' },
    { "ζΖᴢ", 'z' },
};

static GHashTable *by_letter(void)
{
    static gsize ready;
    static GHashTable *table;
    if (g_once_init_enter(&ready)) {
        table = g_hash_table_new(NULL, NULL);
        for (size_t i = 0; i < G_N_ELEMENTS(likenesses); i++)
            for (const char *p = likenesses[i].drawn; *p; p = g_utf8_next_char(p))
                g_hash_table_insert(table, GUINT_TO_POINTER(g_utf8_get_char(p)),
                                    GINT_TO_POINTER(likenesses[i].as));
        g_once_init_leave(&ready, 1);
    }
    return table;
}

static bool is_unseen(gunichar c)
{
    bool filler = c == 0x115f || c == 0x1160 || c == 0x3164 || c == 0xffa0;
    bool tatweel = c == 0x0640;
    return g_unichar_ismark(c) || g_unichar_type(c) == G_UNICODE_FORMAT || filler || tatweel;
}

static gunichar fold(gunichar c)
{
    gpointer as = g_hash_table_lookup(by_letter(), GUINT_TO_POINTER(c));
    return as ? (gunichar)GPOINTER_TO_INT(as) : c;
}

/* The letters alone, as they are drawn, each folded; what is not seen is gone. */
static char *draw(const char *text)
{
    g_autofree char *plain = g_utf8_normalize(text, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(NULL);
    for (const char *p = plain; p && *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (!is_unseen(c))
            g_string_append_unichar(out, fold(c));
    }
    return g_string_free(out, FALSE);
}

static char *words_of(const char *text)
{
    g_autofree char *drawn = draw(text), *small = g_utf8_casefold(drawn, -1);
    g_autofree char *apart = g_utf8_normalize(small, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(" ");
    for (const char *p = apart; p && *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (is_unseen(c))
            continue;
        if (g_unichar_isalnum(c))
            g_string_append_unichar(out, fold(c));
        else if (out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    if (out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
    return g_string_free(out, FALSE);
}

/* What each character of ASCII becomes by itself: a blank, or one letter or digit. */
static const char *ascii_forms(void)
{
    static gsize ready;
    static char forms[128];
    if (g_once_init_enter(&ready)) {
        for (int c = 1; c < 128; c++) {
            g_autofree char *form = words_of((const char[]){ (char)c, '\0' });
            forms[c] = form[1] ? form[1] : ' ';
        }
        g_once_init_leave(&ready, 1);
    }
    return forms;
}

/* In ASCII no character changes what another one becomes. */
static char *ascii_words_of(const char *text)
{
    const char *forms = ascii_forms();
    GString *out = g_string_sized_new(strlen(text) + sizeof "  ");
    g_string_append_c(out, ' ');
    for (; *text; text++) {
        char form = forms[(guchar)*text];
        if (form != ' ' || out->str[out->len - 1] != ' ')
            g_string_append_c(out, form);
    }
    if (out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
    return g_string_free(out, FALSE);
}

char *lookalike_words(const char *text)
{
    return g_str_is_ascii(text) ? ascii_words_of(text) : words_of(text);
}
