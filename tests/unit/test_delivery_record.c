#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/digest.h"
#include "rows.h"
#include "wire/delivery_record.h"

static struct record *full_record(void)
{
    struct record *r = record_new("notification.deferred", INT64_C(1795444200123));

    r->seq = 7;
    r->status = g_strdup("actual");
    r->broadcast = g_strdup("0193b5a0-0000-7000-8000-000000000001");
    r->missions = g_strdup("fr-chicago de-chicago");
    r->recipient = g_strdup("fr-chicago/1");
    r->channel = g_strdup("smtp");
    r->endpoint = g_strdup("mailto:a@b.example");
    r->attempt = 3;
    r->outcome = g_strdup("deferred");
    r->reply = g_strdup("451 try later");
    r->due_ms = INT64_C(1795444205000);
    r->duration_ms = 12;
    r->node = g_strdup("n1");
    return r;
}

static void members_stand_in_the_order_of_the_design(void **state)
{
    (void)state;
    struct record *r = full_record();
    g_autofree char *line = delivery_record_line(r);

    assert_string_equal(
        line,
        "{\"seq\":7,\"time\":\"2026-11-23T14:30:00.123Z\",\"event\":\"notification.deferred\","
        "\"status\":\"actual\",\"broadcast\":\"0193b5a0-0000-7000-8000-000000000001\","
        "\"missions\":\"fr-chicago de-chicago\",\"recipient\":\"fr-chicago/1\","
        "\"channel\":\"smtp\",\"endpoint\":\"mailto:a@b.example\",\"attempt\":3,"
        "\"outcome\":\"deferred\",\"reply\":\"451 try later\","
        "\"due\":\"2026-11-23T14:30:05.000Z\",\"duration_ms\":12,\"node\":\"n1\",\"prev\":\"\"}");
    record_free(r);
}

static void what_is_absent_is_left_out(void **state)
{
    (void)state;
    struct record *r = record_new("daemon.started", 0);

    r->seq = 1;
    g_autofree char *line = delivery_record_line(r);
    assert_string_equal(line, "{\"seq\":1,\"time\":\"1970-01-01T00:00:00.000Z\","
                              "\"event\":\"daemon.started\",\"prev\":\"\"}");
    record_free(r);
}

static const struct escape_row {
    const char *name, *reply, *want;
} escape_rows[] = {
    { "an escape sequence is harmless", "\x1b[31m", "\"\\u001b[31m\"" },
    { "a newline does not end the line", "a\r\nb\t", "\"a\\r\\nb\\t\"" },
    { "quotes and backslashes are escaped", "\"\\", "\"\\\"\\\\\"" },
    { "DEL is escaped", "\x7f", "\"\\u007f\"" },
    { "C1 and bidi controls are escaped", "\xC2\x9B\xE2\x80\xAE", "\"\\u009b\\u202e\"" },
    { "what is beyond the BMP is a pair", "\xF0\x9F\x98\x80", "\"\\ud83d\\ude00\"" },
    { "invalid bytes become the replacement character", "a\xff\xc3", "\"a\\ufffd\\ufffd\"" },
    { "an empty reply is there", "", "\"\"" },
};

static void reply_is_escaped(void **state)
{
    const struct escape_row *row = *state;
    struct record *r = record_new("e", 0);
    const char *why;

    r->reply = g_strdup(row->reply);
    delivery_record_seal(r, "");
    g_autofree char *line = delivery_record_line(r);
    g_autofree char *want = g_strconcat("\"reply\":", row->want, ",\"salt\"", NULL);
    assert_non_null(strstr(line, want));
    struct record *again = delivery_record_parse(line, &why);
    assert_non_null(again);
    g_autofree char *line2 = delivery_record_line(again);
    assert_string_equal(line, line2);
    record_free(again);
    record_free(r);
}

/* The SHA-256 that the header speaks of, written out. */
static char *hash_of(const struct record *r, const char *fact, const char *personal)
{
    g_autofree char *secret = digest_sha256_hex(personal, strlen(personal));
    g_autofree char *whole = g_strdup_printf("%s,\"personal\":\"%s\"}", fact, secret);
    g_autofree char *content = digest_sha256_hex(whole, strlen(whole));
    g_autofree char *both = g_strconcat(r->prev, content, NULL);
    return digest_sha256_hex(both, strlen(both));
}

static void the_hash_is_of_the_facts_and_of_a_commitment_to_what_is_personal(void **state)
{
    (void)state;
    struct record *r = full_record();
    g_strlcpy(r->salt, "00112233445566778899aabbccddeeff", sizeof r->salt);
    g_autofree char *want = hash_of(
        r,
        "{\"seq\":7,\"time\":\"2026-11-23T14:30:00.123Z\",\"event\":\"notification.deferred\","
        "\"status\":\"actual\",\"broadcast\":\"0193b5a0-0000-7000-8000-000000000001\","
        "\"missions\":\"fr-chicago de-chicago\",\"channel\":\"smtp\",\"attempt\":3,"
        "\"outcome\":\"deferred\",\"due\":\"2026-11-23T14:30:05.000Z\",\"duration_ms\":12,"
        "\"node\":\"n1\"",
        "{\"recipient\":\"fr-chicago/1\",\"endpoint\":\"mailto:a@b.example\","
        "\"reply\":\"451 try later\",\"salt\":\"00112233445566778899aabbccddeeff\"}");

    delivery_record_seal(r, "");
    assert_string_equal(r->salt, "00112233445566778899aabbccddeeff");
    assert_string_equal(r->hash, want);
    record_free(r);
}

