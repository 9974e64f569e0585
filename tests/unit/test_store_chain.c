#include "store_fixture.h"

/* A version's name is its identifier, and its first letter says when it was sent. */
struct version {
    const char *name, *refers_to; /* blanks between */
};

static int64_t sent_of(const char *name)
{
    return name[0] * 10;
}

static GPtrArray *references_to(const char *names)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_auto(GStrv) words = g_strsplit(names, " ", -1);
    for (char **w = words; *w; w++) {
        if (!**w)
            continue;
        struct reference *r = g_new0(struct reference, 1);
        r->identifier = g_strdup(*w);
        r->sender = g_strdup("duty@dss.example");
        r->sent.ms = sent_of(*w);
        r->sent.offset_min = -300;
        g_ptr_array_add(list, r);
    }
    return list;
}

static int64_t store_version(struct fixture *f, const char *name, const char *refers_to)
{
    g_autofree char *id = g_strdup_printf("id-of-%s", name);
    g_autoptr(GPtrArray) references = references_to(refers_to);
    struct broadcast_row row = { .id = id,
                                 .identifier = (char *)name,
                                 .sender = (char *)"duty@dss.example",
                                 .sent_ms = sent_of(name),
                                 .state = BROADCAST_REJECTED,
                                 .references = references };
    OK(f->ops->broadcast_insert(f->s, &row, NULL, NULL, 0, &error));
    return row.no;
}

/* "A B | X": the identifiers of nos, then those of unknown. */
static char *tell(struct fixture *f, const GArray *nos, const GPtrArray *unknown)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < nos->len; i++) {
        struct broadcast_row *row = NULL;
        OK(f->ops->broadcast_by_no(f->s, g_array_index(nos, int64_t, i), &row, &error));
        g_string_append_printf(text, "%s ", row->identifier);
        broadcast_row_free(row);
    }
    g_string_append_c(text, '|');
    for (guint i = 0; unknown && i < unknown->len; i++)
        g_string_append_printf(text, " %s", ((struct reference *)unknown->pdata[i])->identifier);
    return g_string_free(text, FALSE);
}

static char *chain(struct fixture *f, const char *refers_to, int64_t self_no)
{
    g_autoptr(GPtrArray) references = references_to(refers_to);
    g_autoptr(GPtrArray) unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    OK(f->ops->chain(f->s, STATUS_ACTUAL, references, self_no, nos, unknown, &error));
    return tell(f, nos, unknown);
}

static void a_chain_holds_every_version_of_its_event(void **state)
{
    static const struct {
        const char *name;
        struct version versions[5];
        const char *refers_to, *want;
        unsigned self; /* which of the versions asks, from 1; 0: none */
    } rows[] = {
        { "nothing is referred to", { { "A", "" } }, "", "|", 0 },
        { "the alert itself", { { "A", "" }, { "K", "" } }, "A", "A |", 0 },
        { "older ones through the newest", { { "A", "" }, { "B", "A" } }, "B", "A B |", 0 },
        { "newer ones through the oldest",
          { { "A", "" }, { "B", "A" }, { "C", "B" } },
          "A",
          "A B C |",
          0 },
        { "in order of sending, however they came",
          { { "C", "B" }, { "A", "" }, { "B", "A" } },
          "C",
          "A B C |",
          0 },
        { "the one that asks is left out, what refers to it is not",
          { { "A", "" }, { "B", "A" }, { "C", "B" } },
          "A",
          "A C |",
          2 },
        { "what is not here is named once", { { "B", "X" }, { "C", "X" } }, "B C", "B C | X", 0 },
        { "versions meet in one that is not here", { { "B", "X" } }, "X", "B | X", 0 },
        { "a ring ends", { { "A", "B" }, { "B", "A" } }, "A", "A B |", 0 },
        { "a version that refers twice is there once",
          { { "A", "" }, { "B", "A A" } },
          "A",
          "A B |",
          0 },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture *f = *state;
        int64_t self = 0;
        fixture_begin(f);
        for (unsigned k = 0; k < G_N_ELEMENTS(rows[i].versions) && rows[i].versions[k].name; k++) {
            const struct version *v = &rows[i].versions[k];
            int64_t no = store_version(f, v->name, v->refers_to);
            self = k + 1 == rows[i].self ? no : self;
        }
        g_autofree char *got = chain(f, rows[i].refers_to, self);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].name, got, rows[i].want);
        f->ops->rollback(f->s);
    }
}

