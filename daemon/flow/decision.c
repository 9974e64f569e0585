#include "flow/decision.h"

#include "base/log.h"
#include "flow/admission.h"
#include "flow/delivery_log.h"
#include "flow/event.h"
#include "flow/foresight.h"
#include "flow/hindsight.h"
#include "flow/journal.h"
#include "flow/preview.h"
#include "flow/publish.h"
#include "flow/waiting.h"
#include "model/life.h"
#include "model/release.h"
#include "wire/audience_json.h"
#include "wire/broadcast_json.h"

struct decision {
    struct service *service;
    enum decision_kind kind;
    bool own; /* the daemon's: nobody is asked */
    char *id, *principal, *reason, *audience;
    int64_t missions, now_ms;
    struct broadcast_row *row;   /* as it is in the store; the publication's, once there is one */
    struct broadcast *broadcast; /* what it holds */
    struct config *config;       /* one reference */
    struct event event;          /* what it corrects */
    char *spoken_to;             /* ids of the missions that it speaks to */
    struct faults *faults;
    struct preview *preview;
    struct publication *publication;
    char *why;
    char *hold; /* own, owned: why only a person can let it go; NULL: it can go */
    bool over;  /* own: it gave way, and expired before its turn: it is recorded as that */
    unsigned found;
    bool still_pending;
    decision_done_fn done;
    void *ctx;
};

static void forget(struct decision *d)
{
    g_clear_pointer(&d->preview, preview_free);
    g_clear_pointer(&d->publication, publication_free);
    g_clear_pointer(&d->row, broadcast_row_free);
    g_clear_pointer(&d->broadcast, broadcast_unref);
    g_clear_pointer(&d->spoken_to, g_free);
    g_clear_pointer(&d->hold, g_free);
    event_clear(&d->event);
}

static void decision_free(struct decision *d)
{
    forget(d);
    config_unref(d->config);
    g_free(d->id);
    g_free(d->principal);
    g_free(d->reason);
    g_free(d->audience);
    g_free(d->why);
    faults_free(d->faults);
    g_free(d);
}

static void answer(struct decision *d, enum decision_outcome outcome)
{
    struct service *s = d->service;
    struct decision_result r = { .outcome = outcome,
                                 .row = d->publication ? d->publication->row : d->row,
                                 .faults = d->faults,
                                 .reason = d->why,
                                 .missions = d->found };
    bool over = d->broadcast && life_is_over(d->broadcast, service_now_ms(s));
    if (d->done)
        d->done(&r, d->ctx);
    else if (outcome != DECISION_DONE)
        log_event(LOG_LEVEL_ERROR, "broadcast.stays", LOG_STR("id", d->id),
                  LOG_STR("reason", d->why ? d->why
                                    : over ? "it has expired"
                                           : "it cannot be read"));
    /* It is tried again; or it has expired or was decided, and what gave way to it goes at once in
     * its place. */
    bool decided = !d->row || d->row->state != BROADCAST_PENDING;
    bool again = outcome == DECISION_UNAVAILABLE;
    bool look =
        again || (outcome == DECISION_INVALID && over) || (outcome == DECISION_REFUSED && decided);
    if (!d->done && look && s->waiting)
        waiting_note(s->waiting, service_now_ms(s) + (again ? WAITING_RETRY_MS : 0));
    decision_free(d);
    turns_over(&s->publishing);
}

static void refuse(struct decision *d, enum decision_outcome outcome, const char *why)
{
    g_free(d->why);
    d->why = g_strdup(why);
    answer(d, outcome);
}

/* --- the last step: stored --- */

static bool store_it(struct store *s, void *arg, GError **error)
{
    struct decision *d = arg;
    struct broadcast_row *now = NULL;
    if (!s->ops->broadcast_by_no(s, d->publication->row->no, &now, error))
        return false;
    d->still_pending = now && now->state == BROADCAST_PENDING;
    broadcast_row_free(now);
    return !d->still_pending || publish_store(s, d->publication, error);
}

static void begin(void *ctx);

