/*
 * A correction that was here before what it corrects of another's, on the virtual clock, as people
 * see it: each name is a promise.  A is the desk's alert, B the chief's update of it, D the desk's
 * update of B.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adrift.h"
#include "flow/outlook.h"

#define BY_CHIEF "\"sender\":\"chief@dss.example\","
#define OF_CHIEF(minute, to, to_minute)                                                            \
    "\"type\":\"update\"," AT(minute) ",\"references\":[{\"identifier\":\"" to "\"," BY_CHIEF AT(  \
        to_minute) "}]"

static struct world *begin_with_two_persons(void)
{
    return world_new(&(struct world_roster){ .missions = 3, .second_person = "actual 1 1800" });
}

static void approve(struct world *w, const char *id, int64_t missions, enum decision_outcome want)
{
    struct decision_request q = {
        .kind = DECISION_APPROVE, .id = id, .principal = "token:chief", .missions = missions
    };
    assert_int_equal(world_decide(w, &q), want);
    world_run_for(w, MINUTE / 2);
}

/* Returns its id; caller frees. */
static char *send_approved(struct world *w, const char *identifier, const char *members)
{
    adrift_send(w, identifier, members, 0);
    char *id = g_strdup(world_last_id());
    approve(w, id, 3, DECISION_DONE);
    return id;
}

/* --- previews --- */

struct shown {
    bool there;
    char *warnings; /* owned: their codes and sentences */
    unsigned told;
};

static void show(const struct preview *p, const struct faults *f, const char *unavailable,
                 void *ctx)
{
    struct shown *s = ctx;
    GString *warnings = g_string_new(NULL);
    assert_non_null(p);
    assert_null(unavailable);
    assert_false(faults_any(f));
    for (guint i = 0; i < f->warnings->len; i++) {
        const struct fault *w = g_ptr_array_index(f->warnings, i);
        g_string_append_printf(warnings, "%s: %s\n", w->code, w->detail);
    }
    *s = (struct shown){ true, g_string_free(warnings, FALSE), p->told };
}

static void run_until_shown(struct world *w, struct shown *s)
{
    for (int64_t at = world_now_ms(w); !s->there; at++)
        virtual_run_until(w->service.loop, at);
}

static struct shown preview_of_link(struct world *w)
{
    static const char body[] =
        "{\"identifier\":\"B\"," BY_CHIEF LINK ",\"status\":\"actual\",\"urgency\":\"immediate\","
        "\"severity\":\"severe\",\"certainty\":\"likely\",\"audience\":{\"everyone\":true},"
        "\"messages\":[{\"language\":\"en\",\"headline\":\"B\",\"description\":\"Text.\"}]}";
    struct shown s = { 0 };
    struct faults *f = faults_new();
    struct preview *p =
        preview_make(&w->service, PREVIEW_JSON, body, strlen(body), world_now_ms(w), false, f);
    outlook_make(&w->service, p, f, show, &s);
    run_until_shown(w, &s);
    return s;
}

static struct shown preview_of_waiting(struct world *w, const char *id)
{
    struct shown s = { 0 };
    outlook_stored(&w->service, id, show, &s);
    run_until_shown(w, &s);
    return s;
}

static void a_preview_says_what_has_been_said_of_it_already(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    struct shown before = preview_of_link(w);
    assert_string_equal(before.warnings, "");
    adrift_let_go(w, "D", OF_CHIEF("34", "B", "31"), "m0001", MINUTE / 2);
    for (int i = 0; i < 2; i++) { /* it stores nothing */
        struct shown after = preview_of_link(w);
        assert_string_equal(after.warnings,
                            "overtaken: D of desk@dss.example is newer and has gone out: this one "
                            "would be recorded and sent to nobody\n");
        g_free(after.warnings);
    }
    g_free(before.warnings);
    world_free(w);
}

static void a_preview_says_what_waits_for_it(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_send(w, "D", OF_CHIEF("34", "B", "31"), MINUTE / 2);
    struct shown s = preview_of_link(w);
    assert_string_equal(s.warnings,
                        "overtaken: D of desk@dss.example is newer and waits for it: it "
                        "would go out in its place\n");
    g_free(s.warnings);
    world_free(w);
}

/* --- decisions --- */

