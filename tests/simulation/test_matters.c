/*
 * What missions put to DSS, on the virtual clock: whose it is at which instant, and what falls due
 * when, each once, over crashes too.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "flow/acknowledge.h"
#include "flow/campaign.h"
#include "flow/matter_desk.h"
#include "world.h"

#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

#define OFFICE "mailto:duty@chicago.dss.example"
#define CENTER "mailto:duty@command-center.dss.example"
#define POLICE "mailto:liaison@local-police.example"
#define MISSION "mailto:r1@m0001.example"

#define INFORM(urgency)                                                                            \
    "{\"kind\":\"security-information\",\"mission\":\"m0001\",\"urgency\":\"" urgency              \
    "\",\"body\":{\"what\":\"A\",\"where\":\"B\",\"when\":\"C\"}}"
#define ASK                                                                                        \
    "{\"kind\":\"assistance-request\",\"mission\":\"m0001\",\"body\":{\"subject\":"                \
    "\"Emergency Reaction Plans\",\"concerns\":\"A\",\"objectives\":\"B\",\"coordinator\":\"C\"}}"

struct seen { /* of the last answer */
    bool there;
    int64_t no;
    enum matter_state state;
    char owner[64];
    unsigned events;
};

static void answered(const struct matter_result *r, void *ctx)
{
    struct seen *s = ctx;
    assert_int_equal(r->outcome, MATTER_DONE);
    s->there = true;
    s->no = r->matter->no;
    s->state = r->matter->state;
    g_strlcpy(s->owner, r->matter->owner, sizeof s->owner);
    s->events = r->events ? r->events->len : 0;
}

static void wait_for(struct world *w, struct seen *s)
{
    for (int64_t at = world_now_ms(w); !s->there; at++)
        virtual_run_until(w->service.loop, at);
}

static struct seen opened(struct world *w, const char *body)
{
    struct seen s = { 0 };
    struct matter_opening q = { .body = body, .len = strlen(body), .principal = "unix:test" };
    matter_desk_open(&w->service, &q, answered, &s);
    wait_for(w, &s);
    return s;
}

static struct seen look(struct world *w, int64_t no)
{
    struct seen s = { 0 };
    matter_desk_show(&w->service, no, NULL, answered, &s);
    wait_for(w, &s);
    return s;
}

static void decide(struct world *w, int64_t no, enum matter_action action)
{
    struct seen s = { 0 };
    struct matter_decision q = {
        .no = no, .action = action, .principal = "unix:test", .note = "done"
    };
    matter_desk_decide(&w->service, &q, answered, &s);
    wait_for(w, &s);
}

/* How many messages with such a headline went there. */
static unsigned told(const struct world *w, const char *endpoint, const char *headline)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += g_str_equal(s->endpoint, endpoint) && strstr(s->headline, headline) != NULL;
    }
    return n;
}

/* The world begins on Monday 2026-11-23 at 08:30 in Chicago. */
static const struct owner_row {
    const char *name, *body;
    int64_t after_ms;
    const char *owner;
} owners[] = {
    { "in office hours", INFORM("expected"), 0, "office:chicago" },
    { "at the last minute of the day", INFORM("expected"), 8 * HOUR + 29 * MINUTE,
      "office:chicago" },
    { "at closing time", INFORM("expected"), 8 * HOUR + 30 * MINUTE, "desk:command-center" },
    { "before opening time", INFORM("expected"), 23 * HOUR + 29 * MINUTE, "desk:command-center" },
    { "at opening time", INFORM("expected"), 23 * HOUR + 30 * MINUTE, "office:chicago" },
    { "on Thanksgiving", INFORM("expected"), 3 * DAY, "desk:command-center" },
    { "on Saturday", INFORM("expected"), 5 * DAY, "desk:command-center" },
    { "a request, on Saturday too", ASK, 5 * DAY, "office:chicago" },
};

static void each_instant_has_its_owner(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(owners); i++) {
        struct world *w = world_new(&(struct world_roster){ .missions = 1 });
        world_run_for(w, owners[i].after_ms);
        struct seen s = opened(w, owners[i].body);
        world_run_for(w, MINUTE);
        if (strcmp(s.owner, owners[i].owner) != 0)
            fail_msg("%s: %s", owners[i].name, s.owner);
        const char *to = g_str_equal(s.owner, "office:chicago") ? OFFICE : CENTER;
        assert_int_equal(told(w, to, "number 1"), 1);
        assert_int_equal(told(w, MISSION, "Received under number 1"), 1);
        world_free(w);
    }
}

