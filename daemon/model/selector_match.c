#include "model/selector.h"
#include <string.h>

/* Warnings of one field; more are counted. */
#define MAX_NAMED 5

/* What made a mission match: one value a field, and one area. */
struct reasons {
    const struct selector_value *value[SELECTOR_FIELDS];
    guint area;
};

const struct office *selector_office(struct selector_candidate *c)
{
    if (!c->looked_up)
        c->office = directory_office_of(c->directory, c->mission, &c->office_because, NULL);
    c->looked_up = true;
    return c->office;
}

static struct selector_value *find(const struct selector *s, enum selector_field field,
                                   const char *key)
{
    struct selector_value *v = key == NULL ? NULL : g_hash_table_lookup(s->by_key[field], key);

    if (v != NULL)
        v->hit = true;
    return v;
}

static struct selector_value *find_city(const struct selector *s, const struct mission *m)
{
    struct selector_value *v = g_hash_table_lookup(s->by_key[SELECTOR_CITIES], m->city_key);

    while (v != NULL && g_strcmp0(v->state, m->state) != 0)
        v = v->next;
    if (v != NULL)
        v->hit = true;
    return v;
}

/* A mission may lie in several counties (a city that spans them), written with blanks between. */
static struct selector_value *find_county(struct selector *s, const struct mission *m)
{
    struct selector_value *found = NULL;
    const char *p = m->county_fips != NULL ? m->county_fips : "";

    s->n_countyless += *p == '\0';
    while (*p != '\0') {
        size_t len = strcspn(p, " ");
        if (len == 5) {
            char code[6] = { p[0], p[1], p[2], p[3], p[4], '\0' };
            struct selector_value *v = find(s, SELECTOR_COUNTIES, code);
            found = found != NULL ? found : v;
            memcpy(code + 2, "000", 3);
            v = s->whole_states ? find(s, SELECTOR_COUNTIES, code) : NULL;
            found = found != NULL ? found : v;
        }
        p += len;
        p += strspn(p, " ");
    }
    return found;
}

static struct selector_value *find_field(struct selector *s, enum selector_field field,
                                         struct selector_candidate *c)
{
    const struct mission *m = c->mission;

    switch (field) {
    case SELECTOR_MISSIONS:
        return find(s, field, m->id);
    case SELECTOR_COUNTRIES:
        return find(s, field, m->country);
    case SELECTOR_KINDS:
        return find(s, field, m->kind);
    case SELECTOR_CITIES:
        return m->city_key == NULL ? NULL : find_city(s, m);
    case SELECTOR_STATES:
        return find(s, field, m->state);
    case SELECTOR_OFFICES:
        return selector_office(c) == NULL ? NULL : find(s, field, c->office->id);
    case SELECTOR_COUNTIES:
        return find_county(s, m);
    case SELECTOR_FIELDS:
        break;
    }
    g_assert_not_reached();
}

/* The first area that holds the mission; the others are asked only until each has held one. */
static bool find_area(struct selector *s, const struct mission *m, guint *which)
{
    const GPtrArray *areas = s->audience->areas;
    bool found = false;

    if (!m->has_point) {
        s->n_pointless++;
        return false;
    }
    for (guint i = 0; i < areas->len && (!found || s->areas_unhit > 0); i++) {
        if ((found && s->area_hit[i]) || !area_contains(areas->pdata[i], m->point))
            continue;
        if (!found)
            *which = i;
        found = true;
        s->areas_unhit -= !s->area_hit[i];
        s->area_hit[i] = true;
    }
    return found;
}

/* Every field is asked even after one has failed, so that values learn of their missions. */
static bool match_fields(struct selector *s, struct selector_candidate *c, struct reasons *why)
{
    const struct audience *a = s->audience;
    bool all = a->threat_level_at_least < 0 || (int)c->mission->threat >= a->threat_level_at_least;

    for (int field = 0; field < SELECTOR_FIELDS; field++) {
        if (s->by_key[field] == NULL)
            continue;
        why->value[field] = find_field(s, field, c);
        all &= why->value[field] != NULL;
    }
    if (a->areas != NULL)
        all &= find_area(s, c->mission, &why->area);
    return all;
}

/* "area: inside polygon of 5 points", "circles[1]: inside circle of 25 km": an area's own name in
 * the audience, where polygons are counted apart from circles. */
static void append_area_name(GString *out, const GPtrArray *areas, guint which)
{
    struct point center;
    double radius;
    guint before[2] = { 0, 0 }, all[2] = { 0, 0 };
    bool circle = area_is_circle(areas->pdata[which], &center, &radius);

    for (guint i = 0; i < areas->len; i++) {
        bool other = area_is_circle(areas->pdata[i], &center, &radius);
        before[other] += i < which;
        all[other]++;
    }
    if (circle)
        g_string_append_printf(out, "circles[%u]", before[1]);
    else if (all[0] == 1)
        g_string_append(out, "area");
    else
        g_string_append_printf(out, "area[%u]", before[0]);
}

