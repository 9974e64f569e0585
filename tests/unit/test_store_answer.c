/* What the store keeps for acknowledgements: what is left, whose ladder is due, what was said. */
#include "store_queue_fixture.h"

#include "model/answer.h"
#include "model/ladder.h"

static struct obligation *read_obligation(struct fixture *f, int64_t no, uint32_t ordinal)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, no, all, &error));
    assert_true(ordinal <= all->len);
    return g_ptr_array_steal_index(all, ordinal - 1);
}

/* A broadcast to n representatives, one mail each, nobody asked. */
static int64_t broadcast_to(struct fixture *f, const char *identifier, unsigned n)
{
    static const char *const numbers[] = { "1", "2", "3", "4", "5" };
    struct line lines[G_N_ELEMENTS(numbers)];
    for (unsigned i = 0; i < n; i++)
        lines[i] = (struct line){ "smtp", URGENCY_IMMEDIATE, 1, numbers[i] };
    return fixture_broadcast(f, identifier, lines, n);
}

static void give_links(struct fixture *f, int64_t no)
{
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_no(f->s, no, &row, &error));
    g_free(row->link_key);
    row->link_key = g_strdup("0123456789abcdef");
    fixture_begin(f);
    OK(f->ops->broadcast_update(f->s, row, &error));
    fixture_commit(f);
    broadcast_row_free(row);
}

static void set(struct fixture *f, int64_t no, uint32_t ordinal, enum obligation_state to,
                bool asks, int64_t ladder_due_ms)
{
    struct obligation *o = read_obligation(f, no, ordinal);
    o->state = to;
    o->asks = asks;
    o->ladder_due_ms = ladder_due_ms;
    fixture_begin(f);
    OK(f->ops->obligation_update(f->s, no, o, &error));
    fixture_commit(f);
    obligation_free(o);
}