/* Of one reference. */
static void must_have_adopted(struct fixture *f, int64_t no, guint adopted)
{
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_no(f->s, no, &row, &error));
    assert_int_equal(row->references->len, 1);
    assert_int_equal(row->adopted, adopted);
    broadcast_row_free(row);
}

static void what_may_not_be_referred_to_is_no_link_until_it_may(void **state)
{
    struct fixture *f = *state;
    g_autoptr(GPtrArray) foreign = references_to("B");
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    const struct reference *b = g_ptr_array_index(foreign, 0);
    struct broadcast_row row = { .id = (char *)"d",
                                 .identifier = (char *)"D",
                                 .sender = (char *)"duty@dss.example",
                                 .sent_ms = sent_of("D"),
                                 .type = TYPE_UPDATE,
                                 .foreign = foreign };
    fixture_begin(f);
    store_version(f, "A", "");
    store_version(f, "B", "A");
    OK(f->ops->broadcast_insert(f->s, &row, NULL, NULL, 0, &error));
    g_autofree char *before = chain(f, "A", 0);
    assert_string_equal(before, "A B |");
    OK(f->ops->foreign_references(f->s, STATUS_EXERCISE, b, nos, &error));
    assert_int_equal(nos->len, 0);
    OK(f->ops->foreign_references(f->s, STATUS_ACTUAL, b, nos, &error));
    assert_int_equal(nos->len, 1);
    assert_int_equal(g_array_index(nos, int64_t, 0), row.no);
    OK(f->ops->reference_adopt(f->s, row.no, b, &error));
    g_autofree char *after = chain(f, "A", 0);
    assert_string_equal(after, "A B D |");
    g_array_set_size(nos, 0);
    OK(f->ops->foreign_references(f->s, STATUS_ACTUAL, b, nos, &error));
    assert_int_equal(nos->len, 0);
    must_have_adopted(f, row.no, 1);
    must_have_adopted(f, row.no - 1, 0);
    f->ops->rollback(f->s);
}

static void of_one_second_the_cancel_is_the_last(void **state)
{
    struct fixture *f = *state;
    static const enum broadcast_type types[] = { TYPE_CANCEL, TYPE_ALERT, TYPE_UPDATE };
    static const char *const ids[] = { "cancel", "alert", "update" };
    fixture_begin(f);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autoptr(GPtrArray) references = references_to(i == 1 ? "" : "A");
        struct broadcast_row row = { .id = (char *)ids[i],
                                     .identifier = (char *)(i == 1 ? "A" : ids[i]),
                                     .sender = (char *)"duty@dss.example",
                                     .sent_ms = sent_of("A"),
                                     .type = types[i],
                                     .state = BROADCAST_REJECTED,
                                     .references = references };
        OK(f->ops->broadcast_insert(f->s, &row, NULL, NULL, 0, &error));
    }
    g_autofree char *got = chain(f, "A", 0);
    assert_string_equal(got, "A update cancel |");
    f->ops->rollback(f->s);
}

static void a_triple_matches_in_all_its_parts(void **state)
{
    static const struct {
        const char *name, *identifier, *sender;
        int64_t sent_ms;
        const char *want;
    } rows[] = {
        { "the triple", "A", "duty@dss.example", 650, "A B |" },
        { "another instant", "A", "duty@dss.example", 651, "| A" },
        { "another sender", "A", "other@dss.example", 650, "| A" },
        { "another identifier", "a", "duty@dss.example", 650, "| a" },
    };
    struct fixture *f = *state;
    fixture_begin(f);
    store_version(f, "A", "");
    store_version(f, "B", "A A");
    fixture_commit(f);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct reference r = { .identifier = (char *)rows[i].identifier,
                               .sender = (char *)rows[i].sender,
                               .sent = { .ms = rows[i].sent_ms } };
        g_autoptr(GPtrArray) references = g_ptr_array_new();
        g_ptr_array_add(references, &r);
        g_autoptr(GPtrArray) unknown =
            g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
        g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
        OK(f->ops->chain(f->s, STATUS_ACTUAL, references, 0, nos, unknown, &error));
        g_autofree char *got = tell(f, nos, unknown);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: %s", rows[i].name, got);
    }
}

/* What has another status, or a type that is never sent, joins no event, and joins no two of them.
 */
