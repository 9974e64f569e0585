/* Links are found by their digest until they die; custody changes hands when it is due. */
#include "store_queue_fixture.h"

#include "model/link.h"

#define KEEP_MS 1000

static char *digest_of(unsigned n)
{
    g_autofree char *token = g_strdup_printf("token %u", n);
    return digest_sha256_hex(token, strlen(token));
}

/* n notifications with the links first, first + 1, …; deadline_ms its deadline. */
static int64_t linked(struct fixture *f, const char *identifier, unsigned first, unsigned n,
                      int64_t deadline_ms)
{
    struct plan *p = plan_new();
    g_ptr_array_add(p->obligations, fixture_obligation(1));
    for (uint32_t i = 0; i < n; i++) {
        struct line l = { "smtp", URGENCY_IMMEDIATE, 1, "1" };
        struct notification *m = fixture_notification(&l, i + 1);
        g_free(m->link_digest);
        m->link_digest = digest_of(first + i);
        m->purpose = i % 2 ? PURPOSE_REMIND : PURPOSE_TELL;
        g_ptr_array_add(p->notifications, m);
    }
    struct broadcast_row row = { .id = (char *)identifier,
                                 .identifier = (char *)identifier,
                                 .sender = (char *)"duty@dss.example",
                                 .state = BROADCAST_RELEASED,
                                 .deadline_ms = deadline_ms,
                                 .link_key = (char *)"0123456789abcdef" };
    fixture_begin(f);
    OK(f->ops->broadcast_insert(f->s, &row, p, NULL, 0, &error));
    fixture_commit(f);
    plan_free(p);
    return row.no;
}

/* The notification's ordinal that link n leads to, and its broadcast's number; 0: none. */
static unsigned find(struct fixture *f, unsigned n, struct link_row *row)
{
    bool found = false;
    g_autofree char *digest = digest_of(n);
    *row = (struct link_row){ 0 };
    OK(f->ops->link_find(f->s, digest, KEEP_MS, row, &found, &error));
    assert_int_equal(found, row->notification != 0);
    return (unsigned)(row->notification & NOTIFICATION_MAX_ORDINAL);
}

static void sweep(struct fixture *f, int64_t now_ms)
{
    fixture_begin(f);
    OK(f->ops->link_sweep(f->s, now_ms, KEEP_MS, &error));
    fixture_commit(f);
}

static void a_link_is_found_by_its_digest(void **state)
{
    struct fixture *f = *state;
    int64_t a = linked(f, "A", 1, 3, 5000), b = linked(f, "B", 4, 3, 4000);
    struct link_row row;
    for (unsigned n = 1; n <= 6; n++) {
        assert_int_equal(find(f, n, &row), n <= 3 ? n : n - 3);
        assert_int_equal(row.no, n <= 3 ? a : b);
        assert_int_equal(row.expires_ms, KEEP_MS + (n <= 3 ? 5000 : 4000));
        assert_int_equal(row.notification >> NOTIFICATION_ORDINAL_BITS, row.no);
    }
    assert_int_equal(find(f, 7, &row), 0);
}

static void what_is_no_digest_finds_nothing(void **state)
{
    static const char *const texts[] = { "", "00", "zz", "0123456789abcdef" };
    struct fixture *f = *state;
    linked(f, "A", 1, 1, 5000);
    fixture_broadcast(f, "B", &(struct line){ "smtp", URGENCY_IMMEDIATE, 1, "1" }, 1);
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct link_row row;
        bool found = true;
        OK(f->ops->link_find(f->s, texts[i], KEEP_MS, &row, &found, &error));
        assert_false(found);
    }
}

static void a_notification_tells_its_digest_and_purpose(void **state)
{
    struct fixture *f = *state;
    int64_t no = linked(f, "A", 1, 2, 5000);
    int64_t plain =
        fixture_broadcast(f, "B", &(struct line){ "webhooks", URGENCY_IMMEDIATE, 1, "1" }, 1);
    g_autofree char *digest = digest_of(2);
    struct notification *n = NULL;
    OK(f->ops->notification_by_id(f->s, no << NOTIFICATION_ORDINAL_BITS | 2, &n, &error));
    assert_string_equal(n->link_digest, digest);
    assert_int_equal(n->purpose, PURPOSE_REMIND);
    assert_string_equal(n->lane, "smtp");
    assert_string_equal(n->endpoint, "mailto:r2@mission.example");
    notification_free(n);
    OK(f->ops->notification_by_id(f->s, plain << NOTIFICATION_ORDINAL_BITS | 1, &n, &error));
    assert_string_equal(n->link_digest, "");
    assert_int_equal(n->purpose, PURPOSE_TELL);
    notification_free(n);
    OK(f->ops->notification_by_id(f->s, plain << NOTIFICATION_ORDINAL_BITS | 2, &n, &error));
    assert_null(n);
    struct claimed c = claim(f, "smtp", URGENCY_IMMEDIATE, NO_LIMIT, 0);
    assert_int_equal(c.list->len, 2);
    n = c.list->pdata[1];
    assert_string_equal(n->link_digest, digest);
    assert_int_equal(n->purpose, PURPOSE_REMIND);
    g_ptr_array_unref(c.list);
}

