#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "rows.h"
#include "wire/roster_csv.h"
#include "wire/roster_fields.h"

#define MISSION_HEADER                                                                             \
    "mission,country,name,kind,street,city,state,zip,lat,lon,timezone,county_fips,threat_level,"   \
    "office,origin\n"
#define PEOPLE_HEADER                                                                              \
    "mission,rank,name,language,email,phone,webhook,exercises,valid_from,valid_to\n"
#define FRANCE                                                                                     \
    "fr-chicago,FR,\"Consulate General of France, Chicago\",consulate-general,,Chicago,IL,60611,"  \
    "41.894742,-87.615073,America/Chicago,17031,high,,real\n"
#define LIAISON                                                                                    \
    "fr-chicago,1,Liaison "                                                                        \
    "1,fr,liaison1@fr-chicago.example,+13125550123,https://hooks.fr.example/a,yes,2012-01-01,\n"

static struct directory *directory;

static int make_directory(void **state)
{
    (void)state;
    struct office *o = g_new0(struct office, 1);

    directory = directory_new();
    o->id = g_strdup("chicago");
    o->name = g_strdup("Chicago");
    o->heading_city = g_strdup("Chicago");
    o->heading_state = g_strdup("IL");
    o->heading_key = g_strdup("chicago");
    o->point = (struct point){ -87.6, 41.9 };
    g_ptr_array_add(directory->offices, o);
    return 0;
}

static int free_directory(void **state)
{
    (void)state;
    directory_unref(directory);
    return 0;
}

static struct roster *read_bytes(const char *missions, size_t len, const char *people,
                                 struct faults *f)
{
    struct roster_csv_file m = { "missions.csv", missions, len };
    struct roster_csv_file p = { "representatives.csv", people, strlen(people) };

    return roster_csv_read(&m, &p, directory, f);
}

static struct roster *read_both(const char *missions, const char *people, struct faults *f)
{
    return read_bytes(missions, strlen(missions), people, f);
}

static char *faults_as_text(const struct faults *f)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < f->errors->len; i++) {
        const struct fault *one = g_ptr_array_index(f->errors, i);
        g_string_append_printf(out, "%s%s %s", i ? "\n" : "", one->place, one->code);
    }
    return g_string_free(out, FALSE);
}

