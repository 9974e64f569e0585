#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notice_scenes.h"
#include "shipped_templates.h"
#include "wire/page.h"
#include "wire/page_shell.h"

static struct notice_world *scene_campaign(void)
{
    struct notice_world *w = scene_english_asks();
    w->broadcast->status = STATUS_SYSTEM;
    return w;
}

static struct notice_world *scene_spanish_asks(void)
{
    return scene_asks(scene_spanish_update(), PURPOSE_TELL);
}

static const struct row {
    const char *name;
    struct notice_world *(*make)(void);
    enum page_event event;
    enum broadcast_state version;
    enum answer answer;
    const char *has, *lacks;
} rows[] = {
    { "the headline is shown", scene_english_asks, PAGE_ASKS, BROADCAST_RELEASED, ANSWER_NONE,
      ">" SCENE_HEADLINE "</h1>", "Nothing has been recorded" },
    { "the text is not: whoever follows a link may be anybody", scene_english_asks, PAGE_ASKS,
      BROADCAST_RELEASED, ANSWER_NONE, "British Consulate General", "Keep entrances clear" },
    { "nor is the code that it asks for", scene_english_asks, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "name=\"code\"", "472" },
    { "the form goes to the link", scene_english_asks, PAGE_ASKS, BROADCAST_RELEASED, ANSWER_NONE,
      "<form method=\"post\" action=\"/a/k3Qx0V9sT1uWzYbA7cDeFg\"", "<script" },
    { "no answer is chosen for anybody", scene_english_asks, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_UNDERSTOOD, "value=\"understood\" required>", " checked" },
    { "a wrong code says so and keeps what was chosen", scene_english_asks, PAGE_WRONG_CODE,
      BROADCAST_RELEASED, ANSWER_NEED_ASSISTANCE, "value=\"need-assistance\" required checked>",
      "class=\"note good\"" },
    { "and marks the field", scene_english_asks, PAGE_WRONG_CODE, BROADCAST_RELEASED,
      ANSWER_NEED_ASSISTANCE, "aria-invalid=\"true\"", "<details>" },
    { "no answer says so", scene_english_asks, PAGE_NO_ANSWER, BROADCAST_RELEASED, ANSWER_NONE,
      "id=\"answer-error\">Choose one of the answers.", "aria-invalid=" },
    { "what was recorded is thanked for, with its local time", scene_english_asks, PAGE_ANSWERED,
      BROADCAST_RELEASED, ANSWER_UNDERSTOOD, "<bdi dir=\"ltr\">08:30 CDT</bdi>", "note bad" },
    { "whoever asks for help reads what follows", scene_english_asks, PAGE_ANSWERED,
      BROADCAST_RELEASED, ANSWER_NEED_ASSISTANCE, "goes to the duty officer now", "note bad" },
    { "another answer can follow", scene_english_asks, PAGE_ANSWERED, BROADCAST_RELEASED,
      ANSWER_NOT_AFFECTED, "<details>", " checked" },
    { "a later version is spoken of, and the answer taken", scene_english_asks, PAGE_ASKS,
      BROADCAST_SUPERSEDED, ANSWER_NONE, "There is a later version", "note bad" },
    { "a cancel too", scene_spanish_asks, PAGE_ASKS, BROADCAST_CANCELLED, ANSWER_NONE,
      "Este mensaje ha sido anulado", "note bad" },
    { "and the end of its time", scene_english_asks, PAGE_ASKS, BROADCAST_EXPIRED, ANSWER_NONE,
      "The time of this message is over", "note bad" },
    { "in the reader's language, right to left", scene_arabic_asks, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "<html lang=\"ar\" dir=\"rtl\">", "Your answer" },
    { "the headline's own language and direction", scene_french_exercise, PAGE_ASKS,
      BROADCAST_RELEASED, ANSWER_NONE, "<h1 lang=\"en\" dir=\"ltr\">", "Your answer" },
    { "an exercise says so first", scene_french_exercise, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "EXERCISE EXERCISE EXERCISE", "TEST" },
    { "a thin notice keeps its headline", scene_portuguese_thin, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "Informação de segurança: telefone, por favor", "Demonstrations" },
    { "a campaign asks whether it is right", scene_campaign, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "Yes, this is right", "need-assistance" },
    { "a partner needs no help of ours", scene_partner_assistance, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "value=\"understood\"", "not-affected" },
    { "nor is any mission its own", scene_partner_assistance, PAGE_ASKS, BROADCAST_RELEASED,
      ANSWER_NONE, "Missions concerned", "representative of this mission" },
};

