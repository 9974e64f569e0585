#include "model/audience.h"
#include "model/area.h"

struct audience *audience_new(void)
{
    struct audience *a = g_new0(struct audience, 1);

    a->threat_level_at_least = -1;
    return a;
}

void audience_free(struct audience *a)
{
    if (a == NULL)
        return;
    GPtrArray *const owned[] = { a->any_of, a->missions, a->countries,   a->kinds, a->cities,
                                 a->states, a->offices,  a->county_fips, a->areas };
    for (size_t i = 0; i < G_N_ELEMENTS(owned); i++)
        if (owned[i] != NULL)
            g_ptr_array_unref(owned[i]);
    audience_free(a->except);
    g_free(a);
}

bool audience_is_empty(const struct audience *a)
{
    const GPtrArray *const said[] = { a->any_of, a->missions, a->countries,   a->kinds, a->cities,
                                      a->states, a->offices,  a->county_fips, a->areas };

    if (a->everyone || a->threat_level_at_least >= 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        if (said[i] != NULL && said[i]->len > 0)
            return false;
    return true;
}
