#include "store_fixture.h"

static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                     { "smtp", URGENCY_IMMEDIATE, 2, "2" } };

/* A pending one that came at 1000; everything else is absent. */
static struct broadcast_row pending(const char *name, int64_t approve_by_ms)
{
    return (struct broadcast_row){ .id = (char *)name,
                                   .identifier = (char *)name,
                                   .state = BROADCAST_PENDING,
                                   .urgency = URGENCY_FUTURE,
                                   .received_ms = 1000,
                                   .approve_by_ms = approve_by_ms,
                                   .hold = (char *)"unknown reference",
                                   .seen = (char *)"fr-chicago ar-chicago",
                                   .source_type = (char *)"application/cap+xml" };
}

static void insert(struct fixture *f, struct broadcast_row *row)
{
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, row, NULL, NULL, 0, &error));
    fixture_commit(f);
}

static struct broadcast_row *stored(struct fixture *f, int64_t no)
{
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_no(f->s, no, &row, &error));
    assert_non_null(row);
    return row;
}

static guint count_queued(struct fixture *f, int64_t no)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    OK(f->ops->notifications(f->s, no, 0, 9, out, &error));
    return out->len;
}

static void a_pending_one_waits_with_nothing_queued(void **state)
{
    struct fixture *f = *state;
    struct broadcast_row in = pending("A", 5000);
    insert(f, &in);
    assert_int_equal(count_queued(f, in.no), 0);
    struct broadcast_row *row = stored(f, in.no);
    assert_int_equal(row->state, BROADCAST_PENDING);
    assert_int_equal(row->approve_by_ms, 5000);
    assert_false(row->reminded);
    assert_int_equal(row->released_ms, 0);
    assert_string_equal(row->hold, in.hold);
    assert_string_equal(row->seen, in.seen);
    assert_string_equal(row->approved_by, "");
    assert_string_equal(row->source_type, in.source_type);
    broadcast_row_free(row);
}

/* Sets everything that may be decided about a broadcast. */
static void decide(struct broadcast_row *row)
{
    row->state = BROADCAST_RELEASED;
    row->urgency = URGENCY_EXPECTED;
    row->deadline_ms = 9000;
    row->missions = 1;
    row->representatives = 2;
    row->notifications = 3;
    row->hold = (char *)"";
    row->seen = (char *)"fr-chicago";
    row->approve_by_ms = 6000;
    row->reminded = true;
    row->approved_by = (char *)"unix:chief (way round: no approver answers)";
    row->released_ms = 4000;
}

static void assert_decided(struct fixture *f, const struct broadcast_row *in)
{
    struct broadcast_row *row = stored(f, in->no);
    assert_true(row->state == in->state && row->urgency == in->urgency &&
                row->deadline_ms == in->deadline_ms && row->reminded == in->reminded &&
                row->approve_by_ms == in->approve_by_ms && row->released_ms == in->released_ms);
    assert_true(row->missions == in->missions && row->representatives == in->representatives &&
                row->notifications == in->notifications);
    assert_string_equal(row->hold, in->hold);
    assert_string_equal(row->seen, in->seen);
    assert_string_equal(row->approved_by, in->approved_by);
    assert_string_equal(row->source_type, "application/cap+xml");
    assert_int_equal(row->received_ms, 1000);
    broadcast_row_free(row);
}

static void what_is_decided_is_rewritten_and_nothing_else(void **state)
{
    struct fixture *f = *state;
    struct broadcast_row row = pending("A", 5000), other = pending("B", 5000);
    insert(f, &row);
    insert(f, &other);
    decide(&row);
    int64_t no = row.no;
    row.received_ms = 7;
    row.source_type = (char *)"text/plain";
    fixture_begin(f);
    OK(f->ops->broadcast_update(f->s, &row, &error));
    fixture_commit(f);
    assert_decided(f, &row);
    struct broadcast_row *left = stored(f, other.no);
    assert_int_equal(left->state, BROADCAST_PENDING);
    broadcast_row_free(left);
    g_autoptr(GError) fault = NULL;
    row.no = no + 99;
    assert_false(f->ops->broadcast_update(f->s, &row, &fault));
    assert_non_null(strstr(fault->message, "there is none"));
}

