#include "world.h"

#include "base/log.h"
#include "base/mailbox.h"
#include "flow/preview.h"
#include "flow/sweeps.h"
#include "flow/waiting.h"
#include "store/store_sqlite.h"
#include "wire/delivery_record.h"
#include "wire/roster_csv.h"

#include <glib/gstdio.h>
#include <stdio.h>

/* How long what was learnt may have waited in memory, where a crash finds it: a retry or two of a
 * store that is well again, and much longer while it fails. */
#define WORLD_UNSTORED_MS 6000
#define WORLD_UNSTORED_FAILING_MS 300000

struct fake_channel {
    struct channel channel;
    struct world *world;
};

struct attempt { /* on its way to an answer */
    struct world *world;
    struct outcome *outcome;
    channel_done_fn done;
    void *ctx;
    struct loop_timer *timer;
};

static void sent_free(struct sent *s)
{
    g_free(s->endpoint);
    g_free(s->key);
    g_free(s->headline);
    g_free(s->identifier);
    g_free(s->recipient);
    g_free(s->why);
    g_free(s->about);
    g_free(s);
}

static void attempt_free(struct attempt *a)
{
    outcome_free(a->outcome);
    loop_timer_free(a->timer);
    g_free(a);
}

static void answered(void *arg)
{
    struct attempt *a = arg;
    g_ptr_array_remove_fast(a->world->hanging, a); /* frees it: take what is needed first */
}

static void fire(void *arg)
{
    struct attempt *a = arg;
    channel_done_fn done = a->done;
    void *ctx = a->ctx;
    struct outcome *o = g_steal_pointer(&a->outcome);
    answered(a);
    done(o, ctx);
}

static void note_whom(struct sent *s, const struct notice *n)
{
    GString *why = g_string_new(n->notification->purpose == PURPOSE_REMIND ? "remind" : NULL);
    GString *about = g_string_new(NULL);
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = g_ptr_array_index(n->obligations, i);
        g_string_append_printf(why, "%s%s", why->len ? " " : "", o->reason);
    }
    for (guint i = 0; i < n->missions->len; i++)
        g_string_append_printf(about, "%s%s", i ? " " : "",
                               ((struct affected_mission *)g_ptr_array_index(n->missions, i))->id);
    s->recipient = g_strdup(n->notification->recipient);
    s->why = g_string_free(why, FALSE);
    s->about = g_string_free(about, FALSE);
    if (n->link) {
        g_strlcpy(s->token, n->link->token, sizeof s->token);
        g_strlcpy(s->code, n->link->code, sizeof s->code);
    }
}

static void note(struct world *w, const struct notice *n, const struct reaction *a)
{
    struct sent *s = g_new0(struct sent, 1);
    const struct message *m = broadcast_message_for(n->broadcast, n->notification->language);
    s->endpoint = g_strdup(n->notification->endpoint);
    s->key = notification_message_key(n->broadcast->id, n->notification->id);
    s->headline = g_strdup(m->headline);
    s->identifier = g_strdup(n->broadcast->identifier);
    s->at_ms = n->now_ms;
    s->kind = a->kind;
    s->ends_ms = a->after_ms < 0 ? INT64_MAX : n->now_ms + a->after_ms;
    s->attempt = n->notification->attempt + 1;
    s->missions = n->missions->len;
    s->obligations = n->obligations->len;
    for (guint i = 0; i < n->obligations->len; i++)
        s->parts |= 1u << ((struct obligation *)g_ptr_array_index(n->obligations, i))->part;
    note_whom(s, n);
    g_ptr_array_add(w->sent, s);
}

static void fake_send(struct channel *c, const struct notice *n, channel_done_fn done, void *ctx)
{
    struct world *w = ((struct fake_channel *)c)->world;
    struct reaction answer = w->answers ? w->answers(n, w->ctx) : (struct reaction){ 0 };
    note(w, n, &answer);
    struct attempt *a = g_new0(struct attempt, 1);
    a->world = w;
    a->done = done;
    a->ctx = ctx;
    a->outcome = outcome_new(answer.kind, answer.code, outcome_names[answer.kind]);
    a->outcome->retry_after_ms = answer.retry_after_ms;
    a->outcome->endpoint_gone = answer.gone;
    a->timer = loop_timer_new(w->service.loop, fire, a);
    g_ptr_array_add(w->hanging, a);
    if (answer.after_ms >= 0)
        loop_timer_arm(a->timer, answer.after_ms);
}

static void fake_free(struct channel *c)
{
    g_free(c);
}

static const struct channel_ops fake_ops = { "fake", fake_send, fake_free };

static void remove_tree(const char *path)
{
    GDir *dir = g_dir_open(path, 0, NULL);
    const char *name;
    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *inside = g_build_filename(path, name, NULL);
        remove_tree(inside);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}

static const char *second_person_of(const struct world_roster *r)
{
    return r->second_person ? r->second_person : "exercise 20 1800";
}

