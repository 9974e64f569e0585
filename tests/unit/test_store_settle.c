#include "model/answer.h"
#include "store_queue_fixture.h"

static void only_what_is_being_sent_settles_or_comes_back(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" } };
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, 1);
    struct notification *n = fixture_notification(&lines[0], 1);
    n->id |= no << NOTIFICATION_ORDINAL_BITS;
    n->state = NOTIFICATION_ACCEPTED;
    g_autoptr(GPtrArray) lost = g_ptr_array_new();
    g_autoptr(GError) first = NULL, second = NULL;
    fixture_begin(f);
    assert_false(f->ops->settle(f->s, n, lost, &first));
    assert_non_null(strstr(first->message, "not being sent"));
    assert_false(f->ops->unclaim(f->s, n->id, &second));
    assert_non_null(strstr(second->message, "not being sent"));
    f->ops->rollback(f->s);
    notification_free(n);
}

static enum obligation_state obligation_at(struct fixture *f, int64_t no, guint i)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, no, list, &error));
    return ((struct obligation *)list->pdata[i])->state;
}

/* Two ways to the first recipient, the second of them shared with another. */
static const struct line shared[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                      { "smtp", URGENCY_IMMEDIATE, 1, "1 2" } };

static void an_accepted_message_reaches_all_whom_it_serves(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", shared, 2);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[1], NOTIFICATION_ON_ACCEPTED, 0));
    assert_int_equal(obligation_at(f, no, 0), OBLIGATION_REACHED);
    assert_int_equal(obligation_at(f, no, 1), OBLIGATION_REACHED);
    GPtrArray *lost = settle(f, c.list->pdata[0], NOTIFICATION_ON_REFUSED, 0);
    assert_int_equal(lost->len, 0);
    assert_int_equal(obligation_at(f, no, 0), OBLIGATION_REACHED);
    g_ptr_array_unref(lost);
    g_ptr_array_unref(c.list);
}

/* The third recipient's seat was answered by a wrong person; the fourth is withdrawn. */
static const struct line together[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                        { "smtp", URGENCY_IMMEDIATE, 1, "1 2" },
                                        { "smtp", URGENCY_IMMEDIATE, 1, "3" },
                                        { "smtp", URGENCY_IMMEDIATE, 1, "4" } };

static void answer_and_withdraw(struct fixture *f, int64_t no)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, no, all, &error));
    struct obligation *wrong = all->pdata[2], *gone = all->pdata[3];
    wrong->answer = ANSWER_WRONG_PERSON;
    gone->state = OBLIGATION_SUPERSEDED;
    fixture_begin(f);
    OK(f->ops->obligation_update(f->s, no, wrong, &error));
    OK(f->ops->obligation_update(f->s, no, gone, &error));
    fixture_commit(f);
}

static char *what_is_stored(struct fixture *f, int64_t no)
{
    g_autoptr(GPtrArray) list = notifications();
    GString *text = g_string_new(NULL);
    OK(f->ops->notifications(f->s, no, 0, 9, list, &error));
    for (guint i = 0; i < list->len; i++) {
        const struct notification *n = list->pdata[i];
        g_string_append_printf(text, "%d/%u/%d/%d ", (int)n->state, n->attempt, (int)n->told,
                               (int)n->due_ms);
    }
    for (guint i = 0; i < G_N_ELEMENTS(together); i++)
        g_string_append_printf(text, "%d ", (int)obligation_at(f, no, i));
    return g_string_free(text, FALSE);
}

static void take_in(struct notification *n)
{
    notification_move(n, NOTIFICATION_ON_ACCEPTED);
    n->attempt++;
}

