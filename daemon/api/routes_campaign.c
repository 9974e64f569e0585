#include "api/body.h"
#include "api/broadcast_view.h"
#include "api/routes.h"
#include "flow/campaign.h"
#include "flow/listing.h"
#include "model/answer.h"
#include "wire/audience_json.h"
#include "wire/json_text.h"

static json_t *view_campaign(const struct campaign_row *c)
{
    return json_pack("{s:s, s:o, s:o, s:o}", "id", c->id, "started", view_time(c->started_ms),
                     "ends", view_time(c->ends_ms), "author", json_text(c->author));
}

/* True: it was another outcome than DONE, and is answered. */
static bool answered(struct api_request *r, const struct campaign_result *c)
{
    switch (c->outcome) {
    case CAMPAIGN_DONE:
        return false;
    case CAMPAIGN_INVALID:
        api_problem_faults(r, 422, "invalid", "nobody was asked", c->faults);
        break;
    case CAMPAIGN_NOT_FOUND:
        api_problem(r, 404, "unknown-campaign", "there is no campaign %s", r->match.param);
        break;
    case CAMPAIGN_NOT_ALLOWED:
        api_problem(r, 409, "refused", "%s", c->reason);
        break;
    case CAMPAIGN_UNAVAILABLE:
        api_problem_store(r, c->reason);
        break;
    }
    return true;
}

/* --- start --- */

static void started(const struct campaign_result *c, void *ctx)
{
    struct api_request *r = ctx;
    if (answered(r, c))
        return;
    g_autofree char *location = g_strconcat("/v1/campaigns/", c->row->id, NULL);
    api_header_set(r, "Location", location);
    api_reply_json(r, 201, view_campaign(c->row));
}

struct wish {
    int64_t days;
    char *audience; /* as JSON; jansson's to free */
};

static void read_members(struct json_reader *reader, void *wish)
{
    struct wish *w = wish;
    json_reader_integer(reader, "days", JSON_MUST, 1, CAMPAIGN_MAX_DAYS, &w->days);
    const json_t *whom = json_reader_member(reader, "audience", JSON_MAY);
    w->audience = whom ? json_dumps(whom, JSON_COMPACT | JSON_ENCODE_ANY) : NULL;
}

void route_campaign_start(struct api_request *r)
{
    struct wish w = { 0 };
    if (body_read(r, AUDIENCE_JSON_MAX_BYTES, read_members, &w, "nobody was asked")) {
        struct campaign_request q = { .principal = r->principal,
                                      .days = (int)w.days,
                                      .audience = w.audience };
        campaign_start(r->service, &q, started, r);
    }
    free(w.audience);
}

/* --- look --- */

static json_t *view_silent(const struct obligation *o)
{
    bool said = o->answer != ANSWER_NONE;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:o}", "recipient", json_text(o->recipient),
                     "mission",
                     json_text(o->missions->len ? g_ptr_array_index(o->missions, 0) : ""), "name",
                     json_text(o->name), "language", json_text(o->language), "telephone",
                     json_text(o->phone), "state", obligation_state_names[o->state], "answer",
                     said ? json_string(answer_names[o->answer]) : json_null());
}

static void shown(const struct campaign_result *c, void *ctx)
{
    struct api_request *r = ctx;
    int asked = 0, confirmed = 0;
    if (answered(r, c))
        return;
    json_t *o = view_campaign(c->row), *silent = json_array();
    for (guint i = 0; i < c->obligations->len; i++) {
        const struct obligation *x = g_ptr_array_index(c->obligations, i);
        if (x->kind != OBLIGATION_REPRESENTATIVE)
            continue;
        asked++;
        confirmed += x->state == OBLIGATION_ACKNOWLEDGED;
        if (x->state != OBLIGATION_ACKNOWLEDGED)
            json_array_append_new(silent, view_silent(x));
    }
    json_object_set_new(o, "asked", json_integer(asked));
    json_object_set_new(o, "confirmed", json_integer(confirmed));
    json_object_set_new(o, "silent", silent);
    api_reply_json(r, 200, o);
}

void route_campaign_show(struct api_request *r)
{
    campaign_show(r->service, r->match.param, shown, r);
}

static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    json_t *list = json_array();
    for (guint i = 0; i < rows->len; i++)
        json_array_append_new(list, view_campaign(g_ptr_array_index(rows, i)));
    api_reply_json(r, 200, json_pack("{s:o}", "campaigns", list));
}

void route_campaign_list(struct api_request *r)
{
    listing_campaigns(r->service, listed, r);
}
