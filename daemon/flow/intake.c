#include "flow/intake.h"

#include "base/digest.h"
#include "base/id.h"
#include "base/log.h"
#include "flow/admission.h"
#include "flow/authority.h"
#include "flow/decision.h"
#include "flow/delivery_log.h"
#include "flow/event.h"
#include "flow/foresight.h"
#include "flow/hindsight.h"
#include "flow/preview.h"
#include "flow/publish.h"
#include "wire/broadcast_json.h"

struct intake {
    struct service *service;
    struct preview *preview;
    struct faults *faults;
    struct publication *publication; /* NULL: it cannot be one */
    struct broadcast_row *known;     /* what was here already */
    struct record *conflict;         /* told if other content has the triple already */
    struct record *foreign;          /* told if it refers to somebody else's broadcast */
    struct event event;              /* what it corrects */
    struct plan *kept;               /* what does not go out now */
    char *spoken_to;                 /* ids of the missions that it speaks to */
    unsigned told;                   /* how many those are */
    char *principal, *key, *request_digest;
    enum intake_kind kind;
    char *reason;
    bool in_turn, expectation_failed;
    unsigned affected; /* missions that it resolves to */
    intake_done_fn done;
    void *ctx;
};

static void intake_free(struct intake *i)
{
    preview_free(i->preview);
    faults_free(i->faults);
    publication_free(i->publication);
    if (i->known)
        broadcast_row_free(i->known);
    g_clear_pointer(&i->conflict, record_free);
    g_clear_pointer(&i->foreign, record_free);
    event_clear(&i->event);
    if (i->kept)
        plan_free(i->kept);
    g_free(i->spoken_to);
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
        .status = i->preview ? (int)i->preview->broadcast->status : -1,
        .row = i->known         ? i->known
               : i->publication ? i->publication->row
                                : NULL,
        .reason = i->reason,
        .missions = i->affected,
    };
    if (i->preview)
        r.held_until_ms = life_held_until_ms(i->preview->broadcast, service_now_ms(i->service));
    i->done(&r, i->ctx);
    if (i->in_turn)
        turns_over(&i->service->publishing);
    intake_free(i);
}

static struct broadcast_row *row_of(const struct intake *i, const char *type)
{
    const struct broadcast *b = i->preview->broadcast;
    const struct message *first = b->messages->len ? g_ptr_array_index(b->messages, 0) : NULL;
    struct broadcast_row *row = g_new0(struct broadcast_row, 1);
    int64_t now_ms = service_now_ms(i->service);
    row->id = id_new(now_ms);
    row->identifier = g_strdup(b->identifier);
    row->sender = g_strdup(b->sender);
    row->sent_ms = b->sent.ms;
    /* The canonical form has only part of what CAP can say. */
    row->digest =
        g_str_equal(type, PREVIEW_CAP) ? g_strdup(i->request_digest) : broadcast_json_digest(b);
    row->body = broadcast_json_write(b);
    row->status = b->status;
    row->type = b->type;
    row->urgency = b->urgency;
    row->severity = b->severity;
    row->state = BROADCAST_PENDING;
    row->received_ms = now_ms;
    row->headline = g_strdup(first ? first->headline : "");
    row->author = g_strdup(i->principal);
    row->hold = g_strdup("");
    row->source_type = g_strdup(type);
    row->references = publish_copy_references(b->references);
    return row;
}

/* --- the store's side --- */

static bool look_up_key(struct intake *i, struct store *s, bool *settled, GError **error)
{
    struct idempotency_row *used = NULL;
    if (!i->key)
        return true;
    if (!s->ops->idempotency_find(s, i->principal, i->key, &used, error))
        return false;
    if (!used)
        return true;
    bool ok = true;
    if (!g_str_equal(used->request_digest, i->request_digest)) {
        i->kind = INTAKE_KEY_REUSED;
        g_free(i->reason); /* of a refusal */
        i->reason = g_strdup("this Idempotency-Key was used for a different request");
        *settled = true;
    } else {
        ok = s->ops->broadcast_by_id(s, used->response, &i->known, error);
        *settled = i->known != NULL;
        if (*settled)
            i->kind = INTAKE_KNOWN;
    }
    idempotency_row_free(used);
    return ok;
}