static void a_release_stores_the_plan_with_the_decision(void **state)
{
    struct fixture *f = *state;
    struct broadcast_row row = pending("A", 5000);
    insert(f, &row);
    decide(&row);
    struct plan *p = fixture_plan(lines, G_N_ELEMENTS(lines));
    fixture_begin(f);
    OK(f->ops->plan_insert(f->s, &row, p, &error));
    fixture_commit(f);
    assert_int_equal(((struct notification *)p->notifications->pdata[1])->id,
                     row.no << NOTIFICATION_ORDINAL_BITS | 2);
    plan_free(p);
    assert_decided(f, &row);
    assert_int_equal(count_queued(f, row.no), 2);
}

static void only_what_is_pending_is_released(void **state)
{
    static const enum broadcast_state states[] = { BROADCAST_RELEASED, BROADCAST_REJECTED,
                                                   BROADCAST_LAPSED, BROADCAST_CANCELLED };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        struct broadcast_row row = pending(broadcast_state_names[states[i]], 5000);
        row.state = states[i];
        insert(f, &row);
        decide(&row);
        struct plan *p = fixture_plan(lines, 1);
        g_autoptr(GError) fault = NULL;
        fixture_begin(f);
        assert_false(f->ops->plan_insert(f->s, &row, p, &fault));
        assert_non_null(strstr(fault->message, "it is not pending"));
        f->ops->rollback(f->s);
        plan_free(p);
    }
}

static void what_came_in_is_kept_byte_by_byte(void **state)
{
    static const char bytes[] = "<alert>\0\xff\r\n";
    static const struct {
        const char *name, *source;
        size_t len;
    } rows[] = {
        { "bytes of any kind", bytes, sizeof bytes },
        { "no bytes at all", "", 0 },
        { "nothing was kept", NULL, 0 },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct broadcast_row row = pending(rows[i].name, 0);
        g_autoptr(GBytes) got = NULL;
        fixture_begin(f);
        OK(f->ops->broadcast_insert(f->s, &row, NULL, rows[i].source, rows[i].len, &error));
        fixture_commit(f);
        OK(f->ops->broadcast_source(f->s, row.no, &got, &error));
        g_autoptr(GBytes) want = rows[i].source ? g_bytes_new(rows[i].source, rows[i].len) : NULL;
        if ((got != NULL) != (want != NULL) || (got && !g_bytes_equal(got, want)))
            fail_msg("%s", rows[i].name);
    }
    GBytes *none = NULL;
    OK(f->ops->broadcast_source(f->s, 99, &none, &error));
    assert_null(none);
}

static char *names_of(const GPtrArray *rows)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < rows->len; i++)
        g_string_append(text, ((struct broadcast_row *)rows->pdata[i])->identifier);
    return g_string_free(text, FALSE);
}

static void approvers_are_reminded_at_half_time_and_it_lapses_at_the_end(void **state)
{
    static const struct {
        const char *name;
        int64_t now_ms;
        unsigned limit;
        const char *want;
        int64_t want_next_ms;
    } rows[] = {
        { "before half of the shorter one's time", 1999, 9, "", 2000 },
        { "the reminder of one is due", 2000, 9, "B", 2500 },
        { "the one that was reminded lapses", 2500, 9, "BC", 3000 },
        { "the longest due comes first", 9000, 9, "BCA", INT64_MAX },
        { "the limit leaves one", 9000, 2, "BC", 3000 },
    };
    struct fixture *f = *state;
    struct broadcast_row row[] = { pending("A", 5000), pending("B", 3000), pending("C", 2500),
                                   pending("D", 0), pending("E", 3000) };
    row[2].reminded = true;
    row[4].state = BROADCAST_RELEASED;
    for (size_t i = 0; i < G_N_ELEMENTS(row); i++)
        insert(f, &row[i]);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
        int64_t next_ms = 0;
        OK(f->ops->broadcast_pending(f->s, rows[i].now_ms, rows[i].limit, out, &next_ms, &error));
        g_autofree char *got = names_of(out);
        if (!g_str_equal(got, rows[i].want) || next_ms != rows[i].want_next_ms)
            fail_msg("%s: \"%s\", next %d", rows[i].name, got, (int)next_ms);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_pending_one_waits_with_nothing_queued),
        T(what_is_decided_is_rewritten_and_nothing_else),
        T(a_release_stores_the_plan_with_the_decision),
        T(only_what_is_pending_is_released),
        T(what_came_in_is_kept_byte_by_byte),
        T(approvers_are_reminded_at_half_time_and_it_lapses_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
