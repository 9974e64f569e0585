#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "golden.h"
#include "model/resource.h"
#include "notice_scenes.h"
#include "notice_steps.h"
#include "shipped_templates.h"
#include "wire/mail_message.h"
#include "wire/notice_json.h"

#define GOLDEN SOURCE_DIR "/tests/golden/mail/"

static const struct mail_settings settings = { "alerts@dss.example", "Diplomatic Security Service",
                                               "exercise@dss.example", "dss.example", 4096 };

static char *render_with(const struct notice_world *w, struct mail_press *press)
{
    g_autoptr(GError) error = NULL;
    GBytes *mail = mail_message_render(&w->notice, templates, &settings, press, &error);
    if (!mail)
        fail_msg("%s", error->message);
    gsize len = 0;
    const char *data = g_bytes_get_data(mail, &len);
    char *text = g_strndup(data, len);
    assert_int_equal(strlen(text), len);
    g_bytes_unref(mail);
    return text;
}

static char *render(const struct notice_world *w)
{
    return render_with(w, NULL);
}

static char *without_cr(const char *s)
{
    g_auto(GStrv) parts = g_strsplit(s, "\r\n", -1);
    return g_strjoinv("\n", parts);
}

static void compare_golden(const char *name, const char *suffix, const char *got)
{
    g_autofree char *path = g_strconcat(GOLDEN, name, suffix, NULL);
    golden_compare(path, got);
}

/* A part's text, decoded from quoted-printable.  mail has LF. */
static char *part_of(const char *mail, const char *type)
{
    g_autofree char *header = g_strconcat("Content-Type: ", type, NULL);
    const char *s = strstr(strstr(mail, header), "\n\n") + 2;
    const char *end = strstr(s, "\n--=_");
    GString *out = g_string_new(NULL);
    for (; s < end; s++) {
        if (*s != '=') {
            g_string_append_c(out, *s);
        } else if (s[1] == '\n') {
            s++;
        } else {
            int high = g_ascii_xdigit_value(s[1]), low = g_ascii_xdigit_value(s[2]);
            g_string_append_c(out, (char)(high << 4 | low));
            s += 2;
        }
    }
    return g_string_free(out, FALSE);
}

static void test_golden(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
        struct notice_world *w = scenes[i].make();
        g_autofree char *wire = render(w), *mail = without_cr(wire),
                        *text = part_of(mail, "text/plain");
        compare_golden(scenes[i].name, ".eml", mail);
        compare_golden(scenes[i].name, ".txt", text);
        notice_world_free(w);
    }
}

static void test_a_press_makes_the_same_mails(void **state)
{
    (void)state;
    struct mail_press *press = mail_press_new();
    for (size_t i = 0; i < 2 * G_N_ELEMENTS(scenes); i++) {
        struct notice_world *w = scenes[i % G_N_ELEMENTS(scenes)].make();
        g_autofree char *want = render(w);
        for (int times = 0; times < 3; times++) {
            g_autofree char *got = render_with(w, press);
            assert_string_equal(got, want);
        }
        notice_world_free(w);
    }
    mail_press_free(press);
}

/* What the mails of one press must not have from each other. */
static void test_a_press_keeps_people_apart(void **state)
{
    (void)state;
    struct mail_press *press = mail_press_new();
    struct notice_world *w = scene_english_by_day(), *other = steps_other();
    for (int step = 0; step < 3 * NOTICE_STEPS; step++) {
        steps_take(w, other, step / 3); /* each thrice: from the second on there is a form */
        g_autofree char *want = render(w), *got = render_with(w, press);
        assert_string_equal(got, want);
    }
    notice_world_free(other);
    notice_world_free(w);
    mail_press_free(press);
}

