#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/digest.h"
#include "notice_scenes.h"
#include "notice_steps.h"
#include "wire/webhook_message.h"
#include <jansson.h>

#define URL "https://hooks.mission.example/alerts"
#define KEY_A "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz" /* 24 bytes */
#define KEY_B "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXo="

static struct webhook_keys parse_keys(const char *text)
{
    struct webhook_keys keys = { NULL };
    char *why = NULL;
    if (!webhook_keys_parse(&keys, text, &why))
        fail_msg("%s", why);
    return keys;
}

static struct notice_world *hook_world(void)
{
    struct notice_world *w = scene_english_by_day();
    g_free(w->notification->endpoint);
    w->notification->endpoint = g_strdup(URL);
    w->notification->channel = CHANNEL_WEBHOOK;
    return w;
}

static const char *header(const struct webhook_message *m, const char *name)
{
    for (guint i = 0; i < m->headers->len; i++) {
        const char *line = m->headers->pdata[i];
        size_t len = strlen(name);
        if (!strncmp(line, name, len) && !strncmp(line + len, ": ", 2))
            return line + len + 2;
    }
    fail_msg("there is no header %s", name);
    return NULL;
}

static json_t *body_of(const struct webhook_message *m)
{
    json_error_t error;
    json_t *body = json_loadb(m->body, m->body_len, JSON_REJECT_DUPLICATES, &error);
    if (!body)
        fail_msg("%s", error.text);
    return body;
}

/* "data.contacts.0.duty" */
static const char *at(const json_t *value, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, ".", -1);
    for (char **p = parts; *p; p++) {
        if (json_is_array(value))
            value = json_array_get(value, (size_t)g_ascii_strtoull(*p, NULL, 10));
        else
            value = json_object_get(value, *p);
    }
    return json_is_string(value) ? json_string_value(value) : "(no text)";
}

static const struct row {
    const char *path, *want;
} facts[] = {
    { "specversion", "1.0" },
    { "id", "01388ff4-a6c0-7000-8000-00000000002a.42" },
    { "source", "https://liaison.dss.example" },
    { "type", "gov.dss.liaison.broadcast.alert" },
    { "subject", "PLD-2012-0117" },
    { "time", "2012-07-16T13:30:00Z" },
    { "datacontenttype", "application/json" },
    { "data.broadcast.sent", "2012-07-16T09:30:00-04:00" },
    { "data.broadcast.status", "actual" },
    { "data.broadcast.incident", "parade-2012" },
    { "data.message.language", "en" },
    { "data.message.headline", SCENE_HEADLINE },
    { "data.missions.0.id", "gb-chicago" },
    { "data.missions.0.office", "chicago" },
    { "data.recipients.0.recipient", "gb-chicago/1" },
    { "data.contacts.0.duty", "office:chicago" },
    { "data.contacts.0.numbers.0.tel", "+13123536163" },
    { "data.contacts.0.until", "2012-07-16T22:00:00Z" },
    { "data.contacts.0.then", "desk:command-center" },
    { "data.emergency.0.number", "911" },
    { "data.emergency.1.number", "312-353-6163" },
    { "data.broadcast.effective", "(no text)" },
};

static void test_event(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A);
    struct notice_world *w = hook_world();
    struct webhook_message *m =
        webhook_message_render(&w->notice, "https://liaison.dss.example", &keys, NULL);
    json_t *body = body_of(m);
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++) {
        if (strcmp(at(body, facts[i].path), facts[i].want) != 0)
            fail_msg("%s is %s", facts[i].path, at(body, facts[i].path));
    }
    assert_string_equal(header(m, "webhook-id"), at(body, "id"));
    assert_string_equal(header(m, "webhook-timestamp"), "1342445400");
    assert_string_equal(header(m, "content-type"), "application/cloudevents+json; charset=utf-8");
    json_decref(body);
    webhook_message_free(m);
    notice_world_free(w);
    webhook_keys_clear(&keys);
}

