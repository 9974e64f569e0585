/* Broadcasts come in, are decided, and are read. */
#include "store_fixture.h"
#include "store_steps.h"
#include "store_steps_inside.h"

#define SOURCE_BYTES 9000

static struct affected_mission *affected(unsigned i)
{
    struct affected_mission *m = g_new0(struct affected_mission, 1);
    m->id = g_strdup_printf("mission-%u", i);
    m->name = g_strdup_printf("Consulate of %u", i);
    char **const rest[] = { &m->kind,    &m->country, &m->city,           &m->state, &m->timezone,
                            &m->because, &m->office,  &m->office_because, &m->duty,  &m->gaps };
    const char *const texts[] = { "consulate", "FR",        "Chicago",
                                  "IL",        "UTC",       "everyone",
                                  "chicago",   "same city", "office:chicago",
                                  "" };
    for (size_t k = 0; k < G_N_ELEMENTS(rest); k++)
        *rest[k] = g_strdup(texts[k]);
    m->threat = THREAT_HIGH;
    return m;
}

/* So many notifications with a personal link each, every third over a webhook, the last an
 * office's notice. */
struct plan *step_plan(unsigned n, const char *salt)
{
    g_autofree struct line *lines = g_new0(struct line, n);
    g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
    for (unsigned i = 0; i < n; i++) {
        g_ptr_array_add(words, g_strdup_printf("%u", i + 1));
        lines[i] = (struct line){ i % 3 == 2 ? "https://hook.example:443" : "smtp",
                                  URGENCY_IMMEDIATE, 1, words->pdata[i] };
    }
    struct plan *p = fixture_plan(lines, n);
    for (unsigned i = 0; i < n; i++) {
        struct notification *m = p->notifications->pdata[i];
        struct obligation *o = p->obligations->pdata[i];
        g_autofree char *token = g_strdup_printf("%s %u", salt, i);
        g_free(m->link_digest);
        m->link_digest = digest_sha256_hex(token, strlen(token));
        o->asks = true;
        o->ladder_due_ms = 5000 + i;
        g_ptr_array_add(p->missions, affected(i + 1));
    }
    struct notification *last = p->notifications->pdata[n - 1];
    g_free(last->recipient);
    last->recipient = g_strdup("office:chicago");
    g_free(last->endpoint);
    last->endpoint = g_strdup("mailto:chicago@dss.example");
    return p;
}

static struct broadcast_row row(const char *identifier, enum broadcast_state state)
{
    static char id[64];
    g_snprintf(id, sizeof id, "id-of-%s", identifier);
    return (struct broadcast_row){ .id = id,
                                   .identifier = (char *)identifier,
                                   .sender = (char *)"duty@dss.example",
                                   .sent_ms = 1000,
                                   .digest = (char *)"digest",
                                   .body = (char *)"{\"headline\": \"March on Michigan Avenue\"}",
                                   .headline = (char *)"March on Michigan Avenue",
                                   .author = (char *)"unix:root",
                                   .state = state,
                                   .received_ms = 1100,
                                   .deadline_ms = 900000,
                                   .source_type = (char *)"application/json" };
}

static bool note(struct store *s, const char *event, const char *broadcast, GError **error)
{
    struct record *r = record_new(event, 1200);
    r->broadcast = g_strdup(broadcast);
    r->missions = g_strdup("mission-1 mission-2");
    r->reply = g_strdup("250 2.0.0 Ok: queued");
    r->node = g_strdup("a");
    bool ok = s->ops->journal_append(s, r, error);
    record_free(r);
    return ok;
}

static bool insert(struct store *s, struct broadcast_row *r, struct plan *p, GError **error)
{
    g_autofree char *source = g_strnfill(SOURCE_BYTES, 'x');
    bool ok = s->ops->broadcast_insert(s, r, p, source, SOURCE_BYTES, error) &&
              note(s, "broadcast.accepted", r->id, error);
    plan_free(p);
    return ok;
}

STORE_STEP(alert)
{
    struct broadcast_row r = row("PLD-1", BROADCAST_RELEASED);
    r.released_ms = 1100;
    r.link_key = (char *)"key-1";
    return insert(s, &r, step_plan(STEP_PLAN, "alert"), error);
}

static GPtrArray *references_to(const char *identifier)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)reference_free);
    struct reference *f = g_new0(struct reference, 1);
    f->identifier = g_strdup(identifier);
    f->sender = g_strdup("duty@dss.example");
    f->sent.ms = 1000;
    g_ptr_array_add(list, f);
    return list;
}

STORE_STEP(update_comes_in)
{
    struct broadcast_row r = row("PLD-2", BROADCAST_PENDING);
    g_autoptr(GPtrArray) references = references_to("PLD-1");
    r.type = TYPE_UPDATE;
    r.hold = (char *)"whom it is for is not known";
    r.seen = (char *)"mission-1 mission-2";
    r.approve_by_ms = 4000;
    r.references = references;
    return insert(s, &r, NULL, error);
}

STORE_STEP(decide)
{
    struct broadcast_row r = row("PLD-2", BROADCAST_PENDING);
    r.no = 2;
    r.approve_by_ms = 4000;
    r.reminded = true;
    return s->ops->broadcast_update(s, &r, error) &&
           note(s, "broadcast.reminded", "id-of-PLD-2", error);
}

