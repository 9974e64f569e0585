/*
 * The journal is signed after so many records, after so many seconds, and at a stop; what was
 * signed is checked with the public key alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/signing.h"
#include "flow/checkpoint.h"
#include "wire/delivery_record.h"
#include "wire/journal_check.h"
#include "world.h"

#define FIRST "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n"
#define SECOND "TM0Imyj/ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U+4pvs=\n"
#define FIRST_PUBLIC "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define SECOND_PUBLIC "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw"

static void use_keys(struct world *w, const char *text)
{
    g_autofree char *why = NULL;
    service_set_signing(&w->service, signing_keys_read(text, &why));
    assert_non_null(w->service.signing);
}

static struct world *signing_world(int records, int seconds)
{
    struct world *w = world_new(&(struct world_roster){ .missions = 5 });
    w->service.config->journal.checkpoint_records = records;
    w->service.config->journal.checkpoint_s = seconds;
    use_keys(w, FIRST);
    return w;
}

static void retire(struct world *w)
{
    service_set_signing(&w->service, NULL);
    world_free(w);
}

struct reading {
    GPtrArray *records; /* struct record * */
    bool done;
};

static bool read_all(struct store *s, void *arg, GError **error)
{
    struct reading *r = arg;
    return s->ops->journal_read(s, NULL, 0, 10000, r->records, error);
}

static void was_read(void *arg, const GError *error)
{
    assert_null(error);
    ((struct reading *)arg)->done = true;
}

static void fault(void *ctx, const struct journal_fault *f)
{
    (void)ctx;
    fail_msg("record %d: %s", (int)f->seq, f->sentence);
}

/* Checks the whole journal with key (NULL: none); "event event" of what is signed; *signed_seq. */
static char *check(struct world *w, const char *key, int64_t *signed_seq)
{
    struct reading r = { g_ptr_array_new_with_free_func((GDestroyNotify)record_free), false };
    store_thread_submit(w->service.store, read_all, was_read, &r);
    while (!r.done)
        world_run_for(w, 1);
    GString *events = g_string_new(NULL);
    struct journal_check *c = journal_check_new(key, 1, fault, NULL);
    journal_check_file(c);
    for (guint i = 0; i < r.records->len; i++) {
        const struct record *record = g_ptr_array_index(r.records, i);
        g_autofree char *line = delivery_record_line(record);
        journal_check_line(c, line, strlen(line), true);
        if (record->signature)
            g_string_append_printf(events, "%s%s", events->len ? " " : "", record->event);
    }
    *signed_seq = journal_check_end(c)->signed_seq;
    journal_check_free(c);
    g_ptr_array_unref(r.records);
    return g_string_free(events, FALSE);
}

static void so_many_records_are_signed_at_once(void **state)
{
    (void)state;
    struct world *w = signing_world(5, 86400);
    int64_t signed_seq = 0;
    world_send(w, "A", "");
    world_run_for(w, 10000);
    g_autofree char *events = check(w, FIRST_PUBLIC, &signed_seq);
    assert_true(g_str_has_prefix(events, CHECKPOINT_EVENT));
    assert_true(signed_seq >= 10); /* accepted, and what became of 10 messages */
    retire(w);
}

static void few_records_are_signed_when_their_time_is_over(void **state)
{
    (void)state;
    struct world *w = signing_world(100000, 60);
    int64_t signed_seq = 0;
    world_send(w, "A", "");
    world_run_for(w, 50000);
    g_autofree char *early = check(w, NULL, &signed_seq);
    assert_string_equal(early, "");
    world_run_for(w, 11000);
    g_autofree char *late = check(w, FIRST_PUBLIC, &signed_seq);
    assert_string_equal(late, CHECKPOINT_EVENT);
    retire(w);
}

static void a_quiet_journal_is_signed_once(void **state)
{
    (void)state;
    struct world *w = signing_world(1, 1);
    int64_t before = 0, after = 0;
    world_send(w, "A", "");
    world_run_for(w, 60000);
    g_autofree char *some = check(w, FIRST_PUBLIC, &before);
    world_run_for(w, 3600000);
    g_autofree char *same = check(w, FIRST_PUBLIC, &after);
    assert_string_equal(some, same);
    assert_int_equal(before, after);
    retire(w);
}

static void without_a_key_nothing_is_signed(void **state)
{
    (void)state;
    struct world *w = signing_world(1, 1);
    int64_t signed_seq = 0;
    service_set_signing(&w->service, NULL);
    world_send(w, "A", "");
    world_run_for(w, 60000);
    g_autofree char *events = check(w, NULL, &signed_seq);
    assert_string_equal(events, "");
    retire(w);
}

/* As a reload does: the new key stands before the old one. */
static void the_old_key_announces_the_new_one(void **state)
{
    (void)state;
    struct world *w = signing_world(100000, 10);
    int64_t signed_seq = 0;
    world_send(w, "A", "");
    world_run_for(w, 60000);
    use_keys(w, SECOND FIRST);
    checkpoint_look(w->service.checkpoint);
    world_run_for(w, 1000);
    g_autofree char *changed = check(w, FIRST_PUBLIC, &signed_seq);
    assert_string_equal(changed, CHECKPOINT_EVENT " " CHECKPOINT_KEY_EVENT " " CHECKPOINT_EVENT);
    use_keys(w, SECOND);
    world_send(w, "B", "");
    world_run_for(w, 60000);
    g_autofree char *events = check(w, FIRST_PUBLIC, &signed_seq);
    g_autofree char *newest = check(w, SECOND_PUBLIC, &signed_seq);
    assert_string_equal(events, newest);
    assert_true(g_str_has_suffix(events, CHECKPOINT_EVENT " " CHECKPOINT_EVENT));
    retire(w);
}

static void note_done(void *ctx)
{
    *(bool *)ctx = true;
}

static void the_end_is_signed(void **state)
{
    (void)state;
    struct world *w = signing_world(100000, 86400);
    int64_t signed_seq = 0;
    bool done = false;
    world_send(w, "A", "");
    world_run_for(w, 10000);
    checkpoint_end(w->service.checkpoint, note_done, &done);
    world_run_for(w, 1000);
    assert_true(done);
    g_autofree char *events = check(w, FIRST_PUBLIC, &signed_seq);
    assert_string_equal(events, CHECKPOINT_EVENT);
    service_set_signing(&w->service, NULL);
    done = false;
    checkpoint_end(w->service.checkpoint, note_done, &done);
    assert_true(done);
    retire(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(so_many_records_are_signed_at_once),
        cmocka_unit_test(few_records_are_signed_when_their_time_is_over),
        cmocka_unit_test(a_quiet_journal_is_signed_once),
        cmocka_unit_test(without_a_key_nothing_is_signed),
        cmocka_unit_test(the_old_key_announces_the_new_one),
        cmocka_unit_test(the_end_is_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