static void what_is_accepted_together_ends_as_each_by_itself(void **state)
{
    struct fixture *f = *state;
    int64_t one = fixture_broadcast(f, "A", together, G_N_ELEMENTS(together));
    answer_and_withdraw(f, one);
    defer_all(f, 500);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 500);
    for (guint i = 0; i < c.list->len; i++)
        g_ptr_array_unref(settle(f, c.list->pdata[i], NOTIFICATION_ON_ACCEPTED, 500));
    g_ptr_array_unref(c.list);
    int64_t all = fixture_broadcast(f, "B", together, G_N_ELEMENTS(together));
    answer_and_withdraw(f, all);
    defer_all(f, 500);
    c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 500);
    g_ptr_array_foreach(c.list, (GFunc)(void (*)(void))take_in, NULL);
    fixture_begin(f);
    OK(f->ops->settle_accepted(f->s, (struct notification *const *)c.list->pdata, c.list->len,
                               &error));
    fixture_commit(f);
    g_ptr_array_unref(c.list);
    g_autofree char *want = what_is_stored(f, one), *got = what_is_stored(f, all);
    assert_string_equal(want, "3/2/2/500 3/2/2/500 3/2/2/500 3/2/2/500 1 1 0 3 ");
    assert_string_equal(got, want);
}

static void one_of_them_that_is_not_being_sent_is_refused(void **state)
{
    struct fixture *f = *state;
    fixture_broadcast(f, "A", together, G_N_ELEMENTS(together));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    g_ptr_array_foreach(c.list, (GFunc)(void (*)(void))take_in, NULL);
    ((struct notification *)c.list->pdata[3])->id++;
    g_autoptr(GError) error = NULL;
    fixture_begin(f);
    assert_false(
        f->ops->settle_accepted(f->s, (struct notification *const *)c.list->pdata, 4, &error));
    assert_non_null(strstr(error->message, "not being sent"));
    f->ops->rollback(f->s);
    g_ptr_array_unref(c.list);
}

static void a_recipient_is_lost_with_the_last_way(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", shared, 2);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    GPtrArray *lost = settle(f, c.list->pdata[1], NOTIFICATION_ON_REFUSED, 0);
    assert_int_equal(lost->len, 1);
    const struct obligation *o = lost->pdata[0];
    assert_int_equal(o->ordinal, 2);
    assert_int_equal(o->state, OBLIGATION_UNREACHABLE);
    assert_string_equal(o->missions->pdata[0], "mission-2");
    assert_string_equal(o->name, "Representative 2");
    g_ptr_array_unref(lost);
    assert_int_equal(obligation_at(f, no, 0), OBLIGATION_OPEN);
    lost = settle(f, c.list->pdata[0], NOTIFICATION_ON_REFUSED, 0);
    assert_int_equal(lost->len, 1);
    assert_int_equal(((struct obligation *)lost->pdata[0])->ordinal, 1);
    g_ptr_array_unref(lost);
    g_ptr_array_unref(c.list);
}

static void a_deferred_way_keeps_its_recipient(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", shared, 2);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_UNKNOWN, 50));
    GPtrArray *lost = settle(f, c.list->pdata[1], NOTIFICATION_ON_REFUSED, 0);
    assert_int_equal(lost->len, 1);
    assert_int_equal(obligation_at(f, no, 0), OBLIGATION_OPEN);
    g_ptr_array_unref(lost);
    g_ptr_array_unref(c.list);
}

static void what_is_settled_as_queued_is_claimed_again(void **state)
{
    struct fixture *f = *state;
    fixture_broadcast(f, "A", shared, 1);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_RESTART, 0));
    g_ptr_array_unref(c.list);
    c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    assert_int_equal(c.list->len, 1);
    assert_int_equal(((struct notification *)c.list->pdata[0])->attempt, 1);
    g_ptr_array_unref(c.list);
}

/* What the store has of the only notification of a broadcast. */
static struct notification *stored(struct fixture *f, int64_t no)
{
    GPtrArray *list = notifications();
    OK(f->ops->notifications(f->s, no, 0, 1, list, &error));
    struct notification *n = g_ptr_array_steal_index(list, 0);
    g_ptr_array_unref(list);
    return n;
}

