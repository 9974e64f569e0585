#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "notice_scenes.h"
#include "shipped_templates.h"
#include "wire/notice_call.h"
#include "wire/notice_json.h"
#include "wire/template_set.h"

static json_t *json_of(const struct notice_world *w)
{
    const char *language = NULL;
    const json_t *phrases = template_set_phrases(templates, w->notification->language, &language);
    return notice_json(&w->notice, phrases, language);
}

/* Every name of value is in schema, with the same kind of thing behind it. */
static void check_names(const char *scene, const char *at, const json_t *value,
                        const json_t *schema)
{
    if (json_is_array(value)) {
        for (size_t i = 0; i < json_array_size(value); i++)
            check_names(scene, at, json_array_get(value, i), json_array_get(schema, 0));
        return;
    }
    if (json_is_object(value) != json_is_object(schema))
        fail_msg("%s: %s is another kind of thing in the schema", scene, at);
    const char *key;
    json_t *member;
    json_object_foreach((json_t *)value, key, member)
    {
        g_autofree char *path = g_strconcat(at, ".", key, NULL);
        const json_t *other = json_object_get(schema, key);
        if (!other)
            fail_msg("%s: %s is not in the schema", scene, path);
        check_names(scene, path, member, other);
    }
    /* An object that says anything says everything: a template may rely on it. */
    if (json_object_size(value) && json_object_size(value) != json_object_size(schema))
        fail_msg("%s: the schema has names that %s has not", scene, at);
}

/* The first mission of the first group. */
static const json_t *first_listed(const json_t *place)
{
    const json_t *group = json_array_get(json_object_get(place, "groups"), 0);
    return json_array_get(json_object_get(group, "missions"), 0);
}

/* A desk has hundreds of missions in two lists. */
static void test_a_mission_is_made_once_for_both_lists(void **state)
{
    (void)state;
    struct notice_world *w = scene_desk_update();
    json_t *value = json_of(w);
    const json_t *one = first_listed(value), *other = first_listed(json_object_get(value, "desk"));
    assert_non_null(one);
    assert_ptr_equal(one, other);
    json_decref(value);
    notice_world_free(w);
}

static void test_schema_is_what_notices_have(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
        struct notice_world *w = scenes[i].make();
        const char *language = NULL;
        const json_t *phrases =
            template_set_phrases(templates, w->notification->language, &language);
        json_t *value = json_of(w), *schema = notice_json_schema(phrases);
        check_names(scenes[i].name, "", value, schema);
        json_decref(value);
        json_decref(schema);
        notice_world_free(w);
    }
}

static const struct call_row {
    const char *name, *kind, *office, *state;
    int64_t after_h; /* hours after Monday 08:30 in Chicago */
    const char *who, *number, *sentence, *next;
} calls[] = {
    { "the office in its hours", "consulate", "chicago", "IL", 0, "DSS office, Chicago",
      "312-353-6163", "This office answers until 17:00 CDT.", "DSS Command Center" },
    { "the Command Center after them", "consulate", "chicago", "IL", 9, "DSS Command Center",
      "571-345-3146", "DSS office, Chicago is closed now. Until it opens, this desk answers.",
      "DSS office, Chicago" },
    { "the hour is that of the office", "consulate", "honolulu", "HI", 0, "DSS Command Center",
      "571-345-3146", "DSS office, Honolulu is closed now. Until it opens, this desk answers.",
      "DSS office, Honolulu" },
    { "an embassy in Washington has its own desk", "embassy", "washington", "DC", 0,
      "DSS Protective Liaison Division", "202-895-3600", "This desk answers until 17:00 EDT.",
      "DSS Command Center" },
    { "an office that is gone leaves the Command Center", "consulate", "atlantis", "XX", 0,
      "DSS Command Center", "571-345-3146", "", NULL },
};

