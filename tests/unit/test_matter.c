#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/matter.h"

/* Rows are kinds and states, columns actions: confirm, refuse, answer, acknowledge, close, note,
 * expire.  A dot is no move; a letter is the first of the state it leads to, A is acknowledged. */
static const struct move_row {
    enum matter_kind kind;
    const char *from, *to;
} moves[] = {
    { MATTER_CONTACT_UPDATE, "open", "cr...o." },
    { MATTER_CONTACT_UPDATE, "confirmed", ".....c." },
    { MATTER_SECURITY_INFORMATION, "open", "..a.zo." },
    { MATTER_SECURITY_INFORMATION, "answered", "..a.za." },
    { MATTER_SECURITY_INFORMATION, "closed", ".....z." },
    { MATTER_ASSISTANCE_REQUEST, "open", "..a..o." },
    { MATTER_ASSISTANCE_REQUEST, "answered", "..a.za." },
    { MATTER_PROTECTIVE_RESPONSE, "open", ".r.Azoe" },
    { MATTER_PROTECTIVE_RESPONSE, "acknowledged", "....zAe" },
    { MATTER_PROTECTIVE_RESPONSE, "expired", ".....e." },
};
static const char letters[] = "ocraAez"; /* in enum order */

static void only_the_moves_of_the_table_are_made(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(moves); i++) {
        for (int on = 0; moves[i].to[on]; on++) {
            struct matter *m = matter_new();
            m->kind = moves[i].kind;
            m->state = (enum matter_state)broadcast_name_index(matter_state_names, moves[i].from);
            bool may = matter_may(m, (enum matter_action)on);
            bool moved = matter_move(m, (enum matter_action)on, 7);
            assert_int_equal(may, moved);
            if ((moved ? letters[m->state] : '.') != moves[i].to[on])
                fail_msg("%s, %s, action %d", matter_kind_names[moves[i].kind], moves[i].from, on);
            matter_free(m);
        }
    }
}

static struct matter_body *body(enum matter_kind k, const char *const *pairs)
{
    struct matter_body *b = matter_body_new(k);
    for (; *pairs; pairs += 2)
        matter_body_set(b, pairs[0], pairs[1]);
    return b;
}

static const struct body_row {
    const char *name;
    enum matter_kind kind;
    const char *pairs[13];
    const char *fault; /* place, "" : none */
} bodies[] = {
    { "a new colleague needs a name",
      MATTER_CONTACT_UPDATE,
      { "change", "new", "language", "fr", "email", "a@b.example" },
      "/body/name" },
    { "a new colleague needs a way to be told",
      MATTER_CONTACT_UPDATE,
      { "change", "new", "language", "fr", "name", "A" },
      "/body/email" },
    { "a webhook is such a way",
      MATTER_CONTACT_UPDATE,
      { "change", "new", "language", "fr", "name", "A", "webhook", "https://a.example/" },
      "" },
    { "a change says whose",
      MATTER_CONTACT_UPDATE,
      { "change", "changed", "phone", "+13125550101" },
      "/body/representative" },
    { "a change says what",
      MATTER_CONTACT_UPDATE,
      { "change", "changed", "representative", "1" },
      "/body" },
    { "who leaves says when",
      MATTER_CONTACT_UPDATE,
      { "change", "departing", "representative", "1" },
      "/body/valid_to" },
    { "nobody ends before he begins",
      MATTER_CONTACT_UPDATE,
      { "change", "changed", "representative", "1", "valid_from", "2026-12-01", "valid_to",
        "2026-11-30" },
      "/body/valid_to" },
    { "a wrong person has an address",
      MATTER_CONTACT_UPDATE,
      { "change", "wrong-person", "representative", "1" },
      "/body/email" },
    { "a post ends after it begins",
      MATTER_PROTECTIVE_RESPONSE,
      { "from", "2026-11-23T10:00:00Z", "until", "2026-11-23T09:00:00-01:00" },
      "/body/until" },
    { "offsets are looked at",
      MATTER_PROTECTIVE_RESPONSE,
      { "from", "2026-11-23T10:00:00Z", "until", "2026-11-23T09:00:00-02:00" },
      "" },
};

static void what_concerns_several_members_is_checked(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        struct faults *f = faults_new();
        struct matter_body *b = body(bodies[i].kind, bodies[i].pairs);
        matter_body_check(b, f);
        const struct fault *first = f->errors->len ? g_ptr_array_index(f->errors, 0) : NULL;
        if (strcmp(first ? first->place : "", bodies[i].fault) != 0)
            fail_msg("%s: %s", bodies[i].name, first ? first->place : "no fault");
        matter_body_free(b);
        faults_free(f);
    }
}

