/* The queue: claimed, settled, withdrawn; and what people answer. */
#include "store_fixture.h"
#include "store_steps.h"
#include "store_steps_inside.h"

static bool note_attempt(struct store *s, const struct notification *n, GError **error)
{
    struct record *r = record_new("notification.settled", 1300);
    r->broadcast = g_strdup("id-of-PLD-1");
    r->endpoint = g_strdup(n->endpoint);
    r->attempt = (int)n->attempt;
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

static bool claim(struct store *s, const char *lane, unsigned limit, GError **error)
{
    g_autoptr(GPtrArray) out = STEP_LIST(notification_free);
    int64_t next_ms = 0;
    bool more = false;
    return s->ops->claim(s, lane, URGENCY_IMMEDIATE, limit, 1300, out, &next_ms, &more, error) &&
           step_expect_n(out, limit, error);
}

STORE_STEP(queue_is_busy)
{
    bool idle = true;
    return s->ops->queue_is_idle(s, "smtp", URGENCY_IMMEDIATE, 1300, &idle, error) &&
           step_expect(!idle, "whether something waits", error);
}

STORE_STEP(claim_mail)
{
    return claim(s, "smtp", 10, error);
}

STORE_STEP(claim_webhooks)
{
    return claim(s, "https://hook.example:443", 6, error);
}

static bool settle(struct store *s, uint32_t ordinal, enum notification_event how, guint lost,
                   GError **error)
{
    struct notification *n = NULL;
    g_autoptr(GPtrArray) out = STEP_LIST(obligation_free);
    bool ok = s->ops->notification_by_id(s, STEP_KEY(1, ordinal), &n, error) &&
              step_expect(n && n->state == NOTIFICATION_SENDING, "what is sent", error);
    if (ok) {
        notification_move(n, how);
        n->attempt++;
        n->due_ms = how == NOTIFICATION_ON_DEFERRED ? 2500 : 0;
        ok = s->ops->settle(s, n, out, error) && step_expect_n(out, lost, error) &&
             note_attempt(s, n, error);
    }
    if (n)
        notification_free(n);
    return ok;
}

STORE_STEP(accepted)
{
    return settle(s, 1, NOTIFICATION_ON_ACCEPTED, 0, error);
}

STORE_STEP(deferred)
{
    return settle(s, 2, NOTIFICATION_ON_DEFERRED, 0, error) &&
           settle(s, 5, NOTIFICATION_ON_UNKNOWN, 0, error);
}

STORE_STEP(refused)
{
    return settle(s, 4, NOTIFICATION_ON_REFUSED, 1, error);
}

STORE_STEP(both_accepted)
{
    struct notification *all[2] = { NULL, NULL };
    bool ok = true;
    for (uint32_t i = 0; ok && i < 2; i++) {
        ok = s->ops->notification_by_id(s, STEP_KEY(1, 6 + i), &all[i], error) &&
             step_expect(all[i] && all[i]->state == NOTIFICATION_SENDING, "what is sent", error);
        if (ok)
            notification_move(all[i], NOTIFICATION_ON_ACCEPTED);
    }
    ok = ok && s->ops->settle_accepted(s, all, 2, error);
    for (int i = 0; i < 2; i++)
        if (all[i])
            notification_free(all[i]);
    return ok;
}

STORE_STEP(give_back)
{
    return s->ops->unclaim(s, STEP_KEY(1, 3), error);
}

STORE_STEP(give_all_back)
{
    unsigned count = 0;
    return s->ops->unclaim_all(s, &count, error) &&
           step_expect(count > 5, "what was in flight", error);
}

STORE_STEP(lanes)
{
    g_autoptr(GPtrArray) out = STEP_LIST(g_free);
    return s->ops->lanes(s, out, error) && step_expect_n(out, 2, error);
}

STORE_STEP(outage)
{
    struct outage_row row = { .lane = (char *)"smtp", .since_ms = 1300, .reply = (char *)"451" };
    return s->ops->outage_put(s, &row, error);
}

STORE_STEP(outages)
{
    g_autoptr(GPtrArray) out = STEP_LIST(outage_row_free);
    return s->ops->outage_list(s, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(lane_broadcasts)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(int64_t));
    return s->ops->lane_broadcasts(s, "smtp", URGENCY_IMMEDIATE, out, error) &&
           step_expect(out->len == 1, "what waits in a lane", error);
}

STORE_STEP(lane_hasten)
{
    unsigned count = 0;
    return s->ops->lane_hasten(s, "smtp", 1350, &count, error) &&
           step_expect(count > 0, "what is hastened in a lane", error);
}

STORE_STEP(clock_back)
{
    static const int64_t longest_ms[URGENCY_UNKNOWN + 1] = { 0 };
    unsigned count = 0;
    return s->ops->clock_back(s, 1300, longest_ms, &count, error) &&
           step_expect(count > 0, "what a clock set back concerns", error);
}

STORE_STEP(outage_ends)
{
    return s->ops->outage_remove(s, "smtp", error);
}

STORE_STEP(hasten)
{
    g_autoptr(GPtrArray) lanes = STEP_LIST(g_free);
    unsigned count = 0;
    return s->ops->hasten(s, 1, 1400, lanes, &count, error) &&
           step_expect(count > 0, "what is hastened", error);
}

STORE_STEP(next_ordinals)
{
    uint32_t obligation = 0, notification = 0;
    return s->ops->next_ordinals(s, 1, &obligation, &notification, error) &&
           step_expect(obligation == STEP_PLAN + 1, "the next ordinal", error);
}

STORE_STEP(append)
{
    struct plan *p = plan_new();
    struct notification *n =
        fixture_notification(&(struct line){ "smtp", URGENCY_IMMEDIATE, 0, "25" }, STEP_PLAN + 1);
    n->id = STEP_KEY(1, STEP_PLAN + 1);
    g_ptr_array_add(p->obligations, fixture_obligation(STEP_PLAN + 1));
    g_ptr_array_add(p->notifications, n);
    bool ok = s->ops->plan_append(s, 1, p, error);
    plan_free(p);
    return ok;
}

STORE_STEP(append_to_update)
{
    struct plan *p = plan_new();
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = g_strdup("mission-9");
    g_ptr_array_add(p->missions, m);
    g_ptr_array_add(p->obligations, fixture_obligation(STEP_PLAN + 1));
    bool ok = s->ops->plan_append(s, 2, p, error);
    plan_free(p);
    return ok;
}

STORE_STEP(join)
{
    bool joined = false;
    return s->ops->join_waiting(s, 2, "mailto:chicago@dss.example", STEP_PLAN + 1, &joined,
                                error) &&
           step_expect(joined, "the notice that is joined", error);
}

STORE_STEP(notifications)
{
    g_autoptr(GPtrArray) out = STEP_LIST(notification_free);
    return s->ops->notifications(s, 1, 0, 100, out, error) &&
           step_expect_n(out, STEP_PLAN + 1, error);
}

STORE_STEP(notification)
{
    struct notification *n = NULL;
    bool ok = s->ops->notification_by_id(s, STEP_KEY(1, 7), &n, error) &&
              step_expect(n != NULL, "the notification", error);
    if (n)
        notification_free(n);
    return ok;
}

STORE_STEP(obligations_of)
{
    g_autoptr(GPtrArray) out = STEP_LIST(obligation_free);
    struct notification *n =
        fixture_notification(&(struct line){ "smtp", URGENCY_IMMEDIATE, 0, "6" }, 6);
    n->id = STEP_KEY(1, 6);
    bool ok = s->ops->obligations_of(s, n, out, error) && step_expect_n(out, 1, error);
    notification_free(n);
    return ok;
}

STORE_STEP(left_behind)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(int64_t));
    return s->ops->left_behind(s, out, error) &&
           step_expect(out->len == 1, "what is left behind", error);
}

