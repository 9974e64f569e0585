/* The data files that are shipped: what the published list says is what the daemon knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "io/config_directory.h"
#include "model/duty.h"

#define CONF SOURCE_DIR "/conf/"

static struct directory *directory;

static int load(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    directory = config_directory_load(CONF "offices.conf", CONF "desks.conf", CONF "partners.conf",
                                      CONF "calendars.conf", f);
    g_autofree char *text = faults_to_text(f);
    if (*text)
        print_error("%s", text);
    assert_int_equal(f->errors->len + f->warnings->len, 0);
    faults_free(f);
    return directory ? 0 : -1;
}

static int unload(void **state)
{
    (void)state;
    directory_unref(directory);
    return 0;
}

static const struct office_row {
    const char *id, *heading_city, *heading_state, *state, *zip, *tz, *tel;
} office_rows[] = {
    { "chicago", "Chicago", "IL", "IL", "60604", "America/Chicago", "312-353-6163" },
    { "new-york", "New York", "NY", "NJ", "07024", "America/New_York", "201-346-8100" },
    { "washington", "Washington", "DC", "VA", "22027", "America/New_York", "571-226-9300" },
    { "denver", "Denver", "CO", "CO", "80111", "America/Denver", "303-486-7010" },
    { "charleston", "Charleston", "SC", "SC", "29405", "America/New_York", "843-746-1906" },
    { "san-juan", "San Juan", "PR", "PR", "00918", "America/Puerto_Rico", "787-766-5704" },
    { "el-paso", "El Paso", "TX", "TX", "79901", "America/Denver", "915-485-2800" },
    { "phoenix", "Phoenix", "AZ", "AZ", "85003", "America/Phoenix", "602-364-7842" },
};

static void offices_are_as_printed(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(office_rows); i++) {
        const struct office_row *row = &office_rows[i];
        print_message("%s\n", row->id);
        const struct office *o = directory_office(directory, row->id);
        assert_non_null(o);
        assert_string_equal(o->heading_city, row->heading_city);
        assert_string_equal(o->heading_state, row->heading_state);
        assert_string_equal(o->state, row->state);
        assert_string_equal(o->zip, row->zip);
        assert_string_equal(o->hours.tz_name, row->tz);
        assert_string_equal(o->contact.tel, row->tel);
    }
}

static void there_are_31_offices_under_30_headings(void **state)
{
    (void)state;
    g_autoptr(GHashTable) headings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    unsigned without_fax = 0, in_dc = 0;
    assert_int_equal(directory->offices->len, 31);
    for (guint i = 0; i < directory->offices->len; i++) {
        const struct office *o = g_ptr_array_index(directory->offices, i);
        g_hash_table_add(headings, g_strconcat(o->heading_city, ", ", o->heading_state, NULL));
        without_fax += !*o->contact.fax;
        in_dc += o->hours.dc_area;
        assert_non_null(o->hours.calendar);
        assert_true(g_str_has_suffix(o->contact.email, ".dss.example"));
        assert_true(o->point.lon < -65 && o->point.lon > -160);
        assert_true(o->point.lat > 18 && o->point.lat < 50);
        assert_true(strlen(o->contact.tel) == 12);
    }
    assert_int_equal(g_hash_table_size(headings), 30);
    assert_int_equal(without_fax, 1); /* Hot Springs */
    assert_int_equal(in_dc, 1);       /* Washington */
}

static void oddities_are_kept_and_noted(void **state)
{
    (void)state;
    const struct office *o = directory_office(directory, "bridgeport");
    assert_string_equal(o->contact.fax, "203-279-5721");
    assert_non_null(strstr(o->note, "misprint"));
    o = directory_office(directory, "detroit");
    assert_string_equal(o->zip, "48266");
    assert_non_null(strstr(o->note, "48226"));
    o = directory_office(directory, "los-angeles-wilshire");
    assert_string_equal(o->contact.tel, "310-235-7937");
    assert_string_equal(o->contact.tel_alt, "310-235-7939");
}