static void stored(void *arg, const GError *error)
{
    struct decision *d = arg;
    bool again = !error && d->publication->again;
    service_note_store(d->service, error);
    publish_done(d->publication, !error && d->still_pending && !again);
    if (again) { /* other versions have come in between: judge it anew */
        forget(d);
        faults_free(d->faults);
        d->faults = faults_new();
        begin(d);
    } else if (error)
        refuse(d, DECISION_UNAVAILABLE, error->message);
    else if (!d->still_pending)
        refuse(d, DECISION_REFUSED, "it was decided by somebody else at the same time");
    else {
        struct service *service = d->service;
        g_autofree char *follow_up = g_strdup(d->publication->follow_up);
        answer(d, DECISION_DONE);
        if (follow_up)
            decision_let_go(service, follow_up);
    }
}

static void tell(struct decision *d, const char *event, const char *reply)
{
    struct publication *p = d->publication;
    struct record *r = service_record(d->service, event);
    r->broadcast = g_strdup(p->row->id);
    r->status = g_strdup(broadcast_status_names[p->row->status]);
    r->missions = p->plan ? publish_mission_list(p->plan) : NULL;
    r->reply = g_strdup(reply);
    g_ptr_array_add(p->records, r);
}

static void submit(struct decision *d)
{
    for (guint i = 0; d->event.rows && i < d->event.rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(d->event.rows, i);
        g_array_append_val(d->publication->chain, row->no);
    }
    struct publication *p = d->publication;
    bool speaks = p->plan || (p->is_news && hindsight_word(&d->event, d->broadcast, false));
    if (speaks && d->publication->chain->len > 0)
        publish_freeze(d->publication);
    store_thread_submit(d->service->store, store_it, stored, d);
}

/* --- reject --- */

static void reject(struct decision *d)
{
    struct broadcast_row *row = g_steal_pointer(&d->row);
    bool gave_way = event_row_yields(row);
    row->state = BROADCAST_REJECTED;
    d->publication = publication_new(d->service, d->broadcast, row, NULL);
    d->publication->pending = true;
    d->publication->is_news = gave_way;
    g_autofree char *reply = g_strdup_printf("by %s%s%s", d->principal, d->reason ? ": " : "",
                                             d->reason ? d->reason : "");
    tell(d, "broadcast.rejected", reply);
    submit(d);
}

/* --- let it go --- */

static void raise_bypass(struct decision *d)
{
    const struct broadcast_row *row = d->publication->row;
    g_autofree char *text = g_strdup_printf(
        "%s released the broadcast \"%s\" (%s) to %u missions without a second person. Reason: %s",
        d->principal, row->headline, row->identifier, d->found, d->reason);
    publish_raise(d->publication, ALARM_APPROVERS, "alarm.bypass",
                  "A broadcast was released without approval", text);
}

static void tell_whose(struct decision *d)
{
    static const char *const events[] = { "broadcast.approved", "broadcast.bypassed",
                                          "broadcast.released", "broadcast.rejected" };
    struct broadcast_row *row = d->publication->row;
    g_free(row->approved_by);
    row->approved_by = d->kind == DECISION_BYPASS
                           ? g_strdup_printf("%s (way round: %s)", d->principal, d->reason)
                           : g_strdup(d->principal);
    g_autofree char *reply = g_strdup_printf(
        "by %s%s%s%s%s", d->principal, d->reason ? ": " : "", d->reason ? d->reason : "",
        d->audience ? "; audience " : "", d->audience ? d->audience : "");
    tell(d, events[d->kind], reply);
    if (d->kind == DECISION_BYPASS)
        raise_bypass(d);
}

/* Nobody has decided: the rules do. */
static bool stays(struct decision *d)
{
    struct admission g = {
        .hold = d->hold, .over = d->over, .told = d->found, .missions = d->spoken_to
    };
    struct plan *kept = d->own ? admission_judge_again(d->publication, &g) : NULL;
    bool stays = kept || d->hold || d->over;
    g_clear_pointer(&kept, plan_free);
    return stays;
}