static void what_nobody_answers_goes_with_the_duty(void **state)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    (void)state;
    world_run_for(w, 4 * DAY + 12 * HOUR); /* Friday, 20:30: the Command Center's */
    struct seen s = opened(w, INFORM("future"));
    assert_string_equal(s.owner, "desk:command-center");
    world_run_for(w, DAY + MINUTE); /* Saturday evening: still theirs */
    assert_int_equal(told(w, CENTER, "Still open"), 1);
    assert_string_equal(look(w, s.no).owner, "desk:command-center");
    world_run_for(w, 10 * DAY); /* on Sunday and on Monday evening it is theirs too; then no more */
    assert_int_equal(told(w, CENTER, "Still open"), 3);
    assert_int_equal(told(w, OFFICE, "Still open"), 0);
    world_free(w);

    w = world_new(&(struct world_roster){ .missions = 1 });
    world_run_for(w, 6 * DAY); /* Sunday, 08:30 */
    s = opened(w, INFORM("future"));
    assert_string_equal(s.owner, "desk:command-center");
    world_run_for(w, DAY + MINUTE); /* Monday, 08:30: the office is open */
    assert_int_equal(told(w, OFFICE, "Still open"), 1);
    assert_string_equal(look(w, s.no).owner, "office:chicago");
    decide(w, s.no, MATTER_ANSWER);
    world_run_for(w, 10 * DAY);
    assert_int_equal(told(w, OFFICE, "Still open"), 1); /* what was answered is not overdue */
    world_free(w);
}

static char *post(const struct world *w, int64_t from_ms, int64_t until_ms)
{
    g_autofree char *from = timestamp_format_utc_s(world_now_ms(w) + from_ms);
    g_autofree char *until = timestamp_format_utc_s(world_now_ms(w) + until_ms);
    return g_strdup_printf(
        "{\"kind\":\"protective-response\",\"mission\":\"m0001\",\"body\":{\"form\":\"patrol\","
        "\"interim\":true,\"from\":\"%s\",\"until\":\"%s\",\"reason\":\"R\"}}",
        from, until);
}

/* crash: the daemon dies just before and just after everything that falls due. */
static void live_through_a_post(bool crash)
{
    static const int64_t steps[] = {
        HOUR, 2 * HOUR, 3 * HOUR, 2 * DAY, 2 * DAY + 2 * HOUR, 3 * DAY
    };
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    int64_t begun_ms = world_now_ms(w);
    g_autofree char *body = post(w, 0, 3 * DAY);
    struct seen s = opened(w, body);
    for (size_t i = 0; i < G_N_ELEMENTS(steps); i++) {
        for (int side = -1; side <= 1; side += 2) {
            world_run_for(w, begun_ms + steps[i] + side * 2 * MINUTE - world_now_ms(w));
            int64_t now_ms = world_now_ms(w);
            if (crash) {
                world_crash(w);
                world_start(w, now_ms);
            }
            if (steps[i] == 3 * DAY && side < 0)
                assert_int_equal(look(w, s.no).state, MATTER_OPEN);
        }
    }
    world_run_for(w, 5 * DAY);
    assert_int_equal(told(w, POLICE, "Protective response of"), 1);
    assert_int_equal(told(w, OFFICE, "Not acknowledged by Local police, telephone 911"), 3);
    assert_int_equal(told(w, OFFICE, "Ends at"), 1);
    assert_int_equal(told(w, POLICE, "Ends at"), 1);
    assert_int_equal(told(w, OFFICE, "has ended"), 1);
    assert_int_equal(told(w, POLICE, "has ended"), 1);
    assert_int_equal(told(w, MISSION, "has ended"), 1);
    assert_int_equal(look(w, s.no).state, MATTER_EXPIRED);
    world_free(w);
}

static void what_falls_due_is_told_once(void **state)
{
    (void)state;
    live_through_a_post(false);
}

static void what_falls_due_is_told_once_over_crashes(void **state)
{
    (void)state;
    live_through_a_post(true);
}

static void what_the_partner_has_acknowledged_is_only_reminded_of(void **state)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    g_autofree char *body = post(w, 0, 3 * DAY);
    (void)state;
    struct seen s = opened(w, body);
    world_run_for(w, 30 * MINUTE);
    decide(w, s.no, MATTER_ACKNOWLEDGE);
    world_run_for(w, 2 * DAY - 31 * MINUTE);
    assert_int_equal(told(w, OFFICE, "Not acknowledged"), 0);
    assert_int_equal(told(w, OFFICE, "Ends at"), 0);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(told(w, OFFICE, "Ends at"), 1);
    decide(w, s.no, MATTER_CLOSE);
    world_run_for(w, 5 * DAY);
    assert_int_equal(told(w, OFFICE, "has ended"), 0); /* it was closed before */
    assert_int_equal(told(w, POLICE, "no longer asked for"), 1);
    world_free(w);
}

