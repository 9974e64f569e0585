#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "call_world.h"
#include "golden.h"
#include "shipped_templates.h"
#include "wire/call_sheet_text.h"
#include "wire/csv_rows.h"

#define GOLDEN SOURCE_DIR "/tests/golden/call_sheet/"

static void test_golden(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct call_sheet *s = call_world_sheet(w, true);
    g_autofree char *csv = call_sheet_csv(s), *html = call_sheet_html(s, templates);
    json_t *json = call_sheet_json(s);
    char *text = json_dumps(json, JSON_INDENT(2));
    golden_compare(GOLDEN "chicago.csv", csv);
    golden_compare(GOLDEN "chicago.html", html);
    golden_compare(GOLDEN "chicago.json", text);
    free(text);
    json_decref(json);
    call_sheet_free(s);
    call_world_free(w);
}

struct read_back {
    size_t rows, columns;
    GString *phones;
};

static void on_row(void *ctx, size_t line, const struct csv_cell *cells, size_t n)
{
    (void)line;
    struct read_back *b = ctx;
    b->rows++;
    if (b->columns && b->columns != n)
        fail_msg("row %zu has %zu columns", b->rows, n);
    b->columns = n;
    g_string_append_printf(b->phones, "%s ", cells[12].text);
}

static void test_csv_reads_back(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct call_sheet *s = call_world_sheet(w, false);
    g_autofree char *csv = call_sheet_csv(s);
    struct read_back b = { .phones = g_string_new(NULL) };
    struct csv_fault fault;
    assert_true(csv_rows_read(csv, strlen(csv), on_row, &b, &fault));
    assert_int_equal(b.rows, s->rows->len + 1);
    assert_string_equal(b.phones->str, "phone +13125550101 +13125550102 +13125550199 +13125550102 "
                                       "+13125550177 ");
    g_string_free(b.phones, TRUE);
    call_sheet_free(s);
    call_world_free(w);
}

static const struct cell_row {
    const char *name, *value, *want;
} cells[] = {
    { "a formula is text", "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"" },
    { "a number is a number", "+13125550142", "+13125550142" },
    { "bad bytes are replaced", "a\xff", "a\uFFFD" },
    { "a comma is quoted", "a,b", "\"a,b\"" },
};

static void test_cells(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cells); i++) {
        struct call_world *w = call_world_new();
        struct call_sheet *s = call_world_sheet(w, false);
        struct call_sheet_row *r = s->rows->pdata[0];
        g_free(r->name);
        r->name = g_strdup(cells[i].value);
        g_autofree char *csv = call_sheet_csv(s);
        g_autofree char *want = g_strconcat(",1,", cells[i].want, ",+13125550101,", NULL);
        if (!strstr(csv, want))
            fail_msg("%s: %s", cells[i].name, csv);
        call_sheet_free(s);
        call_world_free(w);
    }
}

static void test_an_empty_sheet_says_so(void **state)
{
    (void)state;
    struct call_sheet *s = call_sheet_new(CALL_NOW, false);
    g_autofree char *html = call_sheet_html(s, templates);
    assert_non_null(strstr(html, "Nobody is left to call."));
    assert_null(strstr(html, "class=\"mission\""));
    call_sheet_free(s);
}

static void test_hostile_replies_are_text(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct call_sheet *s = call_world_sheet(w, false);
    g_autofree char *html = call_sheet_html(s, templates);
    assert_non_null(strstr(html, "550 5.1.1 =no &quot;such&quot; user, &lt;b&gt;"));
    call_sheet_free(s);
    call_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_csv_reads_back),
        cmocka_unit_test(test_cells),
        cmocka_unit_test(test_an_empty_sheet_says_so),
        cmocka_unit_test(test_hostile_replies_are_text),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
