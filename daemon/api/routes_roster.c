#include "api/broadcast_view.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/routes.h"
#include "flow/lookup.h"
#include "flow/roster_keeper.h"
#include "model/duty.h"
#include "model/endpoint.h"
#include "wire/json_reader.h"
#include "wire/json_text.h"
#include "wire/roster_fields.h"
#include <string.h>

#define BODY_MAX (2 * ROSTER_CSV_MAX_BYTES)
#define CHANGE_MAX 65536
#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define CSV_TYPE "text/csv; charset=utf-8"

void route_roster_missions(struct api_request *r)
{
    api_reply_text(r, 200, CSV_TYPE, roster_csv_write_missions(r->service->roster));
}

void route_roster_representatives(struct api_request *r)
{
    api_reply_text(r, 200, CSV_TYPE, roster_csv_write_representatives(r->service->roster));
}

/* --- import --- */

static void changed(const struct roster_result *result, void *ctx)
{
    struct api_request *r = ctx;
    const struct roster_change *c = result->change;
    if (result->unavailable) {
        api_problem_store(r, result->unavailable);
        return;
    }
    if (faults_any(result->faults)) {
        api_problem_faults(r, 422, "invalid", "the roster was not changed", result->faults);
        return;
    }
    if (result->refused) {
        api_problem(
            r, 409, "removals",
            "this would remove %u missions and leave %zu; the roster was not changed. If it is "
            "meant, say so with allow_removals=%u",
            result->to_allow, result->missions, result->to_allow);
        return;
    }
    json_t *body = json_pack(
        "{s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "missions", (json_int_t)result->missions,
        "representatives", (json_int_t)result->representatives, "added", view_strings(c->added),
        "changed", view_strings(c->changed), "removed", view_strings(c->removed), "below_two",
        view_strings(c->below_two), "warnings", problem_faults(result->faults->warnings));
    if (result->to_allow > 0)
        json_object_set_new(body, "removals_to_allow", json_integer(result->to_allow));
    api_reply_json(r, 200, body);
}

/* The text is taken as it is: its own reader complains with line and column. */
static void read_file(struct json_reader *body, const char *member, struct roster_csv_file *file,
                      char **name, struct faults *f)
{
    const json_t *value = json_reader_member(body, member, JSON_MUST);
    struct json_place at = json_reader_member_place(body, member);
    struct json_reader reader;
    if (!value || !json_reader_open(&reader, value, &at, f))
        return;
    *name = json_reader_line(&reader, "name", JSON_MUST, 255);
    const json_t *text = json_reader_member(&reader, "text", JSON_MUST);
    struct json_place text_at = json_reader_member_place(&reader, "text");
    if (text && !json_is_string(text))
        json_reader_fault(f, &text_at, "wrong-type", "must be a string");
    json_reader_close(&reader);
    *file = (struct roster_csv_file){ *name, json_string_value(text), json_string_length(text) };
}

static void import(struct api_request *r, const json_t *body, bool dry_run, int64_t allow,
                   struct faults *f)
{
    struct json_reader reader;
    struct roster_csv_file missions = { 0 }, representatives = { 0 };
    g_autofree char *first = NULL, *second = NULL;
    if (json_reader_open(&reader, body, NULL, f)) {
        read_file(&reader, "missions", &missions, &first, f);
        read_file(&reader, "representatives", &representatives, &second, f);
        json_reader_close(&reader);
    }
    if (faults_any(f))
        api_problem_faults(r, 422, "invalid", "the roster was not changed", f);
    else
        roster_keeper_import(r->service, &missions, &representatives, r->principal, dry_run, allow,
                             changed, r);
}

/* The parsed body, or NULL: answered. */
static json_t *parse(struct api_request *r, size_t max, struct faults *f)
{
    size_t len;
    const char *text = api_body(r, &len);
    json_t *body = json_reader_parse(text, len, max, f);
    if (!body)
        api_problem_faults(r, 422, "invalid", "the roster was not changed", f);
    return body;
}

void route_roster_import(struct api_request *r)
{
    bool dry_run;
    int64_t allow;
    if (!api_query_boolean(r, "dry_run", &dry_run) ||
        !api_query_integer(r, "allow_removals", 0, INT32_MAX, 0, &allow))
        return;
    struct faults *f = faults_new();
    json_t *body = parse(r, BODY_MAX, f);
    if (body)
        import(r, body, dry_run, allow, f);
    json_decref(body);
    faults_free(f);
}

/* --- a single field --- */

struct field {
    unsigned rank; /* 0: of the mission */
    const char *name;
    char *value; /* as in a roster file; owned */
};

