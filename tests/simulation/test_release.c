/* What waits, is held, corrected or cancelled, on the virtual clock: each name is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "flow/correction.h"
#include "flow/preview.h"
#include "world_decide.h"

#define MINUTE INT64_C(60000)
#define AT_ONCE INT64_C(500) /* ms */

static char *referring(const char *type, const char *sender, const char *to)
{
    g_autofree char *first = timestamp_format_utc_s(WORLD_START_MS);
    return g_strdup_printf(
        "\"type\":\"%s\",\"sender\":\"%s\",\"references\":[{\"identifier\":\"%s\","
        "\"sender\":\"desk@dss.example\",\"sent\":\"%s\"}]",
        type, sender, to, first);
}

static void a_strangers_cancel_does_nothing(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    guint before = w->sent->len;
    g_autofree char *members = referring("cancel", "stranger@x.example", "A");
    assert_int_equal(world_send(w, "C", members), INTAKE_FORBIDDEN);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, before);
    assert_int_equal(world_records(w, "security.foreign_correction"), 1);
    world_free(w);
}

static void a_sender_named_for_it_may_cancel_for_others(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    guint before = w->sent->len;
    g_autofree char *members = referring("cancel", "chief@dss.example", "A");
    assert_int_equal(world_send(w, "C", members), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(w->sent->len, before * 2);
    world_free(w);
}

/* As CAP, in which what has expired is recorded; at the beginning, of the chief's C. */
static char *expired_update(const char *sender, const char *sent)
{
    return g_strdup_printf(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>X</identifier>"
        "<sender>%s</sender><sent>%.19s-00:00</sent><status>Actual</status><msgType>Update</"
        "msgType>"
        "<scope>Public</scope><references>chief@dss.example,C,%.19s-00:00</references><info>"
        "<language>en</language><category>Security</category><event>E</event><urgency>Immediate"
        "</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>%.19s-00:00"
        "</expires><headline>X</headline><description>Text.</description><area><areaDesc>There"
        "</areaDesc><geocode><valueName>dss:state</valueName><value>IL</value></geocode></area>"
        "</info></alert>",
        sender, sent, sent, sent);
}

/* It would be a link to what the stranger may not correct. */
static void a_strangers_late_update_is_refused_like_one_in_time(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autofree char *first = timestamp_format_utc_s(WORLD_START_MS);
    g_autofree char *to = referring("update", "chief@dss.example", "A");
    g_autofree char *members = g_strdup_printf("%s,\"sent\":\"%s\"", to, first);
    g_autofree char *late = expired_update("stranger@x.example", first);
    struct world_reply reply;
    world_send(w, "A", "");
    assert_int_equal(world_send(w, "C", members), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    world_submit(w, PREVIEW_CAP, late, &reply);
    world_run_for(w, MINUTE);
    assert_true(reply.there);
    assert_int_equal(reply.kind, INTAKE_FORBIDDEN);
    world_free(w);
}

static void an_update_of_what_is_not_here_is_held_until_a_person_releases_it(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    g_autofree char *members = referring("update", "desk@dss.example", "Z");
    assert_int_equal(world_send(w, "B", members), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(world_to_missions(w), 0);
    assert_int_equal(world_records(w, "alarm.held"), 1);
    struct decision_request q = {
        .kind = DECISION_RELEASE, .principal = "token:chief", .missions = 1, .audience = "{}"
    };
    assert_int_equal(world_decide(w, &q), DECISION_INVALID); /* nothing widens */
    q.audience = "{\"missions\":[\"m0002\"]}";
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, MINUTE);
    assert_int_equal(world_to_missions(w), 2);
    world_free(w);
}

static struct reaction try_again(const struct notice *n, void *ctx)
{
    (void)n;
    (void)ctx;
    return (struct reaction){ .kind = OUTCOME_DEFERRED, .code = 451 };
}

static unsigned sent_of(const struct world *w, const char *identifier)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++)
        n += g_str_equal(((struct sent *)g_ptr_array_index(w->sent, i))->identifier, identifier);
    return n;
}

/* An update of a cancel that is not here is let go by a person; then the cancel comes. */
static void what_a_late_cancel_was_for_is_sent_no_more(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    g_autofree char *late = referring("cancel", "desk@dss.example", "A");
    g_autofree char *begun = timestamp_format_utc_s(WORLD_START_MS);
    g_autofree char *cancel = g_strdup_printf("%s,\"sent\":\"%s\"", late, begun);
    g_autofree char *update = referring("update", "desk@dss.example", "C");
    w->answers = try_again;
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    world_send(w, "F", update);
    struct decision_request q = { .kind = DECISION_RELEASE,
                                  .principal = "token:chief",
                                  .missions = 1,
                                  .audience = "{\"missions\":[\"m0002\"]}" };
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "C", cancel), INTAKE_ACCEPTED);
    unsigned alerts = sent_of(w, "A"), updates = sent_of(w, "F");
    world_run_for(w, 10 * MINUTE);
    assert_int_equal(sent_of(w, "A"), alerts);
    assert_true(sent_of(w, "F") > updates);
    assert_int_equal(sent_of(w, "C"), 0);
    world_free(w);
}