static void who_approves_a_correction_that_was_early_speaks_to_all_of_its_event(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    g_autofree char *a = send_approved(w, "A", FIRST);
    adrift_send(w, "D", OF_CHIEF("34", "B", "31") "," TO("m0001"), 0);
    g_autofree char *d = g_strdup(world_last_id());
    g_autofree char *b = send_approved(w, "B", BY_CHIEF LINK);
    adrift_must_hear(w, adrift_second, "AB");
    struct shown s = preview_of_waiting(w, d);
    assert_int_equal(s.told, 3);
    g_free(s.warnings);
    approve(w, d, 1, DECISION_CHANGED);
    assert_string_equal(
        world_decided.reason,
        "the missions have changed since its author saw them: +m0002 +m0003; 3 now");
    approve(w, d, 3, DECISION_DONE);
    adrift_must_hear(w, adrift_first, "ABD");
    adrift_must_hear(w, adrift_second, "ABD");
    world_free(w);
}

static void what_is_approved_after_what_corrects_it_goes_nowhere(void **state)
{
    (void)state;
    struct world *w = begin_with_two_persons();
    g_autofree char *a = send_approved(w, "A", FIRST);
    g_autofree char *d = send_approved(w, "D", OF_CHIEF("34", "B", "31"));
    adrift_send(w, "B", BY_CHIEF LINK, MINUTE / 2);
    g_autofree char *b = g_strdup(world_last_id());
    struct shown s = preview_of_waiting(w, b);
    assert_non_null(strstr(s.warnings, "overtaken: D of desk@dss.example"));
    g_free(s.warnings);
    approve(w, b, 3, DECISION_DONE);
    adrift_must_hear(w, adrift_first, "AD");
    struct broadcast_row *row = world_row(w, b);
    assert_int_equal(row->state, BROADCAST_SUPERSEDED);
    broadcast_row_free(row);
    world_free(w);
}

/* --- what has gone out --- */

/* C is the chief's update of B, and D the desk's of C, which came before it: both have gone out
 * when B comes. */
static void the_link_of_another_reaches_over_what_follows_it(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_let_go(w, "D", OF_CHIEF("34", "C", "32"), "m0002", MINUTE / 2);
    adrift_let_go(w, "C", BY_CHIEF OF_CHIEF("32", "B", "31"), "m0001", MINUTE / 2);
    adrift_send(w, "B", BY_CHIEF LINK, MINUTE / 2);
    adrift_must_hear(w, "mailto:r1@m0003.example", "AD");
    adrift_must_hear(w, adrift_first, "ACD");
    adrift_must_hear(w, adrift_second, "AD");
    world_free(w);
}

/* F waits for B too, and needs a person as it has all of the event to tell: B comes to its turn
 * only after that, and links C and E no less. */
static void the_link_of_another_links_though_it_gave_way(void **state)
{
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 3, .second_person = "actual 3 1800" });
    adrift_send(w, "A", FIRST "," TO("m0001"), MINUTE / 2);
    adrift_let_go(w, "C", OF_CHIEF("32", "B", "31") "," TO("m0002"), "m0002", MINUTE / 2);
    adrift_let_go(w, "E", OF_CHIEF("34", "B", "31") "," TO("m0003"), "m0003", MINUTE / 2);
    adrift_send(w, "F", BY_CHIEF OF_CHIEF("36", "B", "31") "," TO("m0001"), MINUTE / 2);
    adrift_send(w, "B", BY_CHIEF LINK "," TO("m0001"), MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AE");
    adrift_must_hear(w, adrift_second, "CE");
    adrift_must_hear(w, "mailto:r1@m0003.example", "E");
    world_free(w);
}

/* F is older than E, which nobody knew to be of its event. */
static void what_waits_and_is_overruled_by_then_waits_no_more(void **state)
{
    (void)state;
    struct world *w = adrift_begin();
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_send(w, "F", OF_CHIEF("33", "B", "31"), MINUTE / 2);
    g_autofree char *f = g_strdup(world_last_id());
    adrift_let_go(w, "E", OF_CHIEF("34", "B", "31"), "m0001", MINUTE / 2);
    adrift_send(w, "B", BY_CHIEF LINK, MINUTE / 2);
    adrift_must_hear(w, adrift_first, "AE");
    adrift_must_hear(w, adrift_second, "AE");
    struct broadcast_row *row = world_row(w, f);
    assert_int_equal(row->state, BROADCAST_SUPERSEDED);
    broadcast_row_free(row);
    world_free(w);
}

/* --- a link that gave way --- */

#define SOON_OVER ",\"expires\":\"2026-11-23T14:40:00Z\""