static const char *ladder_of(const struct world_roster *r)
{
    return r->ladder ? r->ladder : SOURCE_DIR "/conf/ladder.conf";
}

static void write_config(const char *file, const struct world_roster *r)
{
    g_autoptr(GString) text = g_string_new("node = \"test\";\n");
    g_string_append(text, "mail: { from_address = \"liaison@dss.example\";"
                          " exercise_address = \"exercise@dss.example\"; };\n"
                          "api: { socket = \"socket\"; };\n"
                          "delivery_log: { file = \"\"; };\n");
    g_string_append_printf(text,
                           "release: { second_person = [ \"%s\" ];"
                           " approvers = [ \"approver@dss.example\", \"deputy@dss.example\" ];"
                           " may_supersede = [ \"chief@dss.example\" ]; };\n",
                           second_person_of(r));
    if (r->acknowledge)
        g_string_append_printf(text,
                               "acknowledge: { base_url = \"https://liaison.dss.example\"; address "
                               "= \"127.0.0.1:8441\"; %s };\n",
                               r->acknowledge);
    for (const char *const *f =
             (const char *const[]){ "offices", "desks", "partners", "calendars", NULL };
         *f; f++)
        g_string_append_printf(text, "%s_file = \"" SOURCE_DIR "/conf/%s.conf\";\n", *f, *f);
    g_string_append_printf(text, "ladder_file = \"%s\";\n", ladder_of(r));
    g_string_append(text, "templates = \"" SOURCE_DIR "/conf/templates\";\n");
    g_assert_true(g_file_set_contents(file, text->str, -1, NULL));
}

static void add_further(const char *csv, GString *missions, GString *people)
{
    g_auto(GStrv) lines = g_strsplit(csv ? csv : "", "\n", -1);
    for (guint i = 0; lines[i]; i++) {
        g_auto(GStrv) cells = g_strsplit(lines[i], ",", 2);
        if (!*lines[i])
            continue;
        g_string_append_printf(missions, "%s\n", lines[i]);
        for (int rank = 1; rank <= 2; rank++)
            g_string_append_printf(people, "%s,%d,Person %d,en,r%d@%s.example,,,no,,\n", cells[0],
                                   rank, rank, rank, cells[0]);
    }
}

static struct roster *make_roster(const struct world_roster *r, const struct directory *d)
{
    g_autoptr(GString) m =
        g_string_new("mission,country,name,kind,street,city,state,zip,lat,lon,timezone,"
                     "county_fips,threat_level,office,origin\n");
    g_autoptr(GString) p = g_string_new("mission,rank,name,language,email,phone,webhook,exercises,"
                                        "valid_from,valid_to\n");
    unsigned first = r->first ? r->first : 1;
    for (unsigned i = first; i < first + r->missions; i++) {
        g_autofree char *host = r->webhook_host
                                    ? g_strdup_printf("https://h%u.%s/m%04u", i, r->webhook_host, i)
                                    : g_strdup("");
        g_string_append_printf(m,
                               "m%04u,FR,Mission %u,consulate,,Chicago,IL,60601,41.88,-87.63,"
                               "America/Chicago,17031,low,,synthetic\n",
                               i, i);
        g_string_append_printf(p, "m%04u,1,First %u,en,r1@m%04u.example,,%s,yes,,\n", i, i, i,
                               host);
        g_string_append_printf(p, "m%04u,2,Second %u,en,r2@m%04u.example,,,no,,\n", i, i, i);
    }
    add_further(r->csv, m, p);
    struct roster_csv_file mf = { "missions", m->str, m->len }, pf = { "people", p->str, p->len };
    struct faults *f = faults_new();
    struct roster *roster = roster_csv_read(&mf, &pf, d, f);
    if (!roster)
        g_error("%s", faults_to_text(f));
    faults_free(f);
    return roster;
}

static void run_completion(void *message, void *ctx)
{
    (void)ctx;
    store_completion_run(message);
}

static void start_flow(struct world *w)
{
    struct service *s = &w->service;
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++) {
        struct fake_channel *c = g_new0(struct fake_channel, 1);
        c->channel.ops = &fake_ops;
        c->world = w;
        w->channels[k] = &c->channel;
    }
    s->log = delivery_log_new(s);
    s->dispatch = dispatch_new(s, w->channels);
    sweeps_new(s);
    dispatch_start(s->dispatch, waiting_resume);
    sweeps_start(s);
}

void world_start(struct world *w, int64_t now_ms)
{
    struct service *s = &w->service;
    GError *error = NULL;
    s->loop = loop_new(NULL);
    *virtual_clock(s->loop) = clock_fake_at(now_ms);
    s->clock = &virtual_clock(s->loop)->clock;
    w->started_ms = now_ms;
    w->completions = mailbox_new(store_completion_drop);
    w->watch = loop_watch_mailbox(s->loop, w->completions, run_completion, NULL, NULL);
    g_autofree char *state = g_build_filename(w->dir, "state", NULL);
    struct store_options o = { .dir = state,
                               .checkpoint_bytes = 1 << 20,
                               .seal = delivery_record_seal };
    s->store = store_thread_new(&store_sqlite, &o, w->completions, &error);
    if (!s->store)
        g_error("%s", error->message);
    start_flow(w);
}

