#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <openssl/cms.h>
#include <string.h>

#include "certificates.h"
#include "notice_scenes.h"
#include "shipped_templates.h"
#include "wire/mail_message.h"
#include "wire/mail_sign.h"

static const struct mail_settings settings = { "alerts@dss.example", "Diplomatic Security Service",
                                               "exercise@dss.example", "dss.example", 4096 };
static struct made pair;
static struct cms_signer *signer;

static int begin(void **state)
{
    struct cms_fault fault;
    pair = certificates_make(&(struct request){ .name = "DSS",
                                                .names = "email:alerts@dss.example",
                                                .usage = "emailProtection",
                                                .from_days = -1,
                                                .to_days = 90 });
    g_autofree char *certificate = certificates_text((const struct made *const[]){ &pair, NULL });
    g_autofree char *key = certificates_key_text(&pair, NULL);
    signer = cms_signer_new(certificate, key, &fault);
    return signer ? set_up(state) : -1;
}

static int end(void **state)
{
    cms_signer_unref(signer);
    certificates_clear(&pair);
    return tear_down(state);
}

static char *text_of(GBytes *mail)
{
    return g_strndup(g_bytes_get_data(mail, NULL), g_bytes_get_size(mail));
}

static GBytes *render(const struct notice_world *w)
{
    g_autoptr(GError) error = NULL;
    GBytes *mail = mail_message_render(&w->notice, templates, &settings, NULL, &error);
    if (!mail)
        fail_msg("%s", error->message);
    return mail;
}

static GBytes *sign(GBytes *mail)
{
    const char *why = NULL;
    GBytes *whole = mail_sign(mail, signer, &why);
    if (!whole)
        fail_msg("%s", why);
    return whole;
}

/* By OpenSSL's own reader of S/MIME; *content is what was signed. */
static bool verifies(const char *mail, char **content)
{
    BIO *in = BIO_new_mem_buf(mail, -1), *data = NULL, *out = BIO_new(BIO_s_mem());
    CMS_ContentInfo *c = SMIME_read_CMS(in, &data);
    bool good = c && CMS_verify(c, NULL, NULL, data, out, CMS_NO_SIGNER_CERT_VERIFY) == 1;
    char *bytes = NULL;
    long len = BIO_get_mem_data(out, &bytes);
    if (content)
        *content = g_strndup(bytes, (gsize)len);
    CMS_ContentInfo_free(c);
    BIO_free(in);
    BIO_free(data);
    BIO_free(out);
    return good;
}

static void every_mail_verifies_to_the_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
        struct notice_world *w = scenes[i].make();
        g_autoptr(GBytes) plain = render(w), whole = sign(plain);
        g_autofree char *before = text_of(plain), *after = text_of(whole), *content = NULL;
        if (!verifies(after, &content))
            fail_msg("%s does not verify", scenes[i].name);
        assert_true(g_str_has_prefix(content, "Content-Type: multipart/"));
        const char *body = strstr(before, "\r\n\r\n");
        assert_true(g_str_has_suffix(content, body)); /* the body stays as it was */
        notice_world_free(w);
    }
}

static void a_changed_byte_does_not_verify(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    g_autoptr(GBytes) plain = render(w), whole = sign(plain);
    g_autofree char *mail = text_of(whole);
    char *word = strstr(mail, "entrances");
    assert_non_null(word);
    *word = 'E';
    assert_false(verifies(mail, NULL));
    notice_world_free(w);
}

static void the_header_stays_outside(void **state)
{
    (void)state;
    struct notice_world *w = scene_arabic_at_night();
    g_autoptr(GBytes) plain = render(w), whole = sign(plain);
    g_autofree char *before = text_of(plain), *after = text_of(whole);
    const char *const begins[] = { "From: ",       "To: ",         "Subject: ",
                                   "Message-Id: ", "References: ", "MIME-Version: 1.0" };
    size_t head = (size_t)(strstr(after, "\r\n\r\n") - after);
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++) {
        const char *was = strstr(before, begins[i]),
                   *is = g_strstr_len(after, (gssize)head, begins[i]);
        if (!was || !is || strncmp(was, is, strcspn(was, "\r")) != 0)
            fail_msg("%s: %s", begins[i], after);
    }
    assert_non_null(g_strstr_len(after, (gssize)head,
                                 "Content-Type: multipart/signed; "
                                 "protocol=\"application/pkcs7-signature\";\r\n micalg=sha-256;"));
    assert_null(g_strstr_len(after, (gssize)head, "multipart/alternative"));
    notice_world_free(w);
}

/* 7 bits, CRLF, lines as SMTP takes them; and what mailboxes change is not in it. */
static void it_arrives_as_it_was_sent(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    struct message *m = w->broadcast->messages->pdata[0];
    g_free(m->description);
    m->description = g_strdup("From here on\nFrom From the north\n.\n..\n trailing \n\n\nFrom");
    g_autoptr(GBytes) plain = render(w), whole = sign(plain);
    g_autofree char *mail = text_of(whole);
    assert_int_equal(strlen(mail), g_bytes_get_size(whole));
    g_auto(GStrv) lines = g_strsplit(mail, "\r\n", -1);
    for (char **line = lines; *line; line++) {
        size_t len = strlen(*line);
        assert_true(len <= 998 && !strpbrk(*line, "\r\n"));
        assert_true(!g_str_has_prefix(*line, "From ") && (len == 0 || (*line)[len - 1] != ' '));
        for (const char *p = *line; *p; p++)
            assert_true((unsigned char)*p < 0x80);
    }
    assert_true(verifies(mail, NULL));
    notice_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_mail_verifies_to_the_byte),
        cmocka_unit_test(a_changed_byte_does_not_verify),
        cmocka_unit_test(the_header_stays_outside),
        cmocka_unit_test(it_arrives_as_it_was_sent),
    };
    return cmocka_run_group_tests_name("mail_sign", tests, begin, end);
}
