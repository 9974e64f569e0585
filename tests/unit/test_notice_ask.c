#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notice_scenes.h"
#include "shipped_templates.h"
#include "wire/notice_ask.h"
#include "wire/notice_json.h"
#include "wire/template_set.h"
#include "wire/webhook_message.h"

static void test_the_link_and_its_code(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_asks();
    g_autofree char *url = notice_ask_url(&w->notice);
    assert_string_equal(url, "https://liaison.dss.example/a/k3Qx0V9sT1uWzYbA7cDeFg");
    json_t *ask = notice_ask_json(&w->notice);
    assert_string_equal(json_string_value(json_object_get(ask, "url")), url);
    assert_string_equal(json_string_value(json_object_get(ask, "code")), "472913");
    assert_string_equal(json_string_value(json_object_get(ask, "spaced")), "472 913");
    json_decref(ask);
    notice_world_free(w);
}

static void test_without_a_link_nothing_is_asked(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    json_t *ask = notice_ask_json(&w->notice);
    assert_null(notice_ask_url(&w->notice));
    assert_null(notice_ask_data(&w->notice));
    assert_int_equal(json_object_size(ask), 0);
    assert_false(notice_ask_is_reminder(&w->notice));
    json_decref(ask);
    notice_world_free(w);
}

static const struct subject_row {
    const char *name;
    struct notice_world *(*make)(void);
    enum broadcast_status status;
    const char *language, *want;
} subjects[] = {
    { "a first message is its headline", scene_english_asks, STATUS_ACTUAL, "en", SCENE_HEADLINE },
    { "a reminder says so", scene_english_reminder, STATUS_ACTUAL, "en",
      "Reminder: please confirm: " SCENE_HEADLINE },
    { "an exercise says so before that", scene_english_reminder, STATUS_EXERCISE, "en",
      "[EXERCISE] Reminder: please confirm: " SCENE_HEADLINE },
    { "in the reader's words", scene_thin_update_reminder, STATUS_ACTUAL, "pt",
      "Lembrete: confirme, por favor: Atualização: Informação de segurança: telefone, por favor" },
    { "right to left too", scene_arabic_reminder, STATUS_ACTUAL, "ar",
      "تذكير بتأكيد الاستلام: مظاهرات بالقرب من البعثات الأجنبية في شيكاغو" },
};

static void test_subjects(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(subjects); i++) {
        const struct subject_row *r = &subjects[i];
        struct notice_world *w = r->make();
        w->broadcast->status = r->status;
        const char *language = NULL;
        const json_t *phrases = template_set_phrases(templates, r->language, &language);
        g_autofree char *got = notice_subject(&w->notice, phrases);
        if (!g_str_equal(got, r->want))
            fail_msg("%s: got %s", r->name, got);
        notice_world_free(w);
    }
}

/* "data.acknowledge" of what an endpoint gets, or NULL; the caller frees the event. */
static json_t *event_of(const struct notice_world *w)
{
    struct webhook_keys keys = { g_ptr_array_new() };
    struct webhook_message *m = webhook_message_render(&w->notice, "liaisond", &keys, NULL);
    json_t *event = json_loadb(m->body, m->body_len, JSON_REJECT_DUPLICATES, NULL);
    webhook_message_free(m);
    g_ptr_array_unref(keys.masters);
    assert_non_null(event);
    return event;
}

static void test_programs_are_told_where_to_answer(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_reminder();
    json_t *event = event_of(w), *data = json_object_get(event, "data");
    const json_t *ask = json_object_get(data, "acknowledge");
    assert_true(json_is_true(json_object_get(data, "reminder")));
    assert_string_equal(json_string_value(json_object_get(ask, "token")), "k3Qx0V9sT1uWzYbA7cDeFg");
    assert_string_equal(json_string_value(json_object_get(ask, "code")), "472913");
    assert_string_equal(json_string_value(json_object_get(ask, "post")),
                        "https://liaison.dss.example/v1/acknowledgements");
    char *answers = json_dumps(json_object_get(ask, "answers"), JSON_COMPACT);
    assert_string_equal(answers,
                        "[\"understood\",\"need-assistance\",\"not-affected\",\"wrong-person\"]");
    free(answers);
    json_decref(event);
    notice_world_free(w);
}

static void test_programs_that_are_not_asked(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    json_t *event = event_of(w), *data = json_object_get(event, "data");
    assert_null(json_object_get(data, "acknowledge"));
    assert_null(json_object_get(data, "reminder"));
    json_decref(event);
    notice_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_link_and_its_code),
        cmocka_unit_test(test_without_a_link_nothing_is_asked),
        cmocka_unit_test(test_subjects),
        cmocka_unit_test(test_programs_are_told_where_to_answer),
        cmocka_unit_test(test_programs_that_are_not_asked),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