static void change_desk(struct notice_world *w, const struct notice_world *other, int step)
{
    struct obligation *o = w->obligations->pdata[0];
    switch (step) {
    case 1:
        steps_set(&o->name, "DSS <Command> Center");
        w->notification->id++;
        break;
    case 2:
        g_ptr_array_remove_index(w->missions, 0);
        break;
    case 3:
        w->notice.now_ms = NOTICE_NOW + 12 * HOUR_MS;
        break;
    case 4:
        steps_ask(w, "AAAAAAAAAAAAAAAAAAAAAA", "123456");
        break;
    case 5:
        o->kind = OBLIGATION_DESK;
        break;
    case 6:
        w->notification->purpose = PURPOSE_REMIND;
        break;
    case 7:
        o->part = PART_RELEASE;
        break;
    case 8:
        w->notice.broadcast = other->broadcast;
        break;
    case 9:
        o->reason = OBLIGATION_NOT_ACKNOWLEDGED;
        break;
    case 10:
        steps_set(&o->detail, "mx-chicago/1 did not answer");
        break;
    case 11:
        o->reason = OBLIGATION_AFFECTED;
        break;
    case 12:
        g_ptr_array_set_size(w->missions, 0);
        break;
    }
}

static void test_a_press_keeps_desks_apart(void **state)
{
    (void)state;
    struct mail_press *press = mail_press_new();
    struct notice_world *w = scene_desk(), *other = steps_other();
    while (w->obligations->len > 1)
        g_ptr_array_remove_index(w->obligations, 1);
    g_autofree char *before = NULL;
    for (int step = 0; step <= 12; step++) {
        change_desk(w, other, step);
        g_autofree char *want = render(w);
        assert_string_not_equal(want, before ? before : "");
        for (int times = 0; times < 2; times++) {
            g_autofree char *got = render_with(w, press);
            assert_string_equal(got, want);
        }
        g_free(before);
        before = g_steal_pointer(&want);
    }
    notice_world_free(other);
    notice_world_free(w);
    mail_press_free(press);
}

static const struct name_row {
    const char *name, *want;
} names[] = {
    { "Security Liaison 1", "To: Security Liaison 1 <liaison1@mission.example>\r\n" },
    { "Anne-Marie O'Brien", "To: Anne-Marie O'Brien <liaison1@mission.example>\r\n" },
    { "Dr. A. Smith (deputy), 2",
      "To: \"Dr. A. Smith (deputy), 2\" <liaison1@mission.example>\r\n" },
    { "a@b.example <c@d.example>",
      "To: \"a@b.example <c@d.example>\" <liaison1@mission.example>\r\n" },
    { "Ada \"Countess\" \\", "To: \"Ada \\\"Countess\\\" \\\\\" <liaison1@mission.example>\r\n" },
    { "Zo\u00eb", "To: =?iso-8859-1?b?Wm/r?= <liaison1@mission.example>\r\n" },
    { "", "To: liaison1@mission.example\r\n" },
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        struct notice_world *w = scene_english_by_day();
        steps_set(&((struct obligation *)w->obligations->pdata[0])->name, names[i].name);
        g_autofree char *mail = render(w);
        if (!strstr(mail, names[i].want))
            fail_msg("%s: %.200s", names[i].name, mail);
        notice_world_free(w);
    }
}

static void test_what_smtp_needs(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(scenes); i++) {
        struct notice_world *w = scenes[i].make();
        g_autofree char *mail = render(w);
        size_t line = 0;
        for (const char *s = mail; *s; s++) {
            bool crlf = *s == '\r' && s[1] == '\n';
            if (*s == '\r' || *s == '\n')
                assert_true(crlf || (s > mail && s[-1] == '\r'));
            assert_true((unsigned char)*s < 0x80);
            line = *s == '\n' ? 0 : line + 1;
            assert_true(line <= 999); /* 998 and the CR */
        }
        notice_world_free(w);
    }
}

static void test_a_retry_is_the_same_mail(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    g_autofree char *one = render(w), *two = render(w);
    assert_string_equal(one, two);
    w->notice.now_ms += 60000;
    g_autofree char *later = render(w);
    assert_non_null(
        strstr(later, "Message-Id: <01388ff4-a6c0-7000-8000-00000000002a.42@dss.example>"));
    assert_non_null(strstr(later, "Date: Mon, 16 Jul 2012 13:31:00 +0000"));
    notice_world_free(w);
}

