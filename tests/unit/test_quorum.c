#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/quorum.h"
#include "model/supersede.h"

static const struct quorum_policy policy = { .normal = 1, .urgent = 2 };

/*
 * Obligations, one a word: KIND STATE [ASKS] RECIPIENT=MISSION+MISSION.  Kinds: r(epresentative),
 * o(ffice); states by their initial (open, reached, acknowledged, superseded, expired, e-s-calated
 * as t(aken), u(nreachable)); "?" : it asks.
 */
static const struct row {
    const char *name, *obligations;
    bool urgent;
    enum mission_answer want; /* of mission A */
    unsigned asked, acknowledged, needed;
    bool reached;
} rows[] = {
    { "nobody has answered yet", "ro?A/1=A rr?A/2=A", false, MISSION_WAITING, 2, 0, 1, true },
    { "one is enough", "ra?A/1=A rr?A/2=A", false, MISSION_COVERED, 2, 1, 1, true },
    { "one is not enough when it is urgent", "ra?A/1=A rr?A/2=A", true, MISSION_WAITING, 2, 1, 2,
      true },
    { "two are", "ra?A/1=A ra?A/2=A ro?A/3=A", true, MISSION_COVERED, 3, 2, 2, true },
    { "a mission with one representative needs that one", "ra?A/1=A", true, MISSION_COVERED, 1, 1,
      1, true },
    { "and no less", "rr?A/1=A", true, MISSION_WAITING, 1, 0, 1, true },
    { "an office that was reached has not acknowledged", "or=A rr?A/1=A", false, MISSION_WAITING, 1,
      0, 1, true },
    { "an office that acknowledges is not the mission", "oa?office:x=A rr?A/1=A", false,
      MISSION_WAITING, 1, 0, 1, true },
    { "nobody to ask never has its quorum", "or=A", false, MISSION_WAITING, 0, 0, 1, false },
    { "nobody to ask is taken over", "ot?=A", false, MISSION_TAKEN, 0, 0, 1, false },
    { "taken over", "rt?A/1=A rt?A/2=A", false, MISSION_TAKEN, 2, 0, 1, false },
    { "an answer after it was taken over covers it", "ra?A/1=A rt?A/2=A", false, MISSION_COVERED, 2,
      1, 1, true },
    { "an answer that is not enough leaves it taken over", "ra?A/1=A rt?A/2=A", true, MISSION_TAKEN,
      2, 1, 2, true },
    { "every endpoint refused", "ru?A/1=A ru?A/2=A", false, MISSION_WAITING, 2, 0, 1, false },
    { "expired before anybody answered", "rx?A/1=A ru?A/2=A", false, MISSION_OVER, 2, 0, 1, false },
    { "superseded before anybody answered", "rs?A/1=A", false, MISSION_OVER, 1, 0, 1, false },
    { "covered before it expired", "ra?A/1=A rx?A/2=A", false, MISSION_COVERED, 2, 1, 1, true },
    { "expired with nobody to ask", "ox=A", false, MISSION_OVER, 0, 0, 1, false },
    { "not asked and reached", "rrA/1=A roA/2=A", false, MISSION_NOT_ASKED, 0, 0, 1, true },
    { "not asked and not reached yet", "roA/1=A", false, MISSION_WAITING, 0, 0, 1, false },
    { "somebody who is not asked counts for nothing", "rrA/1=A ra?A/2=A", true, MISSION_COVERED, 1,
      1, 1, true },
    { "one person at two addresses counts once", "ra?A/1=A rr?A/1=A rr?A/2=A", true,
      MISSION_WAITING, 2, 1, 2, true },
    { "and acknowledges once", "ra?A/1=A ra?A/1=A rr?A/2=A", true, MISSION_WAITING, 2, 1, 2, true },
    { "one obligation for two missions", "ra?A/1=B+A", false, MISSION_COVERED, 1, 1, 1, true },
    { "another mission's answer is not its own", "ra?B/1=B rr?A/1=A", false, MISSION_WAITING, 1, 0,
      1, true },
    { "what is about no affected mission is passed over", "ra?C/1=C rr?A/1=A", false,
      MISSION_WAITING, 1, 0, 1, true },
};

static enum obligation_state state_of(char initial)
{
    static const char initials[] = "orasxtu"; /* in enum order */
    const char *at = strchr(initials, initial);
    assert_non_null(at);
    return (enum obligation_state)(at - initials);
}

