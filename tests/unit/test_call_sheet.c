#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call_world.h"

/* "gb-chicago/1 unreachable wrong-person 1; …" in the order of the sheet: recipient, condition,
 * why, number of endpoints tried. */
static char *sheet_text(const struct call_sheet *s)
{
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < s->rows->len; i++) {
        const struct call_sheet_row *r = s->rows->pdata[i];
        g_string_append_printf(out, "%s%s %s%s%s %u", i ? "; " : "",
                               *r->recipient ? r->recipient : r->mission, r->condition,
                               *r->why ? " " : "", r->why, r->tries->len);
    }
    return g_string_free(out, FALSE);
}

static void check_sheet(const struct call_world *w, bool with_taken, const char *want)
{
    struct call_sheet *s = call_world_sheet(w, with_taken);
    g_autofree char *got = sheet_text(s);
    call_sheet_free(s);
    assert_string_equal(got, want);
}

#define GB "gb-chicago/1 unreachable wrong-person 1; gb-chicago/2 reached 1; "
#define AR "ar-chicago/1 reached 2; ar-chicago/2 unreachable every-endpoint-refused 1"
#define HT                                                                                         \
    "; ht-chicago/1 not-written-to no valid representative; representative 1 expired 2012-06-30 0"

static void test_who_does_not_know_yet(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    check_sheet(w, false, GB AR HT);
    call_world_free(w);
}

static void test_what_was_taken_is_shown_when_asked(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    check_sheet(w, true, GB AR HT "; mx-chicago/1 escalated 1");
    struct call_sheet *s = call_world_sheet(w, true);
    const struct call_sheet_row *last = s->rows->pdata[s->rows->len - 1];
    assert_string_equal(last->taken_by, "unix:watch: spoke with the consul");
    assert_int_equal(s->missions, 4);
    assert_int_equal(s->affected, 5);
    call_sheet_free(s);
    call_world_free(w);
}

static void test_a_mission_of_which_nobody_is_known(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    roster_unref(w->roster);
    w->roster = NULL;
    check_sheet(w, false,
                GB AR "; ht-chicago nobody no valid representative; representative 1 expired "
                      "2012-06-30 0");
    call_world_free(w);
}

static void test_two_must_answer_where_it_is_urgent(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    w->broadcast->urgency = URGENCY_IMMEDIATE;
    check_sheet(w, false, GB AR "; fr-chicago/2 reached 1" HT);
    struct call_sheet *s = call_world_sheet(w, false);
    const struct call_sheet_row *france = s->rows->pdata[4];
    assert_int_equal(france->acknowledged, 1);
    assert_int_equal(france->needed, 2);
    call_sheet_free(s);
    call_world_free(w);
}

static void test_a_row_has_what_a_caller_needs(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    struct call_sheet *s = call_world_sheet(w, false);
    const struct call_sheet_row *r = s->rows->pdata[2]; /* ar-chicago/1 */
    assert_string_equal(r->name, "Liaison 1 of ar-chicago");
    assert_string_equal(r->phone, "+13125550199"); /* the roster's newer one */
    assert_string_equal(r->language, "es");
    assert_string_equal(r->local_time, "2012-07-16 09:15 CDT");
    assert_string_equal(r->headline, "Demonstrations near foreign missions, Chicago");
    assert_int_equal(r->begun_ms, CALL_RELEASED);
    const struct call_sheet_try *mail = r->tries->pdata[0], *hook = r->tries->pdata[1];
    assert_int_equal(mail->attempts, 2); /* the reminder counts */
    assert_string_equal(mail->reply, "250 2.0.0 queued as 2");
    assert_int_equal(mail->last_ms, CALL_RELEASED + 20 * CALL_MINUTE);
    assert_string_equal(hook->channel, "webhook");
    assert_string_equal(hook->state, "deferred");
    assert_string_equal(hook->outcome, "");
    const struct call_sheet_row *other = s->rows->pdata[3]; /* whom the roster has no more */
    assert_string_equal(other->phone, "+13125550102");
    call_sheet_free(s);
    call_world_free(w);
}

/* An update that went to a new address made a second obligation of the same person. */
static void test_a_person_stands_once(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    call_obligation(w, "gb-chicago", 2, OBLIGATION_OPEN);
    call_message(w, "mailto:new@gb-chicago.example", NOTIFICATION_DEFERRED, "", 0);
    check_sheet(w, false, "gb-chicago/1 unreachable wrong-person 1; gb-chicago/2 open 2; " AR HT);
    struct obligation *o = w->obligations->pdata[w->obligations->len - 1];
    o->state = OBLIGATION_ACKNOWLEDGED;
    check_sheet(w, false, AR HT);
    call_world_free(w);
}

static void test_records_of_another_broadcast_say_nothing(void **state)
{
    (void)state;
    struct call_world *w = call_world_new();
    for (guint i = 0; i < w->records->len; i++) {
        struct record *r = w->records->pdata[i];
        g_free(r->broadcast);
        r->broadcast = g_strdup("another");
    }
    struct call_sheet *s = call_world_sheet(w, false);
    const struct call_sheet_row *r = s->rows->pdata[0];
    const struct call_sheet_try *t = r->tries->pdata[0];
    assert_string_equal(t->outcome, "");
    assert_int_equal(t->attempts, 1);
    call_sheet_free(s);
    call_world_free(w);
}

static void test_several_broadcasts_are_sorted_as_one(void **state)
{
    (void)state;
    struct call_world *one = call_world_new(), *two = call_world_new();
    two->broadcast->urgency = URGENCY_IMMEDIATE;
    struct call_sheet *s = call_sheet_new(CALL_NOW, false);
    const struct call_world *const both[] = { one, two };
    for (size_t i = 0; i < G_N_ELEMENTS(both); i++) {
        const struct call_world *w = both[i];
        struct call_sheet_source of = { (int64_t)i + 1,   w->broadcast, w->missions, w->obligations,
                                        w->notifications, w->records,   w->roster,   w->quorum };
        call_sheet_add(s, &of);
    }
    call_sheet_sort(s);
    static const struct {
        const char *recipient;
        int64_t no;
    } want[] = { { "gb-chicago/1", 2 },
                 { "gb-chicago/2", 2 },
                 { "gb-chicago/1", 1 },
                 { "gb-chicago/2", 1 },
                 { "ar-chicago/1", 2 } };
    for (size_t i = 0; i < G_N_ELEMENTS(want); i++) {
        const struct call_sheet_row *r = s->rows->pdata[i];
        assert_string_equal(r->recipient, want[i].recipient);
        assert_int_equal(r->broadcast_no, want[i].no);
    }
    assert_int_equal(s->affected, 10);
    call_sheet_free(s);
    call_world_free(one);
    call_world_free(two);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_does_not_know_yet),
        cmocka_unit_test(test_what_was_taken_is_shown_when_asked),
        cmocka_unit_test(test_a_mission_of_which_nobody_is_known),
        cmocka_unit_test(test_two_must_answer_where_it_is_urgent),
        cmocka_unit_test(test_a_row_has_what_a_caller_needs),
        cmocka_unit_test(test_a_person_stands_once),
        cmocka_unit_test(test_records_of_another_broadcast_say_nothing),
        cmocka_unit_test(test_several_broadcasts_are_sorted_as_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