static const struct part_row {
    const char *name;
    struct notice_world *(*make)(void);
    const char *path, *want;
} parts[] = {
    { "an alert is the whole text", scene_english_by_day, "data.part", "full" },
    { "an update names itself", scene_spanish_update, "data.part", "update" },
    { "and what it supersedes", scene_spanish_update, "data.supersedes.0.identifier",
      "PLD-2012-0116" },
    { "with its sender", scene_spanish_update, "data.supersedes.0.sender", "pld-duty@dss.example" },
    { "and its time", scene_spanish_update, "data.supersedes.0.sent", "2012-07-16T08:30:00-04:00" },
    { "several parts are an update", scene_three_parts, "data.part", "update" },
    { "a mission that stays", scene_three_parts, "data.missions.0.part", "update" },
    { "a mission that is out", scene_three_parts, "data.missions.1.part", "release" },
    { "a mission that is new", scene_three_parts, "data.missions.2.part", "full" },
    { "a release", scene_english_release, "data.part", "release" },
    { "does not tell what the others must do", scene_english_release, "data.message.headline",
      "Security information: no longer affected" },
    { "nor how", scene_english_release, "data.message.instruction", "(no text)" },
    { "a cancel", scene_english_false_alarm, "data.part", "cancel" },
    { "speaks for itself", scene_english_false_alarm, "data.message.headline",
      "False alarm: " SCENE_HEADLINE },
};

static void test_parts(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A);
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        struct notice_world *w = parts[i].make();
        struct webhook_message *m = webhook_message_render(&w->notice, "x", &keys, NULL);
        json_t *body = body_of(m);
        if (strcmp(at(body, parts[i].path), parts[i].want) != 0)
            fail_msg("%s: %s", parts[i].name, at(body, parts[i].path));
        json_decref(body);
        webhook_message_free(m);
        notice_world_free(w);
    }
    webhook_keys_clear(&keys);
}

static void test_a_thin_cancel_asks_nobody_to_call(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A);
    struct notice_world *w = scene_english_false_alarm();
    w->broadcast->handling = HANDLING_NOTICE;
    struct webhook_message *m = webhook_message_render(&w->notice, "x", &keys, NULL);
    json_t *body = body_of(m);
    assert_string_equal(at(body, "data.message.headline"), "Security information: cancelled");
    json_decref(body);
    webhook_message_free(m);
    notice_world_free(w);
    webhook_keys_clear(&keys);
}

static const struct type_row {
    enum broadcast_status status;
    enum broadcast_type type;
    const char *want;
} types[] = {
    { STATUS_ACTUAL, TYPE_CANCEL, "gov.dss.liaison.broadcast.cancel" },
    { STATUS_EXERCISE, TYPE_UPDATE, "gov.dss.liaison.broadcast.update.exercise" },
    { STATUS_TEST, TYPE_ALERT, "gov.dss.liaison.broadcast.alert.test" },
};

static void test_type_tells_an_exercise_apart(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A);
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        struct notice_world *w = hook_world();
        w->broadcast->status = types[i].status;
        w->broadcast->type = types[i].type;
        struct webhook_message *m = webhook_message_render(&w->notice, "x", &keys, NULL);
        json_t *body = body_of(m);
        assert_string_equal(at(body, "type"), types[i].want);
        json_decref(body);
        webhook_message_free(m);
        notice_world_free(w);
    }
    webhook_keys_clear(&keys);
}

/* What a receiver does with the secret it was given. */
static char *sign(const char *secret, const struct webhook_message *m)
{
    gsize len = 0;
    g_autofree guchar *key = g_base64_decode(secret + strlen("whsec_"), &len);
    g_autofree char *content =
        g_strjoin(".", header(m, "webhook-id"), header(m, "webhook-timestamp"), m->body, NULL);
    uint8_t mac[DIGEST_SHA256_LEN];
    digest_hmac_sha256(key, len, content, strlen(content), mac);
    g_autofree char *base64 = g_base64_encode(mac, sizeof mac);
    return g_strconcat("v1,", base64, NULL);
}

static void test_both_keys_sign_while_they_rotate(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys("# newest first\n" KEY_B "\n\n" KEY_A "\n");
    struct notice_world *w = hook_world();
    struct webhook_message *m = webhook_message_render(&w->notice, "x", &keys, NULL);
    g_autofree char *new_secret = webhook_message_secret(keys.masters->pdata[0], URL);
    g_autofree char *old_secret = webhook_message_secret(keys.masters->pdata[1], URL);
    g_autofree char *by_new = sign(new_secret, m), *by_old = sign(old_secret, m);
    g_autofree char *want = g_strconcat(by_new, " ", by_old, NULL);
    assert_string_equal(header(m, "webhook-signature"), want);
    assert_string_not_equal(by_new, by_old);
    webhook_message_free(m);
    notice_world_free(w);
    webhook_keys_clear(&keys);
}