/* Is the triple here already?  A conflict is a security event and goes into the journal. */
static bool look_up_triple(struct intake *i, struct store *s, bool *settled, GError **error)
{
    const struct broadcast_row *row = i->publication->row;
    if (!s->ops->broadcast_by_key(s, row->identifier, row->sender, row->sent_ms, &i->known, error))
        return false;
    if (!i->known)
        return true;
    *settled = true;
    i->kind = g_str_equal(i->known->digest, row->digest) ? INTAKE_KNOWN : INTAKE_CONFLICT;
    if (i->kind == INTAKE_KNOWN)
        return true;
    g_free(i->conflict->broadcast);
    i->conflict->broadcast = g_strdup(i->known->id);
    return s->ops->journal_append(s, i->conflict, error);
}

static bool insert(struct intake *i, struct store *s, GError **error)
{
    if (!publish_store(s, i->publication, error))
        return false;
    if (!i->key || i->publication->again)
        return true;
    struct idempotency_row row = { .principal = i->principal,
                                   .key = i->key,
                                   .request_digest = i->request_digest,
                                   .status = 201,
                                   .response = i->publication->row->id,
                                   .time_ms = i->publication->row->received_ms };
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
    if (i->kind == INTAKE_FORBIDDEN)
        return s->ops->journal_append(s, i->foreign, error);
    if (i->expectation_failed) {
        i->kind = INTAKE_EXPECTATION;
        return true;
    }
    i->kind = INTAKE_ACCEPTED;
    return insert(i, s, error);
}

static void log_security(const struct intake *i, const char *event)
{
    const struct broadcast_row *row = i->publication->row;
    log_event(LOG_LEVEL_WARN, event, LOG_STR("identifier", row->identifier),
              LOG_STR("sender", row->sender), LOG_STR("by", i->principal));
}

static void correct(void *ctx);

/* Other versions have come in between: what it is to them must be found out anew. */
static void start_over(struct intake *i)
{
    publication_reset(i->publication);
    event_clear(&i->event);
    if (i->kept)
        i->publication->plan = g_steal_pointer(&i->kept);
    correct(i);
}

static void stored(void *arg, const GError *error)
{
    struct intake *i = arg;
    struct service *s = i->service;
    bool again = i->publication->again;
    bool committed = !error && !again && i->kind == INTAKE_ACCEPTED;
    service_note_store(s, error);
    publish_done(i->publication, committed);
    if (!error && again) {
        start_over(i);
        return;
    }
    if (error) {
        g_free(i->reason);
        i->reason = g_strdup(error->message);
        answer(i, INTAKE_UNAVAILABLE);
        return;
    }
    if (i->kind == INTAKE_CONFLICT)
        log_security(i, "security.conflict");
    if (i->kind == INTAKE_FORBIDDEN)
        log_security(i, "security.foreign_correction");
    delivery_log_wake(s->log);
    g_autofree char *follow_up = committed ? g_strdup(i->publication->follow_up) : NULL;
    answer(i, i->kind);
    if (follow_up)
        decision_let_go(s, follow_up);
}

/* --- what it corrects --- */

static bool read_event(struct store *s, void *arg, GError **error)
{
    struct intake *i = arg;
    struct publication *p = i->publication;
    const GPtrArray *named = p->config->release.may_supersede;
    struct foresight f = { 0 };
    if (!authority_look(s, p->broadcast, named, p->row, i->faults, &i->reason, error) ||
        !event_read(s, p->broadcast, p->row, &i->event, error))
        return false;
    if (i->reason)
        i->kind = INTAKE_FORBIDDEN;
    /* Held for its target it speaks to nobody yet; and a cancel waits for nobody, whatever it is
     * that it speaks to, which its publication finds out anyway. */
    if (!p->plan || p->broadcast->type == TYPE_CANCEL)
        return true;
    bool ok = foresight_read(s, &i->event, p->broadcast, p->plan, NULL, &f, error);
    if (ok) {
        g_free(i->spoken_to);
        i->spoken_to = publish_mission_list(f.plan);
        i->told = f.plan->missions->len;
    }
    foresight_clear(&f);
    return ok;
}

static void judge(struct intake *i)
{
    struct admission g = { .hold = i->preview->hold,
                           .over = i->preview->over,
                           .told = i->told,
                           .missions = i->spoken_to,
                           .missing = NULL };
    if (i->event.rows)
        g.missing = event_missing(&i->event, i->preview->broadcast);
    i->kept = admission_judge(i->publication, &g);
}

