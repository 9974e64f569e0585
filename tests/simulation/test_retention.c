/*
 * What is personal goes when its time is over, or when an operator asks; what is open never, and
 * the journal holds.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/signing.h"
#include "flow/audit.h"
#include "flow/dossier.h"
#include "flow/evidence.h"
#include "flow/matter_desk.h"
#include "flow/retention.h"
#include "people.h"
#include "wire/delivery_record.h"
#include "wire/evidence.h"
#include "wire/journal_check.h"
#include "world_decide.h"

#define SEED "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=\n"
#define PUBLIC "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
#define MINUTE INT64_C(60000)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define R1 "mailto:r1@m0001.example"
#define NOTE "my sister waits at the gate"

static struct world *told_world(int days)
{
    g_autofree char *why = NULL;
    struct world *w = world_new(&(struct world_roster){ .missions = 2, .acknowledge = "" });
    service_set_signing(&w->service, signing_keys_read(SEED, &why));
    w->service.config->retention.broadcasts_days = days;
    assert_int_equal(world_send(w, "A", ""), INTAKE_ACCEPTED);
    world_run_for(w, MINUTE);
    people_answer(w, people_last(w, R1, "A"), ANSWER_NEED_ASSISTANCE, NOTE);
    world_run_for(w, MINUTE);
    return w;
}

static void retire(struct world *w)
{
    service_set_signing(&w->service, NULL);
    world_free(w);
}

struct look {
    const char *id;
    struct dossier *d;
    GPtrArray *journal;
    bool done;
};

static bool read_it(struct store *s, void *arg, GError **error)
{
    struct look *l = arg;
    struct broadcast_row *row = NULL;
    bool ok = s->ops->broadcast_by_id(s, l->id, &row, error);
    l->d = ok ? dossier_read(s, row->no, error) : NULL;
    broadcast_row_free(row);
    return l->d && s->ops->journal_read(s, NULL, 0, 100000, l->journal, error);
}

static void was_read(void *arg, const GError *error)
{
    assert_null(error);
    ((struct look *)arg)->done = true;
}

static struct look look(struct world *w, const char *id)
{
    struct look l = { .id = id };
    l.journal = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    store_thread_submit(w->service.store, read_it, was_read, &l);
    while (!l.done)
        world_run_for(w, 1);
    return l;
}

static void look_clear(struct look *l)
{
    dossier_free(l->d);
    g_ptr_array_unref(l->journal);
}

/* How much of it still names somebody. */
static unsigned personal(const struct look *l)
{
    unsigned n = 0;
    for (guint i = 0; i < l->d->notifications->len; i++)
        n += *((struct notification *)g_ptr_array_index(l->d->notifications, i))->endpoint != '\0';
    for (guint i = 0; i < l->d->file->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(l->d->file->obligations, i);
        n += *o->name != '\0' || *o->phone != '\0' || *o->detail != '\0';
    }
    for (guint i = 0; i < l->d->acknowledgements->len; i++) {
        const struct acknowledgement_row *a = g_ptr_array_index(l->d->acknowledgements, i);
        n += *a->note != '\0' || *a->from != '\0';
    }
    for (guint i = 0; i < l->d->records->len; i++) {
        const struct record *r = g_ptr_array_index(l->d->records, i);
        n += r->endpoint || r->recipient || (r->reply && !g_str_equal(r->event, RETENTION_EVENT));
    }
    return n;
}

static bool says(const struct look *l, const char *what)
{
    for (guint i = 0; i < l->journal->len; i++) {
        g_autofree char *line = delivery_record_line(g_ptr_array_index(l->journal, i));
        if (strstr(line, what))
            return true;
    }
    return false;
}

static void fault(void *ctx, const struct journal_fault *f)
{
    (void)ctx;
    fail_msg("record %d: %s (%s)", (int)f->seq, f->sentence, f->code);
}

