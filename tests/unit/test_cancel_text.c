#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "shipped_templates.h"
#include "wire/broadcast_json.h"
#include "wire/cancel_text.h"

#define SENT INT64_C(1342445400000)

static struct broadcast *alert_in(const char *languages)
{
    struct broadcast *b = broadcast_new();
    b->identifier = g_strdup("PLD-2012-0117");
    b->sender = g_strdup("pld-duty@dss.example");
    b->sent = (struct timestamp){ SENT, -240 };
    b->expires = (struct timestamp){ SENT + 3600000, -240 };
    b->status = STATUS_EXERCISE;
    b->urgency = URGENCY_IMMEDIATE;
    b->severity = SEVERITY_EXTREME;
    b->certainty = CERTAINTY_OBSERVED;
    b->incident = g_strdup("missile");
    g_auto(GStrv) list = g_strsplit(languages, " ", -1);
    for (char **l = list; *l && **l; l++) {
        struct message *m = g_new0(struct message, 1);
        m->language = g_strdup(*l);
        m->headline = g_strconcat("Headline ", *l, NULL);
        m->description = g_strdup("Seek shelter.");
        g_ptr_array_add(b->messages, m);
    }
    return b;
}

static struct broadcast *cancel_of(const struct broadcast *of, bool false_alarm, const char *reason)
{
    struct timestamp sent = { SENT + 38 * 60000, 0 };
    return cancel_text_compose(of, templates, "PLD-2012-0118", "watch@dss.example", &sent,
                               false_alarm, reason);
}

/* "en Cancelled: Headline en | …" */
static char *headlines(const struct broadcast *b)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < b->messages->len; i++) {
        const struct message *m = b->messages->pdata[i];
        g_string_append_printf(s, "%s%s %s", i ? " | " : "", m->language, m->headline);
    }
    return g_string_free(s, FALSE);
}

static const struct row {
    const char *name, *languages;
    bool false_alarm;
    const char *want;
} rows[] = {
    { "in English", "en", false, "en Cancelled: Headline en" },
    { "a false alarm is called one", "en", true, "en False alarm: Headline en" },
    { "in every language there are phrases for", "en es ar", false,
      "en Cancelled: Headline en | es Anulado: Headline es | ar ملغاة: Headline ar" },
    { "a false alarm in each", "fr pt", true,
      "fr Fausse alerte : Headline fr | pt Falso alarme: Headline pt" },
    { "a region's language has its language's phrases", "pt-br", false,
      "pt-br Cancelado: Headline pt-br" },
    { "a language without phrases has English ones about its own headline", "en zh-Hans", false,
      "en Cancelled: Headline en | zh-Hans Cancelled: Headline zh-Hans" },
    { "each of them, in the order of the alert", "ru fr am", true,
      "ru False alarm: Headline ru | fr Fausse alerte : Headline fr | am False alarm: Headline "
      "am" },
    { "none is left out where there is no English", "zh ja", false,
      "zh Cancelled: Headline zh | ja Cancelled: Headline ja" },
    { "an alert without a text has one by its identifier", "", false,
      "en Cancelled: PLD-2012-0117" },
};

static void test_languages(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct broadcast *of = alert_in(rows[i].languages);
        struct broadcast *b = cancel_of(of, rows[i].false_alarm, NULL);
        g_autofree char *got = headlines(b);
        if (!g_str_equal(got, rows[i].want))
            fail_msg("%s: %s", rows[i].name, got);
        broadcast_unref(b);
        broadcast_unref(of);
    }
}

static void test_what_it_is(void **state)
{
    (void)state;
    struct broadcast *of = alert_in("en"), *b = cancel_of(of, false, NULL);
    const struct reference *r = b->references->pdata[0];
    assert_null(b->id);
    assert_string_equal(b->identifier, "PLD-2012-0118");
    assert_string_equal(b->sender, "watch@dss.example");
    assert_int_equal(b->sent.ms, SENT + 38 * 60000);
    assert_int_equal(b->type, TYPE_CANCEL);
    assert_int_equal(b->status, STATUS_EXERCISE);
    assert_int_equal(b->urgency, URGENCY_IMMEDIATE);
    assert_int_equal(b->severity, SEVERITY_EXTREME);
    assert_int_equal(b->certainty, CERTAINTY_OBSERVED);
    assert_string_equal(b->incident, "missile");
    assert_int_equal(b->expires.ms, 0); /* the alert's would silence it */
    assert_null(b->audience);
    assert_int_equal(b->references->len, 1);
    assert_string_equal(r->identifier, of->identifier);
    assert_string_equal(r->sender, of->sender);
    assert_int_equal(r->sent.ms, of->sent.ms);
    broadcast_unref(b);
    broadcast_unref(of);
}

