#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <glib.h>

#include "model/mission.h"
#include "wire/roster_values.h"

#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* Good values, then bad ones; each list ends in NULL. */
static const struct kind {
    const char *name;
    bool (*is)(const char *s);
    const char *good[8], *bad[12];
} kinds[] = {
    { "id",
      roster_value_is_id,
      { "fr-chicago", "a1", A64 },
      { "a", A64 "a", "Fr-chicago", "fr chicago", "fr_chicago", "caf\xC3\xA9" } },
    { "country", roster_value_is_country, { "FR", "XK" }, { "fr", "F", "FRA", "F1", "\xC3\x89" } },
    { "kind", roster_value_is_kind, { "embassy", "consulate-general" }, { "Embassy", "castle" } },
    { "zip",
      roster_value_is_zip,
      { "60611", "60611-1234", "00601" },
      { "6061", "606111", "60611-", "60611-123", "60611-12345", "60611 1234", "6061a" } },
    { "latitude",
      roster_value_is_latitude,
      { "41.894742", "-90", "90", "0", "-0.5" },
      { "90.1", "-90.0001", "1e1", "+41.8", ".5", "41.", "nan", "0x10", " 41",
        "41.8949999999999999" } },
    { "longitude",
      roster_value_is_longitude,
      { "-87.615073", "180", "-180", "144.7" },
      { "180.01", "-181", "1000", "87,6", "--87" } },
    { "counties",
      roster_value_is_counties,
      { "17031", "17031 17043" },
      { "1703", "170310", "17031 ", "17031  17043", "17031,17043", " 17031" } },
    { "language",
      roster_value_is_language,
      { "es", "es-MX", "zh-Hant" },
      { "ES", "es-mx", "spanish", "e" } },
    { "mailbox",
      roster_value_is_mailbox,
      { "liaison1@fr-chicago.example" },
      { "nobody", "a@b@c.example", "a@b.example\r\nRCPT", "@b.example", "a b@c.example" } },
    { "phone",
      roster_value_is_phone,
      { "+13125550123", "312-555-0123", "(312) 555.0123", "1234567" },
      { "123456", "1234567890123456", "312+5550123", "312-555-CALL", "++13125550123" } },
    { "webhook",
      roster_value_is_webhook,
      { "https://hooks.fr.example/a", "http://127.0.0.1:8025/x?y=1", "https://[2001:db8::1]/" },
      { "ftp://fr.example/", "https://", "https://fr.example/#x", "https://u:p@fr.example/",
        "https://fr.example:0/", "https://fr.example/a b", "https://fr.example/\n", "fr.example",
        "https://fr.example/{id}" } },
    { "date",
      roster_value_is_date,
      { "2012-02-29", "2026-12-31" },
      { "2013-02-29", "2026-13-01", "2026-00-10", "2026-1-01", "26-01-01", "0000-01-01",
        "2026/01/01", "2026-01-01T" } },
};

static void each_kind_of_value_has_its_shape(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        const struct kind *k = &kinds[i];
        for (size_t n = 0; n < G_N_ELEMENTS(k->good) && k->good[n]; n++)
            if (!k->is(k->good[n]))
                fail_msg("\"%s\" is a good %s", k->good[n], k->name);
        for (size_t n = 0; n < G_N_ELEMENTS(k->bad) && k->bad[n]; n++)
            if (k->is(k->bad[n]))
                fail_msg("\"%s\" is no %s", k->bad[n], k->name);
    }
}

static void ranks_are_small_numbers(void **state)
{
    static const struct row {
        const char *text;
        unsigned rank; /* 0: it is none */
    } rows[] = { { "1", 1 },  { "9", 9 },   { "10", 10 }, { "99", 99 }, { "0", 0 },  { "", 0 },
                 { "01", 0 }, { "100", 0 }, { "-1", 0 },  { "1 ", 0 },  { "one", 0 } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        unsigned rank = 0;
        bool good = roster_value_rank(rows[i].text, &rank);
        if (good != (rows[i].rank > 0) || rank != rows[i].rank)
            fail_msg("\"%s\": %u", rows[i].text, rank);
        if (good)
            assert_string_equal(roster_value_rank_text(rank), rows[i].text);
    }
}

static void a_word_is_found_by_its_exact_spelling(void **state)
{
    (void)state;
    assert_int_equal(roster_value_index(threat_level_names, "low"), THREAT_LOW);
    assert_int_equal(roster_value_index(threat_level_names, "critical"), THREAT_CRITICAL);
    assert_int_equal(roster_value_index(threat_level_names, "Low"), -1);
    assert_int_equal(roster_value_index(threat_level_names, ""), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_kind_of_value_has_its_shape),
        cmocka_unit_test(ranks_are_small_numbers),
        cmocka_unit_test(a_word_is_found_by_its_exact_spelling),
    };
    return cmocka_run_group_tests_name("roster values", tests, NULL, NULL);
}
