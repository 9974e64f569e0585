#include "store_fixture.h"

static void the_journal_has_no_gap_after_something_is_undone(void **state)
{
    struct fixture *f = *state;
    fixture_begin(f);
    fixture_journal(f, "one");
    OK(f->ops->savepoint(f->s, &error));
    fixture_journal(f, "undone");
    f->ops->savepoint_undo(f->s);
    OK(f->ops->savepoint(f->s, &error));
    fixture_journal(f, "two");
    OK(f->ops->savepoint_keep(f->s, &error));
    fixture_commit(f);
    fixture_begin(f);
    fixture_journal(f, "undone");
    f->ops->rollback(f->s);
    assert_int_equal(fixture_journal_last(f), 2);
    fixture_reopen(f);
    fixture_begin(f);
    fixture_journal(f, "three");
    fixture_commit(f);
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_read(f->s, NULL, 0, 9, records, &error));
    static const char *const events[] = { "one", "two", "three" };
    assert_int_equal(records->len, G_N_ELEMENTS(events));
    const char *prev = "";
    for (guint i = 0; i < records->len; i++) {
        const struct record *r = records->pdata[i];
        assert_int_equal(r->seq, i + 1);
        assert_string_equal(r->event, events[i]);
        assert_string_equal(r->prev, prev);
        prev = r->hash;
    }
    assert_int_equal(strlen(prev), RECORD_HASH_LEN);
}

static void what_is_appended_together_is_one_chain_with_the_others(void **state)
{
    struct fixture *f = *state;
    struct record *all[3];
    for (int i = 0; i < 3; i++) {
        all[i] = record_new("together", 10 + i);
        all[i]->reply = i == 1 ? g_strdup("one has a reply") : NULL;
    }
    fixture_begin(f);
    fixture_journal(f, "before");
    OK(f->ops->journal_append_all(f->s, all, 3, &error));
    fixture_journal(f, "after");
    fixture_commit(f);
    fixture_reopen(f);
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_read(f->s, NULL, 0, 9, records, &error));
    assert_int_equal(records->len, 5);
    const char *prev = "";
    for (guint i = 0; i < records->len; i++) {
        const struct record *r = records->pdata[i];
        assert_int_equal(r->seq, i + 1);
        assert_string_equal(r->prev, prev);
        assert_true((i == 2) == (r->reply != NULL));
        prev = r->hash;
    }
    for (int i = 0; i < 3; i++) {
        const struct record *r = records->pdata[1 + i];
        assert_int_equal(r->time_ms, 10 + i);
        assert_int_equal(all[i]->seq, r->seq);
        record_free(all[i]);
    }
}

static void a_record_comes_back_as_it_was(void **state)
{
    struct fixture *f = *state;
    struct record *r = record_new("notification.deferred", 123);
    char **const texts[] = { &r->status,   &r->broadcast, &r->missions, &r->recipient, &r->channel,
                             &r->endpoint, &r->outcome,   &r->reply,    &r->digest,    &r->plan,
                             &r->detail,   &r->key,       &r->signature };
    g_strlcpy(r->salt, "salt", sizeof r->salt);
    g_strlcpy(r->personal, "personal", sizeof r->personal);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup_printf("text %d", (int)i);
    r->attempt = 3;
    r->due_ms = 456;
    fixture_begin(f);
    OK(f->ops->journal_append(f->s, r, &error));
    fixture_commit(f);
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_read(f->s, NULL, 0, 9, out, &error));
    const struct record *g = out->pdata[0];
    const char *const got[] = { g->status,   g->broadcast, g->missions, g->recipient, g->channel,
                                g->endpoint, g->outcome,   g->reply,    g->digest,    g->plan,
                                g->detail,   g->key,       g->signature };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_string_equal(got[i], *texts[i]);
    assert_null(g->node);
    assert_true(g->time_ms == 123 && g->attempt == 3 && g->due_ms == 456 && g->duration_ms == -1);
    assert_string_equal(g->hash, r->hash);
    assert_string_equal(g->salt, "salt");
    assert_string_equal(g->personal, "personal");
    record_free(r);
}