static void what_is_planned_of_an_obligation_is_read_back(void **state)
{
    struct fixture *f = *state;
    struct plan *p = fixture_plan(&(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
    struct obligation *o = p->obligations->pdata[0];
    o->asks = true;
    o->begun_ms = 1342445400000;
    o->behind_s = 180;
    o->ladder_due_ms = 1342445700000;
    struct broadcast_row row = { .id = (char *)"id",
                                 .identifier = (char *)"A",
                                 .sender = (char *)"duty@dss.example",
                                 .state = BROADCAST_RELEASED,
                                 .link_key = (char *)"0123456789abcdef" };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    fixture_commit(f);
    plan_free(p);
    fixture_reopen(f);
    o = read_obligation(f, row.no, 1);
    assert_true(o->asks);
    assert_int_equal(o->begun_ms, 1342445400000);
    assert_int_equal(o->behind_s, 180);
    assert_int_equal(o->ladder_due_ms, 1342445700000);
    assert_int_equal(o->ended_ms, 0);
    assert_int_equal(o->answer, ANSWER_NONE);
    assert_string_equal(o->taken_by, "");
    obligation_free(o);
    struct broadcast_row *stored = NULL;
    OK(f->ops->broadcast_by_no(f->s, row.no, &stored, &error));
    assert_string_equal(stored->link_key, "0123456789abcdef");
    broadcast_row_free(stored);
}

static void what_becomes_of_an_obligation_is_read_back(void **state)
{
    struct fixture *f = *state;
    int64_t no = broadcast_to(f, "A", 2);
    struct obligation *o = read_obligation(f, no, 2);
    assert_false(o->asks);
    assert_int_equal(o->behind_s, LADDER_NOTHING_YET);
    o->state = OBLIGATION_ESCALATED;
    o->asks = true;
    o->begun_ms = 1000;
    o->behind_s = 600;
    o->ended_ms = 5000;
    o->answer = ANSWER_NEED_ASSISTANCE;
    g_free(o->taken_by);
    o->taken_by = g_strdup("unix:root: on the telephone");
    fixture_begin(f);
    OK(f->ops->obligation_update(f->s, no, o, &error));
    fixture_commit(f);
    obligation_free(o);
    o = read_obligation(f, no, 2);
    assert_int_equal(o->state, OBLIGATION_ESCALATED);
    assert_true(o->asks);
    assert_int_equal(o->begun_ms, 1000);
    assert_int_equal(o->behind_s, 600);
    assert_int_equal(o->ended_ms, 5000);
    assert_int_equal(o->answer, ANSWER_NEED_ASSISTANCE);
    assert_string_equal(o->taken_by, "unix:root: on the telephone");
    obligation_free(o);
    o = read_obligation(f, no, 1);
    assert_int_equal(o->state, OBLIGATION_OPEN);
    assert_string_equal(o->taken_by, "");
    obligation_free(o);
}

static void an_obligation_that_is_not_there_cannot_change(void **state)
{
    struct fixture *f = *state;
    int64_t no = broadcast_to(f, "A", 1);
    struct obligation *o = fixture_obligation(7);
    g_autoptr(GError) error = NULL;
    fixture_begin(f);
    assert_false(f->ops->obligation_update(f->s, no, o, &error));
    assert_string_equal(error->message, "change obligation 7 of broadcast 1: there is none");
    f->ops->rollback(f->s);
    obligation_free(o);
}

/* The store's condition is the model's: whatever obligation_is_closed() says, in every state. */
static void what_is_left_is_what_is_not_closed(void **state)
{
    struct fixture *f = *state;
    int64_t no = broadcast_to(f, "A", 1);
    int64_t other = broadcast_to(f, "B", 1); /* which is open, and no business of A's */
    give_links(f, no);
    give_links(f, other);
    set(f, other, 1, OBLIGATION_OPEN, true, 0);
    for (int asks = 0; asks <= 1; asks++) {
        for (int s = OBLIGATION_OPEN; s <= OBLIGATION_UNREACHABLE; s++) {
            set(f, no, 1, (enum obligation_state)s, asks, 0);
            struct obligation o = { .state = (enum obligation_state)s, .asks = asks };
            bool left = false, any_asks = false;
            OK(f->ops->obligations_left(f->s, no, &left, &any_asks, &error));
            if (left != (asks && !obligation_is_closed(&o)) || any_asks != asks)
                fail_msg("%s, %s: left %d, asks %d", obligation_state_names[s],
                         asks ? "asks" : "does not ask", left, any_asks);
        }
    }
}

static void one_that_is_left_among_many_is_found(void **state)
{
    struct fixture *f = *state;
    bool left = true, asks = true;
    int64_t no = broadcast_to(f, "A", 5);
    give_links(f, no);
    for (uint32_t i = 1; i <= 5; i++)
        set(f, no, i, i == 5 ? OBLIGATION_OPEN : OBLIGATION_REACHED, i == 4, 0);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_true(left && asks);
    set(f, no, 4, OBLIGATION_ACKNOWLEDGED, true, 0);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_true(left && asks); /* number 5 does not ask, but nobody has been reached */
    set(f, no, 5, OBLIGATION_UNREACHABLE, false, 0);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_true(!left && asks);
}

static void a_broadcast_without_links_asks_nobody(void **state)
{
    struct fixture *f = *state;
    bool left = true, asks = true;
    int64_t no = broadcast_to(f, "A", 2);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_false(left || asks);
    set(f, no, 1, OBLIGATION_ACKNOWLEDGED, true, 0);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_false(left || asks);
    give_links(f, no);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_true(left && asks);
    set(f, no, 1, OBLIGATION_OPEN, false, 0);
    OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
    assert_false(left || asks);
}

/* Whatever moves a whole broadcast leaves nobody who is waited for. */
static void a_move_of_all_leaves_nothing(void **state)
{
    static const enum obligation_event ends[] = { OBLIGATION_ON_SUPERSEDED, OBLIGATION_ON_EXPIRED,
                                                  OBLIGATION_ON_TAKEN, OBLIGATION_ON_ACKNOWLEDGED };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        g_autofree char *identifier = g_strdup_printf("A%zu", i);
        int64_t no = broadcast_to(f, identifier, 2);
        bool left = true, asks = false;
        unsigned moved = 0;
        give_links(f, no);
        set(f, no, 1, OBLIGATION_OPEN, true, 0);
        set(f, no, 2, OBLIGATION_REACHED, true, 0);
        fixture_begin(f);
        OK(f->ops->obligations_move(f->s, no, ends[i], &moved, &error));
        fixture_commit(f);
        assert_int_equal(moved, 2);
        OK(f->ops->obligations_left(f->s, no, &left, &asks, &error));
        assert_true(!left && asks);
    }
}

/* "1/2 2/1": broadcast and ordinal, in order. */
static void assert_due(struct fixture *f, int64_t now_ms, unsigned limit, const char *want,
                       int64_t want_next_ms)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)ladder_row_free);
    int64_t next_ms = -1;
    OK(f->ops->ladder_due(f->s, now_ms, limit, out, &next_ms, &error));
    g_autoptr(GString) got = g_string_new(NULL);
    for (guint i = 0; i < out->len; i++) {
        const struct ladder_row *r = out->pdata[i];
        g_string_append_printf(got, "%s%d/%u", i ? " " : "", (int)r->no, r->obligation->ordinal);
    }
    assert_string_equal(got->str, want);
    assert_int_equal(next_ms, want_next_ms);
}

