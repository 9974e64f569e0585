#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "plan_world.h"

/* "1 smtp mailto:… es [1,2] ar-chicago/1" a line, in send order. */
static char *describe_notifications(const struct plan *p)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < p->notifications->len; i++) {
        const struct notification *n = p->notifications->pdata[i];
        g_string_append_printf(s, "%" G_GINT64_FORMAT " %s %s [", n->id, n->endpoint, n->language);
        for (guint k = 0; k < n->obligations->len; k++)
            g_string_append_printf(s, "%s%u", k ? "," : "",
                                   g_array_index(n->obligations, uint32_t, k));
        g_string_append_printf(s, "] %s\n", n->recipient);
    }
    return g_string_free(s, FALSE);
}

/* "1 representative ar-chicago/1 affected ar-chicago" a line. */
static char *describe_obligations(const struct plan *p)
{
    GString *s = g_string_new(NULL);
    for (guint i = 0; i < p->obligations->len; i++) {
        const struct obligation *o = p->obligations->pdata[i];
        g_string_append_printf(s, "%u %s %s %s", o->ordinal, obligation_kind_names[o->kind],
                               o->recipient, o->reason);
        for (guint k = 0; k < o->missions->len; k++)
            g_string_append_printf(s, " %s", (const char *)o->missions->pdata[k]);
        g_string_append_c(s, '\n');
    }
    return g_string_free(s, FALSE);
}

static const struct place two_in_chicago[] = {
    { "ar-chicago", THREAT_LOW, &chicago, true },
    { "fr-chicago", THREAT_LOW, &chicago, true },
};
static const struct place night_in_chicago[] = { { "ar-chicago", THREAT_LOW, &chicago, false } };
static const struct place nobody_in_honolulu[] = { { "jp-honolulu", THREAT_LOW, &honolulu, true } };
static const struct place threatened[] = {
    { "ar-chicago", THREAT_LOW, &chicago, true },
    { "fr-chicago", THREAT_CRITICAL, &chicago, true },
};

static const struct person both_ways[] = {
    { "ar-chicago", 1, "es", "one@ar.example", "https://ar.example/a", false },
    { "fr-chicago", 1, "fr", "one@fr.example", "", false },
};
static const struct person shared_mailbox[] = {
    { "ar-chicago", 2, "es", "Both@Shared.example", "", false },
    { "fr-chicago", 1, "fr", "both@shared.example", "", false },
};
static const struct person volunteer[] = {
    { "ar-chicago", 1, "es", "one@ar.example", "", false },
    { "ar-chicago", 2, "es", "two@ar.example", "", true },
    { "fr-chicago", 1, "fr", "one@fr.example", "", false },
};
static const struct person one_each[] = {
    { "ar-chicago", 1, "es", "one@ar.example", "", false },
    { "fr-chicago", 1, "fr", "one@fr.example", "", false },
    { "fr-chicago", 2, "", "two@fr.example", "", false },
};

