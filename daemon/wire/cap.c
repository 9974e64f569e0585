#include "wire/cap.h"

struct cap_pair *cap_pair_new(const char *name, const char *value)
{
    struct cap_pair *p = g_new0(struct cap_pair, 1);

    p->name = g_strdup(name);
    p->value = g_strdup(value);
    return p;
}

static void pair_free(struct cap_pair *p)
{
    g_free(p->name);
    g_free(p->value);
    g_free(p);
}

struct cap_resource *cap_resource_new(void)
{
    return g_new0(struct cap_resource, 1);
}

static void resource_free(struct cap_resource *r)
{
    char *const owned[] = {
        r->description, r->mime_type, r->size, r->uri, r->deref_uri, r->digest
    };

    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    g_free(r);
}

struct cap_reference *cap_reference_new(const char *sender, const char *identifier,
                                        struct timestamp sent)
{
    struct cap_reference *r = g_new0(struct cap_reference, 1);

    r->sender = g_strdup(sender);
    r->identifier = g_strdup(identifier);
    r->sent = sent;
    return r;
}

static void reference_free_cap(struct cap_reference *r)
{
    g_free(r->sender);
    g_free(r->identifier);
    g_free(r);
}

static GPtrArray *list_of(GDestroyNotify free_item)
{
    return g_ptr_array_new_with_free_func(free_item);
}

struct cap_area *cap_area_new(void)
{
    struct cap_area *a = g_new0(struct cap_area, 1);

    a->polygons = list_of(g_free);
    a->circles = list_of(g_free);
    a->geocodes = list_of((GDestroyNotify)pair_free);
    return a;
}

static void area_free_cap(struct cap_area *a)
{
    g_ptr_array_unref(a->polygons);
    g_ptr_array_unref(a->circles);
    g_ptr_array_unref(a->geocodes);
    g_free(a->description);
    g_free(a->altitude);
    g_free(a->ceiling);
    g_free(a);
}

struct cap_info *cap_info_new(void)
{
    struct cap_info *i = g_new0(struct cap_info, 1);

    i->categories = list_of(g_free);
    i->responses = list_of(g_free);
    i->event_codes = list_of((GDestroyNotify)pair_free);
    i->parameters = list_of((GDestroyNotify)pair_free);
    i->resources = list_of((GDestroyNotify)resource_free);
    i->areas = list_of((GDestroyNotify)area_free_cap);
    return i;
}

static void info_free(struct cap_info *i)
{
    char *const owned[] = { i->language,  i->event,       i->urgency,     i->severity,
                            i->certainty, i->audience,    i->sender_name, i->headline,
                            i->web,       i->description, i->instruction, i->contact };
    GPtrArray *const lists[] = { i->categories, i->responses, i->event_codes,
                                 i->parameters, i->resources, i->areas };

    for (size_t k = 0; k < G_N_ELEMENTS(owned); k++)
        g_free(owned[k]);
    for (size_t k = 0; k < G_N_ELEMENTS(lists); k++)
        g_ptr_array_unref(lists[k]);
    g_free(i);
}

struct cap_alert *cap_alert_new(void)
{
    struct cap_alert *a = g_new0(struct cap_alert, 1);

    a->version = CAP_1_2;
    a->addresses = list_of(g_free);
    a->codes = list_of(g_free);
    a->incidents = list_of(g_free);
    a->references = list_of((GDestroyNotify)reference_free_cap);
    a->infos = list_of((GDestroyNotify)info_free);
    return a;
}

void cap_alert_free(struct cap_alert *a)
{
    if (!a)
        return;
    char *const owned[] = { a->identifier, a->sender, a->status,      a->msg_type,
                            a->source,     a->scope,  a->restriction, a->note };
    GPtrArray *const lists[] = { a->addresses, a->codes, a->incidents, a->references, a->infos };
    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        g_free(owned[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        g_ptr_array_unref(lists[i]);
    g_free(a);
}
