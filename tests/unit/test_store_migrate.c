#include "store_fixture.h"

#include "model/answer.h"
#include "model/ladder.h"
#include "sqlite_schema.h"
#include <sqlite3.h>

/* A file as a daemon of an earlier schema left it: the first steps and some of its rows. */
static void make_old(const struct fixture *f, size_t version, const char *rows)
{
    g_autofree char *path = g_build_filename(f->dir, "liaisond.db", NULL);
    g_autofree char *stamp = g_strdup_printf("PRAGMA application_id = %d; PRAGMA user_version = %d",
                                             SQLITE_APPLICATION_ID, (int)version);
    sqlite3 *db = NULL;
    g_mkdir(f->dir, 0700);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    for (size_t i = 0; i < version; i++)
        assert_int_equal(sqlite3_exec(db, sqlite_schema_steps[i], NULL, NULL, NULL), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, rows, NULL, NULL, &why) != SQLITE_OK ||
        sqlite3_exec(db, stamp, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s", why);
    sqlite3_close(db);
}

#define KEY "(1 << 20)"
static const char version_4[] =
    "INSERT INTO broadcast VALUES (1, 'uuid', 'PLD-1', 'duty@dss.example', 1000, 0, 0, 0, 1, 2,"
    " 1100, 900000, 1, 1, 6, 'digest', 'March', 'unix:root', '{}');"
    "INSERT INTO obligation VALUES (" KEY " | 1, 0, 0, 1, 'mission-1/1', 'N', 'en', '', 'affected',"
    " '', 'mission-1');"
    "INSERT INTO lane VALUES (1, 'smtp');"
    "INSERT INTO notification SELECT " KEY " | column1, column2, column2 = 0, column3, 0, 8,"
    " 0, 900000, 0, 'mailto:r@mission.example', 'mission-1/1', 'en', '1' FROM (VALUES"
    " (1, 0, 0), (2, 1, 0), (3, 2, 1), (4, 3, 1), (5, 4, 1), (6, 4, 2));"
    "INSERT INTO way SELECT " KEY " | 1, id FROM notification;"
    "INSERT INTO meta VALUES ('node', 'a');";

static void the_rows_of_version_4_are_kept(void **state)
{
    struct fixture *f = *state;
    make_old(f, 4, version_4);
    fixture_open(f);
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_key(f->s, "PLD-1", "duty@dss.example", 1000, &row, &error));
    assert_non_null(row);
    assert_string_equal(row->headline, "March");
    assert_string_equal(row->body, "{}");
    assert_string_equal(row->hold, "");
    assert_string_equal(row->source_type, "application/json");
    assert_int_equal(row->state, BROADCAST_RELEASED);
    assert_int_equal(row->released_ms, 1100);
    assert_int_equal(row->approve_by_ms, 0);
    assert_null(row->references);
    broadcast_row_free(row);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, 1, all, &error));
    assert_int_equal(all->len, 1);
    assert_int_equal(((struct obligation *)all->pdata[0])->part, PART_FULL);
    GBytes *source = NULL;
    OK(f->ops->broadcast_source(f->s, 1, &source, &error));
    assert_null(source);
    g_autofree char *node = NULL;
    OK(f->ops->meta_get(f->s, "node", &node, &error));
    assert_string_equal(node, "a");
}

static void what_version_4_may_have_told_counts_as_told(void **state)
{
    static const struct {
        const char *name;
        enum notification_told want;
    } rows[] = {
        { "queued, never tried", TOLD_NO },
        { "in flight when it stopped", TOLD_MAYBE },
        { "deferred after an attempt", TOLD_MAYBE },
        { "accepted", TOLD_YES },
        { "refused at once", TOLD_NO },
        { "refused after another attempt", TOLD_MAYBE },
    };
    struct fixture *f = *state;
    make_old(f, 4, version_4);
    fixture_open(f);
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    OK(f->ops->notifications(f->s, 1, 0, 99, out, &error));
    assert_int_equal(out->len, G_N_ELEMENTS(rows));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct notification *n = out->pdata[i];
        if (n->told != rows[i].want)
            fail_msg("%s: %d", rows[i].name, (int)n->told);
    }
}