static void a_body_reads_as_lines(void **state)
{
    const char *const pairs[] = { "subject", "Emergency Reaction Plans", "concerns", "One.\nTwo.",
                                  NULL };
    struct matter_body *b = body(MATTER_ASSISTANCE_REQUEST, pairs);
    g_autofree char *text = matter_body_text(b);
    (void)state;
    assert_string_equal(text, "Subject: Emergency Reaction Plans\n"
                              "Particular security concerns:\nOne.\nTwo.");
    matter_body_free(b);
}

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

/* from and until count from the opening; behind likewise. */
static const struct due_row {
    const char *name;
    enum matter_kind kind;
    enum matter_state state;
    enum broadcast_urgency urgency;
    int64_t from_ms, until_ms, behind_ms;
    int64_t next_ms; /* from the opening; -1: nothing */
    unsigned fallen; /* by that instant */
} dues[] = {
    { "immediate information waits a quarter of an hour", MATTER_SECURITY_INFORMATION, MATTER_OPEN,
      URGENCY_IMMEDIATE, 0, 0, 0, 15 * MINUTE, MATTER_DUE_OVERDUE },
    { "and is told again", MATTER_SECURITY_INFORMATION, MATTER_OPEN, URGENCY_IMMEDIATE, 0, 0,
      15 * MINUTE, 30 * MINUTE, MATTER_DUE_OVERDUE },
    { "three times in all", MATTER_SECURITY_INFORMATION, MATTER_OPEN, URGENCY_IMMEDIATE, 0, 0,
      45 * MINUTE, -1, 0 },
    { "what was answered is not overdue", MATTER_ASSISTANCE_REQUEST, MATTER_ANSWERED,
      URGENCY_FUTURE, 0, 0, 0, -1, 0 },
    { "a post that nobody has acknowledged is overdue first", MATTER_PROTECTIVE_RESPONSE,
      MATTER_OPEN, URGENCY_EXPECTED, 0, 10 * DAY, 0, HOUR, MATTER_DUE_OVERDUE },
    { "its end is said a day before", MATTER_PROTECTIVE_RESPONSE, MATTER_ACKNOWLEDGED,
      URGENCY_EXPECTED, 0, 10 * DAY, 0, 9 * DAY, MATTER_DUE_ENDING },
    { "then it expires", MATTER_PROTECTIVE_RESPONSE, MATTER_ACKNOWLEDGED, URGENCY_EXPECTED, 0,
      10 * DAY, 9 * DAY, 10 * DAY, MATTER_DUE_EXPIRED },
    { "a short one is halved", MATTER_PROTECTIVE_RESPONSE, MATTER_ACKNOWLEDGED, URGENCY_EXPECTED,
      2 * HOUR, 8 * HOUR, 0, 5 * HOUR, MATTER_DUE_ENDING },
    { "what is closed owes nothing", MATTER_PROTECTIVE_RESPONSE, MATTER_CLOSED, URGENCY_EXPECTED, 0,
      10 * DAY, 0, -1, 0 },
};

static void what_falls_due_is_a_function_of_the_matter(void **state)
{
    const int64_t opened_ms = INT64_C(1795444200000);
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(dues); i++) {
        const struct due_row *r = &dues[i];
        struct matter *m = matter_new();
        m->kind = r->kind;
        m->state = r->state;
        m->urgency = r->urgency;
        m->opened_ms = opened_ms;
        m->from_ms = r->until_ms ? opened_ms + r->from_ms : 0;
        m->until_ms = r->until_ms ? opened_ms + r->until_ms : 0;
        m->behind_ms = opened_ms + r->behind_ms;
        int64_t next_ms = matter_next_ms(m, m->behind_ms);
        if (next_ms != (r->next_ms < 0 ? INT64_MAX : opened_ms + r->next_ms))
            fail_msg("%s: %" G_GINT64_FORMAT, r->name, next_ms - opened_ms);
        if (r->next_ms >= 0) {
            assert_int_equal(matter_fallen_due(m, next_ms), r->fallen);
            assert_int_equal(matter_fallen_due(m, next_ms - 1), 0);
        }
        matter_free(m);
    }
}

static void what_was_missed_is_taken_at_once(void **state)
{
    struct matter *m = matter_new();
    (void)state;
    m->kind = MATTER_PROTECTIVE_RESPONSE;
    m->urgency = URGENCY_EXPECTED;
    m->until_ms = 10 * DAY;
    assert_int_equal(matter_fallen_due(m, 11 * DAY),
                     MATTER_DUE_OVERDUE | MATTER_DUE_ENDING | MATTER_DUE_EXPIRED);
    matter_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_moves_of_the_table_are_made),
        cmocka_unit_test(what_concerns_several_members_is_checked),
        cmocka_unit_test(a_body_reads_as_lines),
        cmocka_unit_test(what_falls_due_is_a_function_of_the_matter),
        cmocka_unit_test(what_was_missed_is_taken_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