static void ladders_come_due_in_order(void **state)
{
    struct fixture *f = *state;
    int64_t a = broadcast_to(f, "A", 3), b = broadcast_to(f, "B", 2);
    assert_due(f, INT64_MAX, 9, "", INT64_MAX);
    set(f, a, 1, OBLIGATION_OPEN, true, 300);
    set(f, a, 2, OBLIGATION_REACHED, true, 200);
    set(f, a, 3, OBLIGATION_REACHED, true, 0);
    set(f, b, 1, OBLIGATION_UNREACHABLE, true, 100);
    set(f, b, 2, OBLIGATION_REACHED, true, 200);
    assert_due(f, 99, 9, "", 100);
    assert_due(f, 100, 9, "2/1", 200);
    assert_due(f, 299, 9, "2/1 1/2 2/2", 300);
    assert_due(f, 300, 9, "2/1 1/2 2/2 1/1", INT64_MAX);
    assert_due(f, 300, 2, "2/1 1/2", 200);
}

static void what_is_closed_leaves_its_ladder(void **state)
{
    struct fixture *f = *state;
    int64_t a = broadcast_to(f, "A", 2), b = broadcast_to(f, "B", 2);
    for (uint32_t i = 1; i <= 2; i++) {
        set(f, a, i, OBLIGATION_REACHED, true, 100);
        set(f, b, i, OBLIGATION_OPEN, true, 100);
    }
    set(f, a, 1, OBLIGATION_ACKNOWLEDGED, true, 100);
    assert_due(f, 100, 9, "1/2 2/1 2/2", INT64_MAX);
    unsigned moved = 0;
    fixture_begin(f);
    OK(f->ops->obligations_move(f->s, a, OBLIGATION_ON_EXPIRED, &moved, &error));
    fixture_commit(f);
    assert_int_equal(moved, 1);
    assert_due(f, 100, 9, "2/1 2/2", INT64_MAX);
    for (uint32_t i = 1; i <= 2; i++) {
        struct obligation *o = read_obligation(f, a, i);
        assert_int_equal(o->ladder_due_ms, 0);
        obligation_free(o);
    }
}

