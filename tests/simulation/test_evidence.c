/*
 * The evidence of a broadcast that two persons let go, that was answered and updated: it proves
 * itself with the public key alone, and whatever is done to it is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "base/signing.h"
#include "flow/evidence.h"
#include "people.h"
#include "wire/evidence.h"
#include "world_decide.h"

#define SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n"
#define PUBLIC "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define OTHER "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"
#define MINUTE INT64_C(60000)
#define CORRECTS(type)                                                                             \
    "\"type\":\"" type "\",\"references\":[{\"identifier\":\"A\","                                 \
    "\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}]"
#define UPDATE CORRECTS("update")
#define CANCEL CORRECTS("cancel")

static const char *const keys[] = { PUBLIC, NULL };

struct made {
    bool done;
    enum evidence_end end;
    GString *text;
};

static void note_made(enum evidence_end end, const char *text, size_t len, const char *why,
                      void *ctx)
{
    struct made *m = ctx;
    (void)why;
    m->done = true;
    m->end = end;
    m->text = text ? g_string_new_len(text, (gssize)len) : NULL;
}

static struct made make(struct world *w, const char *id)
{
    struct made m = { 0 };
    evidence_make(&w->service, id, note_made, &m);
    for (int i = 0; !m.done && i < 1000; i++)
        world_run_for(w, 1);
    assert_true(m.done);
    return m;
}

static void use_key(struct world *w)
{
    g_autofree char *why = NULL;
    service_set_signing(&w->service, signing_keys_read(SEED, &why));
    assert_non_null(w->service.signing);
}

static void retire(struct world *w)
{
    service_set_signing(&w->service, NULL);
    world_free(w);
}

static void let_go(struct world *w, const char *identifier, const char *members)
{
    world_send(w, identifier, members);
    assert_int_equal(world_decide(w, &(struct decision_request){ .kind = DECISION_APPROVE,
                                                                 .principal = "token:chief",

                                                                 .missions = 3 }),
                     DECISION_DONE);
    world_run_for(w, MINUTE);
}

static struct world *told_world(char **id)
{
    struct world *w = world_new(&(struct world_roster){
        .missions = 3, .acknowledge = "", .second_person = "actual 2 1800" });
    use_key(w);
    w->service.config->journal.checkpoint_records = 7;
    let_go(w, "A", "");
    *id = g_strdup(world_last_id());
    people_answer(w, people_last(w, "mailto:r1@m0001.example", "A"), ANSWER_UNDERSTOOD, NULL);
    people_answer(w, people_last(w, "mailto:r2@m0002.example", "A"), ANSWER_NEED_ASSISTANCE,
                  "the gate is blocked");
    world_run_for(w, MINUTE);
    let_go(w, "B", UPDATE);
    return w;
}

struct verdict {
    GString *faults;
    struct evidence_found found;
};

static void note_fault(void *ctx, const struct journal_fault *f)
{
    g_string_append_printf(ctx, "%s ", f->code);
}

static struct verdict check(const char *text, size_t len, const char *const *with)
{
    struct verdict o = { .faults = g_string_new(NULL) };
    evidence_check(text, len, with, note_fault, o.faults, &o.found);
    return o;
}

static void clear(struct verdict *o)
{
    g_string_free(o->faults, TRUE);
    evidence_found_clear(&o->found);
}

static void it_proves_itself(void **state)
{
    (void)state;
    char *id = NULL;
    struct world *w = told_world(&id);
    struct made m = make(w, id);
    assert_int_equal(m.end, EVIDENCE_MADE);
    struct verdict o = check(m.text->str, m.text->len, keys);
    assert_string_equal(o.faults->str, "");
    assert_string_equal(o.found.broadcast, id);
    assert_int_equal(o.found.missions, 3);
    assert_true(o.found.accepted > 6); /* the representatives, and whoever is on duty */
    assert_int_equal(o.found.approvals, 1);
    assert_int_equal(o.found.answers, 2);
    assert_int_equal(o.found.versions, 1);
    assert_true(o.found.has_plan && o.found.has_source);
    static const char *const told[] = { "the gate is blocked", "token:chief", "m0003",
                                        "mailto:r1@m0001.example" };
    for (size_t i = 0; i < G_N_ELEMENTS(told); i++)
        if (!strstr(m.text->str, told[i]))
            fail_msg("%s is not in it", told[i]);
    clear(&o);
    g_string_free(m.text, TRUE);
    g_free(id);
    retire(w);
}

