#include "flow/succession.h"

#include "flow/foresight.h"
#include "flow/journal.h"
#include "flow/settle.h"

#define SUCCESSION_PAGE 1000 /* notifications withdrawn at a time */

static struct journal_hand hand_of(const struct publication *p)
{
    return (struct journal_hand){ p->node, p->now_ms };
}

static bool withdraw_rest(struct store *s, struct publication *p, const struct broadcast_row *of,
                          GError **error)
{
    for (;;) {
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        if (!s->ops->withdraw(s, of->no, SUCCESSION_PAGE, NOTIFICATION_ON_SUPERSEDED, out, error))
            return false;
        for (guint i = 0; i < out->len; i++)
            if (!journal_tell(s, hand_of(p), of, "notification.withdrawn",
                              g_ptr_array_index(out, i), SETTLE_SUPERSEDED, error))
                return false;
        p->withdrawn += out->len;
        if (out->len == 0)
            return true;
    }
}

/* The earlier version makes way: nothing of it is sent, nothing of it is waited for. */
static bool make_way(struct store *s, struct publication *p, const struct broadcast_row *of,
                     GError **error)
{
    bool cancel = p->broadcast->type == TYPE_CANCEL;
    unsigned moved;
    g_autofree char *by = g_strdup_printf("by %s", p->row->id);
    if (of->state != BROADCAST_RELEASED && of->state != BROADCAST_PENDING)
        return true;
    g_array_append_val(p->superseded, of->no);
    if (of->state == BROADCAST_RELEASED &&
        (!withdraw_rest(s, p, of, error) || !s->ops->custody_drop(s, of->no, error) ||
         !s->ops->obligations_move(s, of->no, OBLIGATION_ON_SUPERSEDED, &moved, error)))
        return false;
    return s->ops->broadcast_set_state(
               s, of->no, cancel ? BROADCAST_CANCELLED : BROADCAST_SUPERSEDED, error) &&
           journal_tell(s, hand_of(p), of, cancel ? "broadcast.cancelled" : "broadcast.superseded",
                        NULL, by, error);
}

/* The most urgent of what it corrects is its urgency in the queue. */
static void take_urgency(struct publication *p)
{
    for (guint i = 0; i < p->plan->notifications->len; i++) {
        const struct notification *n = g_ptr_array_index(p->plan->notifications, i);
        p->row->urgency = MIN(p->row->urgency, (enum broadcast_urgency)(n->priority >> 24));
    }
}

static bool earlier_make_way(struct store *s, struct publication *p, const struct event *e,
                             GError **error)
{
    bool ok = true;
    for (guint i = 0; ok && i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        ok = event_is_after(e, row, p->broadcast) || make_way(s, p, row, error);
    }
    return ok;
}

static bool follow(struct store *s, struct publication *p, const struct event *e, GError **error)
{
    struct foresight f;
    bool ok = foresight_read(s, e, p->broadcast, p->plan, p->in_flight, &f, error) &&
              earlier_make_way(s, p, e, error);
    if (ok) {
        plan_free(p->plan);
        p->plan = g_steal_pointer(&f.plan);
        struct asking asking = publish_asking(p);
        g_autofree struct version *v = foresight_versions(&f);
        asking_inherit(&asking, p->plan, v, f.sent->len);
        take_urgency(p);
    }
    foresight_clear(&f);
    return ok;
}

static void note(struct publication *p, const char *event, char *reply /* taken */)
{
    struct record *r = record_new(event, p->now_ms);
    r->node = g_strdup(p->node);
    r->broadcast = g_strdup(p->row->id);
    r->status = g_strdup(broadcast_status_names[p->row->status]);
    r->reply = reply;
    g_ptr_array_add(p->records, r);
}

/* A later word is there: this one is recorded and goes nowhere.  One that only waited may yet need
 * a person, and then this one goes: until that is known it is held. */
static void give_way(struct publication *p, const struct broadcast_row *last)
{
    bool cancelled = last->type == TYPE_CANCEL;
    g_clear_pointer(&p->plan, plan_free);
    if (event_row_waits(last)) {
        g_free(p->row->hold);
        p->row->hold = g_strdup_printf(EVENT_YIELDS "%s of %s, which waited for it",
                                       last->identifier, last->sender);
        p->row->state = BROADCAST_PENDING;
        p->follow_up = g_strdup(last->id);
        note(p, "broadcast.held", g_strdup(p->row->hold));
        return;
    }
    p->row->state = cancelled ? BROADCAST_CANCELLED : BROADCAST_SUPERSEDED;
    note(p, cancelled ? "broadcast.cancelled" : "broadcast.superseded",
         g_strdup_printf("by %s, which came first", last->id));
}

/* Was everything that may still be sent of the event held back when this one was prepared? */
static bool is_prepared(const struct publication *p, const struct event *e)
{
    if (!p->plan)
        return event_missing(e, p->broadcast) != NULL; /* it still has to wait */
    for (guint i = 0; p->broadcast->type != TYPE_ALERT && i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        bool known = row->state != BROADCAST_RELEASED;
        for (guint k = 0; k < p->chain->len && !known; k++)
            known = g_array_index(p->chain, int64_t, k) == row->no;
        if (!known)
            return false;
    }
    return true;
}

bool succession_join(struct store *s, struct publication *p, GError **error)
{
    struct event e;
    bool ok = event_read(s, p->broadcast, p->row, &e, error);
    bool waits_for_a_person = !p->plan && !event_row_waits(p->row);
    p->again = ok && !waits_for_a_person && !is_prepared(p, &e);
    if (ok && waits_for_a_person) {
        const struct broadcast_row *next = event_missing(&e, p->broadcast) ? NULL : event_next(&e);
        p->follow_up = next ? g_strdup(next->id) : NULL;
    } else if (ok && !p->again && p->plan) {
        const struct broadcast_row *last = event_last_word(&e, p->broadcast, p->now_ms);
        bool corrects = p->broadcast->type != TYPE_ALERT && e.rows->len > 0;
        if (last)
            give_way(p, last);
        /* What a cancel corrects is sent no more, whichever of the two goes.  What an update
         * corrects is all that there is while the one that waited may need a person. */
        if (last && corrects && (!event_row_waits(last) || p->broadcast->type == TYPE_CANCEL))
            ok = earlier_make_way(s, p, &e, error);
        else if (!last && corrects)
            ok = follow(s, p, &e, error);
    }
    event_clear(&e);
    return ok;
}