static void let_go(struct decision *d)
{
    struct broadcast_row *row = g_steal_pointer(&d->row);
    bool gave_way = event_row_waits(row);
    g_free(row->hold);
    row->hold = g_strdup("");
    g_free(row->body); /* with the audience that a person gave it */
    row->body = broadcast_json_write(d->broadcast);
    d->publication =
        publication_new(d->service, d->preview->broadcast, row, g_steal_pointer(&d->preview->plan));
    d->publication->pending = true;
    d->publication->is_news = gave_way;
    if (!stays(d))
        tell_whose(d);
    else if (d->over)
        tell(d, "broadcast.expired", "before its turn");
    submit(d);
}

/* The approver's next look is at what was just shown. */
static bool remember(struct store *s, void *arg, GError **error)
{
    struct decision *d = arg;
    struct journal_hand hand = { d->config->node, d->now_ms };
    g_free(d->row->seen);
    d->row->seen = g_strdup(d->spoken_to);
    d->row->missions = d->found;
    return s->ops->broadcast_update(s, d->row, error) &&
           journal_tell(s, hand, d->row, "broadcast.changed", NULL, d->why, error);
}

static void remembered(void *arg, const GError *error)
{
    struct decision *d = arg;
    service_note_store(d->service, error);
    delivery_log_wake(d->service->log);
    if (error)
        refuse(d, DECISION_UNAVAILABLE, error->message);
    else
        answer(d, DECISION_CHANGED);
}

/* One who releases what is held is the second person, where the policy asks for one. */
static bool is_second(const struct decision *d)
{
    const struct config *c = d->config;
    return d->own || d->kind != DECISION_RELEASE ||
           !release_rule_for(c->release.rules, c->release.n_rules, d->broadcast, d->found) ||
           !g_str_equal(d->row->author, d->principal);
}

static void look_at_the_missions(struct decision *d)
{
    bool asked = !d->own && d->broadcast->type != TYPE_CANCEL;
    g_autofree char *changed = asked && d->kind != DECISION_RELEASE
                                   ? release_difference(d->row->seen, d->spoken_to)
                                   : NULL;
    if (changed) {
        d->why = g_strdup_printf("the missions have changed since its author saw them: %s; %u now",
                                 changed, d->found);
        store_thread_submit(d->service->store, remember, remembered, d);
    } else if (asked && d->missions != d->found) {
        g_autofree char *why =
            d->missions < 0
                ? g_strdup_printf("say how many missions it goes to: %u now", d->found)
                : g_strdup_printf("%" G_GINT64_FORMAT " missions were stated, %u are affected",
                                  d->missions, d->found);
        refuse(d, DECISION_CHANGED, why);
    } else if (!is_second(d)) {
        refuse(d, DECISION_REFUSED,
               "it needs a second person: its author cannot release it, somebody else must");
    } else {
        let_go(d);
    }
}

static bool foresee(struct store *s, void *arg, GError **error)
{
    struct decision *d = arg;
    struct foresight f;
    bool ok = foresight_read(s, &d->event, d->broadcast, d->preview->plan, NULL, &f, error);
    if (ok) {
        d->spoken_to = publish_mission_list(f.plan);
        d->found = f.plan->missions->len;
    }
    foresight_clear(&f);
    return ok;
}

static void foreseen(void *arg, const GError *error)
{
    struct decision *d = arg;
    service_note_store(d->service, error);
    if (error)
        refuse(d, DECISION_UNAVAILABLE, error->message);
    else
        look_at_the_missions(d);
}

static bool take_audience(struct decision *d)
{
    if (d->kind != DECISION_RELEASE || !d->audience)
        return true;
    struct audience *a = audience_json_parse(d->audience, strlen(d->audience), d->faults);
    if (!a)
        return false;
    if (d->broadcast->audience)
        audience_free(d->broadcast->audience);
    d->broadcast->audience = a;
    return true;
}

/* The roster, or the configuration, has changed while it waited: it is a person's, and what gave
 * way to it goes. */
static void hold_it(struct decision *d)
{
    g_autofree char *what = faults_to_line(d->faults);
    d->hold = g_strdup_printf("it cannot go as it stands any more: %s", what);
    let_go(d);
}

