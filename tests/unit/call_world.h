/*
 * call_world - one broadcast as the store has it some time after its release, for the tests of the
 * call sheet and of the after-action report.
 *
 * A demonstration in Chicago, urgency expected, one acknowledgement a mission:
 *   ar-chicago (medium)  nobody answered; the second was refused
 *   fr-chicago (low)     its first acknowledged
 *   gb-chicago (high)    one answered "wrong person", the other was reached; the Command Center was
 * told ht-chicago (low)     has no valid representative mx-chicago (low)     nobody answered; taken
 * over
 */
#pragma once
#include "model/answer.h"
#include "model/call_sheet.h"
#include "model/record.h"

#define CALL_RELEASED                                                                              \
    INT64_C(1342445400000) /* Monday 2012-07-16 13:30:00 UTC, 08:30 in Chicago                     \
                            */
#define CALL_MINUTE INT64_C(60000)
#define CALL_NOW (CALL_RELEASED + 45 * CALL_MINUTE)
#define CALL_ID "01388ff4-a6c0-7000-8000-00000000002a"

struct call_world {
    struct broadcast *broadcast;
    GPtrArray *missions, *obligations, *notifications, *records; /* owned */
    struct roster *roster;
    struct quorum_policy quorum;
};

static inline void call_mission(struct call_world *w, const char *id, const char *name,
                                enum threat_level threat, const char *gaps)
{
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = g_strdup(id);
    m->name = g_strdup(name);
    m->kind = g_strdup("consulate-general");
    m->country = g_strdup("XX");
    m->city = g_strdup("Chicago");
    m->state = g_strdup("IL");
    m->timezone = g_strdup("America/Chicago");
    m->because = g_strdup("cities[0] = Chicago, IL");
    m->office = g_strdup("chicago");
    m->office_because = g_strdup("same city");
    m->duty = g_strdup("office:chicago");
    m->gaps = g_strdup(gaps);
    m->threat = threat;
    g_ptr_array_add(w->missions, m);
}

static inline void call_attempt(struct call_world *w, const struct notification *n,
                                const char *mission, const char *outcome, const char *reply,
                                int64_t at_ms)
{
    g_autofree char *event = g_strconcat("notification.", outcome, NULL);
    struct record *r = record_new(event, at_ms);
    r->broadcast = g_strdup(CALL_ID);
    r->missions = g_strdup(mission);
    r->recipient = g_strdup(n->recipient);
    r->endpoint = g_strdup(n->endpoint);
    r->outcome = g_strdup(outcome);
    r->reply = g_strdup(reply);
    r->attempt = (int)n->attempt;
    r->seq = w->records->len + 1;
    g_ptr_array_add(w->records, r);
}

/* A message that serves the newest obligation. */
static inline struct notification *call_message(struct call_world *w, const char *endpoint,
                                                enum notification_state state, const char *reply,
                                                int64_t at_ms)
{
    const struct obligation *o = w->obligations->pdata[w->obligations->len - 1];
    struct notification *n = notification_new();
    bool mail = g_str_has_prefix(endpoint, "mailto:");
    n->id = w->notifications->len + 1;
    n->channel = mail ? CHANNEL_SMTP : CHANNEL_WEBHOOK;
    g_free(n->endpoint);
    n->endpoint = g_strdup(endpoint);
    g_free(n->recipient);
    n->recipient = g_strdup(o->recipient);
    n->state = state;
    n->attempt = 1;
    g_array_append_val(n->obligations, o->ordinal);
    g_ptr_array_add(w->notifications, n);
    const char *mission = o->missions->len ? o->missions->pdata[0] : "";
    if (state == NOTIFICATION_ACCEPTED)
        call_attempt(w, n, mission, "accepted", reply, at_ms);
    else if (state == NOTIFICATION_REFUSED)
        call_attempt(w, n, mission, "refused", reply, at_ms);
    return n;
}

