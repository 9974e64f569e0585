#include "wire/notice_forms.h"

#include "wire/notice_json.h"
#include "wire/notice_part.h"

#define MINUTE_MS 60000

struct notice_forms {
    GHashTable *entries; /* char *, the kind of the notices -> struct entry * */
    GDestroyNotify free_form;
    int64_t minute; /* in which they were made */
    const struct directory *directory;
};

struct entry {
    struct broadcast *broadcast; /* held, so that its address stays its own */
    GDestroyNotify free_form;
    void *form; /* NULL: there was one such notice so far, which is no reason to make one */
};

static void entry_free(gpointer data)
{
    struct entry *e = data;
    if (e->form)
        e->free_form(e->form);
    broadcast_unref(e->broadcast);
    g_free(e);
}

struct notice_forms *notice_forms_new(GDestroyNotify free_form)
{
    struct notice_forms *f = g_new0(struct notice_forms, 1);
    f->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    f->free_form = free_form;
    return f;
}

void notice_forms_free(struct notice_forms *f)
{
    if (!f)
        return;
    g_hash_table_unref(f->entries);
    g_free(f);
}

/* All that forms go by; NULL: it is of its own kind. */
static char *kind_of(const struct notice *n)
{
    if (n->missions->len != 1 || notice_is_for_desk(n))
        return NULL;
    const struct affected_mission *m = n->missions->pdata[0];
    const char *words[] = { m->office, m->kind, m->state, m->timezone, n->notification->language };
    GString *key = g_string_sized_new(128);
    g_string_append_printf(key, "%p %d %d", (const void *)n->broadcast, notice_part(n),
                           n->notification->purpose);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        g_string_append_c(key, '\n');
        g_string_append(key, words[i] ? words[i] : "");
    }
    return g_string_free(key, FALSE);
}

/* What was made in another minute names the numbers of that one. */
static void drop_what_is_old(struct notice_forms *f, const struct notice *n)
{
    const int64_t minute = n->now_ms / MINUTE_MS;
    if (f->minute == minute && f->directory == n->directory)
        return;
    g_hash_table_remove_all(f->entries);
    f->minute = minute;
    f->directory = n->directory;
}

void *notice_forms_get(struct notice_forms *f, const struct notice *n,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    g_autofree char *kind = kind_of(n);
    if (!kind)
        return NULL;
    drop_what_is_old(f, n);
    struct entry *e = g_hash_table_lookup(f->entries, kind);
    if (e && !e->form)
        e->form = make(n, ctx);
    if (e)
        return e->form;
    if (g_hash_table_size(f->entries) >= NOTICE_FORMS_MAX)
        g_hash_table_remove_all(f->entries);
    e = g_new0(struct entry, 1);
    e->broadcast = broadcast_ref((struct broadcast *)n->broadcast);
    e->free_form = f->free_form;
    g_hash_table_insert(f->entries, g_steal_pointer(&kind), e);
    return NULL;
}
