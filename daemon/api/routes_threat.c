#include "api/body.h"
#include "api/broadcast_view.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/listing.h"
#include "flow/threat.h"
#include "wire/json_text.h"

#define BODY_MAX 65536
#define ID_MAX_BYTES 64
#define REASON_MAX_BYTES 2000

static json_t *view_threat(const struct threat_row *t)
{
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o}", "mission", json_text(t->mission), "level",
                     threat_level_names[t->level], "author", json_text(t->author), "reason",
                     json_text(t->reason), "set", view_time(t->time_ms), "review",
                     view_time(t->review_ms));
}

/* --- set --- */

struct wish {
    const struct service *service;
    char *mission, *reason;
    int level;
    struct timestamp review;
};

static void read_members(struct json_reader *reader, void *wish)
{
    struct wish *w = wish;
    struct json_place review = json_reader_member_place(reader, "review");
    w->mission = json_reader_line(reader, "mission", JSON_MUST, ID_MAX_BYTES);
    w->level = json_reader_enum(reader, "level", JSON_MUST, threat_level_names);
    w->reason = json_reader_text(reader, "reason", JSON_MUST, REASON_MAX_BYTES);
    json_reader_time(reader, "review", JSON_MAY, &w->review);
    if (w->review.ms && w->review.ms <= service_now_ms(w->service))
        json_reader_fault(reader->faults, &review, "expired", "has passed");
    if (w->mission && !roster_find(w->service->roster, w->mission))
        faults_add(reader->faults, "/mission", "unknown-mission", "there is no mission \"%s\"",
                   w->mission);
}

static void set(const struct roster_result *result, void *ctx)
{
    struct api_request *r = ctx;
    if (result->unavailable)
        api_problem_store(r, result->unavailable);
    else if (faults_any(result->faults))
        api_problem_faults(r, 422, "invalid", "the threat level was not changed", result->faults);
    else
        api_reply_json(r, 200,
                       json_pack("{s:o}", "changed", view_strings(result->change->changed)));
}

void route_threat_set(struct api_request *r)
{
    struct wish w = { .service = r->service };
    if (body_read(r, BODY_MAX, read_members, &w, "the threat level was not changed")) {
        struct threat_request q = { .mission = w.mission,
                                    .principal = r->principal,
                                    .reason = w.reason,
                                    .level = (enum threat_level)w.level,
                                    .review_ms = w.review.ms };
        threat_set(r->service, &q, set, r);
    }
    g_free(w.mission);
    g_free(w.reason);
}

/* --- list --- */

/* Every mission of the roster that should be looked at again: the date has passed, or nobody ever
 * set it. */
static json_t *overdue(const struct service *s, const GPtrArray *rows)
{
    json_t *out = json_array();
    g_autoptr(GHashTable) last = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < rows->len; i++) {
        struct threat_row *t = g_ptr_array_index(rows, i);
        g_hash_table_insert(last, t->mission, t);
    }
    for (size_t i = 0; i < roster_count(s->roster); i++) {
        const struct mission *m = roster_at(s->roster, i);
        const struct threat_row *t = g_hash_table_lookup(last, m->id);
        struct threat_row never = { .mission = m->id, .level = m->threat };
        if (!t || t->review_ms <= service_now_ms(s))
            json_array_append_new(out, view_threat(t ? t : &never));
    }
    return out;
}

static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    bool due = r->state != NULL;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    json_t *out = due ? overdue(r->service, rows) : json_array();
    for (guint i = 0; !due && i < rows->len; i++)
        json_array_append_new(out, view_threat(g_ptr_array_index(rows, i)));
    api_reply_json(r, 200, json_pack("{s:o}", "threats", out));
}

void route_threat_list(struct api_request *r)
{
    bool due;
    if (!api_query_boolean(r, "overdue", &due))
        return;
    r->state = due ? r : NULL;
    listing_threats(r->service, due ? NULL : api_query(r, "mission"), listed, r);
}
