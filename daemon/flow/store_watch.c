#include "flow/store_watch.h"

#include "base/log.h"
#include "base/timestamp.h"
#include "flow/delivery_log.h"
#include "wire/broadcast_json.h"
#include <string.h>

#define STORE_WATCH_KEY "store_watch_ms" /* what the store is asked to write */

struct store_watch {
    struct service *service;
    struct chores *chores;
    struct channel *const *channels;
    char *reason; /* of the first failure; NULL: the store is well */
    int64_t since_ms, since_mono_ms;
    int64_t ask_mono_ms; /* the alarm is tried (again) from here on */
    bool probing, told;
    bool in_its_place;         /* the Command Center is next, as the desk could not be told */
    unsigned on_their_way;     /* alarms that were handed to a channel */
    int64_t log_since_mono_ms; /* -1: the delivery log is not behind */
    bool log_told;
};

static int64_t monotonic_ms(const struct store_watch *w)
{
    const struct clock *c = w->service->clock;
    return c->monotonic_ms(c);
}

/* --- is it back? --- */

struct probe {
    struct store_watch *watch;
    int64_t now_ms;
};

static bool write_it(struct store *s, void *arg, GError **error)
{
    g_autofree char *now =
        g_strdup_printf("%" G_GINT64_FORMAT, ((const struct probe *)arg)->now_ms);
    return s->ops->meta_set(s, STORE_WATCH_KEY, now, error);
}

static void written(void *arg, const GError *error)
{
    struct probe *p = arg;
    p->watch->probing = false;
    service_note_store(p->watch->service, error);
    g_free(p);
}

static void probe(struct store_watch *w)
{
    if (w->probing)
        return;
    struct probe *p = g_new0(struct probe, 1);
    p->watch = w;
    p->now_ms = service_now_ms(w->service);
    w->probing = true;
    store_thread_submit(w->service->store, write_it, written, p);
}

/* --- the alarm that cannot be queued --- */

struct telling {
    struct store_watch *watch;
    char *endpoint;
};

static void told(struct outcome *out, void *ctx)
{
    struct telling *t = ctx;
    t->watch->on_their_way--;
    t->watch->told = t->watch->told || out->kind == OUTCOME_ACCEPTED;
    log_event(out->kind == OUTCOME_ACCEPTED ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "store.alarm",
              LOG_STR("endpoint", t->endpoint), LOG_STR("outcome", outcome_names[out->kind]),
              LOG_STR("reason", out->reply));
    outcome_free(out);
    g_free(t->endpoint);
    g_free(t);
}

/* Here and now: it is short, and there are few. */
static void make_and_send(struct channel *ch, const struct notice *n, struct telling *t)
{
    g_autoptr(GError) error = NULL;
    void *made = ch->ops->make(ch, n, ROOM_NONE, &error);
    if (made)
        ch->ops->send(ch, n, made, told, t);
    else
        told(outcome_new(OUTCOME_REFUSED, 0, error->message), t);
}

static void send(struct store_watch *w, const struct alarm *a, const struct broadcast *b)
{
    g_autoptr(GPtrArray) nobody = g_ptr_array_new();
    for (guint i = 0; i < a->plan->notifications->len; i++) {
        struct notification *n = g_ptr_array_index(a->plan->notifications, i);
        struct notice notice = { .broadcast = b,
                                 .notification = n,
                                 .obligations = a->plan->obligations,
                                 .missions = nobody,
                                 .directory = w->service->config->directory,
                                 .now_ms = service_now_ms(w->service),
                                 .base_url = "" };
        struct telling *t = g_new0(struct telling, 1);
        t->watch = w;
        t->endpoint = g_strdup(n->endpoint);
        n->id = (int64_t)i + 1;
        w->on_their_way++;
        make_and_send(w->channels[n->channel], &notice, t);
    }
}

static struct alarm *compose(const struct store_watch *w)
{
    g_autofree char *since = timestamp_format_utc_s(w->since_ms);
    g_autofree char *text = g_strdup_printf(
        "Since %s the daemon %s cannot write its store in %s: %s.\n\n"
        "New broadcasts are refused with status 503, and answers of representatives cannot be "
        "taken. What was taken before goes on being sent as far as it is in memory. Look at the "
        "disk: is it full, read-only, failing? When it can be written again the daemon goes on by "
        "itself; do not restart it before.",
        since, w->service->config->node, w->service->config->store.dir, w->reason);
    return alarm_new(w->service->config, w->in_its_place ? ALARM_COMMAND_CENTER : ALARM_DUTY_DESK,
                     "alarm.store", "",
                     "The daemon cannot store anything and refuses new broadcasts", text,
                     service_now_ms(w->service));
}