static void what_was_missed_while_the_daemon_was_down_is_told_late_and_once(void **state)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    g_autofree char *body = post(w, 0, 3 * DAY);
    (void)state;
    struct seen s = opened(w, body);
    world_run_for(w, MINUTE);
    int64_t now_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, now_ms + 2 * DAY + HOUR); /* three times overdue, and about to end */
    world_run_for(w, MINUTE);
    assert_int_equal(told(w, OFFICE, "Not acknowledged"), 1);
    assert_int_equal(told(w, OFFICE, "Ends at"), 1);
    now_ms = world_now_ms(w);
    world_crash(w);
    world_start(w, now_ms + 5 * DAY);
    world_run_for(w, MINUTE);
    assert_int_equal(look(w, s.no).state, MATTER_EXPIRED);
    assert_int_equal(told(w, OFFICE, "Not acknowledged"), 1);
    assert_int_equal(told(w, OFFICE, "has ended"), 1);
    world_free(w);
}

struct started {
    bool there;
    char id[64];
    unsigned confirmed;
};

static void campaign_seen(const struct campaign_result *r, void *ctx)
{
    struct started *s = ctx;
    assert_int_equal(r->outcome, CAMPAIGN_DONE);
    g_strlcpy(s->id, r->row->id, sizeof s->id);
    s->there = true;
    s->confirmed = 0;
    for (guint i = 0; r->obligations && i < r->obligations->len; i++)
        s->confirmed += ((struct obligation *)g_ptr_array_index(r->obligations, i))->state ==
                        OBLIGATION_ACKNOWLEDGED;
}

static void acknowledged(const struct acknowledge_result *r, void *ctx)
{
    assert_int_equal(r->outcome, ACKNOWLEDGE_DONE);
    *(bool *)ctx = true;
}

/* The reader of that mailbox answers the first message that came to it. */
static void answer_from(struct world *w, const char *endpoint)
{
    char digest[LINK_DIGEST_LEN + 1];
    const struct sent *to = NULL;
    bool done = false;
    for (guint i = 0; i < w->sent->len && !to; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        to = g_str_equal(s->endpoint, endpoint) ? s : NULL;
    }
    assert_non_null(to);
    assert_true(link_digest_of(to->token, digest));
    struct acknowledge_request q = {
        .digest = digest, .code = to->code, .answer = ANSWER_UNDERSTOOD, .method = METHOD_PAGE
    };
    acknowledge_submit(&w->service, &q, acknowledged, &done);
    for (int64_t at = world_now_ms(w); !done; at++)
        virtual_run_until(w->service.loop, at);
}

/* After a day and after four: whoever is silent, though the other one of the mission has answered.
 */
static void a_campaign_reminds_whoever_is_silent_and_ends(void **state)
{
    static const char asks[] = "Please confirm your contact data";
    struct world *w = world_new(&(struct world_roster){ .missions = 2, .acknowledge = "" });
    struct started s = { 0 };
    struct campaign_request q = { .principal = "unix:test", .days = 7 };
    (void)state;
    campaign_start(&w->service, &q, campaign_seen, &s);
    for (int64_t at = world_now_ms(w); !s.there; at++)
        virtual_run_until(w->service.loop, at);
    world_run_for(w, HOUR);
    assert_int_equal(w->sent->len, 4); /* the representatives, and nobody else */
    answer_from(w, MISSION);
    assert_int_equal(told(w, "mailto:r2@m0001.example", asks), 1);
    world_run_for(w, DAY);
    assert_int_equal(told(w, "mailto:r2@m0001.example", asks), 2);
    world_run_for(w, 9 * DAY);
    assert_int_equal(told(w, MISSION, asks), 1);
    assert_int_equal(told(w, "mailto:r2@m0001.example", asks), 3);
    assert_int_equal(told(w, "mailto:r1@m0002.example", asks), 3);
    assert_int_equal(w->sent->len, 4 + 2 * 3);
    s.there = false;
    campaign_show(&w->service, s.id, campaign_seen, &s);
    for (int64_t at = world_now_ms(w); !s.there; at++)
        virtual_run_until(w->service.loop, at);
    assert_int_equal(s.confirmed, 1);
    assert_true(proofs_of(w->service.proofs, MISSION) > 0);
    assert_int_equal(proofs_of(w->service.proofs, "mailto:r1@m0002.example"), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_instant_has_its_owner),
        cmocka_unit_test(what_nobody_answers_goes_with_the_duty),
        cmocka_unit_test(what_falls_due_is_told_once),
        cmocka_unit_test(what_falls_due_is_told_once_over_crashes),
        cmocka_unit_test(what_the_partner_has_acknowledged_is_only_reminded_of),
        cmocka_unit_test(a_campaign_reminds_whoever_is_silent_and_ends),
        cmocka_unit_test(what_was_missed_while_the_daemon_was_down_is_told_late_and_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