static void test_calls(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(calls); i++) {
        const struct call_row *r = &calls[i];
        struct notice_world *w = notice_world_new("mailto:a@b.example", "en");
        scene_texts(w->broadcast);
        w->notice.now_ms += r->after_h * HOUR_MS;
        world_add_mission(w, "xx-1", "One", r->kind, "City", r->state, "America/Chicago",
                          r->office);
        world_add_mission(w, "xx-2", "Two", r->kind, "City", r->state, "America/Chicago",
                          r->office);
        json_t *value = json_of(w);
        const json_t *list = json_object_get(value, "calls"), *call = json_array_get(list, 0);
        const json_t *number = json_array_get(json_object_get(call, "numbers"), 0);
        const json_t *next = json_object_get(json_object_get(call, "next"), "who");
        const char *who = json_string_value(json_object_get(call, "who"));
        const char *sentence = json_string_value(json_object_get(call, "state"));
        if (json_array_size(list) != 1 || json_integer_value(json_object_get(call, "count")) != 2)
            fail_msg("%s: two missions of one office are %zu calls", r->name,
                     json_array_size(list));
        if (strcmp(who, r->who) != 0 || strcmp(sentence, r->sentence) != 0 ||
            strcmp(json_string_value(json_object_get(number, "number")), r->number) != 0 ||
            g_strcmp0(json_string_value(next), r->next))
            fail_msg("%s: %s (%s)", r->name, who, sentence);
        json_decref(value);
        notice_world_free(w);
    }
}

/* One desk answers for both, but not until the same hour. */
static void test_closed_offices_are_calls_of_their_own(void **state)
{
    (void)state;
    struct notice_world *w = notice_world_new("mailto:a@b.example", "en");
    scene_texts(w->broadcast);
    w->notice.now_ms += 16 * HOUR_MS; /* Tuesday 00:30 in Chicago, Monday 19:30 in Honolulu */
    world_add_mission(w, "xx-1", "One", "consulate", "Chicago", "IL", "America/Chicago", "chicago");
    world_add_mission(w, "xx-2", "Two", "consulate", "Honolulu", "HI", "Pacific/Honolulu",
                      "honolulu");
    g_autoptr(GPtrArray) list = notice_calls(&w->notice);
    assert_int_equal(list->len, 2);
    const struct notice_call *one = list->pdata[0], *two = list->pdata[1];
    assert_ptr_equal(one->duty.desk, two->duty.desk);
    assert_string_equal(one->next.duty.office->id, "chicago");
    assert_string_equal(two->next.duty.office->id, "honolulu");
    notice_world_free(w);
}

static void test_there_is_always_a_number(void **state)
{
    (void)state;
    struct notice_world *w = notice_world_new("mailto:a@b.example", "en");
    scene_texts(w->broadcast);
    g_autoptr(GPtrArray) list = notice_calls(&w->notice);
    assert_int_equal(list->len, 1);
    const struct notice_call *c = list->pdata[0];
    assert_string_equal(c->duty.desk->id, "command-center");
    notice_world_free(w);
}

static const struct number_row {
    const char *printed, *dialled;
} numbers[] = {
    { "312-353-6163", "+13123536163" },
    { "310-235-7937/9", "+13102357937" },
    { "911", "911" },
    { "+1 571 345 3146", "+15713453146" },
    { "1-866-217-2089", "+18662172089" },
    { "(808) 522-8020", "+18085228020" },
    { "", "" },
};

static void test_numbers_for_links(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        g_autofree char *got = notice_call_uri_number(numbers[i].printed);
        assert_string_equal(got, numbers[i].dialled);
    }
}

static void test_bad_bytes_cost_nothing(void **state)
{
    (void)state;
    struct notice_world *w = scene_desk_call_needed();
    struct obligation *o = w->obligations->pdata[0];
    g_free(o->detail);
    o->detail = g_strdup("550 \xff\xfe no");
    json_t *value = json_of(w);
    assert_non_null(value);
    const json_t *first =
        json_array_get(json_object_get(json_object_get(value, "desk"), "attention"), 0);
    const char *line = json_string_value(json_array_get(json_object_get(first, "lines"), 0));
    assert_string_equal(line, "550 \uFFFD\uFFFD no");
    json_decref(value);
    notice_world_free(w);
}

