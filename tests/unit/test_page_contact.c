#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "notice_scenes.h"
#include "shipped_templates.h"
#include "wire/page_contact.h"

/* As typed, in the order of page_contact_fields. */
static const char *const typed[] = {
    "departing", "2", "Nämé \"<b>\"", "en", "nobody", NULL, NULL, NULL, "2026-12-01", "</textarea>"
};

static const struct row {
    const char *name;
    struct notice_world *(*make)(void);
    enum page_contact_event event;
    bool values;
    const char *bad; /* the field that is wrong; NULL: none */
    const char *has, *lacks;
} rows[] = {
    { "an empty form", scene_english_asks, PAGE_CONTACT_ASKS, false, NULL,
      "<input id=\"email\" name=\"email\" type=\"email\" dir=\"ltr\" maxlength=\"254\" value=\"\"",
      "class=\"note" },
    { "it goes to its own address", scene_english_asks, PAGE_CONTACT_ASKS, false, NULL,
      "<form method=\"post\" action=\"/a/x/contact\"", " checked" },
    { "what was typed is kept", scene_english_asks, PAGE_CONTACT_WRONG_CODE, true, NULL,
      "value=\"Nämé &quot;&lt;b&gt;&quot;\"", "<b>\"" },
    { "and what was chosen", scene_english_asks, PAGE_CONTACT_WRONG_CODE, true, NULL,
      "value=\"departing\" required checked>", "</textarea></textarea>" },
    { "a wrong code is marked", scene_english_asks, PAGE_CONTACT_WRONG_CODE, true, NULL,
      "code-error\" aria-invalid", "email-error" },
    { "a bad field is marked", scene_english_asks, PAGE_CONTACT_REFUSED, true, "/body/email",
      "email-hint email-error\" aria-invalid=\"true\"", "phone-error" },
    { "and so is a choice", scene_english_asks, PAGE_CONTACT_REFUSED, true, "/change",
      "<p class=\"error\">This is missing", "email-error" },
    { "once it is received there is no form", scene_english_asks, PAGE_CONTACT_RECEIVED, true, NULL,
      "Your change is recorded", "<form" },
    { "there is a way back", scene_english_asks, PAGE_CONTACT_RECEIVED, true, NULL,
      "<a href=\"/a/x\">", "<form" },
    { "in the reader's language", scene_arabic_asks, PAGE_CONTACT_ASKS, false, NULL,
      "<html lang=\"ar\" dir=\"rtl\">", "Change contact details" },
    { "the broadcast is not spoken of", scene_english_asks, PAGE_CONTACT_ASKS, false, NULL,
      "Change contact details</h1>", "Demonstrations" },
};

static void test_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct notice_world *w = r->make();
        struct faults *f = faults_new();
        if (r->bad)
            faults_add(f, r->bad, "malformed", "it is wrong");
        struct page_contact p = {
            &w->notice, r->event, "/a/x/contact", "/a/x", r->values ? typed : NULL, f
        };
        g_autofree char *html = page_contact(&p, templates);
        if (!strstr(html, r->has))
            fail_msg("%s: %s is missing", r->name, r->has);
        if (strstr(html, r->lacks))
            fail_msg("%s: %s is there", r->name, r->lacks);
        faults_free(f);
        notice_world_free(w);
    }
}

/* Every field is asked for once, and nothing else is. */
static void test_the_form_has_the_fields(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_asks();
    struct page_contact p = { .notice = &w->notice, .action = "/a/x/contact", .back = "/a/x" };
    g_autofree char *html = page_contact(&p, templates);
    for (size_t i = 0; page_contact_fields[i]; i++) {
        g_autofree char *name = g_strdup_printf(" name=\"%s\"", page_contact_fields[i]);
        if (!strstr(html, name))
            fail_msg("%s is missing", page_contact_fields[i]);
    }
    assert_int_equal(G_N_ELEMENTS(typed), 10);
    assert_non_null(strstr(html, " name=\"code\""));
    notice_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_the_form_has_the_fields),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
