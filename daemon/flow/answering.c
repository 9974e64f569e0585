#include "flow/answering.h"

#include "flow/alarm.h"
#include "flow/escalation.h"
#include "flow/event.h"
#include "flow/journal.h"
#include "flow/reminder.h"
#include "model/supersede.h"

static struct journal_hand hand_of(const struct answering *a)
{
    return (struct journal_hand){ a->config->node, a->now_ms };
}

/* --- what was said before --- */

static bool is_last_word(struct store *s, const struct answering *a, int64_t no,
                         const struct obligation *o, bool *last, GError **error)
{
    g_autoptr(GPtrArray) rows =
        g_ptr_array_new_with_free_func((GDestroyNotify)acknowledgement_row_free);
    if (!s->ops->acknowledgements(s, no, o->ordinal, rows, error))
        return false;
    const struct acknowledgement_row *r = rows->len ? g_ptr_array_index(rows, rows->len - 1) : NULL;
    *last = r && r->answer == (int)a->answer && (!*a->note || g_str_equal(r->note, a->note));
    return true;
}

bool answering_is_known(struct store *s, const struct answering *a, int64_t no,
                        const GPtrArray *obligations, bool *known, GError **error)
{
    *known = obligations->len > 0;
    for (guint i = 0; i < obligations->len && *known; i++)
        if (!is_last_word(s, a, no, g_ptr_array_index(obligations, i), known, error))
            return false;
    return true;
}

/* --- what it changes --- */

static const char *event_of(enum answer a)
{
    static const char *const events[] = {
        [ANSWER_UNDERSTOOD] = "obligation.acknowledged",
        [ANSWER_NEED_ASSISTANCE] = "obligation.assistance",
        [ANSWER_NOT_AFFECTED] = "obligation.acknowledged",
        [ANSWER_WRONG_PERSON] = "obligation.wrong-person",
    };
    return events[a];
}

/* Somebody has acknowledged through another endpoint: that one is the wrong person's does not take
 * it back. */
static void move(const struct answering *a, struct obligation *o)
{
    enum obligation_event on = answer_event(a->answer);
    bool was = o->state == OBLIGATION_ACKNOWLEDGED;
    obligation_move(&o->state, on);
    if (!was && o->state == OBLIGATION_ACKNOWLEDGED)
        o->ended_ms = a->now_ms;
    if (!was || on == OBLIGATION_ON_ACKNOWLEDGED)
        o->answer = (int)a->answer;
    if (obligation_is_closed(o))
        o->ladder_due_ms = 0;
}

static bool keep(struct store *s, const struct answering *a, int64_t no, const struct obligation *o,
                 GError **error)
{
    struct acknowledgement_row row = { .obligation = o->ordinal,
                                       .notification = a->notification->id,
                                       .time_ms = a->now_ms,
                                       .answer = (int)a->answer,
                                       .method = (int)a->method,
                                       .note = (char *)a->note,
                                       .from = (char *)a->from };
    return s->ops->acknowledgement_insert(s, no, &row, error);
}

bool answering_apply(struct store *s, const struct answering *a, const struct casefile *c,
                     const GPtrArray *obligations, GError **error)
{
    g_autofree char *reply =
        g_strconcat(answer_method_names[a->method], *a->note ? ": " : "", a->note, NULL);
    for (guint i = 0; i < obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(obligations, i);
        move(a, o);
        if (!s->ops->obligation_update(s, c->no, o, error) || !keep(s, a, c->no, o, error) ||
            !journal_tell_obligation(s, hand_of(a), c->row, event_of(a->answer), o, a->notification,
                                     answer_names[a->answer], reply, error))
            return false;
    }
    for (guint i = 0; i < obligations->len; i++)
        if (!reminder_withdraw(s, hand_of(a), c->row, g_ptr_array_index(obligations, i), error))
            return false;
    return true;
}

/* --- the version that says the same --- */

static bool is_same_question(const struct obligation *own, const struct obligation *later)
{
    bool told = own->part == PART_FULL || own->part == PART_UPDATE;
    bool tells = later->part == PART_FULL || later->part == PART_UPDATE;
    return told && tells && later->kind == OBLIGATION_REPRESENTATIVE && later->asks &&
           !obligation_is_closed(later) && g_str_equal(own->recipient, later->recipient) &&
           g_str_equal(own->name, later->name);
}

