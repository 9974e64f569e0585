#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/release.h"

#define ACTUAL (1u << STATUS_ACTUAL)
#define EXERCISE (1u << STATUS_EXERCISE)
#define NOW INT64_C(1342445400000)

static const struct release_rule rules[] = {
    { ACTUAL, 500, true, 600 },
    { ACTUAL, 100, true, 1800 },
    { EXERCISE, 0, false, 0 },
    { ACTUAL | EXERCISE, 0, true, 3600 },
};

static const struct rule_row {
    const char *name;
    enum broadcast_status status;
    enum broadcast_type type;
    unsigned missions;
    int want; /* index of the rule, -1: released at once */
} rule_rows[] = {
    { "a large one goes by the first rule", STATUS_ACTUAL, TYPE_ALERT, 501, 0 },
    { "the number itself is enough", STATUS_ACTUAL, TYPE_ALERT, 500, 0 },
    { "one less goes by the next", STATUS_ACTUAL, TYPE_ALERT, 499, 1 },
    { "a small one by the last", STATUS_ACTUAL, TYPE_ALERT, 1, 3 },
    { "so does one that reaches nobody", STATUS_ACTUAL, TYPE_ALERT, 0, 3 },
    { "an update waits as an alert does", STATUS_ACTUAL, TYPE_UPDATE, 500, 0 },
    { "a cancel never waits", STATUS_ACTUAL, TYPE_CANCEL, 500, -1 },
    { "the first that matches decides, also that nobody is needed", STATUS_EXERCISE, TYPE_ALERT,
      900, -1 },
    { "without a rule nobody is needed", STATUS_TEST, TYPE_ALERT, 900, -1 },
};

static void test_rules(void **state)
{
    (void)state;
    struct broadcast *b = broadcast_new();
    for (size_t i = 0; i < G_N_ELEMENTS(rule_rows); i++) {
        const struct rule_row *r = &rule_rows[i];
        b->status = r->status;
        b->type = r->type;
        const struct release_rule *got =
            release_rule_for(rules, G_N_ELEMENTS(rules), b, r->missions);
        if (got != (r->want < 0 ? NULL : &rules[r->want]))
            fail_msg("%s", r->name);
    }
    assert_null(release_rule_for(NULL, 0, b, 1528));
    broadcast_unref(b);
}

static const struct approve_row {
    const char *name;
    enum broadcast_state state;
    const char *author, *principal;
    int64_t deadline_ms;
    enum release_verdict want;
} approvals[] = {
    { "a second person approves", BROADCAST_PENDING, "uid:1000", "uid:1001", NOW + 1,
      RELEASE_ALLOWED },
    { "there may be no deadline", BROADCAST_PENDING, "uid:1000", "uid:1001", 0, RELEASE_ALLOWED },
    { "the author cannot", BROADCAST_PENDING, "uid:1000", "uid:1000", NOW + 1, RELEASE_BY_AUTHOR },
    { "an unknown author may be anybody", BROADCAST_PENDING, "", "uid:1001", NOW + 1,
      RELEASE_BY_AUTHOR },
    { "nobody cannot", BROADCAST_PENDING, "uid:1000", NULL, NOW + 1, RELEASE_BY_AUTHOR },
    { "at the deadline it is too late", BROADCAST_PENDING, "uid:1000", "uid:1001", NOW,
      RELEASE_LAPSED },
    { "too late comes before who", BROADCAST_PENDING, "uid:1000", "uid:1000", NOW, RELEASE_LAPSED },
    { "what has lapsed stays so", BROADCAST_LAPSED, "uid:1000", "uid:1001", 0, RELEASE_LAPSED },
    { "what was released is decided", BROADCAST_RELEASED, "uid:1000", "uid:1001", NOW + 1,
      RELEASE_NOT_PENDING },
    { "what was rejected is decided", BROADCAST_REJECTED, "uid:1000", "uid:1001", NOW + 1,
      RELEASE_NOT_PENDING },
    { "a draft is not asked about", BROADCAST_DRAFT, "uid:1000", "uid:1001", NOW + 1,
      RELEASE_NOT_PENDING },
    { "what was cancelled while it waited is decided", BROADCAST_CANCELLED, "uid:1000", "uid:1001",
      NOW + 1, RELEASE_NOT_PENDING },
};

static void test_approve(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(approvals); i++) {
        const struct approve_row *r = &approvals[i];
        enum release_verdict got =
            release_approve(r->state, r->author, r->principal, r->deadline_ms, NOW);
        if (got != r->want)
            fail_msg("%s: got %d", r->name, (int)got);
    }
}

