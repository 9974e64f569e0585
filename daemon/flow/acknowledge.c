#include "flow/acknowledge.h"

#include "base/digest.h"
#include "base/log.h"
#include "flow/answering.h"
#include "flow/closing.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/event.h"
#include "flow/matter.h"
#include "flow/sweep.h"
#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)

const char *const acknowledge_outcome_names[] = { "done",        "already", "late",
                                                  "wrong-code",  "unknown", "dead",
                                                  "unavailable", "live",    "key-reused",
                                                  NULL };

struct visit {               /* one look, or one answer */
    struct service *service; /* loop thread only */
    struct closing *closing; /* has the configuration too */
    GPtrArray *masters;      /* one reference; NULL: no keys */
    char *digest, *code, *note, *from;
    char *once;               /* NULL: none */
    struct matter_hand *hand; /* NULL: only a look */
    struct answering answering;
    acknowledge_done_fn done;
    void *ctx;
    /* What the store's work found: */
    enum acknowledge_outcome outcome;
    bool proved; /* somebody reads at that endpoint */
    struct casefile *file, *twin;
    struct notification *notification;
    GPtrArray *obligations, *missions; /* borrowed from file */
    char *key;
    bool overtaken; /* a later version went out */
    enum broadcast_state version;
};

static void visit_free(struct visit *v)
{
    g_clear_pointer(&v->masters, g_ptr_array_unref);
    g_clear_pointer(&v->obligations, g_ptr_array_unref);
    g_clear_pointer(&v->missions, g_ptr_array_unref);
    g_ptr_array_unref(v->answering.added);
    g_ptr_array_unref(v->answering.alarms);
    if (v->notification)
        notification_free(v->notification);
    casefile_unref(v->file);
    casefile_unref(v->twin);
    g_free(v->key);
    g_free(v->digest);
    g_free(v->code);
    g_free(v->note);
    g_free(v->from);
    g_free(v->once);
    g_free(v);
}

/* --- the link --- */

/* The latest version after it that went out says what became of it. */
static bool find_later(struct store *s, struct visit *v, GError **error)
{
    g_autoptr(GPtrArray) versions = NULL;
    v->version = v->file->row->state;
    if (v->version == BROADCAST_RELEASED)
        return true;
    if (!event_versions(s, v->file->row, &versions, error))
        return false;
    for (guint i = versions->len; i > 0 && !v->overtaken; i--) {
        const struct broadcast_row *row = g_ptr_array_index(versions, i - 1);
        if (row->no == v->file->no)
            return true;
        if (row->released_ms == 0)
            continue;
        v->overtaken = true;
        v->version = row->type == TYPE_CANCEL ? BROADCAST_CANCELLED : BROADCAST_SUPERSEDED;
    }
    return true;
}

static bool read_file(struct store *s, struct visit *v, const struct link_row *link, GError **error)
{
    if (!s->ops->notification_by_id(s, link->notification, &v->notification, error))
        return false;
    v->file = v->notification ? casefile_load_for(s, v->notification, error)
                              : casefile_load(s, link->no, error);
    if (!v->file)
        return false;
    if (!v->notification)
        return true;
    v->answering.notification = v->notification;
    v->obligations = casefile_obligations_of(v->file, v->notification);
    v->missions = casefile_missions_of(v->file, v->obligations);
    v->key = notification_message_key(v->file->row->id, v->notification->id);
    return find_later(s, v, error);
}

/* Leaves v->outcome LIVE and link made, or says why not. */
static bool follow(struct store *s, struct visit *v, struct link *link, GError **error)
{
    struct link_row row = { 0 };
    bool found = false;
    int64_t keep_ms = v->closing->config->acknowledge.link_days * DAY_MS;
    v->outcome = ACKNOWLEDGE_UNKNOWN;
    if (!s->ops->link_find(s, v->digest, keep_ms, &row, &found, error))
        return false;
    if (!found)
        return true;
    v->outcome = ACKNOWLEDGE_DEAD;
    if (row.expires_ms <= v->closing->now_ms)
        return true;
    if (!read_file(s, v, &row, error))
        return false;
    if (v->notification && casefile_link(v->file, v->notification, v->masters, link))
        v->outcome = ACKNOWLEDGE_LIVE;
    return true;
}

/* --- the answer --- */