static const struct header_row {
    const char *name, *want;
    enum broadcast_status status;
    enum broadcast_urgency urgency;
} headers[] = {
    { "it says that a machine sent it", "\r\nAuto-Submitted: auto-generated\r\n", STATUS_ACTUAL,
      URGENCY_PAST },
    { "immediate is of high importance", "\r\nImportance: high\r\nX-Priority: 1\r\n", STATUS_ACTUAL,
      URGENCY_IMMEDIATE },
    { "past is not", "\r\nImportance: normal\r\nX-Priority: 3\r\n", STATUS_ACTUAL, URGENCY_PAST },
    { "an actual message comes from the real sender",
      "From: Diplomatic Security Service <alerts@dss.example>\r\n", STATUS_ACTUAL, URGENCY_PAST },
    { "an exercise comes from another",
      "From: Diplomatic Security Service <exercise@dss.example>\r\n", STATUS_EXERCISE,
      URGENCY_PAST },
    { "an exercise says so in the subject", "\r\nSubject: [EXERCISE] Demonstrations",
      STATUS_EXERCISE, URGENCY_PAST },
    { "the sender's mailbox of a test", "<exercise@dss.example>", STATUS_TEST, URGENCY_PAST },
};

static void test_headers(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++) {
        struct notice_world *w = scene_english_by_day();
        w->broadcast->status = headers[i].status;
        w->broadcast->urgency = headers[i].urgency;
        g_autofree char *mail = render(w);
        if (!strstr(mail, headers[i].want))
            fail_msg("%s: %.400s", headers[i].name, mail);
        notice_world_free(w);
    }
}

/* The identifier that all mails about one broadcast have in common. */
static char *own_thread(const struct notice_world *w)
{
    g_autofree char *mail = render(w);
    const char *from = strstr(mail, "References: "), *end = strstr(from, "Auto-Submitted");
    const char *last = g_strrstr_len(from, end - from, "<");
    return g_strndup(last, strcspn(last, "\r"));
}

static void test_an_update_finds_its_alert(void **state)
{
    (void)state;
    struct notice_world *alert = scene_english_by_day(), *update = scene_spanish_update();
    g_free(alert->broadcast->identifier);
    alert->broadcast->identifier = g_strdup("PLD-2012-0116");
    alert->broadcast->sent.ms = NOTICE_NOW - HOUR_MS;
    g_autofree char *of_alert = own_thread(alert), *of_update = own_thread(update);
    g_autofree char *mail = render(update), *reply = g_strconcat("In-Reply-To: ", of_alert, NULL);
    assert_string_not_equal(of_alert, of_update);
    assert_non_null(strstr(mail, reply));
    notice_world_free(alert);
    notice_world_free(update);
}

static void test_markup_of_a_publisher_is_text(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    struct message *m = w->broadcast->messages->pdata[0];
    g_free(m->description);
    m->description = g_strdup("<img src=x><a href=\"http://evil.example\">call</a>");
    g_autofree char *wire = render(w), *mail = without_cr(wire), *html = part_of(mail, "text/html");
    assert_null(strstr(html, "<img"));
    assert_non_null(strstr(html, "&lt;img"));
    notice_world_free(w);
}

static void test_a_thin_notice_gives_nothing_away(void **state)
{
    (void)state;
    struct notice_world *thin[] = { scene_one_mission("en", "gb-chicago",
                                                      "British Consulate General"),
                                    scene_desk(), scene_desk_call_needed() };
    for (size_t i = 0; i < G_N_ELEMENTS(thin); i++) {
        thin[i]->broadcast->handling = HANDLING_NOTICE;
        g_autofree char *mail = render(thin[i]);
        static const char *const words[] = { "emonstration", "rganizers", "entrances", "parade" };
        for (size_t k = 0; k < G_N_ELEMENTS(words); k++)
            assert_null(strstr(mail, words[k]));
        assert_non_null(strstr(mail, "571-345-3146"));
        notice_world_free(thin[i]);
    }
}

static void test_bad_address(void **state)
{
    (void)state;
    static const char *const bad[] = { "mailto:a@b.example\r\nRCPT TO:<c@d.example>",
                                       "mailto:nobody", "mailto:", "https://x.example/",
                                       "one@mission.example" };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct notice_world *w = scene_english_by_day();
        g_free(w->notification->endpoint);
        w->notification->endpoint = g_strdup(bad[i]);
        g_autoptr(GError) error = NULL;
        assert_null(mail_message_render(&w->notice, templates, &settings, NULL, &error));
        assert_non_null(error);
        assert_null(strchr(error->message, '\n'));
        notice_world_free(w);
    }
}

