#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "model/message.h"

/* "language headline place missions" each; missions "-": all, else ids joined by commas. */
static struct broadcast *broadcast_of(const char *const *texts)
{
    struct broadcast *b = broadcast_new();
    b->urgency = URGENCY_EXPECTED;
    b->severity = SEVERITY_SEVERE;
    b->expires.ms = 9000;
    for (size_t i = 0; texts[i]; i++) {
        g_auto(GStrv) part = g_strsplit(texts[i], " ", 4);
        struct message *m = g_new0(struct message, 1);
        m->language = g_strdup(part[0]);
        m->headline = g_strdup(part[1]);
        m->description = g_strconcat("About ", part[1], NULL);
        m->place = g_str_equal(part[2], "-") ? NULL : g_strdup(part[2]);
        if (!g_str_equal(part[3], "-")) {
            g_auto(GStrv) ids = g_strsplit(part[3], ",", -1);
            m->missions = g_ptr_array_new_with_free_func(g_free);
            for (char **id = ids; *id; id++)
                g_ptr_array_add(m->missions, g_strdup(*id));
            m->own = g_new0(struct message_own, 1);
            m->own->urgency = g_str_equal(part[2], "North") ? URGENCY_IMMEDIATE : URGENCY_FUTURE;
            m->own->severity = SEVERITY_MINOR;
            m->own->effective.ms = g_str_equal(part[2], "North") ? 2000 : 1000;
            m->own->expires.ms = g_str_equal(part[2], "North") ? 3000 : 4000;
        }
        g_ptr_array_add(b->messages, m);
    }
    return b;
}

static const char *const everybody[] = { "en A - -", "es B - -", NULL };
static const char *const places[] = { "en Run North a,b", "en Stay South b,c", "es Corre North a,b",
                                      "en Note - -", NULL };
static const char *const apart[] = { "en Run North a", "en Stay South c", NULL };

static const struct row {
    const char *name;
    const char *const *texts;
    const char *language, *missions, *want; /* missions: "" none */
    enum message_unnamed unnamed;
} rows[] = {
    { "everybody gets their language", everybody, "es", "a", "es|B|About B", UNNAMED_NONE },
    { "and English where there is none", everybody, "fr", "a,b,c", "en|A|About A", UNNAMED_NONE },
    { "a mission of one place gets its text", apart, "en", "a", "en|Run|About Run", UNNAMED_NONE },
    { "and the other's its own", apart, "en", "c", "en|Stay|About Stay", UNNAMED_NONE },
    { "in its language where the place has one", places, "es", "a", "es|Corre|About Corre",
      UNNAMED_NONE },
    { "else in English, with what is for all", places, "es", "c",
      "en|Stay / Note|[South] Stay\nAbout Stay\n\nNote\nAbout Note", UNNAMED_NONE },
    { "a mission of both gets both", places, "en", "b",
      "en|Run / Stay / Note|[North] Run\nAbout Run\n\n[South] Stay\nAbout Stay\n\nNote\n"
      "About Note",
      UNNAMED_NONE },
    { "who answers for several gets all of theirs", apart, "en", "a,c",
      "en|Run / Stay|[North] Run\nAbout Run\n\n[South] Stay\nAbout Stay", UNNAMED_NONE },
    { "each in the reader's language as far as it goes", places, "es", "a,c",
      "en|Stay / Corre / Note|[South] Stay\nAbout Stay\n\n[North] Corre\nAbout Corre\n\nNote\n"
      "About Note",
      UNNAMED_NONE },
    { "a mission without a text gets none", apart, "en", "z", "none", UNNAMED_NONE },
    { "nor does nobody", apart, "en", "", "none", UNNAMED_NONE },
    { "or all, headed by their places, where somebody added it", apart, "en", "z",
      "en|Run / Stay|[North] Run\nAbout Run\n\n[South] Stay\nAbout Stay", UNNAMED_ALL },
    { "which changes nothing for those that are named", apart, "en", "a", "en|Run|About Run",
      UNNAMED_ALL },
};

static char *told(const struct broadcast *b)
{
    if (b->messages->len == 0)
        return g_strdup("none");
    assert_int_equal(b->messages->len, 1);
    const struct message *m = b->messages->pdata[0];
    return g_strjoin("|", m->language, m->headline, m->description, NULL);
}

static void each_mission_is_told_its_own(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct broadcast *b = broadcast_of(r->texts);
        g_auto(GStrv) ids = g_strsplit(r->missions, ",", -1);
        struct broadcast *n = message_narrow(b, r->language, (const char *const *)ids,
                                             g_strv_length(ids), r->unnamed);
        const struct message *plain = broadcast_message_for(n, r->language);
        g_autofree char *got =
            n == b ? g_strjoin("|", plain->language, plain->headline, plain->description, NULL)
                   : told(n);
        if (!g_str_equal(got, r->want))
            fail_msg("%s: got %s", r->name, got);
        broadcast_unref(n);
        broadcast_unref(b);
    }
}

static void levels_and_times_are_those_of_the_texts(void **state)
{
    (void)state;
    struct broadcast *b = broadcast_of(apart);
    const char *const ids[] = { "a", "c" };
    struct broadcast *south = message_narrow(b, "en", ids + 1, 1, UNNAMED_NONE),
                     *both = message_narrow(b, "en", ids, 2, UNNAMED_NONE);
    assert_int_equal(south->urgency, URGENCY_FUTURE);
    assert_int_equal(south->severity, SEVERITY_MINOR);
    assert_int_equal(south->effective.ms, 1000);
    assert_int_equal(south->expires.ms, 4000);
    assert_int_equal(both->urgency, URGENCY_IMMEDIATE);
    assert_int_equal(both->effective.ms, 1000);
    assert_int_equal(both->expires.ms, 4000);
    broadcast_unref(south);
    broadcast_unref(both);
    broadcast_unref(b);
}

static void what_a_mission_is_told_first(void **state)
{
    (void)state;
    struct broadcast *b = broadcast_of(places);
    assert_string_equal(message_first(b, "en", "c")->headline, "Stay");
    assert_string_equal(message_first(b, "en", "z")->headline, "Note");
    assert_true(message_differ(b));
    broadcast_unref(b);
    b = broadcast_of(everybody);
    assert_false(message_differ(b));
    broadcast_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mission_is_told_its_own),
        cmocka_unit_test(levels_and_times_are_those_of_the_texts),
        cmocka_unit_test(what_a_mission_is_told_first),
    };
    return cmocka_run_group_tests_name("message", tests, NULL, NULL);
}
