/* Who may let what go, on the virtual clock: one row for each path, and its name is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "world_decide.h"

#define MINUTE INT64_C(60000)
#define EXERCISE "\"status\":\"exercise\""
#define AUTHOR "unix:test"
#define CHIEF "token:chief"
#define ONE_MISSION "\"audience\":{\"missions\":[\"m0001\"]}"
#define CORRECTS_OF(type, of)                                                                      \
    "\"type\":\"" type "\",\"references\":[{\"identifier\":\"" of                                  \
    "\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}]"
#define CORRECTS(type) CORRECTS_OF(type, "A") /* which is sent as the world begins */
#define UNKNOWN(type) CORRECTS_OF(type, "Z")

enum what { END, SEND, WAIT, CHANGE, CRASH, APPROVE, BYPASS, RELEASE, REJECT };

struct step {
    enum what what;
    const char *who;     /* decides; of what is sent: its identifier */
    const char *text;    /* SEND: members; BYPASS: the reason; RELEASE: the audience */
    int64_t number;      /* stated missions; WAIT: minutes; CHANGE: the last mission's number */
    int answer;          /* enum decision_outcome */
    const char *because; /* part of the answer's reason; NULL: any */
};

/* clang-format off */
#define SENDS(id, members) { .what = SEND, .who = id, .text = members }
#define WAITS(minutes) { .what = WAIT, .number = minutes }
#define CHANGES(last) { .what = CHANGE, .number = last }
#define CRASHES { .what = CRASH }
#define DECIDES(...) { __VA_ARGS__ }
/* clang-format on */

static struct { /* what decisions are about: the last in the alphabet of what was sent */
    char letter, id[40];
} latest;

