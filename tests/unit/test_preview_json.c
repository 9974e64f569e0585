#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "wire/preview_json.h"

#define AS_OF INT64_C(1342445400000) /* 2012-07-16T13:30:00Z */

/* Chicago never closes, Honolulu never opens; so the Command Center has Honolulu's missions. */
static struct office *office(const char *id, bool open)
{
    struct office *o = g_new0(struct office, 1);

    o->id = g_strdup(id);
    o->hours.always = open;
    o->hours.tz_name = g_strdup("UTC");
    o->hours.tz = hours_zone("UTC");
    return o;
}

static struct directory *two_offices(void)
{
    struct directory *d = directory_new();
    struct desk *center = g_new0(struct desk, 1);

    center->id = g_strdup(DUTY_COMMAND_CENTER);
    center->hours.always = true;
    g_ptr_array_add(d->desks, center);
    g_ptr_array_add(d->offices, office("chicago", true));
    g_ptr_array_add(d->offices, office("honolulu", false));
    return d;
}

static void add_representative(struct roster *r, const char *mission, unsigned rank,
                               const char *email, const char *webhook)
{
    struct representative *p = g_new0(struct representative, 1);
    const char *why;

    p->rank = rank;
    p->name = g_strdup("Ana \"N\"");
    p->language = g_strdup("es");
    p->email = g_strdup(email);
    p->phone = g_strdup("");
    p->webhook = g_strdup(webhook);
    p->valid_from = g_strdup("");
    p->valid_to = g_strdup("");
    assert_true(roster_add_representative(r, mission, p, &why));
}

static void add_mission(struct resolution *r, const char *id, const char *office_id,
                        const char *gap)
{
    struct mission *m = mission_new();
    struct resolved_mission *x = g_new0(struct resolved_mission, 1);

    m->id = g_strdup(id);
    m->kind = g_strdup("consulate");
    assert_true(roster_add(r->roster, m));
    x->mission = m;
    x->because = g_strdup("cities[0] = Chicago, IL");
    x->office = directory_office(r->directory, office_id);
    x->office_because = g_strdup("same city");
    x->duty = duty_at(r->directory, x->office, "consulate", AS_OF);
    x->representatives = g_ptr_array_new();
    x->gaps = g_ptr_array_new_with_free_func(g_free);
    if (gap)
        g_ptr_array_add(x->gaps, g_strdup(gap));
    g_ptr_array_add(r->missions, x);
}

static struct resolution *three_missions(void)
{
    struct directory *d = two_offices();
    struct roster *roster = roster_new();
    struct faults *f = faults_new();
    struct audience *everyone = audience_new();

    everyone->everyone = true;
    struct resolution *r = resolution_make(everyone, roster, d, AS_OF, "/audience", f);
    assert_non_null(r);
    add_mission(r, "ar-chicago", "chicago", "fewer than two valid representatives");
    add_mission(r, "jp-honolulu", "honolulu", NULL);
    add_mission(r, "br-chicago", "chicago", NULL);
    add_representative(r->roster, "ar-chicago", 1, "a@ar.example", "https://h.ar.example/");
    struct resolved_mission *first = g_ptr_array_index(r->missions, 0);
    g_ptr_array_add(first->representatives, g_ptr_array_index(first->mission->representatives, 0));
    audience_free(everyone);
    faults_free(f);
    directory_unref(d);
    roster_unref(roster);
    return r;
}

static void add_notification(struct plan *p, const char *language)
{
    struct notification *n = notification_new();

    n->language = g_strdup(language);
    n->endpoint = g_strdup("mailto:a@ar.example");
    g_ptr_array_add(p->notifications, n);
}

/* With texts in the languages that are listed. */
static struct broadcast *broadcast_in(const char *languages)
{
    struct broadcast *b = broadcast_new();
    g_auto(GStrv) each = g_strsplit(languages, " ", -1);

    b->status = STATUS_ACTUAL;
    for (size_t i = 0; each[i]; i++) {
        struct message *m = g_new0(struct message, 1);
        m->language = g_strdup(each[i]);
        g_ptr_array_add(b->messages, m);
    }
    return b;
}

struct scene { /* three missions, and nothing planned yet */
    struct resolution *r;
    struct plan *p;
    struct faults *f;
};

static int set_up(void **state)
{
    struct scene *s = g_new(struct scene, 1);

    *s = (struct scene){ three_missions(), plan_new(), faults_new() };
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *s = *state;

    plan_free(s->p);
    resolution_free(s->r);
    faults_free(s->f);
    g_free(s);
    return 0;
}

/* gone: one endpoint that is, or NULL. */
static char *preview(const struct broadcast *b, const struct scene *s, const char *gone)
{
    g_autoptr(GHashTable) set = g_hash_table_new(g_str_hash, g_str_equal);

    if (gone)
        g_hash_table_add(set, (char *)gone);
    return preview_json_write(&(struct preview_facts){
        .broadcast = b, .resolution = s->r, .plan = s->p, .gone = set, .faults = s->f });
}

