#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/router.h"
#include <string.h>

static const struct route table[] = {
    { .method = "GET", .path = "/v1/things", .operation = "list", .query = { "limit", "cursor" } },
    { .method = "POST", .path = "/v1/things", .operation = "make" },
    { .method = "GET", .path = "/v1/things/{id}", .operation = "show" },
    { .method = "GET", .path = "/v1/things/{id}/story", .operation = "story", .query = { "part" } },
    { .method = "GET", .path = "/v1/things.csv", .operation = "export" },
    { .method = "GET", .path = "/a/{token}", .operation = "page", .flags = ROUTE_PAGE },
    { .method = "POST", .path = "/v1/things/{id}", .operation = "tell", .flags = ROUTE_PAGE },
};

/* got is "operation param", "404", "405 methods" or "400 place". */
static const struct row {
    const char *name, *method, *path, *query, *want;
} rows[] = {
    { "a path without parameter", "GET", "/v1/things", NULL, "list " },
    { "the method chooses among equal paths", "POST", "/v1/things", NULL, "make " },
    { "a parameter is one segment", "GET", "/v1/things/a-1", NULL, "show a-1" },
    { "a parameter may be encoded", "GET", "/v1/things/a%20b", NULL, "show a b" },
    { "a parameter ends where the next segment begins", "GET", "/v1/things/a/story", NULL,
      "story a" },
    { "an encoded slash stays in its segment", "GET", "/v1/things/a%2Fstory", NULL,
      "show a/story" },
    { "a dot is no wildcard", "GET", "/v1/things.csv", NULL, "export " },
    { "an empty parameter is no path", "GET", "/v1/things/", NULL, "404" },
    { "a longer path is no path", "GET", "/v1/things/a/story/b", NULL, "404" },
    { "a prefix is no path", "GET", "/v1/thing", NULL, "404" },
    { "nothing at all is no path", "GET", "", NULL, "404" },
    { "letter case matters", "GET", "/V1/things", NULL, "404" },
    { "another method is told what there is", "PUT", "/v1/things", NULL, "405 GET, POST" },
    { "a method without name is told so too", "", "/v1/things/a", NULL, "405 GET" },
    { "methods are not looked for in lower case", "get", "/v1/things", NULL, "405 GET, POST" },
    { "known query parameters", "GET", "/v1/things", "limit=1&cursor=x", "list  limit=1 cursor=x" },
    { "values are decoded, plus is a blank", "GET", "/v1/things", "cursor=a+b%2B",
      "list  cursor=a b+" },
    { "an empty query is none", "GET", "/v1/things", "", "list " },
    { "a parameter without = is empty", "GET", "/v1/things", "limit", "list  limit=" },
    { "an unknown parameter", "GET", "/v1/things", "lim=1", "400 lim" },
    { "a parameter of another route", "GET", "/v1/things/a", "limit=1", "400 limit" },
    { "a parameter that is given twice", "GET", "/v1/things", "limit=1&limit=2", "400 limit" },
    { "an empty pair", "GET", "/v1/things", "limit=1&", "400 " },
    { "a broken encoding in a value", "GET", "/v1/things", "limit=%4", "400 limit" },
    { "a NUL in a value", "GET", "/v1/things", "limit=%00", "400 limit" },
    { "a newline in a value", "GET", "/v1/things", "limit=a%0Ab", "400 limit" },
    { "no UTF-8 in a value", "GET", "/v1/things", "limit=%ff", "400 limit" },
    { "a broken encoding in the path", "GET", "/v1/things/%zz", NULL, "400 " },
    { "a NUL in the path", "GET", "/v1/things/a%00b", NULL, "400 " },
    { "a page is not there for operators", "GET", "/a/x", NULL, "404" },
};

static const struct row page_rows[] = {
    { "a page is answered among the pages", "GET", "/a/x", NULL, "page x" },
    { "nothing else is answered among them", "GET", "/v1/things", NULL, "404" },
    { "methods of the other kind are not told", "GET", "/v1/things/a", NULL, "405 POST" },
    { "what is added to a page's link is passed over", "GET", "/a/x", "utm=%zz&utm=1", "page x" },
};

static char *tell(const struct row *row, unsigned kind)
{
    struct route_match m;
    GString *out = g_string_new(NULL);
    enum route_verdict v =
        router_resolve(table, G_N_ELEMENTS(table), kind, row->method, row->path, row->query, &m);
    switch (v) {
    case ROUTE_FOUND:
        g_string_printf(out, "%s %s", m.route->operation, m.param);
        for (size_t i = 0; m.route->query[i]; i++)
            if (m.query[i])
                g_string_append_printf(out, " %s=%s", m.route->query[i], m.query[i]);
        break;
    case ROUTE_NO_PATH:
        g_string_assign(out, "404");
        break;
    case ROUTE_NO_METHOD:
        g_string_printf(out, "405 %s", m.allow);
        break;
    case ROUTE_BAD:
        assert_non_null(m.why);
        g_string_printf(out, "400 %s", m.place);
    }
    route_match_clear(&m);
    return g_string_free(out, FALSE);
}

static void try_rows(const struct row *some, size_t n, unsigned kind)
{
    for (size_t i = 0; i < n; i++) {
        g_autofree char *got = tell(&some[i], kind);
        if (!g_str_equal(got, some[i].want))
            fail_msg("%s: \"%s\" instead of \"%s\"", some[i].name, got, some[i].want);
    }
}

static void targets_find_their_routes(void **state)
{
    (void)state;
    try_rows(rows, G_N_ELEMENTS(rows), 0);
}

static void pages_and_the_rest_are_kept_apart(void **state)
{
    (void)state;
    try_rows(page_rows, G_N_ELEMENTS(page_rows), ROUTE_PAGE);
}

static void a_misspelt_parameter_is_answered_with_what_was_meant(void **state)
{
    struct route_match m;
    (void)state;
    assert_int_equal(
        router_resolve(table, G_N_ELEMENTS(table), 0, "GET", "/v1/things", "limt=3", &m),
        ROUTE_BAD);
    assert_non_null(strstr(m.why, "\"limit\""));
    route_match_clear(&m);
}

static void endless_text_is_refused(void **state)
{
    struct route_match m;
    g_autofree char *text = g_strnfill(ROUTE_VALUE_MAX + 1, 'a');
    g_autofree char *path = g_strconcat("/v1/things/", text, NULL);
    (void)state;
    assert_int_equal(router_resolve(table, G_N_ELEMENTS(table), 0, "GET", path, NULL, &m),
                     ROUTE_BAD);
    route_match_clear(&m);
    path[strlen(path) - 1] = '\0';
    assert_int_equal(router_resolve(table, G_N_ELEMENTS(table), 0, "GET", path, NULL, &m),
                     ROUTE_FOUND);
    route_match_clear(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets_find_their_routes),
        cmocka_unit_test(pages_and_the_rest_are_kept_apart),
        cmocka_unit_test(a_misspelt_parameter_is_answered_with_what_was_meant),
        cmocka_unit_test(endless_text_is_refused),
    };
    return cmocka_run_group_tests_name("router", tests, NULL, NULL);
}
