#include "store_queue_fixture.h"

static void a_claim_is_in_order_of_priority_then_id(void **state)
{
    static const struct line lines[] = {
        { "smtp", URGENCY_IMMEDIATE, 2, "1" },  { "smtp", URGENCY_IMMEDIATE, 1, "2" },
        { "smtp", URGENCY_IMMEDIATE, 2, "3" },  { "smtp", URGENCY_IMMEDIATE, 1, "4" },
        { "other", URGENCY_IMMEDIATE, 0, "5" }, { "smtp", URGENCY_FUTURE, 0, "6" },
    };
    struct fixture *f = *state;
    fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 3, 0);
    g_autofree char *first = ordinals(c.list);
    assert_string_equal(first, "2 4 1");
    assert_true(c.more);
    assert_int_equal(c.next_due_ms, INT64_MAX);
    const struct notification *n = c.list->pdata[0];
    assert_int_equal(n->state, NOTIFICATION_SENDING);
    assert_string_equal(n->lane, "smtp");
    assert_string_equal(n->endpoint, "mailto:r2@mission.example");
    assert_int_equal(n->deadline_ms, 900000);
    assert_int_equal(n->obligations->len, 1);
    assert_int_equal(g_array_index(n->obligations, uint32_t, 0), 2);
    g_ptr_array_unref(c.list);
    c = claim(f, "smtp", URGENCY_IMMEDIATE, 3, 0);
    assert_int_equal(c.list->len, 1);
    assert_false(c.more);
    g_ptr_array_unref(c.list);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 3, 0, "");
    assert_claims(f, "other", URGENCY_IMMEDIATE, 3, 0, "5");
    assert_claims(f, "smtp", URGENCY_FUTURE, 3, 0, "6");
    assert_claims(f, "no such lane", URGENCY_FUTURE, 3, 0, "");
}

static void what_is_due_again_takes_its_place_by_priority(void **state)
{
    static const struct line early[] = { { "smtp", URGENCY_IMMEDIATE, 3, "1" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "2" } };
    static const struct line late[] = { { "smtp", URGENCY_IMMEDIATE, 2, "1" },
                                        { "smtp", URGENCY_IMMEDIATE, 2, "2" },
                                        { "smtp", URGENCY_IMMEDIATE, 2, "3" } };
    struct fixture *f = *state;
    fixture_broadcast(f, "A", early, G_N_ELEMENTS(early));
    defer_all(f, 5000);
    fixture_broadcast(f, "B", late, G_N_ELEMENTS(late));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 1, 4999);
    assert_int_equal(((struct notification *)c.list->pdata[0])->id >> NOTIFICATION_ORDINAL_BITS, 2);
    assert_int_equal(c.next_due_ms, 5000);
    g_ptr_array_unref(c.list);
    c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 5000);
    g_autofree char *got = ordinals(c.list);
    assert_string_equal(got, "2 2 3 1"); /* rank 1 of A, the rest of B, rank 3 of A */
    assert_int_equal(((struct notification *)c.list->pdata[0])->attempt, 1);
    assert_int_equal(c.next_due_ms, INT64_MAX);
    g_ptr_array_unref(c.list);
}

static void what_was_due_stays_claimable_when_the_limit_left_it(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "2" } };
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    defer_all(f, 5000);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 1, 5000, "1");
    fixture_reopen(f);
    GPtrArray *stored = notifications();
    OK(f->ops->notifications(f->s, no, 1, 9, stored, &error));
    assert_int_equal(((struct notification *)stored->pdata[0])->state, NOTIFICATION_DEFERRED);
    g_ptr_array_unref(stored);
    /* The clock may have been set back meanwhile: what was due has been found due. */
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 1, 4000, "2");
}

static void a_long_backlog_comes_due_in_bounded_steps(void **state)
{
    enum { MANY = 5000 };
    struct fixture *f = *state;
    g_autofree struct line *lines = g_new(struct line, MANY);
    for (int i = 0; i < MANY; i++)
        lines[i] = (struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" };
    fixture_broadcast(f, "A", lines, MANY);
    GPtrArray *lost = g_ptr_array_new();
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, MANY, 0);
    assert_int_equal(c.list->len, MANY);
    fixture_begin(f);
    for (guint i = 0; i < MANY; i++) {
        struct notification *n = c.list->pdata[i];
        notification_move(n, NOTIFICATION_ON_DEFERRED);
        n->due_ms = 100;
        OK(f->ops->settle(f->s, n, lost, &error));
    }
    fixture_commit(f);
    g_ptr_array_unref(c.list);
    unsigned seen = 0, calls = 0;
    do {
        c = claim(f, "smtp", URGENCY_IMMEDIATE, MANY, 100);
        seen += c.list->len;
        calls++;
        g_ptr_array_unref(c.list);
    } while (c.more);
    assert_int_equal(seen, MANY);
    assert_in_range(calls, 2, 3);
    g_ptr_array_unref(lost);
}

