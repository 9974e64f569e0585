#include "flow/admission.h"

#include "flow/event.h"
#include "model/reach.h"
#include "model/record.h"
#include "model/release.h"

struct record *admission_record(const struct publication *p, const char *event, const char *reply)
{
    struct record *r = service_record(p->service, event);
    r->status = g_strdup(broadcast_status_names[p->row->status]);
    r->broadcast = g_strdup(p->row->id);
    r->reply = g_strdup(reply);
    return r;
}

static void note(struct publication *p, const char *event, const char *reply)
{
    g_ptr_array_add(p->records, admission_record(p, event, reply));
}

static void hold(struct publication *p, const char *why)
{
    g_free(p->row->hold);
    p->row->hold = g_strdup(why);
    note(p, "broadcast.held", why);
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" of %s (%s) is held: %s. Nothing was sent. A person must decide: "
        "liaisonctl release %s with an audience, or liaisonctl reject %s.",
        p->row->headline, p->row->sender, p->row->identifier, why, p->row->id, p->row->id);
    publish_raise(p, ALARM_DUTY_DESK, "alarm.held", "A broadcast is held for a person", text);
}

static void ask_for_approval(struct publication *p, const struct admission *g,
                             const struct release_rule *rule)
{
    g_free(p->row->seen);
    p->row->seen = g_strdup(g->missions);
    p->row->missions = g->told;
    p->row->approve_by_ms = p->now_ms + rule->deadline_s * 1000;
    g_autofree char *until = timestamp_format_utc_s(p->row->approve_by_ms);
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" of %s (%s) to %u missions waits for a second person until %s. "
        "Look at it and decide: liaisonctl approve %s, or liaisonctl reject %s.",
        p->row->headline, p->row->author, p->row->identifier, p->row->missions, until, p->row->id,
        p->row->id);
    note(p, "broadcast.pending", "waits for a second person");
    publish_raise(p, ALARM_APPROVERS, "alarm.approval", "A broadcast waits for your approval",
                  text);
}

static void tell_of_nobody(struct publication *p)
{
    g_autofree char *text = g_strdup_printf(
        "The broadcast \"%s\" of %s (%s) affects no mission of the roster. It was taken and told "
        "to nobody.",
        p->row->headline, p->row->sender, p->row->identifier);
    publish_raise(p, ALARM_DUTY_DESK, "alarm.nobody", "A broadcast affects no mission", text);
}

/* An alert that was accepted is not lost without a word; feeds repeat old ones. */
static void tell_of_late(struct publication *p)
{
    bool corrects = p->broadcast->type != TYPE_ALERT;
    g_autofree char *text = g_strdup_printf(
        "The %s \"%s\" of %s (%s) had expired before it could go. It is recorded, and nothing "
        "of it was sent.%s",
        broadcast_type_names[p->broadcast->type], p->row->headline, p->row->sender,
        p->row->identifier,
        corrects ? " What it corrects, if it still runs, is corrected by liaisonctl cancel." : "");
    if (corrects)
        publish_raise(p, ALARM_DUTY_DESK, "alarm.late_correction", "A correction came too late",
                      text);
    else if (p->pending)
        publish_raise(p, ALARM_DUTY_DESK, "alarm.unreached",
                      "A broadcast expired before everybody was reached", text);
}

/* It goes nowhere by what it is, or came too late. */
static void record_only(struct publication *p, bool over)
{
    p->row->state = over                                   ? BROADCAST_EXPIRED
                    : p->broadcast->status == STATUS_DRAFT ? BROADCAST_DRAFT
                                                           : BROADCAST_CLOSED;
    if (over)
        tell_of_late(p);
}

/* False: it goes out. */
static bool stays(struct publication *p, const struct admission *g)
{
    const struct broadcast *b = p->broadcast;
    if (!reach_dispatches(b->status, b->type) || g->over) {
        record_only(p, g->over);
        return true;
    }
    if (g->hold) {
        hold(p, g->hold);
        return true;
    }
    const struct config *c = p->config;
    const struct release_rule *rule =
        release_rule_for(c->release.rules, c->release.n_rules, b, g->told);
    if (rule) {
        ask_for_approval(p, g, rule);
        return true;
    }
    if (g->missing) {
        g_autofree char *why = g_strdup_printf(EVENT_WAITS "%s of %s, which is not here",
                                               g->missing->identifier, g->missing->sender);
        hold(p, why);
        return true;
    }
    return false;
}

static void row_begin(struct broadcast_row *row)
{
    row->state = BROADCAST_PENDING;
    row->missions = 0;
    row->approve_by_ms = 0;
    g_free(row->hold);
    row->hold = g_strdup("");
}

struct plan *admission_judge_again(struct publication *p, const struct admission *g)
{
    row_begin(p->row);
    if (stays(p, g))
        return g_steal_pointer(&p->plan);
    if (p->broadcast->type != TYPE_CANCEL && g->told == 0)
        tell_of_nobody(p);
    return NULL;
}

struct plan *admission_judge(struct publication *p, const struct admission *g)
{
    struct record *accepted = admission_record(p, "broadcast.accepted", NULL);
    accepted->missions = p->plan ? publish_mission_list(p->plan) : NULL;
    g_ptr_array_add(p->records, accepted);
    return admission_judge_again(p, g);
}
