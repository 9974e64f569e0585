#include "flow/succession.h"

#include "flow/event_adopt.h"
#include "flow/foresight.h"
#include "flow/hindsight.h"
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
        if (!s->ops->withdraw(s, of->no, SUCCESSION_PAGE, NOTIFICATION_ON_SUPERSEDED, out, error) ||
            !journal_tell_all(s, hand_of(p), of, "notification.withdrawn", out, SETTLE_SUPERSEDED,
                              error))
            return false;
        p->withdrawn += out->len;
        if (out->len == 0)
            return true;
    }
}

/* The earlier version makes way: nothing of it is sent, nothing of it is waited for. */
static bool make_way(struct store *s, struct publication *p, const struct broadcast_row *of,
                     const struct broadcast_row *to, GError **error)
{
    bool cancel = to->type == TYPE_CANCEL;
    unsigned moved;
    g_autofree char *by = g_strdup_printf("by %s", to->id);
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

static bool earlier_make_way(struct store *s, struct publication *p, const struct event *e,
                             GError **error)
{
    bool ok = true;
    for (guint i = 0; ok && i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        ok = event_is_after(e, row, p->broadcast) || make_way(s, p, row, p->row, error);
    }
    return ok;
}

/* Has it made way in this transaction? */
static bool is_gone(const struct publication *p, int64_t no)
{
    for (guint i = 0; i < p->superseded->len; i++)
        if (g_array_index(p->superseded, int64_t, i) == no)
            return true;
    return false;
}

/* It has gone out, and only now is it known that it is the last word of all of them. */
static bool overtake(struct store *s, struct publication *p, const struct event *e,
                     const struct broadcast_row *word, GError **error)
{
    bool ok = hindsight_extend(s, p, e, word, error);
    for (guint i = 0; ok && i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        bool runs = row != word && row->state == BROADCAST_RELEASED && !is_gone(p, row->no);
        ok = !runs || make_way(s, p, row, word, error);
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
        publish_take_urgency(p->row, p->plan);
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
static bool is_held_back(const struct publication *p, const struct event *e)
{
    for (guint i = 0; i < e->rows->len; i++) {
        const struct broadcast_row *row = g_ptr_array_index(e->rows, i);
        bool known = row->state != BROADCAST_RELEASED;
        for (guint k = 0; k < p->chain->len && !known; k++)
            known = g_array_index(p->chain, int64_t, k) == row->no;
        if (!known)
            return false;
    }
    return true;
}

/* stays: it goes nowhere, as it needs a person or had expired when it came. */
static bool is_prepared(const struct publication *p, const struct event *e, bool stays,
                        const struct broadcast_row *word)
{
    if (word && !(p->frozen && is_held_back(p, e)))
        return false;
    if (!p->plan)
        return stays || event_missing(e, p->broadcast) != NULL; /* it still has to wait */
    return p->broadcast->type == TYPE_ALERT || is_held_back(p, e);
}

/* One that waits may have its turn now, if only to hear that it is overruled. */
static void note_next(struct publication *p, const struct event *e)
{
    const struct broadcast_row *next = event_next(e, p->now_ms);
    p->follow_up = next ? g_strdup(next->id) : NULL;
}

static bool take_place(struct store *s, struct publication *p, const struct event *e,
                       const struct broadcast_row *word, GError **error)
{
    const struct broadcast_row *last = event_last_word(e, p->broadcast, p->now_ms);
    bool corrects = p->broadcast->type != TYPE_ALERT && e->rows->len > 0;
    bool waited = last && event_row_waits(last), ok = true;
    if (last)
        give_way(p, last);
    else if (corrects)
        return follow(s, p, e, error);
    if (last && !waited)
        note_next(p, e);
    /* What a cancel corrects is sent no more, whichever of the two goes.  What an update corrects
     * is all that there is while the one that waited may need a person. */
    if (corrects && last && (!waited || p->broadcast->type == TYPE_CANCEL))
        ok = earlier_make_way(s, p, e, error);
    return ok && (!word || waited || overtake(s, p, e, word, error));
}

bool succession_join(struct store *s, struct publication *p, GError **error)
{
    struct event e;
    bool ok = event_read(s, p->broadcast, p->row, &e, error);
    bool stays = !p->plan && !event_row_waits(p->row);
    const struct broadcast_row *word =
        ok && p->is_news ? hindsight_word(&e, p->broadcast, p->plan != NULL) : NULL;
    p->again = ok && !is_prepared(p, &e, stays, word);
    ok = ok && (p->again || event_keep_adopted(s, &e, error));
    if (ok && !p->again && p->plan) {
        ok = take_place(s, p, &e, word, error);
    } else if (ok && !p->again) {
        if (stays && !event_missing(&e, p->broadcast))
            note_next(p, &e);
        ok = !word || overtake(s, p, &e, word, error);
    }
    event_clear(&e);
    return ok;
}