/* The journal holds, and says that so many records were erased. */
static unsigned check_journal(const struct look *l)
{
    struct journal_check *c = journal_check_new(NULL, 1, fault, NULL);
    journal_check_file(c);
    for (guint i = 0; i < l->journal->len; i++) {
        g_autofree char *line = delivery_record_line(g_ptr_array_index(l->journal, i));
        journal_check_line(c, line, strlen(line), true);
    }
    unsigned erased = journal_check_end(c)->erased;
    journal_check_free(c);
    return erased;
}

static void when_its_time_is_over_what_is_personal_goes(void **state)
{
    (void)state;
    struct world *w = told_world(10);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, 9 * DAY);
    struct look before = look(w, id);
    unsigned attempts = before.d->notifications->len;
    assert_int_not_equal(before.d->file->row->state, BROADCAST_RELEASED);
    assert_true(personal(&before) > 10 && says(&before, NOTE));
    assert_int_equal(check_journal(&before), 0);
    look_clear(&before);
    world_run_for(w, 3 * DAY);
    struct look after = look(w, id);
    assert_int_equal(personal(&after), 0);
    assert_false(says(&after, NOTE) || says(&after, "r1@m0001.example"));
    assert_true(check_journal(&after) > 5);
    assert_int_equal(after.d->notifications->len, attempts);
    assert_true(says(&after, "\"event\":\"notification.accepted\",\"status\":\"actual\""));
    look_clear(&after);
    retire(w);
}

static void nothing_is_erased_where_it_is_kept_for_ever(void **state)
{
    (void)state;
    struct world *w = told_world(0);
    g_autofree char *id = g_strdup(world_last_id());
    world_run_for(w, 400 * DAY);
    struct look l = look(w, id);
    assert_true(personal(&l) > 10);
    assert_int_equal(check_journal(&l), 0);
    look_clear(&l);
    retire(w);
}

/* Its own deadline has passed long ago, but an update of the event still runs. */
static void an_event_that_is_open_stays_whole(void **state)
{
    (void)state;
    struct world *w = told_world(2);
    g_autofree char *id = g_strdup(world_last_id());
    assert_int_equal(world_send(w, "B",
                                "\"type\":\"update\",\"expires\":\"2026-12-18T14:30:00Z\","
                                "\"references\":[{\"identifier\":\"A\",\"sender\":"
                                "\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}]"),
                     INTAKE_ACCEPTED);
    g_autofree char *update = g_strdup(world_last_id());
    world_run_for(w, 20 * DAY);
    struct look l = look(w, id);
    assert_int_equal(people_standing(w, update, NULL).broadcast, BROADCAST_RELEASED);
    assert_true(personal(&l) > 10);
    look_clear(&l);
    world_run_for(w, 10 * DAY);
    l = look(w, id);
    assert_int_equal(personal(&l), 0);
    look_clear(&l);
    retire(w);
}

/* How many it was sent to. */
static guint cancel_it(struct world *w)
{
    guint before = w->sent->len;
    assert_int_equal(
        world_send(w, "C",
                   "\"type\":\"cancel\",\"references\":[{\"identifier\":\"A\",\"sender\":"
                   "\"desk@dss.example\",\"sent\":\"2026-11-23T14:30:00Z\"}]"),
        INTAKE_ACCEPTED);
    world_run_for(w, HOUR);
    for (guint i = before; i < w->sent->len; i++)
        assert_string_not_equal(((struct sent *)g_ptr_array_index(w->sent, i))->endpoint, "");
    return w->sent->len - before;
}

static void what_was_erased_is_cancelled_to_nobody(void **state)
{
    (void)state;
    struct world *w = told_world(2);
    world_run_for(w, 5 * DAY);
    assert_int_equal(cancel_it(w), 0);
    retire(w);
}

struct asked {
    bool done;
    struct erasure_result r;
};

static void note_result(const struct erasure_result *r, void *ctx)
{
    struct asked *a = ctx;
    a->done = true;
    a->r = *r;
}

