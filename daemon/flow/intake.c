#include "flow/intake.h"

#include "base/digest.h"
#include "base/id.h"
#include "base/log.h"
#include "flow/decision.h"
#include "flow/delivery_log.h"
#include "flow/preview.h"
#include "flow/publish.h"
#include "model/reach.h"
#include "model/release.h"
#include "wire/broadcast_json.h"

struct intake {
    struct service *service;
    struct preview *preview;
    struct faults *faults;
    struct publication *publication; /* NULL: it cannot be one */
    struct broadcast_row *known;     /* what was here already */
    struct record *conflict;         /* told if other content has the triple already */
    struct record *foreign;          /* told if it refers to somebody else's broadcast */
    struct config *config; /* one reference: the store thread must not look at the service */
    GPtrArray *unknown;    /* struct reference *: referred to, but not here */
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
    if (i->config)
        config_unref(i->config);
    g_ptr_array_unref(i->unknown);
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
        publish_turn_over(i->service);
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

static struct record *record_of(const struct intake *i, const char *event, const char *reply)
{
    const struct broadcast_row *row = i->publication->row;
    struct record *r = service_record(i->service, event);
    r->status = g_strdup(broadcast_status_names[row->status]);
    r->broadcast = g_strdup(row->id);
    r->reply = g_strdup(reply);
    return r;
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
        i->reason = g_strdup("this Idempotency-Key was used for a different request");
        *settled = true;
    } else {
        ok = s->ops->broadcast_by_id(s, used->response, &i->known, error);
        i->kind = INTAKE_KNOWN;
        *settled = i->known != NULL;
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
    if (!i->key)
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

static void stored(void *arg, const GError *error)
{
    struct intake *i = arg;
    struct service *s = i->service;
    bool committed = !error && i->kind == INTAKE_ACCEPTED;
    service_note_store(s, error);
    publish_done(i->publication, committed);
    if (error) {
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

/* --- what it is to become --- */

static void hold(struct intake *i, const char *why)
{
    struct publication *p = i->publication;
    g_clear_pointer(&p->plan, plan_free);
    g_free(p->row->hold);
    p->row->hold = g_strdup(why);
    g_ptr_array_add(p->records, record_of(i, "broadcast.held", why));
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" of %s (%s) is held: %s. Nothing was sent. A person must decide: "
        "liaisonctl release %s with an audience, or liaisonctl reject %s.",
        p->row->headline, p->row->sender, p->row->identifier, why, p->row->id, p->row->id);
    publish_raise(p, ALARM_DUTY_DESK, "alarm.held", "A broadcast is held for a person", text);
}

static void ask_for_approval(struct intake *i, const struct release_rule *rule)
{
    struct publication *p = i->publication;
    p->row->seen = publish_mission_list(p->plan);
    p->row->missions = p->plan->missions->len;
    p->row->approve_by_ms = p->now_ms + rule->deadline_s * 1000;
    g_autofree char *until = timestamp_format_utc_s(p->row->approve_by_ms);
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" of %s (%s) to %u missions waits for a second person until %s. "
        "Look at it: liaisonctl status %s. Then: liaisonctl approve %s --missions %u, or "
        "liaisonctl reject %s.",
        p->row->headline, p->row->author, p->row->identifier, p->row->missions, until, p->row->id,
        p->row->id, p->row->missions, p->row->id);
    g_clear_pointer(&p->plan, plan_free);
    g_ptr_array_add(p->records, record_of(i, "broadcast.pending", "waits for a second person"));
    publish_raise(p, ALARM_APPROVERS, "alarm.approval", "A broadcast waits for your approval",
                  text);
}

static void tell_of_nobody(struct intake *i)
{
    struct publication *p = i->publication;
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" of %s (%s) affects no mission of the roster. It was taken and told "
        "to nobody.",
        p->row->headline, p->row->sender, p->row->identifier);
    publish_raise(p, ALARM_DUTY_DESK, "alarm.nobody", "A broadcast affects no mission", text);
}

/* It goes nowhere by what it is, or came too late.  A correction that did is the duty desk's to
 * look at. */
static void record_only(struct intake *i)
{
    struct publication *p = i->publication;
    const struct broadcast *b = p->broadcast;
    g_clear_pointer(&p->plan, plan_free);
    p->row->state = i->preview->over            ? BROADCAST_EXPIRED
                    : b->status == STATUS_DRAFT ? BROADCAST_DRAFT
                                                : BROADCAST_CLOSED;
    if (!i->preview->over || b->type == TYPE_ALERT)
        return;
    g_autofree char *text = g_strdup_printf(
        "The %s \"%s\" of %s (%s) had expired when it came. It is recorded, nothing was sent and "
        "nothing is "
        "withdrawn. What it corrects, if it still runs, is corrected by liaisonctl cancel.",
        broadcast_type_names[b->type], p->row->headline, p->row->sender, p->row->identifier);
    publish_raise(p, ALARM_DUTY_DESK, "alarm.late_correction", "A correction came too late", text);
}

static void decide(struct intake *i)
{
    struct publication *p = i->publication;
    const struct broadcast *b = p->broadcast;
    g_autofree char *list = p->plan ? publish_mission_list(p->plan) : NULL;
    struct record *accepted = record_of(i, "broadcast.accepted", NULL);
    accepted->missions = g_steal_pointer(&list);
    g_ptr_array_add(p->records, accepted);
    if (!reach_dispatches(b->status, b->type) || i->preview->over) {
        record_only(i);
        return;
    }
    if (i->preview->hold) {
        hold(i, i->preview->hold);
        return;
    }
    const struct config *c = i->service->config;
    const struct release_rule *rule =
        b->type == TYPE_CANCEL
            ? NULL
            : release_rule_for(c->release.rules, c->release.n_rules, b, p->plan->missions->len);
    if (rule && rule->second_person)
        ask_for_approval(i, rule);
    else if (b->type != TYPE_CANCEL && p->plan->missions->len == 0)
        tell_of_nobody(i);
}

/* --- what it corrects --- */

static bool may_correct(const struct intake *i, const char *sender)
{
    return g_str_equal(sender, i->preview->broadcast->sender) ||
           g_ptr_array_find_with_equal_func(i->config->release.may_supersede,
                                            i->preview->broadcast->sender, g_str_equal, NULL);
}

/* Only the original sender, or one named for it, may supersede (design, section 4, rule 4). */
static bool read_chain(struct store *s, void *arg, GError **error)
{
    struct intake *i = arg;
    struct publication *p = i->publication;
    if (!s->ops->chain(s, p->broadcast->references, 0, p->chain, i->unknown, error))
        return false;
    for (guint k = 0; k < p->chain->len; k++) {
        struct broadcast_row *row = NULL;
        if (!s->ops->broadcast_by_no(s, g_array_index(p->chain, int64_t, k), &row, error))
            return false;
        if (row && !may_correct(i, row->sender)) {
            i->kind = INTAKE_FORBIDDEN;
            g_free(i->reason);
            i->reason = g_strdup_printf("it corrects a broadcast of %s, which %s may not",
                                        row->sender, p->broadcast->sender);
        }
        if (row)
            broadcast_row_free(row);
    }
    return true;
}

/* What it refers to itself and is not here; versions that others of the chain refer to do not hold
 * it. */
static const struct reference *first_missing(const struct intake *i)
{
    const GPtrArray *own = i->preview->broadcast->references;
    for (guint k = 0; k < i->unknown->len; k++) {
        const struct reference *u = g_ptr_array_index(i->unknown, k);
        for (guint n = 0; n < own->len; n++) {
            const struct reference *r = g_ptr_array_index(own, n);
            if (g_str_equal(u->identifier, r->identifier) && g_str_equal(u->sender, r->sender) &&
                u->sent.ms == r->sent.ms)
                return r;
        }
    }
    return NULL;
}

static void chain_read(void *arg, const GError *error)
{
    struct intake *i = arg;
    service_note_store(i->service, error);
    if (error) {
        i->reason = g_strdup(error->message);
        answer(i, INTAKE_UNAVAILABLE);
        return;
    }
    struct publication *p = i->publication;
    const struct reference *r = first_missing(i);
    if (i->kind != INTAKE_FORBIDDEN && r && p->plan) {
        g_autofree char *why =
            g_strdup_printf("it refers to %s of %s, which is not here", r->identifier, r->sender);
        hold(i, why);
    }
    if (i->kind != INTAKE_FORBIDDEN && p->plan)
        publish_freeze(p);
    store_thread_submit(i->service->store, store_it, stored, i);
}

static void correct(void *ctx)
{
    struct intake *i = ctx;
    i->in_turn = true;
    store_thread_submit(i->service->store, read_chain, chain_read, i);
}

/* --- coming in --- */

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
    g_autofree char *conflict =
        g_strdup_printf("%s sent other content under the same triple", i->principal);
    g_autofree char *foreign =
        g_strdup_printf("%s tried to correct somebody else's broadcast", i->principal);
    i->conflict = record_of(i, "security.conflict", conflict);
    i->foreign = record_of(i, "security.foreign_correction", foreign);
    i->config = config_ref(i->service->config);
    i->affected = v->plan ? v->plan->missions->len : 0;
    if (faults_any(i->faults) || i->expectation_failed)
        return;
    i->publication->plan = g_steal_pointer(&v->plan);
}

void intake_submit(struct service *s, const struct intake_request *q, intake_done_fn done,
                   void *ctx)
{
    struct intake *i = g_new0(struct intake, 1);
    i->service = s;
    i->done = done;
    i->ctx = ctx;
    i->faults = faults_new();
    i->unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    i->principal = g_strdup(q->principal);
    i->key = g_strdup(q->idempotency_key);
    i->request_digest = digest_sha256_hex(q->body, q->len);
    if (s->stopping) {
        i->reason = g_strdup("the daemon is stopping");
        answer(i, INTAKE_UNAVAILABLE);
        return;
    }
    i->preview = preview_make(s, q->type, q->body, q->len, service_now_ms(s), true, i->faults);
    if (!i->preview) {
        answer(i, INTAKE_INVALID);
        return;
    }
    check_expectation(i, q->expect_missions);
    make_publication(i, q);
    enum broadcast_type type = i->preview->broadcast->type;
    bool corrects = i->publication->plan && (type == TYPE_UPDATE || type == TYPE_CANCEL);
    if (!faults_any(i->faults) && !i->expectation_failed)
        decide(i);
    if (corrects)
        publish_in_turn(s, correct, i);
    else
        store_thread_submit(s->store, store_it, stored, i);
}
