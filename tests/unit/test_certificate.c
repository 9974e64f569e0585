#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/certificate.h"
#include "certificates.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct made root, below;

static int make(void **state)
{
    (void)state;
    root = certificates_make(
        &(struct request){ .name = "root", .authority = true, .from_days = -10, .to_days = 100 });
    below = certificates_make(
        &(struct request){ .name = "below", .issuer = &root, .from_days = -1, .to_days = 10 });
    return 0;
}

static int clear(void **state)
{
    (void)state;
    certificates_clear(&root);
    certificates_clear(&below);
    return 0;
}

static char *chain_text(const struct made *first, const struct made *second)
{
    return certificates_text((const struct made *const[]){ first, second, NULL });
}

static void a_text_is_read_in_its_order(void **state)
{
    (void)state;
    g_autofree char *text = chain_text(&below, &root), *why = NULL;
    g_autoptr(GPtrArray) all = certificate_parse(text, &why);
    assert_non_null(all);
    assert_int_equal(all->len, 2);
    g_autofree char *first = certificate_subject(all->pdata[0]);
    assert_string_equal(first, "/CN=below");
    assert_int_equal(certificate_ends_ms(all->pdata[0]), CERTIFICATES_NOW + 10 * DAY_MS);
    assert_null(certificate_bad_chain(all));
}

static void a_chain_has_an_order(void **state)
{
    (void)state;
    g_autofree char *text = chain_text(&root, &below), *why = NULL;
    g_autoptr(GPtrArray) all = certificate_parse(text, &why);
    g_autofree char *bad = certificate_bad_chain(all);
    assert_non_null(strstr(bad, "/CN=below did not issue /CN=root"));
}

static void what_is_no_certificate_is_said(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } rows[] = { { "", "no certificate in PEM" },
                 { "hello\n", "no certificate in PEM" },
                 { "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
                   "certificate 1 in it cannot be read" } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *why = NULL;
        assert_null(certificate_parse(rows[i].text, &why));
        if (!strstr(why, rows[i].want))
            fail_msg("%s: %s", rows[i].text, why);
    }
}

static void a_key_has_no_passphrase(void **state)
{
    (void)state;
    g_autofree char *plain = certificates_key_text(&root, NULL),
                    *locked = certificates_key_text(&root, "secret");
    const char *why = NULL;
    EVP_PKEY *key = certificate_parse_key(plain, &why);
    assert_non_null(key);
    EVP_PKEY_free(key);
    assert_null(certificate_parse_key(locked, &why));
    assert_non_null(strstr(why, "passphrase"));
    assert_null(certificate_parse_key("none", &why));
    assert_non_null(strstr(why, "no private key"));
}

static void a_certificate_has_its_time(void **state)
{
    (void)state;
    static const struct {
        int64_t at_ms;
        const char *want; /* NULL: it holds */
    } rows[] = { { CERTIFICATES_NOW - 2 * DAY_MS,
                   "/CN=below holds only from 2026-11-22T14:30:00Z" },
                 { CERTIFICATES_NOW - DAY_MS, NULL },
                 { CERTIFICATES_NOW + 10 * DAY_MS - 1, NULL },
                 { CERTIFICATES_NOW + 10 * DAY_MS,
                   "/CN=below has expired: it ended at 2026-12-03T14:30:00Z" } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *why = certificate_out_of_time(below.certificate, rows[i].at_ms);
        assert_true(g_strcmp0(why, rows[i].want) == 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_is_read_in_its_order),    cmocka_unit_test(a_chain_has_an_order),
        cmocka_unit_test(what_is_no_certificate_is_said), cmocka_unit_test(a_key_has_no_passphrase),
        cmocka_unit_test(a_certificate_has_its_time),
    };
    return cmocka_run_group_tests_name("certificate", tests, make, clear);
}