static void tell(struct store_watch *w)
{
    w->ask_mono_ms = monotonic_ms(w) + STORE_WATCH_AGAIN_MS;
    struct alarm *a = compose(w);
    w->in_its_place = !w->in_its_place;
    if (!a)
        return;
    struct faults *f = faults_new();
    struct broadcast *b = broadcast_json_read_stored(a->row->body, strlen(a->row->body), f);
    if (b) {
        b->id = g_strdup(a->row->id);
        send(w, a, b);
        broadcast_unref(b);
    }
    faults_free(f);
    alarm_free(a);
}

/* --- the course of it --- */

static void begin(struct store_watch *w)
{
    w->reason = g_strdup(w->service->store_fault);
    w->since_ms = service_now_ms(w->service);
    w->since_mono_ms = monotonic_ms(w);
    w->ask_mono_ms = w->since_mono_ms + STORE_WATCH_ALARM_MS;
    w->told = w->in_its_place = false;
}

static void end(struct store_watch *w)
{
    struct chore what = { .record = service_record(w->service, "store.outage") };
    g_autofree char *since = timestamp_format_utc_s(w->since_ms);
    int64_t lasted_s = (monotonic_ms(w) - w->since_mono_ms) / 1000;
    what.record->reply = g_strdup_printf("nothing could be stored since %s, for %" G_GINT64_FORMAT
                                         " s: %s; the duty desk was %s",
                                         since, lasted_s, w->reason, w->told ? "told" : "not told");
    if (w->told)
        what.alarm = alarm_new(w->service->config, ALARM_DUTY_DESK, "alarm.store", "",
                               "The daemon can store again and takes broadcasts",
                               what.record->reply, service_now_ms(w->service));
    chores_add(w->chores, what);
    g_clear_pointer(&w->reason, g_free);
}

static void look_at_the_store(struct store_watch *w)
{
    if (!w->service->store_fault) {
        if (w->reason)
            end(w);
        return;
    }
    if (!w->reason)
        begin(w);
    probe(w);
    if (!w->told && w->on_their_way == 0 && monotonic_ms(w) >= w->ask_mono_ms)
        tell(w);
}

static void alarm_the_log(struct store_watch *w)
{
    const struct config *c = w->service->config;
    g_autofree char *text = g_strdup_printf(
        "The daemon %s cannot write its delivery log %s. Nothing is lost and no delivery waits for "
        "it: the log catches up from the store by itself. Look at the disk that it is on.",
        c->node, c->delivery_log.file);
    struct chore what = { .alarm = alarm_new(c, ALARM_DUTY_DESK, "alarm.delivery_log", "",
                                             "The delivery log cannot be written", text,
                                             service_now_ms(w->service)) };
    chores_add(w->chores, what);
}

static void look_at_the_log(struct store_watch *w)
{
    int64_t written_seq;
    bool behind;
    delivery_log_stats(w->service->log, &written_seq, &behind);
    if (!behind) {
        w->log_since_mono_ms = -1;
        w->log_told = false;
    } else if (w->log_since_mono_ms < 0) {
        w->log_since_mono_ms = monotonic_ms(w);
    } else if (!w->log_told && monotonic_ms(w) - w->log_since_mono_ms >= STORE_WATCH_LOG_MS) {
        w->log_told = true;
        alarm_the_log(w);
    }
}

void store_watch_look(struct store_watch *w)
{
    look_at_the_store(w);
    look_at_the_log(w);
}

struct store_watch *store_watch_new(struct service *s, struct chores *chores,
                                    struct channel *const channels[])
{
    struct store_watch *w = g_new0(struct store_watch, 1);
    w->service = s;
    w->chores = chores;
    w->channels = channels;
    w->log_since_mono_ms = -1;
    return w;
}

void store_watch_free(struct store_watch *w)
{
    g_free(w->reason);
    g_free(w);
}