static const struct row {
    const char *name;
    enum broadcast_status status;
    const struct place *places;
    size_t n_places;
    const struct person *people;
    size_t n_people;
    const char *obligations, *notifications;
    guint warnings;
} rows[] = {
    { "mail and webhook of one person are both used, the office comes first", STATUS_ACTUAL,
      two_in_chicago, 2, both_ways, 2,
      "1 representative ar-chicago/1 affected ar-chicago\n"
      "2 representative fr-chicago/1 affected fr-chicago\n"
      "3 office office:chicago affected ar-chicago fr-chicago\n",
      "1 mailto:chicago@dss.example en [3] office:chicago\n"
      "2 mailto:one@ar.example es [1] ar-chicago/1\n"
      "3 https://ar.example/a es [1] ar-chicago/1\n"
      "4 mailto:one@fr.example fr [2] fr-chicago/1\n",
      0 },
    { "one mailbox gets one message, in the language of the first by rank", STATUS_ACTUAL,
      two_in_chicago, 2, shared_mailbox, 2,
      "1 representative ar-chicago/2 affected ar-chicago\n"
      "2 representative fr-chicago/1 affected fr-chicago\n"
      "3 office office:chicago affected ar-chicago fr-chicago\n",
      "1 mailto:chicago@dss.example en [3] office:chicago\n"
      "2 mailto:Both@Shared.example fr [1,2] ar-chicago/2\n",
      0 },
    { "a mission without anybody is its office's, on the office's notice", STATUS_ACTUAL,
      two_in_chicago, 2, both_ways, 1,
      "1 representative ar-chicago/1 affected ar-chicago\n"
      "2 office office:chicago affected ar-chicago fr-chicago\n"
      "3 office office:chicago no-valid-representative fr-chicago\n",
      "1 mailto:chicago@dss.example en [2,3] office:chicago\n"
      "2 mailto:one@ar.example es [1] ar-chicago/1\n"
      "3 https://ar.example/a es [1] ar-chicago/1\n",
      0 },
    { "at night the desk is told as well and owns the gap", STATUS_ACTUAL, night_in_chicago, 1,
      NULL, 0,
      "1 office office:chicago affected ar-chicago\n"
      "2 desk desk:command-center affected ar-chicago\n"
      "3 desk desk:command-center no-valid-representative ar-chicago\n",
      "1 mailto:chicago@dss.example en [1] office:chicago\n"
      "2 mailto:cc@dss.example en [2,3] desk:command-center\n"
      "3 https://cc.dss.example/hook en [2,3] desk:command-center\n",
      0 },
    { "an office nobody can reach keeps its obligations open and is warned of once", STATUS_ACTUAL,
      nobody_in_honolulu, 1, NULL, 0,
      "1 office office:honolulu affected jp-honolulu\n"
      "2 office office:honolulu no-valid-representative jp-honolulu\n",
      "", 1 },
    { "a mission under threat goes first, then the rank decides", STATUS_ACTUAL, threatened, 2,
      one_each, 3,
      "1 representative ar-chicago/1 affected ar-chicago\n"
      "2 representative fr-chicago/1 affected fr-chicago\n"
      "3 representative fr-chicago/2 affected fr-chicago\n"
      "4 office office:chicago affected ar-chicago fr-chicago\n",
      "1 mailto:chicago@dss.example en [4] office:chicago\n"
      "2 mailto:one@fr.example fr [2] fr-chicago/1\n"
      "3 mailto:two@fr.example en [3] fr-chicago/2\n"
      "4 mailto:one@ar.example es [1] ar-chicago/1\n",
      0 },
    { "an exercise reaches who opted in and no office that did not", STATUS_EXERCISE,
      two_in_chicago, 2, volunteer, 3, "1 representative ar-chicago/2 affected ar-chicago\n",
      "1 mailto:two@ar.example es [1] ar-chicago/2\n", 0 },
    { "a test reaches the test recipient alone", STATUS_TEST, two_in_chicago, 2, volunteer, 3,
      "1 test test affected ar-chicago fr-chicago\n", "1 mailto:drill@dss.example en [1] test\n",
      0 },
    { "a system message reaches nobody", STATUS_SYSTEM, two_in_chicago, 2, volunteer, 3, "", "",
      0 },
    { "a draft reaches nobody", STATUS_DRAFT, two_in_chicago, 2, volunteer, 3, "", "", 0 },
    { "nobody affected is nobody told", STATUS_ACTUAL, NULL, 0, NULL, 0, "", "", 0 },
};

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        const struct row *r = &rows[i];
        struct world *w = world_new(r->places, r->n_places, r->people, r->n_people);
        w->b->status = r->status;
        struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
        g_autofree char *obligations = describe_obligations(p);
        g_autofree char *notifications = describe_notifications(p);
        if (!g_str_equal(obligations, r->obligations))
            fail_msg("%s: obligations are\n%s", r->name, obligations);
        if (!g_str_equal(notifications, r->notifications))
            fail_msg("%s: notifications are\n%s", r->name, notifications);
        if (w->f->warnings->len != r->warnings || w->f->errors->len)
            fail_msg("%s: %u warnings", r->name, w->f->warnings->len);
        assert_int_equal(p->missions->len, r->n_places);
        plan_free(p);
        world_free(w);
    }
}

static const struct person rank_and_rank[] = {
    { "ar-chicago", 1, "es", "one@ar.example", "", false },
    { "fr-chicago", 1, "fr", "one@fr.example", "https://fr.example/a", false },
};
static const struct person both_at_one[] = {
    { "ar-chicago", 1, "es", "both@shared.example", "", false },
    { "fr-chicago", 2, "fr", "Both@Shared.example", "https://fr.example/a", false },
};