static void told_is_stored_and_never_goes_back(void **state)
{
    static const struct {
        const char *name;
        enum notification_told before, settled, want;
    } rows[] = {
        { "an unknown outcome", TOLD_NO, TOLD_MAYBE, TOLD_MAYBE },
        { "a certain one", TOLD_NO, TOLD_YES, TOLD_YES },
        { "a refusal after an unknown outcome", TOLD_MAYBE, TOLD_NO, TOLD_MAYBE },
        { "one that is forgotten", TOLD_YES, TOLD_MAYBE, TOLD_YES },
        { "nothing", TOLD_NO, TOLD_NO, TOLD_NO },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct plan *p = fixture_plan(shared, 1);
        struct broadcast_row row = { .id = (char *)rows[i].name,
                                     .identifier = (char *)rows[i].name };
        ((struct notification *)p->notifications->pdata[0])->told = rows[i].before;
        fixture_begin(f);
        OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
        fixture_commit(f);
        plan_free(p);
        struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 1, 0);
        struct notification *n = c.list->pdata[0];
        assert_int_equal(n->told, rows[i].before);
        n->told = rows[i].settled;
        g_ptr_array_unref(settle(f, n, NOTIFICATION_ON_REFUSED, 0)); /* moves only the state */
        g_ptr_array_unref(c.list);
        n = stored(f, row.no);
        if (n->told != rows[i].want)
            fail_msg("%s: %d", rows[i].name, (int)n->told);
        notification_free(n);
    }
}

static void what_was_overtaken_while_it_was_sent_settles_as_withdrawn(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", shared, 1);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 1, 0);
    struct notification *n = c.list->pdata[0];
    notification_move(n, NOTIFICATION_ON_DEFERRED);
    n->told = TOLD_MAYBE;
    GPtrArray *lost = settle(f, n, NOTIFICATION_ON_SUPERSEDED, 0);
    assert_int_equal(lost->len, 0);
    g_ptr_array_unref(lost);
    g_ptr_array_unref(c.list);
    n = stored(f, no);
    assert_int_equal(n->state, NOTIFICATION_WITHDRAWN);
    assert_int_equal(n->told, TOLD_MAYBE);
    notification_free(n);
    assert_int_equal(obligation_at(f, no, 0), OBLIGATION_OPEN);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 9000, "");
}

static unsigned withdraw(struct fixture *f, int64_t no, unsigned limit)
{
    GPtrArray *out = notifications();
    fixture_begin(f);
    OK(f->ops->withdraw(f->s, no, limit, NOTIFICATION_ON_SUPERSEDED, out, &error));
    fixture_commit(f);
    for (guint i = 0; i < out->len; i++)
        assert_int_equal(((struct notification *)out->pdata[i])->state, NOTIFICATION_WITHDRAWN);
    unsigned n = out->len;
    g_ptr_array_unref(out);
    return n;
}

static void a_withdrawal_takes_all_that_waits_and_nothing_else(void **state)
{
    static const struct line lines[] = {
        { "smtp", URGENCY_IMMEDIATE, 1, "1" }, { "smtp", URGENCY_IMMEDIATE, 1, "2" },
        { "smtp", URGENCY_IMMEDIATE, 1, "3" }, { "smtp", URGENCY_IMMEDIATE, 1, "4" },
        { "smtp", URGENCY_IMMEDIATE, 1, "5" },
    };
    struct fixture *f = *state;
    int64_t other = fixture_broadcast(f, "B", lines, 1);
    defer_all(f, 100);
    int64_t no = fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 2, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[1], NOTIFICATION_ON_DEFERRED, 100));
    assert_int_equal(withdraw(f, no, 3), 3);
    assert_int_equal(withdraw(f, no, 3), 1);
    /* The one that was being sent comes back, behind where the withdrawal had got to. */
    fixture_begin(f);
    OK(f->ops->unclaim(f->s, ((struct notification *)c.list->pdata[0])->id, &error));
    fixture_commit(f);
    assert_int_equal(withdraw(f, no, 3), 1);
    assert_int_equal(withdraw(f, no, 3), 0);
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 100, "1");
    assert_int_equal(withdraw(f, other, 3), 0);
    g_ptr_array_unref(c.list);
}