static void attach(struct notice_world *w, const char *description, const char *media_type,
                   gsize size)
{
    g_autofree char *bytes = g_strnfill(size, 'x');
    if (!w->broadcast->resources)
        w->broadcast->resources = resource_array_new();
    g_ptr_array_add(w->broadcast->resources,
                    resource_new("en", NULL, description, media_type, g_bytes_new(bytes, size)));
}

static const struct attachment_row {
    const char *name, *description, *media_type;
    gsize size;
    const char *want; /* NULL: it is left out */
} attachments[] = {
    { "a picture", "Map", "image/png", 100,
      "Content-Type: image/png; name=attachment-1.png\n"
      "Content-Transfer-Encoding: base64\n"
      "Content-Disposition: attachment; filename=attachment-1.png\n"
      "Content-Description: Map\n" },
    { "a sound by its old name", "", "audio/x-ipaws-audio-mp3", 100, "Content-Type: audio/mpeg" },
    { "a page is bytes", "Page", "text/html", 100, "Content-Type: application/octet-stream" },
    { "so is a picture that may run something", "Map", "image/svg+xml", 100, "attachment-1.bin" },
    { "and a type that would be a header", "Map", "image/png\r\nBcc: <a@b.example>", 100,
      "Content-Type: application/octet-stream" },
    { "a name is only described", "../../etc/passwd\r\nBcc: <a@b.example>.exe", "image/png", 100,
      "filename=attachment-1.png\n" },
    { "as much as fits", "Map", "image/png", 4096, "attachment-1.png" },
    { "and no more", "Map", "image/png", 4097, NULL },
};

static void test_attachments_are_harmless(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(attachments); i++) {
        const struct attachment_row *r = &attachments[i];
        struct notice_world *w = scene_english_by_day();
        attach(w, r->description, r->media_type, r->size);
        g_autofree char *wire = render(w), *mail = without_cr(wire);
        if (r->want ? !strstr(mail, r->want) : strstr(mail, "multipart/mixed") != NULL)
            fail_msg("%s: %s", r->name, mail);
        if (strstr(mail, "\nBcc:"))
            fail_msg("%s: writes a header", r->name);
        notice_world_free(w);
    }
}

/* Whoever is told that it is over, or only that there is something, gets nothing to look at. */
static void test_attachments_go_with_the_text(void **state)
{
    (void)state;
    struct notice_world *without[] = { scene_english_by_day(), scene_english_by_day(),
                                       scene_english_by_day() };
    without[0]->broadcast->handling = HANDLING_NOTICE;
    scene_later(without[1], TYPE_CANCEL, PART_CANCEL);
    scene_later(without[2], TYPE_UPDATE, PART_RELEASE);
    for (size_t i = 0; i < G_N_ELEMENTS(without); i++) {
        attach(without[i], "Map", "image/png", 10);
        g_autofree char *mail = render(without[i]);
        assert_null(strstr(mail, "multipart/mixed"));
        notice_world_free(without[i]);
    }
}

/* In all: the second does not fit beside the first, the third does. */
static void test_attachments_are_bounded_together(void **state)
{
    (void)state;
    struct notice_world *w = scene_english_by_day();
    attach(w, "One", "image/png", 4000);
    attach(w, "Two", "image/png", 97);
    attach(w, "Three", "image/png", 96);
    g_autofree char *mail = render(w);
    assert_non_null(strstr(mail, "attachment-1.png"));
    assert_null(strstr(mail, "attachment-2.png"));
    assert_non_null(strstr(mail, "attachment-3.png"));
    notice_world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_a_press_makes_the_same_mails),
        cmocka_unit_test(test_a_press_keeps_people_apart),
        cmocka_unit_test(test_a_press_keeps_desks_apart),
        cmocka_unit_test(test_what_smtp_needs),
        cmocka_unit_test(test_a_retry_is_the_same_mail),
        cmocka_unit_test(test_headers),
        cmocka_unit_test(test_an_update_finds_its_alert),
        cmocka_unit_test(test_markup_of_a_publisher_is_text),
        cmocka_unit_test(test_a_thin_notice_gives_nothing_away),
        cmocka_unit_test(test_attachments_are_harmless),
        cmocka_unit_test(test_attachments_go_with_the_text),
        cmocka_unit_test(test_attachments_are_bounded_together),
        cmocka_unit_test(test_bad_address),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
