#include "flow/preview_scope.h"

#include "model/message.h"
#include "wire/cap_broadcast.h"

static gint by_text(gconstpointer a, gconstpointer b)
{
    return g_strcmp0(*(const char *const *)a, *(const char *const *)b);
}

/* Sorted ids; NULL: it cannot be told. */
static GPtrArray *missions_of(const struct audience *scope, struct service *s, int64_t at_ms)
{
    struct faults *unheard = faults_new(); /* the whole audience has told of it */
    struct resolution *r =
        resolution_make(scope, s->roster, s->config->directory, at_ms, "/audience", unheard);
    GPtrArray *ids = NULL;
    if (r) {
        ids = g_ptr_array_new_with_free_func(g_free);
        for (guint i = 0; i < r->missions->len; i++) {
            const struct resolved_mission *m = g_ptr_array_index(r->missions, i);
            g_ptr_array_add(ids, g_strdup(m->mission->id));
        }
        g_ptr_array_sort(ids, by_text);
        resolution_free(r);
    }
    faults_free(unheard);
    return ids;
}

/* False: some text is for nobody knows whom. */
static bool name_missions(struct preview *p, struct service *s, int64_t at_ms)
{
    for (guint i = 0; i < p->scopes->len; i++) {
        const struct audience *scope = g_ptr_array_index(p->scopes, i);
        struct message *m = g_ptr_array_index(p->broadcast->messages, i);
        if (scope && !(m->missions = missions_of(scope, s, at_ms)))
            return false;
    }
    return true;
}

static void drop_missions(struct broadcast *b)
{
    for (guint i = 0; i < b->messages->len; i++) {
        struct message *m = g_ptr_array_index(b->messages, i);
        g_clear_pointer(&m->missions, g_ptr_array_unref);
    }
}

/* Texts for nobody go; false: none would be left. */
static bool drop_empty(struct broadcast *b)
{
    guint used = 0;
    for (guint i = 0; i < b->messages->len; i++) {
        const struct message *m = g_ptr_array_index(b->messages, i);
        used += !m->missions || m->missions->len > 0;
    }
    for (guint i = b->messages->len; used > 0 && i > 0; i--) {
        const struct message *m = g_ptr_array_index(b->messages, i - 1);
        if (m->missions && m->missions->len == 0)
            g_ptr_array_remove_index(b->messages, i - 1);
    }
    return used > 0;
}

static int64_t end_of(const struct broadcast *b, const struct notification *n,
                      const struct plan *plan)
{
    g_autoptr(GPtrArray) missions = g_ptr_array_new();
    for (guint i = 0; i < n->obligations->len; i++) {
        guint ordinal = g_array_index(n->obligations, uint32_t, i);
        const struct obligation *o = g_ptr_array_index(plan->obligations, ordinal - 1);
        for (guint k = 0; k < o->missions->len; k++)
            g_ptr_array_add(missions, g_ptr_array_index(o->missions, k));
    }
    g_autoptr(GPtrArray) texts = message_choose(
        b, n->language, (const char *const *)missions->pdata, missions->len, UNNAMED_NONE);
    struct message *all = message_join(b, texts);
    int64_t end_ms = all ? all->own->expires.ms : 0;
    if (all)
        message_free(all);
    return end_ms;
}

static void shorten(const struct broadcast *b, struct plan *plan)
{
    for (guint i = 0; i < plan->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(plan->notifications, i);
        int64_t end_ms = end_of(b, n, plan);
        if (end_ms > 0)
            n->deadline_ms = MIN(n->deadline_ms, end_ms);
    }
}

static void name_or_join(struct preview *p, struct service *s, int64_t at_ms, struct faults *f)
{
    if (!p->over && name_missions(p, s, at_ms) && drop_empty(p->broadcast)) {
        g_clear_pointer(&p->scopes, g_ptr_array_unref);
        return;
    }
    drop_missions(p->broadcast);
    cap_reading_collapse(p->broadcast, &p->scopes, f);
}

void preview_scope(struct preview *p, struct service *s, int64_t at_ms, struct faults *f)
{
    if (p->scopes)
        name_or_join(p, s, at_ms, f);
    if (p->plan && message_differ(p->broadcast))
        shorten(p->broadcast, p->plan);
}