static const struct row {
    const char *name, *missions, *people, *want;
} rows[] = {
    { "a good roster", MISSION_HEADER FRANCE, PEOPLE_HEADER LIAISON, "" },
    { "files with headers alone are an empty roster", MISSION_HEADER, PEOPLE_HEADER, "" },
    { "empty lines and a missing last newline are read over", MISSION_HEADER "\n" FRANCE "\n\n",
      PEOPLE_HEADER "fr-chicago,1,A,fr,,,,no,,", "" },
    { "a second mission of one id is refused", MISSION_HEADER FRANCE FRANCE, PEOPLE_HEADER,
      "missions.csv:3:1 duplicate-mission" },
    { "a line is counted through a quoted newline",
      MISSION_HEADER "fr-chicago,FR,\"France\nChicago\",consulate-general,,Chicago,IL,60611,41,-87,"
                     "America/Chicago,17031,high,,real\n" FRANCE,
      PEOPLE_HEADER, "missions.csv:2:3 control-character\nmissions.csv:4:1 duplicate-mission" },
    { "every faulty field of a row is named",
      MISSION_HEADER "X,fr,,villa,,Chicago,ZZ,1,91,east,Mars/Base,1703,extreme,chicgo,\n",
      PEOPLE_HEADER,
      "missions.csv:2:1 bad-id\nmissions.csv:2:2 bad-country\nmissions.csv:2:3 empty\n"
      "missions.csv:2:4 not-one-of\nmissions.csv:2:7 bad-state\nmissions.csv:2:8 bad-zip\n"
      "missions.csv:2:9 bad-coordinate\nmissions.csv:2:10 bad-coordinate\n"
      "missions.csv:2:11 bad-timezone\nmissions.csv:2:12 bad-county\nmissions.csv:2:13 not-one-of\n"
      "missions.csv:2:14 unknown-office" },
    { "every faulty field of a person is named", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,0,,EN,a b@c,1,ftp://h/,maybe,2026-02-30,soon\n",
      "representatives.csv:2:2 bad-rank\nrepresentatives.csv:2:3 empty\n"
      "representatives.csv:2:4 bad-language\nrepresentatives.csv:2:5 bad-mailbox\n"
      "representatives.csv:2:6 bad-phone\nrepresentatives.csv:2:7 bad-webhook\n"
      "representatives.csv:2:8 not-one-of\nrepresentatives.csv:2:9 bad-date\n"
      "representatives.csv:2:10 bad-date" },
    { "faults of both files are told together", MISSION_HEADER FRANCE FRANCE,
      PEOPLE_HEADER "fr-chicago,1,A,english,,,,no,,\n",
      "missions.csv:3:1 duplicate-mission\nrepresentatives.csv:2:4 bad-language" },
    { "a latitude without a longitude is refused",
      MISSION_HEADER "fr-chicago,FR,N,embassy,,Chicago,IL,,41.9,,America/Chicago,,high,,\n",
      PEOPLE_HEADER, "missions.csv:2:10 bad-coordinate" },
    { "an office by its heading needs no coordinates",
      MISSION_HEADER "fr-chicago,FR,N,embassy,,Chicago,IL,,,,America/Chicago,,high,,\n",
      PEOPLE_HEADER, "" },
    { "a named office needs no coordinates",
      MISSION_HEADER "fr-paris,FR,N,embassy,,Paris,TX,,,,America/Chicago,,high,chicago,\n",
      PEOPLE_HEADER, "" },
    { "without coordinates, city or name there is no office",
      MISSION_HEADER "fr-paris,FR,N,embassy,,Paris,TX,,,,America/Chicago,,high,,\n", PEOPLE_HEADER,
      "missions.csv:2:14 no-office" },
    { "only an international organization has no country",
      MISSION_HEADER
      "io-x,,N,embassy,,Chicago,IL,,41,-87,America/Chicago,,low,,\n"
      "io-y,,N,international-organization,,Chicago,IL,,41,-87,America/Chicago,,low,,\n",
      PEOPLE_HEADER, "missions.csv:2:2 empty" },
    { "a post in two counties is good",
      MISSION_HEADER "mh-springdale,MH,N,consulate-general,,Springdale,AR,72764,36.1,-94.1,"
                     "America/Chicago,05143 05007,low,,real\n",
      PEOPLE_HEADER, "" },
    { "a person of no mission is refused", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "de-chicago,1,A,de,,,,no,,\n", "representatives.csv:2:1 unknown-mission" },
    { "a person of a faulty mission is not blamed for it",
      MISSION_HEADER "fr-chicago,FR,N,villa,,Chicago,IL,,41,-87,America/Chicago,,low,,\n",
      PEOPLE_HEADER LIAISON, "missions.csv:2:4 not-one-of" },
    { "a rank stands once", MISSION_HEADER FRANCE, PEOPLE_HEADER LIAISON LIAISON,
      "representatives.csv:3:2 duplicate-rank" },
    { "a rank is not written with a zero", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,01,A,fr,,,,no,,\n", "representatives.csv:2:2 bad-rank" },
    { "an address that would inject a command is refused", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,1,A,fr,\"a@b.example\r\nRCPT TO:<x@y.example>\",,,no,,\n",
      "representatives.csv:2:5 control-character" },
    { "a webhook with a user is refused", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,1,A,fr,,,https://user@h.example/,no,,\n",
      "representatives.csv:2:7 bad-webhook" },
    { "a webhook without a host is refused", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,1,A,fr,,,https:///path,no,,\n",
      "representatives.csv:2:7 bad-webhook" },
    { "a webhook with a blank is refused", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,1,A,fr,,,https://h.example/a b,no,,\n",
      "representatives.csv:2:7 bad-webhook" },
    { "a row with a field missing is refused", MISSION_HEADER "fr-chicago,FR,N\n", PEOPLE_HEADER,
      "missions.csv:2:4 field-count" },
    { "a row with a field too many is refused", MISSION_HEADER FRANCE,
      PEOPLE_HEADER "fr-chicago,1,A,fr,,,,no,,,\n", "representatives.csv:2:11 field-count" },
    { "a missing column is told once, not for every row",
      "mission,country\nfr-chicago,FR\nde-chicago,DE\n", PEOPLE_HEADER LIAISON,
      "missions.csv:1:1 missing-column" },
    { "an unknown column is refused in its place",
      "mission,rank,name,language,email,phone,webhok,exercises,valid_from,valid_to,webhook\n", "",
      "missions.csv:1:2 unknown-column\nmissions.csv:1:4 unknown-column\n"
      "missions.csv:1:5 unknown-column\nmissions.csv:1:6 unknown-column\n"
      "missions.csv:1:7 unknown-column\nmissions.csv:1:8 unknown-column\n"
      "missions.csv:1:9 unknown-column\nmissions.csv:1:10 unknown-column\n"
      "missions.csv:1:11 unknown-column\nmissions.csv:1:1 missing-column\n"
      "representatives.csv:1:1 missing-column" },
    { "a column stands once", MISSION_HEADER,
      "mission,rank,name,language,email,phone,webhook,exercises,valid_from,valid_to,rank\n",
      "representatives.csv:1:11 duplicate-column" },
    { "an empty file is refused", "", PEOPLE_HEADER, "missions.csv:1:1 missing-column" },
    { "a stray quote is a fault in its place", MISSION_HEADER FRANCE "de\"x,DE\n", PEOPLE_HEADER,
      "missions.csv:3:1 syntax" },
    { "what follows a closing quote is a fault", MISSION_HEADER FRANCE "de,\"DE\"x,\n",
      PEOPLE_HEADER, "missions.csv:3:2 syntax" },
    { "a quote that is never closed is a fault", MISSION_HEADER "de,\"DE\n", PEOPLE_HEADER,
      "missions.csv:2:2 syntax" },
    { "a bare carriage return is a fault", MISSION_HEADER "de\rfr\n", PEOPLE_HEADER,
      "missions.csv:2:1 syntax" },
    { "what is not UTF-8 is a fault", MISSION_HEADER "\xff\n", PEOPLE_HEADER,
      "missions.csv:2:1 syntax" },
};

static void row_holds(void **state)
{
    const struct row *row = *state;
    struct faults *f = faults_new();
    struct roster *r = read_both(row->missions, row->people, f);
    g_autofree char *got = faults_as_text(f);

    assert_string_equal(got, row->want);
    assert_int_equal(r != NULL, *row->want == '\0');
    roster_unref(r);
    faults_free(f);
}

static void a_nul_is_a_fault(void **state)
{
    (void)state;
    static const char text[] = MISSION_HEADER "fr\0chicago,FR\n";
    struct faults *f = faults_new();

    assert_null(read_bytes(text, sizeof text - 1, PEOPLE_HEADER, f));
    g_autofree char *got = faults_as_text(f);
    assert_string_equal(got, "missions.csv:2:1 syntax");
    faults_free(f);
}

static struct roster *read_good(const char *missions, const char *people)
{
    struct faults *f = faults_new();
    struct roster *r = read_both(missions, people, f);

    if (!r) {
        g_autofree char *said = faults_to_text(f);
        fail_msg("%s", said);
    }
    faults_free(f);
    return r;
}

static void what_was_read_is_written_byte_for_byte(void **state)
{
    (void)state;
    static const char missions[] = MISSION_HEADER FRANCE
        "de-chicago,DE,\"The \"\"House\"\" of Germany\",consulate,\"1 A St, 2\","
        "Chicago,IL,,,,America/Chicago,,low,chicago,\n";
    static const char people[] =
        PEOPLE_HEADER LIAISON "fr-chicago,2, Blank ,en,,,,no,,2012-06-30\n"
                              "de-chicago,99,Z,zh-Hant,z@b.example,,http://[::1]:8080/x,no,,\n";
    struct roster *r = read_good(missions, people);
    g_autofree char *m = roster_csv_write_missions(r), *p = roster_csv_write_representatives(r);

    assert_string_equal(m, missions);
    assert_string_equal(p, people);
    roster_unref(r);
}

static void order_of_columns_mark_and_crlf_do_not_count(void **state)
{
    (void)state;
    struct roster *r = read_good(
        "\xEF\xBB\xBForigin,mission,country,name,kind,street,city,state,zip,lat,lon,timezone,"
        "county_fips,threat_level,office\r\nreal,fr-chicago,FR,\"Consulate General of France, "
        "Chicago\","
        "consulate-general,,Chicago,IL,60611,41.894742,-87.615073,America/Chicago,17031,high,\r\n",
        PEOPLE_HEADER);
    g_autofree char *m = roster_csv_write_missions(r);

    assert_string_equal(m, MISSION_HEADER FRANCE);
    roster_unref(r);
}

static void the_model_gets_what_the_file_says(void **state)
{
    (void)state;
    struct roster *r = read_good(MISSION_HEADER FRANCE, PEOPLE_HEADER LIAISON);
    const struct mission *m = roster_find(r, "fr-chicago");
    const struct representative *p = g_ptr_array_index(m->representatives, 0);

    assert_true(m->has_point);
    assert_true(m->point.lat == 41.894742 && m->point.lon == -87.615073);
    assert_int_equal(m->threat, THREAT_HIGH);
    assert_string_equal(m->city_key, "chicago");
    assert_non_null(m->tz);
    assert_string_equal(m->office, "");
    assert_int_equal(p->rank, 1);
    assert_true(p->exercises);
    assert_string_equal(p->valid_to, "");
    roster_unref(r);
}

static void an_end_before_the_beginning_is_only_warned_of(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    struct roster *r = read_both(
        MISSION_HEADER FRANCE, PEOPLE_HEADER "fr-chicago,1,A,fr,,,,no,2012-02-01,2012-01-31\n", f);

    assert_non_null(r);
    assert_int_equal(f->warnings->len, 1);
    const struct fault *one = g_ptr_array_index(f->warnings, 0);
    assert_string_equal(one->place, "representatives.csv:2:10");
    assert_string_equal(one->code, "end-before-begin");
    roster_unref(r);
    faults_free(f);
}

static const struct fault *only_fault(struct faults *f, const char *missions, const char *people)
{
    assert_null(read_both(missions, people, f));
    assert_int_equal(f->errors->len, 1);
    return g_ptr_array_index(f->errors, 0);
}

static void a_double_names_the_line_of_the_first(void **state)
{
    (void)state;
    struct faults *f = faults_new(), *g = faults_new();

    assert_non_null(
        strstr(only_fault(f, MISSION_HEADER FRANCE FRANCE, PEOPLE_HEADER)->detail, "line 2 "));
    assert_non_null(strstr(
        only_fault(g, MISSION_HEADER FRANCE, PEOPLE_HEADER LIAISON LIAISON)->detail, "line 2 "));
    faults_free(f);
    faults_free(g);
}

static void a_misspelt_word_gets_did_you_mean(void **state)
{
    (void)state;
    struct faults *f = faults_new();

    assert_non_null(strstr(
        only_fault(
            f, MISSION_HEADER "fr-chicago,FR,N,embasy,,Chicago,IL,,41,-87,America/Chicago,,low,,\n",
            PEOPLE_HEADER)
            ->detail,
        "kind \"embasy\" must be a kind of mission, did you mean \"embassy\""));
    faults_free(f);
}

static void hostile_values_are_printable_in_complaints(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    const struct fault *one = only_fault(
        f, MISSION_HEADER FRANCE, PEOPLE_HEADER "fr-chicago,1,A,\"\xE2\x80\xAEne\",,,,no,,\n");

    assert_non_null(strstr(one->detail, "\\u{202e}"));
    faults_free(f);
}

static void complaints_end_with_the_number_of_those_not_shown(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(MISSION_HEADER);
    struct faults *f = faults_new();

    for (int i = 0; i < ROSTER_CSV_MAX_FAULTS + 5; i++)
        g_string_append(text, "x\n");
    assert_null(read_both(text->str, PEOPLE_HEADER, f));
    assert_int_equal(f->errors->len, ROSTER_CSV_MAX_FAULTS + 1);
    const struct fault *last = g_ptr_array_index(f->errors, ROSTER_CSV_MAX_FAULTS);
    assert_string_equal(last->detail, "and 5 more");
    faults_free(f);
}

static void note_complaint(void *ctx, bool warning, size_t column, const char *code,
                           const char *detail)
{
    (void)warning;
    (void)detail;
    g_string_append_printf(ctx, "%zu %s;", column, code);
}

static void a_single_field_is_changed_by_the_same_rules(void **state)
{
    (void)state;
    g_autoptr(GString) said = g_string_new(NULL);
    struct roster_fields *c = roster_fields_new(directory, note_complaint, said);
    struct mission *m = roster_fields_new_mission();

    assert_true(roster_fields_set_mission(c, m, 12, "critical"));
    assert_false(roster_fields_set_mission(c, m, 12, "severe"));
    assert_int_equal(m->threat, THREAT_CRITICAL);
    assert_string_equal(roster_fields_mission_text(m, 12), "critical");
    assert_true(roster_fields_set_mission(c, m, 7, "60611-0001"));
    assert_false(roster_fields_set_mission(c, m, 7, "6061"));
    assert_string_equal(roster_fields_mission_text(m, 7), "60611-0001");
    assert_true(roster_fields_set_mission(c, m, 7, ""));
    assert_string_equal(said->str, "12 not-one-of;7 bad-zip;");
    mission_free(m);
    roster_fields_free(c);
}

static void a_hundred_thousand_missions_are_one_import(void **state)
{
    (void)state;
    g_autoptr(GString) missions = g_string_new(MISSION_HEADER);

    for (int i = 0; i < 100000; i++)
        g_string_append_printf(
            missions,
            "m-%d,FR,N %d,consulate,,Chicago,IL,60611,41.9,-87.6,America/Chicago,"
            "17031,low,,\n",
            i, i);
    struct roster *r = read_good(missions->str, PEOPLE_HEADER);
    assert_int_equal(roster_count(r), 100000);
    roster_unref(r);
}

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(a_nul_is_a_fault),
        cmocka_unit_test(what_was_read_is_written_byte_for_byte),
        cmocka_unit_test(order_of_columns_mark_and_crlf_do_not_count),
        cmocka_unit_test(the_model_gets_what_the_file_says),
        cmocka_unit_test(an_end_before_the_beginning_is_only_warned_of),
        cmocka_unit_test(a_double_names_the_line_of_the_first),
        cmocka_unit_test(a_misspelt_word_gets_did_you_mean),
        cmocka_unit_test(hostile_values_are_printable_in_complaints),
        cmocka_unit_test(complaints_end_with_the_number_of_those_not_shown),
        cmocka_unit_test(a_single_field_is_changed_by_the_same_rules),
        cmocka_unit_test(a_hundred_thousand_missions_are_one_import),
    };
    int failed = RUN_ROWS("roster_csv rows", rows, row_holds, make_directory, free_directory);
    return failed +
           cmocka_run_group_tests_name("roster_csv", single, make_directory, free_directory);
}
