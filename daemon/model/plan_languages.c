#include "model/plan.h"

#include <string.h>

#define NAMES_SHOWN 5

/* Readers of one language, which the text is not in. */
struct readers {
    const char *language, *text; /* theirs, and that of what they get */
    guint count;
    GString *names;
};

static void readers_free(gpointer data)
{
    struct readers *r = data;

    g_string_free(r->names, TRUE);
    g_free(r);
}

static bool same_primary(const char *a, const char *b)
{
    size_t len = strcspn(a, "-");

    return strcspn(b, "-") == len && g_ascii_strncasecmp(a, b, len) == 0;
}

static struct readers *readers_of(GPtrArray *all, const char *language, const char *text)
{
    for (guint i = 0; i < all->len; i++) {
        struct readers *r = all->pdata[i];
        if (strcmp(r->language, language) == 0)
            return r;
    }
    struct readers *r = g_new0(struct readers, 1);
    *r = (struct readers){ language, text, 0, g_string_new(NULL) };
    g_ptr_array_add(all, r);
    return r;
}

static GPtrArray *find_readers(const struct plan *p, const struct broadcast *b)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(readers_free);

    for (guint i = 0; i < p->obligations->len; i++) {
        const struct obligation *o = p->obligations->pdata[i];
        const struct message *m = broadcast_message_for(b, o->language);
        if (o->kind != OBLIGATION_REPRESENTATIVE || !m || same_primary(m->language, o->language))
            continue;
        struct readers *r = readers_of(all, o->language, m->language);
        if (r->count++ < NAMES_SHOWN)
            g_string_append_printf(r->names, "%s%s", r->count > 1 ? ", " : "", o->recipient);
    }
    return all;
}

void plan_warn_languages(const struct plan *p, const struct broadcast *b, struct faults *f)
{
    g_autoptr(GPtrArray) all = find_readers(p, b);
    g_autoptr(GString) said = g_string_new(NULL);

    for (guint i = 0; i < all->len; i++) {
        const struct readers *r = all->pdata[i];
        g_string_append_printf(said, "%s%s (%s", i ? "; " : "", r->language, r->names->str);
        if (r->count > NAMES_SHOWN)
            g_string_append_printf(said, " and %u more", r->count - NAMES_SHOWN);
        g_string_append_printf(said, ") gets %s", r->text);
    }
    if (all->len > 0)
        faults_warn(f, "/messages", "other-language",
                    "there is no text in the language of some representatives: %s", said->str);
}
