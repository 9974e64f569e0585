#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_name.h"

#define OASIS "urn:oasis:names:tc:emergency:cap:"

static const struct row {
    const char *name, *qualified, *local;
    int version; /* -1: none that is known */
    bool own;
} rows[] = {
    { "CAP 1.2", OASIS "1.2\ninfo", "info", CAP_1_2, true },
    { "CAP 1.1", OASIS "1.1\ninfo", "info", CAP_1_1, true },
    { "CAP 1.0", "http://www.incident.com/cap/1.0\ninfo", "info", CAP_1_0, true },
    { "a version to come is meant for CAP", OASIS "1.3\ninfo", "info", -1, true },
    { "no namespace is meant for CAP", "info", "info", -1, true },
    { "a signature is not", "http://www.w3.org/2000/09/xmldsig#\nSignature", "Signature", -1,
      false },
    { "nor one that only begins alike", "urn:oasis:names:tc:emergency:caption\ninfo", "info", -1,
      false },
    { "a version with more behind it is none", OASIS "1.2x\ninfo", "info", -1, true },
};

static void test_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        struct cap_name n = cap_name_of(rows[i].qualified);
        enum cap_version version = CAP_1_0;
        bool known = cap_name_version(&n, &version);
        if (strcmp(n.local, rows[i].local) != 0 || known != (rows[i].version >= 0) ||
            (known && (int)version != rows[i].version) || cap_name_is_own(&n) != rows[i].own)
            fail_msg("%s: %s, version %d of %d, own %d", rows[i].name, n.local, (int)version, known,
                     cap_name_is_own(&n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