static bool prove(struct store *s, struct visit *v, GError **error)
{
    struct proof_row proof = { .endpoint = v->notification->endpoint,
                               .time_ms = v->closing->now_ms,
                               .how = (char *)"acknowledged" };
    v->proved = v->answering.answer != ANSWER_WRONG_PERSON;
    return !v->proved || s->ops->proof_put(s, &proof, error);
}

static bool answer_twin(struct store *s, struct visit *v, GError **error)
{
    g_autoptr(GPtrArray) same = g_ptr_array_new();
    if (!v->overtaken)
        return true;
    return answering_twin(s, &v->answering, v->file, v->obligations, &v->twin, same, error) &&
           (!v->twin || answering_apply(s, &v->answering, v->twin, same, error)) &&
           (!v->twin || closing_look(s, v->closing, v->twin->no, error));
}

/* What the answer is to the matters that missions put to DSS. */
static bool tell_matters(struct store *s, struct visit *v, GError **error)
{
    const struct answering *a = &v->answering;
    struct matter_wrong_person wrong = { v->file->row, v->notification, v->obligations, a->note };
    if (!matter_take_answer(s, v->hand, v->file->row, v->obligations, a->answer, a->note, error))
        return false;
    return a->answer != ANSWER_WRONG_PERSON || matter_open_correction(s, v->hand, &wrong, error);
}

static bool record(struct store *s, struct visit *v, GError **error)
{
    bool alive = casefile_is_alive(v->file, v->closing->now_ms);
    if (!answering_apply(s, &v->answering, v->file, v->obligations, error) ||
        !answer_twin(s, v, error) || !prove(s, v, error) || !tell_matters(s, v, error))
        return false;
    v->outcome = alive || v->twin ? ACKNOWLEDGE_DONE : ACKNOWLEDGE_LATE;
    return answering_call(s, &v->answering, alive ? v->file : v->twin, v->file, v->obligations,
                          error) &&
           closing_look(s, v->closing, v->file->no, error);
}

/* --- once --- */

static struct idempotency_row *key_of(const struct visit *v)
{
    struct idempotency_row *row = g_new0(struct idempotency_row, 1);
    g_autofree char *said =
        g_strconcat(answer_names[v->answering.answer], "\n", v->answering.note, NULL);
    row->principal = g_strconcat("link:", v->digest, NULL);
    row->key = g_strdup(v->once);
    row->request_digest = digest_sha256_hex(said, strlen(said));
    row->response = g_strdup(acknowledge_outcome_names[v->outcome]);
    row->status = 200;
    row->time_ms = v->closing->now_ms;
    return row;
}

/* Was the key used?  Then v->outcome is what came of it. */
static bool find_key(struct store *s, struct visit *v, bool *used, GError **error)
{
    struct idempotency_row *had = NULL;
    *used = false;
    if (!v->once)
        return true;
    struct idempotency_row *has = key_of(v);
    bool ok = s->ops->idempotency_find(s, has->principal, has->key, &had, error);
    *used = ok && had;
    if (*used) {
        int outcome = broadcast_name_index(acknowledge_outcome_names, had->response);
        bool same = g_str_equal(had->request_digest, has->request_digest) && outcome >= 0;
        v->outcome = same ? (enum acknowledge_outcome)outcome : ACKNOWLEDGE_KEY_REUSED;
    }
    idempotency_row_free(had);
    idempotency_row_free(has);
    return ok;
}

static bool keep_key(struct store *s, const struct visit *v, GError **error)
{
    if (!v->once)
        return true;
    struct idempotency_row *row = key_of(v);
    bool ok = s->ops->idempotency_insert(s, row, error);
    idempotency_row_free(row);
    return ok;
}

static bool work(struct store *s, void *arg, GError **error)
{
    struct visit *v = arg;
    struct link link;
    bool known = false, used = false;
    if (!follow(s, v, &link, error))
        return false;
    if (v->outcome != ACKNOWLEDGE_LIVE || !v->hand)
        return true;
    if (v->answering.method == METHOD_PAGE && !(v->code && link_code_is(&link, v->code))) {
        v->outcome = ACKNOWLEDGE_WRONG_CODE;
        return true;
    }
    if (!find_key(s, v, &used, error))
        return false;
    if (used)
        return true;
    if (!answering_is_known(s, &v->answering, v->file->no, v->obligations, &known, error))
        return false;
    v->outcome = ACKNOWLEDGE_ALREADY;
    return (known || record(s, v, error)) && keep_key(s, v, error);
}

