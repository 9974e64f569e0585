#include "cap_case.h"
#include "wire/cap_message.h"

#define SAY(language, headline, area)                                                              \
    "<info><language>" language "</language>" INFO_HEAD "<headline>" headline "</headline>" area   \
    "</info>"

static void note(const struct cap_info *i, const char *language, const char *place, void *ctx)
{
    g_string_append_printf(ctx, "%s:%s@%s ", i->headline, language, place ? place : "-");
}

static const struct row {
    const char *name, *infos;
    const char *each; /* headline:language@place of the message that each info is part of */
    unsigned messages, collapsed;
    bool by_place;
} rows[] = {
    { "one language", SAY("en-US", "A", HERE), "A:en@- ", 1, 1, false },
    { "two languages of one place", SAY("en-US", "A", HERE) SAY("es", "B", HERE), "A:en@- B:es@- ",
      2, 2, false },
    { "two infos of one language and place", SAY("en", "A", HERE) SAY("en-US", "B", HERE),
      "A:en@- B:en-US@- ", 2, 2, false },
    { "two places of one language", SAY("en", "A", HERE) SAY("en-US", "B", THERE),
      "A:en@Here B:en@There ", 2, 1, true },
    { "two places, each in two languages",
      SAY("en", "A", HERE) SAY("es", "B", HERE) SAY("en", "C", THERE) SAY("es", "D", THERE),
      "A:en@Here B:es@Here C:en@There D:es@There ", 4, 2, true },
    { "variants of a language", SAY("pt-BR", "A", HERE) SAY("pt-PT", "B", HERE),
      "A:pt-BR@- B:pt-PT@- ", 2, 2, false },
};

static void test_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct faults *f = faults_new();
        g_autofree char *text = alert(NULL, r->infos);
        struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
        struct broadcast *b = broadcast_new();
        g_autoptr(GString) each = g_string_new(NULL);
        g_autoptr(GPtrArray) parts = cap_messages(a, b, f);
        cap_message_each(a, note, each);
        if (b->messages->len != r->messages || (parts != NULL) != r->by_place ||
            strcmp(each->str, r->each) != 0)
            fail_msg("%s: %u messages, %s", r->name, b->messages->len, each->str);
        cap_messages_collapse(b, f);
        if (b->messages->len != r->collapsed)
            fail_msg("%s: %u messages when collapsed", r->name, b->messages->len);
        broadcast_unref(b);
        cap_alert_free(a);
        faults_free(f);
    }
}

static void test_too_many_languages(void **state)
{
    (void)state;
    for (unsigned n = CAP_MAX_LANGUAGES; n <= CAP_MAX_LANGUAGES + 1; n++) {
        struct faults *f = faults_new();
        g_autoptr(GString) infos = g_string_new(NULL);
        for (unsigned i = 0; i < n; i++)
            g_string_append_printf(infos,
                                   "<info><language>%c%c</language>" INFO_HEAD HERE "</info>",
                                   'a' + i / 26, 'a' + i % 26);
        g_autofree char *text = alert(NULL, infos->str);
        struct cap_alert *a = cap_read(text, strlen(text), CAP_1_2, f);
        struct broadcast *b = broadcast_new();
        assert_null(cap_messages(a, b, f));
        assert_int_equal(faults_any(f), n > CAP_MAX_LANGUAGES);
        broadcast_unref(b);
        cap_alert_free(a);
        faults_free(f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_messages),
        cmocka_unit_test(test_too_many_languages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
