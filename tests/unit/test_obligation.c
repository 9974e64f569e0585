#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/obligation.h"

/* Rows are states, columns events: accepted, acknowledged, superseded, expired, taken, all refused.
 * A dot changes nothing; letters are the state's initial. */
static const struct row {
    const char *from, *to;
} rows[] = {
    { "open", "rasxeu" },        { "reached", ".asxe." }, { "acknowledged", "......" },
    { "superseded", "......" },  { "expired", "......" }, { "escalated", ".a...." },
    { "unreachable", "ra..e." },
};
static const char initials[] = "orasxeu"; /* in enum order */

static void test_moves(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        assert_string_equal(obligation_state_names[i], rows[i].from);
        for (int on = 0; rows[i].to[on]; on++) {
            enum obligation_state s = (enum obligation_state)i;
            bool moved = obligation_move(&s, (enum obligation_event)on);
            char got = moved ? initials[s] : '.';
            if (got != rows[i].to[on] || (!moved && s != (enum obligation_state)i))
                fail_msg("%s on event %d: got %c", rows[i].from, on, got);
        }
    }
}

static void test_final(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++)
        assert_int_equal(obligation_is_final((enum obligation_state)i),
                         i >= OBLIGATION_ACKNOWLEDGED);
}

static void test_reasons_are_one_pointer(void **state)
{
    (void)state;
    g_autofree char *read_back = g_strdup("every-endpoint-refused");
    assert_ptr_equal(obligation_reason(read_back), obligation_reason(OBLIGATION_ALL_REFUSED));
    assert_string_equal(obligation_reason("no-valid-representative"), OBLIGATION_NO_REPRESENTATIVE);
    assert_null(obligation_reason("whatever"));
    assert_null(obligation_reason(NULL));
}

static void test_new(void **state)
{
    (void)state;
    struct obligation *o = obligation_new();
    assert_int_equal(o->state, OBLIGATION_OPEN);
    assert_string_equal(o->reason, OBLIGATION_AFFECTED);
    assert_int_equal(o->part, PART_FULL);
    assert_string_equal(obligation_part_names[PART_CANCEL], "cancel");
    assert_null(obligation_part_names[PART_CANCEL + 1]);
    g_ptr_array_add(o->missions, g_strdup("fr-chicago"));
    assert_string_equal(obligation_kind_names[OBLIGATION_TEST], "test");
    obligation_free(o);
    obligation_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moves),
        cmocka_unit_test(test_final),
        cmocka_unit_test(test_reasons_are_one_pointer),
        cmocka_unit_test(test_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