static void what_is_reached_stays_on_its_ladder(void **state)
{
    struct fixture *f = *state;
    int64_t no = broadcast_to(f, "A", 2);
    set(f, no, 1, OBLIGATION_OPEN, true, 100);
    set(f, no, 2, OBLIGATION_OPEN, true, 200);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, NO_LIMIT, 0);
    g_ptr_array_unref(settle(f, c.list->pdata[0], NOTIFICATION_ON_ACCEPTED, 0));
    g_ptr_array_unref(settle(f, c.list->pdata[1], NOTIFICATION_ON_REFUSED, 0));
    g_ptr_array_unref(c.list);
    assert_due(f, 200, 9, "1/1 1/2", INT64_MAX);
}

static void answers_are_kept_in_order_of_time(void **state)
{
    static const struct acknowledgement_row said[] = {
        { 1, 9, 500, ANSWER_UNDERSTOOD, METHOD_PAGE, (char *)"", (char *)"192.0.2.1" },
        { 1, 9, 300, ANSWER_NEED_ASSISTANCE, METHOD_WEBHOOK, (char *)"send a car",
          (char *)"2001:db8::1" },
        { 2, 8, 500, ANSWER_WRONG_PERSON, METHOD_PAGE, (char *)"'; --", (char *)"192.0.2.2" },
    };
    static const size_t order[] = { 1, 0, 2 };
    struct fixture *f = *state;
    int64_t no = broadcast_to(f, "A", 2), other = broadcast_to(f, "B", 1);
    fixture_begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(said); i++)
        OK(f->ops->acknowledgement_insert(f->s, no, &said[i], &error));
    OK(f->ops->acknowledgement_insert(f->s, other, &said[0], &error));
    fixture_commit(f);
    g_autoptr(GPtrArray) out =
        g_ptr_array_new_with_free_func((GDestroyNotify)acknowledgement_row_free);
    OK(f->ops->acknowledgements(f->s, no, 0, out, &error));
    assert_int_equal(out->len, G_N_ELEMENTS(order));
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++) {
        const struct acknowledgement_row *got = out->pdata[i], *want = &said[order[i]];
        assert_int_equal(got->obligation, want->obligation);
        assert_int_equal(got->notification, want->notification);
        assert_int_equal(got->time_ms, want->time_ms);
        assert_int_equal(got->answer, want->answer);
        assert_int_equal(got->method, want->method);
        assert_string_equal(got->note, want->note);
        assert_string_equal(got->from, want->from);
    }
}

static void an_endpoint_keeps_its_latest_proof(void **state)
{
    static const struct proof_row puts[] = {
        { (char *)"mailto:b@mission.example", 200, (char *)"acknowledged" },
        { (char *)"mailto:a@mission.example", 100, (char *)"acknowledged" },
        { (char *)"mailto:b@mission.example", 300, (char *)"confirmed" },
        { (char *)"mailto:b@mission.example", 250, (char *)"acknowledged" },
    };
    struct fixture *f = *state;
    fixture_begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(puts); i++)
        OK(f->ops->proof_put(f->s, &puts[i], &error));
    fixture_commit(f);
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)proof_row_free);
    OK(f->ops->proof_list(f->s, out, &error));
    assert_int_equal(out->len, 2);
    const struct proof_row *a = out->pdata[0], *b = out->pdata[1];
    assert_string_equal(a->endpoint, "mailto:a@mission.example");
    assert_int_equal(a->time_ms, 100);
    assert_string_equal(b->endpoint, "mailto:b@mission.example");
    assert_int_equal(b->time_ms, 300);
    assert_string_equal(b->how, "confirmed");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_is_planned_of_an_obligation_is_read_back),
        T(what_becomes_of_an_obligation_is_read_back),
        T(an_obligation_that_is_not_there_cannot_change),
        T(what_is_left_is_what_is_not_closed),
        T(one_that_is_left_among_many_is_found),
        T(a_broadcast_without_links_asks_nobody),
        T(a_move_of_all_leaves_nothing),
        T(ladders_come_due_in_order),
        T(what_is_closed_leaves_its_ladder),
        T(what_is_reached_stays_on_its_ladder),
        T(answers_are_kept_in_order_of_time),
        T(an_endpoint_keeps_its_latest_proof),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
