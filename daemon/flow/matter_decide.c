/* A person decides a matter: one of its moves, and what follows from it. */
#include "flow/matter_desk.h"

#include "base/log.h"
#include "flow/matter_notice.h"
#include "flow/roster_keeper.h"
#include "wire/matter_json.h"

#include <string.h>

struct decision {
    struct service *service;
    struct matter_hand *hand;
    int64_t no;
    enum matter_action action;
    char *principal, *note;
    bool unproved;
    struct matter *matter;
    struct matter_body *body; /* of a contact update */
    bool proved;              /* its new address has answered before */
    enum matter_outcome outcome;
    char *reason;
    matter_done_fn done;
    void *ctx;
};

static void finish(struct decision *d, const struct faults *faults, bool committed)
{
    struct matter_result r = { .outcome = d->outcome,
                               .matter = d->outcome == MATTER_DONE ? d->matter : NULL,
                               .faults = faults,
                               .reason = d->reason };
    if (d->outcome == MATTER_DONE)
        log_event(LOG_LEVEL_INFO, "matter.decided", LOG_INT("number", d->no),
                  LOG_STR("action", matter_action_names[d->action]), LOG_STR("by", d->principal));
    d->done(&r, d->ctx);
    matter_hand_done(d->service, d->hand, committed && d->outcome == MATTER_DONE);
    matter_free(d->matter);
    matter_body_free(d->body);
    g_free(d->principal);
    g_free(d->note);
    g_free(d->reason);
    g_free(d);
}

static bool refuse(struct decision *d, enum matter_outcome why, char *reason /* taken */)
{
    d->outcome = why;
    g_free(d->reason);
    d->reason = reason;
    return true;
}

/* --- the move --- */

/* What the mission is told of it; -1: nothing. */
static int saying_of(enum matter_action on)
{
    switch (on) {
    case MATTER_CONFIRM:
        return MATTER_SAYS_CONFIRMED;
    case MATTER_REFUSE:
        return MATTER_SAYS_REFUSED;
    case MATTER_ANSWER:
        return MATTER_SAYS_ANSWERED;
    case MATTER_ACKNOWLEDGE:
        return MATTER_SAYS_ACKNOWLEDGED;
    case MATTER_CLOSE:
        return MATTER_SAYS_CLOSED;
    case MATTER_NOTE:
    case MATTER_EXPIRE:
        break;
    }
    return -1;
}

static char *why_not(const struct decision *d)
{
    return g_strdup_printf("number %" G_GINT64_FORMAT " is %s (%s): it cannot be %s", d->no,
                           matter_state_names[d->matter->state], matter_kind_names[d->matter->kind],
                           matter_action_event(d->action));
}

/* Whom a post was asked of hears that it is over. */
static bool tell_partner_of_end(struct store *s, struct decision *d, GError **error)
{
    if (d->matter->kind != MATTER_PROTECTIVE_RESPONSE || d->action != MATTER_CLOSE)
        return true;
    g_autofree char *headline = g_strdup_printf(
        "The protective response is no longer asked for: number %" G_GINT64_FORMAT, d->no);
    return matter_tell_partner(s, d->hand, d->matter, false, "matter.partner_told", headline,
                               error);
}

static bool move(struct store *s, struct decision *d, GError **error)
{
    int saying = saying_of(d->action);
    if (!matter_move(d->matter, d->action, d->hand->now_ms))
        return refuse(d, MATTER_NOT_ALLOWED, why_not(d));
    d->hand->due_ms = MIN(d->hand->due_ms, d->matter->due_ms);
    return s->ops->matter_update(s, d->matter, error) &&
           matter_note(s, d->hand, d->matter, d->principal, matter_action_event(d->action), d->note,
                       error) &&
           tell_partner_of_end(s, d, error) &&
           (saying < 0 ||
            matter_tell_mission(s, d->hand, d->matter, (enum matter_saying)saying, d->note, error));
}

/* --- what it is, in the store --- */

static bool find_proof(struct store *s, struct decision *d, GError **error)
{
    g_autoptr(GPtrArray) proofs = g_ptr_array_new_with_free_func((GDestroyNotify)proof_row_free);
    g_autofree char *endpoint = g_strconcat("mailto:", matter_body_get(d->body, "email"), NULL);
    if (!s->ops->proof_list(s, proofs, error))
        return false;
    for (guint i = 0; i < proofs->len && !d->proved; i++)
        d->proved = g_ascii_strcasecmp(((struct proof_row *)g_ptr_array_index(proofs, i))->endpoint,
                                       endpoint) == 0;
    return true;
}

/* A confirmation changes the roster, which only the loop may do: here it is only looked at. */
static bool work(struct store *s, void *arg, GError **error)
{
    struct decision *d = arg;
    if (!s->ops->matter_by_no(s, d->no, &d->matter, error))
        return false;
    if (!d->matter)
        return refuse(d, MATTER_NOT_FOUND, NULL);
    if (d->action != MATTER_CONFIRM)
        return move(s, d, error);
    if (!matter_may(d->matter, MATTER_CONFIRM))
        return refuse(d, MATTER_NOT_ALLOWED, why_not(d));
    d->body = matter_json_read_body(d->matter->kind, d->matter->body);
    return d->body && find_proof(s, d, error);
}

/* --- a confirmation --- */

