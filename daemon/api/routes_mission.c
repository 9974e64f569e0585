#include "api/broadcast_view.h"
#include "api/routes.h"
#include "flow/dispatch.h"
#include "flow/listing.h"
#include "model/duty.h"
#include "model/endpoint.h"
#include "wire/json_text.h"
#include "wire/roster_fields.h"

static json_t *view_representative(const struct service *s, const struct mission *m,
                                   const struct representative *p)
{
    int64_t now_ms = service_now_ms(s);
    g_autoptr(GPtrArray) gone = endpoint_gone(p, dispatch_gone(s->dispatch));
    json_t *o = json_object();
    for (size_t i = 1; i < ROSTER_REPRESENTATIVE_COLUMNS; i++)
        json_object_set_new(o, roster_representative_columns[i],
                            json_text(roster_fields_representative_text(m, p, i)));
    json_object_set_new(o, "rank", json_integer(p->rank));
    json_object_set_new(o, "exercises", json_boolean(p->exercises));
    json_object_set_new(o, "valid", json_boolean(representative_is_valid(p, m, now_ms)));
    if (gone->len > 0)
        json_object_set_new(o, "gone", view_strings(gone));
    return o;
}

/* Which office it has, and who answers for it now; a mission without office has the Command Center.
 */
static void add_duty(json_t *o, const struct mission *m, const struct directory *d, int64_t now_ms)
{
    g_autofree char *because = NULL;
    const struct office *office = directory_office_of(d, m, &because, NULL);
    struct duty now = office ? duty_at(d, office, m->kind, now_ms)
                             : duty_of_desk(d, directory_desk(d, DUTY_COMMAND_CENTER), now_ms);
    g_autofree char *duty = duty_name(&now);
    json_object_set_new(o, "office", office ? json_text(office->id) : json_null());
    json_object_set_new(o, "because", json_text(because));
    json_object_set_new(o, "duty", json_text(duty));
}

static json_t *view_history(const GPtrArray *rows)
{
    json_t *out = json_array();
    for (guint i = 0; i < rows->len; i++) {
        const struct roster_history_row *h = g_ptr_array_index(rows, i);
        json_array_append_new(out, json_pack("{s:o, s:o, s:o, s:o}", "time", view_time(h->time_ms),
                                             "author", json_text(h->author), "change",
                                             json_text(h->change), "detail", json_text(h->detail)));
    }
    return out;
}

/* The columns of the roster by their names; roster_office is the column, office what it comes to.
 */
static json_t *view_mission(const struct service *s, const struct mission *m)
{
    int64_t now_ms = service_now_ms(s);
    json_t *o = json_object(), *representatives = json_array();
    for (size_t i = 0; i < ROSTER_MISSION_COLUMNS; i++)
        json_object_set_new(o, roster_mission_columns[i],
                            json_text(roster_fields_mission_text(m, i)));
    json_object_set_new(o, "roster_office", json_text(m->office));
    add_duty(o, m, s->config->directory, now_ms);
    for (guint i = 0; i < m->representatives->len; i++)
        json_array_append_new(representatives,
                              view_representative(s, m, g_ptr_array_index(m->representatives, i)));
    json_object_set_new(o, "representatives", representatives);
    return o;
}

static void history_read(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    const struct mission *m = roster_find(r->service->roster, r->match.param);
    if (error) {
        api_problem_store(r, error);
        return;
    }
    if (!m && rows->len == 0) {
        api_problem(r, 404, "unknown-mission", "there is no mission %s", r->match.param);
        return;
    }
    json_t *o = m ? view_mission(r->service, m)
                  : json_pack("{s:o, s:b}", "mission", json_text(r->match.param), "removed", 1);
    json_object_set_new(o, "history", view_history(rows));
    api_reply_json(r, 200, o);
}

void route_mission_show(struct api_request *r)
{
    listing_history(r->service, r->match.param, history_read, r);
}