static void explain(const struct selector *s, const struct reasons *why, GString *out)
{
    const struct audience *a = s->audience;
    const char *join = "";

    for (int field = 0; field < SELECTOR_FIELDS; field++) {
        const struct selector_value *v = why->value[field];
        if (v == NULL)
            continue;
        g_string_append_printf(out, "%s%s%s[%u] = %s", join, s->prefix, selector_field_names[field],
                               v->index, v->text);
        join = "; ";
    }
    if (a->threat_level_at_least >= 0) {
        g_string_append_printf(out, "%s%sthreat_level_at_least = %s", join, s->prefix,
                               threat_level_names[a->threat_level_at_least]);
        join = "; ";
    }
    if (a->areas != NULL) {
        g_string_append(out, join);
        g_string_append(out, s->prefix);
        append_area_name(out, a->areas, why->area);
        g_string_append(out, ": inside ");
        g_string_append(out, area_label(a->areas->pdata[why->area]));
    }
}

/* All branches are asked, for their warnings; the first that matches gives the reason. */
static bool match_any(struct selector *s, struct selector_candidate *c, GString *because)
{
    bool found = false;

    for (guint i = 0; i < s->any_of->len; i++)
        found |= selector_match(s->any_of->pdata[i], c, found ? NULL : because);
    return found;
}

bool selector_match(struct selector *s, struct selector_candidate *c, GString *because)
{
    gsize mark = because != NULL ? because->len : 0;
    struct reasons why = { 0 };

    if (s->any_of != NULL) {
        if (!match_any(s, c, because))
            return false;
    } else if (!s->audience->everyone && !match_fields(s, c, &why)) {
        return false;
    }
    if (s->except != NULL && selector_match(s->except, c, NULL)) {
        if (because != NULL)
            g_string_truncate(because, mark);
        return false;
    }
    s->hit = true;
    if (because != NULL && s->audience->everyone)
        g_string_append(g_string_append(because, s->prefix), "everyone");
    else if (because != NULL && s->any_of == NULL)
        explain(s, &why, because);
    return true;
}

static void warn_values(const struct selector *s, enum selector_field field, struct faults *f)
{
    guint unhit = 0;

    for (guint i = 0; s->values[field] != NULL && i < s->values[field]->len; i++) {
        const struct selector_value *v = s->values[field]->pdata[i];
        if (v->hit || v->repeated || ++unhit > MAX_NAMED)
            continue;
        g_autofree char *place =
            g_strdup_printf("%s/%s/%u", s->place, selector_field_names[field], i);
        faults_warn(f, place, "matches-nothing", "%s%s[%u] = %s %s no mission", s->prefix,
                    selector_field_names[field], i, v->text, s->removes ? "removes" : "matches");
    }
    if (unhit <= MAX_NAMED)
        return;
    g_autofree char *place = g_strdup_printf("%s/%s", s->place, selector_field_names[field]);
    faults_warn(f, place, "matches-nothing", "%u more values of %s%s name no mission",
                unhit - MAX_NAMED, s->prefix, selector_field_names[field]);
}

static void warn_areas(const struct selector *s, struct faults *f)
{
    const GPtrArray *areas = s->audience->areas;
    guint named = 0;

    for (guint i = 0; i < areas->len && named < MAX_NAMED; i++) {
        if (s->area_hit[i])
            continue;
        named++;
        g_autoptr(GString) name = g_string_new(s->prefix);
        append_area_name(name, areas, i);
        faults_warn(f, s->place, "matches-nothing", "%s: no mission is inside this %s", name->str,
                    area_label(areas->pdata[i]));
    }
    if (s->areas_unhit > named)
        faults_warn(f, s->place, "matches-nothing", "%u more areas hold no mission",
                    s->areas_unhit - named);
    if (s->n_pointless > 0)
        faults_warn(f, s->place, "no-coordinates",
                    "%u mission%s without coordinates cannot be found in an area", s->n_pointless,
                    s->n_pointless == 1 ? "" : "s");
}

void selector_warn(const struct selector *s, struct faults *f)
{
    for (int field = 0; field < SELECTOR_FIELDS; field++)
        warn_values(s, field, f);
    if (s->audience->areas != NULL)
        warn_areas(s, f);
    if (s->n_countyless > 0)
        faults_warn(f, s->place, "no-county",
                    "%u mission%s without a county cannot be found by one", s->n_countyless,
                    s->n_countyless == 1 ? "" : "s");
    for (guint i = 0; s->any_of != NULL && i < s->any_of->len; i++) {
        const struct selector *branch = s->any_of->pdata[i];
        selector_warn(branch, f);
        if (!branch->hit)
            faults_warn(f, branch->place, "matches-nothing", "%sany_of[%u] %s no mission",
                        s->prefix, i, s->removes ? "removes" : "matches");
    }
    if (s->except == NULL)
        return;
    selector_warn(s->except, f);
    if (!s->except->hit)
        faults_warn(f, s->except->place, "matches-nothing", "%sexcept removes no mission",
                    s->prefix);
}