static inline struct obligation *call_obligation(struct call_world *w, const char *mission,
                                                 unsigned rank, enum obligation_state state)
{
    struct obligation *o = obligation_new();
    o->ordinal = w->obligations->len + 1;
    o->kind = OBLIGATION_REPRESENTATIVE;
    o->state = state;
    o->recipient = g_strdup_printf("%s/%u", mission, rank);
    o->name = g_strdup_printf("Liaison %u of %s", rank, mission);
    o->language = g_strdup("en");
    o->phone = g_strdup_printf("+1312555010%u", rank);
    o->detail = g_strdup("");
    o->rank = rank;
    o->asks = true;
    o->begun_ms = CALL_RELEASED;
    g_ptr_array_add(o->missions, g_strdup(mission));
    g_ptr_array_add(w->obligations, o);
    return o;
}

static inline void call_argentina(struct call_world *w)
{
    call_mission(w, "ar-chicago", "Consulate General of Argentina, Chicago", THREAT_MEDIUM, "");
    call_obligation(w, "ar-chicago", 1, OBLIGATION_REACHED);
    call_message(w, "mailto:one@ar-chicago.example", NOTIFICATION_ACCEPTED, "250 2.0.0 queued",
                 CALL_RELEASED + 2000);
    struct notification *reminder =
        call_message(w, "mailto:one@ar-chicago.example", NOTIFICATION_ACCEPTED,
                     "250 2.0.0 queued as 2", CALL_RELEASED + 20 * CALL_MINUTE);
    reminder->purpose = PURPOSE_REMIND;
    call_message(w, "https://hooks.ar-chicago.example/alerts", NOTIFICATION_DEFERRED, "", 0)
        ->attempt = 0;
    call_obligation(w, "ar-chicago", 2, OBLIGATION_UNREACHABLE);
    call_message(w, "mailto:two@ar-chicago.example", NOTIFICATION_REFUSED,
                 "550 5.1.1 =no \"such\" user, <b>", CALL_RELEASED + 3000);
}

static inline void call_britain(struct call_world *w)
{
    call_mission(w, "gb-chicago", "British Consulate General, Chicago", THREAT_HIGH, "");
    struct obligation *wrong = call_obligation(w, "gb-chicago", 1, OBLIGATION_UNREACHABLE);
    wrong->answer = ANSWER_WRONG_PERSON;
    call_message(w, "mailto:one@gb-chicago.example", NOTIFICATION_ACCEPTED, "250 ok",
                 CALL_RELEASED + 5000);
    call_obligation(w, "gb-chicago", 2, OBLIGATION_REACHED);
    call_message(w, "mailto:two@gb-chicago.example", NOTIFICATION_ACCEPTED, "250 ok",
                 CALL_RELEASED + 90000);
    struct obligation *desk = call_obligation(w, "gb-chicago", 0, OBLIGATION_REACHED);
    desk->kind = OBLIGATION_DESK;
    desk->asks = false;
    desk->reason = OBLIGATION_NOT_ACKNOWLEDGED;
    g_free(desk->recipient);
    desk->recipient = g_strdup("desk:command-center");
    call_message(w, "mailto:cc@dss.example", NOTIFICATION_ACCEPTED, "250 ok",
                 CALL_RELEASED + 31 * CALL_MINUTE);
    struct record *r = record_new("obligation.escalated", CALL_RELEASED + 30 * CALL_MINUTE);
    r->broadcast = g_strdup(CALL_ID);
    r->missions = g_strdup("gb-chicago");
    r->recipient = g_strdup("desk:command-center");
    r->reply = g_strdup("not-acknowledged");
    r->seq = w->records->len + 1;
    g_ptr_array_add(w->records, r);
}