/* Rules: an exercise to twenty missions or more needs a second person, or as the row says. */
static const struct row {
    const char *name;
    unsigned missions; /* of the roster, from m0001 */
    const char *rule;  /* NULL: the one above */
    struct step steps[8];
    unsigned told, letters; /* mails to missions; to each approver */
    const char *record;     /* told in the journal once; NULL: nothing is looked for */
} rows[] = {
    { "one that needs a second person waits and the approvers are asked",
      20,
      NULL,
      { SENDS("A", EXERCISE) },
      0,
      1,
      "broadcast.pending" },
    { "a smaller one goes at once", 19, NULL, { SENDS("A", EXERCISE) }, 19, 0, NULL },
    { "another status goes at once", 20, NULL, { SENDS("A", "") }, 40, 0, NULL },
    { "its author cannot approve",
      20,
      NULL,
      { SENDS("A", EXERCISE), DECIDES(APPROVE, AUTHOR, NULL, 20, DECISION_REFUSED, "author") },
      0,
      1,
      NULL },
    { "nobody approves without the number of missions",
      20,
      NULL,
      { SENDS("A", EXERCISE), DECIDES(APPROVE, CHIEF, NULL, -1, DECISION_CHANGED, "20 now"),
        DECIDES(APPROVE, CHIEF, NULL, 19, DECISION_CHANGED, "19 missions were stated, 20") },
      0,
      1,
      NULL },
    { "a second person who states the number lets it go, once",
      20,
      NULL,
      { SENDS("A", EXERCISE), DECIDES(APPROVE, CHIEF, NULL, 20, DECISION_DONE, NULL),
        DECIDES(APPROVE, CHIEF, NULL, 20, DECISION_REFUSED, "does not wait") },
      20,
      1,
      "broadcast.approved" },
    { "after a change it must be looked at again, and the difference is said",
      20,
      NULL,
      { SENDS("A", EXERCISE), CHANGES(21),
        DECIDES(APPROVE, CHIEF, NULL, 20, DECISION_CHANGED, "+m0021") },
      0,
      1,
      "broadcast.changed" },
    { "and is approved with the new number",
      20,
      NULL,
      { SENDS("A", EXERCISE), CHANGES(21),
        DECIDES(APPROVE, CHIEF, NULL, 21, DECISION_CHANGED, "21 now"),
        DECIDES(APPROVE, CHIEF, NULL, 21, DECISION_DONE, NULL) },
      21,
      1,
      "broadcast.approved" },
    { "the approvers are reminded when half of the time has passed",
      20,
      NULL,
      { SENDS("A", EXERCISE), WAITS(15) },
      0,
      2,
      "broadcast.reminded" },
    { "once, whatever happens to the daemon, and then it lapses",
      20,
      NULL,
      { SENDS("A", EXERCISE), WAITS(15), CRASHES, WAITS(60),
        DECIDES(APPROVE, CHIEF, NULL, 20, DECISION_REFUSED, NULL) },
      0,
      2,
      "broadcast.lapsed" },
    { "the way round needs a reason",
      20,
      NULL,
      { SENDS("A", EXERCISE), DECIDES(BYPASS, AUTHOR, NULL, 20, DECISION_REFUSED, "reason") },
      0,
      1,
      NULL },
    { "the way round tells every approver at once",
      20,
      NULL,
      { SENDS("A", EXERCISE), DECIDES(BYPASS, AUTHOR, "it happens now", 20, DECISION_DONE, NULL) },
      20,
      2,
      "alarm.bypass" },
    { "the way round is for what is immediate",
      20,
      NULL,
      { SENDS("A", EXERCISE ",\"urgency\":\"expected\""),
        DECIDES(BYPASS, AUTHOR, "it happens now", 20, DECISION_REFUSED, "immediate") },
      0,
      1,
      NULL },
    { "what is rejected never goes",
      20,
      NULL,
      { SENDS("A", EXERCISE), DECIDES(REJECT, CHIEF, NULL, -1, DECISION_DONE, NULL), WAITS(60),
        DECIDES(APPROVE, CHIEF, NULL, 20, DECISION_REFUSED, NULL) },
      0,
      1,
      "broadcast.rejected" },
    { "a cancel never waits",
      3,
      "actual 1 1800",
      { SENDS("A", ""), DECIDES(APPROVE, CHIEF, NULL, 3, DECISION_DONE, NULL), WAITS(1),
        SENDS("C", CORRECTS("cancel")) },
      12,
      1,
      NULL },
    { "an early update that waits for approval is not let go by its alert",
      3,
      "actual 3 1800",
      { SENDS("B", CORRECTS("update")), SENDS("A", ONE_MISSION), WAITS(5) },
      2,
      1,
      NULL },
    { "and follows it when it is approved",
      3,
      "actual 3 1800",
      { SENDS("B", CORRECTS("update")), SENDS("A", ONE_MISSION), WAITS(1),
        DECIDES(APPROVE, CHIEF, NULL, 3, DECISION_DONE, NULL) },
      8,
      1,
      "broadcast.approved" },
    { "approval counts everyone whom a correction speaks to",
      3,
      "actual 3 1800",
      { SENDS("A", ""), DECIDES(APPROVE, CHIEF, NULL, 3, DECISION_DONE, NULL), WAITS(1),
        SENDS("B", CORRECTS("update") "," ONE_MISSION),
        DECIDES(APPROVE, CHIEF, NULL, 1, DECISION_CHANGED, "1 missions were stated, 3"),
        DECIDES(APPROVE, CHIEF, NULL, 3, DECISION_DONE, NULL) },
      12,
      2,
      NULL },
    { "what waited for a version that lets many go needs one more too",
      3,
      "actual 3 1800",
      { SENDS("A", ""), DECIDES(APPROVE, CHIEF, NULL, 3, DECISION_DONE, NULL),
        SENDS("C", CORRECTS_OF("update", "B") "," ONE_MISSION),
        SENDS("B", CORRECTS("update") "," ONE_MISSION), WAITS(1) },
      6,
      3,
      NULL },
    { "nor does it keep back what it waited for",
      3,
      "actual 3 1800",
      { SENDS("A", ""), DECIDES(APPROVE, CHIEF, NULL, 3, DECISION_DONE, NULL),
        SENDS("C", CORRECTS_OF("update", "B") "," ONE_MISSION), SENDS("B", CORRECTS("cancel")),
        WAITS(1) },
      12,
      2,
      NULL },
    { "one who releases what is held is the second person",
      3,
      "actual 3 1800",
      { SENDS("B", UNKNOWN("update") "," ONE_MISSION),
        DECIDES(RELEASE, AUTHOR, "{\"everyone\":true}", 3, DECISION_REFUSED, "second person"),
        DECIDES(RELEASE, CHIEF, "{\"everyone\":true}", 3, DECISION_DONE, NULL) },
      6,
      0,
      "broadcast.released" },
    { "its author may, where the rule asks for nobody",
      3,
      "actual 3 1800",
      { SENDS("B", UNKNOWN("update") "," ONE_MISSION),
        DECIDES(RELEASE, AUTHOR, "{\"missions\":[\"m0001\",\"m0002\"]}", 2, DECISION_DONE, NULL) },
      4,
      0,
      "broadcast.released" },
    { "nothing is released to nobody in particular",
      3,
      NULL,
      { SENDS("B", UNKNOWN("update")), DECIDES(RELEASE, CHIEF, "{}", 1, DECISION_INVALID, NULL) },
      0,
      0,
      "broadcast.held" },
    { "what waits for approval is not released by giving it an audience",
      20,
      NULL,
      { SENDS("A", EXERCISE),
        DECIDES(RELEASE, CHIEF, "{\"missions\":[\"m0001\"]}", 1, DECISION_REFUSED, "approval") },
      0,
      1,
      NULL },
};

