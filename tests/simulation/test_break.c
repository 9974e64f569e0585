/* Statements of the store that fail, one after another: each name is a promise. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_statement_of_a_correction_may_fail),
    };
    return cmocka_run_group_tests_name("statements that fail", tests, NULL, NULL);
}