static void desks_have_their_numbers_and_hours(void **state)
{
    (void)state;
    const struct desk *pld = directory_desk(directory, DUTY_PLD);
    const struct desk *center = directory_desk(directory, DUTY_COMMAND_CENTER);
    assert_string_equal(pld->contact.tel, "202-895-3600");
    assert_false(pld->hours.always);
    assert_true(pld->hours.dc_area);
    assert_string_equal(center->contact.tel, "571-345-3146");
    assert_string_equal(center->contact.tel_alt, "866-217-2089");
    assert_true(center->hours.always);
    assert_string_equal(directory->emergency_number, "911");
}

static void partners_by_jurisdiction(void **state)
{
    (void)state;
    const struct partner *dc = directory_partner_for(directory, "DC");
    const struct partner *il = directory_partner_for(directory, "IL");
    assert_string_equal(dc->id, "usss-fmb");
    assert_string_equal(dc->tel, "202-634-2234");
    assert_string_equal(il->id, "local-police");
    assert_string_equal(il->tel, "911");
    assert_null(il->states);
}

/* Dates as the Office of Personnel Management published them. */
static const struct day_row {
    const char *name;
    int year, month, day;
    bool dc_area;
    const char *want; /* NULL: open */
} day_rows[] = {
    { "Juneteenth on a Saturday is observed on Friday", 2027, 6, 18, false,
      "Juneteenth National Independence Day" },
    { "Juneteenth before 2021 is a working day", 2020, 6, 19, false, NULL },
    { "New Year's Day 2028 is observed in 2027", 2027, 12, 31, false, "New Year's Day" },
    { "third Monday of January", 2026, 1, 19, false, "Birthday of Martin Luther King, Jr." },
    { "before 1986 it is a working day", 1985, 1, 21, false, NULL },
    { "Washington's Birthday", 2026, 2, 16, false, "Washington's Birthday" },
    { "last Monday of May", 2026, 5, 25, false, "Memorial Day" },
    { "Independence Day on a Saturday", 2026, 7, 3, false, "Independence Day" },
    { "Labor Day", 2026, 9, 7, false, "Labor Day" },
    { "Columbus Day", 2026, 10, 12, false, "Columbus Day" },
    { "Veterans Day", 2026, 11, 11, false, "Veterans Day" },
    { "Thanksgiving Day", 2026, 11, 26, false, "Thanksgiving Day" },
    { "Christmas Day on a Sunday is observed on Monday", 2033, 12, 26, false, "Christmas Day" },
    { "Inauguration Day in the DC area", 2033, 1, 20, true, "Inauguration Day" },
    { "Inauguration Day elsewhere", 2033, 1, 20, false, NULL },
    { "Inauguration Day on a Saturday has no day in lieu", 2029, 1, 19, true, NULL },
    { "an ordinary Monday", 2026, 11, 23, true, NULL },
};

static void the_federal_calendar(void **state)
{
    (void)state;
    const struct calendar *c = directory_calendar(directory, "us-federal");
    assert_non_null(c);
    assert_int_equal(c->rules->len, 12);
    for (size_t i = 0; i < G_N_ELEMENTS(day_rows); i++) {
        const struct day_row *row = &day_rows[i];
        print_message("%s\n", row->name);
        const char *got = calendar_closed_on(c, row->year, row->month, row->day, row->dc_area);
        if (row->want)
            assert_string_equal(got, row->want);
        else
            assert_null(got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offices_are_as_printed),
        cmocka_unit_test(there_are_31_offices_under_30_headings),
        cmocka_unit_test(oddities_are_kept_and_noted),
        cmocka_unit_test(desks_have_their_numbers_and_hours),
        cmocka_unit_test(partners_by_jurisdiction),
        cmocka_unit_test(the_federal_calendar),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
