#include "model/faults.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void all_faults_are_kept_in_order(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    faults_warn(f, "/sent", "old", "sent %d days ago", 9);
    assert_false(faults_any(f));
    faults_add(f, "/audience/cities/0", "unknown-city", "no mission is in %s", "Chicgo, IL");
    faults_add(f, "", "too-deep", "nested more than %d levels", 32);
    assert_true(faults_any(f));
    assert_int_equal(f->errors->len, 2);
    assert_int_equal(f->warnings->len, 1);
    const struct fault *first = f->errors->pdata[0];
    assert_string_equal(first->place, "/audience/cities/0");
    assert_string_equal(first->code, "unknown-city");
    assert_string_equal(first->detail, "no mission is in Chicgo, IL");
    g_autofree char *text = faults_to_text(f);
    assert_string_equal(text, "/audience/cities/0: no mission is in Chicgo, IL (unknown-city)\n"
                              "nested more than 32 levels (too-deep)\n"
                              "/sent: warning: sent 9 days ago (old)\n");
    g_autofree char *line = faults_to_line(f);
    assert_string_equal(line, "/audience/cities/0: no mission is in Chicgo, IL (unknown-city); "
                              "nested more than 32 levels (too-deep); "
                              "/sent: warning: sent 9 days ago (old)");
    faults_free(f);
}

static void no_faults_are_no_text(void **state)
{
    (void)state;
    struct faults *f = faults_new();
    g_autofree char *text = faults_to_text(f);
    g_autofree char *line = faults_to_line(f);
    assert_string_equal(text, "");
    assert_string_equal(line, "");
    faults_free(f);
    faults_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_faults_are_kept_in_order),
        cmocka_unit_test(no_faults_are_no_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
