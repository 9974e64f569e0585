#include "store_fixture.h"

#include "base/mailbox.h"
#include "base/vault.h"
#include "flow/delivery_log.h"
#include "flow/keyring.h"
#include "model/link.h"
#include "wire/delivery_record.h"

#define NOW INT64_C(1795444200000)
#define DAYS INT64_C(86400000)

struct world {
    struct fixture *f;
    struct mailbox *completions;
    struct loop_watch *watch;
    struct service service;
    struct config config;
    struct clock_fake clock;
    unsigned changes;
    bool stops; /* the loop, at the next of them */
    /* of the last change asked for */
    enum keyring_end end;
    char *id;
};

static void changed(void *ctx)
{
    struct world *w = ctx;
    w->changes++;
    if (w->stops)
        loop_stop(w->service.loop);
}

static struct webhook_keys *file_with(const char *letters)
{
    struct webhook_keys *k = g_new0(struct webhook_keys, 1);
    k->masters = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    for (; *letters; letters++) {
        char bytes[VAULT_KEY_BYTES];
        memset(bytes, *letters, sizeof bytes);
        g_ptr_array_add(k->masters, g_bytes_new(bytes, sizeof bytes));
    }
    return k;
}

static int setup(void **state)
{
    fixture_setup_closed(state);
    struct world *w = g_new0(struct world, 1);
    w->f = *state;
    const struct store_options o = { .dir = w->f->dir,
                                     .checkpoint_bytes = 1 << 20,
                                     .seal = delivery_record_seal };
    w->clock = clock_fake_at(NOW);
    w->config = (struct config){ .node = (char *)"test" };
    w->config.delivery_log.file = (char *)"";
    w->config.webhook.key_overlap_days = 14;
    w->service = (struct service){ .config = &w->config, .clock = &w->clock.clock };
    w->service.loop = loop_new(NULL);
    w->service.key = vault_key_new();
    w->completions = mailbox_new(store_completion_drop);
    OK((w->service.store = store_thread_new(w->f->ops, &o, w->completions, &error)) != NULL);
    w->watch =
        loop_watch_mailbox(w->service.loop, w->completions, store_completion_run, NULL, NULL);
    w->service.log = delivery_log_new(&w->service);
    w->service.keyring = keyring_new(&w->service, NULL, file_with("a"), changed, w);
    *state = w;
    return 0;
}

static int teardown(void **state)
{
    struct world *w = *state;
    struct fixture *f = w->f;
    keyring_free(w->service.keyring);
    store_thread_free(w->service.store);
    delivery_log_free(w->service.log);
    loop_unwatch(w->watch);
    loop_free(w->service.loop);
    mailbox_free(w->completions);
    g_clear_pointer(&w->service.key, g_bytes_unref);
    g_free(w->service.store_fault);
    g_free(w->id);
    g_free(w);
    *state = f;
    return fixture_teardown(state);
}

static void told(enum keyring_end end, const char *id, const char *why, void *ctx)
{
    struct world *w = ctx;
    if (end == KEYRING_FAILED)
        fail_msg("%s", why);
    w->end = end;
    g_free(w->id);
    w->id = g_strdup(id);
    if (end == KEYRING_DONE)
        loop_stop(w->service.loop);
}

static void rotate(struct world *w)
{
    keyring_rotate(w->service.keyring, "unix:root", told, w);
    loop_run(w->service.loop);
    assert_int_equal(w->end, KEYRING_DONE);
}

static void retire(struct world *w, const char *id, bool revoke)
{
    g_autofree char *which = g_strdup(id);
    keyring_retire(w->service.keyring, which, revoke, "unix:root", told, w);
    loop_run(w->service.loop);
    assert_int_equal(w->end, KEYRING_DONE);
}

/* How many of them, and whether the first is the one of that id. */
static void expect(GPtrArray *keys /* taken */, guint n, const char *first)
{
    assert_int_equal(keys->len, n);
    char id[LINK_FINGERPRINT_LEN + 1];
    link_fingerprint(keys->pdata[0], id);
    if (first)
        assert_string_equal(id, first);
    g_ptr_array_unref(keys);
}

static char *file_id(char letter)
{
    char bytes[VAULT_KEY_BYTES], id[LINK_FINGERPRINT_LEN + 1];
    memset(bytes, letter, sizeof bytes);
    g_autoptr(GBytes) key = g_bytes_new(bytes, sizeof bytes);
    link_fingerprint(key, id);
    return g_strdup(id);
}

static void a_new_key_signs_first_and_the_old_beside_it_for_a_while(void **state)
{
    struct world *w = *state;
    struct keyring *k = w->service.keyring;
    rotate(w);
    assert_int_equal(w->changes, 1);
    expect(keyring_signing(k), 2, w->id);
    expect(keyring_linking(k), 2, w->id);
    clock_fake_advance(&w->clock, 14 * DAYS - 1);
    expect(keyring_signing(k), 2, w->id);
    clock_fake_advance(&w->clock, 1);
    expect(keyring_signing(k), 1, w->id);
    expect(keyring_linking(k), 2, w->id); /* links of before stay good */
}