static const struct bypass_row {
    const char *name;
    enum broadcast_state state;
    enum broadcast_urgency urgency;
    const char *reason;
    int64_t deadline_ms;
    enum release_verdict want;
} bypasses[] = {
    { "an immediate one with a reason", BROADCAST_PENDING, URGENCY_IMMEDIATE, "approver asleep",
      NOW + 1, RELEASE_ALLOWED },
    { "a blank reason is none", BROADCAST_PENDING, URGENCY_IMMEDIATE, " \t\n", NOW + 1,
      RELEASE_NO_REASON },
    { "without a reason", BROADCAST_PENDING, URGENCY_IMMEDIATE, NULL, 0, RELEASE_NO_REASON },
    { "less urgent ones wait", BROADCAST_PENDING, URGENCY_EXPECTED, "approver asleep", NOW + 1,
      RELEASE_NOT_URGENT },
    { "after the deadline it is too late", BROADCAST_PENDING, URGENCY_IMMEDIATE, "approver asleep",
      NOW, RELEASE_LAPSED },
    { "what was rejected stays so", BROADCAST_REJECTED, URGENCY_IMMEDIATE, "approver wrong",
      NOW + 1, RELEASE_NOT_PENDING },
};

static void test_bypass(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bypasses); i++) {
        const struct bypass_row *r = &bypasses[i];
        enum release_verdict got =
            release_bypass(r->state, r->urgency, r->reason, r->deadline_ms, NOW);
        if (got != r->want)
            fail_msg("%s: got %d", r->name, (int)got);
    }
}

static const struct words_row {
    const char *name;
    enum broadcast_status status;
    const char *text, *want;
} words[] = {
    { "an exercise that denies it", STATUS_EXERCISE, "Run. This is NOT a drill!", "not a drill" },
    { "an exercise that denies being one", STATUS_EXERCISE, "NOT AN EXERCISE: evacuate",
      "not an exercise" },
    { "with an apostrophe", STATUS_EXERCISE, "This isn’t a drill.", "this isn't a drill" },
    { "across a line", STATUS_EXERCISE, "this is not\na   test", "this is not a test" },
    { "a test that says it is real", STATUS_TEST, "This is a real emergency.",
      "this is a real emergency" },
    { "Spanish", STATUS_EXERCISE, "¡Esto no es un simulacro!", "no es un simulacro" },
    { "Spanish in capitals", STATUS_EXERCISE, "ESTO NO ES UN EJERCICIO",
      "esto no es un ejercicio" },
    { "French", STATUS_EXERCISE, "Ceci n'est pas un exercice.", "ceci n’est pas un exercice" },
    { "Portuguese without its accents", STATUS_TEST, "Isto nao e um exercicio",
      "isto não é um exercício" },
    { "Arabic", STATUS_EXERCISE, "انتباه: هذا ليس تدريباً.", "هذا ليس تدريبًا" },
    { "Arabic drawn out", STATUS_EXERCISE, "هـــذا ليس تدريبا", "هذا ليس تدريبًا" },
    { "German", STATUS_EXERCISE, "Achtung! Dies ist KEINE ÜBUNG.", "keine übung" },
    { "Italian", STATUS_EXERCISE, "Questa non è un’esercitazione!", "non è un'esercitazione" },
    { "Russian", STATUS_EXERCISE, "ВНИМАНИЕ! ЭТО НЕ УЧЕНИЯ!", "это не учения" },
    { "Chinese amid a text without blanks", STATUS_EXERCISE, "请注意这不是演习请立即撤离",
      "这不是演习" },
    { "Chinese in traditional letters", STATUS_TEST, "注意:這 不 是 演習", "這不是演習" },
    { "Japanese", STATUS_EXERCISE, "これは訓練ではありません。", "訓練ではありません" },
    { "with characters that are not seen", STATUS_EXERCISE,
      "THIS IS N\xe2\x80\x8bOT A DR\xc2\xadI\xe2\x80\x8dLL", "not a drill" },
    { "in Cyrillic letters that look Latin", STATUS_EXERCISE, "ТНІЅ ІЅ NОТ А DRILL",
      "not a drill" },
    { "in Greek letters that look Latin", STATUS_EXERCISE, "ΤΗΙS ΙS ΝΟΤ Α DRΙLL", "not a drill" },
    { "in small letters that look Latin", STATUS_EXERCISE, "this is nоt а drіӏӏ", "not a drill" },
    { "in wide letters", STATUS_EXERCISE, "NOT A DRILL", "not a drill" },
    { "in mathematical letters", STATUS_EXERCISE, "𝐍𝐎𝐓 𝐀 𝐃𝐑𝐈𝐋𝐋", "not a drill" },
    { "with digits for letters", STATUS_EXERCISE, "N0T A DR1LL", "not a drill" },
    { "an exercise that says so in Chinese", STATUS_EXERCISE, "这是演习。", NULL },
    { "an exercise that says so in German", STATUS_EXERCISE, "Dies ist eine Übung.", NULL },
    { "an exercise about what would be", STATUS_EXERCISE,
      "If this were not an exercise, you would leave now.", NULL },
    { "an exercise that says so", STATUS_EXERCISE, "EXERCISE EXERCISE EXERCISE. This is a drill.",
      NULL },
    { "a word that only begins like it", STATUS_EXERCISE, "This is not a drilling site.", NULL },
    { "a word that only ends like it", STATUS_EXERCISE, "Mind the knot a drill makes.", NULL },
    { "a real emergency as a case", STATUS_EXERCISE, "In a real emergency call 911.", NULL },

    { "a live one with the banner", STATUS_ACTUAL, "EXERCISE, EXERCISE, EXERCISE",
      "exercise exercise exercise" },
    { "a live one that says drill", STATUS_ACTUAL, "This is a drill.", "this is a drill" },
    { "a live one that says test", STATUS_ACTUAL, "This is only a test of the system",
      "this is only a test" },
    { "a live one in Spanish", STATUS_ACTUAL, "Esto es un simulacro.", "esto es un simulacro" },
    { "a live one in French", STATUS_ACTUAL, "Il s’agit d’un exercice", "il s’agit d’un exercice" },
    { "a live one in Portuguese", STATUS_ACTUAL, "Trata-se de um exercício.",
      "trata-se de um exercício" },
    { "a live one in Arabic", STATUS_ACTUAL, "هذا تدريبٌ فقط", "هذا تدريب" },
    { "a live one in German", STATUS_ACTUAL, "Dies ist nur eine Übung!",
      "dies ist nur eine übung" },
    { "a live one in Italian", STATUS_ACTUAL, "Si tratta di un'esercitazione",
      "si tratta di un'esercitazione" },
    { "a live one in Russian", STATUS_ACTUAL, "Внимание: это только учения.", "это только учения" },
    { "a live one in Chinese", STATUS_ACTUAL, "通知这只是一次演习不必惊慌", "这只是一次演习" },
    { "a live one in Japanese", STATUS_ACTUAL, "これは訓練です", "これは訓練です" },
    { "a live one with characters that are not seen", STATUS_ACTUAL,
      "This is on\xe2\x80\x8cly a test", "this is only a test" },
    { "a live one in letters that look Latin", STATUS_ACTUAL, "Тhis is оnly а tеst",
      "this is only a test" },
    { "a live one in Chinese that denies it", STATUS_ACTUAL, "这不是演习", NULL },
    { "a live one in Japanese that denies it", STATUS_ACTUAL, "これは訓練ではありません", NULL },
    { "a live one in Russian that denies it", STATUS_ACTUAL, "Это не учения", NULL },
    { "a live one in Italian that denies it", STATUS_ACTUAL, "Non si tratta di un'esercitazione",
      NULL },
    { "a live one that denies being a drill", STATUS_ACTUAL, "This is not a drill.", NULL },
    { "a live one about an exercise", STATUS_ACTUAL,
      "A military exercise near Pearl Harbor will be loud. The exercise ends at noon.", NULL },
    { "a live one about tests", STATUS_ACTUAL, "Test results: the powder is harmless.", NULL },
    { "a live one about rights", STATUS_ACTUAL,
      "This is an exercise of their right to assemble; do not interfere.", NULL },
    { "a live one against doubt", STATUS_ACTUAL, "Do not assume this is a drill.", NULL },
    { "a live one in Spanish against doubt", STATUS_ACTUAL, "No se trata de un simulacro.", NULL },
    { "a live one in French about a case", STATUS_ACTUAL,
      "Demandez à la police s’il s’agit d’un exercice.", NULL },
    { "two words are not three", STATUS_ACTUAL, "Test, test. The siren failed.", NULL },
    { "a draft may say what it likes", STATUS_DRAFT, "This is a drill. This is not a drill.",
      NULL },
    { "nothing says nothing", STATUS_ACTUAL, "", NULL },
};