static void find_questions(const GPtrArray *own, const struct casefile *twin, GPtrArray *out)
{
    for (guint i = 0; i < own->len; i++) {
        for (guint k = 0; k < twin->obligations->len; k++) {
            struct obligation *later = g_ptr_array_index(twin->obligations, k);
            if (is_same_question(g_ptr_array_index(own, i), later))
                g_ptr_array_add(out, later);
        }
    }
}

bool answering_twin(struct store *s, const struct answering *a, const struct casefile *c,
                    const GPtrArray *own, struct casefile **twin, GPtrArray *obligations,
                    GError **error)
{
    g_autoptr(GPtrArray) versions = NULL;
    *twin = NULL;
    if (!event_versions(s, c->row, &versions, error))
        return false;
    for (guint i = versions->len; i > 0; i--) {
        const struct broadcast_row *row = g_ptr_array_index(versions, i - 1);
        if (row->no == c->no || row->state != BROADCAST_RELEASED)
            continue;
        struct casefile *later = casefile_load(s, row->no, error);
        if (!later)
            return false;
        if (supersede_same_words(c->broadcast, later->broadcast, a->notification->language)) {
            *twin = later;
            find_questions(own, later, obligations);
            return true;
        }
        casefile_unref(later);
    }
    return true;
}

/* --- what must be done at once --- */

/* "needs assistance: the gate is blocked" */
static char *what_of(const struct answering *a)
{
    return g_strconcat(a->answer == ANSWER_NEED_ASSISTANCE ? "needs assistance"
                                                           : "the message came to a wrong person",
                       *a->note ? ": " : "", a->note, NULL);
}

static bool notices(struct store *s, struct answering *a, const struct casefile *live,
                    const GPtrArray *obligations, bool *all, GError **error)
{
    bool help = a->answer == ANSWER_NEED_ASSISTANCE;
    const char *reason = help ? OBLIGATION_NEEDS_ASSISTANCE : OBLIGATION_WRONG_PERSON;
    g_autofree char *what = what_of(a);
    struct escalation *e = escalation_new(a->config->directory, live, a->config->node, a->now_ms,
                                          escalation_priority(live));
    *all = true;
    for (guint i = 0; i < obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(obligations, i);
        *all = escalation_add(e, reason, LADDER_DUTY, o, what) && *all;
        if (help)
            escalation_add(e, reason, LADDER_PARTNER, o, what);
    }
    bool ok = escalation_store(s, e, a->added, error);
    escalation_free(e);
    return ok;
}

/* The broadcast is over, or its status keeps notices back; a call for help is heard all the same.
 */
static bool raise_alarm(struct store *s, struct answering *a, const struct casefile *c,
                        const GPtrArray *obligations, GError **error)
{
    const struct obligation *o = g_ptr_array_index(obligations, 0);
    g_autofree char *text = g_strdup_printf(
        "%s %s%s%s answered the broadcast \"%s\" (%s, status %s) with \"need assistance\"%s%s",
        o->recipient, o->name, *o->phone ? ", telephone " : "", o->phone, c->row->headline,
        c->row->identifier, broadcast_status_names[c->row->status], *a->note ? ": " : ".", a->note);
    struct alarm *alarm = alarm_new(a->config, ALARM_DUTY_DESK, "alarm.assistance", c->row->id,
                                    "A mission asks for assistance", text, a->now_ms);
    if (!alarm)
        return true;
    g_ptr_array_add(a->alarms, alarm);
    return alarm_store(s, alarm, a->config->node, a->now_ms, error);
}

bool answering_call(struct store *s, struct answering *a, const struct casefile *live,
                    const struct casefile *c, const GPtrArray *obligations, GError **error)
{
    bool told = false;
    if (obligations->len == 0 ||
        (a->answer != ANSWER_NEED_ASSISTANCE && a->answer != ANSWER_WRONG_PERSON))
        return true;
    if (live && !notices(s, a, live, obligations, &told, error))
        return false;
    return told || a->answer != ANSWER_NEED_ASSISTANCE || raise_alarm(s, a, c, obligations, error);
}
