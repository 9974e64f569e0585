/*
 * What is told of an event afterwards, on the virtual clock: each name is a promise.  A is the
 * desk's alert, B the chief's update of it, D the desk's update of B or A.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "adrift.h"
#include "flow/dossier.h"
#include "flow/story.h"
#include "people.h"

#define BY_CHIEF "\"sender\":\"chief@dss.example\","
#define OF_CHIEF(minute)                                                                           \
    "\"type\":\"update\"," AT(minute) ",\"references\":[{\"identifier\":\"B\"," BY_CHIEF AT(       \
        "31") "}]"

struct told {
    struct world *world;
    const char *id, *mission;
    GString *story, *report;
};

static bool read_story(struct store *s, struct told *t, const struct broadcast_row *row,
                       GError **error)
{
    g_autoptr(GPtrArray) versions =
        g_ptr_array_new_with_free_func((GDestroyNotify)story_version_free);
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    bool ok = story_read(s, row, t->mission, versions, records, error);
    for (guint i = 0; i < versions->len; i++) {
        const struct story_version *v = g_ptr_array_index(versions, i);
        g_string_append_printf(t->story, "%s %s; ", v->row->identifier, story_role_names[v->role]);
    }
    return ok;
}

static bool read_told(struct store *s, void *arg, GError **error)
{
    struct told *t = arg;
    struct broadcast_row *row = NULL;
    bool ok = s->ops->broadcast_by_id(s, t->id, &row, error) && read_story(s, t, row, error);
    struct dossier *d = ok ? dossier_read(s, row->no, error) : NULL;
    struct after_action *a =
        d ? dossier_after_action(d, t->world->service.config, world_now_ms(t->world)) : NULL;
    for (guint i = 0; a && i < a->versions->len; i++) {
        const struct after_action_version *v = g_ptr_array_index(a->versions, i);
        g_string_append_printf(t->report, "%s %s; ", v->identifier,
                               broadcast_state_names[v->state]);
    }
    g_clear_pointer(&a, after_action_free);
    dossier_free(d);
    broadcast_row_free(row);
    return d != NULL;
}

static void must_be_told(struct world *w, const char *id, const char *mission, const char *story,
                         const char *report)
{
    g_autoptr(GString) got = g_string_new(NULL), reported = g_string_new(NULL);
    struct told t = { w, id, mission, got, reported };
    store_thread_submit(w->service.store, read_told, NULL, &t);
    virtual_run_until(w->service.loop, world_now_ms(w));
    assert_string_equal(got->str, story);
    assert_string_equal(reported->str, report);
}

/* D comes before B, and is known for what it is only then. */
static void every_version_tells_the_same_story(const char *d_members)
{
    static const char report[] = "A superseded; B superseded; D released; ";
    struct world *w = adrift_begin();
    char *ids[3];
    adrift_send(w, "A", FIRST, MINUTE / 2);
    ids[0] = g_strdup(world_last_id());
    adrift_let_go(w, "D", d_members, "m0001", MINUTE / 2);
    ids[1] = g_strdup(world_last_id());
    adrift_send(w, "B", BY_CHIEF LINK, MINUTE / 2);
    ids[2] = g_strdup(world_last_id());
    for (guint i = 0; i < G_N_ELEMENTS(ids); i++) {
        must_be_told(w, ids[i], "m0001", "A affected; B not-concerned; D still-affected; ", report);
        must_be_told(w, ids[i], "m0002", "A affected; B not-concerned; D let-go; ", report);
        g_free(ids[i]);
    }
    world_free(w);
}

static void a_correction_that_was_early_stands_where_it_belongs(void **state)
{
    (void)state;
    every_version_tells_the_same_story(OF_CHIEF("34"));
}

static void so_does_one_that_a_slow_clock_sent(void **state)
{
    (void)state;
    every_version_tells_the_same_story(OF_CHIEF("30"));
}

/* Of the alert the page says that there is a later word, and what is answered to it counts for an
 * update that says the same. */
static void an_answer_counts_for_the_update_that_a_slow_clock_sent(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    adrift_send(w, "A", FIRST, MINUTE / 2);
    adrift_send(w, "D",
                "\"type\":\"update\"," AT("29") "," REFERS(
                    "A", "30") ",\"messages\":[{\"language\":"
                               "\"en\",\"headline\":\"A\",\"description\":\"Text.\"}]",
                MINUTE / 2);
    assert_int_equal(people_answer(w, people_last(w, adrift_first, "A"), ANSWER_UNDERSTOOD, NULL),
                     ACKNOWLEDGE_DONE);
    assert_int_equal(people_standing(w, world_last_id(), "m0001/1").state, OBLIGATION_ACKNOWLEDGED);
    world_free(w);
}

static void looked(const struct acknowledge_result *r, void *ctx)
{
    assert_non_null(r->view);
    *(enum broadcast_state *)ctx = r->view->version;
}

static void page_must_say(struct world *w, const struct sent *s, enum broadcast_state want)
{
    char digest[LINK_DIGEST_LEN + 1];
    enum broadcast_state version = BROADCAST_DRAFT;
    assert_true(link_digest_of(s->token, digest));
    acknowledge_look(&w->service, digest, looked, &version);
    world_run_for(w, 0);
    assert_int_equal(version, want);
}

/* Everybody has answered the alert by the time that it is cancelled. */
static void the_page_of_what_is_closed_tells_the_last_word(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    adrift_send(w, "A", FIRST, MINUTE / 2);
    const struct sent *first = people_last(w, adrift_first, "A");
    page_must_say(w, first, BROADCAST_RELEASED);
    people_answer(w, first, ANSWER_UNDERSTOOD, NULL);
    people_answer(w, people_last(w, "mailto:r2@m0001.example", "A"), ANSWER_UNDERSTOOD, NULL);
    world_run_for(w, MINUTE);
    page_must_say(w, first, BROADCAST_CLOSED);
    adrift_send(w, "C", "\"type\":\"cancel\"," AT("33") "," REFERS("A", "30"), MINUTE / 2);
    page_must_say(w, first, BROADCAST_CANCELLED);
    world_free(w);
}

static void the_page_of_what_was_updated_tells_of_the_cancel(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    adrift_send(w, "A", FIRST, MINUTE / 2);
    const struct sent *first = people_last(w, adrift_first, "A");
    adrift_send(w, "B", LINK, MINUTE / 2);
    page_must_say(w, first, BROADCAST_SUPERSEDED);
    adrift_send(w, "C", "\"type\":\"cancel\"," AT("33") "," REFERS("B", "31"), MINUTE / 2);
    page_must_say(w, first, BROADCAST_CANCELLED);
    world_free(w);
}

static void the_page_of_what_has_expired_says_so(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1, .acknowledge = "" });
    adrift_send(w, "A", FIRST ",\"expires\":\"2026-11-23T14:40:00Z\"", 20 * MINUTE);
    assert_int_equal(world_records(w, "broadcast.closed"), 1);
    page_must_say(w, people_last(w, adrift_first, "A"), BROADCAST_EXPIRED);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_correction_that_was_early_stands_where_it_belongs),
        cmocka_unit_test(so_does_one_that_a_slow_clock_sent),
        cmocka_unit_test(an_answer_counts_for_the_update_that_a_slow_clock_sent),
        cmocka_unit_test(the_page_of_what_is_closed_tells_the_last_word),
        cmocka_unit_test(the_page_of_what_was_updated_tells_of_the_cancel),
        cmocka_unit_test(the_page_of_what_has_expired_says_so),
    };
    return cmocka_run_group_tests_name("stories on the virtual clock", tests, NULL, NULL);
}
