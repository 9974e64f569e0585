/*
 * notice_world - a directory, missions, a broadcast and its notices made by hand, for the tests of
 * messages.
 *
 * Two offices (Chicago, Honolulu) and Washington, the two desks and the Secret Service's branch,
 * with the published numbers.  The clock stands at 2012-07-16T13:30:00Z, a Monday, unless a test
 * moves it.
 */
#pragma once
#include "model/place.h"
#include "wire/notice.h"
#include <string.h>

#define NOTICE_NOW                                                                                 \
    INT64_C(1342445400000) /* Monday 09:30 Eastern, 08:30 Chicago, 03:30 Honolulu                  \
                            */
#define HOUR_MS INT64_C(3600000)

struct notice_world {
    struct directory *directory;
    struct broadcast *broadcast;
    struct notification *notification;
    GPtrArray *obligations, *missions; /* owned */
    struct notice notice;
};

static inline struct hours world_hours(const char *zone, const char *text)
{
    struct hours h = { 0 };
    const char *why = NULL;
    assert_true(hours_parse(&h, text, &why));
    h.tz = hours_zone(zone);
    h.tz_name = g_strdup(zone);
    assert_non_null(h.tz);
    return h;
}

static inline struct contact world_contact(const char *tel, const char *tel_alt)
{
    return (struct contact){ g_strdup("duty@dss.example"), g_strdup(""), g_strdup(tel),
                             g_strdup(tel_alt), g_strdup("") };
}

static inline void world_add_office(struct directory *d, const char *id, const char *name,
                                    const char *state, const char *zone, const char *tel)
{
    struct office *o = g_new0(struct office, 1);
    o->id = g_strdup(id);
    o->name = g_strdup(name);
    o->city = g_strdup(name);
    o->heading_city = g_strdup(name);
    o->heading_state = g_strdup(state);
    o->heading_key = place_city_key(name);
    o->state = g_strdup(state);
    o->hours = world_hours(zone, "Mon-Fri 08:00-17:00");
    o->contact = world_contact(tel, "");
    g_ptr_array_add(d->offices, o);
}

static inline void world_add_desk(struct directory *d, const char *id, const char *name,
                                  const char *hours, const char *tel, const char *tel_alt)
{
    struct desk *k = g_new0(struct desk, 1);
    k->id = g_strdup(id);
    k->name = g_strdup(name);
    k->hours = world_hours("America/New_York", hours);
    k->contact = world_contact(tel, tel_alt);
    g_ptr_array_add(d->desks, k);
}

static inline struct directory *world_directory(void)
{
    struct directory *d = directory_new();
    world_add_office(d, "chicago", "Chicago", "IL", "America/Chicago", "312-353-6163");
    world_add_office(d, "honolulu", "Honolulu", "HI", "Pacific/Honolulu", "808-522-8020");
    world_add_office(d, "washington", "Washington, D.C.", "DC", "America/New_York", "571-226-9300");
    world_add_desk(d, "pld", "DSS Protective Liaison Division", "Mon-Fri 08:00-17:00",
                   "202-895-3600", "");
    world_add_desk(d, "command-center", "DSS Command Center", "24x7", "571-345-3146",
                   "866-217-2089");
    struct partner *p = g_new0(struct partner, 1);
    p->id = g_strdup("usss-fmb");
    p->name = g_strdup("U.S. Secret Service, Foreign Missions Branch Control Center");
    p->tel = g_strdup("202-634-2234");
    p->states = g_ptr_array_new_with_free_func(g_free);
    g_ptr_array_add(p->states, g_strdup("DC"));
    p->contact = world_contact("202-634-2234", "");
    g_ptr_array_add(d->partners, p);
    return d;
}

static inline void world_add_text(struct broadcast *b, const char *language, const char *headline,
                                  const char *description, const char *instruction)
{
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup(language);
    m->headline = g_strdup(headline);
    m->description = g_strdup(description);
    m->instruction = g_strdup(instruction);
    g_ptr_array_add(b->messages, m);
}

static inline struct affected_mission *world_add_mission(struct notice_world *w, const char *id,
                                                         const char *name, const char *kind,
                                                         const char *city, const char *state,
                                                         const char *zone, const char *office)
{
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = g_strdup(id);
    m->name = g_strdup(name);
    m->kind = g_strdup(kind);
    m->country = g_strdup("XX");
    m->city = g_strdup(city);
    m->state = g_strdup(state);
    m->timezone = g_strdup(zone);
    m->office = g_strdup(office);
    g_ptr_array_add(w->missions, m);
    return m;
}

static inline struct obligation *world_add_obligation(struct notice_world *w,
                                                      enum obligation_kind kind,
                                                      const char *recipient, const char *name,
                                                      const char *mission)
{
    struct obligation *o = obligation_new();
    o->ordinal = w->obligations->len + 1;
    o->kind = kind;
    o->recipient = g_strdup(recipient);
    o->name = g_strdup(name);
    o->language = g_strdup("en");
    o->phone = g_strdup("");
    o->detail = g_strdup("");
    o->rank = kind == OBLIGATION_REPRESENTATIVE ? 1 : 0;
    if (mission)
        g_ptr_array_add(o->missions, g_strdup(mission));
    g_ptr_array_add(w->obligations, o);
    return o;
}

static inline struct notification *world_notification(const char *endpoint, const char *language)
{
    struct notification *n = notification_new();
    bool mail = g_str_has_prefix(endpoint, "mailto:");
    n->id = (INT64_C(7) << NOTIFICATION_ORDINAL_BITS) + 42;
    n->channel = mail ? CHANNEL_SMTP : CHANNEL_WEBHOOK;
    n->endpoint = g_strdup(endpoint);
    n->lane = notification_lane(n->channel, endpoint);
    n->recipient = g_strdup("xx-chicago/1");
    n->language = g_strdup(language);
    return n;
}

static inline struct broadcast *world_broadcast(void)
{
    struct broadcast *b = broadcast_new();
    b->id = g_strdup("01388ff4-a6c0-7000-8000-00000000002a");
    b->identifier = g_strdup("PLD-2012-0117");
    b->sender = g_strdup("pld-duty@dss.example");
    b->sent = (struct timestamp){ NOTICE_NOW, -240 };
    b->expires = (struct timestamp){ NOTICE_NOW + 14 * HOUR_MS, -240 };
    b->status = STATUS_ACTUAL;
    b->type = TYPE_ALERT;
    b->urgency = URGENCY_EXPECTED;
    b->severity = SEVERITY_SEVERE;
    b->certainty = CERTAINTY_LIKELY;
    b->incident = g_strdup("parade-2012");
    return b;
}

/* Nobody and nothing yet: a test adds texts, missions and obligations. */
static inline struct notice_world *notice_world_new(const char *endpoint, const char *language)
{
    struct notice_world *w = g_new0(struct notice_world, 1);
    w->directory = world_directory();
    w->broadcast = world_broadcast();
    w->notification = world_notification(endpoint, language);
    w->obligations = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    w->missions = g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    w->notice = (struct notice){ w->broadcast, w->notification, w->obligations, w->missions,
                                 w->directory, NOTICE_NOW,      NULL,           "" };
    return w;
}

static inline void notice_world_free(struct notice_world *w)
{
    directory_unref(w->directory);
    broadcast_unref(w->broadcast);
    notification_free(w->notification);
    g_ptr_array_unref(w->obligations);
    g_ptr_array_unref(w->missions);
    g_free(w);
}
