/*
 * What was erased is not in the files any more: they are read as bytes.  Many rows, settled and
 * added to, so that pages are split and rewritten before.
 */
#include "store_fixture.h"

#include "model/matter.h"

#include <string.h>

#define ROWS 3000
#define MINUTE 60000

static char *read_file(const struct fixture *f, const char *name, gsize *len)
{
    g_autofree char *path = g_build_filename(f->dir, name, NULL);
    char *bytes = NULL;
    *len = 0;
    return g_file_get_contents(path, &bytes, len, NULL) ? bytes : NULL;
}

/* How often it stands in the database and what belongs to it. */
static unsigned count(const struct fixture *f, const char *what)
{
    static const char *const files[] = { "liaisond.db", "liaisond.db-wal" };
    unsigned n = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        gsize len;
        g_autofree char *bytes = read_file(f, files[i], &len);
        const char *at = bytes;
        while (at && (at = memmem(at, len - (gsize)(at - bytes), what, strlen(what)))) {
            n++;
            at++;
        }
    }
    return n;
}

static void tell(struct fixture *f, unsigned i, const char *broadcast)
{
    struct record *r = record_new("notification.accepted", i);
    r->broadcast = g_strdup(broadcast);
    r->recipient = g_strdup_printf("SECRET/%u", i);
    r->endpoint = g_strdup_printf("mailto:SECRET%u@mission.example", i);
    r->reply = g_strdup_printf("250 SECRET%u is here", i);
    OK(f->ops->journal_append(f->s, r, &error));
    record_free(r);
}

static void name_it(struct obligation *o)
{
    g_free(o->name);
    o->name = g_strdup_printf("SECRET Person %u", o->ordinal);
    g_free(o->phone);
    o->phone = g_strdup("+1-555-SECRET");
    g_free(o->detail);
    o->detail = g_strdup("SECRET was tried");
}

static struct plan *secret_plan(uint32_t first, uint32_t n)
{
    static const struct line line = { .lane = "smtp", .obligations = "1", .rank = 1 };
    struct plan *p = plan_new();
    for (uint32_t i = first; i < first + n; i++) {
        struct obligation *o = fixture_obligation(i);
        name_it(o);
        g_ptr_array_add(p->obligations, o);
        struct notification *m = fixture_notification(&line, i);
        g_array_index(m->obligations, uint32_t, 0) = i;
        g_free(m->endpoint);
        m->endpoint = g_strdup_printf("mailto:SECRET%u@mission.example", i);
        g_ptr_array_add(p->notifications, m);
    }
    return p;
}

static int64_t store_broadcast(struct fixture *f, const char *id, uint32_t n)
{
    struct plan *p = secret_plan(1, n);
    struct broadcast_row row = { .id = (char *)id,
                                 .identifier = (char *)id,
                                 .sender = (char *)"duty@dss.example",
                                 .sent_ms = 1000,
                                 .state = BROADCAST_RELEASED,
                                 .deadline_ms = 900000 };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    fixture_commit(f);
    plan_free(p);
    return row.no;
}

static void settle_all(struct fixture *f, const char *id)
{
    for (unsigned done = 0; done < ROWS;) {
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        g_autoptr(GPtrArray) lost = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
        int64_t next;
        bool more;
        fixture_begin(f);
        OK(f->ops->claim(f->s, "smtp", URGENCY_IMMEDIATE, 100, 1, out, &next, &more, &error));
        for (guint i = 0; i < out->len; i++) {
            struct notification *n = g_ptr_array_index(out, i);
            n->attempt++;
            notification_move(n, NOTIFICATION_ON_ACCEPTED);
            OK(f->ops->settle(f->s, n, lost, &error));
            tell(f, ++done, id);
        }
        fixture_commit(f);
        assert_int_not_equal(out->len, 0);
    }
}

static void answer(struct fixture *f, int64_t no, uint32_t obligation)
{
    struct acknowledgement_row row = { .obligation = obligation,
                                       .notification = obligation,
                                       .time_ms = 1,
                                       .note = (char *)"SECRET waits at the gate",
                                       .from = (char *)"SECRET.example" };
    OK(f->ops->acknowledgement_insert(f->s, no, &row, &error));
}

static void open_matter(struct fixture *f)
{
    struct matter *m = matter_new();
    m->kind = MATTER_CONTACT_UPDATE;
    g_free(m->body);
    m->body = g_strdup("{\"name\":\"SECRET\",\"email\":\"SECRET1@mission.example\"}");
    m->state = MATTER_CONFIRMED;
    m->due_ms = INT64_MAX;
    OK(f->ops->matter_insert(f->s, m, &error));
    struct matter_event *e = matter_event_new(m->no, 1, "unix:root", "opened", "SECRET said so");
    OK(f->ops->matter_event_add(f->s, e, &error));
    matter_event_free(e);
    matter_free(m);
}

/* Rows that grow out of order: pages are split in their middle. */
static void grow(struct fixture *f, int64_t no)
{
    for (uint32_t i = 0; i < ROWS / 4; i++) {
        struct obligation *o = fixture_obligation(i * 7919 % ROWS + 1);
        o->ended_ms = INT64_C(1764000000000) + i;
        g_free(o->taken_by);
        o->taken_by = g_strdup("unix:root: SECRET was told by telephone");
        OK(f->ops->obligation_update(f->s, no, o, &error));
        obligation_free(o);
    }
}