/* Reads it anew: it may have been decided between the two looks. */
static bool confirm_along(struct store *s, void *ctx, bool *overtaken, GError **error)
{
    struct decision *d = ctx;
    matter_free(d->matter);
    d->matter = NULL;
    if (!s->ops->matter_by_no(s, d->no, &d->matter, error))
        return false;
    if (!d->matter || !matter_may(d->matter, MATTER_CONFIRM)) {
        *overtaken = true;
        return true;
    }
    return move(s, d, error);
}

static void confirmed(const struct roster_result *r, void *ctx)
{
    struct decision *d = ctx;
    if (r->unavailable)
        refuse(d, MATTER_UNAVAILABLE, g_strdup(r->unavailable));
    else if (faults_any(r->faults) && d->outcome == MATTER_DONE)
        refuse(d, MATTER_INVALID, NULL);
    finish(d, r->faults, !r->unavailable);
}

static void add(GArray *edits, struct roster_edit e)
{
    g_array_append_val(edits, e);
}

static void edit(const struct decision *d, unsigned rank, bool is_new, GArray *edits)
{
    static const char *const fields[] = { "name",    "language",   "email",   "phone",
                                          "webhook", "valid_from", "valid_to" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        const char *value = matter_body_get(d->body, fields[i]);
        if (*value)
            add(edits, (struct roster_edit){ d->matter->mission, rank, is_new, fields[i], value });
    }
}

/* The endpoint that answered as a wrong person goes, unless it was changed already. */
static void strike(const struct decision *d, const struct mission *m, unsigned rank, GArray *edits)
{
    const char *email = matter_body_get(d->body, "email");
    const char *webhook = matter_body_get(d->body, "webhook");
    for (guint i = 0; i < m->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(m->representatives, i);
        if (p->rank != rank)
            continue;
        if (*email && g_ascii_strcasecmp(p->email, email) == 0)
            add(edits, (struct roster_edit){ m->id, rank, false, "email", "" });
        if (*webhook && g_str_equal(p->webhook, webhook))
            add(edits, (struct roster_edit){ m->id, rank, false, "webhook", "" });
    }
}

/* Of the roster as it is then: who has that rank, and what stands there, may be other than it was
 * when the agent decided. */
static void choose(const struct roster *now, GArray *edits, struct faults *f, void *ctx)
{
    struct decision *d = ctx;
    const struct mission *m = roster_find(now, d->matter->mission);
    const char *change = matter_body_get(d->body, "change");
    unsigned rank =
        (unsigned)g_ascii_strtoull(matter_body_get(d->body, "representative"), NULL, 10);
    bool is_new = g_str_equal(change, "new");
    if (!m || (is_new && rank == 0 && (rank = roster_edit_free_rank(m)) == 0)) {
        refuse(d, MATTER_NOT_ALLOWED,
               g_strdup_printf("%s is not in the roster, or has no rank left", d->matter->mission));
        faults_add(f, "", "not-allowed", "%s", d->reason);
    } else if (g_str_equal(change, "wrong-person")) {
        strike(d, m, rank, edits);
    } else {
        edit(d, rank, is_new, edits);
    }
}

static void amend(struct decision *d)
{
    struct roster_amendment a = {
        .choose = choose, .principal = d->principal, .along = confirm_along, .ctx = d
    };
    roster_keeper_amend(d->service, &a, confirmed, d);
}

/* An address is used once its reader has answered from it, or an agent answers for it. */
static bool needs_proof(const struct decision *d)
{
    return *matter_body_get(d->body, "email") && !d->proved &&
           !g_str_equal(matter_body_get(d->body, "change"), "wrong-person");
}

static void worked(void *arg, const GError *error)
{
    struct decision *d = arg;
    service_note_store(d->service, error);
    if (error)
        refuse(d, MATTER_UNAVAILABLE, g_strdup(error->message));
    else if (d->body && needs_proof(d) && !d->unproved)
        refuse(d, MATTER_NOT_ALLOWED,
               g_strdup_printf("nobody has answered from %s yet; confirm it as unproved with a "
                               "note that says how you know",
                               matter_body_get(d->body, "email")));
    if (d->outcome == MATTER_DONE && d->body)
        amend(d);
    else
        finish(d, NULL, !error);
}

/* Words that somebody else will need to understand it. */
static bool needs_note(const struct matter_decision *q)
{
    return q->action == MATTER_REFUSE || q->action == MATTER_ANSWER || q->action == MATTER_NOTE ||
           (q->action == MATTER_CONFIRM && q->unproved);
}

void matter_desk_decide(struct service *s, const struct matter_decision *q, matter_done_fn done,
                        void *ctx)
{
    struct decision *d = g_new0(struct decision, 1);
    d->service = s;
    d->hand = matter_hand_new(s);
    d->no = q->no;
    d->action = q->action;
    d->principal = g_strdup(q->principal);
    d->note = g_strdup(q->note);
    d->unproved = q->unproved;
    d->done = done;
    d->ctx = ctx;
    if (needs_note(q) && !(q->note && *q->note)) {
        struct faults *f = faults_new();
        faults_add(f, "/note", "missing-member", "is required with this action");
        refuse(d, MATTER_INVALID, NULL);
        finish(d, f, false);
        faults_free(f);
        return;
    }
    store_thread_submit(s->store, work, worked, d);
}