/* It was planned before priorities told corrections apart, and must not pass for one. */
static void what_waited_in_version_4_keeps_its_place(void **state)
{
    struct fixture *f = *state;
    int64_t due_ms = 0;
    bool more = false;
    make_old(f, 4, version_4);
    fixture_open(f);
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
    fixture_begin(f);
    OK(f->ops->claim(f->s, "smtp", URGENCY_IMMEDIATE, 9, 900, out, &due_ms, &more, &error));
    fixture_commit(f);
    assert_int_equal(out->len, 2);
    for (guint i = 0; i < out->len; i++)
        assert_int_equal(
            ((struct notification *)out->pdata[i])->priority,
            notification_priority(URGENCY_IMMEDIATE, SEVERITY_EXTREME, THREAT_CRITICAL, 0));
}

/* The first schema that knew corrections, approval and CAP. */
static const char version_5[] =
    "INSERT INTO broadcast (no, id, identifier, sender, sent_ms, status, type, urgency, severity,"
    " state, received_ms, deadline_ms, missions, representatives, notifications, digest, headline,"
    " author, body, approved_by) VALUES (1, 'uuid', 'PLD-1', 'duty@dss.example', 1000, 0, 1, 0, 1,"
    " 2, 1100, 900000, 1, 1, 1, 'digest', 'July', 'unix:root', '{}', 'unix:chief');"
    "INSERT INTO obligation (id, kind, state, rank, recipient, name, language, phone, reason,"
    " detail, missions, part) VALUES (" KEY " | 1, 0, 1, 1, 'mission-1/1', 'N', 'en', '+1',"
    " 'affected', '', 'mission-1', 1);"
    "INSERT INTO lane VALUES (1, 'smtp');"
    "INSERT INTO notification (id, state, ready, attempt, due_ms, queue, priority, deadline_ms,"
    " channel, endpoint, recipient, language, obligations, told) VALUES (" KEY " | 1, 3, 0, 1, 0,"
    " 8, 1, 900000, 0, 'mailto:r@mission.example', 'mission-1/1', 'en', '1', 2);"
    "INSERT INTO way VALUES (" KEY " | 1, " KEY " | 1);";

static void nobody_in_version_5_was_asked(void **state)
{
    struct fixture *f = *state;
    make_old(f, 5, version_5);
    fixture_open(f);
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_no(f->s, 1, &row, &error));
    assert_string_equal(row->approved_by, "unix:chief");
    assert_string_equal(row->link_key, "");
    broadcast_row_free(row);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    OK(f->ops->obligations(f->s, 1, all, &error));
    const struct obligation *o = all->pdata[0];
    assert_int_equal(o->state, OBLIGATION_REACHED);
    assert_int_equal(o->part, PART_UPDATE);
    assert_string_equal(o->phone, "+1");
    assert_false(o->asks);
    assert_int_equal(o->begun_ms, 0);
    assert_int_equal(o->behind_s, LADDER_NOTHING_YET);
    assert_int_equal(o->ladder_due_ms, 0);
    assert_int_equal(o->ended_ms, 0);
    assert_int_equal(o->answer, ANSWER_NONE);
    assert_string_equal(o->taken_by, "");
    struct notification *n = NULL;
    OK(f->ops->notification_by_id(f->s, 1 << 20 | 1, &n, &error));
    assert_int_equal(n->told, TOLD_YES);
    assert_int_equal(n->purpose, PURPOSE_TELL);
    assert_string_equal(n->link_digest, "");
    notification_free(n);
}