/* Who has answered before goes first among equals, and has the word where several share a mailbox.
 */
static const struct proved_row {
    const char *name;
    const struct person *people;
    const char *proved; /* NULL: nobody */
    const char *first;  /* "endpoint language" of the first notification */
} proved_rows[] = {
    { "nobody has answered: the order of the roster", rank_and_rank, NULL,
      "mailto:one@ar.example es" },
    { "who has answered goes first", rank_and_rank, "mailto:ONE@fr.example",
      "mailto:one@fr.example fr" },
    { "by whatever endpoint that one is first", rank_and_rank, "https://fr.example/a",
      "https://fr.example/a fr" },
    { "nobody has answered: the language of the first by rank", both_at_one, NULL,
      "mailto:both@shared.example es" },
    { "the language of the one who has answered elsewhere", both_at_one, "https://fr.example/a",
      "mailto:both@shared.example fr" },
    { "a mailbox that both share tells nothing of either", both_at_one,
      "mailto:both@shared.example", "mailto:both@shared.example es" },
};

/* The notices to offices and desks count as rank 0 and are before. */
static const struct notification *first_to_a_person(const struct plan *p)
{
    guint i = 0;
    while (!strchr(((struct notification *)p->notifications->pdata[i])->recipient, '/'))
        i++;
    return p->notifications->pdata[i];
}

static void test_proved_endpoints_are_preferred(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(proved_rows); i++) {
        const struct proved_row *r = &proved_rows[i];
        struct world *w = world_new(two_in_chicago, 2, r->people, 2);
        struct proofs *proofs = proofs_new();
        if (r->proved)
            proofs_note(proofs, r->proved, SENT);
        w->policy.proofs = proofs;
        struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
        const struct notification *n = first_to_a_person(p);
        g_autofree char *first = g_strdup_printf("%s %s", n->endpoint, n->language);
        if (strcmp(first, r->first) != 0)
            fail_msg("%s: %s", r->name, first);
        plan_free(p);
        proofs_free(proofs);
        world_free(w);
    }
}

static void test_office_and_desk_of_one_mailbox_are_told_once(void **state)
{
    static const struct place at_night[] = { { "ar-chicago", THREAT_LOW, &chicago, false },
                                             { "fr-chicago", THREAT_HIGH, &chicago, false },
                                             { "gb-chicago", THREAT_LOW, &chicago, false } };
    (void)state;
    struct world *w = world_new(at_night, G_N_ELEMENTS(at_night), both_ways, 2);
    g_free(center.contact.email);
    center.contact.email = g_strdup("CHICAGO@dss.example");
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    g_autofree char *notifications = describe_notifications(p);
    assert_non_null(strstr(notifications, " mailto:chicago@dss.example en [3,4,5] "));
    assert_non_null(strstr(notifications, " https://cc.dss.example/hook en [4,5] "));
    const struct notification *first = p->notifications->pdata[0];
    assert_int_equal(first->priority,
                     notification_priority(URGENCY_IMMEDIATE, SEVERITY_SEVERE, THREAT_HIGH, 0));
    plan_free(p);
    world_free(w);
}

static void test_exercise_reaches_a_willing_office(void **state)
{
    (void)state;
    struct world *w = world_new(two_in_chicago, 2, volunteer, 3);
    w->b->status = STATUS_EXERCISE;
    chicago.exercises = true;
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    assert_int_equal(p->notifications->len, 2);
    struct plan_contact office = plan_contact_of_office(&chicago),
                        desk = plan_contact_of_desk(&center);
    assert_true(plan_reaches(&office, STATUS_EXERCISE));
    assert_false(plan_reaches(&desk, STATUS_EXERCISE));
    assert_true(plan_reaches(&desk, STATUS_ACTUAL));
    assert_false(plan_reaches(&office, STATUS_TEST));
    chicago.exercises = false;
    plan_free(p);
    world_free(w);
}

static void test_a_test_without_recipient_is_warned_of(void **state)
{
    (void)state;
    struct world *w = world_new(two_in_chicago, 2, volunteer, 3);
    w->b->status = STATUS_TEST;
    w->policy.test_recipient = "";
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    assert_int_equal(p->notifications->len, 0);
    assert_int_equal(p->obligations->len, 0);
    assert_int_equal(w->f->warnings->len, 1);
    plan_free(p);
    world_free(w);
}