static void the_journal_is_filtered(void **state)
{
    static const struct {
        const char *broadcast, *missions, *outcome, *channel;
        int64_t time_ms;
        const char *signature;
    } stored[] = {
        { "b1", "fr-chicago mx-chicago", "accepted", "smtp", 10, NULL },
        { "b1", "mx-chicago", "deferred", "smtp", 20, "s" },
        { "b2", "fr-chicago-2", "accepted", "webhook", 30, NULL },
        { NULL, NULL, NULL, NULL, 40, "t" },
    };
    static const struct {
        const char *name;
        struct record_filter filter;
        int64_t after;
        unsigned limit;
        const char *want;
    } rows[] = {
        { "no filter is everything", { 0 }, 0, 9, "1 2 3 4" },
        { "after and limit page", { 0 }, 1, 2, "2 3" },
        { "a broadcast", { .broadcast = "b1" }, 0, 9, "1 2" },
        { "a mission is a whole word", { .mission = "fr-chicago" }, 0, 9, "1" },
        { "a mission at the end", { .mission = "mx-chicago" }, 0, 9, "1 2" },
        { "an outcome", { .outcome = "accepted" }, 0, 9, "1 3" },
        { "a channel", { .channel = "webhook" }, 0, 9, "3" },
        { "from a time, inclusive", { .since_ms = 20 }, 0, 9, "2 3 4" },
        { "until a time, exclusive", { .until_ms = 20 }, 0, 9, "1" },
        { "what is signed", { .is_signed = true }, 0, 9, "2 4" },
        { "what is signed of a broadcast", { .broadcast = "b1", .is_signed = true }, 0, 9, "2" },
        { "all that are set", { .broadcast = "b1", .outcome = "accepted" }, 0, 9, "1" },
        { "nothing fits", { .broadcast = "b2", .mission = "mx-chicago" }, 0, 9, "" },
    };
    struct fixture *f = *state;
    fixture_begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(stored); i++) {
        struct record *r = record_new("e", stored[i].time_ms);
        r->broadcast = g_strdup(stored[i].broadcast);
        r->missions = g_strdup(stored[i].missions);
        r->outcome = g_strdup(stored[i].outcome);
        r->channel = g_strdup(stored[i].channel);
        r->signature = g_strdup(stored[i].signature);
        OK(f->ops->journal_append(f->s, r, &error));
        record_free(r);
    }
    fixture_commit(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
        OK(f->ops->journal_read(f->s, &rows[i].filter, rows[i].after, rows[i].limit, out, &error));
        g_autoptr(GString) got = g_string_new(NULL);
        for (guint k = 0; k < out->len; k++)
            g_string_append_printf(got, "%s%d", k ? " " : "",
                                   (int)((struct record *)out->pdata[k])->seq);
        if (strcmp(got->str, rows[i].want))
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].name, got->str, rows[i].want);
    }
}

static void append_loose(struct fixture *f, int64_t at_ms, const char *broadcast, const char *who,
                         const char *salt)
{
    struct record *r = record_new("audit.act", at_ms);
    r->broadcast = g_strdup(broadcast);
    r->recipient = g_strdup(who);
    g_strlcpy(r->salt, salt, sizeof r->salt);
    OK(f->ops->journal_append(f->s, r, &error));
    record_free(r);
}

static void what_belongs_to_no_broadcast_is_found_while_it_names_somebody(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    fixture_begin(f);
    append_loose(f, 10, NULL, "unix:root", "salt");
    append_loose(f, 10, "a-broadcast", "unix:root", "salt");
    append_loose(f, 10, NULL, NULL, "salt");    /* it names nobody */
    append_loose(f, 10, NULL, "unix:root", ""); /* the old form */
    append_loose(f, 19, NULL, "token:a", "salt");
    append_loose(f, 20, NULL, "token:b", "salt");
    append_loose(f, 11, NULL, "token:c", "salt");
    OK(f->ops->journal_loose(f->s, 20, 0, 2, out, &error));
    OK(f->ops->journal_loose(f->s, 20, 5, 2, out, &error));
    static const int64_t seqs[] = { 1, 5, 7 };
    assert_int_equal(out->len, G_N_ELEMENTS(seqs));
    for (guint i = 0; i < out->len; i++)
        assert_int_equal(((struct record *)out->pdata[i])->seq, seqs[i]);
    OK(f->ops->erase_record(f->s, out->pdata[0], &error));
    g_ptr_array_set_size(out, 0);
    OK(f->ops->journal_loose(f->s, 20, 0, 9, out, &error));
    assert_int_equal(out->len, 2);
    fixture_commit(f);
}

