#include <string.h>

#include "model/area.h"
#include "model/audience.h"
#include "wire/cap_broadcast.h"
#include "wire/cap_geometry.h"
#include "wire/cap_words.h"

#define RESTRICTION "Security liaison representatives of foreign missions"

static void add_geocodes(struct cap_area *to, const char *name, const char *prefix,
                         const GPtrArray *values)
{
    for (guint i = 0; values && i < values->len; i++) {
        g_autofree char *value = g_strconcat(prefix, values->pdata[i], NULL);
        g_ptr_array_add(to->geocodes, cap_pair_new(name, value));
    }
}

static void add_place(struct cap_area *to, const struct area *a)
{
    g_autoptr(GString) text = g_string_new(NULL);
    struct point center;
    double radius_km;
    size_t n;

    if (area_is_circle(a, &center, &radius_km)) {
        cap_append_point(text, center);
        g_string_append_c(text, ' ');
        cap_append_decimal(text, radius_km);
        g_ptr_array_add(to->circles, g_strdup(text->str));
        return;
    }
    const struct point *ring = area_ring(a, 0, &n);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            g_string_append_c(text, ' ');
        cap_append_point(text, ring[i]);
    }
    g_ptr_array_add(to->polygons, g_strdup(text->str));
}

/* CAP has no holes. */
static bool is_plain(const GPtrArray *areas)
{
    for (guint i = 0; areas && i < areas->len; i++)
        if (area_ring_count(areas->pdata[i]) > 1)
            return false;
    return true;
}

static bool is_same_list(const GPtrArray *a, const GPtrArray *b)
{
    bool same = (a == NULL) == (b == NULL) && (!a || a->len == b->len);

    for (guint i = 0; same && a && i < a->len; i++)
        same = strcmp(a->pdata[i], b->pdata[i]) == 0;
    return same;
}

static unsigned places_in(const struct audience *s)
{
    return (s->areas != NULL) + (s->county_fips != NULL) + (s->states != NULL) +
           (s->cities != NULL);
}

static bool is_beyond_cap(const struct audience *s)
{
    return s->everyone || s->any_of || s->except || s->kinds || s->offices ||
           s->threat_level_at_least >= 0 || !is_plain(s->areas);
}

/* One kind of place, within countries or not: what an <area> and dss:country say. */
static bool is_place_selector(const struct audience *s)
{
    return !is_beyond_cap(s) && !s->missions && places_in(s) == 1;
}

/* Ids or countries alone: what <addresses> say. */
static bool is_address_selector(const struct audience *s)
{
    return !is_beyond_cap(s) && places_in(s) == 0 &&
           (s->missions != NULL) + (s->countries != NULL) == 1;
}

/* The selectors of an audience that is one, or any of several without exceptions; caller frees. */
static GPtrArray *selectors_of(const struct audience *a)
{
    GPtrArray *all = g_ptr_array_new();

    if (!a->any_of)
        g_ptr_array_add(all, (gpointer)a);
    for (guint i = 0; a->any_of && !a->except && i < a->any_of->len; i++)
        g_ptr_array_add(all, a->any_of->pdata[i]);
    return all;
}

static bool all_are(const GPtrArray *selectors, bool (*test)(const struct audience *s))
{
    for (guint i = 0; i < selectors->len; i++)
        if (!test(selectors->pdata[i]))
            return false;
    return selectors->len > 0;
}

/* Several selectors share one dss:country or none. */
static bool say_places(const GPtrArray *selectors, struct cap_info *info)
{
    const struct audience *first = selectors->len ? selectors->pdata[0] : NULL;

    if (!all_are(selectors, is_place_selector))
        return false;
    for (guint i = 1; i < selectors->len; i++)
        if (!is_same_list(first->countries,
                          ((const struct audience *)selectors->pdata[i])->countries))
            return false;
    for (guint i = 0; first->countries && i < first->countries->len; i++)
        g_ptr_array_add(info->parameters, cap_pair_new("dss:country", first->countries->pdata[i]));
    struct cap_area *area = cap_area_new();
    area->description = g_strdup("Foreign missions in the places named");
    for (guint i = 0; i < selectors->len; i++) {
        const struct audience *s = selectors->pdata[i];
        for (guint k = 0; s->areas && k < s->areas->len; k++)
            add_place(area, s->areas->pdata[k]);
        add_geocodes(area, "SAME", "0", s->county_fips);
        add_geocodes(area, "dss:state", "", s->states);
        add_geocodes(area, "dss:city", "", s->cities);
    }
    g_ptr_array_add(info->areas, area);
    return true;
}