static void a_preview_has_the_form_of_the_design(void **state)
{
    struct scene *s = *state;

    add_notification(s->p, "es");
    add_notification(s->p, "en");
    add_notification(s->p, "es");
    faults_warn(s->f, "/audience", "no-mission", "nobody is in Guam");
    struct broadcast *b = broadcast_in("en es");
    g_autofree char *text = preview(b, s, NULL);
    broadcast_unref(b);
    assert_string_equal(
        text,
        "{\"as_of\":\"2012-07-16T13:30:00Z\",\"missions\":["
        "{\"mission\":\"ar-chicago\",\"because\":\"cities[0] = Chicago, "
        "IL\",\"office\":\"chicago\","
        "\"office_because\":\"same city\",\"duty\":\"office:chicago\",\"representatives\":["
        "{\"rank\":1,\"name\":\"Ana "
        "\\\"N\\\"\",\"language\":\"es\",\"message\":\"es\",\"endpoints\":["
        "\"mailto:a@ar.example\",\"https://h.ar.example/\"]}],"
        "\"gaps\":[\"fewer than two valid representatives\"]},"
        "{\"mission\":\"jp-honolulu\",\"because\":\"cities[0] = Chicago, "
        "IL\",\"office\":\"honolulu\","
        "\"office_because\":\"same city\",\"duty\":\"desk:command-center\",\"representatives\":[],"
        "\"gaps\":[]},"
        "{\"mission\":\"br-chicago\",\"because\":\"cities[0] = Chicago, "
        "IL\",\"office\":\"chicago\","
        "\"office_because\":\"same "
        "city\",\"duty\":\"office:chicago\",\"representatives\":[],\"gaps\":[]}],\"left_out\":0,"
        "\"offices\":[{\"office\":\"chicago\",\"missions\":2,\"duty\":\"office:chicago\"},"
        "{\"office\":\"honolulu\",\"missions\":1,\"duty\":\"desk:command-center\"}],"
        "\"notifications\":3,\"languages\":{\"en\":1,\"es\":2},\"warnings\":[\"nobody is in "
        "Guam\"]}");
}

static void nobody_is_an_answer_too(void **state)
{
    struct scene *s = *state;

    g_ptr_array_set_size(s->r->missions, 0);
    struct broadcast *b = broadcast_in("en es");
    g_autofree char *text = preview(b, s, NULL);
    broadcast_unref(b);
    assert_string_equal(
        text, "{\"as_of\":\"2012-07-16T13:30:00Z\",\"missions\":[],\"left_out\":0,\"offices\":[],"
              "\"notifications\":0,\"languages\":{},\"warnings\":[]}");
}

static void what_is_held_says_until_when(void **state)
{
    struct scene *s = *state;
    struct broadcast *b = broadcast_in("en");

    b->effective.ms = AS_OF;
    g_autofree char *now = preview(b, s, NULL);
    assert_null(strstr(now, "held_until"));
    b->effective.ms += 3600000;
    g_autofree char *later = preview(b, s, NULL);
    broadcast_unref(b);
    assert_non_null(strstr(later, "\"held_until\":\"2012-07-16T14:30:00Z\""));
}

/* Who will not be reached is not listed, but counted. */
static void only_those_who_will_be_reached_are_listed(void **state)
{
    static const struct {
        enum broadcast_status status;
        bool first, second;
        const char *left_out;
    } rows[] = {
        { STATUS_ACTUAL, true, true, "\"left_out\":0," },
        { STATUS_EXERCISE, false, true, "\"left_out\":1," },
        { STATUS_TEST, false, false, "\"left_out\":2," },
    };
    struct scene *s = *state;
    struct resolved_mission *m = g_ptr_array_index(s->r->missions, 0);

    add_representative(s->r->roster, "ar-chicago", 2, "b@ar.example", "");
    struct representative *second = g_ptr_array_index(m->mission->representatives, 1);
    second->exercises = true;
    g_ptr_array_add(m->representatives, second);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct broadcast *b = broadcast_in("en");
        b->status = rows[i].status;
        g_autofree char *text = preview(b, s, NULL);
        broadcast_unref(b);
        assert_int_equal(strstr(text, "a@ar.example") != NULL, rows[i].first);
        assert_int_equal(strstr(text, "b@ar.example") != NULL, rows[i].second);
        assert_non_null(strstr(text, rows[i].left_out));
    }
}

static void languages_are_those_of_the_texts_that_go(void **state)
{
    static const struct row {
        const char *texts, *want;
    } rows[] = {
        { "en es", "\"languages\":{\"en\":1,\"es\":1}" },
        { "en", "\"languages\":{\"en\":2}" },
        { "fr", "\"languages\":{\"fr\":2}" },
        { "en es-MX", "\"languages\":{\"en\":1,\"es-MX\":1}" },
    };
    struct scene *s = *state;

    add_notification(s->p, "es");
    add_notification(s->p, "en");
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct broadcast *b = broadcast_in(rows[i].texts);
        g_autofree char *text = preview(b, s, NULL);
        if (!strstr(text, rows[i].want))
            fail_msg("%s: %s", rows[i].texts, text);
        broadcast_unref(b);
    }
}

static void an_endpoint_that_is_gone_is_a_gap_and_not_counted(void **state)
{
    struct scene *s = *state;
    struct broadcast *b = broadcast_in("en");
    static const char gone[] = "https://h.ar.example/";

    add_notification(s->p, "es");
    add_notification(s->p, "es");
    struct notification *n = g_ptr_array_index(s->p->notifications, 1);
    g_free(n->endpoint);
    n->endpoint = g_strdup(gone);
    g_autofree char *text = preview(b, s, gone);
    assert_non_null(strstr(text, "\"notifications\":1,\"languages\":{\"en\":1}"));
    assert_non_null(strstr(text, "\"gone\":[\"https://h.ar.example/\"]"));
    assert_non_null(strstr(text, "\"representative 1: https://h.ar.example/ is gone\"]"));
    broadcast_unref(b);
}

#define SCENE(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCENE(a_preview_has_the_form_of_the_design),
        SCENE(nobody_is_an_answer_too),
        SCENE(what_is_held_says_until_when),
        SCENE(only_those_who_will_be_reached_are_listed),
        SCENE(languages_are_those_of_the_texts_that_go),
        SCENE(an_endpoint_that_is_gone_is_a_gap_and_not_counted),
    };

    return cmocka_run_group_tests_name("preview_json", tests, NULL, NULL);
}
