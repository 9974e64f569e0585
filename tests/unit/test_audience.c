#include "model/audience.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static GPtrArray *one_value(void)
{
    GPtrArray *a = g_ptr_array_new_with_free_func(g_free);

    g_ptr_array_add(a, g_strdup("x"));
    return a;
}

static void a_new_audience_says_nothing(void **state)
{
    struct audience *a = audience_new();

    (void)state;
    assert_true(audience_is_empty(a));
    a->cities = g_ptr_array_new_with_free_func(g_free);
    assert_true(audience_is_empty(a)); /* an empty list says nothing either */
    audience_free(a);
    audience_free(NULL);
}

static void every_field_says_something(void **state)
{
    static const size_t fields[] = {
        offsetof(struct audience, missions),    offsetof(struct audience, countries),
        offsetof(struct audience, kinds),       offsetof(struct audience, cities),
        offsetof(struct audience, states),      offsetof(struct audience, offices),
        offsetof(struct audience, county_fips),
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        struct audience *a = audience_new();
        *(GPtrArray **)(void *)((char *)a + fields[i]) = one_value();
        assert_false(audience_is_empty(a));
        audience_free(a);
    }
}

static void so_do_everyone_threat_areas_and_branches(void **state)
{
    struct audience *a = audience_new();
    const char *code;
    char *why;

    (void)state;
    a->everyone = true;
    assert_false(audience_is_empty(a));
    a->everyone = false;
    a->threat_level_at_least = THREAT_LOW;
    assert_false(audience_is_empty(a));
    a->threat_level_at_least = -1;
    a->areas = g_ptr_array_new_with_free_func((GDestroyNotify)area_free);
    g_ptr_array_add(a->areas, area_circle((struct point){ 0, 0 }, 1, &code, &why));
    assert_false(audience_is_empty(a));
    g_clear_pointer(&a->areas, g_ptr_array_unref);
    a->except = audience_new();
    assert_true(audience_is_empty(a)); /* an exception alone names nobody */
    a->any_of = g_ptr_array_new_with_free_func((GDestroyNotify)audience_free);
    assert_true(audience_is_empty(a));
    g_ptr_array_add(a->any_of, audience_new());
    assert_false(audience_is_empty(a));
    audience_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_audience_says_nothing),
        cmocka_unit_test(every_field_says_something),
        cmocka_unit_test(so_do_everyone_threat_areas_and_branches),
    };

    return cmocka_run_group_tests_name("audience", tests, NULL, NULL);
}