static void test_secrets_are_per_endpoint(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A);
    g_autofree char *one = webhook_message_secret(keys.masters->pdata[0], URL);
    g_autofree char *again = webhook_message_secret(keys.masters->pdata[0], URL);
    g_autofree char *other = webhook_message_secret(keys.masters->pdata[0], URL "2");
    assert_string_equal(one, again);
    assert_string_not_equal(one, other);
    /* Written down: owners have it in their configuration, so it may never change. */
    assert_string_equal(one, "whsec_2ErTi/XNFPTZ35QU3VHhdK6WjsJAMFAGM33p8Is6Y5M=");
    webhook_keys_clear(&keys);
}

static void test_a_thin_notice_gives_nothing_away(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A);
    struct notice_world *w = hook_world();
    w->broadcast->handling = HANDLING_NOTICE;
    struct webhook_message *m = webhook_message_render(&w->notice, "x", &keys, NULL);
    assert_null(strstr(m->body, "emonstration"));
    assert_null(strstr(m->body, "entrances"));
    assert_null(strstr(m->body, "parade"));
    assert_non_null(strstr(m->body, "please call"));
    webhook_message_free(m);
    notice_world_free(w);
    webhook_keys_clear(&keys);
}

static const struct key_row {
    const char *name, *text, *why; /* why NULL: taken */
    guint keys;
} key_files[] = {
    { "one key", KEY_A, NULL, 1 },
    { "two, with CRLF and comments", "# a\r\n" KEY_A "\r\n  " KEY_B "\r\n", NULL, 2 },
    { "nothing", "", "there is no key in it", 0 },
    { "only a comment", "# " KEY_A "\n", "there is no key in it", 0 },
    { "a short key", "# x\nc2hvcnQ=\n", "line 2: the key has fewer than 24 bytes", 0 },
    { "no base64", KEY_A "\nnot a key\n", "line 2: this is not base64", 0 },
    { "a damaged end", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI", "line 1: this is not base64", 0 },
    { "padding in the middle", "MDEy=zQ1Njc4OTAxMjM0NTY3ODkwMTIz", "line 1: this is not base64",
      0 },
};

static void test_key_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(key_files); i++) {
        const struct key_row *r = &key_files[i];
        struct webhook_keys keys = { NULL };
        g_autofree char *why = NULL;
        bool ok = webhook_keys_parse(&keys, r->text, &why);
        if (ok != !r->why || g_strcmp0(why, r->why) || (ok && keys.masters->len != r->keys))
            fail_msg("%s: %s", r->name, why ? why : "was taken");
        webhook_keys_clear(&keys);
    }
}

/* What the messages of one source must not have from each other. */
static void test_forms_keep_people_apart(void **state)
{
    (void)state;
    struct webhook_keys keys = parse_keys(KEY_A "\n");
    struct notice_forms *forms = webhook_message_forms();
    struct notice_world *w = hook_world(), *other = steps_other();
    for (int step = 0; step < 3 * NOTICE_STEPS; step++) {
        steps_take(w, other, step / 3); /* each thrice: from the second on there is a form */
        struct webhook_message *want = webhook_message_render(&w->notice, "x", &keys, NULL),
                               *got = webhook_message_render(&w->notice, "x", &keys, forms);
        assert_string_equal(got->body, want->body);
        json_decref(body_of(got));
        webhook_message_free(want);
        webhook_message_free(got);
    }
    notice_world_free(other);
    notice_world_free(w);
    notice_forms_free(forms);
    webhook_keys_clear(&keys);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_event),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_a_thin_cancel_asks_nobody_to_call),
        cmocka_unit_test(test_type_tells_an_exercise_apart),
        cmocka_unit_test(test_both_keys_sign_while_they_rotate),
        cmocka_unit_test(test_secrets_are_per_endpoint),
        cmocka_unit_test(test_a_thin_notice_gives_nothing_away),
        cmocka_unit_test(test_key_files),
        cmocka_unit_test(test_forms_keep_people_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