static void take(struct world *w, const struct row *r, const struct step *s)
{
    struct decision_request q = { .id = latest.id, .principal = s->who, .missions = s->number };
    enum decision_outcome got;
    int64_t now_ms;
    switch (s->what) {
    case SEND:
        assert_int_equal(world_send(w, s->who, s->text), INTAKE_ACCEPTED);
        if (*s->who >= latest.letter)
            g_strlcpy(latest.id, world_last_id(), sizeof latest.id);
        latest.letter = MAX(latest.letter, *s->who);
        return;
    case WAIT:
        world_run_for(w, s->number * MINUTE);
        return;
    case CHANGE:
        world_set_roster(w, &(struct world_roster){ .missions = (unsigned)s->number });
        return;
    case CRASH:
        now_ms = world_now_ms(w);
        world_crash(w);
        world_start(w, now_ms + MINUTE);
        return;
    default:
        break;
    }
    q.kind = s->what == APPROVE   ? DECISION_APPROVE
             : s->what == BYPASS  ? DECISION_BYPASS
             : s->what == RELEASE ? DECISION_RELEASE
                                  : DECISION_REJECT;
    q.reason = s->what == BYPASS ? s->text : NULL;
    q.audience = s->what == RELEASE ? s->text : NULL;
    got = world_decide(w, &q);
    if (got != (enum decision_outcome)s->answer)
        fail_msg("%s: answered %d: %s", r->name, (int)got, world_decided.reason);
    if (s->because && !strstr(world_decided.reason, s->because))
        fail_msg("%s: answered: %s", r->name, world_decided.reason);
}

static void each_path_ends_as_it_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct world *w =
            world_new(&(struct world_roster){ .missions = r->missions, .second_person = r->rule });
        latest.letter = 0;
        for (const struct step *s = r->steps; s->what != END; s++)
            take(w, r, s);
        world_run_for(w, MINUTE);
        unsigned told = world_to_missions(w), first = world_sent_to(w, "approver@dss.example"),
                 second = world_sent_to(w, "deputy@dss.example");
        if (told != r->told || first != r->letters || second != r->letters)
            fail_msg("%s: %u mails to missions, %u and %u to the approvers", r->name, told, first,
                     second);
        if (r->record && world_records(w, r->record) != 1)
            fail_msg("%s: %u times %s", r->name, world_records(w, r->record), r->record);
        world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(each_path_ends_as_it_should) };
    return cmocka_run_group_tests_name("approval on the virtual clock", tests, NULL, NULL);
}
