#include "store_fixture.h"

static struct matter *opened(struct fixture *f, enum matter_kind kind, const char *mission,
                             int64_t due_ms)
{
    struct matter *m = matter_new();
    char **const fields[] = { &m->mission, &m->owner,     &m->partner,
                              &m->about,   &m->opened_by, &m->body };
    const char *const texts[] = { mission, "office:chicago", "partner:local-police",
                                  "B-1",   "token:a",        "{}" };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_free(*fields[i]);
        *fields[i] = g_strdup(texts[i]);
    }
    m->kind = kind;
    m->urgency = URGENCY_FUTURE;
    m->opened_ms = m->changed_ms = m->behind_ms = 1000;
    m->from_ms = 5;
    m->until_ms = 6;
    m->due_ms = due_ms;
    OK(f->ops->matter_insert(f->s, m, &error));
    return m;
}

static void a_matter_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct matter *back = NULL, *none = NULL;
    fixture_begin(f);
    struct matter *m = opened(f, MATTER_PROTECTIVE_RESPONSE, "fr-chicago", 9000);
    fixture_commit(f);
    assert_int_equal(m->no, 1);
    fixture_reopen(f);
    OK(f->ops->matter_by_no(f->s, 1, &back, &error));
    assert_non_null(back);
    assert_int_equal(back->kind, MATTER_PROTECTIVE_RESPONSE);
    assert_int_equal(back->urgency, URGENCY_FUTURE);
    assert_int_equal(back->opened_ms, 1000);
    assert_int_equal(back->from_ms, 5);
    assert_int_equal(back->until_ms, 6);
    assert_int_equal(back->due_ms, 9000);
    assert_string_equal(back->mission, "fr-chicago");
    assert_string_equal(back->owner, "office:chicago");
    assert_string_equal(back->partner, "partner:local-police");
    assert_string_equal(back->opened_by, "token:a");
    assert_string_equal(back->about, "B-1");
    assert_string_equal(back->body, "{}");
    OK(f->ops->matter_by_no(f->s, 2, &none, &error));
    assert_null(none);
    matter_free(back);
    matter_free(m);
}

static void an_update_changes_what_may_change(void **state)
{
    struct fixture *f = *state;
    struct matter *back = NULL;
    GError *refused = NULL;
    fixture_begin(f);
    struct matter *m = opened(f, MATTER_CONTACT_UPDATE, "fr-chicago", 9000);
    assert_true(matter_move(m, MATTER_CONFIRM, 2000));
    m->behind_ms = 1500;
    OK(f->ops->matter_update(f->s, m, &error));
    fixture_commit(f);
    OK(f->ops->matter_by_no(f->s, m->no, &back, &error));
    assert_int_equal(back->state, MATTER_CONFIRMED);
    assert_int_equal(back->changed_ms, 2000);
    assert_int_equal(back->behind_ms, 1500);
    assert_true(back->due_ms == m->due_ms);
    m->no = 77;
    fixture_begin(f);
    assert_false(f->ops->matter_update(f->s, m, &refused));
    assert_non_null(refused);
    g_clear_error(&refused);
    f->ops->rollback(f->s);
    matter_free(back);
    matter_free(m);
}

static const struct filter_row {
    const char *name;
    struct matter_filter f;
    const char *want; /* numbers, newest first */
} filters[] = {
    { "all", { 0 }, "4 3 2 1" },
    { "a kind", { .kinds = 1 << MATTER_CONTACT_UPDATE }, "3 1" },
    { "two kinds",
      { .kinds = 1 << MATTER_CONTACT_UPDATE | 1 << MATTER_PROTECTIVE_RESPONSE },
      "4 3 1" },
    { "a mission", { .mission = "de-chicago" }, "4 3" },
    { "a state", { .states = 1 << MATTER_CONFIRMED }, "3" },
    { "an owner nobody is", { .owner = "office:boston" }, "" },
    { "a page", { .before_no = 3 }, "2 1" },
    { "all of it together",
      { .kinds = 1 << MATTER_CONTACT_UPDATE,
        .states = 1 << MATTER_OPEN,
        .mission = "fr-chicago",
        .owner = "office:chicago" },
      "1" },
};

