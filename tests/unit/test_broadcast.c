#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/broadcast.h"

static struct message *text(const char *language)
{
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup(language);
    m->headline = g_strdup("h");
    m->description = g_strdup("d");
    return m;
}

static const struct choice {
    const char *name;
    const char *offered[4];
    const char *reads, *gets;
} choices[] = {
    { "the reader's own language", { "en", "es" }, "es", "es" },
    { "English where the language is not offered", { "es", "en" }, "fr", "en" },
    { "the first where there is no English either", { "es", "pt" }, "fr", "es" },
    { "a regional text serves its language", { "en", "pt-br" }, "pt", "pt-br" },
    { "a reader of a region gets the plain language", { "en", "pt" }, "pt-BR", "pt" },
    { "the exact region is preferred", { "pt", "pt-br" }, "pt-BR", "pt-br" },
    { "a longer subtag is another language", { "en", "fil" }, "fi", "en" },
    { "regional English is English", { "es", "en-us" }, "ar", "en-us" },
    { "no language at all is English", { "es", "en" }, "", "en" },
    { "no text at all is none", { NULL }, "en", NULL },
};

static void test_message_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(choices); i++) {
        const struct choice *c = &choices[i];
        struct broadcast *b = broadcast_new();
        for (size_t k = 0; c->offered[k]; k++)
            g_ptr_array_add(b->messages, text(c->offered[k]));
        const struct message *m = broadcast_message_for(b, c->reads);
        if (g_strcmp0(m ? m->language : NULL, c->gets))
            fail_msg("%s: got %s", c->name, m ? m->language : "nothing");
        broadcast_unref(b);
    }
}

static const struct name_row {
    const char *name;
    const char *const *names;
    const char *word;
    int want;
} names[] = {
    { "first status", broadcast_status_names, "actual", STATUS_ACTUAL },
    { "last status", broadcast_status_names, "draft", STATUS_DRAFT },
    { "last type", broadcast_type_names, "error", TYPE_ERROR },
    { "last urgency", broadcast_urgency_names, "unknown", URGENCY_UNKNOWN },
    { "last severity", broadcast_severity_names, "unknown", SEVERITY_UNKNOWN },
    { "last certainty", broadcast_certainty_names, "unknown", CERTAINTY_UNKNOWN },
    { "last handling", broadcast_handling_names, "notice", HANDLING_NOTICE },
    { "last state", broadcast_state_names, "closed", BROADCAST_CLOSED },
    { "a response", broadcast_response_names, "allclear", 7 },
    { "another case is another word", broadcast_status_names, "Actual", -1 },
    { "an empty word", broadcast_status_names, "", -1 },
    { "no word", broadcast_status_names, NULL, -1 },
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        int got = broadcast_name_index(names[i].names, names[i].word);
        if (got != names[i].want)
            fail_msg("%s: got %d", names[i].name, got);
    }
}

static void test_new_reaches_nobody(void **state)
{
    (void)state;
    struct broadcast *b = broadcast_new();
    assert_int_equal(b->status, STATUS_DRAFT);
    assert_int_equal(b->urgency, URGENCY_UNKNOWN);
    struct broadcast *same = broadcast_ref(b);
    broadcast_unref(b);
    same->id = g_strdup("still there");
    assert_string_equal(same->id, "still there");
    broadcast_unref(same);
    broadcast_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_message_for),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_new_reaches_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
