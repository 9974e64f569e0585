#include "flow/roster_keeper.h"

#include "base/log.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "model/endpoint.h"
#include "model/record.h"
#include "wire/roster_fields.h"

/* A change of the roster on its way: read on a thread of its own (100,000 rows take a while),
 * stored on the store thread, swapped on the loop. */
struct change {
    struct service *service;
    struct directory *directory;   /* one reference */
    struct roster *before, *after; /* one reference each; after NULL until it is read */
    char *names[2], *texts[2];
    size_t lens[2];
    char *mission, *field, *value; /* of a single change */
    unsigned rank;
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
    g_free(c->mission);
    g_free(c->field);
    g_free(c->value);
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
    c->done(&result, c->ctx);
    change_free(c);
}

static struct change *change_new(struct service *s, const char *principal, roster_done_fn done,
                                 void *ctx)
{
    struct change *c = g_new0(struct change, 1);
    c->service = s;
    c->directory = directory_ref(s->config->directory);
    c->before = roster_ref(s->roster);
    c->now_ms = service_now_ms(s);
    c->principal = g_strdup(principal);
    c->faults = faults_new();
    c->revived = g_ptr_array_new_with_free_func(g_free);
    c->done = done;
    c->ctx = ctx;
    return c;
}

/* --- storing --- */

