/* What destinations are down, since when, and how much waits for them. */
#include "api/broadcast_view.h"
#include "api/routes.h"
#include "flow/listing.h"
#include "wire/json_text.h"

static json_t *view_outage(const struct outage_row *o)
{
    return json_pack("{s:o, s:o, s:o, s:i}", "destination", json_text(o->lane), "since",
                     view_time(o->since_ms), "reply", json_text(o->reply), "waiting",
                     (int)o->waiting);
}

static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    json_t *out = json_array();
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(out, view_outage(g_ptr_array_index(rows, i)));
    api_reply_json(r, 200, json_pack("{s:o}", "down", out));
}

void route_destination_list(struct api_request *r)
{
    listing_outages(r->service, listed, r);
}