/* Each rule read once: thousands of worlds live by the same configuration. */
struct config *world_config(const struct world_roster *r)
{
    static GHashTable *known;
    if (!known)
        known = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *key = g_strjoin("\n", second_person_of(r), ladder_of(r),
                                     r->acknowledge ? r->acknowledge : "nobody is asked", NULL);
    struct config *config = g_hash_table_lookup(known, key);
    if (!config) {
        struct faults *f = faults_new();
        g_autofree char *dir = g_dir_make_tmp("liaisond-world-XXXXXX", NULL);
        g_autofree char *file = g_build_filename(dir, "liaisond.conf", NULL);
        write_config(file, r);
        config = config_load(file, f);
        if (!config)
            g_error("%s", faults_to_text(f));
        faults_free(f);
        remove_tree(dir);
        g_hash_table_insert(known, g_steal_pointer(&key), config);
    }
    return config_ref(config);
}

/* Read once, likewise. */
static struct template_set *shared_templates(const struct config *c)
{
    static struct template_set *templates;
    if (!templates) {
        struct faults *f = faults_new();
        templates = template_set_load(c->templates, f);
        if (!templates)
            g_error("%s", faults_to_text(f));
        faults_free(f);
    }
    return template_set_ref(templates);
}

static GPtrArray *make_masters(void)
{
    GPtrArray *masters = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(masters, g_bytes_new_static("a master key of the simulation's", 32));
    return masters;
}

struct world *world_new(const struct world_roster *r)
{
    struct world *w = g_new0(struct world, 1);
    log_set_level(g_getenv("LIAISOND_SEED") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR + 1);
    w->dir = g_strdup("/dev/shm/liaisond-world-XXXXXX"); /* a crash here is no loss of power */
    if (!g_mkdtemp_full(w->dir, 0700)) {
        g_free(w->dir);
        w->dir = g_dir_make_tmp("liaisond-world-XXXXXX", NULL);
    }
    w->sent = g_ptr_array_new_with_free_func((GDestroyNotify)sent_free);
    w->hanging = g_ptr_array_new_with_free_func((GDestroyNotify)attempt_free);
    w->service.config = world_config(r);
    w->service.templates = shared_templates(w->service.config);
    if (r->acknowledge)
        service_set_masters(&w->service, make_masters());
    w->service.roster = make_roster(r, w->service.config->directory);
    world_start(w, WORLD_START_MS);
    return w;
}

static void drop_flow(struct world *w)
{
    struct service *s = &w->service;
    dispatch_free(s->dispatch);
    sweeps_free(s);
    delivery_log_free(s->log);
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++)
        w->channels[k]->ops->free(w->channels[k]);
    g_clear_pointer(&s->store_fault, g_free);
}

/* Attempts in flight and work not yet begun vanish; so do the allocations that only they held,
 * which is why a crash lets the store finish nothing and the process leak nothing that a test would
 * miss. */
void world_crash(struct world *w)
{
    struct service *s = &w->service;
    int64_t unstored_ms = s->store_fault ? WORLD_UNSTORED_FAILING_MS : WORLD_UNSTORED_MS;
    for (guint i = 0; i < w->hanging->len; i++)
        loop_timer_disarm(((struct attempt *)g_ptr_array_index(w->hanging, i))->timer);
    virtual_store_abandon(s->store);
    while (w->hanging->len > 0) {
        struct attempt *a = g_ptr_array_index(w->hanging, 0);
        fire(a);
    }
    virtual_store_abandon(s->store);
    for (guint i = 0; i < w->sent->len; i++) {
        struct sent *a = g_ptr_array_index(w->sent, i);
        a->crashed |= a->ends_ms > world_now_ms(w) - unstored_ms;
    }
    drop_flow(w);
    store_thread_free(s->store);
    loop_unwatch(w->watch);
    mailbox_free(w->completions);
    loop_free(s->loop);
}

void world_free(struct world *w)
{
    world_crash(w);
    config_unref(w->service.config);
    template_set_unref(w->service.templates);
    roster_unref(w->service.roster);
    proofs_free(w->service.proofs);
    service_set_masters(&w->service, NULL);
    g_ptr_array_unref(w->sent);
    g_ptr_array_unref(w->hanging);
    remove_tree(w->dir);
    g_free(w->dir);
    g_free(w);
}

void world_set_roster(struct world *w, const struct world_roster *r)
{
    service_set_roster(&w->service, make_roster(r, w->service.config->directory));
}

int64_t world_now_ms(const struct world *w)
{
    return service_now_ms(&w->service);
}

void world_run_for(struct world *w, int64_t ms)
{
    virtual_run_until(w->service.loop, world_now_ms(w) + ms);
}
