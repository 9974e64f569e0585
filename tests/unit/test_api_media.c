#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/media.h"
#include "api/router.h"
#include <glib.h>

static const char *const types[] = { "application/json", "text/csv", "text/html", NULL };

static const struct row {
    const char *name, *accept, *want;
} rows[] = {
    { "without a wish the first", NULL, "application/json" },
    { "a type by its name", "text/csv", "text/csv" },
    { "whatever there is", "*/*", "application/json" },
    { "nothing that there is", "image/png", "application/json" },
    { "a kind of types", "text/*", "text/csv" },
    { "by weight", "text/csv;q=0.5, text/html", "text/html" },
    { "a weight of its own beats that of all", "*/*, application/json;q=0.1", "text/csv" },
    { "never what is refused", "application/json;q=0, text/html;q=0.1", "text/html" },
    { "a browser", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html" },
    { "letter case does not matter", "Text/HTML", "text/html" },
    { "parameters do not matter", "text/csv; charset=utf-8", "text/csv" },
    { "nonsense", ",;q=,,/", "application/json" },
};

static void the_form_is_the_one_that_is_asked_for_most(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const char *got = types[media_choose(rows[i].accept, types)];
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: %s instead of %s", rows[i].name, got, rows[i].want);
    }
}

static void a_body_has_the_form_of_its_route(void **state)
{
    static const struct {
        unsigned flags;
        const char *type;
        bool has_body, good;
    } bodies[] = {
        { 0, NULL, true, true },
        { ROUTE_MUST_JSON, NULL, false, false },
        { ROUTE_MUST_JSON, "application/json; charset=utf-8", true, true },
        { ROUTE_MAY_JSON, NULL, false, true },
        { ROUTE_MAY_JSON, "text/plain", true, false },
        { ROUTE_FORM, "application/x-www-form-urlencoded", true, true },
        { ROUTE_FORM, "multipart/form-data; boundary=x", true, false },
        { ROUTE_FORM, "application/json", true, false },
        { ROUTE_BROADCAST, "application/cap+xml", true, true },
        { ROUTE_BROADCAST, "application/x-www-form-urlencoded", true, false },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++)
        if (!media_wanted(bodies[i].flags, bodies[i].type, bodies[i].has_body) != bodies[i].good)
            fail_msg("row %zu: %s", i, bodies[i].type ? bodies[i].type : "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_form_is_the_one_that_is_asked_for_most),
        cmocka_unit_test(a_body_has_the_form_of_its_route),
    };
    return cmocka_run_group_tests_name("media", tests, NULL, NULL);
}
