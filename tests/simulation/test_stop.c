/* What a stop leaves for the next start, on the virtual clock: each name is a promise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "flow/dispatch.h"
#include "world.h"

#define MINUTE INT64_C(60000)

static void note_stop(void *ctx)
{
    *(bool *)ctx = true;
}

static unsigned desk_hears(const struct world *w)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++)
        n += g_str_has_prefix(((struct sent *)g_ptr_array_index(w->sent, i))->endpoint,
                              "mailto:duty@");
    return n;
}

/* It takes long to make, and is not on its way before. */
static void a_desks_list_that_is_being_made_waits_for_the_next_start(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 60 });
    bool stopped = false;
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 0);
    guint sent = w->sent->len;
    assert_true(sent > 0);
    dispatch_stop(w->service.dispatch, note_stop, &stopped);
    world_run_for(w, MINUTE);
    assert_true(stopped);
    assert_int_equal(w->sent->len, sent);
    assert_int_equal(desk_hears(w), 0);
    world_crash(w);
    world_start(w, WORLD_START_MS + MINUTE);
    world_run_for(w, MINUTE);
    assert_int_equal(desk_hears(w), 1);
    assert_int_equal(w->sent->len, sent + 1); /* and nobody else again */
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_desks_list_that_is_being_made_waits_for_the_next_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