static void the_update_and_the_cancel_prove_themselves_too(void **state)
{
    (void)state;
    char *id = NULL;
    struct world *w = told_world(&id);
    const char *const more[] = { "B", "C", NULL };
    for (const char *const *of = more; *of; of++) {
        if (g_str_equal(*of, "C")) {
            assert_int_equal(world_send(w, "C", CANCEL), INTAKE_ACCEPTED);
            world_run_for(w, MINUTE);
        }
        struct made m = make(w, world_last_id());
        struct verdict o = check(m.text->str, m.text->len, keys);
        assert_string_equal(o.faults->str, "");
        assert_int_equal(o.found.versions, g_str_equal(*of, "C") ? 2 : 1);
        clear(&o);
        g_string_free(m.text, TRUE);
    }
    g_free(id);
    retire(w);
}

/* What is told to others later is bound anew. */
static void a_plan_that_grew_proves_itself_too(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 3 });
    struct decision_request q = { .kind = DECISION_RELEASE,
                                  .principal = "token:chief",
                                  .missions = 1,
                                  .audience = "{\"missions\":[\"m0001\"]}" };
    use_key(w);
    world_send(w, "A", "\"sent\":\"2026-11-23T14:30:00Z\"");
    world_run_for(w, MINUTE);
    world_send(w, "C",
               "\"type\":\"update\",\"references\":[{\"identifier\":\"B\","
               "\"sender\":\"desk@dss.example\",\"sent\":\"2026-11-23T14:31:00Z\"}]");
    g_autofree char *id = g_strdup(world_last_id());
    assert_int_equal(world_decide(w, &q), DECISION_DONE);
    world_run_for(w, MINUTE);
    world_send(w, "B", UPDATE ",\"sent\":\"2026-11-23T14:31:00Z\"");
    world_run_for(w, MINUTE);
    struct made m = make(w, id);
    struct verdict o = check(m.text->str, m.text->len, keys);
    assert_string_equal(o.faults->str, "");
    assert_non_null(strstr(m.text->str, "broadcast.extended"));
    assert_int_equal(o.found.missions, 3);
    clear(&o);
    g_string_free(m.text, TRUE);
    retire(w);
}

static void another_key_proves_nothing(void **state)
{
    (void)state;
    static const char *const other[] = { OTHER, NULL };
    char *id = NULL;
    struct world *w = told_world(&id);
    struct made m = make(w, id);
    struct verdict o = check(m.text->str, m.text->len, other);
    assert_non_null(strstr(o.faults->str, "unknown-key"));
    assert_non_null(strstr(o.faults->str, "not-signed"));
    assert_non_null(strstr(o.faults->str, "text"));
    clear(&o);
    g_string_free(m.text, TRUE);
    g_free(id);
    retire(w);
}

static void every_changed_byte_is_found(void **state)
{
    (void)state;
    char *id = NULL;
    struct world *w = told_world(&id);
    struct made m = make(w, id);
    size_t step = g_getenv("LIAISOND_TORTURE") ? 1 : 97;
    for (size_t i = 0; i < m.text->len; i += step) {
        m.text->str[i] ^= 1;
        struct verdict o = check(m.text->str, m.text->len, keys);
        if (o.found.faults == 0)
            fail_msg("byte %zu of %zu may be any", i, m.text->len);
        clear(&o);
        m.text->str[i] ^= 1;
        o = check(m.text->str, i, keys);
        assert_true(o.found.faults > 0);
        clear(&o);
    }
    g_string_free(m.text, TRUE);
    g_free(id);
    retire(w);
}

/* --- somebody who has the key signs the file anew, but cannot change what the chain signed --- */

static struct verdict check_signed_anew(const json_t *bundle)
{
    g_autofree char *why = NULL;
    struct signing_keys *k = signing_keys_read(SEED, &why);
    json_t *copy = json_deep_copy(bundle);
    json_object_del(copy, "signature");
    char *text = json_dumps(copy, JSON_COMPACT | JSON_ENSURE_ASCII);
    g_autoptr(GString) all = g_string_new(text);
    g_string_truncate(all, all->len - 1);
    g_autofree char *signature = signing_sign(k, 0, all->str, all->len);
    g_string_append_printf(all, ",\"signature\":\"%s\"}\n", signature);
    free(text);
    json_decref(copy);
    signing_keys_unref(k);
    return check(all->str, all->len, keys);
}

static void must_find(const json_t *bundle, const char *what, const char *code)
{
    struct verdict o = check_signed_anew(bundle);
    if (!strstr(o.faults->str, code))
        fail_msg("%s: \"%s\" is not in \"%s\"", what, code, o.faults->str);
    clear(&o);
}

static json_t *load(const GString *text)
{
    return json_loadb(text->str, text->len, 0, NULL);
}

