#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "notice_scenes.h"
#include "notice_steps.h"
#include "shipped_templates.h"
#include "wire/notice_json.h"
#include "wire/notice_own.h"
#include "wire/template_set.h"

struct found { /* of one notice */
    struct notice_own own;
    json_t *value;
    const json_t *places[NOTICE_OWN_TEXTS];
};

static struct found find(const struct notice_world *w)
{
    struct found f;
    const char *language = NULL;
    const json_t *phrases = template_set_phrases(templates, w->notification->language, &language);
    notice_own_init(&f.own, &w->notice, phrases);
    f.value = notice_json(&w->notice, phrases, language);
    notice_own_places(&w->notice, f.value, f.places);
    return f;
}

static void found_clear(struct found *f)
{
    notice_own_clear(&f->own);
    json_decref(f->value);
}

static void check_texts(const char *name, const struct found *f)
{
    for (int i = 0; i < NOTICE_OWN_TEXTS; i++)
        if (f->places[i] && !g_str_equal(json_string_value(f->places[i]), f->own.texts[i]))
            fail_msg("%s: text %d is \"%s\", and \"%s\" in the value", name, i, f->own.texts[i],
                     json_string_value(f->places[i]));
}

static void test_texts_are_those_of_the_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
        struct notice_world *w = scenes[i].make();
        struct found f = find(w);
        check_texts(scenes[i].name, &f);
        assert_non_null(f.places[OWN_MESSAGE]);
        assert_true(!f.places[OWN_URL] == !w->notice.link);
        found_clear(&f);
        notice_world_free(w);
    }
}

/* With the same in every place. */
static void level(const struct found *f)
{
    for (int i = 0; i < NOTICE_OWN_TEXTS; i++)
        if (f->places[i])
            json_string_set((json_t *)f->places[i], "same");
}

/* Each changes only what belongs to the person, from the notice with a link on. */
static const int own_steps[] = { 15, 1, 11, 12, 16, 17 };

static void test_nothing_else_is_a_persons_own(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day(), *other = steps_other();
    struct found before = { .value = NULL };
    for (size_t i = 0; i < G_N_ELEMENTS(own_steps); i++) {
        steps_take(w, other, own_steps[i]);
        struct found f = find(w);
        check_texts("own step", &f);
        if (before.value && json_equal(f.value, before.value))
            fail_msg("step %d changes nothing", own_steps[i]);
        level(&f);
        if (before.value)
            level(&before);
        if (before.value && !json_equal(f.value, before.value))
            fail_msg("step %d changes more than what is own", own_steps[i]);
        if (before.value)
            found_clear(&before);
        before = find(w);
        found_clear(&f);
    }
    found_clear(&before);
    notice_world_free(other);
    notice_world_free(w);
}

static void test_what_is_empty_is_another_kind(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day(), *other = steps_other();
    struct found f = find(w);
    unsigned seen = notice_own_empty(&f.own);
    found_clear(&f);
    for (int step = 13; step <= 15; step++) { /* no city, no name, a link */
        steps_take(w, other, step);
        f = find(w);
        assert_int_not_equal(notice_own_empty(&f.own), seen);
        seen = notice_own_empty(&f.own);
        found_clear(&f);
    }
    notice_world_free(other);
    notice_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_texts_are_those_of_the_value),
        cmocka_unit_test(test_nothing_else_is_a_persons_own),
        cmocka_unit_test(test_what_is_empty_is_another_kind),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
