/* CAP through the whole intake, on the virtual clock (2026-11-23T14:30Z): each name is a promise.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "flow/decision.h"
#include "flow/preview.h"
#include "world.h"

#define ALERT "<status>Actual</status><msgType>Alert</msgType><scope>Public</scope>"
#define DRILL "<status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>"
#define PRIVATE(addresses)                                                                         \
    "<status>Actual</status><msgType>Alert</msgType><scope>Private</scope><addresses>" addresses   \
    "</addresses>"
#define REFERENCES "<references>s,A,2026-11-23T09:00:00-05:00</references>"
#define UPDATE "<status>Actual</status><msgType>Update</msgType><scope>Public</scope>" REFERENCES
#define CANCEL(note)                                                                               \
    "<status>Actual</status><msgType>Cancel</msgType><scope>Public</scope><note>" note             \
    "</note>" REFERENCES
#define INFO(event, times, text, area)                                                             \
    "<info><category>Security</category><event>" event "</event><urgency>Expected</urgency>"       \
    "<severity>Minor</severity><certainty>Likely</certainty>" times "<headline>" text              \
    "</headline>" area "</info>"
#define CODE(name, value)                                                                          \
    "<area><areaDesc>x</areaDesc><geocode><valueName>" name "</valueName><value>" value            \
    "</value></geocode></area>"
#define CHICAGO CODE("SAME", "017031")
#define PLAIN INFO("E", "", "Text", CHICAGO)
#define OVER "<expires>2026-11-23T14:00:00-00:00</expires>"
#define COUNTRY(code)                                                                              \
    "<parameter><valueName>dss:country</valueName><value>" code "</value></parameter>"

/* What became of it: its kind, and of a stored one its state, missions and why it is held. */
static struct taken {
    bool there;
    enum intake_kind kind;
    enum broadcast_state state;
    unsigned missions;
    char hold[300], codes[300];
} taken_copy;

static void note_codes(const GPtrArray *faults)
{
    for (guint i = 0; i < faults->len; i++) {
        const struct fault *f = g_ptr_array_index(faults, i);
        g_strlcat(taken_copy.codes, f->code, sizeof taken_copy.codes);
        g_strlcat(taken_copy.codes, " ", sizeof taken_copy.codes);
    }
}

static void taken(const struct intake_result *r, void *ctx)
{
    (void)ctx;
    taken_copy = (struct taken){ .there = true, .kind = r->kind };
    if (r->row) {
        taken_copy.state = r->row->state;
        taken_copy.missions = r->row->missions;
        g_strlcpy(taken_copy.hold, r->row->hold, sizeof taken_copy.hold);
    }
    note_codes(r->faults->errors);
    note_codes(r->faults->warnings);
}

static void send_cap(struct world *w, const char *head, const char *infos)
{
    g_autofree char *text = g_strdup_printf(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>X</identifier>"
        "<sender>s</sender><sent>2026-11-23T09:30:00-05:00</sent>%s%s</alert>",
        head, infos);
    struct intake_request q = { .type = PREVIEW_CAP,
                                .body = text,
                                .len = strlen(text),
                                .principal = "unix:test",
                                .expect_missions = -1 };
    taken_copy.there = false;
    intake_submit(&w->service, &q, taken, NULL);
    for (int64_t at = world_now_ms(w); !taken_copy.there; at++)
        virtual_run_until(w->service.loop, at);
}