static void a_list_is_filtered_and_paged(void **state)
{
    struct fixture *f = *state;
    static const struct {
        enum matter_kind kind;
        const char *mission;
    } all[] = { { MATTER_CONTACT_UPDATE, "fr-chicago" },
                { MATTER_SECURITY_INFORMATION, "fr-chicago" },
                { MATTER_CONTACT_UPDATE, "de-chicago" },
                { MATTER_PROTECTIVE_RESPONSE, "de-chicago" } };
    fixture_begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++) {
        struct matter *m = opened(f, all[i].kind, all[i].mission, INT64_MAX);
        if (i == 2) {
            matter_move(m, MATTER_CONFIRM, 3);
            OK(f->ops->matter_update(f->s, m, &error));
        }
        matter_free(m);
    }
    fixture_commit(f);
    for (size_t i = 0; i < G_N_ELEMENTS(filters); i++) {
        g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)matter_free);
        g_autoptr(GString) got = g_string_new(NULL);
        OK(f->ops->matter_list(f->s, &filters[i].f, 10, out, &error));
        for (guint k = 0; k < out->len; k++)
            g_string_append_printf(got, "%s%d", k ? " " : "",
                                   (int)((struct matter *)out->pdata[k])->no);
        if (strcmp(got->str, filters[i].want) != 0)
            fail_msg("%s: %s", filters[i].name, got->str);
    }
}

static void what_is_due_comes_in_order_and_says_what_is_next(void **state)
{
    struct fixture *f = *state;
    static const int64_t due_ms[] = { 300, INT64_MAX, 100, 200, 900 };
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)matter_free);
    int64_t next_ms = 0;
    fixture_begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(due_ms); i++)
        matter_free(opened(f, MATTER_CONTACT_UPDATE, "fr-chicago", due_ms[i]));
    fixture_commit(f);
    OK(f->ops->matter_overdue(f->s, 300, 9, out, &next_ms, &error));
    assert_int_equal(out->len, 3);
    assert_int_equal(((struct matter *)out->pdata[0])->no, 3);
    assert_int_equal(((struct matter *)out->pdata[2])->no, 1);
    assert_int_equal(next_ms, 900);
    g_ptr_array_set_size(out, 0);
    OK(f->ops->matter_overdue(f->s, 300, 1, out, &next_ms, &error));
    assert_int_equal(out->len, 1);
    assert_int_equal(next_ms, 200);
    g_ptr_array_set_size(out, 0);
    OK(f->ops->matter_overdue(f->s, 2000, 9, out, &next_ms, &error));
    assert_int_equal(out->len, 4);
    assert_true(next_ms == INT64_MAX);
}

static void a_history_is_kept_in_order(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)matter_event_free);
    static const char *const what[] = { "opened", "noted", "confirmed" };
    fixture_begin(f);
    struct matter *m = opened(f, MATTER_CONTACT_UPDATE, "fr-chicago", INT64_MAX);
    for (size_t i = 0; i < G_N_ELEMENTS(what); i++) {
        struct matter_event *e =
            matter_event_new(m->no, 9 - (int64_t)i, "unix:root", what[i], NULL);
        OK(f->ops->matter_event_add(f->s, e, &error));
        matter_event_free(e);
    }
    fixture_commit(f);
    OK(f->ops->matter_events(f->s, m->no, out, &error));
    assert_int_equal(out->len, 3);
    for (guint i = 0; i < out->len; i++)
        assert_string_equal(((struct matter_event *)out->pdata[i])->what, what[i]);
    assert_string_equal(((struct matter_event *)out->pdata[0])->note, "");
    matter_free(m);
}

