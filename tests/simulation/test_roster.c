/* Changes of the roster that meet each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/matter_desk.h"
#include "flow/retention.h"
#include "flow/roster_keeper.h"
#include "world.h"

#define MINUTE INT64_C(60000)

struct told {
    bool there, unavailable, refused;
};

static void told(const struct roster_result *r, void *ctx)
{
    *(struct told *)ctx = (struct told){ true, r->unavailable != NULL, faults_any(r->faults) };
}

static bool is_done(const struct told *t)
{
    return t->there && !t->unavailable && !t->refused;
}

static void set(struct world *w, const char *mission, const char *field, const char *value,
                struct told *out)
{
    *out = (struct told){ 0 };
    roster_keeper_set(&w->service, mission, 1, field, value, "unix:test", told, out);
}

static const struct representative *first_of(const struct roster *r, const char *mission)
{
    const struct mission *m = roster_find(r, mission);
    return m ? g_ptr_array_index(m->representatives, 0) : NULL;
}

/* As a start would read it. */
static struct roster *stored(struct world *w)
{
    struct store *s = virtual_store_peek(w->service.store);
    return s->ops->roster_load(s, NULL);
}

static void two_changes_at_once_are_both_kept(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told one, two, three;
    set(w, "m0001", "email", "one@m0001.example", &one);
    set(w, "m0002", "email", "two@m0002.example", &two);
    set(w, "m0001", "phone", "+13125550123", &three);
    world_run_for(w, MINUTE);
    assert_true(is_done(&one) && is_done(&two) && is_done(&three));
    struct roster *kept = stored(w);
    struct roster *const each[] = { w->service.roster, kept };
    for (size_t i = 0; i < G_N_ELEMENTS(each); i++) {
        assert_string_equal(first_of(each[i], "m0001")->email, "one@m0001.example");
        assert_string_equal(first_of(each[i], "m0001")->phone, "+13125550123");
        assert_string_equal(first_of(each[i], "m0002")->email, "two@m0002.example");
    }
    roster_unref(kept);
    world_free(w);
}

static void a_change_that_fails_takes_no_other_along(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told bad, failed, good;
    world_run_for(w, MINUTE); /* what is done at a start */
    virtual_store_fail(w->service.store, 1);
    set(w, "m0001", "email", "not an address", &bad);
    set(w, "m0001", "email", "one@m0001.example", &failed);
    set(w, "m0002", "email", "two@m0002.example", &good);
    world_run_for(w, MINUTE);
    assert_true(bad.refused);
    assert_true(failed.unavailable);
    assert_true(is_done(&good));
    assert_string_equal(first_of(w->service.roster, "m0001")->email, "r1@m0001.example");
    assert_string_equal(first_of(w->service.roster, "m0002")->email, "two@m0002.example");
    assert_int_equal(world_records(w, "roster.changed"), 1);
    world_free(w);
}

/* --- imports --- */

/* The roster as it is, but for the postal code of every mission. */
static void import(struct world *w, const char *zip, struct told *out)
{
    struct roster *r = w->service.roster;
    struct faults *f = faults_new();
    struct roster_edit e = { "m0001", 0, false, "zip", zip };
    struct roster *other = roster_edit_make(r, w->service.config->directory, &e, 1, f);
    assert_non_null(other);
    g_autofree char *missions = roster_csv_write_missions(other);
    g_autofree char *people = roster_csv_write_representatives(other);
    struct roster_csv_file files[] = { { "m.csv", missions, strlen(missions) },
                                       { "r.csv", people, strlen(people) } };
    *out = (struct told){ 0 };
    roster_keeper_import(&w->service, &files[0], &files[1], "unix:test", false, 0, told, out);
    roster_unref(other);
    faults_free(f);
}

static void an_import_undoes_no_change_that_came_while_it_was_read(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told one, two, file;
    import(w, "60601", &file);
    set(w, "m0001", "email", "one@m0001.example", &one);
    world_run_for(w, MINUTE);
    assert_true(is_done(&one) && file.refused);
    assert_string_equal(first_of(w->service.roster, "m0001")->email, "one@m0001.example");
    import(w, "60602", &file);
    import(w, "60603", &two); /* nor another import */
    world_run_for(w, MINUTE);
    assert_true(is_done(&file) && two.refused);
    assert_string_equal(roster_find(w->service.roster, "m0001")->zip, "60602");
    world_free(w);
}