static void resolve(struct decision *d)
{
    if (!take_audience(d)) {
        answer(d, DECISION_INVALID);
        return;
    }
    d->preview = preview_of(d->service, d->broadcast, service_now_ms(d->service), true, d->faults);
    bool over = life_is_over(d->broadcast, service_now_ms(d->service));
    d->over = d->own && over && event_row_yields(d->row);
    if (faults_any(d->faults) && d->own && !over)
        hold_it(d);
    else if (d->over) /* what it links is linked all the same */
        let_go(d);
    else if (faults_any(d->faults))
        answer(d, DECISION_INVALID);
    else if (!d->preview->plan)
        refuse(d, DECISION_REFUSED, "it has no audience: give one");
    else if (d->broadcast->type == TYPE_CANCEL && d->event.rows->len == 0)
        refuse(d, DECISION_REFUSED, "what it cancels is not here, so there is nobody to tell");
    else
        store_thread_submit(d->service->store, foresee, foreseen, d);
}

/* --- may it --- */

static const char *verdict(const struct decision *d)
{
    const struct broadcast_row *row = d->row;
    int64_t now_ms = service_now_ms(d->service);
    bool held = row->hold && *row->hold;
    enum release_verdict v = RELEASE_ALLOWED;
    if (row->state != BROADCAST_PENDING)
        v = RELEASE_NOT_PENDING;
    else if (d->own || d->kind == DECISION_REJECT)
        return NULL;
    else if (held != (d->kind == DECISION_RELEASE))
        return held ? "it is held for an audience: release it with one"
                    : "it waits for approval, not for an audience";
    else if (d->kind == DECISION_APPROVE)
        v = release_approve(row->state, row->author, d->principal, row->approve_by_ms, now_ms);
    else if (d->kind == DECISION_BYPASS)
        v = release_bypass(row->state, row->urgency, d->reason, row->approve_by_ms, now_ms);
    return release_verdict_sentence(v);
}

static bool read_row(struct store *s, void *arg, GError **error)
{
    struct decision *d = arg;
    if (!s->ops->broadcast_by_id(s, d->id, &d->row, error))
        return false;
    if (!d->row)
        return true;
    d->broadcast = broadcast_json_read_stored(d->row->body, strlen(d->row->body), d->faults);
    if (!d->broadcast)
        return true;
    d->broadcast->id = g_strdup(d->row->id);
    return event_read(s, d->broadcast, d->row, &d->event, error);
}

static void row_read(void *arg, const GError *error)
{
    struct decision *d = arg;
    service_note_store(d->service, error);
    if (error || !d->row) {
        if (error)
            refuse(d, DECISION_UNAVAILABLE, error->message);
        else
            answer(d, DECISION_NOT_FOUND);
        return;
    }
    const char *no = verdict(d);
    if (no) {
        refuse(d, DECISION_REFUSED, no);
        return;
    }
    if (!d->broadcast)
        answer(d, DECISION_INVALID);
    else if (d->kind == DECISION_REJECT)
        reject(d);
    else
        resolve(d);
}

static void begin(void *ctx)
{
    struct decision *d = ctx;
    store_thread_submit(d->service->store, read_row, row_read, d);
}

void decision_submit(struct service *s, const struct decision_request *q, decision_done_fn done,
                     void *ctx)
{
    struct decision *d = g_new0(struct decision, 1);
    d->service = s;
    d->kind = q->kind;
    d->own = done == NULL;
    d->id = g_strdup(q->id);
    d->principal = g_strdup(q->principal);
    d->reason = g_strdup(q->reason);
    d->audience = g_strdup(q->audience);
    d->missions = q->missions;
    d->config = config_ref(s->config);
    d->now_ms = service_now_ms(s);
    d->faults = faults_new();
    d->done = done;
    d->ctx = ctx;
    turns_take(&s->publishing, begin, d);
}

void decision_let_go(struct service *s, const char *id)
{
    struct decision_request q = {
        .kind = DECISION_RELEASE, .id = id, .principal = "daemon", .missions = -1
    };
    decision_submit(s, &q, NULL, NULL);
}
