#include "flow/roster_keeper.h"

#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "io/worker.h"
#include "model/endpoint.h"
#include "model/record.h"

/* A change of the roster on its way: an import is read on a thread of its own (100,000 rows take a
 * while), both are stored on the store thread and swapped on the loop, one change at a time. */
struct change {
    struct service *service;
    struct directory *directory;   /* one reference */
    struct roster *before, *after; /* one reference each; after NULL until it is read */
    char *names[2], *texts[2];
    size_t lens[2];
    struct roster_edit *edits; /* of an amendment, owned like their strings */
    size_t n_edits;
    roster_choose_fn choose; /* in their place; NULL: they are there */
    bool in_turn;
    roster_along_fn along; /* NULL: nothing goes with it */
    void *amender;         /* of choose and along */
    bool overtaken;        /* along said so: nothing was changed */
    int64_t review_ms;     /* of the threat levels that an import sets */
    bool dry_run, refused;
    int64_t allow_removals;
    int64_t now_ms;
    char *principal;
    struct faults *faults;
    struct roster_change *difference;
    GHashTable *kept;   /* of an import: endpoints that it leaves as they are; NULL: of a set */
    GPtrArray *revived; /* char *: endpoints that may be used again by it */
    struct record *record;
    roster_done_fn done;
    void *ctx;
};

static void change_free(struct change *c)
{
    directory_unref(c->directory);
    roster_unref(c->before);
    if (c->after)
        roster_unref(c->after);
    for (size_t i = 0; i < 2; i++) {
        g_free(c->names[i]);
        g_free(c->texts[i]);
    }
    for (size_t i = 0; i < c->n_edits; i++) {
        g_free((char *)c->edits[i].mission);
        g_free((char *)c->edits[i].field);
        g_free((char *)c->edits[i].value);
    }
    g_free(c->edits);
    g_free(c->principal);
    faults_free(c->faults);
    if (c->difference)
        roster_change_free(c->difference);
    g_clear_pointer(&c->kept, g_hash_table_unref);
    g_ptr_array_unref(c->revived);
    if (c->record)
        record_free(c->record);
    g_free(c);
}

/* How many removals of an import somebody must still allow. */
static unsigned to_allow(const struct change *c)
{
    bool drastic = c->kept && c->difference &&
                   roster_change_is_drastic(c->difference, roster_count(c->before));
    return drastic && c->allow_removals < c->difference->removed->len ? c->difference->removed->len
                                                                      : 0;
}

static void answer(struct change *c, const char *unavailable)
{
    const struct roster *r = c->after ? c->after : c->before;
    struct roster_result result = { .faults = c->faults,
                                    .change = c->difference,
                                    .unavailable = unavailable,
                                    .to_allow = to_allow(c),
                                    .refused = c->refused,
                                    .missions = roster_count(r),
                                    .representatives = roster_representative_count(r) };
    struct turns *turns = c->in_turn ? &c->service->changing_roster : NULL;
    c->done(&result, c->ctx);
    change_free(c);
    if (turns)
        turns_over(turns);
}

static struct change *change_new(struct service *s, const char *principal, roster_done_fn done,
                                 void *ctx)
{
    struct change *c = g_new0(struct change, 1);
    c->service = s;
    c->directory = directory_ref(s->config->directory);
    c->before = roster_ref(s->roster);
    c->now_ms = service_now_ms(s);
    c->review_ms = c->now_ms + (int64_t)s->config->roster.threat_review_days * 24 * 3600 * 1000;
    c->principal = g_strdup(principal);
    c->faults = faults_new();
    c->revived = g_ptr_array_new_with_free_func(g_free);
    c->done = done;
    c->ctx = ctx;
    return c;
}

/* --- storing --- */

/* An import sets the levels of what is new or changed; single ones tell their own reason. */
static bool keep_threat(struct store *s, const struct change *c, const char *id, GError **error)
{
    const struct mission *was = roster_find(c->before, id), *is = roster_find(c->after, id);
    struct threat_row row = { .mission = is->id,
                              .level = is->threat,
                              .author = c->principal,
                              .reason = (char *)"roster import",
                              .time_ms = c->now_ms,
                              .review_ms = c->review_ms };
    return (was && was->threat == is->threat) || s->ops->threat_put(s, &row, error);
}

