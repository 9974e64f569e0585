#include "flow/matter_desk.h"

#include "base/digest.h"
#include "base/log.h"
#include "wire/matter_json.h"

/* --- opening --- */

struct opening {
    struct service *service;
    struct matter_hand *hand;
    struct matter *matter;
    char *key, *digest; /* of the request; NULL: no key was given */
    enum matter_outcome outcome;
    matter_done_fn done;
    void *ctx;
};

static void answer(matter_done_fn done, void *ctx, struct matter_result r)
{
    done(&r, ctx);
}

/* Was the key used?  Then o->matter is what it opened, or it was for something else. */
static bool find_key(struct store *s, struct opening *o, bool *used, GError **error)
{
    struct idempotency_row *had = NULL;
    struct matter *known = NULL;
    *used = false;
    if (!o->key)
        return true;
    if (!s->ops->idempotency_find(s, o->matter->opened_by, o->key, &had, error))
        return false;
    *used = had != NULL;
    bool same = had && g_str_equal(had->request_digest, o->digest);
    o->outcome = same ? MATTER_KNOWN : MATTER_KEY_REUSED;
    bool ok =
        !same || s->ops->matter_by_no(s, g_ascii_strtoll(had->response, NULL, 10), &known, error);
    if (known) {
        matter_free(o->matter);
        o->matter = known;
    }
    if (had)
        idempotency_row_free(had);
    return ok;
}

static bool keep_key(struct store *s, const struct opening *o, GError **error)
{
    g_autofree char *no = g_strdup_printf("%" G_GINT64_FORMAT, o->matter->no);
    struct idempotency_row row = { .principal = o->matter->opened_by,
                                   .key = o->key,
                                   .request_digest = o->digest,
                                   .status = 201,
                                   .response = no,
                                   .time_ms = o->hand->now_ms };
    return !o->key || s->ops->idempotency_insert(s, &row, error);
}

static bool store_it(struct store *s, void *arg, GError **error)
{
    struct opening *o = arg;
    bool used = false;
    if (!find_key(s, o, &used, error))
        return false;
    if (used)
        return true;
    o->outcome = MATTER_DONE;
    return matter_store(s, o->hand, o->matter, error) && keep_key(s, o, error);
}

static void stored(void *arg, const GError *error)
{
    struct opening *o = arg;
    struct matter_result r = { .outcome = error ? MATTER_UNAVAILABLE : o->outcome,
                               .reason = error ? error->message : NULL };
    service_note_store(o->service, error);
    if (r.outcome == MATTER_DONE || r.outcome == MATTER_KNOWN)
        r.matter = o->matter;
    if (r.outcome == MATTER_KEY_REUSED)
        r.reason = "this Idempotency-Key was used for a different request";
    answer(o->done, o->ctx, r);
    matter_hand_done(o->service, o->hand, !error);
    matter_free(o->matter);
    g_free(o->key);
    g_free(o->digest);
    g_free(o);
}

/* What only the roster and the clock can tell. */
static void check(const struct service *s, const struct matter *m, struct faults *f)
{
    const struct mission *at = roster_find(s->roster, m->mission);
    struct matter_body *b = matter_json_read_body(m->kind, m->body);
    if (!*m->mission)
        faults_add(f, "/mission", "missing-member", "is required");
    else if (!at)
        faults_add(f, "/mission", "unknown-mission", "there is no mission \"%s\"", m->mission);
    if (m->until_ms != 0 && m->until_ms <= service_now_ms(s))
        faults_add(f, "/body/until", "expired", "has passed");
    const char *rank =
        b && m->kind == MATTER_CONTACT_UPDATE ? matter_body_get(b, "representative") : "";
    bool there = !*rank || !at;
    for (guint i = 0; !there && i < at->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(at->representatives, i);
        there = p->rank == g_ascii_strtoull(rank, NULL, 10);
    }
    bool is_new = *rank && g_str_equal(matter_body_get(b, "change"), "new");
    if (*rank && at && there == is_new)
        faults_add(f, "/body/representative", is_new ? "rank-taken" : "unknown-representative",
                   is_new ? "%s has a representative of rank %s already"
                          : "%s has no representative of rank %s",
                   m->mission, rank);
    matter_body_free(b);
}

