#include "api_world.h"

#include <string.h>
#include <unistd.h>

static void health_and_readiness_are_told(void **state)
{
    struct reply r = world_get(*state, "/healthz");
    assert_string_equal(r.body, "{\"status\":\"ok\"}");
    reply_clear(&r);
    r = world_get(*state, "/readyz");
    assert_int_equal(r.status, 200);
    assert_string_equal(r.body, "{\"status\":\"ready\",\"store\":\"ok\",\"dispatcher\":\"ok\"}");
    reply_clear(&r);
}

static void the_description_is_served_whole(void **state)
{
    struct reply r = world_get(*state, "/openapi.json");
    json_t *o = reply_json(&r);
    assert_int_equal(r.status, 200);
    assert_string_equal(json_string_value(json_object_get(o, "openapi")), "3.1.0");
    json_decref(o);
    reply_clear(&r);
}

static void answers_are_not_kept_by_caches(void **state)
{
    struct reply r = world_get(*state, "/v1/broadcasts");
    g_autofree char *cache = reply_header(&r, "Cache-Control");
    g_autofree char *sniff = reply_header(&r, "X-Content-Type-Options");
    assert_string_equal(cache, "no-store");
    assert_string_equal(sniff, "nosniff");
    reply_clear(&r);
}

static void contains(const struct reply *r, const char *line)
{
    if (!strstr(r->body, line))
        fail_msg("there is no \"%s\" in\n%s", line, r->body);
}

static void metrics_count_what_happened(void **state)
{
    struct world *w = *state;
    world_import(w);
    struct reply r = world_post(w, "/v1/broadcasts", world_broadcast);
    reply_clear(&r);
    r = world_post(w, "/v1/broadcasts", world_broadcast);
    reply_clear(&r);
    r = world_get(w, "/nowhere");
    reply_clear(&r);
    r = world_get(w, "/metrics");
    g_autofree char *type = reply_header(&r, "Content-Type");
    assert_string_equal(type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_true(g_str_has_suffix(r.body, "\n# EOF\n"));
    contains(&r, "liaisond_broadcasts_total{status=\"actual\",result=\"accepted\"} 1\n");
    contains(&r, "liaisond_broadcasts_total{status=\"actual\",result=\"known\"} 1\n");
    contains(&r, "liaisond_http_requests_total{operation=\"sendBroadcast\",code=\"201\"} 1\n");
    contains(&r, "liaisond_http_requests_total{operation=\"none\",code=\"404\"} 1\n");
    contains(&r, "liaisond_roster_missions 3\n");
    contains(&r, "process_start_time_seconds 1795444200.000\n");
    reply_clear(&r);
}

static void exercises_do_not_count_in_live_figures(void **state)
{
    struct world *w = *state;
    world_import(w);
    g_autoptr(GString) exercise = g_string_new(world_broadcast);
    assert_int_equal(g_string_replace(exercise, "\"actual\"", "\"exercise\"", 1), 1);
    g_string_replace(exercise, "\"identifier\":\"", "\"identifier\":\"X", 1);
    struct reply r = world_post(w, "/v1/broadcasts", exercise->str);
    assert_int_equal(r.status, 201);
    reply_clear(&r);
    r = world_post(w, "/v1/broadcasts", "{}");
    reply_clear(&r);
    r = world_get(w, "/metrics");
    contains(&r, "liaisond_broadcasts_total{status=\"actual\",result=\"accepted\"} 1\n");
    contains(&r, "liaisond_broadcasts_total{status=\"exercise\",result=\"accepted\"} 1\n");
    contains(&r, "liaisond_broadcasts_total{status=\"unreadable\",result=\"invalid\"} 1\n");
    contains(
        &r,
        "liaisond_attempts_total{status=\"exercise\",outcome=\"accepted\"} "); /* an own series */
    reply_clear(&r);
}

/* Every sample belongs to a family that was introduced just before it, and no family comes twice.
 */
static void check_families(const char *text, bool typed)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *family = g_strdup("");
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit_set(lines[i], " {", 4);
        if (!*lines[i] || g_str_equal(lines[i], "# EOF"))
            continue;
        if (g_str_has_prefix(lines[i], "# ")) {
            if (!g_str_equal(words[2], family) && !g_hash_table_add(seen, g_strdup(words[2])))
                fail_msg("%s comes twice", words[2]);
            g_free(family);
            family = g_strdup(words[2]);
            continue;
        }
        g_autofree char *total = g_strconcat(family, "_total", NULL);
        if (!g_str_equal(words[0], family) && !(typed && g_str_equal(words[0], total)))
            fail_msg("%s stands under %s", words[0], family);
    }
}

static void metrics_are_well_formed_in_both_forms(void **state)
{
    struct reply r = world_get(*state, "/metrics");
    check_families(r.body, false);
    assert_null(strstr(r.body, " counter\n"));
    reply_clear(&r);
    r = world_ask(*state, "GET", "/metrics",
                  "Accept: application/openmetrics-text; version=1.0.0\r\n", NULL);
    check_families(r.body, true);
    contains(&r, "# TYPE liaisond_http_requests counter\n");
    reply_clear(&r);
}

/* With streams open and a request on its way, the end is in order: the sanitizers watch. */
static void the_server_ends_while_callers_wait(void **state)
{
    struct world *w = world_start("");
    int fds[6];
    static const char *const asks[] = { "GET /v1/records/stream HTTP/1.1\r\nHost: x\r\n\r\n",
                                        "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n" };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        const char *ask = asks[i % 2];
        fds[i] = client_unix(world_socket(w));
        client_send(fds[i], ask, strlen(ask));
    }
    struct reply r = world_get(w, "/healthz");
    reply_clear(&r);
    world_stop(w);
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        g_autofree char *rest = client_read_all(fds[i]);
        assert_non_null(rest); /* it ended */
        close(fds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(health_and_readiness_are_told),
        cmocka_unit_test(the_description_is_served_whole),
        cmocka_unit_test(answers_are_not_kept_by_caches),
        cmocka_unit_test(metrics_count_what_happened),
        cmocka_unit_test(exercises_do_not_count_in_live_figures),
        cmocka_unit_test(metrics_are_well_formed_in_both_forms),
        cmocka_unit_test(the_server_ends_while_callers_wait),
    };
    return cmocka_run_group_tests_name("health", tests, world_setup, world_teardown);
}