static bool keep_threats(struct store *s, const struct change *c, GError **error)
{
    const GPtrArray *const lists[] = { c->difference->added, c->difference->changed };
    for (size_t k = 0; !c->along && k < G_N_ELEMENTS(lists); k++)
        for (guint i = 0; i < lists[k]->len; i++)
            if (!keep_threat(s, c, g_ptr_array_index(lists[k], i), error))
                return false;
    return true;
}

static bool save(struct store *s, void *arg, GError **error)
{
    struct change *c = arg;
    if (c->along && !c->along(s, c->amender, &c->overtaken, error))
        return false;
    if (c->overtaken)
        return true;
    for (guint i = 0; i < c->revived->len; i++)
        if (!s->ops->gone_remove(s, g_ptr_array_index(c->revived, i), error))
            return false;
    return s->ops->roster_save(s, c->after, c->difference, c->principal, c->now_ms, error) &&
           keep_threats(s, c, error) && s->ops->journal_append(s, c->record, error);
}

static void saved(void *arg, const GError *error)
{
    struct change *c = arg;
    struct service *s = c->service;
    service_note_store(s, error);
    if (error) {
        g_autofree char *reason = g_strdup(error->message);
        answer(c, reason);
        return;
    }
    if (c->overtaken) {
        faults_add(c->faults, "", "changed-meanwhile", "it was decided by somebody else meanwhile");
        answer(c, NULL);
        return;
    }
    service_set_roster(s, roster_ref(c->after));
    for (guint i = 0; i < c->revived->len; i++)
        dispatch_revive(s->dispatch, g_ptr_array_index(c->revived, i));
    delivery_log_wake(s->log);
    log_event(LOG_LEVEL_INFO, "roster.changed", LOG_STR("by", c->principal),
              LOG_INT("missions", (int64_t)roster_count(c->after)),
              LOG_INT("added", c->difference->added->len),
              LOG_INT("changed", c->difference->changed->len),
              LOG_INT("removed", c->difference->removed->len),
              LOG_INT("below_two", c->difference->below_two->len),
              LOG_INT("endpoints_revived", c->revived->len));
    answer(c, NULL);
}

/* An import gives anew what it changes; what nobody of the roster has any more (or an office or a
 * desk has) is forgotten as well.  An endpoint that stands there as it stood is still gone. */
static void find_revived(struct change *c)
{
    GHashTableIter all;
    gpointer endpoint;
    g_hash_table_iter_init(&all, dispatch_gone(c->service->dispatch));
    while (c->kept && g_hash_table_iter_next(&all, &endpoint, NULL))
        if (!g_hash_table_contains(c->kept, endpoint))
            g_ptr_array_add(c->revived, g_strdup(endpoint));
}

static void store_it(struct change *c)
{
    c->record = service_record(c->service, "roster.changed");
    c->record->reply = g_strdup_printf("by %s: %u added, %u changed, %u removed", c->principal,
                                       c->difference->added->len, c->difference->changed->len,
                                       c->difference->removed->len);
    store_thread_submit(c->service->store, save, saved, c);
}

/* --- imports --- */

/* Another change may have come first, and an import must not undo it. */
static void take_import(void *ctx)
{
    struct change *c = ctx;
    c->in_turn = true;
    if (c->after && c->before != c->service->roster) {
        roster_unref(c->after);
        c->after = NULL;
        faults_add(c->faults, "", "changed-meanwhile",
                   "the roster was changed by somebody else at the same time; look and try again");
    }
    c->refused = c->after && !c->dry_run && to_allow(c) > 0;
    if (!c->after || c->dry_run || c->refused) {
        answer(c, NULL);
        return;
    }
    find_revived(c);
    store_it(c);
}

static void was_read(void *arg)
{
    struct change *c = arg;
    turns_take(&c->service->changing_roster, take_import, c);
}

static void read_files(void *arg)
{
    struct change *c = arg;
    struct roster_csv_file missions = { c->names[0], c->texts[0], c->lens[0] };
    struct roster_csv_file representatives = { c->names[1], c->texts[1], c->lens[1] };
    c->after = roster_csv_read(&missions, &representatives, c->directory, c->faults);
    if (c->after) {
        c->difference = roster_compare(c->before, c->after, c->now_ms);
        c->kept = endpoint_kept(c->before, c->after);
    }
}

