#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "flow/roster_edit.h"
#include "wire/roster_csv.h"

static const char missions[] =
    "mission,country,name,kind,street,city,state,zip,lat,lon,timezone,county_fips,threat_level,"
    "office,origin\n"
    "fr-chicago,FR,Consulate of France,consulate,,Chicago,IL,60611,41.9,-87.62,America/Chicago,"
    "17031,low,,real\n"
    "mx-chicago,MX,Consulate of Mexico,consulate,,Chicago,IL,60607,41.88,-87.66,America/Chicago,"
    "17031,low,,real\n";
#define PEOPLE "mission,rank,name,language,email,phone,webhook,exercises,valid_from,valid_to\n"
#define FIRST "fr-chicago,1,One,fr,one@fr.example,,,no,,\n"
#define THIRD "fr-chicago,3,Three,fr,three@fr.example,,,yes,,\n"
#define MEXICO "mx-chicago,1,Uno,es,uno@mx.example,,,no,,\n"

static struct directory *directory_of_chicago(void)
{
    struct directory *d = directory_new();
    struct office *o = g_new0(struct office, 1);
    char **const texts[] = { &o->id,
                             &o->name,
                             &o->building,
                             &o->street,
                             &o->city,
                             &o->state,
                             &o->zip,
                             &o->heading_city,
                             &o->heading_state,
                             &o->heading_key,
                             &o->contact.email,
                             &o->contact.webhook,
                             &o->contact.tel,
                             &o->contact.tel_alt,
                             &o->contact.fax,
                             &o->note };
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        *texts[i] = g_strdup("chicago");
    o->point = (struct point){ .lon = -87.6, .lat = 41.9 };
    g_ptr_array_add(d->offices, o);
    return d;
}

/* Edits of fr-chicago, and the representatives after them, or the place and code of the first
 * fault. */
static const struct row {
    const char *name;
    struct roster_edit edits[5];
    size_t n;
    const char *want;
} rows[] = {
    { "nothing is nothing", { { 0 } }, 0, PEOPLE FIRST THIRD MEXICO },
    { "one field of one person",
      { { "fr-chicago", 1, false, "email", "new@fr.example" } },
      1,
      PEOPLE "fr-chicago,1,One,fr,new@fr.example,,,no,,\n" THIRD MEXICO },
    { "several at once, the last word counts",
      { { "fr-chicago", 1, false, "email", "a@fr.example" },
        { "fr-chicago", 1, false, "phone", "+13125550101" },
        { "fr-chicago", 1, false, "email", "b@fr.example" } },
      3,
      PEOPLE "fr-chicago,1,One,fr,b@fr.example,+13125550101,,no,,\n" THIRD MEXICO },
    { "a new one, who takes part in no exercise",
      { { "fr-chicago", 2, true, "name", "Two" },
        { "fr-chicago", 2, true, "language", "en" },
        { "fr-chicago", 2, true, "email", "two@fr.example" } },
      3,
      PEOPLE FIRST "fr-chicago,2,Two,en,two@fr.example,,,no,,\n" THIRD MEXICO },
    { "a rank that is taken",
      { { "fr-chicago", 3, true, "name", "Else" } },
      1,
      "/representatives/3/rank duplicate-rank" },
    { "a rank nobody has",
      { { "fr-chicago", 7, false, "phone", "+13125550101" } },
      1,
      "/representatives/7/phone unknown-representative" },
    { "a field nobody has",
      { { "fr-chicago", 1, false, "fax", "1" } },
      1,
      "/representatives/1/fax unknown-member" },
    { "a mission that there is not",
      { { "xx-nowhere", 1, false, "phone", "+13125550101" } },
      1,
      " unknown-mission" },
    { "a value that is none",
      { { "fr-chicago", 1, false, "email", "nobody" } },
      1,
      "/representatives/1/email bad-mailbox" },
    { "a level of the mission that there is not",
      { { "fr-chicago", 0, false, "threat_level", "severe" } },
      1,
      "/threat_level not-one-of" },
};

static char *outcome(const struct row *r, const struct roster *before, const struct directory *d)
{
    struct faults *f = faults_new();
    struct roster *after = roster_edit_make(before, d, r->edits, r->n, f);
    const struct fault *first = f->errors->len ? g_ptr_array_index(f->errors, 0) : NULL;
    char *got = after ? roster_csv_write_representatives(after)
                      : g_strdup_printf("%s %s", first->place, first->code);
    assert_true((after != NULL) == (first == NULL));
    if (after)
        roster_unref(after);
    faults_free(f);
    return got;
}

static void edits_make_a_new_roster_or_say_why_not(void **state)
{
    struct directory *d = directory_of_chicago();
    struct faults *f = faults_new();
    struct roster_csv_file m = { "m", missions, strlen(missions) };
    struct roster_csv_file p = { "p", PEOPLE FIRST THIRD MEXICO,
                                 strlen(PEOPLE FIRST THIRD MEXICO) };
    struct roster *before = roster_csv_read(&m, &p, d, f);
    (void)state;
    assert_non_null(before);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *got = outcome(&rows[i], before, d);
        if (strcmp(got, rows[i].want) != 0)
            fail_msg("%s: %s", rows[i].name, got);
    }
    assert_int_equal(roster_edit_free_rank(roster_find(before, "fr-chicago")), 2);
    assert_int_equal(roster_edit_free_rank(roster_find(before, "mx-chicago")), 2);
    roster_unref(before);
    directory_unref(d);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(edits_make_a_new_roster_or_say_why_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
