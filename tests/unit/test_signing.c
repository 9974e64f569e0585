#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

#include "base/signing.h"
#include "rows.h"

static guchar from_hex(const char *two)
{
    return (guchar)(g_ascii_xdigit_value(two[0]) << 4 | g_ascii_xdigit_value(two[1]));
}

static char *base64_of_hex(const char *hex)
{
    guchar raw[64];
    size_t n = strlen(hex) / 2;
    for (size_t i = 0; i < n; i++)
        raw[i] = from_hex(hex + 2 * i);
    return g_base64_encode(raw, n);
}

static char *url_of_hex(const char *hex)
{
    char *text = base64_of_hex(hex);
    text[strcspn(text, "=")] = '\0';
    return g_strdelimit(g_strdelimit(text, "+", '-'), "/", '_');
}

static const struct vector {
    const char *name, *seed, *public, *message, *signature;
} vectors[] = {
    { "RFC 8032, test 1: an empty message",
      "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
      "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
      "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b" },
    { "RFC 8032, test 2: one byte",
      "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "\x72",
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
      "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00" },
};

static void signs_as_the_rfc_says(void **state)
{
    const struct vector *v = *state;
    g_autofree char *why = NULL;
    g_autofree char *seed = base64_of_hex(v->seed);
    g_autofree char *public = url_of_hex(v->public);
    g_autofree char *want = url_of_hex(v->signature);
    struct signing_keys *k = signing_keys_read(seed, &why);
    assert_non_null(k);
    assert_string_equal(signing_public(k, 0), public);
    g_autofree char *got = signing_sign(k, 0, v->message, strlen(v->message));
    assert_string_equal(got, want);
    assert_int_equal(strlen(got), SIGNING_SIGNATURE_LEN);
    assert_true(signing_holds(public, v->message, strlen(v->message), want));
    assert_false(signing_holds(public, "x", 1, want));
    signing_keys_unref(k);
}

#define PEM                                                                                        \
    "-----BEGIN PRIVATE KEY-----\n"                                                                \
    "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"                           \
    "-----END PRIVATE KEY-----\n"
#define PEM_PUBLIC                                                                                 \
    "-----BEGIN PUBLIC KEY-----\n"                                                                 \
    "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"                               \
    "-----END PUBLIC KEY-----\n"
#define PUBLIC_1 "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define PUBLIC_2 "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"
#define LINE_1 "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
#define LINE_2 "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs="

static void a_file_of_keys_is_read_newest_first(void **state)
{
    static const struct {
        const char *name, *text, *first, *second;
    } rows[] = {
        { "a seed", LINE_1 "\n", PUBLIC_1, NULL },
        { "a comment and two seeds", "# keys\n\n " LINE_2 "\n" LINE_1, PUBLIC_2, PUBLIC_1 },
        { "PEM", PEM, PUBLIC_1, NULL },
        { "PEM twice", PEM PEM, PUBLIC_1, PUBLIC_1 },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *why = NULL;
        struct signing_keys *k = signing_keys_read(rows[i].text, &why);
        if (!k)
            fail_msg("%s: %s", rows[i].name, why);
        assert_string_equal(signing_public(k, 0), rows[i].first);
        assert_int_equal(signing_find(k, rows[i].first), 0);
        assert_int_equal(signing_find(k, "nobody's"), -1);
        if (g_strcmp0(signing_public(k, 1), rows[i].second) != 0)
            fail_msg("%s: the second key", rows[i].name);
        signing_keys_unref(k);
    }
}

static void what_is_no_key_is_refused_with_its_place(void **state)
{
    static const struct {
        const char *name, *text, *why;
    } rows[] = {
        { "nothing", "", "there is no key in it" },
        { "only a comment", "# x\n", "there is no key in it" },
        { "a short seed", LINE_1 "\nAAAA\n", "line 2 is no seed of 32 bytes in base64" },
        { "a public key", PEM_PUBLIC,
          "block 1 is no private Ed25519 key in PEM without a passphrase" },
        { "a second block that is none", PEM "-----BEGIN PRIVATE KEY-----\nAAAA\n",
          "block 2 is no private Ed25519 key in PEM without a passphrase" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *why = NULL;
        assert_null(signing_keys_read(rows[i].text, &why));
        assert_string_equal(why, rows[i].why);
    }
}

static void a_public_key_is_read_in_either_form(void **state)
{
    (void)state;
    g_autofree char *url = signing_public_of(PUBLIC_1 "\n");
    g_autofree char *pem = signing_public_of(PEM_PUBLIC);
    assert_string_equal(url, PUBLIC_1);
    assert_string_equal(pem, PUBLIC_1);
    assert_null(signing_public_of(""));
    assert_null(signing_public_of("abc"));
    assert_null(signing_public_of(PEM));
    assert_null(signing_public_of("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURp"));
}

static void nothing_but_a_signature_of_the_key_holds(void **state)
{
    (void)state;
    g_autofree char *why = NULL;
    struct signing_keys *k = signing_keys_read(LINE_1, &why);
    g_autofree char *good = signing_sign(k, 0, "text", 4);
    assert_true(signing_holds(PUBLIC_1, "text", 4, good));
    assert_false(signing_holds(PUBLIC_2, "text", 4, good));
    assert_false(signing_holds(PUBLIC_1, "text", 3, good));
    assert_false(signing_holds("", "text", 4, good));
    assert_false(signing_holds(PUBLIC_1, "text", 4, ""));
    for (size_t i = 0; i < strlen(good); i++) {
        char was = good[i];
        good[i] = was == 'A' ? 'B' : 'A';
        if (signing_holds(PUBLIC_1, "text", 4, good))
            fail_msg("character %zu may be any", i);
        good[i] = was;
    }
    signing_keys_unref(signing_keys_ref(k));
    signing_keys_unref(k);
    signing_keys_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_keys_is_read_newest_first),
        cmocka_unit_test(what_is_no_key_is_refused_with_its_place),
        cmocka_unit_test(a_public_key_is_read_in_either_form),
        cmocka_unit_test(nothing_but_a_signature_of_the_key_holds),
    };
    int failed = RUN_ROWS("RFC 8032", vectors, signs_as_the_rfc_says, NULL, NULL);
    return failed + cmocka_run_group_tests_name("signing", tests, NULL, NULL);
}
