/*
 * Whoever cannot be told becomes somebody else's, also when that comes to be so late; and the desk
 * that is to be told of it may itself be the one that cannot.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <string.h>

#include "flow/vigil.h"
#include "people.h"

#define MINUTE INT64_C(60000)

#define R1 "mailto:r1@m0001.example"
#define PLD "mailto:duty@pld.dss.example"
#define CENTER "mailto:duty@command-center.dss.example"
#define DESKS_HOOK "https://desks.example/duty"

static const struct reaction taken = { OUTCOME_ACCEPTED, 250, 5, 0, false };

/* Nobody answers at endpoints of which this is a part. */
static struct reaction is_dead(const struct notice *n, void *ctx)
{
    int code = n->notification->channel == CHANNEL_SMTP ? WORLD_NO_SESSION : 0;
    bool dead = strstr(n->notification->endpoint, ctx) != NULL;
    return dead ? (struct reaction){ OUTCOME_DEFERRED, code, 1, 0, false } : taken;
}

static struct world *world_without(const char *part, const struct world_roster *r)
{
    struct world *w = world_new(r);
    w->answers = is_dead;
    w->ctx = (char *)part;
    return w;
}

static void send_five(struct world *w)
{
    for (unsigned i = 0; i < 5; i++) {
        g_autofree char *name = g_strdup_printf("A%u", i);
        assert_int_equal(world_send(w, name, ""), INTAKE_ACCEPTED);
    }
}

/* How many of that headline reached an endpoint. */
static unsigned heard(const struct world *w, const char *endpoint, const char *headline)
{
    unsigned n = 0;
    for (guint i = 0; i < w->sent->len; i++) {
        const struct sent *s = g_ptr_array_index(w->sent, i);
        n += s->kind == OUTCOME_ACCEPTED && g_str_equal(s->endpoint, endpoint) &&
             g_str_has_prefix(s->headline, headline);
    }
    return n;
}

/* --- what comes to be so while a destination is down --- */

static void what_takes_effect_meanwhile_is_the_duty_contact_s_too(void **state)
{
    (void)state;
    struct world *w = world_without(
        "h1.x", &(struct world_roster){ .missions = 1, .webhook_host = "x", .webhook_only = true });
    assert_int_equal(world_send(w, "later", "\"effective\":\"2026-11-23T14:45:00Z\""),
                     INTAKE_ACCEPTED);
    send_five(w);
    world_run_for(w, 14 * MINUTE);
    assert_int_equal(world_records(w, "obligation.unreachable"), 5);
    world_run_for(w, 3 * MINUTE);
    assert_int_equal(world_records(w, "obligation.unreachable"), 6);
    world_free(w);
}

/* The webhook is dead; the mailbox is busy until it is found not to exist. */
static struct reaction refuses_at_last(const struct notice *n, void *ctx)
{
    bool late = n->now_ms >= WORLD_START_MS + 10 * MINUTE;
    if (!g_str_equal(n->notification->endpoint, R1))
        return is_dead(n, ctx);
    return late ? (struct reaction){ OUTCOME_REFUSED, 550, 5, 0, false }
                : (struct reaction){ OUTCOME_DEFERRED, 451, 5, 0, false };
}

static void whose_other_way_ends_meanwhile_is_the_duty_contact_s(void **state)
{
    (void)state;
    struct world *w =
        world_without("h1.x", &(struct world_roster){ .missions = 1, .webhook_host = "x" });
    w->answers = refuses_at_last;
    send_five(w);
    world_run_for(w, 9 * MINUTE);
    assert_int_equal(world_records(w, "destination.down"), 1);
    assert_int_equal(world_records(w, "obligation.unreachable"), 0);
    world_run_for(w, 5 * MINUTE);
    assert_int_equal(world_records(w, "obligation.unreachable"), 5);
    assert_int_equal(world_records(w, "obligation.escalated"), 5);
    world_free(w);
}

/* The shipped desks or offices with one thing for another. */
static char *shipped_but(const char *name, const char *from, const char *to, guint times)
{
    g_autofree char *shipped = NULL, *file = NULL;
    g_autofree char *path = g_strconcat(SOURCE_DIR "/conf/", name, NULL);
    assert_true(g_file_get_contents(path, &shipped, NULL, NULL));
    g_autoptr(GString) text = g_string_new(shipped);
    assert_int_equal(g_string_replace(text, from, to, 0), times);
    int fd = g_file_open_tmp("liaisond-shipped-XXXXXX", &file, NULL);
    assert_true(fd >= 0);
    g_close(fd, NULL);
    assert_true(g_file_set_contents(file, text->str, -1, NULL));
    return g_steal_pointer(&file);
}

/* The mail relay is down; the desks have a webhook too. */
static struct world *world_without_relay(void)
{
    g_autofree char *desks =
        shipped_but("desks.conf", "email = ", "webhook = \"" DESKS_HOOK "\"; email = ", 2);
    struct world *w = world_without(
        "mailto:", &(struct world_roster){
                       .missions = 1, .webhook_host = "x", .acknowledge = "", .desks = desks });
    g_unlink(desks);
    return w;
}

