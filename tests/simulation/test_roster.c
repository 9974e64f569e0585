/* Changes of the roster that meet each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "flow/roster_keeper.h"
#include "world.h"

#define MINUTE INT64_C(60000)

struct told {
    bool there, unavailable, refused;
};

static void told(const struct roster_result *r, void *ctx)
{
    *(struct told *)ctx = (struct told){ true, r->unavailable != NULL, faults_any(r->faults) };
}

static bool is_done(const struct told *t)
{
    return t->there && !t->unavailable && !t->refused;
}

static void set(struct world *w, const char *mission, const char *field, const char *value,
                struct told *out)
{
    *out = (struct told){ 0 };
    roster_keeper_set(&w->service, mission, 1, field, value, "unix:test", told, out);
}

static const struct representative *first_of(const struct roster *r, const char *mission)
{
    const struct mission *m = roster_find(r, mission);
    return m ? g_ptr_array_index(m->representatives, 0) : NULL;
}

/* As a start would read it. */
static struct roster *stored(struct world *w)
{
    struct store *s = virtual_store_peek(w->service.store);
    return s->ops->roster_load(s, NULL);
}

static void two_changes_at_once_are_both_kept(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told one, two, three;
    set(w, "m0001", "email", "one@m0001.example", &one);
    set(w, "m0002", "email", "two@m0002.example", &two);
    set(w, "m0001", "phone", "+13125550123", &three);
    world_run_for(w, MINUTE);
    assert_true(is_done(&one) && is_done(&two) && is_done(&three));
    struct roster *kept = stored(w);
    struct roster *const each[] = { w->service.roster, kept };
    for (size_t i = 0; i < G_N_ELEMENTS(each); i++) {
        assert_string_equal(first_of(each[i], "m0001")->email, "one@m0001.example");
        assert_string_equal(first_of(each[i], "m0001")->phone, "+13125550123");
        assert_string_equal(first_of(each[i], "m0002")->email, "two@m0002.example");
    }
    roster_unref(kept);
    world_free(w);
}

static void a_change_that_fails_takes_no_other_along(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 2 });
    struct told bad, failed, good;
    world_run_for(w, MINUTE); /* what is done at a start */
    virtual_store_fail(w->service.store, 1);
    set(w, "m0001", "email", "not an address", &bad);
    set(w, "m0001", "email", "one@m0001.example", &failed);
    set(w, "m0002", "email", "two@m0002.example", &good);
    world_run_for(w, MINUTE);
    assert_true(bad.refused);
    assert_true(failed.unavailable);
    assert_true(is_done(&good));
    assert_string_equal(first_of(w->service.roster, "m0001")->email, "r1@m0001.example");
    assert_string_equal(first_of(w->service.roster, "m0002")->email, "two@m0002.example");
    assert_int_equal(world_records(w, "roster.changed"), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_changes_at_once_are_both_kept),
        cmocka_unit_test(a_change_that_fails_takes_no_other_along),
    };
    return cmocka_run_group_tests_name("changes of the roster", tests, NULL, NULL);
}
