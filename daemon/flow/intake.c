#include "flow/intake.h"

#include <string.h>

#include "base/digest.h"
#include "base/id.h"
#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/expiry.h"
#include "flow/preview.h"
#include "wire/broadcast_json.h"

struct intake {
    struct service *service;
    struct preview *preview;
    struct faults *faults;
    struct broadcast_row *row; /* what is stored: ours, or the one that was there */
    GPtrArray *records;        /* struct record *: told in the same transaction */
    struct record *conflict;   /* told instead, if other content has the triple already */
    char *principal, *key, *request_digest;
    enum intake_kind kind;
    char *reason;
    intake_done_fn done;
    void *ctx;
};

static void intake_free(struct intake *i)
{
    preview_free(i->preview);
    faults_free(i->faults);
    if (i->row)
        broadcast_row_free(i->row);
    g_clear_pointer(&i->records, g_ptr_array_unref);
    g_clear_pointer(&i->conflict, record_free);
    g_free(i->principal);
    g_free(i->key);
    g_free(i->request_digest);
    g_free(i->reason);
    g_free(i);
}

static void answer(struct intake *i, enum intake_kind kind)
{
    struct intake_result r = {
        .kind = kind,
        .faults = i->faults,
        .row = i->row,
        .reason = i->reason,
        .missions = i->preview && i->preview->plan ? i->preview->plan->missions->len : 0,
    };
    i->done(&r, i->ctx);
    intake_free(i);
}

static struct broadcast_row *row_of(struct intake *i)
{
    struct broadcast *b = i->preview->broadcast;
    struct plan *p = i->preview->plan;
    const struct message *first = g_ptr_array_index(b->messages, 0);
    struct broadcast_row *row = g_new0(struct broadcast_row, 1);
    int64_t now_ms = service_now_ms(i->service);
    row->id = id_new(now_ms);
    row->identifier = g_strdup(b->identifier);
    row->sender = g_strdup(b->sender);
    row->sent_ms = b->sent.ms;
    row->digest = broadcast_json_digest(b);
    row->body = broadcast_json_write(b);
    row->source_type = g_strdup("application/json");
    row->status = b->status;
    row->type = b->type;
    row->urgency = b->urgency;
    row->severity = b->severity;
    row->state = BROADCAST_RELEASED;
    row->received_ms = row->released_ms = now_ms;
    row->headline = g_strdup(first->headline);
    row->author = g_strdup(i->principal);
    if (!p)
        return row;
    row->deadline_ms = p->deadline_ms;
    row->missions = p->missions->len;
    row->notifications = p->notifications->len;
    for (guint k = 0; k < p->obligations->len; k++) {
        const struct obligation *o = g_ptr_array_index(p->obligations, k);
        row->representatives += o->kind == OBLIGATION_REPRESENTATIVE;
    }
    return row;
}

/* The missions' ids joined by blanks, as records have them. */
static char *mission_list(const struct plan *p)
{
    GString *out = g_string_new(NULL);
    for (guint k = 0; k < p->missions->len; k++) {
        const struct affected_mission *m = g_ptr_array_index(p->missions, k);
        g_string_append_printf(out, "%s%s", k ? " " : "", m->id);
    }
    return g_string_free(out, FALSE);
}

static struct record *record_of(struct intake *i, const char *event, char *missions /* taken */)
{
    struct record *r = service_record(i->service, event);
    r->status = g_strdup(broadcast_status_names[i->row->status]);
    r->broadcast = g_strdup(i->row->id);
    r->missions = missions;
    return r;
}