static void the_hash_of_the_old_form_is_of_the_line_without_it(void **state)
{
    (void)state;
    struct record *r = full_record();
    g_autofree char *line = delivery_record_line(r);
    g_autofree char *hash = digest_sha256_hex(line, strlen(line));

    assert_true(delivery_record_is_old(r));
    g_strlcpy(r->hash, hash, sizeof r->hash);
    assert_true(delivery_record_holds(r));
    r->attempt++;
    assert_false(delivery_record_holds(r));
    r->attempt--;
    assert_false(delivery_record_erase(r));
    assert_string_equal(r->reply, "451 try later");
    assert_true(delivery_record_holds(r));
    record_free(r);
}

static void what_is_personal_is_erased_and_the_hash_holds(void **state)
{
    (void)state;
    struct record *r = full_record();
    const char *why;

    delivery_record_seal(r, "");
    assert_true(delivery_record_holds(r));
    assert_true(delivery_record_erase(r));
    assert_true(delivery_record_holds(r));
    g_autofree char *line = delivery_record_line(r);
    static const char *const gone[] = { "fr-chicago/1", "a@b", "try later", "recipient", "salt" };
    for (size_t i = 0; i < G_N_ELEMENTS(gone); i++)
        assert_null(strstr(line, gone[i]));
    assert_non_null(strstr(line, "\"personal\":\""));
    assert_non_null(strstr(line, "\"missions\":\"fr-chicago de-chicago\""));
    struct record *again = delivery_record_parse(line, &why);
    assert_non_null(again);
    assert_true(delivery_record_holds(again));
    assert_false(delivery_record_erase(again));
    again->reply = g_strdup("250 it arrived");
    assert_false(delivery_record_holds(again));
    record_free(again);
    record_free(r);
}

static void two_records_never_share_a_salt(void **state)
{
    (void)state;
    struct record *a = full_record(), *b = full_record();

    delivery_record_seal(a, "");
    delivery_record_seal(b, "");
    assert_int_equal(strlen(a->salt), RECORD_SALT_LEN);
    assert_string_not_equal(a->salt, b->salt);
    record_free(a);
    record_free(b);
}

static void every_member_is_in_the_hash(void **state)
{
    (void)state;
    struct record *r = full_record();

    r->digest = g_strdup("d");
    r->plan = g_strdup("p");
    r->detail = g_strdup("x");
    r->key = g_strdup("k");
    r->signature = g_strdup("s");
    delivery_record_seal(r, "");
    char *const texts[] = { r->event,   r->status,   r->broadcast, r->missions, r->recipient,
                            r->channel, r->endpoint, r->outcome,   r->reply,    r->node,
                            r->digest,  r->plan,     r->detail,    r->key,      r->signature,
                            r->salt,    r->prev };
    for (size_t i = 0; i + 1 < G_N_ELEMENTS(texts); i++) {
        texts[i][0] ^= 1;
        if (delivery_record_holds(r))
            fail_msg("text %zu is in no hash", i);
        texts[i][0] ^= 1;
    }
    int64_t *const numbers[] = { &r->seq, &r->time_ms, &r->due_ms, &r->duration_ms };
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++) {
        ++*numbers[i];
        if (delivery_record_holds(r))
            fail_msg("number %zu is in no hash", i);
        --*numbers[i];
    }
    g_strlcpy(r->prev, r->hash, sizeof r->prev);
    assert_false(delivery_record_holds(r));
    record_free(r);
}

static void a_signature_is_of_what_is_never_erased(void **state)
{
    (void)state;
    struct record *r = full_record();

    delivery_record_seal(r, "");
    g_autofree char *before = delivery_record_signed_text(r);
    r->signature = g_strdup("s");
    delivery_record_seal(r, "");
    delivery_record_erase(r);
    g_autofree char *after = delivery_record_signed_text(r);
    assert_string_equal(before, after);
    assert_non_null(strstr(after, "\"prev\":"));
    record_free(r);
}

static void the_chain_follows_from_contents_alone(void **state)
{
    (void)state;
    struct record *first = full_record(), *second = full_record();
    char hash[RECORD_HASH_LEN + 1];

    delivery_record_seal(first, "");
    delivery_record_seal(second, first->hash);
    g_autofree char *a = delivery_record_content(first);
    g_autofree char *b = delivery_record_content(second);
    delivery_record_chain("", a, hash);
    assert_string_equal(hash, first->hash);
    delivery_record_chain(hash, b, hash);
    assert_string_equal(hash, second->hash);
    record_free(first);
    record_free(second);
}