static inline void call_others(struct call_world *w)
{
    call_mission(w, "fr-chicago", "Consulate General of France, Chicago", THREAT_LOW, "");
    struct obligation *o = call_obligation(w, "fr-chicago", 1, OBLIGATION_ACKNOWLEDGED);
    o->answer = ANSWER_UNDERSTOOD;
    o->ended_ms = CALL_RELEASED + 4 * CALL_MINUTE;
    call_message(w, "mailto:one@fr-chicago.example", NOTIFICATION_ACCEPTED, "250 ok",
                 CALL_RELEASED + 1000);
    call_obligation(w, "fr-chicago", 2, OBLIGATION_REACHED);
    call_message(w, "mailto:two@fr-chicago.example", NOTIFICATION_ACCEPTED, "250 ok",
                 CALL_RELEASED + 1500);
    call_mission(w, "ht-chicago", "Consulate General of Haiti, Chicago", THREAT_LOW,
                 "no valid representative; representative 1 expired 2012-06-30");
    call_mission(w, "mx-chicago", "Consulate General of Mexico, Chicago", THREAT_LOW, "");
    struct obligation *taken = call_obligation(w, "mx-chicago", 1, OBLIGATION_ESCALATED);
    taken->ended_ms = CALL_RELEASED + 40 * CALL_MINUTE;
    g_free(taken->taken_by);
    taken->taken_by = g_strdup("unix:watch: spoke with the consul");
    call_message(w, "mailto:one@mx-chicago.example", NOTIFICATION_ACCEPTED, "250 ok",
                 CALL_RELEASED + 8000);
}

static inline void call_roster_person(struct roster *r, const char *mission, unsigned rank,
                                      const char *name, const char *phone)
{
    struct representative *p = g_new0(struct representative, 1);
    p->rank = rank;
    p->name = g_strdup(name);
    p->language = g_strdup("es");
    p->email = g_strdup("");
    p->phone = g_strdup(phone);
    p->webhook = g_strdup("");
    p->valid_from = g_strdup("");
    p->valid_to = g_strdup("");
    const char *why = NULL;
    if (!roster_add_representative(r, mission, p, &why))
        g_error("%s", why);
}

/* What the roster says by now: a new number, and somebody who is not valid. */
static inline struct roster *call_roster(void)
{
    struct roster *r = roster_new();
    static const char *const ids[] = { "ar-chicago", "ht-chicago" };
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        struct mission *m = mission_new();
        m->id = g_strdup(ids[i]);
        roster_add(r, m);
    }
    call_roster_person(r, "ar-chicago", 1, "Liaison 1 of ar-chicago", "+13125550199");
    call_roster_person(r, "ar-chicago", 2, "Somebody Else", "");
    call_roster_person(r, "ht-chicago", 1, "Liaison 1 of ht-chicago", "+13125550177");
    return r;
}

static inline struct call_world *call_world_new(void)
{
    struct call_world *w = g_new0(struct call_world, 1);
    w->broadcast = broadcast_new();
    w->broadcast->id = g_strdup(CALL_ID);
    w->broadcast->identifier = g_strdup("PLD-2012-0117");
    w->broadcast->status = STATUS_ACTUAL;
    w->broadcast->urgency = URGENCY_EXPECTED;
    w->broadcast->severity = SEVERITY_SEVERE;
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup("en");
    m->headline = g_strdup("Demonstrations near foreign missions, Chicago");
    m->description = g_strdup("At noon.");
    g_ptr_array_add(w->broadcast->messages, m);
    w->missions = g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    w->obligations = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    w->notifications = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    w->records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    w->quorum = (struct quorum_policy){ .normal = 1, .urgent = 2 };
    w->roster = call_roster();
    call_argentina(w);
    call_britain(w);
    call_others(w);
    return w;
}

static inline void call_world_free(struct call_world *w)
{
    broadcast_unref(w->broadcast);
    g_ptr_array_unref(w->missions);
    g_ptr_array_unref(w->obligations);
    g_ptr_array_unref(w->notifications);
    g_ptr_array_unref(w->records);
    roster_unref(w->roster);
    g_free(w);
}

static inline struct call_sheet *call_world_sheet(const struct call_world *w, bool with_taken)
{
    struct call_sheet_source of = {
        7,          w->broadcast, w->missions, w->obligations, w->notifications,
        w->records, w->roster,    w->quorum
    };
    struct call_sheet *s = call_sheet_new(CALL_NOW, with_taken);
    call_sheet_add(s, &of);
    call_sheet_sort(s);
    return s;
}
