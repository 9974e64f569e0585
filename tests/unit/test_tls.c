/* A listener's certificate and key: what is taken, and what is said of what is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "certificates.h"
#include "folder.h"
#include "io/tls.h"
#include <string.h>
#include <sys/stat.h>

/* What every row begins with: an authority, one below it, a server of that, and another's. */
struct place {
    char *folder;
    struct made root, below, server, other;
    char *key;
};

static struct place p;

static const struct request server_request = { .name = "server",
                                               .names = "DNS:localhost,IP:127.0.0.1",
                                               .usage = "serverAuth",
                                               .from_days = -1,
                                               .to_days = 90 };

static int set_up(void **state)
{
    (void)state;
    p.folder = g_dir_make_tmp("liaisond-tls-XXXXXX", NULL);
    p.root = certificates_make(
        &(struct request){ .name = "root", .from_days = -9, .to_days = 900, .authority = true });
    p.below = certificates_make(&(struct request){
        .name = "below", .from_days = -9, .to_days = 400, .authority = true, .issuer = &p.root });
    struct request r = server_request;
    r.issuer = &p.below;
    p.server = certificates_make(&r);
    p.other = certificates_make(&r);
    p.key = certificates_write_key(p.folder, "key.pem", &p.server, NULL);
    return p.folder ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(p.folder);
    certificates_clear(&p.root);
    certificates_clear(&p.below);
    certificates_clear(&p.server);
    certificates_clear(&p.other);
    g_free(p.folder);
    g_free(p.key);
    return 0;
}

struct told {
    struct tls *tls;
    char *text; /* of everything that was said */
    bool refused;
};

static struct told load(const struct tls_files *files)
{
    struct faults *f = faults_new();
    struct told t = { .tls = tls_load(files, CERTIFICATES_NOW, f) };
    t.text = faults_to_text(f);
    t.refused = faults_any(f);
    assert_int_equal(t.tls == NULL, t.refused);
    faults_free(f);
    return t;
}

static void clear(struct told *t)
{
    tls_unref(t->tls);
    g_free(t->text);
}

/* One certificate with its own key, as the only one of its file. */
static struct told load_one(struct request r, bool may_be_expired, const char *host)
{
    struct made m = certificates_make(&r);
    const struct made *all[] = { &m, NULL };
    g_autofree char *certificate = certificates_write(p.folder, "one.pem", all);
    g_autofree char *key = certificates_write_key(p.folder, "one.key", &m, NULL);
    struct tls_files files = { .group = "api",
                               .certificate = certificate,
                               .key = key,
                               .client_ca = "",
                               .host = host,
                               .may_be_expired = may_be_expired };
    struct told t = load(&files);
    certificates_clear(&m);
    return t;
}

static struct told load_files(const char *certificate, const char *key, const char *client_ca)
{
    struct tls_files files = {
        .group = "api", .certificate = certificate, .key = key, .client_ca = client_ca, .host = ""
    };
    return load(&files);
}

static void a_chain_in_its_order_is_taken_and_ends_with_its_first_to_end(void **state)
{
    (void)state;
    const struct made *all[] = { &p.server, &p.below, &p.root, NULL };
    g_autofree char *chain = certificates_write(p.folder, "chain.pem", all);
    struct told t = load_files(chain, p.key, "");
    assert_string_equal(t.text, "");
    assert_int_equal(tls_expires_ms(t.tls), CERTIFICATES_NOW + INT64_C(90) * 86400 * 1000);
    assert_string_equal(tls_file(t.tls), chain);
    clear(&t);
}

static void an_issuer_out_of_order_is_named(void **state)
{
    (void)state;
    const struct made *all[] = { &p.server, &p.root, &p.below, NULL };
    g_autofree char *chain = certificates_write(p.folder, "chain.pem", all);
    struct told t = load_files(chain, p.key, "");
    assert_true(t.refused);
    assert_non_null(strstr(t.text, "/CN=root did not issue /CN=server"));
    assert_non_null(strstr(t.text, "(bad-chain)"));
    clear(&t);
}

static void a_key_of_another_certificate_is_refused(void **state)
{
    (void)state;
    const struct made *all[] = { &p.other, NULL };
    g_autofree char *certificate = certificates_write(p.folder, "other.pem", all);
    struct told t = load_files(certificate, p.key, "");
    assert_non_null(strstr(t.text, "(not-its-key)"));
    clear(&t);
}

static void a_key_with_a_passphrase_is_refused_without_asking(void **state)
{
    (void)state;
    const struct made *all[] = { &p.server, NULL };
    g_autofree char *certificate = certificates_write(p.folder, "server.pem", all);
    g_autofree char *locked = certificates_write_key(p.folder, "locked.pem", &p.server, "sesame");
    struct told t = load_files(certificate, locked, "");
    assert_non_null(strstr(t.text, "passphrase"));
    clear(&t);
}

static void a_key_that_everybody_can_read_is_warned_of(void **state)
{
    (void)state;
    const struct made *all[] = { &p.server, NULL };
    g_autofree char *certificate = certificates_write(p.folder, "server.pem", all);
    g_autofree char *open = certificates_write_key(p.folder, "open.pem", &p.server, NULL);
    chmod(open, 0644);
    struct told t = load_files(certificate, open, "");
    assert_false(t.refused);
    assert_non_null(strstr(t.text, "(open-key)"));
    clear(&t);
}

