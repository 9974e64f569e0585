/* The roster, duty, proofs, tokens, matters, threat levels and the journal. */
#include "store_fixture.h"
#include "store_steps.h"
#include "store_steps_inside.h"

#define ROSTER 30

static struct mission *mission(unsigned i)
{
    struct mission *m = mission_new();
    char **const fields[] = { &m->country,  &m->kind,        &m->street,   &m->city,
                              &m->state,    &m->zip,         &m->lat_text, &m->lon_text,
                              &m->timezone, &m->county_fips, &m->office,   &m->origin };
    const char *const texts[] = { "FR",    "consulate", "1 Main", "Chicago", "IL", "60601",
                                  "41.88", "-87.62",    "UTC",    "17031",   "",   "synthetic" };
    for (size_t k = 0; k < G_N_ELEMENTS(fields); k++)
        *fields[k] = g_strdup(texts[k]);
    m->id = g_strdup_printf("mission-%u", i);
    m->name = g_strdup_printf("Consulate of %u", i);
    m->has_point = true;
    m->point = (struct point){ .lon = -87.62, .lat = 41.88 };
    for (unsigned rank = 1; rank <= 2; rank++) {
        struct representative *p = g_new0(struct representative, 1);
        p->rank = rank;
        p->name = g_strdup_printf("Representative %u", rank);
        p->language = g_strdup("fr");
        p->email = g_strdup_printf("r%u@m%u.example", rank, i);
        p->phone = g_strdup("+1-555-0100");
        p->webhook = g_strdup("");
        p->valid_from = g_strdup("");
        p->valid_to = g_strdup("");
        g_ptr_array_add(m->representatives, p);
    }
    return m;
}

static bool import(struct store *s, unsigned before, unsigned now, GError **error)
{
    struct roster *old = roster_new(), *new = roster_new();
    for (unsigned i = 1; i <= before; i++)
        roster_add(old, mission(i));
    for (unsigned i = 1; i <= now; i++)
        roster_add(new, mission(i));
    struct roster_change *c = roster_compare(old, new, 1000);
    bool ok = s->ops->roster_save(s, new, c, "unix:root", 1000, error);
    roster_change_free(c);
    roster_unref(old);
    roster_unref(new);
    return ok;
}

STORE_STEP(roster_import)
{
    return import(s, 0, ROSTER, error);
}

STORE_STEP(roster_removal)
{
    return import(s, ROSTER, ROSTER - 2, error);
}

STORE_STEP(roster)
{
    struct roster *r = s->ops->roster_load(s, error);
    bool ok = r && step_expect(roster_representative_count(r) == (size_t)2 * (ROSTER - 2),
                               "the roster", error);
    if (r)
        roster_unref(r);
    return ok;
}

STORE_STEP(roster_history)
{
    g_autoptr(GPtrArray) out = STEP_LIST(roster_history_row_free);
    return s->ops->roster_history(s, "mission-30", out, error) && step_expect_n(out, 2, error);
}

/* --- duty, proofs, endpoints --- */

STORE_STEP(custody)
{
    struct custody_row row = { .no = 2,
                               .office = (char *)"chicago",
                               .kind = (char *)"",
                               .owner = (char *)"office:chicago",
                               .since_ms = 1000,
                               .next_ms = 3000 };
    return s->ops->custody_put(s, &row, error);
}

STORE_STEP(handover)
{
    g_autoptr(GPtrArray) out = STEP_LIST(custody_row_free);
    int64_t next_ms = 0;
    return s->ops->custody_due(s, 3000, 10, out, &next_ms, error) && step_expect_n(out, 1, error);
}

STORE_STEP(custody_ends)
{
    return s->ops->custody_drop(s, 2, error);
}

STORE_STEP(proof)
{
    struct proof_row row = { (char *)"mailto:r1@mission.example", 1500, (char *)"acknowledged" };
    return s->ops->proof_put(s, &row, error);
}