static void what_is_no_version_joins_nothing(void **state)
{
    static const struct {
        const char *name;
        enum broadcast_status status;
        enum broadcast_type type;
        const char *want; /* from A on; K is another event's */
    } rows[] = {
        { "an update of both", STATUS_ACTUAL, TYPE_UPDATE, "A J K |" },
        { "an exercise's", STATUS_EXERCISE, TYPE_CANCEL, "A |" },
        { "an acknowledgement", STATUS_ACTUAL, TYPE_ACK, "A |" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct fixture *f = *state;
        g_autoptr(GPtrArray) both = references_to("A K");
        struct broadcast_row row = { .id = (char *)"j",
                                     .identifier = (char *)"J",
                                     .sender = (char *)"duty@dss.example",
                                     .sent_ms = sent_of("J"),
                                     .status = rows[i].status,
                                     .type = rows[i].type,
                                     .references = both };
        fixture_begin(f);
        store_version(f, "A", "");
        store_version(f, "K", "");
        OK(f->ops->broadcast_insert(f->s, &row, NULL, NULL, 0, &error));
        g_autofree char *got = chain(f, "A", 0);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: \"%s\", not \"%s\"", rows[i].name, got, rows[i].want);
        f->ops->rollback(f->s);
    }
}

static void versions_that_differ_in_one_part_are_not_one(void **state)
{
    static const struct {
        const char *identifier, *sender;
        int64_t sent_ms;
    } rows[] = { { "A", "a@dss.example", 1 },
                 { "A", "a@dss.example", 2 },
                 { "A", "b@dss.example", 1 },
                 { "B", "a@dss.example", 1 } };
    struct fixture *f = *state;
    g_autoptr(GPtrArray) references =
        g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_autoptr(GPtrArray) unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct reference *r = g_new0(struct reference, 1);
        r->identifier = g_strdup(rows[i].identifier);
        r->sender = g_strdup(rows[i].sender);
        r->sent.ms = rows[i].sent_ms;
        g_ptr_array_add(references, r);
    }
    OK(f->ops->chain(f->s, STATUS_ACTUAL, references, 0, nos, unknown, &error));
    assert_int_equal(nos->len, 0);
    assert_int_equal(unknown->len, G_N_ELEMENTS(rows));
}

static void references_come_back_with_their_row(void **state)
{
    struct fixture *f = *state;
    fixture_begin(f);
    int64_t none = store_version(f, "A", ""), two = store_version(f, "C", "B A");
    fixture_commit(f);
    fixture_reopen(f);
    struct broadcast_row *row = NULL;
    OK(f->ops->broadcast_by_no(f->s, none, &row, &error));
    assert_null(row->references);
    broadcast_row_free(row);
    OK(f->ops->broadcast_by_no(f->s, two, &row, &error));
    assert_int_equal(row->references->len, 2);
    const struct reference *r = row->references->pdata[0];
    assert_string_equal(r->identifier, "B");
    assert_string_equal(r->sender, "duty@dss.example");
    assert_int_equal(r->sent.ms, sent_of("B"));
    assert_int_equal(r->sent.offset_min, -300);
    broadcast_row_free(row);
}

static void a_chain_without_end_is_cut(void **state)
{
    enum { MANY = 10050 };
    struct fixture *f = *state;
    fixture_begin(f);
    for (int i = 0; i < MANY; i++) {
        g_autofree char *name = g_strdup_printf("A%d", i);
        g_autofree char *before = i ? g_strdup_printf("A%d", i - 1) : g_strdup("");
        store_version(f, name, before);
    }
    fixture_commit(f);
    g_autoptr(GPtrArray) references = references_to("A10049");
    g_autoptr(GPtrArray) unknown = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    OK(f->ops->chain(f->s, STATUS_ACTUAL, references, 0, nos, unknown, &error));
    assert_int_equal(nos->len, 10000);
    assert_int_equal(unknown->len, 0);
    /* All were sent at once, so they are in order of number: the oldest 50 are the farthest. */
    assert_int_equal(g_array_index(nos, int64_t, 0), 51);
    assert_int_equal(g_array_index(nos, int64_t, 9999), MANY);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_chain_holds_every_version_of_its_event),
        T(what_may_not_be_referred_to_is_no_link_until_it_may),
        T(of_one_second_the_cancel_is_the_last),
        T(a_triple_matches_in_all_its_parts),
        T(what_is_no_version_joins_nothing),
        T(versions_that_differ_in_one_part_are_not_one),
        T(references_come_back_with_their_row),
        T(a_chain_without_end_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
