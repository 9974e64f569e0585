#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/broadcast.h"
#include "wire/matter_text.h"

static struct template_set *templates;

static int load(void **state)
{
    struct faults *f = faults_new();
    (void)state;
    templates = template_set_load(SOURCE_DIR "/conf/templates", f);
    assert_non_null(templates);
    faults_free(f);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    template_set_unref(templates);
    return 0;
}

static void free_all(GPtrArray *messages)
{
    for (guint i = 0; i < messages->len; i++)
        message_free(g_ptr_array_index(messages, i));
    g_ptr_array_unref(messages);
}

static const struct row {
    const char *name;
    enum matter_saying what;
    struct matter_words words;
    const char *headline, *description; /* in English */
} rows[] = {
    { "what was received is said with its number, its owner and a copy",
      MATTER_SAYS_RECEIVED,
      { .no = 17, .owner = "DSS office, Chicago", .copy = "Subject: A {number} of things" },
      "Received under number 17",
      "We have received what you sent us, under number 17. It is with: DSS office, Chicago. Quote "
      "the number when you call.\n\nSubject: A {number} of things" },
    { "an answer has the agent's words, whatever they look like",
      MATTER_SAYS_ANSWERED,
      { .no = 3, .note = "On {owner}'s Monday" },
      "Number 3 was answered",
      "Number 3 was answered\n\nIn their words: On {owner}'s Monday" },
    { "what needs no words has none",
      MATTER_SAYS_CLOSED,
      { .no = 4 },
      "Number 4 is closed",
      "Number 4 is closed" },
    { "a campaign says until when",
      MATTER_SAYS_CAMPAIGN,
      { .until_ms = INT64_C(1795444200000) },
      "Please confirm your contact data",
      "From time to time we check that our messages reach you. Please confirm by 2026-11-23 14:30 "
      "UTC that you still receive them here. If your data has changed, or you are no longer the "
      "security liaison representative, say so on the same page." },
};

static void english_comes_first_and_says_it(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        GPtrArray *all = matter_text(templates, rows[i].what, &rows[i].words);
        const struct message *m = g_ptr_array_index(all, 0);
        assert_string_equal(m->language, "en");
        if (strcmp(m->headline, rows[i].headline) || strcmp(m->description, rows[i].description))
            fail_msg("%s: %s\n%s", rows[i].name, m->headline, m->description);
        free_all(all);
    }
}

/* Nothing that is said leaves a hole open in any language, and each is said once. */
static void every_language_says_everything(void **state)
{
    const struct matter_words words = {
        .no = 17, .owner = "O", .name = "N", .mission = "M", .until_ms = 1, .note = "W"
    };
    (void)state;
    for (int what = MATTER_SAYS_RECEIVED; what <= MATTER_SAYS_CAMPAIGN; what++) {
        GPtrArray *all = matter_text(templates, (enum matter_saying)what, &words);
        g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
        assert_int_equal(all->len, g_strv_length((char **)template_set_languages(templates)));
        for (guint i = 0; i < all->len; i++) {
            struct message *m = g_ptr_array_index(all, i);
            assert_true(*m->headline && *m->description);
            assert_null(strpbrk(m->headline, "{}"));
            assert_null(strpbrk(m->description, "{}"));
            assert_true(g_hash_table_add(seen, m->headline)); /* no two languages say the same */
        }
        free_all(all);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(english_comes_first_and_says_it),
        cmocka_unit_test(every_language_says_everything),
    };
    return cmocka_run_group_tests(tests, load, unload);
}