static void a_change_that_comes_while_an_import_is_stored_is_made_of_it(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told one, file;
    world_run_for(w, MINUTE);
    virtual_store_stall(w->service.store, 1000);
    import(w, "60601", &file);
    world_run_for(w, 500);
    set(w, "m0002", "email", "one@m0002.example", &one);
    world_run_for(w, MINUTE);
    assert_true(is_done(&one) && is_done(&file));
    struct roster *kept = stored(w);
    struct roster *const each[] = { w->service.roster, kept };
    for (size_t i = 0; i < G_N_ELEMENTS(each); i++) {
        assert_string_equal(roster_find(each[i], "m0001")->zip, "60601");
        assert_string_equal(first_of(each[i], "m0002")->email, "one@m0002.example");
    }
    roster_unref(kept);
    world_free(w);
}

static void an_import_that_is_not_read_when_the_daemon_stops_is_answered(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told file;
    import(w, "60601", &file);
    world_free(w);
    assert_true(file.there && file.unavailable);
}

/* --- what is decided of the roster --- */

struct decided {
    bool there;
    enum matter_outcome outcome;
    int64_t no;
};

static void decided(const struct matter_result *r, void *ctx)
{
    *(struct decided *)ctx = (struct decided){ true, r->outcome, r->matter ? r->matter->no : 0 };
}

static int64_t propose(struct world *w, const char *members)
{
    struct decided d = { 0 };
    g_autofree char *body = g_strdup_printf(
        "{\"kind\":\"contact-update\",\"mission\":\"m0001\",\"body\":{%s}}", members);
    struct matter_opening q = { .body = body, .len = strlen(body), .principal = "m0001/2" };
    matter_desk_open(&w->service, &q, decided, &d);
    world_run_for(w, MINUTE);
    assert_int_equal(d.outcome, MATTER_DONE);
    return d.no;
}

static void confirm(struct world *w, int64_t no, struct decided *out)
{
    struct matter_decision q = { .no = no,
                                 .action = MATTER_CONFIRM,
                                 .principal = "unix:agent",
                                 .note = "by telephone",
                                 .unproved = true };
    *out = (struct decided){ 0 };
    matter_desk_decide(&w->service, &q, decided, out);
}

static void an_address_that_was_corrected_meanwhile_is_not_struck(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct decided agent;
    struct told operator, other;
    int64_t no = propose(w, "\"change\":\"wrong-person\",\"representative\":1,"
                            "\"email\":\"r1@m0001.example\"");
    set(w, "m0002", "phone", "+13125550123", &other); /* so that both wait for it */
    set(w, "m0001", "email", "right@m0001.example", &operator);
    confirm(w, no, &agent);
    world_run_for(w, MINUTE);
    assert_true(is_done(&operator) && is_done(&other));
    assert_int_equal(agent.outcome, MATTER_DONE);
    assert_string_equal(first_of(w->service.roster, "m0001")->email, "right@m0001.example");
    world_free(w);
}

static void two_new_ones_at_once_have_a_rank_each(void **state)
{
    (void)state;
    static const char *const new[] = {
        "\"change\":\"new\",\"name\":\"A\",\"language\":\"en\",\"email\":\"a@m0001.example\"",
        "\"change\":\"new\",\"name\":\"B\",\"language\":\"en\",\"email\":\"b@m0001.example\""
    };
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct decided one, two;
    int64_t first = propose(w, new[0]), second = propose(w, new[1]);
    confirm(w, first, &one);
    confirm(w, second, &two);
    world_run_for(w, MINUTE);
    assert_int_equal(one.outcome, MATTER_DONE);
    assert_int_equal(two.outcome, MATTER_DONE);
    const struct mission *m = roster_find(w->service.roster, "m0001");
    assert_int_equal(m->representatives->len, 4);
    world_free(w);
}

static void erased(const struct erasure_result *r, void *ctx)
{
    *(int *)ctx = (int)r->outcome;
}

static void nobody_is_erased_who_comes_into_the_roster_meanwhile(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    struct told operator;
    int outcome = -1;
    set(w, "m0001", "email", "new@m0001.example", &operator);
    retention_erase_person(&w->service, "mailto:new@m0001.example", "asked for it", "unix:test",
                           erased, &outcome);
    world_run_for(w, MINUTE);
    assert_true(is_done(&operator));
    assert_int_equal(outcome, ERASURE_IN_ROSTER);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_changes_at_once_are_both_kept),
        cmocka_unit_test(a_change_that_fails_takes_no_other_along),
        cmocka_unit_test(an_import_undoes_no_change_that_came_while_it_was_read),
        cmocka_unit_test(a_change_that_comes_while_an_import_is_stored_is_made_of_it),
        cmocka_unit_test(an_import_that_is_not_read_when_the_daemon_stops_is_answered),
        cmocka_unit_test(an_address_that_was_corrected_meanwhile_is_not_struck),
        cmocka_unit_test(two_new_ones_at_once_have_a_rank_each),
        cmocka_unit_test(nobody_is_erased_who_comes_into_the_roster_meanwhile),
    };
    return cmocka_run_group_tests_name("changes of the roster", tests, NULL, NULL);
}