static const struct subject_row {
    const char *name, *language;
    enum broadcast_status status;
    enum broadcast_type type;
    enum obligation_part part;
    enum broadcast_handling handling;
    const char *want;
} subjects[] = {
    { "an alert is its headline", "en", STATUS_ACTUAL, TYPE_ALERT, PART_FULL, HANDLING_FULL,
      SCENE_HEADLINE },
    { "an update says so", "en", STATUS_ACTUAL, TYPE_UPDATE, PART_UPDATE, HANDLING_FULL,
      "Update: " SCENE_HEADLINE },
    { "to those who hear of it first it is none", "en", STATUS_ACTUAL, TYPE_UPDATE, PART_FULL,
      HANDLING_FULL, SCENE_HEADLINE },
    { "a release says so", "en", STATUS_ACTUAL, TYPE_UPDATE, PART_RELEASE, HANDLING_FULL,
      "No longer affected: " SCENE_HEADLINE },
    { "a cancel says so in the reader's words", "fr", STATUS_ACTUAL, TYPE_CANCEL, PART_CANCEL,
      HANDLING_FULL, "Annulé: " SCENE_HEADLINE },
    { "a cancel is one whatever its obligations are", "en", STATUS_ACTUAL, TYPE_CANCEL, PART_FULL,
      HANDLING_FULL, "Cancelled: " SCENE_HEADLINE },
    { "an exercise says so first", "en", STATUS_EXERCISE, TYPE_UPDATE, PART_UPDATE, HANDLING_FULL,
      "[EXERCISE] Update: " SCENE_HEADLINE },
    { "so does a test", "en", STATUS_TEST, TYPE_ALERT, PART_FULL, HANDLING_FULL,
      "[TEST] " SCENE_HEADLINE },
    { "a thin notice has no headline of its own", "en", STATUS_ACTUAL, TYPE_ALERT, PART_FULL,
      HANDLING_NOTICE, "Security information: please call" },
    { "nobody is asked to call about what was cancelled", "en", STATUS_ACTUAL, TYPE_CANCEL,
      PART_CANCEL, HANDLING_NOTICE, "Security information: cancelled" },
    { "nor about what does not concern them any more", "en", STATUS_ACTUAL, TYPE_UPDATE,
      PART_RELEASE, HANDLING_NOTICE, "Security information: your mission is no longer affected" },
    { "what the daemon says of itself says so", "en", STATUS_SYSTEM, TYPE_ALERT, PART_FULL,
      HANDLING_FULL, "[SYSTEM] " SCENE_HEADLINE },
};

static void test_subject(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
        const struct subject_row *r = &subjects[i];
        struct notice_world *w = scene_one_mission(r->language, "xx-chicago", "Consulate");
        w->broadcast->status = r->status;
        w->broadcast->type = r->type;
        w->broadcast->handling = r->handling;
        ((struct obligation *)w->obligations->pdata[0])->part = r->part;
        const char *language = NULL;
        const json_t *phrases = template_set_phrases(templates, r->language, &language);
        g_autofree char *got = notice_subject(&w->notice, phrases);
        if (!g_str_equal(got, r->want))
            fail_msg("%s: got %s", r->name, got);
        notice_world_free(w);
    }
}

static void test_a_composed_cancel_says_so_once(void **state)
{
    (void)state;
    struct notice_world *w = scene_cancelled(scene_english_by_day(), false, NULL);
    const char *language = NULL;
    const json_t *phrases = template_set_phrases(templates, "en", &language);
    g_autofree char *got = notice_subject(&w->notice, phrases);
    assert_string_equal(got, "Cancelled: " SCENE_HEADLINE);
    notice_world_free(w);
}

/* "Still affected: One, Two; No longer affected: Three" */
static char *groups_text(const json_t *groups)
{
    GString *s = g_string_new(NULL);
    for (size_t i = 0; i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i), *list = json_object_get(group, "missions");
        g_string_append_printf(s, "%s%s: ", i ? "; " : "",
                               json_string_value(json_object_get(group, "label")));
        for (size_t k = 0; k < json_array_size(list); k++)
            g_string_append_printf(
                s, "%s%s", k ? ", " : "",
                json_string_value(json_object_get(json_array_get(list, k), "id")));
    }
    return g_string_free(s, FALSE);
}

