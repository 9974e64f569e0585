#include "store_fixture.h"

static const struct line lines[] = { { "smtp", URGENCY_IMMEDIATE, 1, "1" },
                                     { "https://a:443", URGENCY_IMMEDIATE, 2, "1 2" },
                                     { "smtp", URGENCY_IMMEDIATE, 3, "2" } };

static void assert_row_equal(const struct broadcast_row *r, const struct broadcast_row *in)
{
    assert_non_null(r);
    assert_true(r->no == in->no && r->sent_ms == in->sent_ms && r->received_ms == in->received_ms &&
                r->deadline_ms == in->deadline_ms);
    assert_true(r->status == in->status && r->type == in->type && r->urgency == in->urgency &&
                r->severity == in->severity && r->state == in->state);
    assert_true(r->missions == in->missions && r->representatives == in->representatives &&
                r->notifications == in->notifications);
    assert_string_equal(r->id, in->id);
    assert_string_equal(r->digest, in->digest);
    assert_string_equal(r->body, in->body);
    assert_string_equal(r->headline, in->headline);
    assert_string_equal(r->author, in->author);
}

static void a_broadcast_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct plan *p = fixture_plan(lines, G_N_ELEMENTS(lines));
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = g_strdup("mission-1");
    m->because = g_strdup("cities[0] = Chicago, IL");
    m->threat = THREAT_CRITICAL;
    g_ptr_array_add(p->missions, m);
    struct broadcast_row in = { .id = (char *)"uuid",
                                .identifier = (char *)"PLD-1",
                                .sender = (char *)"s",
                                .sent_ms = 11,
                                .digest = (char *)"d",
                                .body = (char *)"{}",
                                .status = STATUS_EXERCISE,
                                .type = TYPE_UPDATE,
                                .urgency = URGENCY_FUTURE,
                                .severity = SEVERITY_MINOR,
                                .state = BROADCAST_RELEASED,
                                .received_ms = 12,
                                .deadline_ms = 13,
                                .headline = (char *)"Marche",
                                .author = (char *)"unix:root",
                                .missions = 1,
                                .representatives = 2,
                                .notifications = 3 };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &in, p, NULL, 0, &error));
    fixture_commit(f);
    assert_int_equal(((struct notification *)p->notifications->pdata[2])->id,
                     in.no << NOTIFICATION_ORDINAL_BITS | 3);
    plan_free(p);
    fixture_reopen(f);
    struct broadcast_row *out[3] = { NULL };
    OK(f->ops->broadcast_by_id(f->s, "uuid", &out[0], &error));
    OK(f->ops->broadcast_by_no(f->s, in.no, &out[1], &error));
    OK(f->ops->broadcast_by_key(f->s, "PLD-1", "s", 11, &out[2], &error));
    for (size_t i = 0; i < G_N_ELEMENTS(out); i++) {
        assert_row_equal(out[i], &in);
        broadcast_row_free(out[i]);
    }
    OK(f->ops->broadcast_by_key(f->s, "PLD-1", "s", 12, &out[0], &error));
    assert_null(out[0]);
    g_autoptr(GPtrArray) missions =
        g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    OK(f->ops->missions(f->s, in.no, missions, &error));
    assert_int_equal(missions->len, 1);
    m = missions->pdata[0];
    assert_string_equal(m->because, "cities[0] = Chicago, IL");
    assert_string_equal(m->gaps, "");
    assert_int_equal(m->threat, THREAT_CRITICAL);
}

static void append_mission(struct fixture *f, int64_t no, const char *id)
{
    struct plan *more = plan_new();
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = g_strdup(id);
    g_ptr_array_add(more->missions, m);
    fixture_begin(f);
    OK(f->ops->plan_append(f->s, no, more, &error));
    fixture_commit(f);
    plan_free(more);
}

static void an_appended_mission_stands_behind_the_others(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, 1);
    append_mission(f, no, "mission-9");
    append_mission(f, no, "mission-8");
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    OK(f->ops->missions(f->s, no, all, &error));
    assert_int_equal(all->len, 2);
    assert_string_equal(((struct affected_mission *)all->pdata[0])->id, "mission-9");
    assert_string_equal(((struct affected_mission *)all->pdata[1])->id, "mission-8");
}

static struct affected_mission *mission_number(unsigned i)
{
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    char **const texts[] = { &m->name,    &m->kind,   &m->country,        &m->city, &m->state,
                             &m->because, &m->office, &m->office_because, &m->duty, &m->gaps };
    m->id = g_strdup_printf("mission-%u", i);
    m->timezone = NULL; /* as good as "" */
    m->threat = (enum threat_level)(i % 4);
    for (unsigned k = 0; k < G_N_ELEMENTS(texts); k++)
        *texts[k] = g_strdup_printf("text %u of %u", k, i);
    return m;
}