/* One record for the broadcast, and one for every mission that only its duty contact can reach. */
static void compose_records(struct intake *i)
{
    const struct plan *p = i->preview->plan;
    i->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    g_ptr_array_add(i->records, record_of(i, "broadcast.accepted", mission_list(p)));
    for (guint k = 0; k < p->obligations->len; k++) {
        const struct obligation *o = g_ptr_array_index(p->obligations, k);
        if (g_strcmp0(o->reason, OBLIGATION_NO_REPRESENTATIVE) != 0)
            continue;
        const char *mission = o->missions->len ? g_ptr_array_index(o->missions, 0) : "";
        struct record *r = record_of(i, "obligation.escalated", g_strdup(mission));
        r->recipient = g_strdup(o->recipient);
        r->reply = g_strdup("no valid representative");
        g_ptr_array_add(i->records, r);
    }
}

/* Held back until `effective`: deferred from birth, so that the queue's own clock releases it. */
static void hold_until_effective(struct plan *p, const struct broadcast *b, int64_t now_ms)
{
    if (b->effective.ms <= now_ms)
        return;
    for (guint k = 0; k < p->notifications->len; k++) {
        struct notification *n = g_ptr_array_index(p->notifications, k);
        n->state = NOTIFICATION_DEFERRED;
        n->due_ms = b->effective.ms;
    }
}

static struct record *conflict_record(struct intake *i)
{
    struct record *r = record_of(i, "security.conflict", NULL);
    r->reply = g_strdup_printf("%s sent other content under the same triple", i->principal);
    return r;
}

static bool look_up_key(struct intake *i, struct store *s, bool *settled, GError **error)
{
    struct idempotency_row *known = NULL;
    if (!i->key)
        return true;
    if (!s->ops->idempotency_find(s, i->principal, i->key, &known, error))
        return false;
    if (!known)
        return true;
    if (g_str_equal(known->request_digest, i->request_digest)) {
        struct broadcast_row *row = NULL;
        if (!s->ops->broadcast_by_id(s, known->response, &row, error)) {
            idempotency_row_free(known);
            return false;
        }
        if (row) {
            broadcast_row_free(i->row);
            i->row = row;
            i->kind = INTAKE_KNOWN;
            *settled = true;
        }
    } else {
        i->kind = INTAKE_KEY_REUSED;
        i->reason = g_strdup("this Idempotency-Key was used for a different request");
        *settled = true;
    }
    idempotency_row_free(known);
    return true;
}

/* Is the triple here already?  A conflict is a security event and goes into the journal. */
static bool look_up_triple(struct intake *i, struct store *s, bool *settled, GError **error)
{
    struct broadcast_row *known = NULL;
    if (!s->ops->broadcast_by_key(s, i->row->identifier, i->row->sender, i->row->sent_ms, &known,
                                  error))
        return false;
    if (!known)
        return true;
    *settled = true;
    i->kind = g_str_equal(known->digest, i->row->digest) ? INTAKE_KNOWN : INTAKE_CONFLICT;
    broadcast_row_free(i->row);
    i->row = known;
    if (i->kind == INTAKE_KNOWN)
        return true;
    g_free(i->conflict->broadcast);
    i->conflict->broadcast = g_strdup(known->id);
    return s->ops->journal_append(s, i->conflict, error);
}

static bool expectation_holds(struct intake *i)
{
    int64_t expected = i->preview->expect_missions;
    unsigned found = i->preview->plan->missions->len;
    if (expected < 0 || expected == found)
        return true;
    i->kind = INTAKE_EXPECTATION;
    i->reason = g_strdup_printf("%" G_GINT64_FORMAT " missions were expected, %u are affected; "
                                "nothing was sent",
                                expected, found);
    return false;
}

static bool insert(struct intake *i, struct store *s, GError **error)
{
    if (!s->ops->broadcast_insert(s, i->row, i->preview->plan, i->row->body, strlen(i->row->body),
                                  error))
        return false;
    for (guint k = 0; k < i->records->len; k++)
        if (!s->ops->journal_append(s, g_ptr_array_index(i->records, k), error))
            return false;
    if (!i->key)
        return true;
    struct idempotency_row row = { .principal = i->principal,
                                   .key = i->key,
                                   .request_digest = i->request_digest,
                                   .status = 201,
                                   .response = i->row->id,
                                   .time_ms = i->row->received_ms };
    return s->ops->idempotency_insert(s, &row, error);
}