static const struct group_row {
    const char *name;
    struct notice_world *(*make)(void);
    const char *path, *want;
} group_rows[] = {
    { "one mission", scene_english_by_day, "groups", "This concerns your mission: gb-chicago" },
    { "two missions", scene_two_missions, "groups",
      "This concerns your missions: jp-washington, jp-honolulu" },
    { "an update", scene_english_newly_affected, "groups",
      "This concerns your mission: gb-chicago" },
    { "a release", scene_english_release, "groups", "No longer affected: gb-chicago" },
    { "a cancel", scene_english_false_alarm, "groups",
      "The cancelled message concerned: jp-honolulu" },
    { "three parts", scene_three_parts, "groups",
      "Newly affected: jp-chicago; Still affected: jp-washington; No longer affected: "
      "jp-honolulu" },
    { "an office's alert leaves out whom it must call", scene_desk, "desk.groups",
      "Missions told through their representatives: ar-chicago, gb-chicago" },
    { "an office's update", scene_desk_update, "desk.groups",
      "Newly affected: fr-chicago; Still affected: ar-chicago, gb-chicago; "
      "No longer affected: mx-chicago" },
    { "an office's cancel", scene_desk_cancel, "desk.groups",
      "Missions the cancelled message went to: ar-chicago, gb-chicago" },
};

static void test_missions_by_what_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(group_rows); i++) {
        const struct group_row *r = &group_rows[i];
        struct notice_world *w = r->make();
        json_t *value = json_of(w);
        const json_t *in_desk = json_object_get(json_object_get(value, "desk"), "groups");
        bool desk = g_str_has_prefix(r->path, "desk");
        g_autofree char *got = groups_text(desk ? in_desk : json_object_get(value, "groups"));
        if (!g_str_equal(got, r->want))
            fail_msg("%s: %s", r->name, got);
        json_decref(value);
        notice_world_free(w);
    }
}

/* Nobody who is out of it is told to stay inside. */
static void test_what_is_over_asks_for_nothing(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_release();
    json_t *value = json_of(w);
    const json_t *text = json_object_get(value, "text");
    assert_string_equal(json_string_value(json_object_get(text, "instruction")), "");
    assert_string_equal(json_string_value(json_object_get(text, "description")), "");
    assert_string_equal(json_string_value(json_object_get(value, "level_line")), "");
    assert_int_equal(json_array_size(json_object_get(value, "levels")), 0);
    json_decref(value);
    notice_world_free(w);
}

/* An alarm or a campaign is neither a test nor a threat. */
static void test_a_message_of_our_own_has_no_levels(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    w->broadcast->status = STATUS_SYSTEM;
    json_t *value = json_of(w);
    const char *explain =
        json_string_value(json_object_get(json_object_get(value, "banner"), "explain"));
    assert_string_equal(
        explain, "This is a message of the notification system itself, not a security broadcast.");
    assert_string_equal(
        json_string_value(json_object_get(json_object_get(value, "banner"), "word")), "");
    assert_int_equal(json_array_size(json_object_get(value, "levels")), 0);
    assert_string_equal(json_string_value(json_object_get(value, "level_line")), "");
    json_decref(value);
    notice_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schema_is_what_notices_have),
        cmocka_unit_test(test_a_mission_is_made_once_for_both_lists),
        cmocka_unit_test(test_calls),
        cmocka_unit_test(test_closed_offices_are_calls_of_their_own),
        cmocka_unit_test(test_there_is_always_a_number),
        cmocka_unit_test(test_numbers_for_links),
        cmocka_unit_test(test_bad_bytes_cost_nothing),
        cmocka_unit_test(test_subject),
        cmocka_unit_test(test_a_composed_cancel_says_so_once),
        cmocka_unit_test(test_missions_by_what_they_are),
        cmocka_unit_test(test_what_is_over_asks_for_nothing),
        cmocka_unit_test(test_a_message_of_our_own_has_no_levels),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
