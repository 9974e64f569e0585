#include "api_world.h"

#include "api/auth.h"
#include <string.h>
#include <unistd.h>

/* --- grants over the UNIX socket --- */

static const struct grant_row {
    const char *name;
    uid_t uid;
    const char *user, *granted_user, *granted_group;
    unsigned granted, want;
} grant_rows[] = {
    { "root has every role", 0, "root", "", "", 0, ROLE_ALL },
    { "a user without a grant has none", 54321, "watch", "other", "", ROLE_PUBLISHER, 0 },
    { "a user has what is granted to the name", 54321, "watch", "watch", "", ROLE_PUBLISHER,
      ROLE_PUBLISHER },
    { "a user has what is granted to a group", 54321, "watch", "", "root", ROLE_OPERATOR,
      ROLE_OPERATOR },
    { "a group that does not exist grants nothing", 54321, "watch", "", "no-such-group",
      ROLE_OPERATOR, 0 },
    { "a user without a name has no user's grant", 54321, "", "watch", "", ROLE_PUBLISHER, 0 },
};

static unsigned roles_of(const struct grant_row *row)
{
    struct config_grant grant = { .user = (char *)row->granted_user,
                                  .group = (char *)row->granted_group,
                                  .roles = row->granted };
    struct config c = { 0 };
    gid_t root_group = 0;
    struct peer p = { .local = true, .uid = row->uid, .user = (char *)row->user };
    p.groups = g_array_new(FALSE, FALSE, sizeof(gid_t));
    g_array_append_val(p.groups, root_group);
    c.api.grants = g_ptr_array_new();
    g_ptr_array_add(c.api.grants, &grant);
    unsigned roles = auth_local_roles(&p, &c);
    g_ptr_array_unref(c.api.grants);
    g_array_unref(p.groups);
    return roles;
}

static void grants_give_roles(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(grant_rows); i++)
        if (roles_of(&grant_rows[i]) != grant_rows[i].want)
            fail_msg("%s: %u instead of %u", grant_rows[i].name, roles_of(&grant_rows[i]),
                     grant_rows[i].want);
}

static void any_role_includes_the_viewers(void **state)
{
    (void)state;
    assert_true(auth_has(ROLE_OPERATOR, ROLE_VIEWER));
    assert_true(auth_has(ROLE_APPROVER, ROLE_VIEWER));
    assert_false(auth_has(0, ROLE_VIEWER));
    assert_false(auth_has(ROLE_OPERATOR, ROLE_PUBLISHER));
    assert_string_equal(auth_role_name(ROLE_OPERATOR), "operator");
}

static void only_whole_bearer_tokens_are_tokens(void **state)
{
    (void)state;
    assert_string_equal(auth_bearer("Bearer lsd_x"), "lsd_x");
    assert_string_equal(auth_bearer("bearer  lsd_x"), "lsd_x");
    assert_null(auth_bearer(NULL));
    assert_null(auth_bearer("Basic bHNkX3g="));
    assert_null(auth_bearer("Bearer "));
    assert_null(auth_bearer("Bearer a b"));
    assert_null(auth_bearer("Bearer a, Bearer b"));
}

/* --- tokens over TCP --- */

static const struct access_row {
    const char *name, *role, *method, *target, *body;
    int want;
} access_rows[] = {
    { "health needs nothing", "", "GET", "/healthz", NULL, 200 },
    { "readiness needs nothing", "", "GET", "/readyz", NULL, 200 },
    { "the description needs nothing", "", "GET", "/openapi.json", NULL, 200 },
    { "metrics need a token", "", "GET", "/metrics", NULL, 401 },
    { "a viewer sees metrics", "viewer", "GET", "/metrics", NULL, 200 },
    { "a list needs a token", "", "GET", "/v1/broadcasts", NULL, 401 },
    { "a viewer sees the list", "viewer", "GET", "/v1/broadcasts", NULL, 200 },
    { "an approver sees the list too", "approver", "GET", "/v1/broadcasts", NULL, 200 },
    { "a viewer sends nothing", "viewer", "POST", "/v1/broadcasts", "{}", 403 },
    { "an operator sends nothing", "operator", "POST", "/v1/broadcasts", "{}", 403 },
    { "a publisher's broadcast is read", "publisher", "POST", "/v1/broadcasts", "{}", 422 },
    { "a publisher makes no tokens", "publisher", "POST", "/v1/tokens", "{}", 403 },
    { "an operator's wish for a token is read", "operator", "POST", "/v1/tokens", "{}", 422 },
    { "a publisher changes no roster", "publisher", "POST", "/v1/roster", "{}", 403 },
    { "a viewer may preview", "viewer", "POST", "/v1/preview", "{}", 422 },
    { "a publisher sees no secrets", "publisher", "GET",
      "/v1/webhook-secret?endpoint=https://a.example/", NULL, 403 },
};

static void roles_decide_what_a_token_may(void **state)
{
    struct world *w = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(access_rows); i++) {
        const struct access_row *row = &access_rows[i];
        g_autofree char *token = *row->role ? world_token(w, row->role) : g_strdup("");
        struct reply r = world_ask_tcp(w, row->method, row->target, token, row->body);
        if (r.status != row->want)
            fail_msg("%s: %d instead of %d: %s", row->name, r.status, row->want, r.body);
        reply_clear(&r);
    }
}

