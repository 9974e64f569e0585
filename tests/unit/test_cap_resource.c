#include "cap_case.h"
#include "wire/cap_resource.h"

#define RESOURCE(parts)                                                                            \
    "<resource><resourceDesc>Map</resourceDesc><mimeType>image/png</mimeType>" parts "</resource>"
#define SPANISH(rest) "<info><language>es</language>" INFO_HEAD rest "</info>"

static const struct row {
    const char *name, *infos, *want; /* "language place description type content", one a line */
} rows[] = {
    { "none", INFO(HERE), "" },
    { "what stands in the alert", INFO(RESOURCE("<derefUri>aGVsbG8=</derefUri>") HERE),
      "en - Map image/png hello\n" },
    { "blanks within it", INFO(RESOURCE("<derefUri>\n aGVs\n bG8=\n</derefUri>") HERE),
      "en - Map image/png hello\n" },
    { "what it names is never fetched", INFO(RESOURCE("<uri>file:///etc/passwd</uri>") HERE), "" },
    { "a name is no content", INFO(RESOURCE("<derefUri>http://127.0.0.1:9/x</derefUri>") HERE),
      "" },
    { "broken base64", INFO(RESOURCE("<derefUri>aGVsbG8</derefUri>") HERE), "" },
    { "padding in the middle", INFO(RESOURCE("<derefUri>aG==bG8=</derefUri>") HERE), "" },
    { "the stated digest",
      INFO(RESOURCE("<derefUri>aGVsbG8=</derefUri>"
                    "<digest>AAF4C61DDCC5E8A2DABEDE0F3B482CD9AEA9434D</digest>") HERE),
      "en - Map image/png hello\n" },
    { "another digest",
      INFO(RESOURCE("<derefUri>aGVsbG8=</derefUri>"
                    "<digest>0000000000000000000000000000000000000000</digest>") HERE),
      "" },
    { "each with its language",
      INFO(RESOURCE("<derefUri>aGVsbG8=</derefUri>") HERE)
          SPANISH(RESOURCE("<derefUri>aG9sYQ==</derefUri>") HERE),
      "en - Map image/png hello\nes - Map image/png hola\n" },
    { "and with its place where places differ",
      INFO(RESOURCE("<derefUri>aGVsbG8=</derefUri>") HERE)
          INFO(RESOURCE("<derefUri>aG9sYQ==</derefUri>") THERE),
      "en Here Map image/png hello\nen There Map image/png hola\n" },
};

static char *resources_of(const char *infos)
{
    struct faults *f = faults_new();
    g_autofree char *text = alert(NULL, infos);
    struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
    GString *out = g_string_new(NULL);

    assert_non_null(a);
    g_autoptr(GPtrArray) all = cap_resources(a);
    for (guint i = 0; all && i < all->len; i++) {
        const struct resource *r = all->pdata[i];
        gsize len;
        const char *bytes = g_bytes_get_data(r->content, &len);
        g_string_append_printf(out, "%s %s %s %s %.*s\n", r->language, r->place ? r->place : "-",
                               r->description, r->media_type, (int)len, bytes);
    }
    cap_alert_free(a);
    faults_free(f);
    return g_string_free(out, FALSE);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = resources_of(rows[i].infos);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].name, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_rows) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
