#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "flow/casefile_cache.h"

/* One of so many obligations, which is what it costs to read it again. */
static struct casefile *file_new(int64_t no, guint obligations)
{
    struct casefile *c = g_new0(struct casefile, 1);
    c->refs = 1;
    c->row = g_new0(struct broadcast_row, 1);
    c->no = no;
    c->missions = g_ptr_array_new();
    c->obligations = g_ptr_array_new();
    g_ptr_array_set_size(c->obligations, (gint)obligations);
    c->by_mission = g_hash_table_new(g_str_hash, g_str_equal);
    return c;
}

static void put(struct casefile_cache *cache, int64_t no, guint obligations)
{
    struct casefile *c = file_new(no, obligations);
    casefile_cache_put(cache, c);
    casefile_unref(c);
    casefile_cache_trim(cache);
}

static bool has(const struct casefile_cache *cache, int64_t no)
{
    g_autoptr(GPtrArray) all = casefile_cache_all(cache);
    for (guint i = 0; i < all->len; i++)
        if (((struct casefile *)all->pdata[i])->no == no)
            return true;
    return false;
}

static void put_many(struct casefile_cache *cache, int64_t first, int64_t last)
{
    for (int64_t no = first; no <= last; no++)
        put(cache, no, 1);
}

static void test_what_was_not_used_goes_first(void **state)
{
    (void)state;
    struct casefile_cache *cache = casefile_cache_new();
    put_many(cache, 1, CASEFILE_CACHE_MAX);
    put(cache, 1, 1); /* used again */
    put(cache, 10000, 1);
    assert_true(has(cache, 1) && has(cache, 10000));
    assert_false(has(cache, 2));
    assert_true(has(cache, 3));
    casefile_cache_free(cache);
}

static void test_what_is_being_sent_stays(void **state)
{
    (void)state;
    struct casefile_cache *cache = casefile_cache_new();
    struct casefile *held = file_new(1000, 1);
    casefile_cache_put(cache, held);
    put_many(cache, 1, 3 * CASEFILE_CACHE_MAX);
    assert_true(has(cache, 1000));
    casefile_unref(held);
    put_many(cache, 1, CASEFILE_CACHE_MAX);
    assert_false(has(cache, 1000));
    casefile_cache_free(cache);
}

static void test_of_those_being_sent_the_smallest_goes(void **state)
{
    (void)state;
    struct casefile_cache *cache = casefile_cache_new();
    g_autoptr(GPtrArray) held = g_ptr_array_new_with_free_func((GDestroyNotify)casefile_unref);
    for (guint i = 0; i <= CASEFILE_CACHE_MAX; i++) {
        struct casefile *c = file_new(i, i == 5 ? 1 : 100000);
        g_ptr_array_add(held, c);
        casefile_cache_put(cache, c);
        casefile_cache_trim(cache);
    }
    assert_false(has(cache, 5));
    assert_true(has(cache, 0) && has(cache, CASEFILE_CACHE_MAX));
    casefile_cache_free(cache);
}

static void offer(struct casefile_cache *cache, int64_t no, guint obligations, int64_t released_ms)
{
    struct casefile *c = file_new(no, obligations);
    c->row->released_ms = released_ms;
    casefile_cache_offer(cache, c);
    casefile_unref(c);
}

static void test_what_was_just_stored_displaces_nothing(void **state)
{
    (void)state;
    struct casefile_cache *cache = casefile_cache_new();
    put_many(cache, 1, CASEFILE_CACHE_MAX);
    for (int64_t no = 1001; no <= 1000 + CASEFILE_CACHE_MAX; no++)
        offer(cache, no, 1, 0);
    offer(cache, 9999, 1, CASEFILE_CACHE_FRESH_MS);
    assert_true(has(cache, 1) && has(cache, CASEFILE_CACHE_MAX));
    assert_true(has(cache, 1001) && has(cache, 1000 + CASEFILE_CACHE_MAX));
    assert_false(has(cache, 9999));
    put(cache, 1001, 1); /* its first use: there is room for another one */
    offer(cache, 9999, 1, 0);
    assert_true(has(cache, 1001) && has(cache, 9999));
    casefile_cache_free(cache);
}

static void test_what_nothing_is_sent_of_makes_room(void **state)
{
    (void)state;
    struct casefile_cache *cache = casefile_cache_new();
    offer(cache, 1, CASEFILE_CACHE_MAX_FRESH_BULK + 1, 1000); /* one of any size */
    offer(cache, 2, 1, 1000);
    assert_true(has(cache, 1));
    assert_false(has(cache, 2));
    offer(cache, 3, 1, 1001 + CASEFILE_CACHE_FRESH_MS);
    assert_false(has(cache, 1));
    assert_true(has(cache, 3));
    casefile_cache_drop(cache, 3); /* its plan has grown */
    assert_false(has(cache, 3));
    casefile_cache_free(cache);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_was_not_used_goes_first),
        cmocka_unit_test(test_what_is_being_sent_stays),
        cmocka_unit_test(test_of_those_being_sent_the_smallest_goes),
        cmocka_unit_test(test_what_was_just_stored_displaces_nothing),
        cmocka_unit_test(test_what_nothing_is_sent_of_makes_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
