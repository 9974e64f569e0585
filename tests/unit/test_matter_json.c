#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "wire/broadcast_json.h"
#include "wire/matter_json.h"

#define ASK(members) "{\"kind\":\"assistance-request\",\"mission\":\"fr-chicago\"" members "}"
#define ASKED                                                                                      \
    "\"subject\":\"Emergency Reaction Plans\",\"concerns\":\"A fire.\",\"objectives\":\"A "        \
    "plan.\","                                                                                     \
    "\"coordinator\":\"Deputy Consul\""
#define CONTACT(members) "{\"kind\":\"contact-update\",\"body\":{" members "}}"
#define POST(members)                                                                              \
    "{\"kind\":\"protective-response\",\"mission\":\"fr-chicago\",\"body\":{" members "}}"

/* What is read comes back as it was written: the canonical body. */
static const struct good {
    const char *name, *text, *body;
    enum broadcast_urgency urgency;
} goods[] = {
    { "a request with all that the brochure asks for", ASK(",\"body\":{" ASKED "}"), "{" ASKED "}",
      URGENCY_FUTURE },
    { "an urgency may be given", ASK(",\"urgency\":\"expected\",\"body\":{" ASKED "}"),
      "{" ASKED "}", URGENCY_EXPECTED },
    { "a rank is a number",
      CONTACT("\"change\":\"departing\",\"representative\":2,\"valid_to\":\"2026-12-31\""),
      "{\"change\":\"departing\",\"representative\":2,\"valid_to\":\"2026-12-31\"}",
      URGENCY_FUTURE },
    { "a post, for the time being",
      POST("\"form\":\"fixed-post\",\"interim\":true,\"from\":\"2026-11-23T09:00:00-05:00\","
           "\"until\":\"2026-11-24T09:00:00-05:00\",\"reason\":\"Threats.\""),
      "{\"form\":\"fixed-post\",\"interim\":true,\"from\":\"2026-11-23T09:00:00-05:00\","
      "\"until\":\"2026-11-24T09:00:00-05:00\",\"reason\":\"Threats.\"}",
      URGENCY_EXPECTED },
};

static void what_is_good_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(goods); i++) {
        struct faults *f = faults_new();
        struct matter *m = matter_json_read(goods[i].text, strlen(goods[i].text), f);
        g_autofree char *why = faults_to_text(f);
        if (!m)
            fail_msg("%s: %s", goods[i].name, why);
        assert_string_equal(m->body, goods[i].body);
        assert_int_equal(m->urgency, goods[i].urgency);
        struct matter_body *b = matter_json_read_body(m->kind, m->body);
        assert_non_null(b);
        g_autofree char *again = matter_json_write_body(b);
        assert_string_equal(again, m->body);
        matter_body_free(b);
        matter_free(m);
        faults_free(f);
    }
}

static const struct bad {
    const char *name, *text, *faults; /* "place code", a line each */
} bads[] = {
    { "no JSON", "{", " syntax" },
    { "no object", "[]", " wrong-type" },
    { "everything missing", "{}", "/kind missing-member\n/body missing-member" },
    { "a kind that there is not", "{\"kind\":\"asistance-request\",\"body\":{}}",
      "/kind not-one-of" },
    { "everything that a request must say, at once", ASK(",\"body\":{}"),
      "/body/subject missing-member\n/body/concerns missing-member\n"
      "/body/objectives missing-member\n/body/coordinator missing-member" },
    { "a seventh subject",
      ASK(",\"body\":{\"subject\":\"Cyber\",\"concerns\":\"A\","
          "\"objectives\":\"B\",\"coordinator\":\"C\"}"),
      "/body/subject not-one-of" },
    { "a member nobody knows", ASK(",\"body\":{" ASKED ",\"cordinator\":\"x\"}"),
      "/body/cordinator unknown-member" },
    { "an urgency must be given with information",
      "{\"kind\":\"security-information\",\"mission\":\"fr-chicago\",\"body\":{\"what\":\"A\","
      "\"where\":\"B\",\"when\":\"C\"}}",
      "/urgency missing-member" },
    { "every form of a contact",
      CONTACT("\"change\":\"changed\",\"representative\":0,\"email\":\"x\",\"phone\":\"12\","
              "\"webhook\":\"ftp://x\",\"language\":\"Spanish!\",\"valid_to\":\"2026-02-30\""),
      "/body/representative out-of-range\n/body/language bad-language\n/body/email bad-mailbox\n"
      "/body/phone bad-phone\n/body/webhook bad-webhook\n/body/valid_to bad-date" },
    { "a time without an offset",
      POST("\"form\":\"patrol\",\"interim\":\"yes\",\"from\":\"2026-11-23T09:00:00\","
           "\"until\":\"2026-11-24T09:00:00Z\",\"reason\":\"R\""),
      "/body/interim wrong-type\n/body/from bad-time" },
    { "what concerns several members comes last", CONTACT("\"change\":\"new\",\"name\":\"A\""),
      "/body/language missing-member\n/body/email missing-member" },
};

static void every_fault_has_its_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bads); i++) {
        struct faults *f = faults_new();
        struct matter *m = matter_json_read(bads[i].text, strlen(bads[i].text), f);
        g_autoptr(GString) got = g_string_new(NULL);
        for (guint k = 0; k < f->errors->len; k++) {
            const struct fault *e = g_ptr_array_index(f->errors, k);
            g_string_append_printf(got, "%s%s %s", k ? "\n" : "", e->place, e->code);
        }
        assert_null(m);
        if (strcmp(got->str, bads[i].faults) != 0)
            fail_msg("%s:\n%s", bads[i].name, got->str);
        faults_free(f);
    }
}

static void information_makes_a_draft_that_can_be_sent(void **state)
{
    static const char text[] =
        "{\"kind\":\"security-information\",\"mission\":\"fr-chicago\",\"urgency\":\"immediate\","
        "\"body\":{\"what\":\"Two cars\\ncircle the block.\",\"where\":\"205 N Michigan\",\"when\":"
        "\"since 09:00\"}}";
    struct faults *f = faults_new();
    struct matter *m = matter_json_read(text, strlen(text), f);
    (void)state;
    assert_non_null(m);
    m->no = 17;
    g_autofree char *draft =
        matter_json_draft(m, "pld-duty@dss.example", "Chicago, IL", INT64_C(1795444200000));
    struct broadcast *b =
        broadcast_json_read(draft, strlen(draft), INT64_C(1795444200000), NULL, f);
    g_autofree char *why = faults_to_text(f);
    if (!b)
        fail_msg("%s", why);
    const struct message *first = g_ptr_array_index(b->messages, 0);
    assert_int_equal(b->status, STATUS_DRAFT);
    assert_int_equal(b->urgency, URGENCY_IMMEDIATE);
    assert_string_equal(b->identifier, "MATTER-17");
    assert_string_equal(first->headline, "Two cars circle the block.");
    assert_non_null(strstr(first->description, "Where: 205 N Michigan"));
    broadcast_unref(b);
    matter_free(m);
    faults_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_good_comes_back),
        cmocka_unit_test(every_fault_has_its_place),
        cmocka_unit_test(information_makes_a_draft_that_can_be_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
