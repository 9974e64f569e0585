#include "model/release.h"
#include <string.h>

/* In an exercise or a test: words that say it is the real thing. */
static const char *const real[] = {
    /* English */
    "not a drill",
    "not an exercise",
    "this is not a test",
    "this isn't a drill",
    "this isn't an exercise",
    "this isn't a test",
    "this is no drill",
    "this is no exercise",
    "this is no test",
    "this is a real emergency",
    "this is a real alert",
    /* Spanish */
    "no es un simulacro",
    "esto no es un ejercicio",
    "este no es un ejercicio",
    "esto no es una prueba",
    "esta no es una prueba",
    "no se trata de un simulacro",
    "no se trata de un ejercicio",
    "no se trata de una prueba",
    "esto es una emergencia real",
    /* French */
    "ceci n’est pas un exercice",
    "ce n’est pas un exercice",
    "ceci n’est pas un test",
    "ce n’est pas un test",
    "ceci n’est pas une simulation",
    "ce n’est pas une simulation",
    "il ne s’agit pas d’un exercice",
    "il ne s’agit pas d’un test",
    "ceci est une urgence réelle",
    /* Portuguese */
    "isto não é um exercício",
    "isso não é um exercício",
    "este não é um exercício",
    "isto não é um simulacro",
    "isso não é um simulado",
    "isto não é um teste",
    "isso não é um teste",
    "este não é um teste",
    "isto não é um treino",
    "isso não é um treinamento",
    "não se trata de um exercício",
    "não se trata de um simulacro",
    "não se trata de um teste",
    /* Arabic */
    "هذا ليس تدريبًا",
    "هذا ليس تمرينًا",
    "هذا ليس اختبارًا",
    "ليس هذا تدريبًا",
    "ليس هذا تمرينًا",
    "هذه ليست مناورة",
    "هذه ليست تجربة",
    NULL,
};

/* In a live one: words that say it is none.  Whole sentences, because exercises, drills and tests
 * are also what live messages are about. */
static const char *const unreal[] = {
    /* English */
    "exercise exercise exercise",
    "drill drill drill",
    "test test test",
    "this is a drill",
    "this is an exercise",
    "this is a test",
    "this is only a drill",
    "this is only an exercise",
    "this is only a test",
    "this is just a drill",
    "this is just an exercise",
    "this is just a test",
    "this message is a test",
    "this message is an exercise",
    "this is not a real emergency",
    "for exercise purposes only",
    /* Spanish */
    "ejercicio ejercicio ejercicio",
    "simulacro simulacro simulacro",
    "prueba prueba prueba",
    "esto es un simulacro",
    "este es un simulacro",
    "esto es un ejercicio",
    "este es un ejercicio",
    "esto es una prueba",
    "esta es una prueba",
    "esto es solo un simulacro",
    "esto es solo un ejercicio",
    "esto es solo una prueba",
    "esta es solo una prueba",
    "se trata de un simulacro",
    "este mensaje es una prueba",
    /* French */
    "exercice exercice exercice",
    "ceci est un exercice",
    "ceci est un test",
    "ceci n’est qu’un exercice",
    "ceci n’est qu’un test",
    "ce n’est qu’un exercice",
    "ce n’est qu’un test",
    "c’est un exercice",
    "il s’agit d’un exercice",
    "ce message est un test",
    /* Portuguese */
    "exercício exercício exercício",
    "teste teste teste",
    "isto é um exercício",
    "isso é um exercício",
    "este é um exercício",
    "isto é um simulacro",
    "isso é um simulado",
    "isto é um teste",
    "isso é um teste",
    "este é um teste",
    "isto é apenas um exercício",
    "isto é apenas um teste",
    "isso é apenas um teste",
    "trata-se de um exercício",
    "trata-se de um simulacro",
    /* Arabic */
    "تدريب تدريب تدريب",
    "تمرين تمرين تمرين",
    "اختبار اختبار اختبار",
    "هذا تدريب",
    "هذا تمرين",
    "هذا اختبار",
    "هذا مجرد تدريب",
    "هذا مجرد تمرين",
    "هذا مجرد اختبار",
    "هذه رسالة تجريبية",
    NULL,
};

/* What turns the words above into something else; taken out before they are looked for. */
static const char *const harmless[] = {
    "if this were not a",
    "if this were not an",
    "if this was not a",
    "if this was not an",
    "were this not a",
    "were this not an",
    "if this is a",
    "if this is an",
    "whether this is a",
    "whether this is an",
    "assume this is a",
    "assume this is an",
    "assume that this is a",
    "assume that this is an",
    "think this is a",
    "think this is an",
    "believe this is a",
    "believe this is an",
    "this is an exercise of the right",
    "this is an exercise of their right",
    "this is a test of strength",
    "si no es un simulacro",
    "si se trata de un simulacro",
    "no se trata de un simulacro",
    "s’il s’agit d’un exercice",
    "si c’est un exercice",
    "si ce n’est pas un exercice",
    NULL,
};

/* Lower case without accents and vowel signs, words with one blank around each: " ceci n est pas ".
 */
static char *plain_words(const char *text)
{
    g_autofree char *folded = g_utf8_casefold(text, -1);
    g_autofree char *apart = g_utf8_normalize(folded, -1, G_NORMALIZE_ALL);
    GString *out = g_string_new(" ");
    for (const char *p = apart; p && *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        bool tatweel = c == 0x0640;
        if (g_unichar_ismark(c) || tatweel)
            continue;
        if (g_unichar_isalnum(c))
            g_string_append_unichar(out, c);
        else if (out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    if (out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
    return g_string_free(out, FALSE);
}

static void take_out_harmless(char *words)
{
    for (size_t i = 0; harmless[i]; i++) {
        g_autofree char *one = plain_words(harmless[i]);
        /* The blanks at both ends stay: they belong to the neighbours as well. */
        for (char *at = words; (at = strstr(at, one));)
            memset(at + 1, '.', strlen(one) - 2);
    }
}

static const char *find_in_text(const char *text, const char *const *table)
{
    if (!text || !*text)
        return NULL;
    g_autofree char *words = plain_words(text);
    take_out_harmless(words);
    for (size_t i = 0; table[i]; i++) {
        g_autofree char *one = plain_words(table[i]);
        if (strstr(words, one))
            return table[i];
    }
    return NULL;
}

const char *release_contradiction(const struct broadcast *b, size_t *message)
{
    bool pretended = b->status == STATUS_EXERCISE || b->status == STATUS_TEST;
    if (!pretended && b->status != STATUS_ACTUAL)
        return NULL;
    const char *const *table = pretended ? real : unreal;
    for (guint i = 0; i < b->messages->len; i++) {
        const struct message *m = b->messages->pdata[i];
        const char *const texts[] = { m->headline, m->description, m->instruction };
        for (size_t k = 0; k < G_N_ELEMENTS(texts); k++) {
            const char *found = find_in_text(texts[k], table);
            if (found && message)
                *message = i;
            if (found)
                return found;
        }
    }
    return NULL;
}