static void a_chain_breaks_where_a_record_is_changed(void **state)
{
    (void)state;
    struct record *first = full_record(), *second = full_record();
    char hash[RECORD_HASH_LEN + 1];

    delivery_record_seal(first, "");
    delivery_record_seal(second, first->hash);
    assert_string_equal(second->prev, first->hash);
    assert_string_not_equal(second->hash, first->hash);
    g_strlcpy(hash, first->hash, sizeof hash);
    first->attempt = 4;
    delivery_record_seal(first, "");
    assert_string_not_equal(first->hash, hash);
    record_free(first);
    record_free(second);
}

static void a_line_reads_back_as_it_was(void **state)
{
    (void)state;
    struct record *r = full_record();
    const char *why;

    delivery_record_seal(r, "");
    g_autofree char *line = delivery_record_line(r);
    struct record *again = delivery_record_parse(line, &why);
    assert_non_null(again);
    assert_int_equal(again->seq, 7);
    assert_int_equal(again->time_ms, r->time_ms);
    assert_int_equal(again->due_ms, r->due_ms);
    assert_int_equal(again->attempt, 3);
    assert_int_equal(again->duration_ms, 12);
    assert_string_equal(again->missions, "fr-chicago de-chicago");
    assert_string_equal(again->hash, r->hash);
    record_free(again);
    record_free(r);
}

static const struct bad_row {
    const char *name, *line, *why;
} bad_rows[] = {
    { "an empty line is no record", "", "the line is not JSON" },
    { "a torn line is no record", "{\"seq\":1,\"time\":\"2026-11", "the line is not JSON" },
    { "an array is no record", "[]", "the line is not a JSON object" },
    { "an object without seq is no record", "{\"event\":\"e\"}",
      "one of seq, time, event and prev is missing" },
    { "a time must be one", "{\"seq\":1,\"time\":\"now\",\"event\":\"e\",\"prev\":\"\"}",
      "a time is not an RFC 3339 instant" },
    { "a number must be whole",
      "{\"seq\":1.5,\"time\":\"2026-11-23T14:30:00Z\",\"event\":\"e\",\"prev\":\"\"}",
      "a number is not a whole number" },
    { "an attempt that no int holds is refused",
      "{\"seq\":1,\"time\":\"2026-11-23T14:30:00Z\",\"event\":\"e\",\"attempt\":4294967297,"
      "\"prev\":\"\"}",
      "a number is out of range" },
    { "a hash has 64 digits",
      "{\"seq\":1,\"time\":\"2026-11-23T14:30:00Z\",\"event\":\"e\",\"prev\":\"abc\"}",
      "a hash is not 64 hexadecimal digits" },
    { "a salt has 32 digits",
      "{\"seq\":1,\"time\":\"2026-11-23T14:30:00Z\",\"event\":\"e\",\"salt\":\"\",\"prev\":\"\"}",
      "a salt is not 32 hexadecimal digits" },
    { "an empty hash is none",
      "{\"seq\":1,\"time\":\"2026-11-23T14:30:00Z\",\"event\":\"e\",\"prev\":\"\",\"hash\":\"\"}",
      "a hash is not 64 hexadecimal digits" },
    { "a member that no record has is refused",
      "{\"seq\":1,\"time\":\"2026-11-23T14:30:00Z\",\"event\":\"e\",\"prev\":\"\",\"x\":1}",
      "there is a member that no record has" },
};

static void bad_line_is_refused(void **state)
{
    const struct bad_row *row = *state;
    const char *why = NULL;

    assert_null(delivery_record_parse(row->line, &why));
    assert_string_equal(why, row->why);
}

int main(void)
{
    const struct CMUnitTest single[] = {
        cmocka_unit_test(members_stand_in_the_order_of_the_design),
        cmocka_unit_test(what_is_absent_is_left_out),
        cmocka_unit_test(the_hash_is_of_the_facts_and_of_a_commitment_to_what_is_personal),
        cmocka_unit_test(the_hash_of_the_old_form_is_of_the_line_without_it),
        cmocka_unit_test(what_is_personal_is_erased_and_the_hash_holds),
        cmocka_unit_test(two_records_never_share_a_salt),
        cmocka_unit_test(every_member_is_in_the_hash),
        cmocka_unit_test(a_signature_is_of_what_is_never_erased),
        cmocka_unit_test(the_chain_follows_from_contents_alone),
        cmocka_unit_test(a_chain_breaks_where_a_record_is_changed),
        cmocka_unit_test(a_line_reads_back_as_it_was),
    };
    int failed = cmocka_run_group_tests_name("delivery_record", single, NULL, NULL);
    failed += RUN_ROWS("escapes", escape_rows, reply_is_escaped, NULL, NULL);
    return failed + RUN_ROWS("bad lines", bad_rows, bad_line_is_refused, NULL, NULL);
}
