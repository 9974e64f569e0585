#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/vault.h"
#include <string.h>

static GBytes *key_of(char c)
{
    char bytes[VAULT_KEY_BYTES];
    memset(bytes, c, sizeof bytes);
    return g_bytes_new(bytes, sizeof bytes);
}

static void what_was_sealed_opens_with_its_key_and_purpose_alone(void **state)
{
    g_autoptr(GBytes) a = key_of('a'), b = key_of('b');
    g_autoptr(GBytes) secret = g_bytes_new("the secret", 10);
    (void)state;
    g_autofree char *sealed = vault_seal(a, "test v1", secret);
    g_autoptr(GBytes) back = vault_open(a, "test v1", sealed);
    assert_non_null(back);
    assert_true(g_bytes_equal(back, secret));
    assert_null(vault_open(b, "test v1", sealed));
    assert_null(vault_open(a, "test v2", sealed));
    assert_null(strstr(sealed, "secret"));
}

static void the_same_is_never_sealed_alike(void **state)
{
    g_autoptr(GBytes) a = key_of('a');
    g_autoptr(GBytes) secret = g_bytes_new("the secret", 10);
    (void)state;
    g_autofree char *one = vault_seal(a, "test v1", secret),
                    *two = vault_seal(a, "test v1", secret);
    assert_string_not_equal(one, two);
}

static void any_changed_character_is_noticed(void **state)
{
    g_autoptr(GBytes) a = key_of('a');
    g_autoptr(GBytes) secret = g_bytes_new("the secrets", 12); /* no bits are left over in base64 */
    (void)state;
    g_autofree char *sealed = vault_seal(a, "test v1", secret);
    for (size_t i = 0; sealed[i]; i++) {
        char was = sealed[i];
        sealed[i] = was == 'A' ? 'B' : 'A';
        if (sealed[i + 1] || (12 + 12 + 16) % 3 == 0)
            assert_null(vault_open(a, "test v1", sealed));
        sealed[i] = was;
    }
    sealed[strlen(sealed) - 4] = '\0';
    assert_null(vault_open(a, "test v1", sealed));
    assert_null(vault_open(a, "test v1", ""));
    assert_null(vault_open(a, "test v1", "no base64 at all!"));
}

static void a_mac_depends_on_key_purpose_and_text(void **state)
{
    g_autoptr(GBytes) a = key_of('a'), b = key_of('b');
    (void)state;
    g_autofree char *mac = vault_mac(a, "token v1", "x"), *again = vault_mac(a, "token v1", "x");
    g_autofree char *key = vault_mac(b, "token v1", "x"), *purpose = vault_mac(a, "token v2", "x");
    g_autofree char *text = vault_mac(a, "token v1", "y");
    assert_string_equal(mac, again);
    assert_int_equal(strlen(mac), 64);
    assert_string_not_equal(mac, key);
    assert_string_not_equal(mac, purpose);
    assert_string_not_equal(mac, text);
}

static void a_key_is_known_by_its_id(void **state)
{
    g_autoptr(GBytes) a = key_of('a'), fresh = vault_key_new(), other = vault_key_new();
    (void)state;
    g_autofree char *id = vault_key_id(a), *one = vault_key_id(fresh), *two = vault_key_id(other);
    assert_int_equal(strlen(id), 16);
    assert_string_not_equal(one, two);
    assert_int_equal(g_bytes_get_size(fresh), VAULT_KEY_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_sealed_opens_with_its_key_and_purpose_alone),
        cmocka_unit_test(the_same_is_never_sealed_alike),
        cmocka_unit_test(any_changed_character_is_noticed),
        cmocka_unit_test(a_mac_depends_on_key_purpose_and_text),
        cmocka_unit_test(a_key_is_known_by_its_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
