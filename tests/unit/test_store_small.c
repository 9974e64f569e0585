#include "store_fixture.h"

static void tokens_are_found_by_digest_and_revoked_once(void **state)
{
    struct fixture *f = *state;
    struct token_row t = { .id = (char *)"t1",
                           .name = (char *)"watch",
                           .digest = (char *)"abc",
                           .roles = 5,
                           .created_ms = 10,
                           .created_by = (char *)"unix:root" };
    bool found = false;
    fixture_begin(f);
    OK(f->ops->token_insert(f->s, &t, &error));
    OK(f->ops->token_touch(f->s, "t1", 20, &error));
    OK(f->ops->token_revoke(f->s, "t1", 30, &found, &error));
    assert_true(found);
    OK(f->ops->token_revoke(f->s, "t1", 40, &found, &error));
    assert_true(found);
    OK(f->ops->token_revoke(f->s, "t2", 40, &found, &error));
    assert_false(found);
    fixture_commit(f);
    struct token_row *r = NULL;
    OK(f->ops->token_by_digest(f->s, "abc", &r, &error));
    assert_string_equal(r->name, "watch");
    assert_string_equal(r->created_by, "unix:root");
    assert_true(r->roles == 5 && r->created_ms == 10 && r->last_used_ms == 20 &&
                r->revoked_ms == 30);
    token_row_free(r);
    OK(f->ops->token_by_digest(f->s, "abd", &r, &error));
    assert_null(r);
    g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)token_row_free);
    OK(f->ops->token_list(f->s, all, &error));
    assert_int_equal(all->len, 1);
}

static void idempotency_keys_are_per_principal_and_swept(void **state)
{
    struct fixture *f = *state;
    struct idempotency_row in = { .principal = (char *)"a",
                                  .key = (char *)"k",
                                  .request_digest = (char *)"d",
                                  .status = 201,
                                  .response = (char *)"{}",
                                  .time_ms = 100 };
    struct idempotency_row *out = NULL;
    fixture_begin(f);
    OK(f->ops->idempotency_insert(f->s, &in, &error));
    OK(f->ops->idempotency_find(f->s, "b", "k", &out, &error));
    assert_null(out);
    OK(f->ops->idempotency_sweep(f->s, 100, &error));
    OK(f->ops->idempotency_find(f->s, "a", "k", &out, &error));
    assert_int_equal(out->status, 201);
    assert_string_equal(out->request_digest, "d");
    assert_string_equal(out->response, "{}");
    idempotency_row_free(out);
    OK(f->ops->idempotency_sweep(f->s, 101, &error));
    OK(f->ops->idempotency_find(f->s, "a", "k", &out, &error));
    assert_null(out);
    fixture_commit(f);
}

static void gone_endpoints_and_named_values_are_kept(void **state)
{
    struct fixture *f = *state;
    char *value = NULL;
    fixture_begin(f);
    OK(f->ops->gone_add(f->s, "https://a/x", 1, &error));
    OK(f->ops->gone_add(f->s, "https://a/x", 2, &error));
    OK(f->ops->meta_get(f->s, "node", &value, &error));
    assert_null(value);
    OK(f->ops->meta_set(f->s, "node", "one", &error));
    OK(f->ops->meta_set(f->s, "node", "two", &error));
    fixture_commit(f);
    fixture_reopen(f);
    OK(f->ops->meta_get(f->s, "node", &value, &error));
    assert_string_equal(value, "two");
    g_free(value);
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    OK(f->ops->gone_list(f->s, gone, &error));
    assert_int_equal(gone->len, 1);
    fixture_begin(f);
    OK(f->ops->gone_remove(f->s, "https://a/y", &error));
    OK(f->ops->gone_remove(f->s, "https://a/x", &error));
    fixture_commit(f);
    g_ptr_array_set_size(gone, 0);
    OK(f->ops->gone_list(f->s, gone, &error));
    assert_int_equal(gone->len, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tokens_are_found_by_digest_and_revoked_once),
        T(idempotency_keys_are_per_principal_and_swept),
        T(gone_endpoints_and_named_values_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
