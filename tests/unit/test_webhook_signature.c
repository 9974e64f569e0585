#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "wire/webhook_signature.h"
#include <string.h>

#define NOW_S 1795444200
#define NOW "1795444200"
#define URL "https://a.example/hook"
#define BODY "{\"token\":\"t\"}"

static struct webhook_keys keys, other_keys;

static int set_up(void **state)
{
    g_autofree char *why = NULL;
    (void)state;
    assert_true(webhook_keys_parse(&keys,
                                   "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n"
                                   "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4\n",
                                   &why));
    assert_true(webhook_keys_parse(&other_keys, "enl4d3Z1dHNycXBvbm1sa2ppaGdmZWRj\n", &why));
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    webhook_keys_clear(&keys);
    webhook_keys_clear(&other_keys);
    return 0;
}

static struct webhook_signed signed_with(const char *signatures)
{
    return (struct webhook_signed){ .id = "evt-1",
                                    .timestamp = NOW,
                                    .signatures = signatures,
                                    .body = BODY,
                                    .body_len = strlen(BODY) };
}

static const char *check(const struct webhook_signed *s)
{
    return webhook_signature_check(&keys, URL, s, (int64_t)NOW_S * 1000);
}

static char *good_signatures(void)
{
    return webhook_signature_make(&keys, URL, "evt-1", NOW, BODY);
}

static void what_the_owner_signed_is_taken_under_every_key(void **state)
{
    g_autofree char *both = good_signatures();
    g_auto(GStrv) each = g_strsplit(both, " ", -1);
    (void)state;
    assert_int_equal(g_strv_length(each), 2);
    for (size_t i = 0; each[i]; i++) {
        struct webhook_signed s = signed_with(each[i]);
        assert_null(check(&s));
    }
}

static void a_known_signature_among_strange_ones_is_found(void **state)
{
    g_autofree char *both = good_signatures();
    g_autofree char *many = g_strconcat("v1a,xyz v1,AAAA  ", both, NULL);
    struct webhook_signed s = signed_with(many);
    (void)state;
    assert_null(check(&s));
}

static void anything_else_is_refused(void **state)
{
    g_autofree char *good = good_signatures();
    g_autofree char *foreign = webhook_signature_make(&other_keys, URL, "evt-1", NOW, BODY);
    g_autofree char *elsewhere =
        webhook_signature_make(&keys, "https://b.example/hook", "evt-1", NOW, BODY);
    g_autofree char *cut = g_strndup(good, 20);
    const char *const bad[] = { foreign, elsewhere, cut, "", "v1,", "v1", " " };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        struct webhook_signed s = signed_with(bad[i]);
        if (!check(&s))
            fail_msg("\"%s\" was taken", bad[i]);
    }
}

static void every_part_is_signed(void **state)
{
    g_autofree char *good = good_signatures();
    struct webhook_signed id = signed_with(good), time = id, body = id, longer = id;
    (void)state;
    id.id = "evt-2";
    time.timestamp = "1795444201";
    body.body = "{\"token\":\"u\"}";
    longer.body = BODY " ";
    longer.body_len++;
    assert_non_null(check(&id));
    assert_non_null(check(&time));
    assert_non_null(check(&body));
    assert_non_null(check(&longer));
}

static void old_and_early_ones_are_refused(void **state)
{
    static const struct {
        int64_t off_s;
        bool good;
    } rows[] = { { 0, true }, { 300, true }, { -300, true }, { 301, false }, { -301, false } };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autofree char *timestamp =
            g_strdup_printf("%" G_GINT64_FORMAT, (gint64)NOW_S + rows[i].off_s);
        g_autofree char *good = webhook_signature_make(&keys, URL, "evt-1", timestamp, BODY);
        struct webhook_signed s = signed_with(good);
        s.timestamp = timestamp;
        assert_int_equal(check(&s) == NULL, rows[i].good);
    }
}

static void headers_that_are_missing_or_no_text_are_told(void **state)
{
    g_autofree char *good = good_signatures();
    g_autofree char *endless = g_strnfill(WEBHOOK_ID_MAX + 1, 'a');
    struct webhook_signed none = signed_with(NULL), no_id = signed_with(good), late = no_id,
                          hostile = no_id, long_id = no_id, no_number = no_id;
    (void)state;
    no_id.id = NULL;
    late.timestamp = NULL;
    hostile.id = "a\x1b";
    long_id.id = endless;
    no_number.timestamp = "now";
    const struct webhook_signed *const bad[] = { &none,    &no_id,   &late,
                                                 &hostile, &long_id, &no_number };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++)
        assert_non_null(check(bad[i]));
}

static void without_keys_nothing_is_taken(void **state)
{
    g_autofree char *good = good_signatures();
    struct webhook_signed s = signed_with(good);
    struct webhook_keys none = { NULL };
    (void)state;
    assert_non_null(webhook_signature_check(NULL, URL, &s, (int64_t)NOW_S * 1000));
    assert_non_null(webhook_signature_check(&none, URL, &s, (int64_t)NOW_S * 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_owner_signed_is_taken_under_every_key),
        cmocka_unit_test(a_known_signature_among_strange_ones_is_found),
        cmocka_unit_test(anything_else_is_refused),
        cmocka_unit_test(every_part_is_signed),
        cmocka_unit_test(old_and_early_ones_are_refused),
        cmocka_unit_test(headers_that_are_missing_or_no_text_are_told),
        cmocka_unit_test(without_keys_nothing_is_taken),
    };
    return cmocka_run_group_tests_name("webhook signature", tests, set_up, tear_down);
}