static char *first_alert(void)
{
    g_autofree char *at = timestamp_format_utc_s(WORLD_START_MS);
    return g_strdup_printf(
        "{\"identifier\":\"A\",\"sender\":\"desk@dss.example\",\"sent\":\"%s\",\"type\":\"alert\","
        "\"status\":\"actual\",\"urgency\":\"immediate\",\"severity\":\"severe\","
        "\"certainty\":\"likely\",\"audience\":{\"everyone\":true},\"messages\":[{\"language\":"
        "\"en\",\"headline\":\"A\",\"description\":\"Text.\"}]}",
        at);
}

/* Its alert gives way to it, and in the same moment a person rejects it. */
static void what_gave_way_to_what_is_rejected_goes(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    g_autofree char *members = referring("update", "desk@dss.example", "A");
    g_autofree char *alert = first_alert();
    struct world_reply reply;
    assert_int_equal(world_send(w, "B", members), INTAKE_ACCEPTED);
    g_autofree char *id = g_strdup(world_last_id());
    struct decision_request q = { .kind = DECISION_REJECT, .id = id, .principal = "token:chief" };
    world_submit(w, PREVIEW_JSON, alert, &reply);
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, AT_ONCE);
    assert_int_equal(world_to_missions(w), 6);
    world_free(w);
}

#define SOON_OVER "\"expires\":\"2026-11-23T14:40:00Z\""

static void stand_still(const struct intake_result *r, void *ctx)
{
    struct world *w = ctx;
    assert_int_equal(r->kind, INTAKE_ACCEPTED);
    virtual_store_stall(w->service.store, 15 * MINUTE);
}

/* It was accepted, and neither it nor what waited for it could go before their time was over. */
static void of_an_alert_that_expired_before_its_turn_the_duty_desk_hears(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    g_autofree char *to = referring("update", "desk@dss.example", "A");
    g_autofree char *members = g_strconcat(to, "," SOON_OVER, NULL);
    g_autofree char *plain = first_alert();
    g_autofree char *alert = g_strconcat("{" SOON_OVER ",", plain + 1, NULL);
    struct intake_request q = { .type = PREVIEW_JSON,
                                .body = alert,
                                .len = strlen(alert),
                                .principal = "unix:test",
                                .expect_missions = -1 };
    assert_int_equal(world_send(w, "B", members), INTAKE_ACCEPTED);
    intake_submit(&w->service, &q, stand_still, w);
    world_run_for(w, 20 * MINUTE);
    assert_int_equal(world_to_missions(w), 0);
    assert_int_equal(world_records(w, "broadcast.expired"), 1);
    assert_int_equal(world_records(w, "alarm.unreached"), 1);
    world_free(w);
}