/* The only member of an object, NULL with a fault: there is none, or more than one. */
static json_t *only_member(json_t *o, const char *place, const char **name, struct faults *f)
{
    void *i = json_is_object(o) ? json_object_iter(o) : NULL;
    if (!i || json_object_size(o) != 1) {
        faults_add(f, place, "not-one", "name exactly one field to change");
        return NULL;
    }
    *name = json_object_iter_key(i);
    return json_object_iter_value(i);
}

static char *value_text(const json_t *v, const char *place, struct faults *f)
{
    if (json_is_string(v))
        return g_strdup(json_string_value(v));
    if (json_is_boolean(v))
        return g_strdup(json_is_true(v) ? "yes" : "no");
    if (json_is_null(v))
        return g_strdup("");
    faults_add(f, place, "wrong-type", "must be a string, true, false or null");
    return NULL;
}

static void read_field(json_t *body, struct field *out, struct faults *f)
{
    const char *rank = NULL;
    json_t *value = only_member(body, "", &out->name, f);
    g_autofree char *place = NULL;
    gint64 number = 0;
    if (value && g_str_equal(out->name, "representatives")) {
        value = only_member(value, "/representatives", &rank, f);
        place = g_strconcat("/representatives/", rank, NULL);
        if (value && !g_ascii_string_to_signed(rank, 10, 1, 99, &number, NULL))
            faults_add(f, place, "bad-rank", "a rank is a number from 1 to 99");
        value = value ? only_member(value, place, &out->name, f) : NULL;
        out->rank = (unsigned)number;
    }
    if (value)
        out->value = value_text(value, place ? place : "", f);
}

void route_mission_set(struct api_request *r)
{
    struct faults *f = faults_new();
    struct field field = { 0 };
    json_t *body = parse(r, CHANGE_MAX, f);
    if (body) {
        read_field(body, &field, f);
        if (faults_any(f))
            api_problem_faults(r, 422, "invalid", "the roster was not changed", f);
        else if (!roster_find(r->service->roster, r->match.param))
            api_problem(r, 404, "unknown-mission", "there is no mission %s", r->match.param);
        else
            roster_keeper_set(r->service, r->match.param, field.rank, field.name, field.value,
                              r->principal, changed, r);
    }
    g_free(field.value);
    json_decref(body);
    faults_free(f);
}

/* --- check --- */

/* Every endpoint of a valid representative, with the time of its last answer and its age. */
static json_t *contacts_of(const struct service *s)
{
    int64_t now_ms = service_now_ms(s);
    json_t *out = json_array();
    for (size_t i = 0; i < roster_count(s->roster); i++) {
        const struct mission *m = roster_at(s->roster, i);
        for (guint k = 0; k < m->representatives->len; k++) {
            const struct representative *p = g_ptr_array_index(m->representatives, k);
            g_autoptr(GPtrArray) endpoints = endpoint_list(p);
            for (guint e = 0; representative_is_valid(p, m, now_ms) && e < endpoints->len; e++) {
                const char *endpoint = g_ptr_array_index(endpoints, e);
                int64_t at_ms = proofs_of(s->proofs, endpoint);
                json_array_append_new(
                    out, json_pack("{s:o, s:i, s:o, s:o, s:o}", "mission", json_text(m->id), "rank",
                                   (int)p->rank, "endpoint", json_text(endpoint), "proved",
                                   view_time(at_ms), "age_days",
                                   at_ms ? json_integer((now_ms - at_ms) / DAY_MS) : json_null()));
            }
        }
    }
    return out;
}

void route_roster_check(struct api_request *r)
{
    bool contacts;
    if (!api_query_boolean(r, "contacts", &contacts))
        return;
    const struct roster *roster = r->service->roster;
    GPtrArray *findings = roster_keeper_check(r->service);
    json_t *list = json_array();
    for (guint i = 0; i < findings->len; i++) {
        const struct roster_finding *f = g_ptr_array_index(findings, i);
        json_array_append_new(list,
                              json_pack("{s:s, s:o, s:o}", "code", f->code, "subject",
                                        json_text(f->subject), "detail", json_text(f->detail)));
    }
    g_ptr_array_unref(findings);
    json_t *o =
        json_pack("{s:o, s:I, s:I}", "findings", list, "missions", (json_int_t)roster_count(roster),
                  "representatives", (json_int_t)roster_representative_count(roster));
    if (contacts)
        json_object_set_new(o, "contacts", contacts_of(r->service));
    api_reply_json(r, 200, o);
}
