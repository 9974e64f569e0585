/* The list of a partner is a CSV file of as many fields a row, none of which a spreadsheet would
 * compute, whatever is in the roster. */
#include "base/text.h"
#include "fuzz_roster.h"
#include "wire/csv_rows.h"
#include "wire/location_list.h"

static size_t columns;

static void check_row(void *ctx, size_t line, const struct csv_cell *cells, size_t n)
{
    (void)ctx;
    if (line == 1)
        columns = n;
    g_assert(n == columns);
    for (size_t i = 0; i < n; i++) {
        bool number = !cells[i].text[strspn(cells[i].text, "+-.0123456789")];
        g_assert(number || !strchr("=+-@", *cells[i].text) || !*cells[i].text);
        g_assert(!text_has_control(cells[i].text));
    }
}

static void check(const struct roster *r, const struct directory *d)
{
    g_autoptr(GPtrArray) responses = g_ptr_array_new();
    g_autofree char *csv = location_list_csv(r, d, d->partners->pdata[0], responses);
    json_t *json = location_list_json(r, d, d->partners->pdata[0], responses);
    struct csv_fault fault;

    g_assert(csv_rows_read(csv, strlen(csv), check_row, NULL, &fault));
    g_assert(json);
    json_decref(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct directory *d;

    if (!d)
        d = fuzz_directory();
    struct roster *r = fuzz_roster(data, size, d);
    if (r)
        check(r, d);
    roster_unref(r);
    return 0;
}
