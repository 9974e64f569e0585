/*
 * bench_guard - the work of one event in one process, for counting its instructions.
 *
 *   bench_guard DIR SOURCE NOTIFICATIONS
 *
 * One representative each in as many missions: the plan is made and stored, every mail and as many
 * webhooks rendered, and the mails to the desks that list all missions; everything is claimed and
 * settled with its journal record.  Each stage is one
 * function of its name, and so is the yardstick beside them; tests/bench/guard runs it under
 * callgrind and compares.  SOURCE is the root of the source tree.
 */
#include "base/digest.h"
#include "io/config_directory.h"
#include "model/audience.h"
#include "store/store_sqlite.h"
#include "wire/delivery_record.h"
#include "wire/mail_message.h"
#include "wire/roster_csv.h"
#include "wire/webhook_message.h"
#include <stdio.h>
#include <string.h>

#define NOW_MS INT64_C(1795000000000)
#define BATCH 256
#define YARD_BYTES 4096

static const struct store_ops *const ops = &store_sqlite;

struct event {
    struct directory *directory;
    struct template_set *templates;
    struct roster *roster;
    struct broadcast *broadcast;
    struct resolution *resolution;
    struct plan *plan;
    struct store *store;
};

static void must(bool ok, const GError *error, const char *what)
{
    if (!ok)
        g_error("%s: %s", what, error ? error->message : "failed");
}

static void must_be_faultless(struct faults *f)
{
    g_autofree char *text = faults_to_text(f);
    if (faults_any(f))
        g_error("%s", text);
}

static struct roster *roster_of(guint n, const struct directory *d, struct faults *f)
{
    g_autoptr(GString) m = g_string_new("mission,country,name,kind,street,city,state,zip,lat,lon,"
                                        "timezone,county_fips,threat_level,office,origin\n");
    g_autoptr(GString) r = g_string_new("mission,rank,name,language,email,phone,webhook,exercises,"
                                        "valid_from,valid_to\n");
    for (guint i = 1; i <= n; i++) {
        g_string_append_printf(m,
                               "m-%u,FR,Consulate %u,consulate,,Chicago,IL,60604,41.8781,-87.6291,"
                               "America/Chicago,17031,low,,synthetic\n",
                               i, i);
        g_string_append_printf(r, "m-%u,1,Liaison %u,en,liaison@m-%u.example,,,yes,2024-01-01,\n",
                               i, i, i);
    }
    const struct roster_csv_file missions = { "missions.csv", m->str, m->len },
                                 people = { "representatives.csv", r->str, r->len };
    return roster_csv_read(&missions, &people, d, f);
}

static struct broadcast *broadcast_of(void)
{
    struct broadcast *b = broadcast_new();
    struct message *m = g_new0(struct message, 1);
    b->id = g_strdup("01920000-0000-7000-8000-000000000001");
    b->identifier = g_strdup("BENCH-1");
    b->sender = g_strdup("bench@dss.example");
    b->sent.ms = NOW_MS;
    b->expires.ms = NOW_MS + 3600000;
    b->status = STATUS_ACTUAL;
    b->urgency = URGENCY_IMMEDIATE;
    b->severity = SEVERITY_SEVERE;
    b->audience = audience_new();
    b->audience->everyone = true;
    m->language = g_strdup("en");
    m->headline = g_strdup("Streets closed downtown");
    m->description = g_strdup("Use the northern entrance.");
    g_ptr_array_add(b->messages, m);
    return b;
}