static struct obligation *parse(const char *word)
{
    struct obligation *o = obligation_new();
    o->kind = word[0] == 'r' ? OBLIGATION_REPRESENTATIVE : OBLIGATION_OFFICE;
    o->state = state_of(word[1]);
    o->asks = word[2] == '?';
    g_auto(GStrv) sides = g_strsplit(word + 2 + o->asks, "=", 2);
    g_auto(GStrv) missions = g_strsplit(sides[1], "+", -1);
    o->recipient = g_strdup(sides[0]);
    o->name = g_strdup("N");
    for (char **m = missions; *m; m++)
        g_ptr_array_add(o->missions, g_strdup(*m));
    return o;
}

static GPtrArray *parse_all(const char *text)
{
    GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    for (char **w = words; *w; w++)
        g_ptr_array_add(all, parse(*w));
    return all;
}

/* B, A, and C, which is released. */
static GPtrArray *missions(void)
{
    static struct affected_mission b = { .id = (char *)"B", .because = (char *)"cities[0]" },
                                   a = { .id = (char *)"A", .because = (char *)"cities[0]" },
                                   c = { .id = (char *)"C", .because = (char *)SUPERSEDE_RELEASED };
    GPtrArray *list = g_ptr_array_new();
    g_ptr_array_add(list, &b);
    g_ptr_array_add(list, &c);
    g_ptr_array_add(list, &a);
    return list;
}

static GArray *standings_of(const char *obligations, bool urgent)
{
    g_autoptr(GPtrArray) list = missions();
    g_autoptr(GPtrArray) all = parse_all(obligations);
    struct broadcast *b = broadcast_new();
    b->urgency = urgent ? URGENCY_IMMEDIATE : URGENCY_EXPECTED;
    GArray *standings = quorum_standings(&policy, b, list, all);
    broadcast_unref(b);
    return standings;
}

static void what_a_mission_has_answered(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        g_autoptr(GArray) standings = standings_of(r->obligations, r->urgent);
        assert_int_equal(standings->len, 2);
        const struct mission_standing *s = &g_array_index(standings, struct mission_standing, 1);
        assert_string_equal(s->mission->id, "A");
        if (s->answer != r->want || s->asked != r->asked || s->acknowledged != r->acknowledged ||
            s->needed != r->needed || s->reached != r->reached)
            fail_msg("%s: %s, %u of %u, %u needed%s", r->name, mission_answer_names[s->answer],
                     s->acknowledged, s->asked, s->needed, s->reached ? ", reached" : "");
    }
}

static const struct coverage_row {
    const char *obligations;
    struct coverage want;
} coverage_rows[] = {
    { "ra?A/1=A rr?B/1=B", { 2, 1, 0, 1 } },
    { "rt?A/1=A ra?B/1=B ra?C/1=C", { 2, 1, 1, 0 } },
    { "rrA/1=A rx?B/1=B", { 2, 0, 0, 0 } },
    { "rr?A/1=A", { 2, 0, 0, 2 } },
};

static void coverage_counts_affected_missions(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(coverage_rows); i++) {
        g_autoptr(GArray) standings = standings_of(coverage_rows[i].obligations, false);
        struct coverage got = quorum_coverage(standings), want = coverage_rows[i].want;
        print_message("%s\n", coverage_rows[i].obligations);
        assert_int_equal(got.affected, want.affected);
        assert_int_equal(got.covered, want.covered);
        assert_int_equal(got.taken, want.taken);
        assert_int_equal(got.waiting, want.waiting);
    }
}

static void the_quorum_is_that_of_the_urgency_or_the_severity(void **state)
{
    (void)state;
    const struct quorum_policy none = { 0, 0, false };
    assert_int_equal(quorum_needed(&policy, URGENCY_EXPECTED, SEVERITY_SEVERE), 1);
    assert_int_equal(quorum_needed(&policy, URGENCY_IMMEDIATE, SEVERITY_MINOR), 2);
    assert_int_equal(quorum_needed(&policy, URGENCY_PAST, SEVERITY_EXTREME), 2);
    assert_int_equal(quorum_needed(&none, URGENCY_IMMEDIATE, SEVERITY_MINOR), 1);
    assert_string_equal(mission_answer_names[MISSION_NOT_ASKED], "not-asked");
    assert_null(mission_answer_names[MISSION_OVER + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_mission_has_answered),
        cmocka_unit_test(coverage_counts_affected_missions),
        cmocka_unit_test(the_quorum_is_that_of_the_urgency_or_the_severity),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