/* A has gone out, and C; F waits for B, which comes now and gives way to it: then `done`. */
static struct world *give_way_then(const char *rule, const char *f_expires, intake_done_fn done)
{
    static const char body[] =
        "{\"identifier\":\"B\"," BY_CHIEF LINK
        ",\"status\":\"actual\",\"urgency\":\"immediate\",\"severity\":\"severe\",\"certainty\":"
        "\"likely\"," TO("m0001") SOON_OVER
        ",\"messages\":[{\"language\":\"en\",\"headline\":\"B\","
        "\"description\":\"Text.\"}]}";
    struct world *w = world_new(&(struct world_roster){ .missions = 3, .second_person = rule });
    struct intake_request q = { .type = PREVIEW_JSON,
                                .body = body,
                                .len = strlen(body),
                                .principal = "unix:test",
                                .expect_missions = -1 };
    g_autofree char *members =
        g_strconcat(BY_CHIEF OF_CHIEF("33", "B", "31") "," TO("m0003"), f_expires, NULL);
    adrift_send(w, "A", FIRST "," TO("m0002"), MINUTE / 2);
    adrift_let_go(w, "C", OF_CHIEF("32", "B", "31") "," TO("m0001"), "m0001", MINUTE / 2);
    adrift_send(w, "F", members, MINUTE / 2);
    intake_submit(&w->service, &q, done, w);
    world_run_for(w, MINUTE);
    return w;
}

static void die(const struct intake_result *r, void *ctx)
{
    struct world *w = ctx;
    assert_int_equal(r->kind, INTAKE_ACCEPTED);
    virtual_store_fail(w->service.store, UINT_MAX);
}

static void the_link_links_though_it_expired_before_its_turn(void **state)
{
    (void)state;
    struct world *w = give_way_then(NULL, SOON_OVER, die);
    int64_t now_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, now_ms + 20 * MINUTE);
    world_run_for(w, MINUTE);
    adrift_must_hear(w, adrift_first, "C");
    adrift_must_hear(w, adrift_second, "AC");
    adrift_must_hear(w, "mailto:r1@m0003.example", "");
    assert_int_equal(world_records(w, "broadcast.expired"), 1);
    assert_int_equal(world_records(w, "alarm.late_correction"), 1);
    world_free(w);
}

static void stall(const struct intake_result *r, void *ctx)
{
    struct world *w = ctx;
    assert_int_equal(r->kind, INTAKE_ACCEPTED);
    virtual_store_stall(w->service.store, 15 * MINUTE);
}

static void the_link_links_though_it_expired_until_a_person_was_needed(void **state)
{
    (void)state;
    struct world *w = give_way_then("actual 3 1800", "", stall);
    world_run_for(w, 20 * MINUTE);
    adrift_must_hear(w, adrift_first, "C");
    adrift_must_hear(w, adrift_second, "AC");
    adrift_must_hear(w, "mailto:r1@m0003.example", "");
    world_free(w);
}

static void decided(const struct decision_result *r, void *ctx)
{
    (void)ctx;
    assert_int_equal(r->outcome, DECISION_DONE);
}

static void reject(const struct intake_result *r, void *ctx)
{
    struct world *w = ctx;
    struct decision_request q = {
        .kind = DECISION_REJECT, .id = r->row->id, .principal = "token:chief", .reason = "no"
    };
    decision_submit(&w->service, &q, decided, NULL);
}

static void the_link_links_though_a_person_rejects_it_before_its_turn(void **state)
{
    (void)state;
    struct world *w = give_way_then("actual 3 1800", "", reject); /* which F needs then */
    assert_int_equal(world_records(w, "broadcast.rejected"), 1);
    adrift_must_hear(w, adrift_first, "C");
    adrift_must_hear(w, adrift_second, "AC");
    adrift_must_hear(w, "mailto:r1@m0003.example", "");
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_preview_says_what_has_been_said_of_it_already),
        cmocka_unit_test(a_preview_says_what_waits_for_it),
        cmocka_unit_test(who_approves_a_correction_that_was_early_speaks_to_all_of_its_event),
        cmocka_unit_test(what_is_approved_after_what_corrects_it_goes_nowhere),
        cmocka_unit_test(the_link_of_another_reaches_over_what_follows_it),
        cmocka_unit_test(the_link_of_another_links_though_it_gave_way),
        cmocka_unit_test(what_waits_and_is_overruled_by_then_waits_no_more),
        cmocka_unit_test(the_link_links_though_it_expired_before_its_turn),
        cmocka_unit_test(the_link_links_though_it_expired_until_a_person_was_needed),
        cmocka_unit_test(the_link_links_though_a_person_rejects_it_before_its_turn),
    };
    return cmocka_run_group_tests_name("adopting on the virtual clock", tests, NULL, NULL);
}