STORE_STEP(proofs)
{
    g_autoptr(GPtrArray) out = STEP_LIST(proof_row_free);
    return s->ops->proof_list(s, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(gone)
{
    return s->ops->gone_add(s, "https://hook.example/gone", 1500, error);
}

STORE_STEP(all_gone)
{
    g_autoptr(GPtrArray) out = STEP_LIST(g_free);
    return s->ops->gone_list(s, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(there_again)
{
    return s->ops->gone_remove(s, "https://hook.example/gone", error);
}

/* --- the journal, tokens, keys --- */

STORE_STEP(journal)
{
    struct record *r = record_new("roster.changed", 1600);
    r->recipient = g_strdup("mission-1/1");
    r->node = g_strdup("a");
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

STORE_STEP(more_of_the_journal)
{
    struct record *all[] = { record_new("roster.changed", 1610), record_new("audit", 1620) };
    bool ok = s->ops->journal_append_all(s, all, 2, error);
    record_free(all[0]);
    record_free(all[1]);
    return ok;
}

STORE_STEP(spared)
{
    struct record *r = record_new("notification.accepted", 1650);
    bool ok = s->ops->journal_append(s, r, error);
    if (ok)
        s->ops->journal_spare(s, r);
    else
        record_free(r);
    return ok;
}

STORE_STEP(follow_journal)
{
    g_autoptr(GPtrArray) out = STEP_LIST(record_free);
    int64_t seq = 0;
    return s->ops->journal_last(s, &seq, NULL, error) &&
           s->ops->journal_follow(s, 0, 1000, out, error) &&
           step_expect_n(out, (unsigned)seq, error);
}

STORE_STEP(read_journal)
{
    g_autoptr(GPtrArray) out = STEP_LIST(record_free);
    struct record_filter f = { .broadcast = "id-of-PLD-1" };
    return s->ops->journal_read(s, &f, 0, 100, out, error) &&
           step_expect(out->len > 4, "the journal", error);
}

STORE_STEP(signature)
{
    struct record *r = record_new("journal.checkpoint", 1700);
    r->signature = g_strdup("signature");
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

STORE_STEP(signed_journal)
{
    struct record *last = NULL;
    bool ok = s->ops->journal_signed(s, &last, error) &&
              step_expect(last != NULL, "the last that is signed", error);
    record_free(last);
    return ok;
}

STORE_STEP(record_erased)
{
    struct record r = { .seq = 99999, .personal = "commitment" }; /* there is none */
    return s->ops->erase_record(s, &r, error);
}

STORE_STEP(what_is_over)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return s->ops->erase_due(s, INT64_MAX, 0, 9, nos, error);
}

STORE_STEP(where_somebody_is)
{
    g_autoptr(GArray) nos = g_array_new(FALSE, FALSE, sizeof(int64_t));
    return s->ops->erase_uses(s, "mailto:nobody@mission.example", nos, error);
}

STORE_STEP(person_erased)
{
    g_autoptr(GPtrArray) names = STEP_LIST(g_free), seats = STEP_LIST(g_free);
    return s->ops->erase_person(s, 99, "mailto:nobody@mission.example", names, seats, error);
}

STORE_STEP(loose_records)
{
    g_autoptr(GPtrArray) loose = STEP_LIST((GDestroyNotify)record_free);
    return s->ops->journal_loose(s, INT64_MAX, 0, 9, loose, error);
}

STORE_STEP(address_erased)
{
    return s->ops->erase_address(s, "mailto:nobody@mission.example", error);
}

STORE_STEP(broadcast_erased)
{
    return s->ops->erase_broadcast(s, 99, 1, error);
}

STORE_STEP(matters_erased)
{
    return s->ops->erase_matters(s, 1, error);
}

/* It is rewritten outside of a transaction, which no step is: here only the size is asked for. */
STORE_STEP(too_large_to_rewrite)
{
    bool done = true;
    return s->ops->erase_rest(s, 0, &done, error) && step_expect(!done, "rewritten", error);
}

STORE_STEP(history_erased)
{
    return s->ops->erase_history(s, 1, error);
}

STORE_STEP(last_of_journal)
{
    int64_t seq = 0;
    return s->ops->journal_last(s, &seq, NULL, error) &&
           step_expect(seq > 4, "the last of the journal", error);
}

STORE_STEP(token)
{
    struct token_row t = { .id = (char *)"abc",
                           .name = (char *)"consulate's own system",
                           .digest = (char *)"digest of the token",
                           .mission = (char *)"mission-1",
                           .roles = 2,
                           .created_ms = 1000,
                           .created_by = (char *)"unix:root" };
    return s->ops->token_insert(s, &t, error);
}

STORE_STEP(token_used)
{
    return s->ops->token_touch(s, "abc", 1700, error);
}

STORE_STEP(token_kept_secret)
{
    return s->ops->token_set_digest(s, "abc", "digest under a key", error);
}

STORE_STEP(token_found)
{
    struct token_row *t = NULL;
    bool ok = s->ops->token_by_digest(s, "digest under a key", &t, error) &&
              step_expect(t && g_str_equal(t->id, "abc"), "the token", error);
    if (t)
        token_row_free(t);
    return ok;
}

STORE_STEP(tokens)
{
    g_autoptr(GPtrArray) out = STEP_LIST(token_row_free);
    return s->ops->token_list(s, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(token_revoked)
{
    bool found = false;
    return s->ops->token_revoke(s, "abc", 1800, &found, error) &&
           step_expect(found, "the token", error);
}

STORE_STEP(request)
{
    struct idempotency_row row = { (char *)"token:abc",
                                   (char *)"key-1",
                                   (char *)"digest",
                                   201,
                                   (char *)"{\"id\": \"id-of-PLD-1\"}",
                                   1000 };
    return s->ops->idempotency_insert(s, &row, error);
}

STORE_STEP(request_again)
{
    struct idempotency_row *row = NULL;
    bool ok = s->ops->idempotency_find(s, "token:abc", "key-1", &row, error) &&
              step_expect(row && row->status == 201, "the request", error);
    if (row)
        idempotency_row_free(row);
    return ok;
}

STORE_STEP(sweep_requests)
{
    return s->ops->idempotency_sweep(s, 2000, error);
}

STORE_STEP(key)
{
    struct key_row row = { .id = (char *)"key-1",
                           .sealed = (char *)"sealed bytes",
                           .created_ms = 1000,
                           .created_by = (char *)"unix:root" };
    return s->ops->key_put(s, &row, error);
}

STORE_STEP(keys)
{
    g_autoptr(GPtrArray) out = STEP_LIST(key_row_free);
    return s->ops->key_list(s, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(value)
{
    return s->ops->meta_set(s, "delivery_log", "1600", error);
}

STORE_STEP(value_read)
{
    g_autofree char *value = NULL;
    return s->ops->meta_get(s, "delivery_log", &value, error) &&
           step_expect(value && g_str_equal(value, "1600"), "the value", error);
}

/* --- matters, threat levels, campaigns --- */

static struct matter *matter(void)
{
    struct matter *m = matter_new();
    g_free(m->mission);
    m->mission = g_strdup("mission-1");
    g_free(m->owner);
    m->owner = g_strdup("office:chicago");
    g_free(m->body);
    m->body = g_strdup("{\"subject\": \"a demonstration\"}");
    m->kind = MATTER_ASSISTANCE_REQUEST;
    m->opened_ms = m->changed_ms = m->behind_ms = 1000;
    m->due_ms = 3000;
    return m;
}

STORE_STEP(matter)
{
    struct matter *m = matter();
    bool ok = s->ops->matter_insert(s, m, error);
    matter_free(m);
    return ok;
}

STORE_STEP(matter_moves)
{
    struct matter *m = matter();
    m->no = 1;
    m->state = MATTER_ANSWERED;
    m->changed_ms = 2000;
    bool ok = s->ops->matter_update(s, m, error);
    matter_free(m);
    return ok;
}

STORE_STEP(matter_found)
{
    struct matter *m = NULL;
    bool ok = s->ops->matter_by_no(s, 1, &m, error) &&
              step_expect(m && m->state == MATTER_ANSWERED, "the matter", error);
    if (m)
        matter_free(m);
    return ok;
}

STORE_STEP(matters)
{
    g_autoptr(GPtrArray) out = STEP_LIST(matter_free);
    struct matter_filter f = { .mission = "mission-1" };
    return s->ops->matter_list(s, &f, 10, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(matters_overdue)
{
    g_autoptr(GPtrArray) out = STEP_LIST(matter_free);
    int64_t next_ms = 0;
    return s->ops->matter_overdue(s, 4000, 10, out, &next_ms, error) &&
           step_expect_n(out, 1, error);
}

STORE_STEP(matter_event)
{
    struct matter_event *e = matter_event_new(1, 2000, "unix:root", "answered", "called back");
    bool ok = s->ops->matter_event_add(s, e, error);
    matter_event_free(e);
    return ok;
}

STORE_STEP(matter_events)
{
    g_autoptr(GPtrArray) out = STEP_LIST(matter_event_free);
    return s->ops->matter_events(s, 1, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(matter_notice)
{
    return s->ops->matter_notice_put(s, 2, 1, "partner", error);
}

STORE_STEP(matter_noticed)
{
    int64_t no = 0;
    g_autofree char *purpose = NULL;
    return s->ops->matter_notice_find(s, 2, &no, &purpose, error) &&
           step_expect(no == 1 && purpose, "the matter's notice", error);
}

STORE_STEP(threat)
{
    struct threat_row row = { (char *)"mission-1",      THREAT_HIGH, (char *)"unix:root",
                              (char *)"demonstrations", 1000,        9000 };
    return s->ops->threat_put(s, &row, error);
}

STORE_STEP(threats)
{
    g_autoptr(GPtrArray) out = STEP_LIST(threat_row_free);
    return s->ops->threat_list(s, NULL, out, error) && step_expect_n(out, 1, error);
}

STORE_STEP(campaign)
{
    struct campaign_row row = { .no = 1,
                                .started_ms = 1000,
                                .ends_ms = 5000,
                                .author = (char *)"unix:root",
                                .audience = (char *)"{\"everyone\": true}" };
    return s->ops->campaign_put(s, &row, error);
}

STORE_STEP(campaigns)
{
    g_autoptr(GPtrArray) out = STEP_LIST(campaign_row_free);
    return s->ops->campaign_list(s, out, error) && step_expect_n(out, 1, error);
}
