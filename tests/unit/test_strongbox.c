#include "store_fixture.h"

#include "base/vault.h"
#include "flow/strongbox.h"

static GPtrArray *keys_of(const char *letters)
{
    GPtrArray *keys = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (; *letters; letters++) {
        char bytes[VAULT_KEY_BYTES];
        memset(bytes, *letters, sizeof bytes);
        g_ptr_array_add(keys, g_bytes_new(bytes, sizeof bytes));
    }
    return keys;
}

/* letters: the file's keys, newest first; NULL: there is no file.  The store's own key, or NULL
 * with its id in *refused. */
static GBytes *open_with(struct fixture *f, const char *letters, enum strongbox_said *said,
                         char **refused)
{
    g_autoptr(GPtrArray) keys = letters ? keys_of(letters) : NULL;
    g_autoptr(GError) error = NULL;
    GBytes *key = NULL;
    fixture_begin(f);
    bool ok = strongbox_open(f->s, keys, &key, said, &error);
    *refused = ok ? NULL : g_strdup(error->message);
    if (ok)
        fixture_commit(f);
    else
        f->ops->rollback(f->s);
    return key;
}

static void expect_refusal(struct fixture *f, const char *letters, const char *sentence)
{
    enum strongbox_said said;
    g_autofree char *why = NULL;
    GBytes *key = open_with(f, letters, &said, &why);
    assert_null(key);
    if (!why || !strstr(why, sentence))
        fail_msg("\"%s\" was said, not \"%s\"", why ? why : "nothing", sentence);
}

static void a_store_without_a_key_file_has_no_key(void **state)
{
    enum strongbox_said said;
    g_autofree char *why = NULL;
    assert_null(open_with(*state, NULL, &said, &why));
    assert_null(why);
    assert_int_equal(said, STRONGBOX_AS_IT_WAS);
}

static void the_key_is_made_once_and_stays(void **state)
{
    enum strongbox_said said;
    g_autofree char *why = NULL, *again = NULL;
    g_autoptr(GBytes) made = open_with(*state, "a", &said, &why);
    assert_non_null(made);
    assert_int_equal(said, STRONGBOX_MADE);
    g_autoptr(GBytes) same = open_with(*state, "a", &said, &again);
    assert_int_equal(said, STRONGBOX_AS_IT_WAS);
    assert_true(g_bytes_equal(made, same));
}

static void without_its_key_nothing_opens_and_it_is_said_which(void **state)
{
    enum strongbox_said said;
    g_autofree char *why = NULL;
    g_autoptr(GPtrArray) a = keys_of("a");
    g_autofree char *id = vault_key_id(a->pdata[0]);
    g_autoptr(GBytes) made = open_with(*state, "a", &said, &why);
    expect_refusal(*state, NULL, "store.key_file is not set");
    expect_refusal(*state, NULL, id);
    expect_refusal(*state, "bc", "none of the 2 keys");
    expect_refusal(*state, "bc", id);
}

static void a_newer_line_takes_over_and_the_older_may_go(void **state)
{
    enum strongbox_said said;
    g_autofree char *w1 = NULL, *w2 = NULL, *w3 = NULL;
    g_autoptr(GBytes) made = open_with(*state, "a", &said, &w1);
    g_autoptr(GBytes) anew = open_with(*state, "ba", &said, &w2);
    assert_int_equal(said, STRONGBOX_SEALED_ANEW);
    assert_true(g_bytes_equal(made, anew));
    g_autoptr(GBytes) alone = open_with(*state, "b", &said, &w3);
    assert_int_equal(said, STRONGBOX_AS_IT_WAS);
    assert_true(g_bytes_equal(made, alone));
    expect_refusal(*state, "a", "none of the 1 keys");
}

static void what_was_tampered_with_is_no_key(void **state)
{
    struct fixture *f = *state;
    enum strongbox_said said;
    g_autofree char *why = NULL;
    g_autoptr(GBytes) made = open_with(f, "a", &said, &why);
    fixture_begin(f);
    OK(f->ops->meta_set(f->s, "store.key", "0123456789abcdef AAAA", &error));
    fixture_commit(f);
    expect_refusal(f, "a", "0123456789abcdef");
}

static void insert_token(struct fixture *f, const char *id, const char *digest)
{
    struct token_row row = { .id = (char *)id,
                             .name = (char *)"",
                             .digest = (char *)digest,
                             .mission = (char *)"",
                             .created_by = (char *)"test",
                             .roles = 1 };
    fixture_begin(f);
    OK(f->ops->token_insert(f->s, &row, &error));
    fixture_commit(f);
}

static bool finds(struct fixture *f, GBytes *key, const char *token, const char *id)
{
    g_autofree char *digest = strongbox_token_digest(key, token);
    struct token_row *row = NULL;
    OK(f->ops->token_by_digest(f->s, digest, &row, &error));
    bool found = row && g_str_equal(row->id, id);
    if (row)
        token_row_free(row);
    return found;
}

static void tokens_of_before_go_on_and_forged_rows_do_not(void **state)
{
    struct fixture *f = *state;
    enum strongbox_said said;
    g_autofree char *why = NULL;
    g_autofree char *before = strongbox_token_digest(NULL, "lsd_before");
    g_autofree char *forged = strongbox_token_digest(NULL, "lsd_forged");
    insert_token(f, "1", before);
    assert_true(finds(f, NULL, "lsd_before", "1"));
    g_autoptr(GBytes) key = open_with(f, "a", &said, &why);
    assert_true(finds(f, key, "lsd_before", "1"));
    insert_token(f, "2", forged);
    assert_false(finds(f, key, "lsd_forged", "2"));
    assert_false(finds(f, NULL, "lsd_before", "1"));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        T(a_store_without_a_key_file_has_no_key),
        T(the_key_is_made_once_and_stays),
        T(without_its_key_nothing_opens_and_it_is_said_which),
        T(a_newer_line_takes_over_and_the_older_may_go),
        T(what_was_tampered_with_is_no_key),
        T(tokens_of_before_go_on_and_forged_rows_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
