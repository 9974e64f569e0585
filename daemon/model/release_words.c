#include <string.h>

#include "model/lookalike.h"
#include "model/release.h"
#include "model/release_phrases.h"

/* A phrase, and the form that it is compared in; phrases of scripts without blanks are looked for
 * in text without blanks. */
struct phrase {
    const char *written; /* static */
    char *form;          /* kept for good */
    bool unspaced;
};

/* Han and kana: written without blanks between words. */
static bool is_unspaced(const char *written)
{
    GUnicodeScript s = g_unichar_get_script(g_utf8_get_char(written));
    return s == G_UNICODE_SCRIPT_HAN || s == G_UNICODE_SCRIPT_HIRAGANA ||
           s == G_UNICODE_SCRIPT_KATAKANA;
}

static char *without_blanks(const char *words)
{
    GString *out = g_string_new(NULL);
    for (const char *p = words; *p; p++)
        if (*p != ' ')
            g_string_append_c(out, *p);
    return g_string_free(out, FALSE);
}

static GArray *prepare(const char *const *table)
{
    GArray *out = g_array_new(FALSE, FALSE, sizeof(struct phrase));
    for (size_t i = 0; table[i]; i++) {
        struct phrase p = { table[i], lookalike_words(table[i]), is_unspaced(table[i]) };
        if (p.unspaced) {
            char *spaced = p.form;
            p.form = without_blanks(spaced);
            g_free(spaced);
        }
        g_array_append_val(out, p);
    }
    return out;
}

static struct phrases {
    GArray *real, *unreal, *harmless; /* struct phrase */
} * prepared(void)
{
    static gsize ready;
    static struct phrases p;
    if (g_once_init_enter(&ready)) {
        p = (struct phrases){ prepare(release_phrases_real), prepare(release_phrases_unreal),
                              prepare(release_phrases_harmless) };
        g_once_init_leave(&ready, 1);
    }
    return &p;
}

static void take_out_harmless(char *words, const GArray *harmless)
{
    for (guint i = 0; i < harmless->len; i++) {
        const char *one = g_array_index(harmless, struct phrase, i).form;
        /* The blanks at both ends stay: they belong to the neighbours as well. */
        for (char *at = words; (at = strstr(at, one));)
            memset(at + 1, '.', strlen(one) - 2);
    }
}

const char *release_contradicts(enum broadcast_status status, const char *text)
{
    bool pretended = status == STATUS_EXERCISE || status == STATUS_TEST;
    if (!text || !*text || (!pretended && status != STATUS_ACTUAL))
        return NULL;
    const struct phrases *all = prepared();
    const GArray *table = pretended ? all->real : all->unreal;
    g_autofree char *words = lookalike_words(text), *joined = without_blanks(words);
    take_out_harmless(words, all->harmless);
    for (guint i = 0; i < table->len; i++) {
        const struct phrase *p = &g_array_index(table, struct phrase, i);
        if (strstr(p->unspaced ? joined : words, p->form))
            return p->written;
    }
    return NULL;
}

const char *release_contradiction(const struct broadcast *b, size_t *message)
{
    for (guint i = 0; i < b->messages->len; i++) {
        const struct message *m = b->messages->pdata[i];
        const char *const texts[] = { m->headline, m->description, m->instruction };
        for (size_t k = 0; k < G_N_ELEMENTS(texts); k++) {
            const char *found = release_contradicts(b->status, texts[k]);
            if (found && message)
                *message = i;
            if (found)
                return found;
        }
    }
    return NULL;
}
