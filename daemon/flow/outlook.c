#include "flow/outlook.h"

#include "flow/authority.h"
#include "flow/foresight.h"
#include "wire/broadcast_json.h"

struct outlook {
    struct service *service;
    struct config *config; /* one reference */
    struct preview *preview;
    struct faults *faults;
    struct broadcast_row *row; /* as far as foresight looks at one */
    char *id, *why;
    outlook_fn fn;
    void *ctx;
};

static void answer(struct outlook *o, const char *unavailable)
{
    o->fn(o->preview, o->faults, unavailable, o->ctx);
    preview_free(o->preview);
    faults_free(o->faults);
    g_clear_pointer(&o->row, broadcast_row_free);
    config_unref(o->config);
    g_free(o->id);
    g_free(o->why);
    g_free(o);
}

static void take_plan(struct preview *p, struct plan *plan /* taken */)
{
    plan_free(p->plan);
    p->plan = plan;
    p->told = plan->missions->len;
    p->released = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < plan->missions->len; i++) {
        const struct affected_mission *m = g_ptr_array_index(plan->missions, i);
        if (!supersede_is_affected(m))
            g_ptr_array_add(p->released, g_strdup(m->id));
    }
}

static void warn(struct outlook *o, const struct event *e)
{
    const struct preview *p = o->preview;
    const struct reference *missing = event_missing(e, p->broadcast);
    const struct broadcast_row *last = event_last_word(e, p->broadcast, p->at_ms);
    if (missing)
        faults_warn(o->faults, "/references", "unknown-reference",
                    "it refers to %s of %s, which is not here: it will wait for it",
                    missing->identifier, missing->sender);
    if (last)
        faults_warn(o->faults, "/references", "overtaken", "%s of %s is newer and %s",
                    last->identifier, last->sender,
                    event_row_waits(last)
                        ? "waits for it: it would go out in its place"
                        : "has gone out: this one would be recorded and sent to nobody");
}

static bool foresee(struct store *s, void *arg, GError **error)
{
    struct outlook *o = arg;
    struct preview *p = o->preview;
    struct event e = { 0 };
    struct foresight f = { 0 };
    bool ok = event_read(s, p->broadcast, o->row, &e, error) &&
              foresight_read(s, &e, p->broadcast, p->plan, NULL, &f, error);
    if (ok) {
        warn(o, &e);
        take_plan(p, g_steal_pointer(&f.plan));
    }
    foresight_clear(&f);
    event_clear(&e);
    return ok;
}

static void foreseen(void *arg, const GError *error)
{
    struct outlook *o = arg;
    service_note_store(o->service, error);
    answer(o, error ? error->message : NULL);
}

static bool look(struct store *s, void *arg, GError **error)
{
    struct outlook *o = arg;
    const struct broadcast *b = o->preview->broadcast;
    if (!authority_look(s, b, o->config->release.may_supersede, o->row, o->faults, &o->why, error))
        return false;
    if (o->why)
        faults_add(o->faults, "/references", "foreign-correction", "%s", o->why);
    return faults_any(o->faults) || foresee(s, o, error);
}

static struct broadcast_row *row_of(const struct broadcast *b)
{
    struct broadcast_row *row = g_new0(struct broadcast_row, 1);
    row->identifier = g_strdup(b->identifier);
    row->sender = g_strdup(b->sender);
    row->sent_ms = b->sent.ms;
    return row;
}

static struct outlook *outlook_new(struct service *s, struct preview *p, struct faults *f,
                                   outlook_fn fn, void *ctx)
{
    struct outlook *o = g_new0(struct outlook, 1);
    o->service = s;
    o->config = config_ref(s->config);
    o->preview = p;
    o->faults = f;
    o->fn = fn;
    o->ctx = ctx;
    return o;
}

static bool is_correction(const struct preview *p)
{
    return p->plan && (p->broadcast->type == TYPE_UPDATE || p->broadcast->type == TYPE_CANCEL);
}

void outlook_make(struct service *s, struct preview *p, struct faults *f, outlook_fn fn, void *ctx)
{
    struct outlook *o = outlook_new(s, p, f, fn, ctx);
    o->why = p ? authority_refuses(p->broadcast, o->config->release.may_supersede) : NULL;
    if (o->why && is_correction(p))
        faults_add(f, "/references", "foreign-correction", "%s", o->why);
    if (!p || faults_any(f) || !is_correction(p)) {
        answer(o, NULL);
        return;
    }
    o->row = row_of(p->broadcast);
    store_thread_submit(s->store, look, foreseen, o);
}

/* --- what waits in the store --- */

static bool read_row(struct store *s, void *arg, GError **error)
{
    struct outlook *o = arg;
    return s->ops->broadcast_by_id(s, o->id, &o->row, error);
}

static void row_read(void *arg, const GError *error)
{
    struct outlook *o = arg;
    service_note_store(o->service, error);
    if (error || !o->row || o->row->state != BROADCAST_PENDING) {
        answer(o, error ? error->message : NULL);
        return;
    }
    struct broadcast *b = broadcast_json_read_stored(o->row->body, strlen(o->row->body), o->faults);
    if (b) {
        b->id = g_strdup(o->row->id);
        o->preview = preview_of(o->service, b, service_now_ms(o->service), false, o->faults);
    }
    broadcast_unref(b);
    if (!o->preview || faults_any(o->faults) || !is_correction(o->preview))
        answer(o, NULL);
    else
        store_thread_submit(o->service->store, foresee, foreseen, o);
}

void outlook_stored(struct service *s, const char *id, outlook_fn fn, void *ctx)
{
    struct outlook *o = outlook_new(s, NULL, faults_new(), fn, ctx);
    o->id = g_strdup(id);
    store_thread_submit(s->store, read_row, row_read, o);
}
