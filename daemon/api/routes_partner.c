#include "api/broadcast_view.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/listing.h"
#include "flow/matter_desk.h"
#include "wire/json_text.h"
#include "wire/location_list.h"

#define RESPONSES_MAX 10000
#define CSV_TYPE "text/csv; charset=utf-8"

static json_t *view_partner(const struct partner *p)
{
    return json_pack("{s:o, s:o, s:o, s:o, s:b, s:o}", "id", json_text(p->id), "name",
                     json_text(p->name), "telephone", json_text(p->tel), "states",
                     view_strings(p->states), "elsewhere", p->states == NULL, "email",
                     *p->contact.email ? json_text(p->contact.email) : json_null());
}

void route_partner_list(struct api_request *r)
{
    const GPtrArray *partners = r->service->config->directory->partners;
    json_t *out = json_array();
    for (guint i = 0; i < partners->len; i++)
        json_array_append_new(out, view_partner(g_ptr_array_index(partners, i)));
    api_reply_json(r, 200, json_pack("{s:o}", "partners", out));
}

static const struct partner *find(const struct directory *d, const char *id)
{
    for (guint i = 0; i < d->partners->len; i++) {
        const struct partner *p = g_ptr_array_index(d->partners, i);
        if (g_str_equal(p->id, id))
            return p;
    }
    return NULL;
}

static void listed(const GPtrArray *matters, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    const struct directory *d = r->service->config->directory;
    const struct partner *p = find(d, r->match.param);
    if (error)
        api_problem_store(r, error);
    else if (!p)
        api_problem(r, 404, "unknown-partner", "there is no partner %s", r->match.param);
    else if (g_strcmp0(api_query(r, "format"), "csv") == 0)
        api_reply_text(r, 200, CSV_TYPE, location_list_csv(r->service->roster, d, p, matters));
    else
        api_reply_json(r, 200,
                       json_pack("{s:o, s:o}", "partner", json_text(p->id), "locations",
                                 location_list_json(r->service->roster, d, p, matters)));
}

void route_partner_locations(struct api_request *r)
{
    static const char *const formats[] = { "json", "csv", NULL };
    struct matter_filter f = { .kinds = 1u << MATTER_PROTECTIVE_RESPONSE,
                               .states = 1u << MATTER_OPEN | 1u << MATTER_ACKNOWLEDGED };
    if (api_query_one_of(r, "format", formats))
        listing_matters(r->service, &f, RESPONSES_MAX, listed, r);
}