/* The last schema that did not keep when what a crash cut off was on its way. */
static const char version_12[] =
    "INSERT INTO lane VALUES (1, 'smtp');"
    "INSERT INTO notification (id, state, ready, attempt, due_ms, queue, priority, deadline_ms,"
    " channel, endpoint, recipient, language, obligations, told) SELECT " KEY
    " | column1, column1, 0, 1, 0, 8, 1, 900000, 0, 'mailto:r@mission.example', 'mission-1/1',"
    " 'en', '1', column2 FROM (VALUES (1, 0), (2, 1), (3, 2));"
    "INSERT INTO journal (seq, time_ms, attempt, due_ms, duration_ms, event, prev, hash) VALUES"
    " (1, 1, 0, 0, 0, 'test', '', ''), (2, 2, 0, 0, 0, 'test', '', '');";

static void what_version_12_may_have_told_may_have_come_last(void **state)
{
    static const int64_t want[] = { 0, 2, 0 };
    struct fixture *f = *state;
    make_old(f, 12, version_12);
    fixture_open(f);
    for (int i = 0; i < 3; i++) {
        struct notification *n = NULL;
        OK(f->ops->notification_by_id(f->s, 1 << 20 | (i + 1), &n, &error));
        assert_int_equal(n->told, i);
        assert_int_equal(n->unrecorded_seq, want[i]);
        notification_free(n);
    }
}

/* The last schema in which each mission of a plan had a row of its own. */
#define MISSION(no, ordinal, id)                                                                   \
    "INSERT INTO affected VALUES (" #no ", " #ordinal ", 2, '" id                                  \
    "', 'Consulate \xc3\xa9', 'kind',"                                                             \
    " 'FR', 'Chicago', 'IL', 'America/Chicago', 'because', 'chicago', 'same city',"                \
    " 'office:chicago', 'gap; gap');"
static const char version_14[] = "PRAGMA foreign_keys = OFF;" MISSION(2, 1, "mission-9")
    MISSION(1, 2, "mission-1") MISSION(1, 1, "mission-2") MISSION(1, 3, "mission-3");

static char *mission_ids(struct fixture *f, int64_t no)
{
    g_autoptr(GPtrArray) all =
        g_ptr_array_new_with_free_func((GDestroyNotify)affected_mission_free);
    GString *ids = g_string_new(NULL);
    OK(f->ops->missions(f->s, no, all, &error));
    for (guint i = 0; i < all->len; i++) {
        const struct affected_mission *m = all->pdata[i];
        g_string_append_printf(ids, "%s%s", i ? " " : "", m->id);
        assert_int_equal(m->threat, 2);
        assert_string_equal(m->name, "Consulate \xc3\xa9");
        assert_string_equal(m->timezone, "America/Chicago");
        assert_string_equal(m->gaps, "gap; gap");
    }
    return g_string_free(ids, FALSE);
}

static void the_missions_of_version_14_are_kept_in_order(void **state)
{
    struct fixture *f = *state;
    make_old(f, 14, version_14);
    fixture_open(f);
    g_autofree char *first = mission_ids(f, 1), *second = mission_ids(f, 2);
    assert_string_equal(first, "mission-2 mission-1 mission-3");
    assert_string_equal(second, "mission-9");
}

static void every_earlier_version_becomes_todays(void **state)
{
    struct fixture *f = *state;
    g_autofree char *path = g_build_filename(f->dir, "liaisond.db", NULL);
    for (size_t version = 1; version <= sqlite_schema_count; version++) {
        make_old(f, version, "");
        fixture_open(f);
        fixture_reopen(f);
        fixture_broadcast(f, "A", &(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
        f->ops->close(g_steal_pointer(&f->s));
        assert_int_equal(g_remove(path), 0);
    }
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup_closed, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_rows_of_version_4_are_kept),
        T(what_version_4_may_have_told_counts_as_told),
        T(what_waited_in_version_4_keeps_its_place),
        T(nobody_in_version_5_was_asked),
        T(what_version_12_may_have_told_may_have_come_last),
        T(the_missions_of_version_14_are_kept_in_order),
        T(every_earlier_version_becomes_todays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
