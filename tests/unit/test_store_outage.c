#include "store_queue_fixture.h"

static GPtrArray *outages(struct fixture *f)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)outage_row_free);
    OK(f->ops->outage_list(f->s, list, &error));
    return list;
}

static void put(struct fixture *f, const char *lane, int64_t since_ms, const char *reply)
{
    struct outage_row row = { .lane = (char *)lane, .reply = (char *)reply, .since_ms = since_ms };
    fixture_begin(f);
    OK(f->ops->outage_put(f->s, &row, &error));
    fixture_commit(f);
}

static void an_outage_is_kept_from_its_beginning_until_it_ends(void **state)
{
    struct fixture *f = *state;
    put(f, "smtp", 900, "421 no");
    put(f, "https://a.example:443", 700, "refused");
    put(f, "smtp", 999, "454 still no");
    GPtrArray *list = outages(f);
    assert_int_equal(list->len, 2);
    const struct outage_row *first = list->pdata[0], *second = list->pdata[1];
    assert_string_equal(first->lane, "https://a.example:443");
    assert_string_equal(second->lane, "smtp");
    assert_string_equal(second->reply, "454 still no");
    assert_int_equal(second->since_ms, 900);
    assert_int_equal(first->waiting + second->waiting, 0);
    g_ptr_array_unref(list);
    fixture_begin(f);
    OK(f->ops->outage_remove(f->s, "https://a.example:443", &error));
    OK(f->ops->outage_remove(f->s, "never.example", &error));
    fixture_commit(f);
    list = outages(f);
    assert_int_equal(list->len, 1);
    g_ptr_array_unref(list);
}

static const struct line mixed[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                     { "smtp", URGENCY_IMMEDIATE, 1, "2" },
                                     { "smtp", URGENCY_FUTURE, 1, "3" },
                                     { "other", URGENCY_IMMEDIATE, 1, "4" } };

static void what_waits_is_counted_however_it_waits(void **state)
{
    struct fixture *f = *state;
    fixture_broadcast(f, "A", mixed, 4);
    put(f, "smtp", 900, "");
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 2, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_DEFERRED, 5000));
    GPtrArray *list = outages(f);
    /* one deferred, one being sent, one queued; not the other lane's */
    assert_int_equal(((struct outage_row *)list->pdata[0])->waiting, 3);
    g_ptr_array_unref(list);
    g_ptr_array_unref(settle(f, c.list->pdata[1], NOTIFICATION_ON_ACCEPTED, 0));
    list = outages(f);
    assert_int_equal(((struct outage_row *)list->pdata[0])->waiting, 2);
    g_ptr_array_unref(list);
    g_ptr_array_unref(c.list);
}

static void assert_broadcasts(struct fixture *f, const char *lane, enum broadcast_urgency u,
                              const char *want)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GString) got = g_string_new(NULL);
    fixture_begin(f);
    OK(f->ops->lane_broadcasts(f->s, lane, u, nos, &error));
    fixture_commit(f);
    for (guint i = 0; i < nos->len; i++)
        g_string_append_printf(got, "%s%" G_GINT64_FORMAT, i ? " " : "",
                               g_array_index(nos, int64_t, i));
    assert_string_equal(got->str, want);
}

static void broadcasts_of_a_lane_are_those_with_something_left(void **state)
{
    struct fixture *f = *state;
    for (const char *name = "ABC"; *name; name++) {
        char identifier[] = { *name, '\0' };
        fixture_broadcast(f, identifier, mixed, *name == 'B' ? 1 : 4);
    }
    assert_broadcasts(f, "smtp", URGENCY_IMMEDIATE, "1 2 3");
    assert_broadcasts(f, "smtp", URGENCY_FUTURE, "1 3");
    assert_broadcasts(f, "other", URGENCY_IMMEDIATE, "1 3");
    assert_broadcasts(f, "nobody", URGENCY_IMMEDIATE, "");
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, NO_LIMIT, 0);
    assert_broadcasts(f, "smtp", URGENCY_IMMEDIATE, "1 2 3");
    for (guint i = 0; i < c.list->len; i++)
        g_ptr_array_unref(settle(f, c.list->pdata[i],
                                 i == 2 ? NOTIFICATION_ON_DEFERRED : NOTIFICATION_ON_REFUSED,
                                 5000));
    assert_broadcasts(f, "smtp", URGENCY_IMMEDIATE, "2");
    g_ptr_array_unref(c.list);
}

static void hastening_moves_what_was_tried_in_that_lane_alone(void **state)
{
    static const struct line two[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                       { "other", URGENCY_IMMEDIATE, 1, "2" } };
    struct fixture *f = *state;
    unsigned count = 0;
    fixture_broadcast(f, "A", two, 2);
    defer_all(f, 90000);
    struct claimed c = claim(f, "other", URGENCY_IMMEDIATE, 9, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_DEFERRED, 90000));
    g_ptr_array_unref(c.list);
    fixture_begin(f);
    OK(f->ops->lane_hasten(f->s, "smtp", 2000, &count, &error));
    fixture_commit(f);
    assert_int_equal(count, 1);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 2000, "1");
    assert_claims(f, "other", URGENCY_IMMEDIATE, 9, 2000, "");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_outage_is_kept_from_its_beginning_until_it_ends),
        T(what_waits_is_counted_however_it_waits),
        T(broadcasts_of_a_lane_are_those_with_something_left),
        T(hastening_moves_what_was_tried_in_that_lane_alone),
    };
    return cmocka_run_group_tests_name("outages in the store", tests, NULL, NULL);
}