static void each_part_is_bound_to_the_chain(void **state)
{
    (void)state;
    char *id = NULL;
    struct world *w = told_world(&id);
    struct made m = make(w, id);
    json_t *b = load(m.text);
    struct verdict same = check_signed_anew(b);
    assert_string_equal(same.faults->str, "");
    clear(&same);
    static const struct {
        const char *name, *member, *code;
    } parts[] = { { "the text", "text", "text" }, { "the plan", "plan", "plan" } };
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        json_t *changed = json_deep_copy(b);
        g_autofree char *text = g_strdup(json_string_value(json_object_get(b, parts[i].member)));
        text[strlen(text) / 2] ^= 1;
        json_object_set_new(changed, parts[i].member, json_string(text));
        must_find(changed, parts[i].name, parts[i].code);
        json_object_del(changed, parts[i].member);
        must_find(changed, parts[i].name, parts[i].code);
        json_decref(changed);
    }
    json_t *other = json_deep_copy(b);
    json_object_set_new(json_object_get(other, "source"), "base64", json_string("AAAA"));
    must_find(other, "the source", "source");
    json_object_del(other, "source");
    must_find(other, "no source", "source");
    json_t *version = json_array_get(json_object_get(other, "versions"), 0);
    json_object_set_new(version, "text", json_string("{}"));
    must_find(other, "a version", "version");
    json_decref(other);
    json_decref(b);
    g_string_free(m.text, TRUE);
    g_free(id);
    retire(w);
}

static void change_member(json_t *record, const char *name, json_t *value)
{
    if (json_is_string(value))
        json_object_set_new(record, name, json_string("x"));
    else
        json_object_set_new(record, name, json_integer(json_integer_value(value) + 1));
}

/* As it is, but for what was taken away, and with the signature that it had. */
static void must_miss(const json_t *bundle)
{
    char *text = json_dumps(bundle, JSON_COMPACT | JSON_ENSURE_ASCII);
    g_autofree char *line = g_strconcat(text, "\n", NULL);
    struct verdict o = check(line, strlen(line), keys);
    assert_true(g_str_has_prefix(o.faults->str, "changed "));
    clear(&o);
    free(text);
}

/* Every member of every record, every content between them, every one of them taken away. */
static void each_record_is_bound_to_a_signature(void **state)
{
    (void)state;
    char *id = NULL;
    struct world *w = told_world(&id);
    struct made m = make(w, id);
    json_t *b = load(m.text), *run, *item, *value;
    size_t r, i;
    const char *name;
    bool torture = g_getenv("LIAISOND_TORTURE") != NULL;
    unsigned tried = 0;
    json_array_foreach(json_object_get(b, "chain"), r, run)
    {
        json_array_foreach(run, i, item)
        {
            json_t *changed = json_deep_copy(b);
            json_t *there = json_array_get(json_object_get(changed, "chain"), r);
            json_array_remove(there, i);
            if (i > 0)
                must_find(changed, "taken away",
                          i + 1 < json_array_size(run) ? "chain" : "not-signed");
            must_miss(changed);
            json_decref(changed);
            json_object_foreach(item, name, value)
            {
                if (!torture && ++tried % 5)
                    continue;
                json_t *other = json_deep_copy(b);
                change_member(json_array_get(json_array_get(json_object_get(other, "chain"), r), i),
                              name, value);
                must_find(other, name, "chain");
                json_decref(other);
            }
        }
    }
    json_decref(b);
    g_string_free(m.text, TRUE);
    g_free(id);
    retire(w);
}

static void what_cannot_be_proved_is_not_made(void **state)
{
    (void)state;
    struct world *w = world_new(&(struct world_roster){ .missions = 1 });
    world_send(w, "A", "");
    g_autofree char *id = g_strdup(world_last_id());
    assert_int_equal(make(w, id).end, EVIDENCE_UNSIGNED);
    use_key(w);
    assert_int_equal(make(w, "0193b5a0-0000-7000-8000-000000000001").end, EVIDENCE_UNKNOWN);
    struct made m = make(w, id);
    assert_int_equal(m.end, EVIDENCE_MADE);
    struct verdict o = check(m.text->str, m.text->len, keys);
    assert_string_equal(o.faults->str, "");
    clear(&o);
    o = check("{}", 2, keys);
    assert_string_equal(o.faults->str, "not-evidence ");
    clear(&o);
    g_string_free(m.text, TRUE);
    retire(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_proves_itself),
        cmocka_unit_test(the_update_and_the_cancel_prove_themselves_too),
        cmocka_unit_test(a_plan_that_grew_proves_itself_too),
        cmocka_unit_test(another_key_proves_nothing),
        cmocka_unit_test(every_changed_byte_is_found),
        cmocka_unit_test(each_part_is_bound_to_the_chain),
        cmocka_unit_test(each_record_is_bound_to_a_signature),
        cmocka_unit_test(what_cannot_be_proved_is_not_made),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