/* What was spared says so, which its row does not. */
static void append_spared(struct fixture *f)
{
    struct record *r = record_new("e", 1);
    OK(f->ops->journal_append(f->s, r, &error));
    r->node = g_strdup("spared");
    f->ops->journal_spare(f->s, r);
}

/* "1 2* 3": in order, * is what was spared. */
static char *follow(struct fixture *f, int64_t after, unsigned limit)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_follow(f->s, after, limit, out, &error));
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < out->len; i++) {
        const struct record *r = out->pdata[i];
        g_string_append_printf(text, "%s%d%s", i ? " " : "", (int)r->seq, r->node ? "*" : "");
    }
    return g_string_free(text, FALSE);
}

static void expect_follow(struct fixture *f, int64_t after, unsigned limit, const char *want)
{
    g_autofree char *got = follow(f, after, limit);
    assert_string_equal(got, want);
}

static void who_follows_is_given_what_was_spared_and_the_table_says_the_rest(void **state)
{
    struct fixture *f = *state;
    fixture_begin(f);
    fixture_journal(f, "e");
    for (int i = 0; i < 4; i++)
        append_spared(f);
    fixture_commit(f);
    expect_follow(f, 0, 1, "1");
    expect_follow(f, 1, 2, "2* 3*");
    expect_follow(f, 1, 2, "2 3");
    fixture_begin(f);
    fixture_journal(f, "e");
    fixture_commit(f);
    expect_follow(f, 3, 9, "4* 5* 6");
    expect_follow(f, 6, 9, "");
}

static void a_gap_in_what_was_spared_is_never_skipped(void **state)
{
    struct fixture *f = *state;
    fixture_begin(f);
    append_spared(f);
    fixture_journal(f, "e");
    append_spared(f);
    fixture_commit(f);
    expect_follow(f, 0, 9, "1 2 3");
    fixture_begin(f);
    append_spared(f);
    append_spared(f);
    fixture_commit(f);
    expect_follow(f, 4, 9, "5*");
}

static void what_was_undone_or_erased_is_not_given(void **state)
{
    struct fixture *f = *state;
    fixture_begin(f);
    append_spared(f);
    f->ops->rollback(f->s);
    expect_follow(f, 0, 9, "");
    fixture_begin(f);
    append_spared(f);
    OK(f->ops->savepoint(f->s, &error));
    append_spared(f);
    f->ops->savepoint_undo(f->s);
    fixture_commit(f);
    expect_follow(f, 0, 9, "1");
    fixture_begin(f);
    append_spared(f);
    struct record erased = { .seq = 2 };
    OK(f->ops->erase_record(f->s, &erased, &error));
    fixture_commit(f);
    expect_follow(f, 1, 9, "2");
}

static void what_is_spared_has_a_bound(void **state)
{
    struct fixture *f = *state;
    fixture_begin(f);
    for (int i = 0; i < 2049; i++)
        append_spared(f);
    fixture_commit(f);
    expect_follow(f, 0, 1, "1");
    expect_follow(f, 1, 1, "2*");
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_journal_has_no_gap_after_something_is_undone),
        T(what_is_appended_together_is_one_chain_with_the_others),
        T(a_record_comes_back_as_it_was),
        T(the_journal_is_filtered),
        T(what_belongs_to_no_broadcast_is_found_while_it_names_somebody),
        T(who_follows_is_given_what_was_spared_and_the_table_says_the_rest),
        T(a_gap_in_what_was_spared_is_never_skipped),
        T(what_was_undone_or_erased_is_not_given),
        T(what_is_spared_has_a_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
