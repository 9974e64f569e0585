#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/reach.h"
#include <glib.h>

static const struct row {
    enum broadcast_status status;
    bool opted_in, opted_out, test_recipient, dispatches;
    const char *banner;
} rows[] = {
    { STATUS_ACTUAL, true, true, false, true, NULL },
    { STATUS_EXERCISE, true, false, false, true, "EXERCISE EXERCISE EXERCISE" },
    { STATUS_TEST, false, false, true, true, "TEST TEST TEST" },
    { STATUS_SYSTEM, false, false, false, false, "SYSTEM SYSTEM SYSTEM" },
    { STATUS_DRAFT, false, false, false, false, "DRAFT DRAFT DRAFT" },
    { (enum broadcast_status)99, false, false, false, false, "NOT ACTUAL" },
};

static void test_status_decides(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        if (reach_allows(r->status, true) != r->opted_in ||
            reach_allows(r->status, false) != r->opted_out ||
            reach_uses_test_recipient(r->status) != r->test_recipient ||
            reach_dispatches(r->status, TYPE_ALERT) != r->dispatches ||
            g_strcmp0(reach_banner(r->status), r->banner))
            fail_msg("status %d is decided otherwise", (int)r->status);
    }
}

static void test_ack_and_error_are_never_sent(void **state)
{
    (void)state;
    assert_true(reach_dispatches(STATUS_ACTUAL, TYPE_UPDATE));
    assert_true(reach_dispatches(STATUS_ACTUAL, TYPE_CANCEL));
    assert_false(reach_dispatches(STATUS_ACTUAL, TYPE_ACK));
    assert_false(reach_dispatches(STATUS_ACTUAL, TYPE_ERROR));
    assert_false(reach_dispatches(STATUS_TEST, TYPE_ACK));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_decides),
        cmocka_unit_test(test_ack_and_error_are_never_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