static void add_message(struct broadcast *b, const char *headline, const char *description,
                        const char *instruction)
{
    struct message *m = g_new0(struct message, 1);
    m->language = g_strdup("en");
    m->headline = g_strdup(headline);
    m->description = g_strdup(description);
    m->instruction = g_strdup(instruction);
    g_ptr_array_add(b->messages, m);
}

static void test_words(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        struct broadcast *b = broadcast_new();
        b->status = words[i].status;
        add_message(b, words[i].text, "Text.", NULL);
        const char *got = release_contradiction(b, NULL);
        if (g_strcmp0(got, words[i].want))
            fail_msg("%s: found %s", words[i].name, got ? got : "nothing");
        broadcast_unref(b);
    }
}

static void test_every_text_is_read(void **state)
{
    (void)state;
    for (size_t field = 0; field < 3; field++) {
        struct broadcast *b = broadcast_new();
        const char *texts[] = { "Headline", "Description", "Instruction" };
        add_message(b, texts[0], texts[1], texts[2]);
        texts[field] = "This is a drill";
        add_message(b, texts[0], texts[1], texts[2]);
        b->status = STATUS_ACTUAL;
        size_t index = 0;
        assert_non_null(release_contradiction(b, &index));
        assert_int_equal(index, 1);
        broadcast_unref(b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_approve),
        cmocka_unit_test(test_bypass),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_every_text_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
