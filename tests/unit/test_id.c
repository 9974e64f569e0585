#include "base/id.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The tests share the process's last id, so their instants go up from test to test. */
static void id_begins_with_its_time(void **state)
{
    (void)state;
    g_autofree char *id = id_new(0x017F22E279B0); /* the instant of RFC 9562, A.6 */
    assert_true(id_is_valid(id));
    assert_memory_equal(id, "017f22e2-79b0-7", 15);
    g_autofree char *later = id_new(0x017F22E279B1);
    assert_memory_equal(later, "017f22e2-79b1-7", 15);
}

static void ids_never_go_backwards(void **state)
{
    (void)state;
    g_autofree char *last = id_new(1795444200000);
    for (int i = 0; i < 20000; i++) { /* more than the counter holds, and a clock that steps back */
        char *id = id_new(1795444200000 - i % 3 * 1000);
        assert_true(id_is_valid(id));
        assert_true(strcmp(last, id) < 0);
        g_free(last);
        last = id;
    }
}

static gpointer make_many(gpointer data)
{
    (void)data;
    GPtrArray *ids = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < 5000; i++)
        g_ptr_array_add(ids, id_new(1800000000000));
    return ids;
}

static void ids_of_several_threads_differ(void **state)
{
    (void)state;
    GThread *threads[4];
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("ids", make_many, NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        GPtrArray *ids = g_thread_join(threads[i]);
        for (guint k = 0; k < ids->len; k++)
            assert_true(g_hash_table_add(seen, g_strdup(ids->pdata[k])));
        g_ptr_array_unref(ids);
    }
}

static void other_strings_are_no_ids(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398",   /* short */
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398ff", /* long */
        "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",  /* capitals */
        "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",  /* version 4 */
        "017f22e2-79b0-7cc3-18c4-dc0c0c07398f",  /* another variant */
        "017f22e2079b0-7cc3-98c4-dc0c0c07398f",
        "017f22e2-79b0-7cc3-98c4-dc0c0c07398/",
    };
    assert_true(id_is_valid("017f22e2-79b0-7cc3-98c4-dc0c0c07398f"));
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_false(id_is_valid(bad[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(id_begins_with_its_time),
        cmocka_unit_test(ids_never_go_backwards),
        cmocka_unit_test(ids_of_several_threads_differ),
        cmocka_unit_test(other_strings_are_no_ids),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