static struct erasure_result ask(struct world *w, const char *endpoint)
{
    struct asked a = { 0 };
    retention_erase_person(&w->service, endpoint, "asked for it", "unix:test", note_result, &a);
    for (int i = 0; !a.done && i < 1000; i++)
        world_run_for(w, 1);
    assert_true(a.done);
    return a.r;
}

static void one_person_is_erased_and_nobody_else(void **state)
{
    (void)state;
    struct world *w = told_world(0);
    g_autofree char *id = g_strdup(world_last_id());
    assert_int_equal(ask(w, R1).outcome, ERASURE_IN_ROSTER);
    world_set_roster(w, &(struct world_roster){ .missions = 1, .first = 2 });
    assert_true(proofs_of(w->service.proofs, R1) > 0);
    struct erasure_result r = ask(w, R1);
    assert_int_equal(r.outcome, ERASURE_DONE);
    assert_int_equal(proofs_of(w->service.proofs, R1), 0); /* nor is it in memory */
    assert_true(r.open > 0 && r.broadcasts == 0 && r.records == 0);
    struct look l = look(w, id);
    assert_true(says(&l, NOTE));
    look_clear(&l);
    world_run_for(w, 60 * DAY);
    r = ask(w, R1);
    assert_int_equal(r.outcome, ERASURE_DONE);
    assert_true(r.open == 0 && r.broadcasts > 0 && r.records > 0);
    l = look(w, id);
    assert_int_equal(check_journal(&l), r.records);
    assert_false(says(&l, NOTE) || says(&l, "r1@m0001.example") || says(&l, "m0001/1\""));
    assert_true(says(&l, "r2@m0001.example") && says(&l, "r1@m0002.example"));
    assert_int_equal(world_records(w, "person.erased"), 2);
    look_clear(&l);
    unsigned others = world_sent_to(w, "r2@m0001"), first = world_sent_to(w, "r1@m0001");
    assert_true(cancel_it(w) > 0);
    assert_true(world_sent_to(w, "r2@m0001") > others);
    assert_int_equal(world_sent_to(w, "r1@m0001"), first);
    retire(w);
}

static void note_evidence(enum evidence_end end, const char *text, size_t len, const char *why,
                          void *ctx)
{
    (void)why;
    assert_int_equal(end, EVIDENCE_MADE);
    *(GString **)ctx = g_string_new_len(text, (gssize)len);
}

static void what_was_erased_is_still_proved(void **state)
{
    (void)state;
    static const char *const keys[] = { PUBLIC, NULL };
    struct world *w = told_world(10);
    g_autofree char *id = g_strdup(world_last_id());
    GString *text = NULL;
    world_run_for(w, 30 * DAY);
    evidence_make(&w->service, id, note_evidence, &text);
    while (!text)
        world_run_for(w, 1);
    struct evidence_found found;
    evidence_check(text->str, text->len, keys, fault, NULL, &found);
    assert_int_equal(found.faults, 0);
    assert_true(found.erased > 5 && found.accepted >= 4 && found.has_plan);
    assert_null(strstr(text->str, "r1@m0001.example"));
    evidence_found_clear(&found);
    g_string_free(text, TRUE);
    retire(w);
}

/* --- what belongs to no broadcast --- */

#define REQUEST                                                                                    \
    "{\"kind\":\"assistance-request\",\"mission\":\"m0001\",\"body\":{\"subject\":"                \
    "\"Emergency Reaction Plans\",\"concerns\":\"A\",\"objectives\":\"B\",\"coordinator\":\"C\"}}"
#define WHO "token:night-watch"
#define FORMER "mailto:former@m0001.example"

static void note_matter(const struct matter_result *r, void *ctx)
{
    assert_int_equal(r->outcome, MATTER_DONE);
    *(int64_t *)ctx = r->matter->no;
}

static void decide(struct world *w, int64_t no, enum matter_action action, const char *note)
{
    struct matter_decision d = { .no = no, .action = action, .principal = WHO, .note = note };
    int64_t decided = 0;
    matter_desk_decide(&w->service, &d, note_matter, &decided);
    world_run_for(w, MINUTE);
    assert_int_equal(decided, no);
}