static const struct text_row {
    const char *name;
    bool false_alarm;
    const char *reason, *want;
} texts[] = {
    { "it no longer applies", false, NULL,
      "The earlier message “Headline en” is cancelled. It no longer applies." },
    { "it was an error", true, "",
      "The earlier message “Headline en” was sent in error. It was a false alarm: there is no such "
      "danger." },
    { "with a reason on one line", false, "Wrong\r\n\tbutton ",
      "The earlier message “Headline en” is cancelled. It no longer applies.\n\n"
      "Reason: Wrong button" },
    { "a reason's holes are text", true, "{headline}",
      "The earlier message “Headline en” was sent in error. It was a false alarm: there is no such "
      "danger.\n\nReason: {headline}" },
};

static void test_texts(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct broadcast *of = alert_in("en");
        struct broadcast *b = cancel_of(of, texts[i].false_alarm, texts[i].reason);
        const struct message *m = b->messages->pdata[0];
        if (!g_str_equal(m->description, texts[i].want))
            fail_msg("%s: %s", texts[i].name, m->description);
        assert_null(strstr(m->instruction, "shelter"));
        broadcast_unref(b);
        broadcast_unref(of);
    }
}

static void test_texts_of_places(void **state)
{
    (void)state;
    struct broadcast *of = alert_in("en en");
    const char *const ids[] = { "a", "b" };
    for (guint i = 0; i < of->messages->len; i++) {
        struct message *m = of->messages->pdata[i];
        m->missions = g_ptr_array_new_with_free_func(g_free);
        g_ptr_array_add(m->missions, g_strdup(ids[i]));
        m->place = g_strdup(ids[i]);
        m->own = g_new0(struct message_own, 1);
        m->own->severity = SEVERITY_MINOR;
        m->own->expires.ms = SENT;
    }
    struct broadcast *b = cancel_of(of, false, NULL);
    assert_int_equal(b->messages->len, 2);
    const struct message *m = b->messages->pdata[1];
    assert_int_equal(m->missions->len, 1);
    assert_string_equal(m->missions->pdata[0], "b");
    assert_string_equal(m->place, "b");
    assert_int_equal(m->own->severity, SEVERITY_MINOR);
    assert_int_equal(m->own->expires.ms, 0);
    broadcast_unref(b);
    broadcast_unref(of);
}

/* What is composed is stored, and must be readable again whatever the alert and the reason were. */
static void test_it_can_be_read_again(void **state)
{
    (void)state;
    struct broadcast *of = alert_in("en ar");
    for (guint i = 0; i < of->messages->len; i++) {
        struct message *m = of->messages->pdata[i];
        GString *longest = g_string_new(NULL);
        while (longest->len + 2 <= 512)
            g_string_append(longest, "ع");
        g_free(m->headline);
        m->headline = g_string_free(longest, FALSE);
    }
    g_autofree char *reason = g_strnfill(100000, 'x');
    struct broadcast *b = cancel_of(of, true, reason);
    g_autofree char *text = broadcast_json_write(b);
    struct faults *f = faults_new();
    struct broadcast *again = broadcast_json_read(text, strlen(text), SENT, NULL, f);
    g_autofree char *why = faults_to_text(f);
    if (!again)
        fail_msg("%s", why);
    const struct message *m = again->messages->pdata[0];
    assert_true(strlen(m->headline) > 500);
    assert_true(g_str_has_prefix(m->headline, "False alarm: عع"));
    broadcast_unref(again);
    broadcast_unref(b);
    broadcast_unref(of);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_languages),
        cmocka_unit_test(test_what_it_is),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_texts_of_places),
        cmocka_unit_test(test_it_can_be_read_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