static void open_it(struct service *s, struct matter *m, const struct matter_opening *q,
                    matter_done_fn done, void *ctx)
{
    struct faults *f = faults_new();
    check(s, m, f);
    if (faults_any(f)) {
        answer(done, ctx, (struct matter_result){ .outcome = MATTER_INVALID, .faults = f });
        matter_free(m);
    } else {
        struct opening *o = g_new0(struct opening, 1);
        *o = (struct opening){
            .service = s, .hand = matter_hand_new(s), .matter = m, .done = done, .ctx = ctx
        };
        if (q && q->idempotency_key) {
            o->key = g_strconcat("matter:", q->idempotency_key, NULL);
            o->digest = digest_sha256_hex(q->body, q->len);
        }
        store_thread_submit(s->store, store_it, stored, o);
    }
    faults_free(f);
}

void matter_desk_open_made(struct service *s, struct matter *m, matter_done_fn done, void *ctx)
{
    open_it(s, m, NULL, done, ctx);
}

/* A mission's token speaks for that mission, and may leave its name out. */
static bool confine(struct matter *m, const char *scope, struct faults *f)
{
    if (!scope || g_str_equal(m->mission, scope))
        return true;
    if (*m->mission) {
        faults_add(f, "/mission", "not-yours", "this token is for %s", scope);
        return false;
    }
    g_free(m->mission);
    m->mission = g_strdup(scope);
    return true;
}

void matter_desk_open(struct service *s, const struct matter_opening *q, matter_done_fn done,
                      void *ctx)
{
    struct faults *f = faults_new();
    struct matter *m = matter_json_read(q->body, q->len, f);
    if (m && q->scope && m->kind == MATTER_PROTECTIVE_RESPONSE)
        faults_add(f, "/kind", "not-allowed",
                   "an agent records a protective response; ask your office for one");
    if (!m || faults_any(f) || !confine(m, q->scope, f)) {
        answer(done, ctx, (struct matter_result){ .outcome = MATTER_INVALID, .faults = f });
        matter_free(m);
    } else {
        g_free(m->opened_by);
        m->opened_by = g_strdup(q->principal);
        open_it(s, m, q, done, ctx);
    }
    faults_free(f);
}

/* --- looking --- */

struct look {
    int64_t no;
    char *scope;
    struct matter *matter;
    GPtrArray *events;
    matter_done_fn done;
    void *ctx;
};

static bool look_at(struct store *s, void *arg, GError **error)
{
    struct look *k = arg;
    return s->ops->matter_by_no(s, k->no, &k->matter, error) &&
           (!k->matter || s->ops->matter_events(s, k->no, k->events, error));
}

static void looked(void *arg, const GError *error)
{
    struct look *k = arg;
    bool there = k->matter && (!k->scope || g_str_equal(k->scope, k->matter->mission));
    struct matter_result r = { .outcome = there ? MATTER_DONE : MATTER_NOT_FOUND,
                               .matter = there ? k->matter : NULL,
                               .events = k->events };
    if (error)
        r = (struct matter_result){ .outcome = MATTER_UNAVAILABLE, .reason = error->message };
    k->done(&r, k->ctx);
    matter_free(k->matter);
    g_ptr_array_unref(k->events);
    g_free(k->scope);
    g_free(k);
}

void matter_desk_show(struct service *s, int64_t no, const char *scope, matter_done_fn done,
                      void *ctx)
{
    struct look *k = g_new0(struct look, 1);
    k->no = no;
    k->scope = g_strdup(scope);
    k->events = g_ptr_array_new_with_free_func((GDestroyNotify)matter_event_free);
    k->done = done;
    k->ctx = ctx;
    store_thread_submit(s->store, look_at, looked, k);
}
