#include "api/auth.h"
#include "api/body.h"
#include "api/broadcast_view.h"
#include "api/query.h"
#include "api/routes.h"
#include "api/server_state.h"
#include "base/log.h"
#include "flow/listing.h"
#include "flow/tokens.h"
#include "wire/json_text.h"
#include "wire/roster_values.h"
#include "wire/webhook_message.h"

#define BODY_MAX 65536
#define NAME_MAX_BYTES 64

static json_t *role_names(unsigned roles)
{
    json_t *out = json_array();
    for (unsigned i = 0; auth_role_names[i]; i++)
        if (roles & (1u << i))
            json_array_append_new(out, json_string(auth_role_names[i]));
    return out;
}

/* --- create --- */

struct wish {
    const struct service *service;
    char *name, *mission; /* mission NULL: bound to none */
    unsigned roles;
};

static void read_roles(struct json_reader *reader, struct wish *w)
{
    const json_t *roles = json_reader_array(reader, "roles", JSON_MUST, 1, 5), *role;
    struct json_place array = json_reader_member_place(reader, "roles");
    size_t i;
    json_array_foreach((json_t *)roles, i, role)
    {
        struct json_place at = json_reader_item_place(&array, i);
        int which = json_reader_value_enum(role, &at, reader->faults, auth_role_names);
        if (which >= 0)
            w->roles |= 1u << which;
    }
}

/* A mission's token has that role alone and names its mission; no other token names one. */
static void check_mission(const struct wish *w, struct faults *f)
{
    bool is_mission = w->roles & ROLE_MISSION;
    if (is_mission && w->roles != ROLE_MISSION)
        faults_add(f, "/roles", "not-allowed", "the role mission stands alone");
    if (is_mission && !w->mission)
        faults_add(f, "/mission", "missing-member", "is required for the role mission");
    if (!is_mission && w->mission)
        faults_add(f, "/mission", "not-allowed", "is for the role mission only");
    if (is_mission && w->mission && !roster_find(w->service->roster, w->mission))
        faults_add(f, "/mission", "unknown-mission", "there is no mission \"%s\"", w->mission);
}

static void read_members(struct json_reader *reader, void *wish)
{
    struct wish *w = wish;
    w->name = json_reader_line(reader, "name", JSON_MUST, NAME_MAX_BYTES);
    read_roles(reader, w);
    w->mission = json_reader_line(reader, "mission", JSON_MAY, NAME_MAX_BYTES);
    if (!faults_any(reader->faults))
        check_mission(w, reader->faults);
}

static void wish_free(gpointer data)
{
    struct wish *w = data;
    g_free(w->name);
    g_free(w->mission);
    g_free(w);
}

static void created(const char *id, const char *token, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    struct wish *w = r->state;
    if (error) {
        api_problem_store(r, error);
    } else {
        g_autofree char *location = g_strconcat("/v1/tokens/", id, NULL);
        api_header_set(r, "Location", location);
        api_reply_json(r, 201,
                       json_pack("{s:s, s:s, s:o, s:o, s:o}", "id", id, "token", token, "name",
                                 json_text(w->name), "roles", role_names(w->roles), "mission",
                                 w->mission ? json_text(w->mission) : json_null()));
    }
    wish_free(w);
}

void route_token_create(struct api_request *r)
{
    struct wish *w = g_new0(struct wish, 1);
    w->service = r->service;
    if (body_read(r, BODY_MAX, read_members, w, "no token was created")) {
        r->state = w;
        tokens_create(r->service, w->name, w->roles, w->mission, r->principal, created, r);
    } else {
        wish_free(w);
    }
}

/* --- list and revoke --- */

static void listed(const GPtrArray *rows, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    if (error) {
        api_problem_store(r, error);
        return;
    }
    json_t *list = json_array();
    for (guint i = 0; i < rows->len; i++) {
        const struct token_row *t = g_ptr_array_index(rows, i);
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "id", json_text(t->id), "name",
                      json_text(t->name), "roles", role_names(t->roles), "mission",
                      *t->mission ? json_text(t->mission) : json_null(), "created",
                      view_time(t->created_ms), "created_by", json_text(t->created_by), "last_used",
                      view_time(t->last_used_ms), "revoked", view_time(t->revoked_ms)));
    }
    api_reply_json(r, 200, json_pack("{s:o}", "tokens", list));
}

void route_token_list(struct api_request *r)
{
    listing_tokens(r->service, listed, r);
}

static void revoked(bool found, const char *error, void *ctx)
{
    struct api_request *r = ctx;
    g_autofree char *principal = g_strconcat("token:", r->match.param, NULL);
    if (!error && found && r->server)
        api_server_revoke(r->server, principal);
    if (error)
        api_problem_store(r, error);
    else if (!found)
        api_problem(r, 404, "unknown-token", "there is no token %s", r->match.param);
    else
        api_reply(r, 204, "", "", 0);
}

void route_token_revoke(struct api_request *r)
{
    tokens_revoke(r->service, r->match.param, r->principal, revoked, r);
}

/* --- webhook secrets --- */

void route_webhook_secret(struct api_request *r)
{
    const struct webhook_keys *keys = r->server ? *r->server->keys : NULL;
    const char *endpoint = api_query(r, "endpoint");
    if (!endpoint || !roster_value_is_webhook(endpoint)) {
        api_problem(r, 400, "bad-parameter",
                    "endpoint is the URL of a webhook, as the roster has it");
        return;
    }
    if (!keys || !keys->masters || keys->masters->len == 0) {
        api_problem(r, 404, "no-keys",
                    "webhooks are not signed: webhook.signing_keys_file is not set");
        return;
    }
    json_t *secrets = json_array();
    for (guint i = 0; i < keys->masters->len; i++) {
        g_autofree char *secret =
            webhook_message_secret(g_ptr_array_index(keys->masters, i), endpoint);
        json_array_append_new(secrets, json_string(secret));
    }
    log_event(LOG_LEVEL_INFO, "api.secret_shown", LOG_STR("by", r->principal),
              LOG_STR("endpoint", endpoint));
    api_reply_json(r, 200,
                   json_pack("{s:o, s:o}", "endpoint", json_text(endpoint), "secrets", secrets));
}
