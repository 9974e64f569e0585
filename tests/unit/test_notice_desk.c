#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notice_scenes.h"
#include "wire/notice_desk.h"

static const struct word_row {
    const char *name;
    struct notice_world *(*make)(void);
    const char *word;
    int calls, help;
} words[] = {
    { "the broadcast's own notice asks for nothing", scene_desk, "", 1, 1 },
    { "refused endpoints are a call", scene_desk_call_needed, "Call needed", 1, 1 },
    { "and so is silence", scene_desk_not_acknowledged, "Call needed", 2, 2 },
    { "help comes before everything", scene_desk_assistance, "Assistance asked for", 2, 2 },
    { "a handover says what it is", scene_desk_handed_over, "Handed over to you", 2, 2 },
    { "whoever hands on calls nobody", scene_desk_handed_on, "Handed on", 0, 0 },
    { "a partner has no use for our commands", scene_partner_assistance, "Assistance asked for", 2,
      0 },
};

static json_t *desk_json(const struct notice_world *w)
{
    struct notice_list *list = notice_list_new();
    json_t *desk = notice_desk_json(&w->notice, list);
    notice_list_free(list);
    return desk;
}

static void test_what_is_asked_of_a_desk(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        const struct word_row *r = &words[i];
        struct notice_world *w = r->make();
        json_t *desk = desk_json(w);
        int calls = (int)json_integer_value(json_object_get(desk, "calls_needed"));
        int help = (int)json_array_size(json_object_get(desk, "help"));
        if (strcmp(notice_desk_word(&w->notice), r->word) != 0 || calls != r->calls ||
            help != r->help)
            fail_msg("%s: \"%s\", %d calls, %d lines of help", r->name,
                     notice_desk_word(&w->notice), calls, help);
        json_decref(desk);
        notice_world_free(w);
    }
}

/* "ar-chicago: 1 reason, 2 lines; …" in the order of the list. */
static char *attention_text(const struct notice_world *w)
{
    json_t *desk = desk_json(w), *entry;
    GString *out = g_string_new(NULL);
    size_t i;
    json_array_foreach(json_object_get(desk, "attention"), i, entry)
    {
        g_string_append_printf(out, "%s%s %zu/%zu", i ? ", " : "",
                               json_string_value(json_object_get(entry, "id")),
                               json_array_size(json_object_get(entry, "reasons")),
                               json_array_size(json_object_get(entry, "lines")));
    }
    json_decref(desk);
    return g_string_free(out, FALSE);
}

static void test_each_mission_has_its_own_lines(void **state)
{
    (void)state;
    struct notice_world *w = scene_desk_not_acknowledged();
    g_autofree char *got = attention_text(w);
    assert_string_equal(got, "ar-chicago 1/2, gb-chicago 1/1");
    notice_world_free(w);
}

static void test_the_most_pressing_mission_is_first_and_once(void **state)
{
    (void)state;
    struct notice_world *w = scene_desk_assistance();
    g_autofree char *got = attention_text(w);
    assert_string_equal(got, "gb-chicago 2/2, ar-chicago 1/2");
    notice_world_free(w);
}

/* A mission whose id begins with another's has not its lines. */
static void test_ids_are_compared_whole(void **state)
{
    (void)state;
    struct notice_world *w = notice_world_new("mailto:cc@dss.example", "en");
    struct obligation *o = world_add_obligation(w, OBLIGATION_DESK, "desk:cc", "Desk", NULL);
    o->reason = OBLIGATION_NOT_ACKNOWLEDGED;
    static const char *const ids[] = { "ar-new", "ar-new-york" };
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        world_add_mission(w, ids[i], ids[i], "consulate", "X", "NY", "America/New_York",
                          "washington");
        g_ptr_array_add(o->missions, g_strdup(ids[i]));
    }
    g_free(o->detail);
    o->detail = g_strdup("ar-new-york/1 One\nar-new/1 Two\nar-new/2 Three");
    g_autofree char *got = attention_text(w);
    assert_string_equal(got, "ar-new 1/2, ar-new-york 1/1");
    notice_world_free(w);
}

static void test_what_was_handed_on_is_listed_apart(void **state)
{
    (void)state;
    struct notice_world *w = scene_desk_handed_on();
    json_t *desk = desk_json(w);
    const json_t *groups = json_object_get(desk, "groups");
    assert_int_equal(json_array_size(groups), 1);
    assert_int_equal(json_array_size(json_object_get(json_array_get(groups, 0), "missions")), 2);
    const json_t *notes = json_object_get(desk, "notes");
    assert_int_equal(json_array_size(notes), 1);
    assert_string_equal(json_string_value(json_array_get(notes, 0)),
                        "Now with DSS Command Center, telephone 571-345-3146");
    json_decref(desk);
    notice_world_free(w);
}

/* Entries share with the one before only what they have in common with it. */
static void test_neighbours_in_a_list(void **state)
{
    (void)state;
    static const struct affected_mission missions[] = {
        { .id = "a", .name = "A", .kind = "embassy", .city = "Washington", .state = "DC" },
        { .id = "b", .name = "B", .kind = "embassy", .city = "Washington", .state = "DC" },
        { .id = "c", .name = "C", .kind = "permanent-mission", .city = "Washington", .state = "" },
        { .id = "d", .name = "D", .kind = "permanent-mission", .city = "Portland", .state = "OR" },
        { .id = "e", .name = "E", .kind = "consulate", .city = "Portland", .state = "ME" },
        { .id = "f", .name = "F", .kind = "consulate", .city = "Augusta", .state = "ME" },
    };
    struct notice_list *list = notice_list_new();
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(missions); i++) {
        const struct affected_mission *m = &missions[i % G_N_ELEMENTS(missions)];
        json_t *got = notice_list_entry(list, m), *want = notice_list_mission(m);
        assert_true(json_equal(got, want));
        json_decref(got);
        json_decref(want);
    }
    notice_list_free(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_asked_of_a_desk),
        cmocka_unit_test(test_neighbours_in_a_list),
        cmocka_unit_test(test_each_mission_has_its_own_lines),
        cmocka_unit_test(test_the_most_pressing_mission_is_first_and_once),
        cmocka_unit_test(test_ids_are_compared_whole),
        cmocka_unit_test(test_what_was_handed_on_is_listed_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
