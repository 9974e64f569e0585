#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/csv_rows.h"

/* "1:a|b" a row, with ' for a line end inside a field. */
static void describe(void *ctx, size_t line, const struct csv_cell *cells, size_t n)
{
    GString *out = ctx;

    g_string_append_printf(out, "%s%zu:", out->len ? " " : "", line);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *text = g_strdelimit(g_strdup(cells[i].text), "\n", '\'');
        g_string_append_printf(out, "%s%s", i ? "|" : "", text);
    }
}

static const struct row {
    const char *name, *text;
    size_t len; /* 0: up to the NUL */
    const char *rows, *fault;
} rows[] = {
    { "no bytes at all are no rows", NULL, 0, "", "" },
    { "a byte order mark alone is no row", "\xEF\xBB\xBF", 0, "", "" },
    { "a byte order mark belongs to no field",
      "\xEF\xBB\xBF"
      "a,b\n",
      0, "1:a|b", "" },
    { "LF and CRLF end lines", "a\nb\r\nc\n", 0, "1:a 2:b 3:c", "" },
    { "the last newline may be missing", "a,b", 0, "1:a|b", "" },
    { "empty lines are passed over and counted", "a\n\n\nb\n", 0, "1:a 4:b", "" },
    { "blanks belong to the field", " a , b \n", 0, "1: a | b ", "" },
    { "empty fields are fields", ",,\n", 0, "1:||", "" },
    { "quotes hold commas, quotes and line ends", "\"a,b\",\"c\"\"d\",\"e\nf\"\ng\n", 0,
      "1:a,b|c\"d|e'f 3:g", "" },
    { "a stray quote has its place", "a\nb,c\"d\n", 0, "1:a",
      "2:2 a quote in the wrong place: put "
      "the whole field in quotes and double those inside" },
    { "a quoted field that is never closed", "a,\"b\n", 0, "",
      "1:2 a quoted field that is never closed" },
    { "a carriage return alone has its place", "a\nb,c\rd\n", 0, "",
      "2:2 a carriage return without a newline" },
    { "a NUL has its place", "a\nb,c,\0d\n", 9, "", "2:3 a NUL byte" },
    { "what is not UTF-8 has its place", "a,b\nc,d,\"e,\n\",f\xff\n", 0, "",
      "3:4 a byte that is not UTF-8" },
};

static void rows_and_faults_are_told(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        g_autoptr(GString) got = g_string_new(NULL);
        g_autofree char *fault_text = g_strdup("");
        struct csv_fault fault;
        size_t len = r->len || !r->text ? r->len : strlen(r->text);
        if (!csv_rows_read(r->text, len, describe, got, &fault)) {
            g_free(fault_text);
            fault_text = g_strdup_printf("%zu:%zu %s", fault.line, fault.column, fault.why);
        }
        if (strcmp(got->str, r->rows) != 0 || strcmp(fault_text, r->fault) != 0)
            fail_msg("%s: rows \"%s\", fault \"%s\"", r->name, got->str, fault_text);
    }
}

static const struct field {
    const char *value, *want;
} fields[] = {
    { "", "x," },           { "plain", "x,plain" },     { " blank ", "x, blank " },
    { "a,b", "x,\"a,b\"" }, { "a\"b", "x,\"a\"\"b\"" }, { "a\r\nb", "x,\"a\r\nb\"" },
};

static void a_field_is_quoted_where_it_must_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        csv_rows_append(out, "x", true);
        csv_rows_append(out, fields[i].value, false);
        assert_string_equal(out->str, fields[i].want);
    }
}

static const struct shown_row {
    const char *name, *value, *want;
} shown[] = {
    { "nothing is nothing", "", "" },
    { "a coordinate is a number", "-87.62", "-87.62" },
    { "a telephone number too", "+13125550142", "+13125550142" },
    { "in parts it would be computed", "+1-312-555", "'+1-312-555" },
    { "a sign alone is no number", "-", "'-" },
    { "a formula is text", "=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\"" },
    { "so are its other beginnings", "@SUM(A1)", "'@SUM(A1)" },
    { "and a minus", "-1+1", "'-1+1" },
    { "a tab before one does not hide it", "\t=1", "' =1" },
    { "a line's end is a blank", "a\r\nb", "a  b" },
    { "bad bytes are replaced", "a\xff", "a\uFFFD" },
};

static void what_a_spreadsheet_would_compute_is_shown(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(shown); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        csv_rows_append_shown(out, shown[i].value, true);
        if (!g_str_equal(out->str, shown[i].want))
            fail_msg("%s: %s", shown[i].name, out->str);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_and_faults_are_told),
        cmocka_unit_test(a_field_is_quoted_where_it_must_be),
        cmocka_unit_test(what_a_spreadsheet_would_compute_is_shown),
    };
    return cmocka_run_group_tests_name("csv rows", tests, NULL, NULL);
}