/* The ladder comes to an office whose only way is the relay, when all was looked at before. */
static void what_the_ladder_says_meanwhile_takes_another_way_too(void **state)
{
    (void)state;
    struct world *w = world_without_relay();
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 9 * MINUTE);
    unsigned before = heard(w, DESKS_HOOK, "A");
    assert_int_equal(world_records(w, "obligation.unreachable"), 2); /* the second, the office */
    world_run_for(w, 5 * MINUTE); /* at ten minutes it is the office's */
    assert_int_equal(world_records(w, "obligation.unreachable"), 3);
    assert_true(heard(w, DESKS_HOOK, "A") > before);
    world_free(w);
}

/* --- the desk --- */

static void that_the_relay_is_down_is_told_over_the_desk_s_webhook(void **state)
{
    (void)state;
    struct world *w = world_without_relay();
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, 3 * MINUTE);
    assert_int_equal(world_records(w, "destination.down"), 1);
    assert_int_equal(heard(w, DESKS_HOOK, "A destination is down: the mail relay"), 1);
    world_free(w);
}

static void where_the_desk_on_duty_has_no_mailbox_the_command_center_is_told(void **state)
{
    (void)state;
    g_autofree char *desks = shipped_but("desks.conf", "email = \"duty@pld.dss.example\";", "", 1);
    struct world *w = world_without(
        "h1.x", &(struct world_roster){ .missions = 1, .webhook_host = "x", .desks = desks });
    g_unlink(desks);
    send_five(w);
    world_run_for(w, 3 * MINUTE);
    assert_int_equal(heard(w, CENTER, "A destination is down"), 1);
    world_free(w);
}

static struct reaction refuses_pld(const struct notice *n, void *ctx)
{
    return g_str_equal(n->notification->endpoint, PLD)
               ? (struct reaction){ OUTCOME_REFUSED, 550, 5, 0, false }
               : is_dead(n, ctx);
}

static void what_the_desk_on_duty_refuses_the_command_center_is_told(void **state)
{
    (void)state;
    struct world *w =
        world_without("h1.x", &(struct world_roster){ .missions = 1, .webhook_host = "x" });
    w->answers = refuses_pld;
    send_five(w);
    world_run_for(w, 3 * MINUTE);
    assert_int_equal(heard(w, PLD, "A destination is down"), 0);
    assert_int_equal(heard(w, CENTER, "A destination is down"), 1);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_AFFECTED), 1); /* as it was */
    assert_int_equal(people_heard(w, CENTER, ""), 1);
    world_free(w);
}

/* Nothing can be queued, and the desk's mailbox refuses what comes straight from the channel. */
static void that_nothing_can_be_stored_the_command_center_is_told_in_its_place(void **state)
{
    (void)state;
    struct world *w = world_without("nobody", &(struct world_roster){ .missions = 1 });
    struct vigil *v = vigil_new(&w->service, w->channels);
    w->answers = refuses_pld;
    world_run_for(w, 1000);
    virtual_store_fail(w->service.store, 1000000);
    assert_int_equal(world_send(w, "A", ""), INTAKE_UNAVAILABLE);
    world_run_for(w, 2 * MINUTE);
    assert_int_equal(heard(w, CENTER, "The daemon cannot store"), 1);
    virtual_store_fail(w->service.store, 0);
    world_run_for(w, MINUTE);
    assert_int_equal(heard(w, CENTER, "The daemon can store again"), 1);
    world_run_for(w, 25 * 60 * MINUTE); /* what is queued ends as all else does */
    assert_int_equal(world_records(w, "broadcast.expired"), 1);
    vigil_free(v);
    world_free(w);
}

static struct reaction refuses_the_mission(const struct notice *n, void *ctx)
{
    return strstr(n->notification->endpoint, "m0001")
               ? (struct reaction){ OUTCOME_REFUSED, 550, 5, 0, false }
               : is_dead(n, ctx);
}

static void what_an_office_without_a_mailbox_should_do_the_command_center_does(void **state)
{
    (void)state;
    g_autofree char *offices =
        shipped_but("offices.conf", "email = \"duty@chicago.dss.example\";", "", 1);
    struct world *w =
        world_without("nobody", &(struct world_roster){ .missions = 1, .offices = offices });
    g_unlink(offices);
    w->answers = refuses_the_mission;
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    assert_int_equal(world_records(w, "obligation.unreachable"), 2);
    assert_int_equal(people_heard(w, CENTER, OBLIGATION_ALL_REFUSED), 1);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_takes_effect_meanwhile_is_the_duty_contact_s_too),
        cmocka_unit_test(whose_other_way_ends_meanwhile_is_the_duty_contact_s),
        cmocka_unit_test(what_the_ladder_says_meanwhile_takes_another_way_too),
        cmocka_unit_test(that_the_relay_is_down_is_told_over_the_desk_s_webhook),
        cmocka_unit_test(where_the_desk_on_duty_has_no_mailbox_the_command_center_is_told),
        cmocka_unit_test(what_the_desk_on_duty_refuses_the_command_center_is_told),
        cmocka_unit_test(that_nothing_can_be_stored_the_command_center_is_told_in_its_place),
        cmocka_unit_test(what_an_office_without_a_mailbox_should_do_the_command_center_does),
    };
    return cmocka_run_group_tests_name("who cannot be told", tests, NULL, NULL);
}
