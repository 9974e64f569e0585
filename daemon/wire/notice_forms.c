#include "wire/notice_forms.h"

#include "wire/notice_json.h"
#include "wire/notice_part.h"
#include <string.h>

#define MINUTE_MS 60000

struct kind { /* all that forms go by, but for a desk's missions */
    const struct broadcast *broadcast;
    enum obligation_part part;
    enum notification_purpose purpose;
    unsigned variant;
    /* Of the reader and of the mission's place; NULL: nothing. */
    const char *language, *office, *kind, *state, *timezone;
};

struct entry {
    struct kind kind; /* its words are owned; its broadcast is held, so that the address stays */
    GDestroyNotify free_form;
    void *form;         /* NULL: there was one such notice so far, which is no reason to make one */
    gpointer *missions; /* a desk's: those of its notice, as addresses; NULL: a person's */
    guint n;
};

struct notice_forms {
    GHashTable *persons; /* a set of struct entry, by their kind */
    struct entry *desk;  /* the last one of a desk's notice; NULL: none */
    GDestroyNotify free_form;
    int64_t minute; /* in which they were made */
    const struct directory *directory;
};

static guint kind_hash(gconstpointer kind)
{
    const struct kind *k = kind;
    guint h = g_direct_hash(k->broadcast) + 31 * k->variant + (guint)k->part;
    h = 31 * h + g_str_hash(k->language);
    return k->office ? 31 * h + g_str_hash(k->office) : h;
}

static gboolean kind_equal(gconstpointer a, gconstpointer b)
{
    const struct kind *x = a, *y = b;
    return x->broadcast == y->broadcast && x->part == y->part && x->purpose == y->purpose &&
           x->variant == y->variant && !g_strcmp0(x->language, y->language) &&
           !g_strcmp0(x->office, y->office) && !g_strcmp0(x->kind, y->kind) &&
           !g_strcmp0(x->state, y->state) && !g_strcmp0(x->timezone, y->timezone);
}

/* Of one mission, which goes by its place; NULL: of a desk. */
static struct kind kind_of(const struct notice *n, unsigned variant,
                           const struct affected_mission *m)
{
    struct kind k = { .broadcast = n->broadcast,
                      .part = notice_part(n),
                      .purpose = n->notification->purpose,
                      .variant = variant,
                      .language = n->notification->language };
    if (m) {
        k.office = m->office;
        k.kind = m->kind;
        k.state = m->state;
        k.timezone = m->timezone;
    }
    return k;
}

static struct entry *entry_new(const struct notice_forms *f, const struct kind *k)
{
    struct entry *e = g_new0(struct entry, 1);
    e->kind = *k;
    broadcast_ref((struct broadcast *)k->broadcast);
    e->kind.language = g_strdup(k->language);
    e->kind.office = g_strdup(k->office);
    e->kind.kind = g_strdup(k->kind);
    e->kind.state = g_strdup(k->state);
    e->kind.timezone = g_strdup(k->timezone);
    e->free_form = f->free_form;
    return e;
}

static void entry_free(gpointer data)
{
    struct entry *e = data;
    if (e->form)
        e->free_form(e->form);
    broadcast_unref((struct broadcast *)e->kind.broadcast);
    g_free((char *)e->kind.language);
    g_free((char *)e->kind.office);
    g_free((char *)e->kind.kind);
    g_free((char *)e->kind.state);
    g_free((char *)e->kind.timezone);
    g_free(e->missions);
    g_free(e);
}

struct notice_forms *notice_forms_new(GDestroyNotify free_form)
{
    struct notice_forms *f = g_new0(struct notice_forms, 1);
    f->persons = g_hash_table_new_full(kind_hash, kind_equal, NULL, entry_free);
    f->free_form = free_form;
    return f;
}

void notice_forms_free(struct notice_forms *f)
{
    if (!f)
        return;
    g_clear_pointer(&f->desk, entry_free);
    g_hash_table_unref(f->persons);
    g_free(f);
}

/* A desk is asked for nothing but to know: its notice goes by the missions alone. */
static bool is_plain_for_desk(const struct notice *n)
{
    const struct obligation *o = n->obligations->len == 1 ? n->obligations->pdata[0] : NULL;
    return o && notice_is_for_desk(n) && g_str_equal(o->reason, OBLIGATION_AFFECTED) &&
           n->missions->len > 0 && n->missions->len <= NOTICE_FORMS_MISSIONS;
}

/* What was made in another minute names the numbers of that one. */
static void drop_what_is_old(struct notice_forms *f, const struct notice *n)
{
    const int64_t minute = n->now_ms / MINUTE_MS;
    if (f->minute == minute && f->directory == n->directory)
        return;
    g_hash_table_remove_all(f->persons);
    g_clear_pointer(&f->desk, entry_free);
    f->minute = minute;
    f->directory = n->directory;
}

static bool is_for_such(const struct entry *e, const struct kind *k, const struct notice *n)
{
    return e && kind_equal(&e->kind, k) && e->n == n->missions->len &&
           !memcmp(e->missions, n->missions->pdata, e->n * sizeof *e->missions);
}

static void *desk_form(struct notice_forms *f, const struct notice *n, const struct kind *k,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    if (is_for_such(f->desk, k, n))
        return f->desk->form;
    g_clear_pointer(&f->desk, entry_free);
    f->desk = entry_new(f, k);
    f->desk->n = n->missions->len;
    f->desk->missions = g_memdup2(n->missions->pdata, f->desk->n * sizeof *f->desk->missions);
    return f->desk->form = make(n, ctx);
}

static void *person_form(struct notice_forms *f, const struct notice *n, const struct kind *k,
                         void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    struct entry *e = g_hash_table_lookup(f->persons, k);
    if (e && !e->form)
        e->form = make(n, ctx);
    if (e)
        return e->form;
    if (g_hash_table_size(f->persons) >= NOTICE_FORMS_MAX)
        g_hash_table_remove_all(f->persons);
    e = entry_new(f, k);
    g_hash_table_insert(f->persons, &e->kind, e);
    return NULL;
}

void *notice_forms_get(struct notice_forms *f, const struct notice *n, unsigned variant,
                       void *(*make)(const struct notice *n, void *ctx), void *ctx)
{
    drop_what_is_old(f, n);
    if (is_plain_for_desk(n)) {
        struct kind k = kind_of(n, variant, NULL);
        return desk_form(f, n, &k, make, ctx);
    }
    if (notice_is_for_desk(n) || n->missions->len != 1)
        return NULL;
    struct kind k = kind_of(n, variant, n->missions->pdata[0]);
    return person_form(f, n, &k, make, ctx);
}
