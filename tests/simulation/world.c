#include "world.h"

#include "base/log.h"
#include "base/mailbox.h"
#include "flow/preview.h"
#include "flow/roster_keeper.h"
#include "flow/sweeps.h"
#include "flow/waiting.h"
#include "wire/delivery_record.h"
#include "world_setting.h"

/* How long what was learnt may have waited in memory, where a crash finds it: a retry or two of a
 * store that is well again, and much longer while it fails. */
#define WORLD_UNSTORED_MS 6000
#define WORLD_UNSTORED_FAILING_MS 300000
#define WORLD_CHECKPOINT_BYTES (1 << 20)

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
    s->unwell_ms = MAX(virtual_store_unwell_ms(w->service.store), w->started_ms);
    s->kind = a->kind;
    s->reply_code = a->code;
    s->ends_ms = a->after_ms < 0 ? INT64_MAX : n->now_ms + a->after_ms;
    s->attempt = n->notification->attempt + 1;
    s->missions = n->missions->len;
    s->obligations = n->obligations->len;
    for (guint i = 0; i < n->obligations->len; i++)
        s->parts |= 1u << ((struct obligation *)g_ptr_array_index(n->obligations, i))->part;
    note_whom(s, n);
    g_ptr_array_add(w->sent, s);
}

static void fake_send(struct channel *c, const struct notice *n, void *made, channel_done_fn done,
                      void *ctx)
{
    (void)made;
    struct world *w = ((struct fake_channel *)c)->world;
    struct reaction answer = { 0 };
    if (w->answers && !w->dying)
        answer = w->answers(n, w->ctx);
    if (!w->dying)
        note(w, n, &answer);
    struct attempt *a = g_new0(struct attempt, 1);
    a->world = w;
    a->done = done;
    a->ctx = ctx;
    a->outcome = outcome_new(answer.kind, MAX(answer.code, 0), outcome_names[answer.kind]);
    a->outcome->retry_after_ms = answer.retry_after_ms;
    a->outcome->endpoint_gone = answer.gone;
    a->outcome->whole_destination = answer.code == WORLD_NO_SESSION;
    a->timer = loop_timer_new(w->service.loop, fire, a);
    g_ptr_array_add(w->hanging, a);
    if (answer.after_ms >= 0)
        loop_timer_arm(a->timer, answer.after_ms);
}

static const struct channel_ops fake_ops[] = {
    [CHANNEL_SMTP] = { .name = "fake mail", .quick = true, .send = fake_send, FAKE_CHANNEL },
    [CHANNEL_WEBHOOK] = { .name = "fake webhook", .send = fake_send, FAKE_CHANNEL },
};

static void start_flow(struct world *w)
{
    struct service *s = &w->service;
    for (int k = CHANNEL_SMTP; k <= CHANNEL_WEBHOOK; k++) {
        w->fakes[k] = (struct fake_channel){ { &fake_ops[k] }, w };
        w->channels[k] = &w->fakes[k].channel;
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
    w->watch = loop_watch_mailbox(s->loop, w->completions, store_completion_run, NULL, NULL);
    struct store_options o = { .dir = world_storage_dir(),
                               .checkpoint_bytes = WORLD_CHECKPOINT_BYTES,
                               .seal = delivery_record_seal };
    s->store = store_thread_new(world_storage_enter(w->storage), &o, w->completions, &error);
    if (!s->store)
        g_error("%s", error->message);
    start_flow(w);
}

static GPtrArray *make_masters(void)
{
    GPtrArray *masters = g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add(masters, g_bytes_new_static("a master key of the simulation's", 32));
    return masters;
}

struct world *world_new(const struct world_roster *r)
{
    g_log_set_always_fatal(G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
    struct world *w = g_new0(struct world, 1);
    log_set_level(g_getenv("LIAISOND_SEED") ? LOG_LEVEL_DEBUG : LOG_LEVEL_ERROR + 1);
    w->storage = world_storage_take(r->storage, r->seed);
    w->sent = g_ptr_array_new_with_free_func((GDestroyNotify)sent_free);
    w->hanging = g_ptr_array_new_with_free_func((GDestroyNotify)attempt_free);
    w->service.config = world_config(r);
    w->service.templates = world_templates(w->service.config);
    if (r->acknowledge)
        service_set_masters(&w->service, make_masters());
    w->service.roster = world_roster(r, w->service.config);
    world_start(w, WORLD_START_MS);
    return w;
}

static void drop_flow(struct world *w)
{
    struct service *s = &w->service;
    dispatch_free(s->dispatch);
    sweeps_free(s);
    delivery_log_free(s->log);
    g_clear_pointer(&s->store_fault, g_free);
}

/* Attempts in flight and work not yet begun vanish; so do the allocations that only they held,
 * which is why a crash lets the store finish nothing and the process leak nothing that a test would
 * miss. */
void world_crash(struct world *w)
{
    struct service *s = &w->service;
    w->dying = true;
    world_storage_crash(w->storage);
    int64_t unstored_ms = s->store_fault ? WORLD_UNSTORED_FAILING_MS : WORLD_UNSTORED_MS;
    for (guint i = 0; i < w->hanging->len; i++)
        loop_timer_disarm(((struct attempt *)g_ptr_array_index(w->hanging, i))->timer);
    roster_keeper_stop(s);
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
    w->dying = false;
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
    world_storage_give(w->storage);
    g_free(w);
}

void world_set_roster(struct world *w, const struct world_roster *r)
{
    service_set_roster(&w->service, world_roster(r, w->service.config));
}

void world_reload(struct world *w)
{
    struct service *s = &w->service;
    service_set_config(s, config_ref(s->config));
    service_set_templates(s, template_set_ref(s->templates));
    service_set_roster(s, roster_ref(s->roster));
    dispatch_reload(s->dispatch);
    sweeps_reload(s);
}

int64_t world_now_ms(const struct world *w)
{
    return service_now_ms(&w->service);
}

void world_run_for(struct world *w, int64_t ms)
{
    virtual_run_until(w->service.loop, world_now_ms(w) + ms);
}