static void the_answer_to_a_broadcast_finds_its_matter(void **state)
{
    struct fixture *f = *state;
    int64_t no = 9;
    g_autofree char *purpose = NULL, *none = NULL;
    int64_t broadcast_no =
        fixture_broadcast(f, "A", &(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
    fixture_begin(f);
    struct matter *m = opened(f, MATTER_CONTACT_UPDATE, "fr-chicago", INT64_MAX);
    OK(f->ops->matter_notice_put(f->s, broadcast_no, m->no, "proof", &error));
    fixture_commit(f);
    OK(f->ops->matter_notice_find(f->s, broadcast_no, &no, &purpose, &error));
    assert_int_equal(no, m->no);
    assert_string_equal(purpose, "proof");
    OK(f->ops->matter_notice_find(f->s, broadcast_no + 1, &no, &none, &error));
    assert_null(none);
    matter_free(m);
}

static void threat_levels_keep_their_history(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) one = g_ptr_array_new_with_free_func((GDestroyNotify)threat_row_free);
    g_autoptr(GPtrArray) last = g_ptr_array_new_with_free_func((GDestroyNotify)threat_row_free);
    fixture_begin(f);
    for (int i = 0; i < 4; i++) {
        struct threat_row r = { .mission = (char *)(i % 2 ? "fr-chicago" : "de-chicago"),
                                .level = (enum threat_level)i,
                                .author = (char *)"unix:root",
                                .reason = (char *)"why",
                                .time_ms = 10 + i,
                                .review_ms = 20 + i };
        OK(f->ops->threat_put(f->s, &r, &error));
    }
    fixture_commit(f);
    OK(f->ops->threat_list(f->s, "fr-chicago", one, &error));
    assert_int_equal(one->len, 2);
    assert_int_equal(((struct threat_row *)one->pdata[0])->level, THREAT_MEDIUM);
    assert_int_equal(((struct threat_row *)one->pdata[1])->review_ms, 23);
    OK(f->ops->threat_list(f->s, NULL, last, &error));
    assert_int_equal(last->len, 2);
    assert_string_equal(((struct threat_row *)last->pdata[0])->mission, "de-chicago");
    assert_int_equal(((struct threat_row *)last->pdata[0])->level, THREAT_HIGH);
}

static void campaigns_know_their_broadcasts(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)campaign_row_free);
    for (int i = 0; i < 2; i++) {
        int64_t no = fixture_broadcast(f, i ? "B" : "A",
                                       &(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
        struct campaign_row r = { .no = no,
                                  .started_ms = 1,
                                  .ends_ms = 2,
                                  .author = (char *)"unix:root",
                                  .audience = (char *)"{}" };
        fixture_begin(f);
        OK(f->ops->campaign_put(f->s, &r, &error));
        fixture_commit(f);
    }
    OK(f->ops->campaign_list(f->s, out, &error));
    assert_int_equal(out->len, 2);
    const struct campaign_row *newest = out->pdata[0];
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_id(f->s, newest->id, &row, &error));
    assert_non_null(row);
    assert_int_equal(row->no, newest->no);
    assert_string_equal(row->identifier, "B");
    broadcast_row_free(row);
}

static void a_token_remembers_its_mission(void **state)
{
    struct fixture *f = *state;
    struct token_row *back = NULL;
    struct token_row t = { .id = (char *)"1",
                           .name = (char *)"n",
                           .digest = (char *)"d",
                           .mission = (char *)"fr-chicago",
                           .roles = 16,
                           .created_by = (char *)"unix:root" };
    fixture_begin(f);
    OK(f->ops->token_insert(f->s, &t, &error));
    fixture_commit(f);
    OK(f->ops->token_by_digest(f->s, "d", &back, &error));
    assert_string_equal(back->mission, "fr-chicago");
    assert_int_equal(back->roles, 16);
    token_row_free(back);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_matter_comes_back_as_it_was),    T(an_update_changes_what_may_change),
        T(a_list_is_filtered_and_paged),     T(what_is_due_comes_in_order_and_says_what_is_next),
        T(a_history_is_kept_in_order),       T(the_answer_to_a_broadcast_finds_its_matter),
        T(threat_levels_keep_their_history), T(campaigns_know_their_broadcasts),
        T(a_token_remembers_its_mission),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