/* It waited for its alert, and meanwhile an import took away the mission that it is for. */
static void what_gave_way_to_what_means_nobody_any_more_goes(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    g_autofree char *members = referring("update", "desk@dss.example", "A");
    g_autofree char *to = g_strdup_printf("%s,\"audience\":{\"missions\":[\"m0003\"]}", members);
    g_autofree char *alert = first_alert();
    struct world_reply reply;
    assert_int_equal(world_send(w, "B", to), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    world_set_roster(w, &(struct world_roster){ .missions = 2 });
    world_submit(w, PREVIEW_JSON, alert, &reply);
    world_run_for(w, AT_ONCE);
    assert_int_equal(world_to_missions(w), 4);
    assert_int_equal(world_records(w, "alarm.held"), 2);
    assert_int_equal(world_records(w, "broadcast.released"), 1);
    world_free(w);
}

/* The store fails just when what waited for the alert is let go. */
static void what_waited_goes_when_the_store_is_well_again(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    g_autofree char *members = referring("update", "desk@dss.example", "A");
    g_autofree char *alert = first_alert();
    struct world_reply reply;
    assert_int_equal(world_send(w, "B", members), INTAKE_ACCEPTED);
    world_submit(w, PREVIEW_JSON, alert, &reply);
    while (!reply.there)
        assert_true(virtual_step(w->service.loop));
    virtual_store_fail(w->service.store, 1);
    world_run_for(w, MINUTE);
    assert_int_equal(world_to_missions(w), 6);
    assert_int_equal(world_records(w, "broadcast.released"), 1);
    world_free(w);
}

static void nobody_affected_is_a_result_that_the_duty_desk_sees(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    assert_int_equal(world_send(w, "A", "\"audience\":{\"states\":[\"WY\"]}"), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(world_to_missions(w), 0);
    assert_int_equal(world_sent_to(w, "duty@pld.dss.example"), 1);
    world_free(w);
}

static void corrected(const struct correction_result *r, void *ctx)
{
    bool *taken = ctx;
    if (!r->intake || r->intake->kind != INTAKE_ACCEPTED)
        fail_msg("%s", r->intake ? faults_to_text(r->intake->faults) : r->reason);
    *taken = true;
}

static void cancel_it(struct world *w, const struct correction_request *q)
{
    bool taken = false;
    correction_submit(&w->service, q, corrected, &taken);
    for (int64_t at = world_now_ms(w); !taken; at++)
        virtual_run_until(w->service.loop, at);
    world_run_for(w, MINUTE);
}

/* Whatever it is called and says: identifiers of 256 bytes, words that would contradict a status.
 */
static void every_broadcast_can_be_cancelled(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autofree char *longest = g_strnfill(256, 'i');
    assert_int_equal(world_send(w, longest, ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    struct correction_request q = { .id = world_last_id(),
                                    .principal = "unix:test",
                                    .false_alarm = true,
                                    .reason = "This is not a real emergency: this is only a test" };
    cancel_it(w, &q);
    assert_int_equal(world_to_missions(w), 2 * (2 + 2));
    world_free(w);
}

/* Its update was sent by a clock that is ahead: what a person cancels is the event, as it is here.
 */
static void a_cancel_is_a_later_word_than_all_that_is_here(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autofree char *ahead = timestamp_format_utc_s(WORLD_START_MS + 10 * MINUTE);
    g_autofree char *to = referring("update", "desk@dss.example", "A");
    g_autofree char *members = g_strdup_printf("%s,\"sent\":\"%s\"", to, ahead);
    world_send(w, "A", "");
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "U", members), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    unsigned before = world_to_missions(w);
    cancel_it(w, &(struct correction_request){ .id = id, .principal = "unix:test" });
    assert_int_equal(world_to_missions(w), before + 4);
    world_free(w);
}

static void refused(const struct correction_result *r, void *ctx)
{
    *(bool *)ctx = r->found && !r->intake && !r->json && strstr(r->reason, "reject");
}

/* It would cancel what the update corrects, which everybody has. */
static void an_update_that_waits_is_rejected_not_cancelled(void **state)
{
    (void)state;
    struct world *w =
        world_new(&(struct world_roster){ .missions = 2, .second_person = "actual 2 1800" });
    struct decision_request approve = { .kind = DECISION_APPROVE,
                                        .principal = "token:chief",
                                        .missions = 2 };
    g_autofree char *members = referring("update", "desk@dss.example", "A");
    bool answered = false;
    world_send(w, "A", "");
    assert_int_equal(world_decide(w, &approve), DECISION_DONE);
    world_run_for(w, MINUTE);
    assert_int_equal(world_to_missions(w), 4);
    assert_int_equal(world_send(w, "B", members), INTAKE_ACCEPTED);
    struct correction_request q = { .id = world_last_id(), .principal = "unix:test" };
    correction_submit(&w->service, &q, refused, &answered);
    world_run_for(w, MINUTE);
    assert_int_equal(world_to_missions(w), 4);
    assert_true(answered);
    world_free(w);
}

static void so_it_is_after_the_clock_was_set_back(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    unsigned before = world_to_missions(w);
    world_crash(w);
    world_start(w, WORLD_START_MS - 60 * MINUTE);
    cancel_it(w, &(struct correction_request){ .id = world_last_id(), .principal = "unix:test" });
    assert_int_equal(world_to_missions(w), before + 4);
    world_free(w);
}

static void drafts_are_recorded_and_go_nowhere(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    assert_int_equal(world_send(w, "A", "\"status\":\"draft\""), INTAKE_ACCEPTED);
    assert_int_equal(world_send(w, "B", "\"status\":\"system\""), INTAKE_ACCEPTED);
    world_run_for(w, 60 * MINUTE);
    assert_int_equal(w->sent->len, 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_strangers_cancel_does_nothing),
        cmocka_unit_test(a_sender_named_for_it_may_cancel_for_others),
        cmocka_unit_test(a_strangers_late_update_is_refused_like_one_in_time),
        cmocka_unit_test(an_update_of_what_is_not_here_is_held_until_a_person_releases_it),
        cmocka_unit_test(what_a_late_cancel_was_for_is_sent_no_more),
        cmocka_unit_test(what_gave_way_to_what_is_rejected_goes),
        cmocka_unit_test(what_gave_way_to_what_means_nobody_any_more_goes),
        cmocka_unit_test(of_an_alert_that_expired_before_its_turn_the_duty_desk_hears),
        cmocka_unit_test(what_waited_goes_when_the_store_is_well_again),
        cmocka_unit_test(nobody_affected_is_a_result_that_the_duty_desk_sees),
        cmocka_unit_test(every_broadcast_can_be_cancelled),
        cmocka_unit_test(a_cancel_is_a_later_word_than_all_that_is_here),
        cmocka_unit_test(so_it_is_after_the_clock_was_set_back),
        cmocka_unit_test(an_update_that_waits_is_rejected_not_cancelled),
        cmocka_unit_test(drafts_are_recorded_and_go_nowhere),
    };
    return cmocka_run_group_tests_name("release on the virtual clock", tests, NULL, NULL);
}
