#include "model/directory.h"
#include <math.h>
#include <string.h>

struct directory *directory_new(void)
{
    struct directory *d = g_new0(struct directory, 1);
    d->refs = 1;
    d->offices = g_ptr_array_new_with_free_func((GDestroyNotify)office_free);
    d->desks = g_ptr_array_new_with_free_func((GDestroyNotify)desk_free);
    d->partners = g_ptr_array_new_with_free_func((GDestroyNotify)partner_free);
    d->calendars = g_ptr_array_new_with_free_func((GDestroyNotify)calendar_free);
    d->emergency_number = g_strdup("911");
    return d;
}

struct directory *directory_ref(struct directory *d)
{
    g_atomic_int_inc(&d->refs);
    return d;
}

void directory_unref(struct directory *d)
{
    if (!d || !g_atomic_int_dec_and_test(&d->refs))
        return;
    g_ptr_array_unref(d->offices);
    g_ptr_array_unref(d->desks);
    g_ptr_array_unref(d->partners);
    g_ptr_array_unref(d->calendars); /* after those whose hours borrow them */
    g_free(d->emergency_number);
    g_free(d);
}

static void contact_clear(struct contact *c)
{
    g_free(c->email);
    g_free(c->webhook);
    g_free(c->tel);
    g_free(c->tel_alt);
    g_free(c->fax);
}

void office_free(struct office *o)
{
    if (!o)
        return;
    g_free(o->id);
    g_free(o->name);
    g_free(o->building);
    g_free(o->street);
    g_free(o->city);
    g_free(o->state);
    g_free(o->zip);
    g_free(o->heading_city);
    g_free(o->heading_state);
    g_free(o->heading_key);
    hours_clear(&o->hours);
    contact_clear(&o->contact);
    g_free(o->note);
    g_free(o);
}

void desk_free(struct desk *k)
{
    if (!k)
        return;
    g_free(k->id);
    g_free(k->name);
    hours_clear(&k->hours);
    contact_clear(&k->contact);
    g_free(k);
}

void partner_free(struct partner *p)
{
    if (!p)
        return;
    g_free(p->id);
    g_free(p->name);
    g_free(p->tel);
    if (p->states)
        g_ptr_array_unref(p->states);
    contact_clear(&p->contact);
    g_free(p);
}

const struct office *directory_office(const struct directory *d, const char *id)
{
    for (guint i = 0; i < d->offices->len; i++) {
        const struct office *o = d->offices->pdata[i];
        if (g_str_equal(o->id, id))
            return o;
    }
    return NULL;
}

bool contact_has_endpoint(const struct contact *c)
{
    return (c->email && *c->email) || (c->webhook && *c->webhook);
}

const struct desk *directory_desk(const struct directory *d, const char *id)
{
    for (guint i = 0; i < d->desks->len; i++) {
        const struct desk *k = d->desks->pdata[i];
        if (g_str_equal(k->id, id))
            return k;
    }
    return NULL;
}

const struct calendar *directory_calendar(const struct directory *d, const char *id)
{
    for (guint i = 0; i < d->calendars->len; i++) {
        const struct calendar *c = d->calendars->pdata[i];
        if (g_str_equal(c->id, id))
            return c;
    }
    return NULL;
}

static bool names_state(const struct partner *p, const char *state)
{
    for (guint i = 0; i < p->states->len; i++)
        if (g_str_equal(p->states->pdata[i], state))
            return true;
    return false;
}

const struct partner *directory_partner_for(const struct directory *d, const char *state)
{
    const struct partner *elsewhere = NULL;
    for (guint i = 0; i < d->partners->len; i++) {
        const struct partner *p = d->partners->pdata[i];
        if (p->states && names_state(p, state))
            return p;
        if (!p->states && !elsewhere)
            elsewhere = p;
    }
    return elsewhere;
}

static double distance_to(const struct office *o, const struct mission *m)
{
    return m->has_point ? area_distance_km(o->point, m->point) : -1;
}

static bool stands_for_city_of(const struct office *o, const struct mission *m)
{
    return g_str_equal(o->heading_key, m->city_key) && g_str_equal(o->heading_state, m->state);
}

/* No distance on the globe is shorter than that between the parallels; the last metre is left for
 * rounding. */
static bool is_farther(const struct office *o, const struct mission *m, double km)
{
    const double km_a_degree = AREA_EARTH_RADIUS_KM * G_PI / 180;
    return m->has_point && fabs(o->point.lat - m->point.lat) * km_a_degree > km + 0.001;
}

/* The one whose distance is worth knowing first, because it spares that of most others. */
static guint likely_nearest(const struct directory *d, const struct mission *m)
{
    guint best = 0;
    double least = INFINITY, narrow = cos(m->point.lat * G_PI / 180);
    for (guint i = 0; m->has_point && i < d->offices->len; i++) {
        const struct office *o = d->offices->pdata[i];
        double lat = o->point.lat - m->point.lat, lon = narrow * (o->point.lon - m->point.lon);
        if (lat * lat + lon * lon >= least)
            continue;
        least = lat * lat + lon * lon;
        best = i;
    }
    return best;
}

/* Among all offices, or those of the mission's city.  Without coordinates all are equally far, and
 * the id decides. */
static const struct office *nearest(const struct directory *d, const struct mission *m,
                                    bool in_city, double *best_km)
{
    const struct office *best = NULL;
    guint n = d->offices->len, first = in_city ? 0 : likely_nearest(d, m);
    for (guint i = 0; i < n; i++) {
        const struct office *o = d->offices->pdata[(first + i) % n];
        if (in_city && !stands_for_city_of(o, m))
            continue;
        if (best && is_farther(o, m, *best_km))
            continue;
        double km = distance_to(o, m);
        if (!best || km < *best_km || (km <= *best_km && strcmp(o->id, best->id) < 0)) {
            best = o;
            *best_km = km;
        }
    }
    return best;
}

/* *km: how far it is, -1 where that cannot be told. */
static const struct office *choose(const struct directory *d, const struct mission *m, char **why,
                                   double *km)
{
    const struct office *o = *m->office ? directory_office(d, m->office) : NULL;
    *km = o ? distance_to(o, m) : -1;
    if (o) {
        *why = g_strdup("named in the roster");
        return o;
    }
    if ((o = nearest(d, m, true, km)) != NULL) {
        *why = g_strdup("same city");
        return o;
    }
    if (m->has_point && (o = nearest(d, m, false, km)) != NULL)
        *why = g_strdup_printf("nearest office, %ld km", lrint(*km));
    return o;
}

const struct office *directory_office_of(const struct directory *d, const struct mission *m,
                                         char **because, double *distance_km)
{
    g_autofree char *why = NULL;
    double km;
    const struct office *o = choose(d, m, &why, &km);
    if (distance_km)
        *distance_km = km;
    if (!because)
        return o;
    if (o && *m->office && !g_str_equal(o->id, m->office))
        *because = g_strdup_printf("%s (the roster's office %s is unknown)", why, m->office);
    else
        *because = g_steal_pointer(&why);
    return o;
}