static bool say_addresses(const GPtrArray *selectors, struct cap_alert *to)
{
    if (!all_are(selectors, is_address_selector))
        return false;
    for (guint i = 0; i < selectors->len; i++) {
        const struct audience *s = selectors->pdata[i];
        for (guint k = 0; s->missions && k < s->missions->len; k++)
            g_ptr_array_add(to->addresses, g_strdup(s->missions->pdata[k]));
        for (guint k = 0; s->countries && k < s->countries->len; k++)
            g_ptr_array_add(to->addresses, g_strconcat("country:", s->countries->pdata[k], NULL));
    }
    g_free(to->scope);
    to->scope = g_strdup("Private");
    return true;
}

static void describe(struct cap_info *info, const char *text)
{
    struct cap_area *area = cap_area_new();

    area->description = g_strdup(text);
    g_ptr_array_add(info->areas, area);
}

static void say_audience(const struct audience *a, struct cap_alert *to, struct cap_info *info)
{
    g_autoptr(GPtrArray) selectors = a ? selectors_of(a) : NULL;

    if (!a)
        return;
    if (say_places(selectors, info))
        return;
    if (say_addresses(selectors, to))
        describe(info, "Addressees only");
    else if (a->everyone && !a->except)
        describe(info, "All foreign missions in the United States");
    else
        describe(info, "Foreign missions chosen by what CAP cannot say");
}

static struct cap_info *say_message(const struct broadcast *b, const struct message *m)
{
    struct cap_info *i = cap_info_new();

    i->language = g_strdup(m->language);
    g_ptr_array_add(i->categories, g_strdup("Security"));
    i->event = g_strdup("Security information");
    for (guint k = 0; k < b->responses->len; k++) {
        int word = broadcast_name_index(broadcast_response_names, b->responses->pdata[k]);
        if (word >= 0)
            g_ptr_array_add(i->responses, g_strdup(cap_response_words[word]));
    }
    i->urgency = g_strdup(cap_urgency_words[b->urgency]);
    i->severity = g_strdup(cap_severity_words[b->severity]);
    i->certainty = g_strdup(cap_certainty_words[b->certainty]);
    i->effective = b->effective;
    i->expires = b->expires;
    i->headline = g_strdup(m->headline);
    i->description = g_strdup(m->description);
    i->instruction = g_strdup(m->instruction);
    if (b->handling == HANDLING_NOTICE)
        g_ptr_array_add(i->parameters, cap_pair_new("dss:handling", "notice"));
    return i;
}

struct cap_alert *cap_from_broadcast(const struct broadcast *b)
{
    struct cap_alert *a = cap_alert_new();

    a->identifier = g_strdup(b->identifier);
    a->sender = g_strdup(b->sender);
    a->sent = b->sent;
    a->status = g_strdup(cap_status_words[b->status]);
    a->msg_type = g_strdup(cap_type_words[b->type]);
    a->scope = g_strdup("Restricted");
    a->restriction = g_strdup(RESTRICTION);
    if (b->incident)
        g_ptr_array_add(a->incidents, g_strdup(b->incident));
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = b->references->pdata[i];
        g_ptr_array_add(a->references, cap_reference_new(r->sender, r->identifier, r->sent));
    }
    for (guint i = 0; i < b->messages->len; i++) {
        struct cap_info *info = say_message(b, b->messages->pdata[i]);
        g_ptr_array_set_size(a->addresses, 0); /* every info says the audience again */
        say_audience(b->audience, a, info);
        g_ptr_array_add(a->infos, info);
    }
    return a;
}