static void a_link_dies_with_its_time(void **state)
{
    struct fixture *f = *state;
    linked(f, "A", 1, 2, 5000);
    int64_t b = linked(f, "B", 3, 2, 5001);
    struct link_row row;
    sweep(f, 5999);
    assert_int_equal(find(f, 1, &row), 1);
    sweep(f, 6000);
    assert_int_equal(find(f, 1, &row), 0);
    assert_int_equal(find(f, 2, &row), 0);
    assert_int_equal(find(f, 4, &row), 2);
    struct broadcast_row *live = NULL;
    OK(f->ops->broadcast_by_no(f->s, b, &live, &error));
    assert_string_equal(live->link_key, "0123456789abcdef");
    broadcast_row_free(live);
}

static void the_longest_list_of_links_is_swept_in_turns(void **state)
{
    struct fixture *f = *state;
    int64_t no = linked(f, "A", 1, 5000, 5000);
    linked(f, "B", 5001, 1, 5000);
    struct link_row row;
    sweep(f, 9000);
    unsigned left = 0;
    for (unsigned n = 1; n <= 5001; n++)
        left += find(f, n, &row) != 0;
    assert_true(left > 0 && left < 5000);
    sweep(f, 9000);
    assert_int_equal(find(f, 5000, &row), 0);
    assert_int_equal(find(f, 5001, &row), 0);
    g_autoptr(GPtrArray) all = notifications();
    OK(f->ops->notifications(f->s, no, 0, 9999, all, &error));
    assert_int_equal(all->len, 5000);
    for (guint i = 0; i < all->len; i++)
        assert_string_equal(((struct notification *)all->pdata[i])->link_digest, "");
    struct broadcast_row *dead = NULL;
    OK(f->ops->broadcast_by_no(f->s, no, &dead, &error));
    assert_string_equal(dead->link_key, "");
    broadcast_row_free(dead);
}

static void put(struct fixture *f, int64_t no, const char *office, const char *kind,
                const char *owner, int64_t next_ms)
{
    struct custody_row r = { no, (char *)office, (char *)kind, (char *)owner, 100, next_ms };
    fixture_begin(f);
    OK(f->ops->custody_put(f->s, &r, &error));
    fixture_commit(f);
}

/* "1 chicago  office:chicago": of each its broadcast, office, kind and owner. */
static void assert_due(struct fixture *f, int64_t now_ms, unsigned limit, const char *want,
                       int64_t want_next_ms)
{
    g_autoptr(GPtrArray) out = g_ptr_array_new_with_free_func((GDestroyNotify)custody_row_free);
    int64_t next_ms = -1;
    OK(f->ops->custody_due(f->s, now_ms, limit, out, &next_ms, &error));
    g_autoptr(GString) got = g_string_new(NULL);
    for (guint i = 0; i < out->len; i++) {
        const struct custody_row *r = out->pdata[i];
        assert_int_equal(r->since_ms, 100);
        g_string_append_printf(got, "%s%d %s %s %s", i ? ", " : "", (int)r->no, r->office, r->kind,
                               r->owner);
    }
    assert_string_equal(got->str, want);
    assert_int_equal(next_ms, want_next_ms);
}

static void custody_comes_due_in_order(void **state)
{
    struct fixture *f = *state;
    int64_t a = linked(f, "A", 1, 1, 5000), b = linked(f, "B", 2, 1, 5000);
    put(f, a, "chicago", "", "office:chicago", 300);
    put(f, a, "washington", "", "office:washington", 200);
    put(f, a, "washington", "embassy", "desk:pld", 250);
    put(f, b, "miami", "", "desk:command-center", 0);
    assert_due(f, 199, 9, "", 200);
    assert_due(f, 250, 9, "1 washington  office:washington, 1 washington embassy desk:pld", 300);
    assert_due(f, 999, 1, "1 washington  office:washington", 250);
    put(f, a, "washington", "", "desk:command-center", 280);
    assert_due(f, 280, 9, "1 washington embassy desk:pld, 1 washington  desk:command-center", 300);
}

static void only_what_is_released_changes_hands(void **state)
{
    struct fixture *f = *state;
    int64_t a = linked(f, "A", 1, 1, 5000), b = linked(f, "B", 2, 1, 5000);
    put(f, a, "chicago", "", "office:chicago", 200);
    put(f, b, "miami", "", "office:miami", 300);
    fixture_begin(f);
    OK(f->ops->broadcast_set_state(f->s, a, BROADCAST_EXPIRED, &error));
    fixture_commit(f);
    assert_due(f, 299, 9, "", 300);
    fixture_begin(f);
    OK(f->ops->custody_drop(f->s, b, &error));
    OK(f->ops->broadcast_set_state(f->s, a, BROADCAST_RELEASED, &error));
    fixture_commit(f);
    assert_due(f, 999, 9, "1 chicago  office:chicago", INT64_MAX);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_link_is_found_by_its_digest),
        T(what_is_no_digest_finds_nothing),
        T(a_notification_tells_its_digest_and_purpose),
        T(a_link_dies_with_its_time),
        T(the_longest_list_of_links_is_swept_in_turns),
        T(custody_comes_due_in_order),
        T(only_what_is_released_changes_hands),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
