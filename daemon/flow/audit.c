#include "flow/audit.h"

#include "base/log.h"
#include "flow/delivery_log.h"
#include "model/record.h"

struct writing {
    struct service *service;
    struct record *record;
    audit_fn fn;
    void *ctx;
};

static bool append(struct store *s, void *arg, GError **error)
{
    return s->ops->journal_append(s, ((struct writing *)arg)->record, error);
}

static void appended(void *arg, const GError *error)
{
    struct writing *w = arg;
    const struct record *r = w->record;
    service_note_store(w->service, error);
    if (error)
        log_event(LOG_LEVEL_ERROR, "audit.not_stored", LOG_STR("event", r->event),
                  LOG_STR("by", r->recipient), LOG_STR("from", r->endpoint),
                  LOG_STR("how", r->detail), LOG_STR("on", r->reply),
                  LOG_STR("reason", error->message));
    else
        delivery_log_wake(w->service->log);
    if (w->fn)
        w->fn(w->ctx);
    record_free(w->record);
    g_free(w);
}

void audit_write(struct service *s, const struct audit_act *a, audit_fn fn, void *ctx)
{
    g_autofree char *event = g_strconcat("audit.", a->operation, NULL);
    struct writing *w = g_new0(struct writing, 1);
    w->service = s;
    w->record = service_record(s, event);
    w->record->recipient = g_strdup(a->by);
    w->record->endpoint = g_strdup(a->from);
    w->record->reply = g_strdup(a->on);
    w->record->detail = g_strdup_printf("%s %s", a->means, a->end);
    w->fn = fn;
    w->ctx = ctx;
    store_thread_submit(s->store, append, appended, w);
}
