#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_read_info.h"

#define ALERT "<alert xmlns=\"%s\"><info>%s</info></alert>"
#define NS10 "http://www.incident.com/cap/1.0"
#define NS12 "urn:oasis:names:tc:emergency:cap:1.2"
#define SENT_MS INT64_C(1795444200000) /* 2026-11-23T14:30:00Z */

static const struct row {
    const char *name, *ns, *parts,
        *code; /* code: the first fault's, "~" before a warning's; "": none */
} rows[] = {
    { "all is well", NS12, "<severity>Minor</severity><expires>2026-11-23T16:00:00-00:00</expires>",
      "" },
    { "a word that is none", NS12, "<severity>Bad</severity>", "not-one-of" },
    { "an end before it was sent", NS12, "<expires>2026-11-23T14:00:00-00:00</expires>",
      "~end-before-begin" },
    { "an end before the beginning", NS12,
      "<effective>2026-11-23T17:00:00-00:00</effective><expires>2026-11-23T16:00:00-00:00</"
      "expires>",
      "~end-before-begin" },
    { "CAP 1.0's pair", NS10, "<parameter>a=b</parameter>", "" },
    { "a pair that is none", NS10, "<parameter>a</parameter>", "bad-pair" },
    { "a broken circle", NS12, "<area><areaDesc>x</areaDesc><circle>41</circle></area>",
      "bad-circle" },
    { "a ceiling without an altitude", NS12,
      "<area><areaDesc>x</areaDesc><ceiling>5</ceiling></area>", "~ceiling-alone" },
};

static void check(const struct row *r)
{
    struct faults *f = faults_new();
    enum cap_version version;
    g_autofree char *text = g_strdup_printf(ALERT, r->ns, r->parts);
    struct cap_node *root = cap_xml_read(text, strlen(text), CAP_1_0, &version, f);
    assert_non_null(root);
    guint warned = f->warnings->len, failed = f->errors->len; /* by the reader of elements */
    struct cap_alert *a = cap_alert_new();
    g_ptr_array_add(a->infos, cap_read_info(cap_node_part(root, "info"), version,
                                            (struct timestamp){ SENT_MS, 0 }, f));
    const struct fault *error = f->errors->len > failed ? f->errors->pdata[failed] : NULL;
    const struct fault *warning = f->warnings->len > warned ? f->warnings->pdata[warned] : NULL;
    g_autofree char *got = error     ? g_strdup(error->code)
                           : warning ? g_strconcat("~", warning->code, NULL)
                                     : g_strdup("");
    if (strcmp(got, r->code) != 0)
        fail_msg("%s: %s", r->name, got);
    cap_alert_free(a);
    cap_node_free(root);
    faults_free(f);
}

static void test_infos(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check(&rows[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_infos),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