static void when_one_retires_by_the_clock_it_is_told(void **state)
{
    struct world *w = *state;
    rotate(w);
    clock_fake_advance(&w->clock, 14 * DAYS);
    rotate(w); /* something else is due later: it looks at the clock again */
    assert_int_equal(w->changes, 2);
    w->stops = true;
    loop_run(w->service.loop);
    assert_int_equal(w->changes, 3);
    g_autoptr(GPtrArray) list = keyring_list(w->service.keyring);
    const struct keyring_entry *old = list->pdata[2];
    assert_false(old->signs);
    assert_true(old->in_file);
    assert_int_equal(old->retire_ms, NOW + 14 * DAYS);
}

static void a_second_rotation_leaves_the_first_retirement_as_it_was(void **state)
{
    struct world *w = *state;
    rotate(w);
    clock_fake_advance(&w->clock, DAYS);
    rotate(w);
    g_autoptr(GPtrArray) list = keyring_list(w->service.keyring);
    assert_int_equal(list->len, 3);
    assert_int_equal(((struct keyring_entry *)list->pdata[0])->retire_ms, 0);
    assert_int_equal(((struct keyring_entry *)list->pdata[1])->retire_ms, NOW + 15 * DAYS);
    assert_int_equal(((struct keyring_entry *)list->pdata[2])->retire_ms, NOW + 14 * DAYS);
}

static void what_is_retired_keeps_its_links_and_what_is_revoked_does_not(void **state)
{
    struct world *w = *state;
    struct keyring *k = w->service.keyring;
    rotate(w);
    g_autofree char *first = g_strdup(w->id), *filed = file_id('a');
    rotate(w);
    g_autofree char *second = g_strdup(w->id);
    retire(w, first, false);
    expect(keyring_signing(k), 2, second);
    expect(keyring_linking(k), 3, second);
    retire(w, first, true);
    expect(keyring_linking(k), 2, second);
    retire(w, filed, true);
    expect(keyring_signing(k), 1, second);
    expect(keyring_linking(k), 1, second);
    keyring_retire(k, second, true, "unix:root", told, w);
    assert_int_equal(w->end, KEYRING_LAST);
    keyring_retire(k, "0123456789abcdef", true, "unix:root", told, w);
    assert_int_equal(w->end, KEYRING_UNKNOWN);
}

static void without_a_key_of_the_store_none_is_made(void **state)
{
    struct world *w = *state;
    g_clear_pointer(&w->service.key, g_bytes_unref);
    keyring_rotate(w->service.keyring, "unix:root", told, w);
    assert_int_equal(w->end, KEYRING_NO_STORE_KEY);
}

static void two_changes_at_once_are_not_mixed(void **state)
{
    struct world *w = *state;
    keyring_rotate(w->service.keyring, "unix:root", told, w);
    keyring_rotate(w->service.keyring, "unix:root", told, w);
    assert_int_equal(w->end, KEYRING_BUSY);
    loop_run(w->service.loop);
    assert_int_equal(w->end, KEYRING_DONE);
    expect(keyring_signing(w->service.keyring), 2, w->id);
}

/* --- over a restart --- */

struct stored {
    GPtrArray *rows;
    struct world *world;
};

static bool read_rows(struct store *s, void *arg, GError **error)
{
    return s->ops->key_list(s, ((struct stored *)arg)->rows, error);
}

static void rows_read(void *arg, const GError *error)
{
    assert_null(error);
    loop_stop(((struct stored *)arg)->world->service.loop);
}

static void after_a_restart_they_are_the_same_and_sealed(void **state)
{
    struct world *w = *state;
    struct stored s = { g_ptr_array_new_with_free_func((GDestroyNotify)key_row_free), w };
    rotate(w);
    g_autoptr(GPtrArray) before = keyring_signing(w->service.keyring);
    store_thread_submit(w->service.store, read_rows, rows_read, &s);
    loop_run(w->service.loop);
    gsize len = 0;
    g_autofree char *base64 =
        g_base64_encode(g_bytes_get_data(before->pdata[0], &len), VAULT_KEY_BYTES);
    const struct key_row *row = s.rows->pdata[0];
    assert_string_equal(row->id, w->id);
    assert_null(strstr(row->sealed, base64));
    keyring_free(w->service.keyring);
    w->service.keyring = keyring_new(&w->service, s.rows, file_with("a"), changed, w);
    g_autoptr(GPtrArray) after = keyring_signing(w->service.keyring);
    assert_int_equal(after->len, 2);
    for (guint i = 0; i < 2; i++)
        assert_true(g_bytes_equal(before->pdata[i], after->pdata[i]));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(a_new_key_signs_first_and_the_old_beside_it_for_a_while),
        T(when_one_retires_by_the_clock_it_is_told),
        T(a_second_rotation_leaves_the_first_retirement_as_it_was),
        T(what_is_retired_keeps_its_links_and_what_is_revoked_does_not),
        T(without_a_key_of_the_store_none_is_made),
        T(two_changes_at_once_are_not_mixed),
        T(after_a_restart_they_are_the_same_and_sealed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