static const struct row {
    const char *name, *head, *infos;
    enum intake_kind kind;
    enum broadcast_state state;
    const char *hold, *code; /* parts; NULL: none is asked for */
    unsigned missions, sends;
} rows[] = {
    { "an alert goes to its county", ALERT, PLAIN, INTAKE_ACCEPTED, BROADCAST_RELEASED, NULL, NULL,
      2, 5 },
    { "an expired alert is recorded and goes nowhere", ALERT, INFO("E", OVER, "Text", CHICAGO),
      INTAKE_ACCEPTED, BROADCAST_EXPIRED, NULL, "expired", 0, 0 },
    { "an expired update is recorded, and the duty desk is told", UPDATE,
      INFO("E", OVER, "Text", CHICAGO), INTAKE_ACCEPTED, BROADCAST_EXPIRED, NULL, "expired", 0, 1 },
    { "a known county without missions is nobody", ALERT,
      INFO("E", "", "Text", CODE("SAME", "048201")), INTAKE_ACCEPTED, BROADCAST_RELEASED, NULL,
      NULL, 0, 1 },
    { "a county that is none is held", ALERT, INFO("E", "", "Text", CODE("SAME", "017999")),
      INTAKE_ACCEPTED, BROADCAST_PENDING, "17999", "unknown-county", 0, 1 },
    { "a city that nobody knows is held", ALERT,
      INFO("E", "", "Text", CODE("dss:city", "Nowhere, IL")), INTAKE_ACCEPTED, BROADCAST_PENDING,
      "Nowhere, IL", "unknown-city", 0, 1 },
    { "a country that sends nobody is held", ALERT, INFO("E", COUNTRY("ZZ"), "Text", CHICAGO),
      INTAKE_ACCEPTED, BROADCAST_PENDING, "ZZ", "unknown-country", 0, 1 },
    { "so is one in an address", PRIVATE("country:ZZ"), PLAIN, INTAKE_ACCEPTED, BROADCAST_PENDING,
      "ZZ", "unknown-country", 0, 1 },
    { "an address that is no mission's holds all", PRIVATE("m0001 us-nowhere"), PLAIN,
      INTAKE_ACCEPTED, BROADCAST_PENDING, "us-nowhere", "unknown-mission", 0, 1 },

    { "an exercise that says it is real is refused", DRILL,
      INFO("E", "", "THIS IS NOT A DRILL", CHICAGO), INTAKE_INVALID, 0, NULL, "contradicts-status",
      0, 0 },
    { "also where its event says so", DRILL, INFO("Not a drill", "", "Text", CHICAGO),
      INTAKE_INVALID, 0, NULL, "contradicts-status", 0, 0 },
    { "and where its note does",
      "<status>Exercise</status><msgType>Alert</msgType><scope>Public</scope>"
      "<note>Dies ist keine Übung!</note>",
      PLAIN, INTAKE_INVALID, 0, NULL, "contradicts-status", 0, 0 },
    { "a live one that says it is a test is held", ALERT,
      INFO("E", "", "This is only a test", CHICAGO), INTAKE_ACCEPTED, BROADCAST_PENDING,
      "this is only a test", "contradicts-status", 0, 1 },
    { "also where its event says so", ALERT, INFO("This is a drill", "", "Text", CHICAGO),
      INTAKE_ACCEPTED, BROADCAST_PENDING, "this is a drill", "contradicts-status", 0, 1 },
    { "a cancel may say that it was only a test", CANCEL("This is only a test, sent in error."), "",
      INTAKE_ACCEPTED, BROADCAST_PENDING, "is not here", NULL, 0, 1 },
};

static void check_row(const struct row *r)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    send_cap(w, r->head, r->infos);
    world_run_for(w, 60000);
    if (taken_copy.kind != r->kind || (r->kind == INTAKE_ACCEPTED && taken_copy.state != r->state))
        fail_msg("%s: kind %d, state %s, %s; %s", r->name, (int)taken_copy.kind,
                 broadcast_state_names[taken_copy.state], taken_copy.hold, taken_copy.codes);
    if (r->hold ? !strstr(taken_copy.hold, r->hold) : *taken_copy.hold != '\0')
        fail_msg("%s: held because “%s”", r->name, taken_copy.hold);
    if (r->code && !strstr(taken_copy.codes, r->code))
        fail_msg("%s: %s", r->name, taken_copy.codes);
    if (taken_copy.missions != r->missions || w->sent->len != r->sends)
        fail_msg("%s: %u missions, %u sends", r->name, taken_copy.missions, w->sent->len);
    world_free(w);
}

static void what_becomes_of_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        check_row(&rows[i]);
}

static void in_json_an_expired_one_is_refused(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    assert_int_equal(world_send(w, "A",
                                "\"sent\":\"2026-11-23T14:00:00Z\","
                                "\"expires\":\"2026-11-23T14:10:00Z\""),
                     INTAKE_INVALID);
    world_free(w);
}

/* A cancel quotes its alert and gives a reason: neither stops it. */
static void a_correction_is_never_in_the_way_of_its_own_words(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    assert_int_equal(world_send(w, "A", "\"sent\":\"2026-11-23T14:30:00Z\""), INTAKE_ACCEPTED);
    world_run_for(w, 60000);
    unsigned before = w->sent->len;
    assert_int_equal(
        world_send(w, "C",
                   "\"type\":\"cancel\",\"references\":[{\"identifier\":\"A\",\"sender\":"
                   "\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}],\"messages\":[{"
                   "\"language\":\"en\",\"headline\":\"Cancelled: This is not a drill\","
                   "\"description\":\"This is not a real emergency. Reason: this is only a "
                   "test\"}]"),
        INTAKE_ACCEPTED);
    world_run_for(w, 60000);
    assert_int_equal(w->sent->len, 2 * before);
    world_free(w);
}

/* Every word that an exercise says comes from its own address; without one it is not taken. */
static void an_exercise_needs_its_own_address(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    char *kept = w->service.config->mail.exercise_address, none[] = "";
    w->service.config->mail.exercise_address = none;
    send_cap(w, DRILL, PLAIN);
    assert_int_equal(taken_copy.kind, INTAKE_INVALID);
    assert_non_null(strstr(taken_copy.codes, "no-exercise-address"));
    w->service.config->mail.exercise_address = kept;
    send_cap(w, DRILL, PLAIN);
    assert_int_equal(taken_copy.kind, INTAKE_ACCEPTED);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_becomes_of_it),
        cmocka_unit_test(in_json_an_expired_one_is_refused),
        cmocka_unit_test(a_correction_is_never_in_the_way_of_its_own_words),
        cmocka_unit_test(an_exercise_needs_its_own_address),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