static void what_is_no_certificate_or_is_cut_off_is_refused(void **state)
{
    (void)state;
    const struct made *all[] = { &p.server, NULL };
    g_autofree char *certificate = certificates_write(p.folder, "server.pem", all);
    g_autofree char *cut = g_build_filename(p.folder, "cut.pem", NULL);
    g_autofree char *text = NULL;
    struct told t = load_files(p.key, p.key, "");
    assert_non_null(strstr(t.text, "holds no certificate"));
    clear(&t);
    assert_true(g_file_get_contents(certificate, &text, NULL, NULL));
    text[strlen(text) / 2] = '\0';
    assert_true(g_file_set_contents(cut, text, -1, NULL));
    t = load_files(cut, p.key, "");
    assert_non_null(strstr(t.text, "certificate 1 in it cannot be read"));
    clear(&t);
    t = load_files(certificate, certificate, "");
    assert_non_null(strstr(t.text, "holds no private key"));
    clear(&t);
    t = load_files("/nonexistent/certificate", "/nonexistent/key", "/nonexistent/ca");
    assert_non_null(strstr(t.text, "api.tls_certificate_file: read /nonexistent/certificate"));
    assert_non_null(strstr(t.text, "api.tls_key_file: read /nonexistent/key"));
    assert_non_null(strstr(t.text, "api.tls_client_ca_file: read /nonexistent/ca"));
    clear(&t);
}

static const struct row {
    const char *name;
    int from_days, to_days;
    const char *names, *usage, *host;
    bool weak;
    bool may_be_expired;
    const char *says; /* "": nothing */
    bool refused;
} rows[] = {
    { "good", -1, 30, "DNS:localhost", "serverAuth", "localhost", false, false, "", false },
    { "no usage means any", -1, 30, "DNS:localhost", NULL, "localhost", false, false, "", false },
    { "an address", -1, 30, "IP:192.0.2.7", NULL, "192.0.2.7", false, false, "", false },
    { "one name for many hosts", -1, 30, "DNS:*.dss.example", NULL, "a.dss.example", false, false,
      "", false },
    { "another host", -1, 30, "DNS:localhost", NULL, "a.example", false, false, "(other-name)",
      false },
    { "no name", -1, 30, NULL, NULL, "localhost", false, false, "(no-name)", false },
    { "expired", -9, -1, "DNS:localhost", NULL, "", false, false, "has expired", true },
    { "expired at a start", -9, -1, "DNS:localhost", NULL, "", false, true, "has expired", false },
    { "ends this instant", -9, 0, "DNS:localhost", NULL, "", false, false, "has expired", true },
    { "begins this instant", 0, 9, "DNS:localhost", NULL, "", false, false, "", false },
    { "begins tomorrow", 1, 9, "DNS:localhost", NULL, "", false, false, "holds only from", true },
    { "for clients", -1, 30, "DNS:localhost", "clientAuth", "", false, false, "(not-for-servers)",
      true },
    { "a weak key", -1, 30, "DNS:localhost", NULL, "", true, false, "key too small", true },
};

static void each_row_is_judged_as_it_says(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct request one = { .name = "one",
                               .names = r->names,
                               .usage = r->usage,
                               .from_days = r->from_days,
                               .to_days = r->to_days,
                               .weak = r->weak };
        struct told t = load_one(one, r->may_be_expired, r->host);
        print_message("%s: %s", r->name, *t.text ? t.text : "\n");
        assert_int_equal(t.refused, r->refused);
        if (*r->says)
            assert_non_null(strstr(t.text, r->says));
        else
            assert_string_equal(t.text, "");
        clear(&t);
    }
}

static void who_vouches_for_clients_is_an_authority(void **state)
{
    (void)state;
    const struct made *server[] = { &p.server, NULL }, *both[] = { &p.root, &p.below, NULL };
    g_autofree char *certificate = certificates_write(p.folder, "server.pem", server);
    g_autofree char *authorities = certificates_write(p.folder, "authorities.pem", both);
    struct told t = load_files(certificate, p.key, authorities);
    assert_string_equal(t.text, "");
    clear(&t);
    t = load_files(certificate, p.key, certificate);
    assert_non_null(strstr(t.text, "(no-authority)"));
    clear(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_chain_in_its_order_is_taken_and_ends_with_its_first_to_end),
        cmocka_unit_test(an_issuer_out_of_order_is_named),
        cmocka_unit_test(a_key_of_another_certificate_is_refused),
        cmocka_unit_test(a_key_with_a_passphrase_is_refused_without_asking),
        cmocka_unit_test(a_key_that_everybody_can_read_is_warned_of),
        cmocka_unit_test(what_is_no_certificate_or_is_cut_off_is_refused),
        cmocka_unit_test(each_row_is_judged_as_it_says),
        cmocka_unit_test(who_vouches_for_clients_is_an_authority),
    };
    return cmocka_run_group_tests_name("tls", tests, set_up, tear_down);
}
