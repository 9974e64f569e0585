#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "model/proof.h"
#include "model/roster_check.h"

#define NOW INT64_C(1795444200000)
#define DAY (INT64_C(24) * 3600 * 1000)

static struct representative *person(unsigned rank, const char *email, const char *webhook)
{
    struct representative *p = g_new0(struct representative, 1);
    p->rank = rank;
    char **const fields[] = { &p->name, &p->language, &p->phone, &p->valid_from, &p->valid_to };
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        *fields[i] = g_strdup("");
    p->email = g_strdup(email);
    p->webhook = g_strdup(webhook);
    return p;
}

static struct roster *one_mission(void)
{
    struct roster *r = roster_new();
    struct mission *m = mission_new();
    const char *why;
    m->id = g_strdup("fr-chicago");
    roster_add(r, m);
    roster_add_representative(r, "fr-chicago", person(1, "One@fr.example", ""), &why);
    roster_add_representative(r, "fr-chicago", person(2, "two@fr.example", "https://fr.example/"),
                              &why);
    return r;
}

static void finding_free(gpointer data)
{
    struct roster_finding *f = data;
    g_free(f->subject);
    g_free(f->detail);
    g_free(f);
}

static void mailboxes_are_compared_without_case_and_urls_with_it(void **state)
{
    struct proofs *p = proofs_new();
    (void)state;
    proofs_note(p, "mailto:ONE@fr.example", 7);
    proofs_note(p, "https://fr.example/", 8);
    assert_int_equal(proofs_of(p, "mailto:one@FR.example"), 7);
    assert_int_equal(proofs_of(p, "https://fr.example/"), 8);
    assert_int_equal(proofs_of(p, "https://FR.example/"), 0);
    assert_int_equal(proofs_of(NULL, "https://fr.example/"), 0);
    proofs_note(p, "mailto:one@fr.example", 5); /* it does not go back */
    assert_int_equal(proofs_of(p, "mailto:one@fr.example"), 7);
    assert_int_equal(proofs_count(p), 2);
    proofs_free(p);
}

static void the_latest_of_a_person_s_endpoints_counts(void **state)
{
    struct proofs *p = proofs_new();
    struct roster *r = one_mission();
    const struct mission *m = roster_at(r, 0);
    (void)state;
    proofs_note(p, "mailto:two@fr.example", 3);
    proofs_note(p, "https://fr.example/", 9);
    assert_int_equal(proofs_of_representative(p, g_ptr_array_index(m->representatives, 0)), 0);
    assert_int_equal(proofs_of_representative(p, g_ptr_array_index(m->representatives, 1)), 9);
    roster_unref(r);
    proofs_free(p);
}

static const struct check_row {
    const char *name;
    int64_t age_days; /* of the proof of one@fr.example; -1: none of anything */
    const char *want; /* codes and subjects */
} checks[] = {
    { "where nobody has ever answered nothing is said", -1, "" },
    { "a young proof is none to report", 365, "never-proved roster;" },
    { "an old one is", 366, "proof-old fr-chicago/1;never-proved roster;" },
};

static void old_proofs_are_reported(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(checks); i++) {
        struct proofs *p = proofs_new();
        struct roster *r = one_mission();
        g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(finding_free);
        g_autoptr(GString) got = g_string_new(NULL);
        if (checks[i].age_days >= 0)
            proofs_note(p, "mailto:one@fr.example", NOW - checks[i].age_days * DAY);
        proofs_check(p, r, NOW, 365, found);
        for (guint k = 0; k < found->len; k++) {
            const struct roster_finding *f = g_ptr_array_index(found, k);
            g_string_append_printf(got, "%s %s;", f->code, f->subject);
        }
        if (strcmp(got->str, checks[i].want) != 0)
            fail_msg("%s: %s", checks[i].name, got->str);
        if (found->len == 2)
            assert_non_null(strstr(((struct roster_finding *)found->pdata[1])->detail,
                                   "2 endpoints")); /* of the second representative */
        roster_unref(r);
        proofs_free(p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mailboxes_are_compared_without_case_and_urls_with_it),
        cmocka_unit_test(the_latest_of_a_person_s_endpoints_counts),
        cmocka_unit_test(old_proofs_are_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