static char *render(const struct row *r, struct notice_world *w)
{
    struct page_answer p = { .notice = &w->notice,
                             .event = r->event,
                             .version = r->version,
                             .action = "/a/k3Qx0V9sT1uWzYbA7cDeFg",
                             .answer = r->answer,
                             .answered_ms = r->event == PAGE_ANSWERED ? NOTICE_NOW : 0 };
    return page_answer(&p, templates);
}

static void test_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct notice_world *w = rows[i].make();
        g_autofree char *html = render(&rows[i], w);
        if (!strstr(html, rows[i].has))
            fail_msg("%s: \"%s\" is missing", rows[i].name, rows[i].has);
        if (strstr(html, rows[i].lacks))
            fail_msg("%s: \"%s\" is there", rows[i].name, rows[i].lacks);
        notice_world_free(w);
    }
}

/* A page fetches nothing and runs nothing, whatever happened. */
static void test_nothing_is_fetched(void **state)
{
    (void)state;
    static const char *const never[] = { "<script", " src=", "<link",  "@import",
                                         "url(",    "http:", "https:", " onclick" };
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct notice_world *w = rows[i].make();
        g_autofree char *html = render(&rows[i], w);
        for (size_t k = 0; k < G_N_ELEMENTS(never); k++) {
            if (strstr(html, never[k]))
                fail_msg("%s: \"%s\"", rows[i].name, never[k]);
        }
        notice_world_free(w);
    }
}

static void test_hostile_values_are_text(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_asks();
    struct message *m = w->broadcast->messages->pdata[0];
    struct affected_mission *mission = w->missions->pdata[0];
    g_free(m->headline);
    m->headline = g_strdup("<script>alert(1)</script>\u202e & \"more\"");
    g_free(mission->name);
    mission->name = g_strdup("'\"><img src=x>");
    struct page_answer p = { .notice = &w->notice,
                             .event = PAGE_WRONG_CODE,
                             .action = "/a/\"><b>",
                             .contact = "/a/'><i>",
                             .note = "</textarea><script>" };
    g_autofree char *html = page_answer(&p, templates);
    static const char *const never[] = { "<script", "<img",          "\"><b>",
                                         "'><i>",   "</textarea><s", "\u202e" };
    for (size_t i = 0; i < G_N_ELEMENTS(never); i++) {
        if (strstr(html, never[i]))
            fail_msg("%s came through", never[i]);
    }
    assert_non_null(strstr(html, "&lt;/textarea&gt;&lt;script&gt;</textarea>"));
    notice_world_free(w);
}

static const struct plain_row {
    const char *name;
    enum page_plain kind;
    const char *languages;
    int64_t wait_s;
    const char *has;
} plains[] = {
    { "an unknown link, in English for want of better", PAGE_UNKNOWN_LINK, NULL, 0,
      "This link does not work" },
    { "it says whom to call", PAGE_UNKNOWN_LINK, NULL, 0, "tel:+15713453146" },
    { "the browser's language", PAGE_UNKNOWN_LINK, "fr-CH, fr;q=0.9, en;q=0.8", 0,
      "Ce lien ne fonctionne pas" },
    { "right to left", PAGE_TROUBLE, "ar", 0, "<html lang=\"ar\" dir=\"rtl\">" },
    { "minutes are rounded up", PAGE_TOO_MANY_TRIES, "en", 61, "try again: 2." },
};

static void test_plain_pages(void **state)
{
    (void)state;
    struct directory *d = world_directory();
    for (size_t i = 0; i < G_N_ELEMENTS(plains); i++) {
        const struct plain_row *r = &plains[i];
        g_autofree char *html = page_plain(r->kind, r->languages, r->wait_s, d, templates);
        if (!strstr(html, r->has))
            fail_msg("%s: \"%s\" is missing", r->name, r->has);
        if (strstr(html, "<form"))
            fail_msg("%s: there is a form", r->name);
    }
    directory_unref(d);
}

static const struct language_row {
    const char *asked, *given;
} languages[] = {
    { "es", "es" },
    { "pt-BR,pt;q=0.9,en;q=0.8", "pt" },
    { "de, en;q=0.5, ar;q=0.7", "ar" },
    { "en;q=0.2,fr;q=0.3", "fr" },
    { "*", "en" },
    { "de", "en" },
    { "", "en" },
    { NULL, "en" },
    { "es;q=0, fr;q=0.1", "fr" },
    { ";;;,,,=;q=,\xff\xfe", "en" },
    { "x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,x,es", "en" },
};

static void test_accept_language(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        const char *got = page_shell_language(languages[i].asked, templates);
        if (!g_str_equal(got, languages[i].given))
            fail_msg("\"%s\": %s", languages[i].asked, got);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_nothing_is_fetched),
        cmocka_unit_test(test_hostile_values_are_text),
        cmocka_unit_test(test_plain_pages),
        cmocka_unit_test(test_accept_language),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
