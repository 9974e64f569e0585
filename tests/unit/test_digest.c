#include "base/digest.h"
#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static char *hex(const uint8_t *bytes, size_t n)
{
    GString *s = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(s, "%02x", bytes[i]);
    return g_string_free(s, FALSE);
}

/* FIPS 180-2, appendix B, and the empty message. */
static void sha256_matches_the_published_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *in, *want;
    } rows[] = {
        { "", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" },
        { "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" },
        { "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
          "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = digest_sha256_hex(rows[i].in, strlen(rows[i].in));
        assert_string_equal(got, rows[i].want);
    }
    g_autofree char *none = digest_sha256_hex(NULL, 0);
    assert_string_equal(none, rows[0].want);
}

/* RFC 4231, test cases 1, 2 and 6. */
static void hmac_matches_the_published_vectors(void **state)
{
    (void)state;
    uint8_t key1[20], key6[131], out[DIGEST_SHA256_LEN];
    memset(key1, 0x0b, sizeof key1);
    memset(key6, 0xaa, sizeof key6);
    const char *long_key = "Test Using Larger Than Block-Size Key - Hash Key First";
    const struct {
        const void *key;
        size_t key_len;
        const char *data, *want;
    } rows[] = {
        { key1, sizeof key1, "Hi There",
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7" },
        { "Jefe", 4, "what do ya want for nothing?",
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843" },
        { key6, sizeof key6, long_key,
          "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54" },
        { NULL, 0, "", "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad" },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        digest_hmac_sha256(rows[i].key, rows[i].key_len, rows[i].data, strlen(rows[i].data), out);
        g_autofree char *got = hex(out, sizeof out);
        assert_string_equal(got, rows[i].want);
    }
}

static void random_tokens_are_safe_in_a_url_and_differ(void **state)
{
    (void)state;
    static const struct {
        size_t bytes, chars;
    } rows[] = { { 0, 0 }, { 1, 2 }, { 2, 3 }, { 3, 4 }, { 32, 43 } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        for (int k = 0; k < 200; k++) {
            g_autofree char *t = digest_random_base64url(rows[i].bytes);
            assert_int_equal(strlen(t), rows[i].chars);
            assert_int_equal(strspn(t, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                       "0123456789-_"),
                             rows[i].chars);
        }
    }
    g_autofree char *a = digest_random_base64url(16), *b = digest_random_base64url(16);
    assert_string_not_equal(a, b);
}

static void equality_looks_at_every_byte(void **state)
{
    (void)state;
    char a[32] = { 0 }, b[32] = { 0 };
    assert_true(digest_equal(a, b, sizeof a));
    for (size_t i = 0; i < sizeof a; i++) {
        b[i] = 1;
        assert_false(digest_equal(a, b, sizeof a));
        b[i] = 0;
    }
    assert_true(digest_equal(a, b, 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_matches_the_published_vectors),
        cmocka_unit_test(hmac_matches_the_published_vectors),
        cmocka_unit_test(random_tokens_are_safe_in_a_url_and_differ),
        cmocka_unit_test(equality_looks_at_every_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