static void the_missing_role_is_named(void **state)
{
    struct world *w = *state;
    g_autofree char *token = world_token(w, "viewer");
    struct reply r = world_ask_tcp(w, "POST", "/v1/broadcasts", token, "{}");
    assert_int_equal(r.status, 403);
    assert_non_null(strstr(r.body, "publisher"));
    reply_clear(&r);
}

static void without_a_token_the_way_in_is_told(void **state)
{
    struct reply r = world_ask_tcp(*state, "GET", "/v1/broadcasts", "", NULL);
    g_autofree char *how = reply_header(&r, "WWW-Authenticate");
    g_autofree char *type = reply_header(&r, "Content-Type");
    assert_int_equal(r.status, 401);
    assert_non_null(how);
    assert_true(g_str_has_prefix(how, "Bearer"));
    assert_string_equal(type, "application/problem+json");
    reply_clear(&r);
}

static void a_made_up_token_is_refused(void **state)
{
    struct reply r = world_ask_tcp(*state, "GET", "/v1/broadcasts", "lsd_made-up", NULL);
    assert_int_equal(r.status, 401);
    reply_clear(&r);
}

static char *id_of_first_token(struct world *w, char **created_by)
{
    struct reply r = world_get(w, "/v1/tokens");
    json_t *o = reply_json(&r), *first = json_array_get(json_object_get(o, "tokens"), 0);
    char *id = g_strdup(json_string_value(json_object_get(first, "id")));
    *created_by = g_strdup(json_string_value(json_object_get(first, "created_by")));
    assert_null(strstr(r.body, "lsd_"));
    json_decref(o);
    reply_clear(&r);
    return id;
}

static void a_revoked_token_opens_nothing(void **state)
{
    struct world *w = *state;
    g_autofree char *token = world_token(w, "viewer"), *created_by = NULL;
    g_autofree char *id = id_of_first_token(w, &created_by);
    g_autofree char *target = g_strconcat("/v1/tokens/", id, NULL);
    assert_true(g_str_has_prefix(created_by, "unix:"));

    struct reply r = world_ask_tcp(w, "GET", "/v1/broadcasts", token, NULL);
    assert_int_equal(r.status, 200);
    reply_clear(&r);
    r = world_ask(w, "DELETE", target, "", NULL);
    assert_int_equal(r.status, 204);
    reply_clear(&r);
    r = world_ask_tcp(w, "GET", "/v1/broadcasts", token, NULL);
    assert_int_equal(r.status, 401);
    reply_clear(&r);
    r = world_ask(w, "DELETE", "/v1/tokens/no-such-token", "", NULL);
    assert_int_equal(r.status, 404);
    reply_clear(&r);
}

static void a_secret_is_shown_to_operators(void **state)
{
    struct reply r =
        world_get(*state, "/v1/webhook-secret?endpoint=https%3A%2F%2Fa.example%2Fhook");
    json_t *o = reply_json(&r);
    assert_int_equal(r.status, 200);
    assert_true(g_str_has_prefix(
        json_string_value(json_array_get(json_object_get(o, "secrets"), 0)), "whsec_"));
    json_decref(o);
    reply_clear(&r);
    r = world_get(*state, "/v1/webhook-secret");
    assert_int_equal(r.status, 400);
    reply_clear(&r);
}

static int follow(struct world *w, const char *token)
{
    g_autofree char *ask = g_strdup_printf(
        "GET /v1/records/stream HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n", token);
    g_autoptr(GString) seen = g_string_new(NULL);
    int fd = client_tcp(world_port(w));
    client_send(fd, ask, strlen(ask));
    assert_true(client_read_until(fd, seen, ": ping"));
    return fd;
}

static void a_revoked_token_follows_nothing_any_more(void **state)
{
    struct world *w = *state;
    g_autofree char *token = world_token(w, "viewer"), *created_by = NULL;
    g_autofree char *id = id_of_first_token(w, &created_by);
    g_autofree char *target = g_strconcat("/v1/tokens/", id, NULL);
    g_autofree char *other = world_token(w, "viewer");
    int ended = follow(w, token), kept = follow(w, other);
    struct reply r = world_ask(w, "DELETE", target, "", NULL);
    assert_int_equal(r.status, 204);
    reply_clear(&r);
    world_import(w);
    g_autoptr(GString) seen = g_string_new(NULL), other_seen = g_string_new(NULL);
    assert_true(client_read_until(kept, other_seen, "roster.changed"));
    assert_false(client_read_until(ended, seen, "roster.changed"));
    close(ended);
    close(kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(grants_give_roles),
        cmocka_unit_test(any_role_includes_the_viewers),
        cmocka_unit_test(only_whole_bearer_tokens_are_tokens),
        cmocka_unit_test_setup_teardown(roles_decide_what_a_token_may, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(the_missing_role_is_named, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(without_a_token_the_way_in_is_told, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_made_up_token_is_refused, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_revoked_token_opens_nothing, world_setup, world_teardown),
        cmocka_unit_test_setup_teardown(a_revoked_token_follows_nothing_any_more, world_setup,
                                        world_teardown),
        cmocka_unit_test_setup_teardown(a_secret_is_shown_to_operators, world_setup,
                                        world_teardown),
    };
    return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
