#include "store_queue_fixture.h"

/* The clock says NOW, and said FUTURE until it was set back. */
#define NOW 100000
#define FUTURE 800000

static const int64_t longest_ms[] = { 60000, 300000, 300000, 300000, 300000 };

static unsigned set_back(struct fixture *f)
{
    unsigned count = 99;
    fixture_begin(f);
    OK(f->ops->clock_back(f->s, NOW, longest_ms, &count, &error));
    fixture_commit(f);
    return count;
}

/* One in each lane and urgency that was tried and is due then. */
static void what_waits_longer_than_it_ever_does_is_due_now(void **state)
{
    static const struct {
        const char *name;
        enum broadcast_urgency urgency;
        int64_t due_ms;
        bool comes_now;
    } rows[] = {
        { "a retry in the future", URGENCY_IMMEDIATE, FUTURE, true },
        { "a retry in its time", URGENCY_IMMEDIATE, NOW + 60000, false },
        { "one a moment later", URGENCY_IMMEDIATE, NOW + 60001, true },
        { "a slower one in its time", URGENCY_EXPECTED, NOW + 60001, false },
        { "a slower one in the future", URGENCY_EXPECTED, FUTURE, true },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture *f = *state;
        g_autofree char *identifier = g_strdup_printf("A%zu", i);
        g_autofree char *lane = g_strdup_printf("lane%zu", i);
        fixture_broadcast(f, identifier, &(struct line){ lane, rows[i].urgency, 1, "1" }, 1);
        struct claimed c = claim(f, lane, rows[i].urgency, NO_LIMIT, 0);
        g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_DEFERRED, rows[i].due_ms));
        g_ptr_array_unref(c.list);
        unsigned count = set_back(f);
        struct claimed again = claim(f, lane, rows[i].urgency, NO_LIMIT, NOW);
        if (count != rows[i].comes_now || again.list->len != rows[i].comes_now || set_back(f) != 0)
            fail_msg("%s: %u brought back, %u claimed", rows[i].name, count, again.list->len);
        g_ptr_array_unref(again.list);
    }
}

static void what_waits_for_its_hour_is_left_alone(void **state)
{
    struct fixture *f = *state;
    struct plan *p = fixture_plan(&(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
    struct notification *n = p->notifications->pdata[0];
    n->state = NOTIFICATION_DEFERRED;
    n->due_ms = FUTURE;
    struct broadcast_row row = { .id = (char *)"id",
                                 .identifier = (char *)"A",
                                 .sender = (char *)"duty@dss.example",
                                 .state = BROADCAST_RELEASED,
                                 .deadline_ms = 900000 };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    fixture_commit(f);
    plan_free(p);
    assert_int_equal(set_back(f), 0);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, NO_LIMIT, NOW, "");
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, NO_LIMIT, FUTURE, "1");
}

/* A broadcast that was released at that time, with one who is asked. */
static struct obligation *asked(struct fixture *f, int64_t released_ms, int64_t begun_ms,
                                int64_t ladder_due_ms)
{
    struct plan *p = fixture_plan(&(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
    struct obligation *o = p->obligations->pdata[0];
    o->asks = true;
    o->begun_ms = begun_ms;
    o->ladder_due_ms = ladder_due_ms;
    g_autofree char *id = g_strdup_printf("id-%d-%d", (int)released_ms, (int)begun_ms);
    struct broadcast_row row = { .id = id,
                                 .identifier = id,
                                 .sender = (char *)"duty@dss.example",
                                 .state = BROADCAST_RELEASED,
                                 .released_ms = released_ms,
                                 .link_key = (char *)"key",
                                 .deadline_ms = 900000 };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    fixture_commit(f);
    plan_free(p);
    set_back(f);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, row.no, all, &error));
    assert_int_equal(all->len, 1);
    return g_ptr_array_steal_index(all, 0);
}

static void a_ladder_of_the_future_begins_now(void **state)
{
    static const struct {
        const char *name;
        int64_t released_ms, begun_ms, due_ms, want_begun_ms, want_due_ms;
    } rows[] = {
        { "released in the future", FUTURE, FUTURE, FUTURE + 180000, NOW, NOW + 180000 },
        { "with nothing left to climb", FUTURE, FUTURE + 1, 0, NOW, 0 },
        { "released before", 50000, 50000, 230000, 50000, 230000 },
        { "takes effect later", 50000, FUTURE, FUTURE + 180000, FUTURE, FUTURE + 180000 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct obligation *o = asked(*state, rows[i].released_ms, rows[i].begun_ms, rows[i].due_ms);
        if (o->begun_ms != rows[i].want_begun_ms || o->ladder_due_ms != rows[i].want_due_ms)
            fail_msg("%s: from %d, due %d", rows[i].name, (int)o->begun_ms, (int)o->ladder_due_ms);
        obligation_free(o);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_waits_longer_than_it_ever_does_is_due_now),
        T(what_waits_for_its_hour_is_left_alone),
        T(a_ladder_of_the_future_begins_now),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