static void fill(struct fixture *f)
{
    int64_t no = store_broadcast(f, "A", ROWS), other = store_broadcast(f, "B", 10);
    settle_all(f, "A");
    fixture_begin(f);
    struct plan *more = secret_plan(ROWS + 1, 500);
    for (guint i = 0; i < more->notifications->len; i++)
        ((struct notification *)g_ptr_array_index(more->notifications, i))->id |=
            no << NOTIFICATION_ORDINAL_BITS;
    OK(f->ops->plan_append(f->s, no, more, &error)); /* between the rows of A and of B */
    plan_free(more);
    for (uint32_t i = 1; i <= 200; i++)
        answer(f, i % 2 ? no : other, i % 10 + 1);
    for (unsigned i = 0; i < 500; i++) {
        g_autofree char *endpoint = g_strdup_printf("mailto:SECRET%u@mission.example", i * 7919);
        struct proof_row row = { endpoint, 1, (char *)"acknowledged" };
        OK(f->ops->proof_put(f->s, &row, &error));
        OK(f->ops->gone_add(f->s, endpoint, 1, &error));
    }
    open_matter(f);
    grow(f, no);
    OK(f->ops->broadcast_set_state(f->s, no, BROADCAST_CLOSED, &error));
    OK(f->ops->broadcast_set_state(f->s, other, BROADCAST_CLOSED, &error));
    fixture_commit(f);
}

static void erase_records(struct fixture *f)
{
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_read(f->s, NULL, 0, UINT_MAX, all, &error));
    assert_int_equal(all->len, ROWS);
    for (guint i = 0; i < all->len; i++) {
        struct record *r = g_ptr_array_index(all, i);
        g_strlcpy(r->personal, "commitment", sizeof r->personal);
        OK(f->ops->erase_record(f->s, r, &error));
    }
}

static void what_was_erased_is_in_no_file(void **state)
{
    struct fixture *f = *state;
    fill(f);
    assert_true(count(f, "SECRET") > ROWS);
    fixture_begin(f);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    OK(f->ops->erase_due(f->s, 900000, 0, 9, nos, &error));
    assert_int_equal(nos->len, 0); /* the deadline is not before it */
    OK(f->ops->erase_due(f->s, 900001, 0, 9, nos, &error));
    assert_int_equal(nos->len, 2);
    for (guint i = 0; i < nos->len; i++)
        OK(f->ops->erase_broadcast(f->s, g_array_index(nos, int64_t, i), 5, &error));
    erase_records(f);
    OK(f->ops->erase_matters(f->s, MINUTE, &error));
    OK(f->ops->erase_history(f->s, MINUTE, &error));
    g_array_set_size(nos, 0);
    OK(f->ops->erase_due(f->s, 900001, 0, 9, nos, &error));
    assert_int_equal(nos->len, 0);
    fixture_commit(f);
    bool done = true;
    OK(f->ops->erase_rest(f->s, 4096, &done, &error));
    assert_false(done);
    OK(f->ops->erase_rest(f->s, INT64_MAX, &done, &error));
    assert_true(done);
    assert_int_equal(count(f, "SECRET"), 0);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    OK(f->ops->journal_read(f->s, NULL, 0, 10, all, &error));
    const struct record *r = g_ptr_array_index(all, 0);
    assert_string_equal(r->personal, "commitment");
    assert_string_equal(r->event, "notification.accepted");
    assert_int_equal(fixture_journal_last(f), ROWS);
}

static void one_person_goes_and_the_others_stay(void **state)
{
    struct fixture *f = *state;
    int64_t no = store_broadcast(f, "A", 3);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) seats = g_ptr_array_new_with_free_func(g_free);
    fixture_begin(f);
    answer(f, no, 2);
    open_matter(f);
    OK(f->ops->broadcast_set_state(f->s, no, BROADCAST_CLOSED, &error));
    OK(f->ops->erase_uses(f->s, "mailto:SECRET2@mission.example", nos, &error));
    assert_int_equal(nos->len, 1);
    OK(f->ops->erase_person(f->s, no, "mailto:SECRET2@mission.example", names, seats, &error));
    OK(f->ops->erase_address(f->s, "mailto:SECRET1@mission.example", &error));
    fixture_commit(f);
    assert_int_equal(names->len, 1);
    assert_int_equal(seats->len, 1);
    assert_string_equal(g_ptr_array_index(names, 0), "SECRET Person 2");
    assert_string_equal(g_ptr_array_index(seats, 0), "mission-2/1");
    bool done = false;
    OK(f->ops->erase_rest(f->s, INT64_MAX, &done, &error));
    static const struct {
        const char *what;
        bool stays;
    } rows[] = { { "SECRET Person 2", false },       { "SECRET2@mission.example", false },
                 { "SECRET waits", false },          { "SECRET1@mission.example\"}", false },
                 { "SECRET said so", false },        { "SECRET Person 1", true },
                 { "SECRET3@mission.example", true } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if ((count(f, rows[i].what) > 0) != rows[i].stays)
            fail_msg("%s", rows[i].what);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(what_was_erased_is_in_no_file),
        T(one_person_goes_and_the_others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
