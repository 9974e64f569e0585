#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/cms.h"
#include "certificates.h"

#define FROM "alerts@dss.example"
#define TEXT "Content-Type: text/plain\r\n\r\nKeep clear.\r\n"
#define DAY_MS (INT64_C(24) * 3600 * 1000)

static struct made root, mail;

static struct made make_mail(const char *names, const char *usage, bool weak)
{
    return certificates_make(&(struct request){ .name = "DSS",
                                                .names = names,
                                                .usage = usage,
                                                .weak = weak,
                                                .issuer = &root,
                                                .from_days = -1,
                                                .to_days = 90 });
}

static int make(void **state)
{
    (void)state;
    root = certificates_make(
        &(struct request){ .name = "root", .authority = true, .from_days = -10, .to_days = 60 });
    mail = make_mail("email:" FROM ",email:exercise@dss.example", "emailProtection", false);
    return 0;
}

static int clear(void **state)
{
    (void)state;
    certificates_clear(&root);
    certificates_clear(&mail);
    return 0;
}

static struct cms_signer *signer_of(const struct made *m, const struct made *key_of,
                                    struct cms_fault *fault)
{
    g_autofree char *chain = certificates_text((const struct made *const[]){ m, &root, NULL });
    g_autofree char *key = certificates_key_text(key_of, NULL);
    return cms_signer_new(chain, key, fault);
}

/* As a mail program does that trusts root. */
static bool verifies(GBytes *der, const char *text, size_t len)
{
    gsize n;
    const unsigned char *at = g_bytes_get_data(der, &n);
    CMS_ContentInfo *c = d2i_CMS_ContentInfo(NULL, &at, (long)n);
    X509_STORE *store = X509_STORE_new();
    BIO *data = BIO_new_mem_buf(text, (int)len);
    assert_non_null(c);
    X509_STORE_add_cert(store, root.certificate);
    X509_STORE_set_purpose(store, X509_PURPOSE_SMIME_SIGN);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), CERTIFICATES_NOW / 1000);
    bool good = CMS_verify(c, NULL, store, data, NULL, CMS_BINARY) == 1;
    BIO_free(data);
    X509_STORE_free(store);
    CMS_ContentInfo_free(c);
    return good;
}

static void what_is_signed_verifies_and_nothing_else(void **state)
{
    (void)state;
    struct cms_fault fault;
    const char *why = NULL;
    struct cms_signer *s = signer_of(&mail, &mail, &fault);
    assert_non_null(s);
    g_autoptr(GBytes) der = cms_sign(s, TEXT, strlen(TEXT), &why);
    assert_true(verifies(der, TEXT, strlen(TEXT)));
    for (size_t i = 0; i < strlen(TEXT); i++) {
        g_autofree char *changed = g_strdup(TEXT);
        changed[i] ^= 1;
        assert_false(verifies(der, changed, strlen(TEXT)));
    }
    assert_false(verifies(der, TEXT, strlen(TEXT) - 2));
    cms_signer_unref(s);
}

static void a_certificate_tells_for_whom_and_how_long(void **state)
{
    (void)state;
    struct cms_fault fault;
    struct cms_signer *s = signer_of(&mail, &mail, &fault);
    static const struct {
        const char *mailbox;
        bool named;
    } rows[] = { { FROM, true },
                 { "alerts@DSS.EXAMPLE", true },
                 { "exercise@dss.example", true },
                 { "alert@dss.example", false },
                 { "alerts@dss.example.evil.example", false },
                 { "", false } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        if (cms_signer_names(s, rows[i].mailbox) != rows[i].named)
            fail_msg("%s", rows[i].mailbox);
    assert_int_equal(cms_signer_ends_ms(s), CERTIFICATES_NOW + 60 * DAY_MS); /* root's */
    assert_null(cms_signer_out_of_time(s, CERTIFICATES_NOW));
    g_autofree char *late = cms_signer_out_of_time(s, CERTIFICATES_NOW + 61 * DAY_MS);
    assert_non_null(strstr(late, "/CN=root has expired"));
    cms_signer_unref(s);
}

static void what_will_not_do_is_said(void **state)
{
    (void)state;
    struct made other = make_mail("email:" FROM, "emailProtection", false),
                weak = make_mail("email:" FROM, "emailProtection", true),
                server = make_mail("DNS:localhost", "serverAuth", false);
    const struct {
        const char *code;
        const struct made *certificate, *key;
        bool of_key;
    } rows[] = { { "not-its-key", &mail, &other, true },
                 { "unfit-key", &weak, &weak, true },
                 { "not-for-mail", &server, &server, false } };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct cms_fault fault = { .code = "none" };
        assert_null(signer_of(rows[i].certificate, rows[i].key, &fault));
        assert_string_equal(fault.code, rows[i].code);
        assert_int_equal(fault.of_key, rows[i].of_key);
        g_free(fault.why);
    }
    struct cms_fault fault;
    g_autofree char *backwards =
        certificates_text((const struct made *const[]){ &root, &mail, NULL });
    g_autofree char *key = certificates_key_text(&root, NULL);
    assert_null(cms_signer_new(backwards, key, &fault));
    assert_string_equal(fault.code, "bad-chain");
    g_free(fault.why);
    certificates_clear(&other);
    certificates_clear(&weak);
    certificates_clear(&server);
}

static gpointer sign_often(gpointer signer)
{
    for (int i = 0; i < 20; i++) {
        const char *why;
        g_autoptr(GBytes) der = cms_sign(signer, TEXT, strlen(TEXT), &why);
        if (!der || !verifies(der, TEXT, strlen(TEXT)))
            return NULL;
    }
    return signer;
}

static void many_threads_sign_at_once(void **state)
{
    (void)state;
    struct cms_fault fault;
    struct cms_signer *s = signer_of(&mail, &mail, &fault);
    GThread *threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        threads[i] = g_thread_new("sign", sign_often, s);
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++)
        assert_ptr_equal(g_thread_join(threads[i]), s);
    cms_signer_unref(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_signed_verifies_and_nothing_else),
        cmocka_unit_test(a_certificate_tells_for_whom_and_how_long),
        cmocka_unit_test(what_will_not_do_is_said),
        cmocka_unit_test(many_threads_sign_at_once),
    };
    return cmocka_run_group_tests_name("cms", tests, make, clear);
}
