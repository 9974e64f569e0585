#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/answer.h"

static const struct row {
    const char *name;
    enum answer answer;
    enum obligation_state want; /* of an obligation that was reached */
} rows[] = {
    { "understood", ANSWER_UNDERSTOOD, OBLIGATION_ACKNOWLEDGED },
    { "need-assistance", ANSWER_NEED_ASSISTANCE, OBLIGATION_ACKNOWLEDGED },
    { "not-affected", ANSWER_NOT_AFFECTED, OBLIGATION_ACKNOWLEDGED },
    { "wrong-person", ANSWER_WRONG_PERSON, OBLIGATION_UNREACHABLE },
};

static void every_answer_but_the_wrong_person_acknowledges(void **state)
{
    (void)state;
    assert_int_equal(G_N_ELEMENTS(rows), ANSWER_NONE);
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        enum obligation_state s = OBLIGATION_REACHED;
        assert_string_equal(answer_names[rows[i].answer], rows[i].name);
        assert_true(obligation_move(&s, answer_event(rows[i].answer)));
        assert_int_equal(s, rows[i].want);
    }
    assert_null(answer_names[ANSWER_NONE]);
}

static void every_way_to_answer_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(answer_method_names[METHOD_PAGE], "page");
    assert_string_equal(answer_method_names[METHOD_WEBHOOK], "webhook");
    assert_null(answer_method_names[METHOD_WEBHOOK + 1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_answer_but_the_wrong_person_acknowledges),
        cmocka_unit_test(every_way_to_answer_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