static void test_an_acknowledgement_is_not_fanned_out(void **state)
{
    (void)state;
    struct world *w = world_new(two_in_chicago, 2, both_ways, 2);
    w->b->type = TYPE_ACK;
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    assert_int_equal(p->obligations->len, 0);
    assert_int_equal(p->missions->len, 2);
    plan_free(p);
    world_free(w);
}

static const struct deadline_row {
    const char *name;
    int64_t sent_ms, expires_ms, want_ms;
    enum broadcast_urgency urgency;
} deadlines[] = {
    { "expires is the deadline", SENT, SENT + 5000, SENT + 5000, URGENCY_IMMEDIATE },
    { "without it an hour from now for immediate", SENT, 0, AS_OF + 3600000, URGENCY_IMMEDIATE },
    { "two for expected", SENT, 0, AS_OF + 7200000, URGENCY_EXPECTED },
    { "four for unknown", SENT, 0, AS_OF + 14400000, URGENCY_UNKNOWN },
    { "a sent time ahead of us gives nothing", AS_OF + 60000, 0, AS_OF + 3600000,
      URGENCY_IMMEDIATE },
};

static void test_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(deadlines); i++) {
        const struct deadline_row *r = &deadlines[i];
        struct world *w = world_new(two_in_chicago, 2, both_ways, 2);
        w->b->sent.ms = r->sent_ms;
        w->b->expires.ms = r->expires_ms;
        w->b->urgency = r->urgency;
        struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
        const struct notification *n = p->notifications->pdata[0];
        if (p->deadline_ms != r->want_ms || n->deadline_ms != r->want_ms)
            fail_msg("%s: %" G_GINT64_FORMAT " ms off", r->name, p->deadline_ms - r->want_ms);
        plan_free(p);
        world_free(w);
    }
}

static void test_other_languages(void **state)
{
    static const struct row {
        const char *text, *warning;
    } texts[] = {
        { "fr", "there is no text in the language of some representatives: es (ar-chicago/1) gets "
                "fr; en (fr-chicago/2) gets fr" },
        { "en", "there is no text in the language of some representatives: es (ar-chicago/1) gets "
                "en; fr (fr-chicago/1) gets en" },
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        struct world *w = world_new(two_in_chicago, 2, one_each, 3);
        struct message *m = g_new0(struct message, 1);
        m->language = g_strdup(texts[i].text);
        g_ptr_array_set_size(w->b->messages, 0);
        g_ptr_array_add(w->b->messages, m);
        struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
        plan_warn_languages(p, w->b, w->f);
        assert_int_equal(w->f->warnings->len, 1);
        const struct fault *f = w->f->warnings->pdata[0];
        assert_string_equal(f->detail, texts[i].warning);
        plan_free(p);
        world_free(w);
    }
}

static void test_readers_of_the_texts_are_no_warning(void **state)
{
    (void)state;
    struct world *w = world_new(two_in_chicago, 2, one_each, 3);
    g_ptr_array_set_size(w->b->messages, 0);
    for (const char *const *l = (const char *const[]){ "es-AR", "fr", "en", NULL }; *l; l++) {
        struct message *m = g_new0(struct message, 1);
        m->language = g_strdup(*l);
        g_ptr_array_add(w->b->messages, m);
    }
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    plan_warn_languages(p, w->b, w->f);
    assert_int_equal(w->f->warnings->len, 0);
    plan_free(p);
    world_free(w);
}

static void test_numbers(void **state)
{
    (void)state;
    struct world *w = world_new(two_in_chicago, 2, both_ways, 2);
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    plan_number(p, 7);
    const struct notification *n = p->notifications->pdata[2];
    assert_int_equal(n->id, (INT64_C(7) << NOTIFICATION_ORDINAL_BITS) + 3);
    assert_string_equal(n->lane, "https://ar.example:443");
    plan_free(p);
    world_free(w);
}