STORE_STEP(withdraw)
{
    g_autoptr(GPtrArray) out = STEP_LIST(notification_free);
    return s->ops->withdraw(s, 1, 12, NOTIFICATION_ON_SUPERSEDED, out, error) &&
           step_expect_n(out, 12, error);
}

STORE_STEP(move)
{
    unsigned count = 0;
    return s->ops->obligations_move(s, 1, OBLIGATION_ON_SUPERSEDED, &count, error) &&
           step_expect(count > 0, "what is moved", error);
}

/* --- answers --- */

STORE_STEP(link)
{
    struct link_row out;
    bool found = false;
    g_autofree char *digest = digest_sha256_hex("alert 3", 7);
    return s->ops->link_find(s, digest, 1000, &out, &found, error) &&
           step_expect(found && out.notification == STEP_KEY(1, 4), "the link", error);
}

STORE_STEP(acknowledge)
{
    struct acknowledgement_row row = { .obligation = 1,
                                       .notification = STEP_KEY(1, 1),
                                       .time_ms = 1500,
                                       .answer = 1,
                                       .note = (char *)"we need a car at the side door",
                                       .from = (char *)"192.0.2.7" };
    return s->ops->acknowledgement_insert(s, 1, &row, error);
}

STORE_STEP(acknowledged)
{
    struct obligation *o = fixture_obligation(1);
    o->state = OBLIGATION_ACKNOWLEDGED;
    o->asks = true;
    o->ended_ms = 1500;
    o->answer = 1;
    bool ok = s->ops->obligation_update(s, 1, o, error);
    obligation_free(o);
    return ok;
}

STORE_STEP(answers)
{
    g_autoptr(GPtrArray) out = STEP_LIST(acknowledgement_row_free);
    return s->ops->acknowledgements(s, 1, 0, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(left)
{
    bool left = false, asks = false;
    return s->ops->obligations_left(s, 1, &left, &asks, error) &&
           step_expect(left && asks, "who has not answered", error);
}

STORE_STEP(ladder)
{
    g_autoptr(GPtrArray) out = STEP_LIST(ladder_row_free);
    int64_t next_ms = 0;
    return s->ops->ladder_due(s, 5006, 10, out, &next_ms, error) &&
           step_expect(out->len > 3, "what the ladder finds", error);
}

STORE_STEP(remind)
{
    struct plan *p = plan_new();
    struct notification *n =
        fixture_notification(&(struct line){ "smtp", URGENCY_IMMEDIATE, 0, "1" }, STEP_PLAN + 2);
    n->id = STEP_KEY(1, STEP_PLAN + 2);
    n->purpose = PURPOSE_REMIND;
    g_ptr_array_add(p->notifications, n);
    bool ok = s->ops->plan_append(s, 1, p, error);
    plan_free(p);
    return ok;
}

STORE_STEP(withdraw_reminder)
{
    g_autoptr(GPtrArray) out = STEP_LIST(notification_free);
    return s->ops->withdraw_reminders(s, 1, 1, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(sweep_links)
{
    return s->ops->link_sweep(s, 2000000, 1000, error);
}