static void open_matter(struct world *w, const char *note, bool closes)
{
    struct matter_opening q = { .body = REQUEST, .len = strlen(REQUEST), .principal = "unix:test" };
    int64_t no = 0;
    matter_desk_open(&w->service, &q, note_matter, &no);
    world_run_for(w, MINUTE);
    decide(w, no, closes ? MATTER_ANSWER : MATTER_NOTE, note);
    if (closes)
        decide(w, no, MATTER_CLOSE, NULL);
}

static void act(struct world *w)
{
    struct audit_act a = { .operation = "importRoster",
                           .by = WHO,
                           .from = "192.0.2.44",
                           .on = "POST /v1/roster",
                           .means = "token",
                           .end = "200" };
    audit_write(&w->service, &a, NULL, NULL);
    world_run_for(w, MINUTE);
}

static bool journal_says(struct world *w, const char *what)
{
    g_autofree char *id = g_strdup(world_last_id());
    struct look l = look(w, id);
    bool is = says(&l, what);
    check_journal(&l);
    look_clear(&l);
    return is;
}

static void who_did_what_is_kept_as_long_as_the_rosters(void **state)
{
    (void)state;
    struct world *w = told_world(0);
    w->service.config->retention.history_days = 20;
    w->service.config->retention.matters_days = 0;
    act(w);
    world_run_for(w, 19 * DAY);
    assert_true(journal_says(w, WHO) && journal_says(w, "192.0.2.44"));
    world_run_for(w, 2 * DAY);
    assert_false(journal_says(w, WHO) || journal_says(w, "192.0.2.44"));
    assert_true(journal_says(w, "\"event\":\"audit.importRoster\""));
    assert_true(journal_says(w, "token 200"));
    assert_true(journal_says(w, NOTE)); /* the broadcasts' own days */
    retire(w);
}

static void what_was_said_of_a_matter_goes_with_it(void **state)
{
    (void)state;
    struct world *w = told_world(0);
    w->service.config->retention.matters_days = 20;
    w->service.config->retention.history_days = 0;
    open_matter(w, "the gate of over", true);
    open_matter(w, "the gate of open", false);
    act(w);
    world_run_for(w, 19 * DAY);
    assert_true(journal_says(w, "the gate of over"));
    world_run_for(w, 30 * DAY);
    assert_false(journal_says(w, "the gate of over"));
    assert_true(journal_says(w, "the gate of open"));
    assert_true(journal_says(w, "192.0.2.44"));
    retire(w);
}

static void one_person_goes_from_what_belongs_to_no_broadcast(void **state)
{
    (void)state;
    struct world *w = told_world(0);
    act(w);
    open_matter(w, "write to former@m0001.example no more", true);
    open_matter(w, "ask other@m0001.example, who knows former@m0001.example", false);
    struct erasure_result r = ask(w, FORMER);
    assert_int_equal(r.outcome, ERASURE_DONE);
    assert_int_equal(r.records, 1);
    assert_false(journal_says(w, "write to former"));
    assert_true(journal_says(w, "who knows former")); /* that one is open */
    assert_true(journal_says(w, "192.0.2.44"));
    retire(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(when_its_time_is_over_what_is_personal_goes),
        cmocka_unit_test(nothing_is_erased_where_it_is_kept_for_ever),
        cmocka_unit_test(an_event_that_is_open_stays_whole),
        cmocka_unit_test(what_was_erased_is_cancelled_to_nobody),
        cmocka_unit_test(one_person_is_erased_and_nobody_else),
        cmocka_unit_test(what_was_erased_is_still_proved),
        cmocka_unit_test(who_did_what_is_kept_as_long_as_the_rosters),
        cmocka_unit_test(what_was_said_of_a_matter_goes_with_it),
        cmocka_unit_test(one_person_goes_from_what_belongs_to_no_broadcast),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
