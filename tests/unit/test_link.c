#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/link.h"

#define MESSAGE "0192a000-0000-7000-8000-000000000001."

static GBytes *master(const char *text)
{
    return g_bytes_new_static(text, strlen(text));
}

static struct link link_of(const char *key, const char *message_key)
{
    struct link l;
    g_autoptr(GBytes) m = master(key);
    link_make(&l, m, message_key);
    return l;
}

#define KEY "0123456789abcdef0123456789abcdef"

/* Computed by another implementation of HMAC; a change of any of them breaks links that are out. */
static void a_link_is_the_same_for_ever(void **state)
{
    (void)state;
    struct link l = link_of(KEY, MESSAGE "7");
    assert_string_equal(l.token, "uTc004-7D_gFRTBagLNmIA");
    assert_string_equal(l.code, "722473");
    assert_string_equal(l.digest,
                        "ff653e7aff42574085b992b48cf81dc6ace0f27b53ed4194fd512bb4ddec0a45");
    l = link_of(KEY, MESSAGE "25");
    assert_string_equal(l.code, "005893");
}

static void another_message_or_key_is_another_link(void **state)
{
    (void)state;
    struct link a = link_of(KEY, MESSAGE "7");
    const struct link others[] = { link_of(KEY, MESSAGE "8"), link_of("another key", MESSAGE "7") };
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        assert_string_not_equal(a.token, others[i].token);
        assert_string_not_equal(a.code, others[i].code);
        assert_string_not_equal(a.digest, others[i].digest);
    }
}

static void a_key_is_found_by_its_fingerprint(void **state)
{
    (void)state;
    char old[LINK_FINGERPRINT_LEN + 1], lost[LINK_FINGERPRINT_LEN + 1];
    g_autoptr(GBytes) gone = master("a key that was taken out");
    g_autoptr(GPtrArray) masters = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(masters, master("the newest key"));
    g_ptr_array_add(masters, master(KEY));
    link_fingerprint(masters->pdata[1], old);
    link_fingerprint(gone, lost);
    assert_string_equal(old, "3eb1bd439947eb76");
    assert_ptr_equal(link_master(masters, old), masters->pdata[1]);
    assert_null(link_master(masters, lost));
    assert_null(link_master(masters, ""));
    assert_null(link_master(NULL, old));
}

static const struct token_row {
    const char *name, *token;
    bool good;
} token_rows[] = {
    { "a token", "uTc004-7D_gFRTBagLNmIA", true },
    { "nothing", "", false },
    { "one character less", "uTc004-7D_gFRTBagLNmI", false },
    { "one character more", "uTc004-7D_gFRTBagLNmIAA", false },
    { "the other alphabet", "uTc004+7D/gFRTBagLNmIA", false },
    { "a blank at the end", "uTc004-7D_gFRTBagLNmI ", false },
    { "a path", "../../../../etc/passwd", false },
    { "a letter of another script", "uTc004-7D_gFRTBagLNm\xc3\xa9", false },
};

static void only_the_form_of_a_token_has_a_digest(void **state)
{
    (void)state;
    struct link l = link_of(KEY, MESSAGE "7");
    for (size_t i = 0; i < G_N_ELEMENTS(token_rows); i++) {
        char digest[LINK_DIGEST_LEN + 1] = "";
        print_message("%s\n", token_rows[i].name);
        assert_int_equal(link_digest_of(token_rows[i].token, digest), token_rows[i].good);
        assert_string_equal(digest, token_rows[i].good ? l.digest : "");
    }
}

static const struct code_row {
    const char *name, *typed;
    bool good;
} code_rows[] = {
    { "the code", "722473", true },
    { "blanks around and between", " 722 473\r\n", true },
    { "a hyphen", "722-473", true },
    { "a dash as a word processor makes it",
      "722\xe2\x80\x93"
      "473",
      true },
    { "Arabic digits", "\xd9\xa7\xd9\xa2\xd9\xa2\xd9\xa4\xd9\xa7\xd9\xa3", true },
    { "Persian digits", "\xdb\xb7\xdb\xb2\xdb\xb2\xdb\xb4\xdb\xb7\xdb\xb3", true },
    { "wide digits", "\xef\xbc\x97\xef\xbc\x92\xef\xbc\x92\xef\xbc\x94\xef\xbc\x97\xef\xbc\x93",
      true },
    { "nothing", "", false },
    { "only blanks", "      ", false },
    { "another code", "722474", false },
    { "its first digits", "72247", false },
    { "a digit more", "7224731", false },
    { "a zero before it", "0722473", false },
    { "a letter in it", "7224a73", false },
    { "a sign before it", "+722473", false },
    { "broken UTF-8", "722473\xff", false },
};

static void a_code_is_typed_in_many_ways(void **state)
{
    (void)state;
    struct link l = link_of(KEY, MESSAGE "7");
    for (size_t i = 0; i < G_N_ELEMENTS(code_rows); i++) {
        print_message("%s\n", code_rows[i].name);
        assert_int_equal(link_code_is(&l, code_rows[i].typed), code_rows[i].good);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_link_is_the_same_for_ever),
        cmocka_unit_test(another_message_or_key_is_another_link),
        cmocka_unit_test(a_key_is_found_by_its_fingerprint),
        cmocka_unit_test(only_the_form_of_a_token_has_a_digest),
        cmocka_unit_test(a_code_is_typed_in_many_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