static void drop(void *arg)
{
    answer(arg, "the daemon is stopping");
}

void roster_keeper_import(struct service *s, const struct roster_csv_file *missions,
                          const struct roster_csv_file *representatives, const char *principal,
                          bool dry_run, int64_t allow_removals, roster_done_fn done, void *ctx)
{
    const struct roster_csv_file *files[] = { missions, representatives };
    struct change *c = change_new(s, principal, done, ctx);
    c->dry_run = dry_run;
    c->allow_removals = allow_removals;
    for (size_t i = 0; i < 2; i++) {
        c->names[i] = g_strdup(files[i]->name);
        c->texts[i] = g_memdup2(files[i]->text, files[i]->len);
        c->lens[i] = files[i]->len;
    }
    if (!s->roster_reader)
        s->roster_reader = worker_new(s->loop, "roster", read_files, was_read, drop);
    worker_give(s->roster_reader, c);
}

void roster_keeper_stop(struct service *s)
{
    g_clear_pointer(&s->roster_reader, worker_free);
}

/* --- amendments --- */

/* Those that are set, though they be the same as before: somebody says that they are there. */
static void revive_field(struct change *c, const struct roster_edit *e)
{
    if (!e->rank || !*e->value)
        return;
    if (g_str_equal(e->field, "email"))
        g_ptr_array_add(c->revived, endpoint_uri(CHANNEL_SMTP, e->value));
    else if (g_str_equal(e->field, "webhook"))
        g_ptr_array_add(c->revived, endpoint_uri(CHANNEL_WEBHOOK, e->value));
}

static void take_edits(void *ctx)
{
    struct change *c = ctx;
    c->in_turn = true;
    roster_unref(c->before);
    c->before = roster_ref(c->service->roster);
    g_autoptr(GArray) edits = g_array_new(FALSE, FALSE, sizeof(struct roster_edit));
    g_array_append_vals(edits, c->edits, (guint)c->n_edits);
    if (c->choose)
        c->choose(c->before, edits, c->faults, c->amender);
    const struct roster_edit *all = (const struct roster_edit *)(const void *)edits->data;
    c->after = roster_edit_make(c->before, c->directory, all, edits->len, c->faults);
    if (!c->after) {
        answer(c, NULL);
        return;
    }
    for (size_t i = 0; i < edits->len; i++)
        revive_field(c, &all[i]);
    c->difference = roster_compare(c->before, c->after, c->now_ms);
    store_it(c);
}

void roster_keeper_amend(struct service *s, const struct roster_amendment *a, roster_done_fn done,
                         void *ctx)
{
    struct change *c = change_new(s, a->principal, done, ctx);
    c->choose = a->choose;
    c->along = a->along;
    c->amender = a->ctx;
    c->edits = g_memdup2(a->edits, a->n * sizeof *a->edits);
    c->n_edits = a->n;
    for (size_t i = 0; i < a->n; i++) {
        c->edits[i].mission = g_strdup(a->edits[i].mission);
        c->edits[i].field = g_strdup(a->edits[i].field);
        c->edits[i].value = g_strdup(a->edits[i].value);
    }
    turns_take(&s->changing_roster, take_edits, c);
}

void roster_keeper_set(struct service *s, const char *mission, unsigned rank, const char *field,
                       const char *value, const char *principal, roster_done_fn done, void *ctx)
{
    struct roster_edit e = { mission, rank, false, field, value };
    struct roster_amendment a = { .edits = &e, .n = 1, .principal = principal };
    if (rank > 0 || !g_str_equal(field, "threat_level")) {
        roster_keeper_amend(s, &a, done, ctx);
        return;
    }
    struct change *c = change_new(s, principal, done, ctx);
    faults_add(c->faults, "/threat_level", "needs-reason",
               "a threat level is set with a reason: liaisonctl threat set %s LEVEL --reason TEXT",
               mission);
    answer(c, NULL);
}

GPtrArray *roster_keeper_check(struct service *s)
{
    GPtrArray *findings =
        roster_check(s->roster, s->config->directory, dispatch_gone(s->dispatch), service_now_ms(s),
                     (unsigned)s->config->roster.expiry_warning_days);
    proofs_check(s->proofs, s->roster, service_now_ms(s), (unsigned)s->config->roster.proof_days,
                 findings);
    return findings;
}
