/* A store that fails at any statement, or at the start: each name is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "flow/preview.h"
#include "world.h"

#define MINUTE INT64_C(60000)

static const char update[] =
    "{\"identifier\":\"B\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:05Z\","
    "\"status\":\"actual\",\"type\":\"update\",\"urgency\":\"immediate\",\"severity\":\"severe\","
    "\"certainty\":\"likely\",\"references\":[{\"identifier\":\"A\",\"sender\":"
    "\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}],\"audience\":{\"everyone\":true},"
    "\"messages\":[{\"language\":\"en\",\"headline\":\"B\",\"description\":\"Text.\"}]}";

static enum intake_kind submit(struct world *w)
{
    struct world_reply reply;
    world_submit(w, PREVIEW_JSON, update, &reply);
    for (int64_t at = world_now_ms(w); !reply.there; at++)
        virtual_run_until(w->service.loop, at);
    return reply.kind;
}

static void everybody_has_the_update_once(struct world *w)
{
    unsigned sent = 0;
    for (guint i = 0; i < w->sent->len; i++)
        sent += g_str_equal(((struct sent *)g_ptr_array_index(w->sent, i))->identifier, "B");
    assert_int_equal(sent, 3);
    assert_int_equal(world_records(w, "broadcast.accepted"), 2);
    assert_int_equal(world_records(w, "broadcast.superseded"), 1);
    assert_int_equal(world_notifications(w, NOTIFICATION_ACCEPTED), 3);
}

/* The n-th from the correction's intake on; true: it came so far. */
static bool break_at(unsigned n, unsigned times)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE / 6);
    world_storage_break(w->storage, n, times);
    enum intake_kind kind = submit(w);
    bool broken = world_storage_broken(w->storage);
    assert_true(kind == INTAKE_ACCEPTED || (kind == INTAKE_UNAVAILABLE && broken));
    world_run_for(w, MINUTE / 6);
    world_storage_break(w->storage, 0, 0);
    if (kind == INTAKE_UNAVAILABLE)
        assert_int_equal(submit(w), INTAKE_ACCEPTED);
    world_run_for(w, 10 * MINUTE);
    everybody_has_the_update_once(w);
    world_free(w);
    return broken;
}

static void any_statement_of_a_correction_may_fail(void **state)
{
    (void)state;
    for (unsigned times = 1; times <= 3; times++) {
        unsigned n = 1;
        while (break_at(n, times))
            n++;
        assert_true(n > 50);
    }
}

/* --- a store that does not answer at the start --- */

static struct reaction silent(const struct notice *n, void *ctx)
{
    (void)n;
    (void)ctx;
    return (struct reaction){ .kind = OUTCOME_UNKNOWN, .after_ms = 10 * MINUTE };
}

static unsigned parts_to(const struct world *w, const char *endpoint, const char *identifier)
{
    unsigned parts = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        if (g_str_equal(s->endpoint, endpoint) && g_str_equal(s->identifier, identifier))
            parts |= s->parts;
    }
    return parts;
}

static char *referring(const char *to, const char *members)
{
    g_autofree char *sent = timestamp_format_utc_s(WORLD_START_MS);
    return g_strdup_printf("\"type\":\"update\",\"references\":[{\"identifier\":\"%s\",\"sender\":"
                           "\"desk@dss.example\",\"sent\":\"%s\"}]%s",
                           to, sent, members);
}

static void who_may_have_it_is_corrected_before_the_queue_is_recovered(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autofree char *other = referring("A", ",\"audience\":{\"missions\":[\"m0002\"]}");
    w->answers = silent;
    world_send(w, "A", "\"audience\":{\"missions\":[\"m0001\"]}");
    world_run_for(w, MINUTE);
    world_crash(w);
    w->answers = NULL;
    world_start(w, WORLD_START_MS + 2 * MINUTE);
    virtual_store_fail(w->service.store, 1); /* the recovery's */
    assert_int_equal(world_send(w, "B", other), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(parts_to(w, "mailto:r1@m0001.example", "B"), 1u << PART_RELEASE);
    assert_int_equal(parts_to(w, "mailto:r1@m0002.example", "B"), 1u << PART_FULL);
    world_free(w);
}

/* Killed between the alert and what waited for it; then the store fails after so many pieces. */
static void waits_for_a_store_that_fails_after(unsigned pieces)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    g_autofree char *update_of_a = referring("A", "");
    static const char alert[] =
        "{\"identifier\":\"A\",\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\","
        "\"status\":\"actual\",\"type\":\"alert\",\"urgency\":\"immediate\",\"severity\":"
        "\"severe\","
        "\"certainty\":\"likely\",\"audience\":{\"everyone\":true},\"messages\":[{\"language\":"
        "\"en\","
        "\"headline\":\"A\",\"description\":\"Text.\"}]}";
    struct world_reply reply;
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "B", update_of_a), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(parts_to(w, "mailto:r1@m0001.example", "B"), 0);
    world_submit(w, PREVIEW_JSON, alert, &reply);
    while (!reply.there)
        assert_true(virtual_step(w->service.loop));
    world_crash(w);
    world_start(w, WORLD_START_MS + 3 * MINUTE);
    for (unsigned i = 0; i < pieces; i++)
        virtual_step(w->service.loop);
    virtual_store_fail(w->service.store, 2);
    world_run_for(w, MINUTE);
    assert_int_equal(parts_to(w, "mailto:r1@m0001.example", "B"), 1u << PART_FULL);
    assert_int_equal(parts_to(w, "mailto:r1@m0001.example", "A"), 0);
    world_free(w);
}

static void what_waited_goes_though_the_store_fails_at_the_start(void **state)
{
    (void)state;
    for (unsigned pieces = 0; pieces < 30; pieces++)
        waits_for_a_store_that_fails_after(pieces);
}

/* What an update gave way to has expired when the store answers again: the update goes. */
static void what_gave_way_to_what_has_expired_goes_itself(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    g_autofree char *late = timestamp_format_utc_s(WORLD_START_MS + 5000);
    g_autofree char *over = timestamp_format_utc_s(WORLD_START_MS + 3 * MINUTE);
    g_autofree char *next =
        g_strdup_printf("\"type\":\"update\",\"references\":[{\"identifier\":\"B\",\"sender\":"
                        "\"desk@dss.example\",\"sent\":\"%s\"}],\"expires\":\"%s\"",
                        late, over);
    world_send(w, "A", "");
    world_run_for(w, MINUTE);
    assert_int_equal(world_send(w, "D", next), INTAKE_ACCEPTED);
    virtual_store_stall(w->service.store, 10 * MINUTE);
    assert_int_equal(submit(w), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(parts_to(w, "mailto:r1@m0001.example", "B"), 1u << PART_UPDATE);
    assert_int_equal(parts_to(w, "mailto:r1@m0001.example", "D"), 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_statement_of_a_correction_may_fail),
        cmocka_unit_test(who_may_have_it_is_corrected_before_the_queue_is_recovered),
        cmocka_unit_test(what_gave_way_to_what_has_expired_goes_itself),
        cmocka_unit_test(what_waited_goes_though_the_store_fails_at_the_start),
    };
    return cmocka_run_group_tests_name("a store that fails", tests, NULL, NULL);
}
