/* A small world for the tests of routing: built by hand, or read from tests/golden/routing. */
#pragma once
#include "model/audience.h"
#include "model/directory.h"
#include "model/place.h"
#include "model/roster.h"
#include <string.h>

static inline struct mission *world_mission(const char *id, const char *country, const char *kind,
                                            const char *place, double lon, double lat)
{
    struct mission *m = mission_new();

    m->id = g_strdup(id);
    m->country = g_strdup(country);
    m->kind = g_strdup(kind);
    place_split(place, &m->city, &m->state);
    m->city_key = place_city_key(m->city);
    m->has_point = true;
    m->point = (struct point){ lon, lat };
    m->timezone = g_strdup("UTC");
    m->tz = g_time_zone_new_utc();
    char **const rest[] = { &m->name,     &m->street, &m->zip,         &m->lat_text,
                            &m->lon_text, &m->office, &m->county_fips, &m->origin };
    for (size_t i = 0; i < G_N_ELEMENTS(rest); i++)
        *rest[i] = g_strdup("");
    return m;
}

static inline void world_set(char **field, const char *value)
{
    g_free(*field);
    *field = g_strdup(value);
}

static inline struct representative *world_representative(unsigned rank, const char *email,
                                                          const char *from, const char *to)
{
    struct representative *p = g_new0(struct representative, 1);

    p->rank = rank;
    p->name = g_strdup_printf("Security Liaison %u", rank);
    p->language = g_strdup("en");
    p->email = g_strdup(email);
    p->phone = g_strdup("");
    p->webhook = g_strdup("");
    p->valid_from = g_strdup(from);
    p->valid_to = g_strdup(to);
    return p;
}

static inline struct office *world_office(const char *id, const char *heading, double lon,
                                          double lat, const char *zone)
{
    struct office *o = g_new0(struct office, 1);
    const char *why;

    o->id = g_strdup(id);
    place_split(heading, &o->heading_city, &o->heading_state);
    o->heading_key = place_city_key(o->heading_city);
    o->point = (struct point){ lon, lat };
    o->hours.tz = hours_zone(zone);
    o->hours.tz_name = g_strdup(zone);
    g_assert_true(hours_parse(&o->hours, "Mon-Fri 08:00-17:00", &why));
    return o;
}

static inline struct desk *world_desk(const char *id, const char *hours)
{
    struct desk *k = g_new0(struct desk, 1);
    const char *why;

    k->id = g_strdup(id);
    k->hours.tz = hours_zone("America/New_York");
    k->hours.tz_name = g_strdup("America/New_York");
    g_assert_true(hours_parse(&k->hours, hours, &why));
    return k;
}

/* A directory with the two desks and no office. */
static inline struct directory *world_directory(void)
{
    struct directory *d = directory_new();

    g_ptr_array_add(d->desks, world_desk("pld", "Mon-Fri 08:00-17:00"));
    g_ptr_array_add(d->desks, world_desk("command-center", "24x7"));
    return d;
}

static inline GPtrArray *world_values(const char *text, const char *separator)
{
    GPtrArray *values = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) parts = g_strsplit(text, separator, -1);

    for (char **p = parts; *p != NULL; p++)
        g_ptr_array_add(values, g_strdup(g_strstrip(*p)));
    return values;
}