STORE_STEP(release)
{
    struct broadcast_row r = row("PLD-2", BROADCAST_RELEASED);
    struct plan *p = step_plan(STEP_PLAN, "update");
    r.no = 2;
    r.approved_by = (char *)"token:approver";
    r.released_ms = 2000;
    bool ok =
        s->ops->plan_insert(s, &r, p, error) && note(s, "broadcast.released", "id-of-PLD-2", error);
    plan_free(p);
    return ok;
}

STORE_STEP(supersede)
{
    return s->ops->broadcast_set_state(s, 1, BROADCAST_SUPERSEDED, error) &&
           note(s, "broadcast.superseded", "id-of-PLD-1", error);
}

/* --- reading --- */

static bool is_broadcast(struct broadcast_row *r, bool ok, const char *identifier, GError **error)
{
    ok = ok && step_expect(r && g_str_equal(r->identifier, identifier), identifier, error);
    if (r)
        broadcast_row_free(r);
    return ok;
}

STORE_STEP(by_key)
{
    struct broadcast_row *r = NULL;
    bool ok = s->ops->broadcast_by_key(s, "PLD-1", "duty@dss.example", 1000, &r, error);
    return is_broadcast(r, ok, "PLD-1", error);
}

STORE_STEP(by_id)
{
    struct broadcast_row *r = NULL;
    bool ok = s->ops->broadcast_by_id(s, "id-of-PLD-2", &r, error);
    return is_broadcast(r, ok, "PLD-2", error);
}

STORE_STEP(by_no)
{
    struct broadcast_row *r = NULL;
    bool ok = s->ops->broadcast_by_no(s, 1, &r, error);
    return is_broadcast(r, ok, "PLD-1", error);
}

STORE_STEP(source)
{
    g_autoptr(GBytes) bytes = NULL;
    return s->ops->broadcast_source(s, 1, &bytes, error) &&
           step_expect(bytes && g_bytes_get_size(bytes) == SOURCE_BYTES, "the source", error);
}

STORE_STEP(list)
{
    g_autoptr(GPtrArray) out = STEP_LIST(broadcast_row_free);
    return s->ops->broadcast_list(s, NULL, 0, 10, out, error) && step_expect_n(out, 2, error);
}

STORE_STEP(progress)
{
    struct broadcast_progress p = { 0 };
    return s->ops->broadcast_progress(s, 1, &p, error) &&
           step_expect(p.by_state[NOTIFICATION_QUEUED] == STEP_PLAN, "the progress", error);
}

STORE_STEP(pending)
{
    g_autoptr(GPtrArray) out = STEP_LIST(broadcast_row_free);
    int64_t next_ms = 0;
    return s->ops->broadcast_pending(s, 5000, 10, out, &next_ms, error) &&
           step_expect_n(out, 1, error);
}

STORE_STEP(held)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(int64_t));
    return s->ops->broadcast_held(s, out, error) &&
           step_expect(out->len == 1, "what is held", error);
}

STORE_STEP(overdue)
{
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(int64_t));
    int64_t next_ms = 0;
    return s->ops->broadcast_overdue(s, 900000, 10, out, &next_ms, error) &&
           step_expect(out->len == 1, "what is overdue", error);
}

STORE_STEP(chain)
{
    g_autoptr(GPtrArray) references = references_to("PLD-1");
    g_autoptr(GPtrArray) unknown = STEP_LIST(reference_free);
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(int64_t));
    return s->ops->chain(s, STATUS_ACTUAL, references, 0, out, unknown, error) &&
           step_expect(out->len == 2, "the chain", error);
}

STORE_STEP(foreign_references)
{
    g_autoptr(GPtrArray) references = references_to("PLD-1");
    g_autoptr(GArray) out = g_array_new(false, false, sizeof(int64_t));
    const struct reference *r = g_ptr_array_index(references, 0);
    return s->ops->foreign_references(s, STATUS_ACTUAL, r, out, error) &&
           step_expect(out->len == 0, "what is nobody's yet", error);
}

STORE_STEP(reference_adopt)
{
    g_autoptr(GPtrArray) references = references_to("PLD-1");
    return s->ops->reference_adopt(s, 1, g_ptr_array_index(references, 0), error);
}

STORE_STEP(missions)
{
    g_autoptr(GPtrArray) out = STEP_LIST(affected_mission_free);
    return s->ops->missions(s, 1, out, error) && step_expect_n(out, STEP_PLAN, error);
}

STORE_STEP(obligations)
{
    g_autoptr(GPtrArray) out = STEP_LIST(obligation_free);
    return s->ops->obligations(s, 1, out, error) && step_expect_n(out, STEP_PLAN, error);
}

STORE_STEP(missions_of)
{
    g_autoptr(GPtrArray) whom = STEP_LIST(obligation_free);
    g_autoptr(GPtrArray) out = STEP_LIST(affected_mission_free);
    g_ptr_array_add(whom, fixture_obligation(3));
    return s->ops->missions_of(s, 1, whom, out, error) && step_expect_n(out, 1, error);
}