static void event_was_read(void *arg, const GError *error)
{
    struct intake *i = arg;
    struct publication *p = i->publication;
    service_note_store(i->service, error);
    if (error) {
        g_free(i->reason);
        i->reason = g_strdup(error->message);
        answer(i, INTAKE_UNAVAILABLE);
        return;
    }
    bool good = !faults_any(i->faults) && i->kind != INTAKE_FORBIDDEN;
    if (good)
        judge(i);
    for (guint k = 0; k < i->event.rows->len; k++) {
        const struct broadcast_row *row = g_ptr_array_index(i->event.rows, k);
        g_array_append_val(p->chain, row->no);
    }
    bool speaks = p->plan || hindsight_word(&i->event, p->broadcast, false);
    if (good && speaks && p->chain->len > 0)
        publish_freeze(p);
    if (good)
        publish_begin(p);
    store_thread_submit(i->service->store, store_it, stored, i);
}

static void correct(void *ctx)
{
    struct intake *i = ctx;
    i->in_turn = true;
    store_thread_submit(i->service->store, read_event, event_was_read, i);
}

/* --- coming in --- */

/* An alert corrects nothing that the store is at, so one that is immediate need not wait for it. */
static void store_new(struct intake *i)
{
    const struct broadcast *b = i->preview->broadcast;
    bool ahead = b->type == TYPE_ALERT && b->urgency == URGENCY_IMMEDIATE;
    publish_begin(i->publication);
    (ahead ? store_thread_submit_ahead : store_thread_submit)(i->service->store, store_it, stored,
                                                              i);
}

static void check_expectation(struct intake *i, int64_t asked)
{
    const struct preview *v = i->preview;
    int64_t expected = asked >= 0 ? asked : v->expect_missions;
    if (expected < 0 || !v->plan || v->broadcast->type == TYPE_CANCEL ||
        expected == v->plan->missions->len)
        return;
    i->expectation_failed = true;
    i->reason = g_strdup_printf("%" G_GINT64_FORMAT " missions were expected, %u are affected; "
                                "nothing was sent",
                                expected, v->plan->missions->len);
}

static void make_publication(struct intake *i, const struct intake_request *q)
{
    struct preview *v = i->preview;
    i->publication = publication_new(i->service, v->broadcast, row_of(i, q->type), NULL);
    i->publication->source = g_bytes_new(q->body, q->len);
    i->publication->is_news = true;
    g_autofree char *conflict =
        g_strdup_printf("%s sent other content under the same triple", i->principal);
    g_autofree char *foreign =
        g_strdup_printf("%s tried to correct somebody else's broadcast", i->principal);
    i->conflict = admission_record(i->publication, "security.conflict", conflict);
    i->foreign = admission_record(i->publication, "security.foreign_correction", foreign);
    i->affected = v->plan ? v->plan->missions->len : 0;
    if (faults_any(i->faults) || i->expectation_failed)
        return;
    i->publication->plan = g_steal_pointer(&v->plan);
    if (!i->publication->plan)
        return;
    i->told = i->affected;
    i->spoken_to = publish_mission_list(i->publication->plan);
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
    i->preview = preview_make(s, q->own ? PREVIEW_OWN : q->type, q->body, q->len, service_now_ms(s),
                              true, i->faults);
    if (!i->preview) {
        answer(i, INTAKE_INVALID);
        return;
    }
    check_expectation(i, q->expect_missions);
    make_publication(i, q);
    if (faults_any(i->faults) || i->expectation_failed) {
        store_thread_submit(s->store, store_it, stored, i);
        return;
    }
    const GPtrArray *named = s->config->release.may_supersede;
    enum broadcast_type type = i->preview->broadcast->type;
    bool corrects = type == TYPE_UPDATE || type == TYPE_CANCEL;
    if (corrects && (i->reason = authority_refuses(i->preview->broadcast, named)))
        i->kind = INTAKE_FORBIDDEN;
    bool counts = i->publication->plan || i->preview->hold || i->preview->over;
    if (corrects && counts && i->kind != INTAKE_FORBIDDEN) {
        turns_take(&s->publishing, correct, i);
        return;
    }
    judge(i);
    store_new(i);
}