/* --- afterwards --- */

static enum broadcast_state version_of(const struct visit *v)
{
    bool stood = v->version == BROADCAST_RELEASED || v->version == BROADCAST_CLOSED;
    return stood && v->file->deadline_ms <= v->closing->now_ms ? BROADCAST_EXPIRED : v->version;
}

static void describe(const struct visit *v, struct acknowledge_view *view)
{
    *view = (struct acknowledge_view){ .row = v->file->row,
                                       .broadcast = v->file->broadcast,
                                       .notification = v->notification,
                                       .message_key = v->key,
                                       .obligations = v->obligations,
                                       .missions = v->missions,
                                       .version = version_of(v) };
    view->answered = true;
    for (guint i = 0; i < v->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(v->obligations, i);
        view->asks = view->asks || o->asks;
        view->answered = view->answered && (!o->asks || o->answer != ANSWER_NONE);
    }
}

static void tell_log(const struct visit *v)
{
    if (!v->hand)
        return;
    log_event(v->outcome == ACKNOWLEDGE_WRONG_CODE ? LOG_LEVEL_WARN : LOG_LEVEL_INFO,
              "message.answered", LOG_STR("outcome", acknowledge_outcome_names[v->outcome]),
              LOG_STR("id", v->key), LOG_STR("answer", answer_names[v->answering.answer]),
              LOG_STR("method", answer_method_names[v->answering.method]),
              LOG_STR("from", v->from));
}

static void wake(const struct visit *v)
{
    struct service *s = v->service;
    dispatch_wake_added(s->dispatch, v->answering.added);
    for (guint i = 0; i < v->answering.alarms->len; i++) {
        const struct alarm *a = g_ptr_array_index(v->answering.alarms, i);
        dispatch_wake_plan(s->dispatch, a->plan);
        sweep_note(s->expiry, a->plan->deadline_ms);
    }
}

static void worked(void *arg, const GError *error)
{
    struct visit *v = arg;
    struct acknowledge_view view;
    struct acknowledge_result r = { .outcome = v->outcome };
    service_note_store(v->service, error);
    if (error) {
        r.outcome = ACKNOWLEDGE_UNAVAILABLE;
        r.reason = error->message;
    } else {
        wake(v);
        if (v->proved)
            service_note_proof(v->service, v->notification->endpoint, v->closing->now_ms);
        tell_log(v);
        if (v->outcome != ACKNOWLEDGE_UNKNOWN && v->outcome != ACKNOWLEDGE_DEAD) {
            describe(v, &view);
            r.view = &view;
        }
    }
    v->done(&r, v->ctx);
    closing_done(v->service, v->closing, !error);
    if (v->hand) {
        matter_hand_done(v->service, v->hand, !error);
        delivery_log_wake(v->service->log);
    }
    visit_free(v);
}

static struct visit *visit_new(struct service *s, const char *digest, acknowledge_done_fn done,
                               void *ctx)
{
    struct visit *v = g_new0(struct visit, 1);
    v->service = s;
    v->closing = closing_new(s);
    v->masters = s->masters ? g_ptr_array_ref(s->masters) : NULL;
    v->digest = g_strdup(digest);
    v->answering.config = v->closing->config;
    v->answering.now_ms = v->closing->now_ms;
    v->answering.answer = ANSWER_NONE;
    v->answering.added = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    v->answering.alarms = g_ptr_array_new_with_free_func((GDestroyNotify)alarm_free);
    v->done = done;
    v->ctx = ctx;
    return v;
}

void acknowledge_look(struct service *s, const char *digest, acknowledge_done_fn done, void *ctx)
{
    store_thread_submit(s->store, work, worked, visit_new(s, digest, done, ctx));
}

void acknowledge_submit(struct service *s, const struct acknowledge_request *q,
                        acknowledge_done_fn done, void *ctx)
{
    struct visit *v = visit_new(s, q->digest, done, ctx);
    v->hand = matter_hand_new(s);
    v->code = g_strdup(q->code);
    v->note = g_strdup(q->note ? q->note : "");
    v->from = g_strdup(q->from ? q->from : "");
    v->once = g_strdup(q->once);
    v->answering.answer = q->answer;
    v->answering.method = q->method;
    v->answering.note = v->note;
    v->answering.from = v->from;
    store_thread_submit(s->store, work, worked, v);
}