static void test_a_copy_says_the_same_and_outlives_its_original(void **state)
{
    (void)state;
    struct world *w = world_new(two_in_chicago, 2, both_ways, 2);
    struct plan *p = plan_make(w->b, &w->r, &w->policy, w->f);
    g_autofree char *notifications = describe_notifications(p);
    g_autofree char *obligations = describe_obligations(p);
    struct plan *copy = plan_copy(p);
    guint missions = p->missions->len;
    assert_int_equal(copy->deadline_ms, p->deadline_ms);
    plan_free(p);
    g_autofree char *notifications_of_copy = describe_notifications(copy);
    g_autofree char *obligations_of_copy = describe_obligations(copy);
    assert_string_equal(notifications_of_copy, notifications);
    assert_string_equal(obligations_of_copy, obligations);
    assert_int_equal(copy->missions->len, missions);
    plan_free(copy);
    world_free(w);
}

static void test_escalation(void **state)
{
    (void)state;
    struct plan *into = plan_new();
    struct duty duty = { .desk = &center };
    struct plan_contact desk = plan_contact_of_duty(&duty),
                        silent = plan_contact_of_office(&honolulu);
    plan_escalate(into, 42, 99, 7, &desk, "fr-chicago", "every-endpoint-refused",
                  "one@fr.example: 550 no such user", 0x101, AS_OF);
    plan_escalate(into, 43, 101, 7, &silent, "jp-honolulu", OBLIGATION_NO_REPRESENTATIVE, "", 0x101,
                  AS_OF);
    g_autofree char *obligations = describe_obligations(into);
    assert_string_equal(obligations,
                        "42 desk desk:command-center every-endpoint-refused fr-chicago\n"
                        "43 office office:honolulu no-valid-representative jp-honolulu\n");
    assert_int_equal(into->notifications->len, 2);
    const struct notification *n = into->notifications->pdata[1];
    assert_int_equal(n->id, (INT64_C(7) << NOTIFICATION_ORDINAL_BITS) + 100);
    assert_string_equal(n->endpoint, "https://cc.dss.example/hook");
    assert_int_equal(n->priority, 0x101);
    assert_int_equal(g_array_index(n->obligations, uint32_t, 0), 42);
    const struct obligation *o = into->obligations->pdata[0];
    assert_string_equal(o->detail, "one@fr.example: 550 no such user");
    assert_string_equal(o->phone, "571-345-3146");
    assert_int_equal(o->state, OBLIGATION_OPEN);
    o = into->obligations->pdata[1];
    assert_int_equal(o->state, OBLIGATION_UNREACHABLE);
    plan_free(into);
}

static void test_escalation_to_a_partner(void **state)
{
    (void)state;
    struct plan *into = plan_new();
    char states[] = "DC", mail[] = "control@fmb.example", none[] = "";
    char id[] = "usss-fmb", name[] = "Foreign Missions Branch", tel[] = "202-555-0134";
    g_autoptr(GPtrArray) of = g_ptr_array_new();
    g_ptr_array_add(of, states);
    struct partner fmb = { id, name, tel, of, { mail, none, none, none, none } };
    struct plan_contact to = plan_contact_of_partner(&fmb);
    assert_true(plan_reaches(&to, STATUS_ACTUAL));
    assert_false(plan_reaches(&to, STATUS_EXERCISE));
    plan_escalate(into, 9, 9, 7, &to, "fr-embassy", OBLIGATION_NEEDS_ASSISTANCE, "at the gate",
                  0x101, AS_OF);
    const struct obligation *o = into->obligations->pdata[0];
    const struct notification *n = into->notifications->pdata[0];
    assert_int_equal(o->kind, OBLIGATION_PARTNER);
    assert_string_equal(o->recipient, "partner:usss-fmb");
    assert_string_equal(o->phone, "202-555-0134");
    assert_string_equal(n->endpoint, "mailto:control@fmb.example");
    plan_free(into);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_proved_endpoints_are_preferred),
        cmocka_unit_test(test_office_and_desk_of_one_mailbox_are_told_once),
        cmocka_unit_test(test_exercise_reaches_a_willing_office),
        cmocka_unit_test(test_a_test_without_recipient_is_warned_of),
        cmocka_unit_test(test_an_acknowledgement_is_not_fanned_out),
        cmocka_unit_test(test_deadline),
        cmocka_unit_test(test_other_languages),
        cmocka_unit_test(test_readers_of_the_texts_are_no_warning),
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_a_copy_says_the_same_and_outlives_its_original),
        cmocka_unit_test(test_escalation),
        cmocka_unit_test(test_escalation_to_a_partner),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
