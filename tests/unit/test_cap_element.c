#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "wire/cap_element.h"

static const struct row {
    const char *path; /* below the alert */
    int position;     /* -1: there is no such element */
    unsigned least, most;
    enum cap_version since;
    bool text;
} rows[] = {
    { "identifier", 0, 1, 1, CAP_1_0, true },
    { "scope", 7, 1, 1, CAP_1_1, true },
    { "info", 14, 0, CAP_MAX_INFOS, CAP_1_0, false },
    { "info/category", 1, 1, 0, CAP_1_1, true },
    { "info/resource/mimeType", 1, 1, 1, CAP_1_2, true },
    { "info/area/polygon", 1, 0, 0, CAP_1_0, true },
    { "info/area/geocode", 3, 0, 0, CAP_1_0, false },
    { "info/area/geocode/value", 1, 0, 1, CAP_1_0, true },
    { "Info", -1, 0, 0, 0, false },
    { "polygon", -1, 0, 0, 0, false },
    { "identifier/identifier", -1, 0, 0, 0, false },
};

static const struct cap_element *find(const char *path, int *position)
{
    g_auto(GStrv) names = g_strsplit(path, "/", -1);
    const struct cap_element *e = &cap_alert_element;
    for (char **name = names; *name && e; name++) {
        unsigned at = 0;
        e = cap_element_part(e, *name, &at);
        *position = e ? (int)at : -1;
    }
    return e;
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        int position = -1;
        const struct cap_element *e = find(rows[i].path, &position);
        if (position != rows[i].position)
            fail_msg("%s is number %d", rows[i].path, position);
        if (e && (e->least != rows[i].least || e->most != rows[i].most ||
                  e->since != rows[i].since || (e->max_bytes > 0) != rows[i].text))
            fail_msg("%s: from %u to %u", rows[i].path, e->least, e->most);
    }
}

/* Every element either has parts or is text, and fits into the reader's books. */
static void check(const struct cap_element *e)
{
    unsigned n = 0;
    assert_int_equal(e->parts == NULL, e->max_bytes > 0);
    for (; e->parts && e->parts[n].name; n++)
        check(&e->parts[n]);
    assert_true(n <= CAP_MAX_PARTS);
    assert_true(e->most == 0 || e->least <= e->most);
}

static void test_table(void **state)
{
    int position;
    (void)state;
    check(&cap_alert_element);
    assert_true(cap_element_is_pair(find("info/parameter", &position)));
    assert_true(cap_element_is_pair(find("info/eventCode", &position)));
    assert_false(cap_element_is_pair(find("info/resource", &position)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_table),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