static void assert_mission(const struct affected_mission *m, unsigned i)
{
    struct affected_mission *want = mission_number(i);
    assert_string_equal(m->id, want->id);
    assert_string_equal(m->name, want->name);
    assert_string_equal(m->kind, want->kind);
    assert_string_equal(m->country, want->country);
    assert_string_equal(m->city, want->city);
    assert_string_equal(m->state, want->state);
    assert_string_equal(m->timezone, "");
    assert_int_equal(m->threat, want->threat);
    assert_string_equal(m->because, want->because);
    assert_string_equal(m->office, want->office);
    assert_string_equal(m->office_because, want->office_because);
    assert_string_equal(m->duty, want->duty);
    assert_string_equal(m->gaps, want->gaps);
    affected_mission_free(want);
}

static void missions_come_back_in_order_all_or_those_that_are_asked_for(void **state)
{
    enum { MANY = 600 };
    struct fixture *f = *state;
    struct plan *more = plan_new();
    int64_t no = fixture_broadcast(f, "A", lines, 1);
    for (unsigned i = 0; i < MANY; i++)
        g_ptr_array_add(more->missions, mission_number(i));
    fixture_begin(f);
    OK(f->ops->plan_append(f->s, no, more, &error));
    fixture_commit(f);
    append_mission(f, no, "mission-last");
    fixture_reopen(f);
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    OK(f->ops->missions(f->s, no, all, &error));
    assert_int_equal(all->len, MANY + 1);
    for (unsigned i = 0; i < MANY; i++)
        assert_mission(all->pdata[i], i);
    assert_string_equal(((struct affected_mission *)all->pdata[MANY])->id, "mission-last");
    struct obligation *o = obligation_new();
    g_ptr_array_add(o->missions, g_strdup("mission-599"));
    g_ptr_array_add(o->missions, g_strdup("mission-3"));
    g_ptr_array_add(o->missions, g_strdup("mission"));
    g_autoptr(GPtrArray) of = g_ptr_array_new();
    g_ptr_array_add(of, o);
    g_ptr_array_set_size(all, 0);
    OK(f->ops->missions_of(f->s, no, of, all, &error));
    assert_int_equal(all->len, 2);
    assert_mission(all->pdata[0], 3);
    assert_mission(all->pdata[1], 599);
    obligation_free(o);
    plan_free(more);
}

static void a_plan_comes_back_and_can_grow(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, G_N_ELEMENTS(lines));
    uint32_t obligation = 0, notification = 0;
    OK(f->ops->next_ordinals(f->s, no, &obligation, &notification, &error));
    assert_int_equal(obligation, 3);
    assert_int_equal(notification, 4);
    struct plan *more = plan_new();
    struct obligation *o = fixture_obligation(obligation);
    o->kind = OBLIGATION_DESK;
    o->reason = OBLIGATION_ALL_REFUSED;
    o->part = PART_RELEASE;
    g_ptr_array_add(o->missions, g_strdup("mission-9"));
    g_ptr_array_add(more->obligations, o);
    struct notification *n =
        fixture_notification(&(struct line){ "smtp", URGENCY_IMMEDIATE, 0, "3" }, 4);
    n->id |= no << NOTIFICATION_ORDINAL_BITS;
    g_ptr_array_add(more->notifications, n);
    fixture_begin(f);
    OK(f->ops->plan_append(f->s, no, more, &error));
    fixture_commit(f);
    plan_free(more);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, no, all, &error));
    assert_int_equal(all->len, 3);
    o = all->pdata[2];
    assert_int_equal(o->kind, OBLIGATION_DESK);
    assert_int_equal(o->part, PART_RELEASE);
    assert_int_equal(((struct obligation *)all->pdata[0])->part, PART_FULL);
    assert_ptr_equal(o->reason, obligation_reason(OBLIGATION_ALL_REFUSED));
    assert_int_equal(o->missions->len, 2);
    assert_string_equal(o->missions->pdata[1], "mission-9");
    assert_string_equal(o->phone, "+1-555-0100");
    g_autoptr(GPtrArray) page = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    OK(f->ops->notifications(f->s, no, 1, 2, page, &error));
    assert_int_equal(page->len, 2);
    n = page->pdata[0];
    assert_string_equal(n->lane, "https://a:443");
    assert_int_equal(n->obligations->len, 2);
    assert_int_equal(g_array_index(n->obligations, uint32_t, 1), 2);
}