static void what_was_deferred_can_be_hastened(void **state)
{
    static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                         { "smtp", URGENCY_IMMEDIATE, 1, "2" },
                                         { "idle", URGENCY_IMMEDIATE, 1, "3" } };
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    defer_all(f, 90000);
    g_autoptr(GPtrArray) lanes = g_ptr_array_new_with_free_func(g_free);
    unsigned count = 0;
    fixture_begin(f);
    OK(f->ops->hasten(f->s, no, 200, lanes, &count, &error));
    fixture_commit(f);
    assert_int_equal(count, 2);
    assert_int_equal(lanes->len, 1);
    assert_string_equal(lanes->pdata[0], "smtp");
    assert_claims(f, "smtp", URGENCY_IMMEDIATE, 9, 200, "1 2");
}

static void obligations_move_as_the_model_says(void **state)
{
    static const struct {
        const char *name;
        enum obligation_event on;
    } rows[] = {
        { "accepted", OBLIGATION_ON_ACCEPTED },     { "acknowledged", OBLIGATION_ON_ACKNOWLEDGED },
        { "superseded", OBLIGATION_ON_SUPERSEDED }, { "expired", OBLIGATION_ON_EXPIRED },
        { "taken", OBLIGATION_ON_TAKEN },           { "refused", OBLIGATION_ON_ALL_REFUSED }
    };
    struct fixture *f = *state;
    for (size_t k = 0; k < G_N_ELEMENTS(rows); k++) {
        struct plan *p = plan_new();
        for (uint32_t s = 0; s <= OBLIGATION_UNREACHABLE; s++) {
            g_ptr_array_add(p->obligations, fixture_obligation(s + 1));
            ((struct obligation *)p->obligations->pdata[s])->state = (enum obligation_state)s;
        }
        struct broadcast_row row = { .id = (char *)rows[k].name,
                                     .identifier = (char *)rows[k].name };
        unsigned moved = 0, want = 0;
        fixture_begin(f);
        OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
        OK(f->ops->obligations_move(f->s, row.no, rows[k].on, &moved, &error));
        fixture_commit(f);
        for (guint s = 0; s <= OBLIGATION_UNREACHABLE; s++) {
            enum obligation_state to = (enum obligation_state)s;
            want += obligation_move(&to, rows[k].on);
            assert_int_equal(obligation_at(f, row.no, s), to);
        }
        assert_int_equal(moved, want);
        plan_free(p);
    }
}

static void progress_counts_what_the_queue_holds(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", shared, 2);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, 9, 0);
    static const int64_t times[] = { 300, 400, 500 };
    static const char *const outcomes[] = { "accepted", "accepted", "deferred" };
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++) {
        struct record *r = record_new("notification", times[i]);
        r->broadcast = g_strdup("id-of-A");
        r->outcome = g_strdup(outcomes[i]);
        r->attempt = 1;
        fixture_begin(f);
        OK(f->ops->journal_append(f->s, r, &error));
        fixture_commit(f);
        record_free(r);
    }
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_ACCEPTED, 0));
    struct broadcast_progress p;
    OK(f->ops->broadcast_progress(f->s, no, &p, &error));
    assert_int_equal(p.by_state[NOTIFICATION_ACCEPTED], 1);
    assert_int_equal(p.by_state[NOTIFICATION_SENDING], 1);
    assert_int_equal(p.obligations[OBLIGATION_REACHED], 1);
    assert_int_equal(p.obligations[OBLIGATION_OPEN], 1);
    assert_int_equal(p.attempts, 1);
    assert_int_equal(p.first_accepted_ms, 300);
    assert_int_equal(p.last_accepted_ms, 400);
    g_ptr_array_unref(c.list);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(an_accepted_message_reaches_all_whom_it_serves),
        T(what_is_accepted_together_ends_as_each_by_itself),
        T(one_of_them_that_is_not_being_sent_is_refused),
        T(a_recipient_is_lost_with_the_last_way),
        T(a_deferred_way_keeps_its_recipient),
        T(only_what_is_being_sent_settles_or_comes_back),
        T(what_is_settled_as_queued_is_claimed_again),
        T(told_is_stored_and_never_goes_back),
        T(what_was_overtaken_while_it_was_sent_settles_as_withdrawn),
        T(a_withdrawal_takes_all_that_waits_and_nothing_else),
        T(what_was_deferred_can_be_hastened),
        T(obligations_move_as_the_model_says),
        T(progress_counts_what_the_queue_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