static bool save(struct store *s, void *arg, GError **error)
{
    struct change *c = arg;
    for (guint i = 0; i < c->revived->len; i++)
        if (!s->ops->gone_remove(s, g_ptr_array_index(c->revived, i), error))
            return false;
    return s->ops->roster_save(s, c->after, c->difference, c->principal, c->now_ms, error) &&
           s->ops->journal_append(s, c->record, error);
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

/* Back on the loop: another change may have come first, and two must not undo each other. */
static void was_read(void *arg)
{
    struct change *c = arg;
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
    c->record = service_record(c->service, "roster.changed");
    c->record->reply = g_strdup_printf("by %s: %u added, %u changed, %u removed", c->principal,
                                       c->difference->added->len, c->difference->changed->len,
                                       c->difference->removed->len);
    store_thread_submit(c->service->store, save, saved, c);
}

/* --- reading --- */

static gpointer read_files(gpointer arg)
{
    struct change *c = arg;
    struct roster_csv_file missions = { c->names[0], c->texts[0], c->lens[0] };
    struct roster_csv_file representatives = { c->names[1], c->texts[1], c->lens[1] };
    c->after = roster_csv_read(&missions, &representatives, c->directory, c->faults);
    if (c->after) {
        c->difference = roster_compare(c->before, c->after, c->now_ms);
        c->kept = endpoint_kept(c->before, c->after);
    }
    loop_post(c->service->loop, was_read, c);
    return NULL;
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
    g_thread_unref(g_thread_new("roster", read_files, c));
}

/* --- one field --- */

struct copy {
    struct change *change;
    struct roster_fields *fields;
    const char *place;
};

static void complain(void *ctx, bool warning, size_t column, const char *code, const char *detail)
{
    struct copy *p = ctx;
    (void)column;
    if (warning)
        faults_warn(p->change->faults, p->place, code, "%s", detail);
    else
        faults_add(p->change->faults, p->place, code, "%s", detail);
}

static int column_of(const char *const *columns, const char *name)
{
    for (int i = ROSTER_COLUMN_MISSION + 1; columns[i]; i++)
        if (g_str_equal(columns[i], name))
            return i;
    return -1;
}

static struct representative *copy_representative(struct copy *p, const struct mission *of,
                                                  const struct representative *old, int column)
{
    struct representative *r = roster_fields_new_representative();
    for (int i = 0; i < ROSTER_REPRESENTATIVE_COLUMNS; i++)
        roster_fields_set_representative(
            p->fields, r, (size_t)i,
            i == column ? p->change->value : roster_fields_representative_text(of, old, (size_t)i));
    roster_fields_finish_representative(p->fields, r);
    return r;
}

/* A copy of one mission with the one field changed; column -1: none of the mission's own. */
static struct mission *copy_mission(struct copy *p, const struct mission *old, int column)
{
    struct mission *m = roster_fields_new_mission();
    for (int i = 0; i < ROSTER_MISSION_COLUMNS; i++)
        roster_fields_set_mission(p->fields, m, (size_t)i,
                                  i == column ? p->change->value
                                              : roster_fields_mission_text(old, (size_t)i));
    roster_fields_finish_mission(p->fields, m);
    return m;
}

static void copy_all(struct copy *p, struct roster *to, int mission_column,
                     int representative_column)
{
    const struct change *c = p->change;
    for (size_t i = 0; i < roster_count(c->before); i++) {
        const struct mission *old = roster_at(c->before, i);
        bool it = g_str_equal(old->id, c->mission);
        roster_add(to, copy_mission(p, old, it ? mission_column : -1));
        for (guint k = 0; k < old->representatives->len; k++) {
            const struct representative *r = g_ptr_array_index(old->representatives, k);
            const char *why;
            int column = it && r->rank == c->rank ? representative_column : -1;
            if (!roster_add_representative(to, old->id, copy_representative(p, old, r, column),
                                           &why))
                faults_add(p->change->faults, p->place, "duplicate-rank", "%s", why);
        }
    }
}

static bool has_rank(const struct mission *m, unsigned rank)
{
    for (guint i = 0; i < m->representatives->len; i++)
        if (((const struct representative *)g_ptr_array_index(m->representatives, i))->rank == rank)
            return true;
    return false;
}

/* The one that is set, though it be the same as before: somebody says that it is there. */
static void revive_field(struct change *c)
{
    if (g_str_equal(c->field, "email"))
        g_ptr_array_add(c->revived, endpoint_uri(CHANNEL_SMTP, c->value));
    else if (g_str_equal(c->field, "webhook"))
        g_ptr_array_add(c->revived, endpoint_uri(CHANNEL_WEBHOOK, c->value));
}

static void change_field(struct change *c)
{
    const struct mission *m = roster_find(c->before, c->mission);
    g_autofree char *place = c->rank ? g_strdup_printf("/representatives/%u/%s", c->rank, c->field)
                                     : g_strconcat("/", c->field, NULL);
    if (!m) {
        faults_add(c->faults, "", "unknown-mission", "there is no mission \"%s\"", c->mission);
        return;
    }
    if (c->rank && !has_rank(m, c->rank)) {
        faults_add(c->faults, place, "unknown-representative",
                   "%s has no representative of rank %u", c->mission, c->rank);
        return;
    }
    int column =
        column_of(c->rank ? roster_representative_columns : roster_mission_columns, c->field);
    if (column < 0) {
        faults_add(c->faults, place, "unknown-member", "there is no field \"%s\" that can be set",
                   c->field);
        return;
    }
    struct copy p = { .change = c, .place = place };
    p.fields = roster_fields_new(c->directory, complain, &p);
    struct roster *after = roster_new();
    copy_all(&p, after, c->rank ? -1 : column, c->rank ? column : -1);
    roster_fields_free(p.fields);
    if (faults_any(c->faults)) {
        roster_unref(after);
        return;
    }
    c->after = after;
    revive_field(c);
    c->difference = roster_compare(c->before, after, c->now_ms);
}

void roster_keeper_set(struct service *s, const char *mission, unsigned rank, const char *field,
                       const char *value, const char *principal, roster_done_fn done, void *ctx)
{
    struct change *c = change_new(s, principal, done, ctx);
    c->mission = g_strdup(mission);
    c->rank = rank;
    c->field = g_strdup(field);
    c->value = g_strdup(value);
    change_field(c);
    was_read(c);
}

GPtrArray *roster_keeper_check(struct service *s)
{
    return roster_check(s->roster, s->config->directory, dispatch_gone(s->dispatch),
                        service_now_ms(s), (unsigned)s->config->roster.expiry_warning_days);
}
