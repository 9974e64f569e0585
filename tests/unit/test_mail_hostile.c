/* Text of outsiders in every place of a mail: it stays text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "notice_scenes.h"
#include "shipped_templates.h"
#include "wire/mail_message.h"

static const struct mail_settings settings = { "alerts@dss.example", "Diplomatic Security Service",
                                               "exercise@dss.example", "dss.example", 4096 };

static char *render(const struct notice_world *w)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) mail = mail_message_render(&w->notice, templates, &settings, NULL, &error);
    if (!mail)
        fail_msg("%s", error->message);
    return g_strndup(g_bytes_get_data(mail, NULL), g_bytes_get_size(mail));
}

static void test_nobody_writes_our_headers(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    struct message *m = w->broadcast->messages->pdata[0];
    struct obligation *o = w->obligations->pdata[0];
    g_free(m->headline);
    m->headline = g_strdup("Fire\r\nBcc: all@dss.example\r\n\r\nbody");
    g_free(o->name);
    o->name = g_strdup("A\r\nX-Evil: 1\n\"B\" <c@d.example>");
    g_autofree char *mail = render(w);
    assert_null(strstr(mail, "\nBcc:"));
    assert_null(strstr(mail, "\nc@d.example"));
    assert_null(strstr(mail, "\nX-Evil:"));
    assert_non_null(strstr(mail, "Subject: Fire Bcc: all@dss.example body\r\n"));
    notice_world_free(w);
}

/* The names of a mail's header lines, in order. */
static char *header_names(const char *mail)
{
    g_autofree char *head = g_strndup(mail, (gsize)(strstr(mail, "\r\n\r\n") - mail));
    g_auto(GStrv) lines = g_strsplit(head, "\r\n", -1);
    GString *out = g_string_new(NULL);
    for (char **line = lines; *line; line++)
        if (**line != ' ' && **line != '\t')
            g_string_append_printf(out, "%.*s ", (int)strcspn(*line, ":"), *line);
    return g_string_free(out, FALSE);
}

static void check_what_smtp_needs(const char *name, const char *mail)
{
    g_auto(GStrv) lines = g_strsplit(mail, "\r\n", -1);
    for (char **line = lines; *line; line++) {
        if (strlen(*line) > 998 || strpbrk(*line, "\r\n"))
            fail_msg("%s: %s", name, *line);
        for (const char *p = *line; *p; p++)
            if ((unsigned char)*p >= 0x7f || (*p < ' ' && *p != '\t'))
                fail_msg("%s: byte %02x", name, (unsigned char)*p);
    }
}

static const struct hostile_row {
    const char *name, *text;
    unsigned times;
} hostile[] = {
    { "a header after CRLF", "x\r\nBcc: all@dss.example\r\n\r\nbody", 1 },
    { "a header after a bare LF", "x\nBcc: all@dss.example", 1 },
    { "a header after a bare CR", "x\rBcc: all@dss.example", 1 },
    { "a header after a folded line", "x\r\n \r\nBcc: all@dss.example", 1 },
    { "the end of the message", "x\r\n.\r\nQUIT\r\n", 1 },
    { "a mailbox", "\"x\" <all@dss.example>, (y", 1 },
    { "one very long word", "abcdefghij", 200 },
    { "long Arabic", "مظاهرات ", 120 },
    { "long Japanese without a blank", "日本", 300 },
    { "direction overrides", "\xe2\x80\xaetxt.exe\xe2\x81\xa6", 3 },
    { "line separators", "a\xe2\x80\xa8\x62\xc2\x85", 3 },
    { "no UTF-8", "\xff\xfe\xed\xa0\x80", 20 },
    { "controls", "\x01\x1b[31m\x7f\xc2\x9b", 3 },
    { "blanks only", " \t", 40 },
};

/* Wherever text of outsiders stands. */
static void fill_in(struct notice_world *w, const char *text)
{
    struct message *m = w->broadcast->messages->pdata[0];
    struct obligation *o = w->obligations->pdata[0];
    struct affected_mission *mission = w->missions->pdata[0];
    char **const places[] = { &m->headline,
                              &m->description,
                              &m->instruction,
                              &o->name,
                              &o->detail,
                              &o->phone,
                              &mission->name,
                              &mission->city,
                              &w->broadcast->identifier,
                              &w->broadcast->sender,
                              &w->broadcast->incident };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_free(*places[i]);
        *places[i] = g_strdup(text);
    }
}

static void test_hostile_text_everywhere(void **state)
{
    (void)state;
    struct notice_world *(*const made[])(void) = { scene_english_by_day, scene_arabic_at_night,
                                                   scene_desk, scene_desk_call_needed };
    for (size_t i = 0; i < G_N_ELEMENTS(hostile) * G_N_ELEMENTS(made); i++) {
        const struct hostile_row *row = &hostile[i / G_N_ELEMENTS(made)];
        g_autoptr(GString) text = g_string_new(NULL);
        for (unsigned k = 0; k < row->times; k++)
            g_string_append(text, row->text);
        struct notice_world *w = made[i % G_N_ELEMENTS(made)]();
        g_autofree char *before = render(w), *want = header_names(before);
        fill_in(w, text->str);
        g_autofree char *mail = render(w), *got = header_names(mail);
        if (strcmp(want, got) != 0)
            fail_msg("%s: %s instead of %s", row->name, got, want);
        check_what_smtp_needs(row->name, mail);
        notice_world_free(w);
    }
}

#define ENCODED "=?utf-8?Q?=0D=0ABcc:_x=40y.example=E2=80=AE?="

/* What is an encoded word in the text is read as it was written, not decoded. */
static void test_nobody_is_decoded(void **state)
{
    (void)state;
    struct notice_world *w = scene_with_attachments();
    struct message *m = w->broadcast->messages->pdata[0];
    struct obligation *o = w->obligations->pdata[0];
    struct resource *r = w->broadcast->resources->pdata[0];
    char **const places[] = { &m->headline, &o->name, &r->description };
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_free(*places[i]);
        *places[i] = g_strdup("Fire " ENCODED);
    }
    g_autofree char *mail = render(w);
    assert_null(strstr(mail, "=?utf-8?Q?=0D"));
    assert_non_null(
        strstr(mail, "\r\nSubject: Fire = ?utf-8?Q?= 0D= 0ABcc:_x= 40y.example= E2= 80= AE?="));
    notice_world_free(w);
}

/* A domain of xn-- that is nobody's encoding of a name: the header has it as the envelope does. */
static void test_a_domain_stays_as_it_is(void **state)
{
    (void)state;
    static const char *const names[] = { "Liaison", "D\xc3\xa9l\xc3\xa9gu\xc3\xa9" };
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct notice_world *w = scene_english_by_day();
        struct obligation *o = w->obligations->pdata[0];
        g_free(o->name);
        o->name = g_strdup(names[i]);
        g_free(w->notification->endpoint);
        w->notification->endpoint = g_strdup("mailto:one@mission.xn--example");
        g_autofree char *mail = render(w);
        assert_non_null(strstr(mail, " <one@mission.xn--example>\r\n"));
        notice_world_free(w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nobody_writes_our_headers),
        cmocka_unit_test(test_hostile_text_everywhere),
        cmocka_unit_test(test_nobody_is_decoded),
        cmocka_unit_test(test_a_domain_stays_as_it_is),
    };
    return cmocka_run_group_tests_name("mail_hostile", tests, set_up, tear_down);
}