static bool is_idle(struct fixture *f, const char *lane, enum broadcast_urgency u, int64_t now_ms)
{
    bool idle;
    OK(f->ops->queue_is_idle(f->s, lane, u, now_ms, &idle, &error));
    return idle;
}

static void a_queue_is_idle_when_a_claim_would_find_nothing(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                         { "https://a:443", URGENCY_UNKNOWN, 1, "2" } };
    struct fixture *f = *state;
    assert_true(is_idle(f, "smtp", URGENCY_IMMEDIATE, 0)); /* never heard of */
    fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    assert_false(is_idle(f, "smtp", URGENCY_IMMEDIATE, 0));
    assert_true(is_idle(f, "smtp", URGENCY_EXPECTED, 0));
    assert_false(is_idle(f, "https://a:443", URGENCY_UNKNOWN, 0));
    defer_all(f, 700);
    assert_true(is_idle(f, "smtp", URGENCY_IMMEDIATE, 699));
    assert_false(is_idle(f, "smtp", URGENCY_IMMEDIATE, 700));
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 700, "1");
    assert_true(is_idle(f, "smtp", URGENCY_IMMEDIATE, 700)); /* what is being sent does not wait */
}

static char *lane_names(struct fixture *f)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    OK(f->ops->lanes(f->s, names, &error));
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

static void lanes_name_only_what_holds_something(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                         { "https://a:443", URGENCY_UNKNOWN, 1, "2" } };
    struct fixture *f = *state;
    fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    g_autofree char *both = lane_names(f);
    assert_string_equal(both, "smtp https://a:443");
    assert_claims(f, "https://a:443", URGENCY_UNKNOWN, 9, 0, "2");
    g_autofree char *one = lane_names(f);
    assert_string_equal(one, "smtp");
    defer_all(f, 700);
    g_autofree char *deferred = lane_names(f);
    assert_string_equal(deferred, "smtp");
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 700, "1");
    g_autofree char *none = lane_names(f);
    assert_string_equal(none, "");
}

static void a_restart_queues_what_was_being_sent(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "2" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "3" } };
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 2, 0);
    fixture_begin(f);
    OK(f->ops->unclaim(f->s, no << NOTIFICATION_ORDINAL_BITS | 1, &error));
    fixture_commit(f);
    fixture_reopen(f);
    unsigned count = 0;
    fixture_begin(f);
    OK(f->ops->unclaim_all(f->s, &count, &error));
    fixture_commit(f);
    assert_int_equal(count, 1);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 0, "1 2 3");
    g_ptr_array_unref(c.list);
}

static struct notification *stored(struct fixture *f, int64_t no, unsigned ordinal)
{
    struct notification *n = NULL;
    OK(f->ops->notification_by_id(f->s, no << NOTIFICATION_ORDINAL_BITS | ordinal, &n, &error));
    return n;
}

static enum notification_told told(struct fixture *f, int64_t no, unsigned ordinal)
{
    struct notification *n = stored(f, no, ordinal);
    enum notification_told answer = n->told;
    notification_free(n);
    return answer;
}

static int64_t unrecorded_seq(struct fixture *f, int64_t no, unsigned ordinal)
{
    struct notification *n = stored(f, no, ordinal);
    int64_t answer = n->unrecorded_seq;
    notification_free(n);
    return answer;
}

static int64_t last_record(struct fixture *f)
{
    int64_t seq = 0;
    struct record *r = record_new("test", 1);
    fixture_begin(f);
    OK(f->ops->journal_append(f->s, r, &error));
    fixture_commit(f);
    OK(f->ops->journal_last(f->s, &seq, NULL, &error));
    record_free(r);
    return seq;
}