static void prepare(struct event *e, const char *dir, const char *source, guint n)
{
    struct faults *f = faults_new();
    GError *error = NULL;
    const struct store_options o = { .dir = dir,
                                     .checkpoint_bytes = 4 << 20,
                                     .seal = delivery_record_seal };
    const char *names[] = { "offices", "desks", "partners", "calendars" };
    g_autofree char *templates = g_build_filename(source, "conf/templates", NULL);
    char *files[G_N_ELEMENTS(names)];
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        files[i] = g_strdup_printf("%s/conf/%s.conf", source, names[i]);
    e->directory = config_directory_load(files[0], files[1], files[2], files[3], f);
    must_be_faultless(f);
    e->templates = template_set_load(templates, f);
    e->roster = roster_of(n, e->directory, f);
    must_be_faultless(f);
    e->broadcast = broadcast_of();
    e->store = ops->open(&o, &error);
    must(e->store != NULL, error, "open the store");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        g_free(files[i]);
    faults_free(f);
}

G_GNUC_NO_INLINE static void stage_plan(struct event *e)
{
    struct faults *f = faults_new();
    const struct plan_policy policy = { .test_recipient = "" };
    e->resolution = resolution_make(e->broadcast->audience, e->roster, e->directory, NOW_MS, "", f);
    must_be_faultless(f);
    e->plan = plan_make(e->broadcast, e->resolution, &policy, f);
    must(e->plan != NULL, NULL, "plan");
    faults_free(f);
}

G_GNUC_NO_INLINE static void stage_store(struct event *e)
{
    GError *error = NULL;
    struct broadcast_row row = { .id = e->broadcast->id,
                                 .identifier = e->broadcast->identifier,
                                 .sender = e->broadcast->sender,
                                 .sent_ms = NOW_MS,
                                 .deadline_ms = e->plan->deadline_ms,
                                 .state = BROADCAST_RELEASED,
                                 .link_key = (char *)"0123456789abcdef" };
    must(ops->begin(e->store, &error) &&
             ops->broadcast_insert(e->store, &row, e->plan, NULL, 0, &error) &&
             ops->commit(e->store, &error),
         error, "store");
    plan_number(e->plan, row.no);
}

/* Of the notices to representatives, or of those to desks, which list every mission. */
static void render_all(struct event *e, bool desks,
                       void (*render)(const struct notice *n, void *arg), void *arg)
{
    for (guint i = 0; i < e->plan->notifications->len; i++) {
        const struct notification *n = e->plan->notifications->pdata[i];
        const guint ordinal = g_array_index(n->obligations, uint32_t, 0) - 1;
        struct obligation *o = e->plan->obligations->pdata[ordinal];
        if ((o->kind != OBLIGATION_REPRESENTATIVE) != desks)
            continue;
        g_autoptr(GPtrArray) obligations = g_ptr_array_new(), missions = g_ptr_array_new();
        g_ptr_array_add(obligations, o);
        if (desks)
            g_ptr_array_extend(missions, e->plan->missions, NULL, NULL);
        else
            g_ptr_array_add(missions, e->plan->missions->pdata[ordinal % e->plan->missions->len]);
        const struct notice notice = { .broadcast = e->broadcast,
                                       .notification = n,
                                       .obligations = obligations,
                                       .missions = missions,
                                       .directory = e->directory,
                                       .now_ms = NOW_MS };
        render(&notice, arg);
    }
}

struct press_room {
    struct template_set *templates;
    struct mail_press *press;
};

static void render_mail(const struct notice *n, void *arg)
{
    static const struct mail_settings settings = { "bench@dss.example",
                                                   "Diplomatic Security Service", "", "dss.example",
                                                   0 };
    const struct press_room *r = arg;
    GError *error = NULL;
    g_autoptr(GBytes) mail = mail_message_render(n, r->templates, &settings, r->press, &error);
    must(mail != NULL, error, "render");
}

G_GNUC_NO_INLINE static void stage_mail(struct event *e)
{
    struct press_room r = { e->templates, mail_press_new() };
    render_all(e, false, render_mail, &r);
    mail_press_free(r.press);
}

G_GNUC_NO_INLINE static void stage_desks(struct event *e)
{
    struct press_room r = { e->templates, mail_press_new() };
    render_all(e, true, render_mail, &r);
    mail_press_free(r.press);
}

