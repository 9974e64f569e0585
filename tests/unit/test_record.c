#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/record.h"

static void test_new_record_says_only_what_happened(void **state)
{
    (void)state;
    struct record *r = record_new("notification.deferred", 1342445400123);
    assert_string_equal(r->event, "notification.deferred");
    assert_int_equal(r->time_ms, 1342445400123);
    assert_int_equal(r->seq, 0);
    assert_int_equal(r->attempt, 0);
    assert_int_equal(r->due_ms, 0);
    assert_int_equal(r->duration_ms, -1);
    assert_null(r->reply);
    assert_string_equal(r->prev, "");
    assert_string_equal(r->hash, "");
    r->reply = g_strdup("451 try later");
    record_free(r);
    record_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_new_record_says_only_what_happened),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