static void what_was_in_flight_at_a_crash_may_have_been_told(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "2" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "3" } };
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 2, 0);
    unsigned count = 0;
    int64_t seq = last_record(f);
    fixture_begin(f);
    OK(f->ops->unclaim(f->s, no << NOTIFICATION_ORDINAL_BITS | 1, &error));
    OK(f->ops->unclaim_all(f->s, &count, &error));
    fixture_commit(f);
    last_record(f);
    assert_int_equal(told(f, no, 1), TOLD_NO);
    assert_int_equal(told(f, no, 2), TOLD_MAYBE);
    assert_int_equal(told(f, no, 3), TOLD_NO);
    assert_int_equal(unrecorded_seq(f, no, 1), 0);
    assert_int_equal(unrecorded_seq(f, no, 2), seq);
    g_ptr_array_unref(c.list);
    c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    assert_int_equal(((struct notification *)c.list->pdata[1])->told, TOLD_MAYBE);
    g_ptr_array_unref(c.list);
}

/* The fifth is accepted, the third deferred, the second being sent, the others are queued. */
static int64_t half_sent(struct fixture *f, const char *name, enum broadcast_state state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 2, "1" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "2" },
                                         { "smtp", URGENCY_IMMEDIATE, 0, "3" },
                                         { "smtp", URGENCY_IMMEDIATE, 3, "4" },
                                         { "smtp", URGENCY_IMMEDIATE, 0, "5" } };
    int64_t no = fixture_broadcast(f, name, lines, G_N_ELEMENTS(lines));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 3, 0);
    g_autofree char *claimed = ordinals(c.list);
    assert_string_equal(claimed, "3 5 2");
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_DEFERRED, 5000));
    g_ptr_array_unref(settle(f, c.list->pdata[1], NOTIFICATION_ON_ACCEPTED, 0));
    fixture_begin(f);
    OK(f->ops->broadcast_set_state(f->s, no, state, &error));
    fixture_commit(f);
    g_ptr_array_unref(c.list);
    return no;
}

static char *states_of(struct fixture *f, int64_t no)
{
    GPtrArray *list = notifications();
    GString *text = g_string_new(NULL);
    OK(f->ops->notifications(f->s, no, 0, NO_LIMIT, list, &error));
    for (guint i = 0; i < list->len; i++) {
        const struct notification *n = list->pdata[i];
        g_string_append_printf(text, "%s%s", i ? " " : "", notification_state_names[n->state]);
    }
    g_ptr_array_unref(list);
    return g_string_free(text, FALSE);
}

static void what_a_correction_left_behind_is_named(void **state)
{
    static const struct {
        const char *name;
        enum broadcast_state state;
        bool behind;
    } rows[] = {
        { "a superseded one", BROADCAST_SUPERSEDED, true },
        { "a released one goes on", BROADCAST_RELEASED, false },
        { "a cancelled one", BROADCAST_CANCELLED, true },
        { "a closed one", BROADCAST_CLOSED, true },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int64_t no = half_sent(f, rows[i].name, rows[i].state);
        unsigned count = 99;
        g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
        fixture_reopen(f);
        fixture_begin(f);
        OK(f->ops->unclaim_all(f->s, &count, &error));
        OK(f->ops->left_behind(f->s, nos, &error));
        fixture_commit(f);
        g_autofree char *got = states_of(f, no);
        bool named = nos->len == 1 && g_array_index(nos, int64_t, 0) == no;
        if (!g_str_equal(got, "queued queued deferred queued accepted") || count != 1 ||
            named != rows[i].behind || nos->len > 1 || told(f, no, 2) != TOLD_MAYBE ||
            told(f, no, 1) != TOLD_NO)
            fail_msg("%s: %s, %u, %u", rows[i].name, got, count, nos->len);
        fixture_begin(f);
        GPtrArray *rest = notifications();
        OK(f->ops->withdraw(f->s, no, 9, NOTIFICATION_ON_SUPERSEDED, rest, &error));
        assert_int_equal(rest->len, 4);
        fixture_commit(f);
        g_ptr_array_unref(rest);
        assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 9000, "");
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_claim_is_in_order_of_priority_then_id),
        T(what_is_due_again_takes_its_place_by_priority),
        T(what_was_due_stays_claimable_when_the_limit_left_it),
        T(a_long_backlog_comes_due_in_bounded_steps),
        T(a_queue_is_idle_when_a_claim_would_find_nothing),
        T(lanes_name_only_what_holds_something),
        T(a_restart_queues_what_was_being_sent),
        T(what_was_in_flight_at_a_crash_may_have_been_told),
        T(what_a_correction_left_behind_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