struct hook_room {
    struct webhook_keys keys;
    struct notice_forms *forms;
};

static void render_webhook(const struct notice *n, void *arg)
{
    const struct hook_room *r = arg;
    webhook_message_free(webhook_message_render(n, "bench", &r->keys, r->forms));
}

G_GNUC_NO_INLINE static void stage_webhook(struct event *e)
{
    struct hook_room r = { .forms = webhook_message_forms() };
    g_autofree char *why = NULL;
    must(webhook_keys_parse(&r.keys, "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3\n", &why), NULL, "keys");
    render_all(e, false, render_webhook, &r);
    webhook_keys_clear(&r.keys);
    notice_forms_free(r.forms);
}

static struct record *accepted(const struct event *e, struct notification *n)
{
    struct record *r = record_new("notification.accepted", NOW_MS);
    n->attempt++;
    notification_move(n, NOTIFICATION_ON_ACCEPTED);
    r->status = g_strdup("actual");
    r->broadcast = g_strdup(e->broadcast->id);
    r->recipient = g_strdup(n->recipient);
    r->channel = g_strdup(channel_names[n->channel]);
    r->endpoint = g_strdup(n->endpoint);
    r->outcome = g_strdup("accepted");
    r->reply = g_strdup("250 2.0.0 Ok: queued");
    return r;
}

static void settle_all(struct event *e, const GPtrArray *claimed)
{
    GError *error = NULL;
    g_autoptr(GPtrArray) records = g_ptr_array_new_with_free_func((GDestroyNotify)record_free);
    for (guint i = 0; i < claimed->len; i++)
        g_ptr_array_add(records, accepted(e, claimed->pdata[i]));
    must(ops->settle_accepted(e->store, (struct notification *const *)claimed->pdata, claimed->len,
                              &error) &&
             ops->journal_append_all(e->store, (struct record *const *)records->pdata, records->len,
                                     &error),
         error, "settle");
}

G_GNUC_NO_INLINE static void stage_settle(struct event *e)
{
    for (guint settled = 0; settled < e->plan->notifications->len;) {
        GError *error = NULL;
        g_autoptr(GPtrArray) out =
            g_ptr_array_new_with_free_func((GDestroyNotify)notification_free);
        int64_t next;
        bool more;
        must(ops->begin(e->store, &error) && ops->claim(e->store, "smtp", URGENCY_IMMEDIATE, BATCH,
                                                        NOW_MS, out, &next, &more, &error),
             error, "claim");
        must(out->len > 0, NULL, "nothing was claimed");
        settle_all(e, out);
        must(ops->commit(e->store, &error), error, "commit");
        settled += out->len;
    }
}

G_GNUC_NO_INLINE static void yardstick(guint n)
{
    g_autofree char *bytes = g_strnfill(YARD_BYTES, 'x');
    for (guint i = 0; i < n; i++) {
        g_autofree char *base64 = g_base64_encode((const guchar *)bytes, YARD_BYTES);
        g_free(g_compute_checksum_for_string(G_CHECKSUM_SHA256, base64, -1));
    }
}

int main(int argc, char **argv)
{
    struct event e = { 0 };
    const guint n = argc == 4 ? (guint)g_ascii_strtoull(argv[3], NULL, 10) : 0;
    if (!n) {
        fprintf(stderr, "usage: bench_guard DIR SOURCE NOTIFICATIONS\n");
        return 2;
    }
    prepare(&e, argv[1], argv[2], n);
    stage_plan(&e);
    stage_store(&e);
    stage_mail(&e);
    stage_desks(&e);
    stage_webhook(&e);
    stage_settle(&e);
    yardstick(n);
    printf("%u notifications\n", e.plan->notifications->len);
    ops->close(e.store);
    plan_free(e.plan);
    resolution_free(e.resolution);
    broadcast_unref(e.broadcast);
    roster_unref(e.roster);
    template_set_unref(e.templates);
    directory_unref(e.directory);
    return 0;
}
