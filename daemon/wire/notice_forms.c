#include "wire/notice_forms.h"

#include "wire/notice_json.h"
#include "wire/notice_part.h"
#include <string.h>

#define MINUTE_MS 60000

struct notice_forms {
    GHashTable *entries;     /* char *, the kind of the notices -> struct entry * */
    struct desk_entry *desk; /* the last one of a desk's notice; NULL: none */
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

struct desk_entry {
    char *kind;
    gpointer *missions; /* those of the notice, as addresses: the broadcast is held */
    guint n;
    struct entry *entry;
};

static void desk_entry_free(struct desk_entry *d)
{
    if (!d)
        return;
    entry_free(d->entry);
    g_free(d->missions);
    g_free(d->kind);
    g_free(d);
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
    desk_entry_free(f->desk);
    g_hash_table_unref(f->entries);
    g_free(f);
}

/* A desk is asked for nothing but to know: its notice goes by the missions alone. */
static bool is_plain_for_desk(const struct notice *n)
{
    const struct obligation *o = n->obligations->len == 1 ? n->obligations->pdata[0] : NULL;
    return o && notice_is_for_desk(n) && g_str_equal(o->reason, OBLIGATION_AFFECTED) &&
           n->missions->len > 0 && n->missions->len <= NOTICE_FORMS_MISSIONS;
}

/* All that forms go by, but for a desk's missions. */
static char *kind_of(const struct notice *n, unsigned variant, bool desk)
{
    static const struct affected_mission none = { .id = NULL };
    const struct affected_mission *m = desk ? &none : n->missions->pdata[0];
    const char *words[] = { n->notification->language, m->office, m->kind, m->state, m->timezone };
    GString *key = g_string_sized_new(128);
    g_string_append_printf(key, "%p %d %d %u", (const void *)n->broadcast, notice_part(n),
                           n->notification->purpose, variant);
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
    g_clear_pointer(&f->desk, desk_entry_free);
    f->minute = minute;
    f->directory = n->directory;
}

static struct entry *entry_new(const struct notice_forms *f, const struct notice *n)
{
    struct entry *e = g_new0(struct entry, 1);
    e->broadcast = broadcast_ref((struct broadcast *)n->broadcast);
    e->free_form = f->free_form;
    return e;
}

static bool is_for_such(const struct desk_entry *d, const char *kind, const struct notice *n)
{
    return d && g_str_equal(d->kind, kind) && d->n == n->missions->len &&
           !memcmp(d->missions, n->missions->pdata, d->n * sizeof *d->missions);
}

static void *desk_form(struct notice_forms *f, const struct notice *n, char *kind /* taken */,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    if (is_for_such(f->desk, kind, n)) {
        g_free(kind);
        return f->desk->entry->form;
    }
    desk_entry_free(f->desk);
    f->desk = g_new0(struct desk_entry, 1);
    f->desk->kind = kind;
    f->desk->n = n->missions->len;
    f->desk->missions = g_memdup2(n->missions->pdata, f->desk->n * sizeof(gpointer));
    f->desk->entry = entry_new(f, n);
    return f->desk->entry->form = make(n, ctx);
}

static void *person_form(struct notice_forms *f, const struct notice *n, char *kind /* taken */,
                         void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    struct entry *e = g_hash_table_lookup(f->entries, kind);
    if (e && !e->form)
        e->form = make(n, ctx);
    if (e) {
        g_free(kind);
        return e->form;
    }
    if (g_hash_table_size(f->entries) >= NOTICE_FORMS_MAX)
        g_hash_table_remove_all(f->entries);
    g_hash_table_insert(f->entries, kind, entry_new(f, n));
    return NULL;
}

void *notice_forms_get(struct notice_forms *f, const struct notice *n, unsigned variant,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    drop_what_is_old(f, n);
    if (is_plain_for_desk(n))
        return desk_form(f, n, kind_of(n, variant, true), make, ctx);
    if (notice_is_for_desk(n) || n->missions->len != 1)
        return NULL;
    return person_form(f, n, kind_of(n, variant, false), make, ctx);
}