static bool store_it(struct store *s, void *arg, GError **error)
{
    struct intake *i = arg;
    bool settled = false;
    if (!look_up_key(i, s, &settled, error))
        return false;
    if (!settled && !look_up_triple(i, s, &settled, error))
        return false;
    if (settled)
        return true;
    if (faults_any(i->faults)) {
        i->kind = INTAKE_INVALID;
        return true;
    }
    if (!expectation_holds(i))
        return true;
    i->kind = INTAKE_ACCEPTED;
    return insert(i, s, error);
}

static void wake_lanes(struct intake *i)
{
    const struct plan *p = i->preview->plan;
    for (guint k = 0; k < p->notifications->len; k++) {
        const struct notification *n = g_ptr_array_index(p->notifications, k);
        dispatch_wake(i->service->dispatch, n->lane, i->row->urgency);
    }
}

static void stored(void *arg, const GError *error)
{
    struct intake *i = arg;
    service_note_store(i->service, error);
    if (error) {
        i->reason = g_strdup(error->message);
        answer(i, INTAKE_UNAVAILABLE);
        return;
    }
    delivery_log_wake(i->service->log);
    if (i->kind == INTAKE_CONFLICT)
        log_event(LOG_LEVEL_WARN, "security.conflict", LOG_STR("broadcast", i->row->id),
                  LOG_STR("identifier", i->row->identifier), LOG_STR("by", i->principal));
    if (i->kind == INTAKE_ACCEPTED) {
        log_event(LOG_LEVEL_INFO, "broadcast.accepted", LOG_STR("id", i->row->id),
                  LOG_STR("identifier", i->row->identifier), LOG_STR("by", i->principal),
                  LOG_STR("status", broadcast_status_names[i->row->status]),
                  LOG_INT("missions", i->row->missions),
                  LOG_INT("notifications", i->row->notifications));
        if (i->row->missions == 0)
            log_event(LOG_LEVEL_WARN, "broadcast.nobody", LOG_STR("id", i->row->id),
                      LOG_STR("reason", "no mission is affected"));
        wake_lanes(i);
        expiry_note(i->service->expiry, i->row->deadline_ms);
    }
    answer(i, i->kind);
}

/* What this release does not send yet is refused rather than accepted in silence. */
static void check_type(struct intake *i)
{
    const struct broadcast *b = i->preview->broadcast;
    if (b->type != TYPE_ALERT)
        faults_add(i->faults, "/type", "not-dispatched", "\"%s\" is not accepted by this daemon",
                   broadcast_type_names[b->type]);
}

void intake_submit(struct service *s, const struct intake_request *q, intake_done_fn done,
                   void *ctx)
{
    struct intake *i = g_new0(struct intake, 1);
    i->service = s;
    i->done = done;
    i->ctx = ctx;
    i->faults = faults_new();
    i->principal = g_strdup(q->principal);
    i->key = g_strdup(q->idempotency_key);
    i->request_digest = digest_sha256_hex(q->body, q->len);
    if (s->stopping) {
        i->reason = g_strdup("the daemon is stopping");
        answer(i, INTAKE_UNAVAILABLE);
        return;
    }
    int64_t now_ms = service_now_ms(s);
    i->preview = preview_make(s, q->body, q->len, now_ms, true, i->faults);
    if (!i->preview) {
        answer(i, INTAKE_INVALID);
        return;
    }
    if (q->expect_missions >= 0)
        i->preview->expect_missions = q->expect_missions;
    check_type(i);
    i->row = row_of(i);
    i->conflict = conflict_record(i);
    if (!faults_any(i->faults)) {
        hold_until_effective(i->preview->plan, i->preview->broadcast, now_ms);
        compose_records(i);
    }
    store_thread_submit(s->store, store_it, stored, i);
}