static void an_untried_notice_takes_one_more_obligation(void **state)
{
    static const struct {
        const char *name, *recipient;
        enum notification_state state;
        unsigned attempt;
        bool want;
    } rows[] = {
        { "a queued notice of a desk", "desk:pld", NOTIFICATION_QUEUED, 0, true },
        { "one of an office that gathers", "office:chicago", NOTIFICATION_DEFERRED, 0, true },
        { "one that was tried", "desk:pld", NOTIFICATION_DEFERRED, 1, false },
        { "one that is being sent", "desk:pld", NOTIFICATION_SENDING, 0, false },
        { "one that went out", "desk:pld", NOTIFICATION_ACCEPTED, 0, false },
        { "a representative's message", "fr-chicago/1", NOTIFICATION_QUEUED, 0, false },
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct plan *p = fixture_plan(lines, 1);
        g_ptr_array_add(p->obligations, fixture_obligation(2));
        struct notification *n = p->notifications->pdata[0];
        g_free(n->recipient);
        n->recipient = g_strdup(rows[i].recipient);
        n->state = rows[i].state;
        n->attempt = rows[i].attempt;
        struct broadcast_row row = { .id = (char *)rows[i].name,
                                     .identifier = (char *)rows[i].name };
        bool joined = !rows[i].want, other = true;
        fixture_begin(f);
        OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
        OK(f->ops->join_waiting(f->s, row.no, n->endpoint, 2, &joined, &error));
        OK(f->ops->join_waiting(f->s, row.no, "mailto:other@x.example", 2, &other, &error));
        fixture_commit(f);
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        OK(f->ops->notifications(f->s, row.no, 0, 9, out, &error));
        const GArray *served = ((struct notification *)out->pdata[0])->obligations;
        if (joined != rows[i].want || other || served->len != (rows[i].want ? 2 : 1))
            fail_msg("%s: joined %d, serves %u", rows[i].name, joined, served->len);
        plan_free(p);
    }
}

static void a_plan_with_foreign_numbers_is_refused(void **state)
{
    struct fixture *f = *state;
    int64_t no = fixture_broadcast(f, "A", lines, 1);
    struct plan *p = fixture_plan(lines, 1);
    g_autoptr(GError) error = NULL;
    fixture_begin(f);
    assert_false(f->ops->plan_append(f->s, no, p, &error));
    assert_non_null(strstr(error->message, "is not of broadcast 1"));
    f->ops->rollback(f->s);
    plan_free(p);
}

static void the_natural_key_is_stored_once(void **state)
{
    struct fixture *f = *state;
    fixture_broadcast(f, "A", lines, 1);
    struct plan *p = plan_new();
    struct broadcast_row row = { .id = (char *)"other",
                                 .identifier = (char *)"A",
                                 .sender = (char *)"duty@dss.example",
                                 .sent_ms = 1000 };
    g_autoptr(GError) error = NULL;
    fixture_begin(f);
    assert_false(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    f->ops->rollback(f->s);
    plan_free(p);
}

static void broadcasts_are_listed_newest_first_by_pages(void **state)
{
    struct fixture *f = *state;
    static const char *const names[] = { "A", "B", "C" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        fixture_broadcast(f, names[i], lines, 1);
    g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func((GDestroyNotify)broadcast_row_free);
    OK(f->ops->broadcast_list(f->s, NULL, 0, 2, rows, &error));
    assert_int_equal(rows->len, 2);
    assert_string_equal(((struct broadcast_row *)rows->pdata[0])->identifier, "C");
    OK(f->ops->broadcast_list(f->s, NULL, ((struct broadcast_row *)rows->pdata[1])->no, 2, rows,
                              &error));
    assert_int_equal(rows->len, 3);
    assert_string_equal(((struct broadcast_row *)rows->pdata[2])->identifier, "A");
}

static void released_ones_are_overdue_at_their_deadline(void **state)
{
    static const struct {
        const char *name;
        int64_t now_ms;
        unsigned limit, want;
        int64_t want_next_ms;
    } rows[] = {
        { "nothing is due yet", 899999, 9, 0, 900000 },
        { "both are due, none is left", 900000, 9, 2, INT64_MAX },
        { "the limit leaves one", 900000, 1, 1, 900000 },
    };
    struct fixture *f = *state;
    int64_t closed = fixture_broadcast(f, "A", lines, 1);
    fixture_broadcast(f, "B", lines, 1);
    fixture_broadcast(f, "C", lines, 1);
    fixture_begin(f);
    OK(f->ops->broadcast_set_state(f->s, closed, BROADCAST_CLOSED, &error));
    fixture_commit(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GArray) out = g_array_new(FALSE, FALSE, sizeof(int64_t));
        int64_t next_ms = 0;
        OK(f->ops->broadcast_overdue(f->s, rows[i].now_ms, rows[i].limit, out, &next_ms, &error));
        if (out->len != rows[i].want || next_ms != rows[i].want_next_ms)
            fail_msg("%s: %u, next %d", rows[i].name, out->len, (int)next_ms);
    }
    g_autoptr(GError) error = NULL;
    assert_false(f->ops->broadcast_set_state(f->s, 99, BROADCAST_CLOSED, &error));
    assert_non_null(strstr(error->message, "broadcast 99: there is none"));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_broadcast_comes_back_as_it_was),
        T(a_plan_comes_back_and_can_grow),
        T(an_appended_mission_stands_behind_the_others),
        T(missions_come_back_in_order_all_or_those_that_are_asked_for),
        T(an_untried_notice_takes_one_more_obligation),
        T(a_plan_with_foreign_numbers_is_refused),
        T(the_natural_key_is_stored_once),
        T(broadcasts_are_listed_newest_first_by_pages),
        T(released_ones_are_overdue_at_their_deadline),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
