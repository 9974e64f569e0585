#include "flow/campaign.h"

#include "base/log.h"
#include "flow/alarm.h"
#include "flow/asking.h"
#include "flow/climb.h"
#include "flow/delivery_log.h"
#include "flow/dispatch.h"
#include "flow/sweep.h"
#include "model/resolution.h"
#include "wire/audience_json.h"
#include "wire/matter_text.h"

#include <string.h>

#define DAY_MS (INT64_C(24) * 3600 * 1000)
#define EVERYONE "{\"everyone\":true}"

struct start {
    struct service *service;
    struct campaign_row *row;
    struct alarm *alarm;
    char *node;
    int64_t ladder_ms; /* the first reminder; INT64_MAX: none */
    campaign_done_fn done;
    void *ctx;
};

/* --- whom it asks --- */

static void add_mission(const struct resolved_mission *rm, GArray *to, GPtrArray *names,
                        GPtrArray *missions)
{
    g_ptr_array_add(missions, affected_mission_make(rm));
    for (guint i = 0; i < rm->representatives->len; i++) {
        const struct representative *p = g_ptr_array_index(rm->representatives, i);
        char *name = g_strdup_printf("%s/%u", rm->mission->id, p->rank);
        struct alarm_recipient one = { .kind = OBLIGATION_REPRESENTATIVE,
                                       .recipient = name,
                                       .name = p->name,
                                       .language = p->language,
                                       .phone = p->phone,
                                       .email = p->email,
                                       .webhook = p->webhook,
                                       .rank = p->rank,
                                       .asks = true,
                                       .mission = rm->mission->id };
        g_ptr_array_add(names, name);
        g_array_append_val(to, one);
    }
}

static int64_t set_ladder(const struct config *c, const struct alarm *a)
{
    int64_t first_ms = INT64_MAX;
    struct broadcast *b = broadcast_new();
    b->status = a->row->status;
    b->urgency = a->row->urgency;
    for (guint i = 0; i < a->plan->obligations->len; i++) {
        struct obligation *o = g_ptr_array_index(a->plan->obligations, i);
        o->ladder_due_ms = asking_ladder_due_ms(c, b, THREAT_LOW, o);
        if (o->ladder_due_ms > 0)
            first_ms = MIN(first_ms, o->ladder_due_ms);
    }
    broadcast_unref(b);
    return first_ms;
}

static struct alarm *make_alarm(struct service *s, const struct resolution *r,
                                const struct campaign_row *row)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) missions = g_ptr_array_new();
    g_autoptr(GArray) to = g_array_new(FALSE, FALSE, sizeof(struct alarm_recipient));
    for (guint i = 0; i < r->missions->len; i++)
        add_mission(g_ptr_array_index(r->missions, i), to, names, missions);
    struct matter_words words = { .until_ms = row->ends_ms };
    g_autoptr(GPtrArray) messages = matter_text(s->templates, MATTER_SAYS_CAMPAIGN, &words);
    struct alarm_message m = { .name = "campaign",
                               .event = "campaign.started",
                               .messages = messages,
                               .urgency = URGENCY_FUTURE,
                               .life_ms = row->ends_ms - row->started_ms,
                               .missions = missions,
                               .masters = s->masters };
    struct alarm *a =
        alarm_to(s->config, &m, (const struct alarm_recipient *)(const void *)to->data, to->len,
                 row->started_ms);
    if (a)
        a->row->representatives = a->plan->obligations->len;
    return a;
}

/* --- starting --- */

static void finish(struct start *t, struct campaign_result r)
{
    t->done(&r, t->ctx);
    campaign_row_free(t->row);
    alarm_free(t->alarm);
    g_free(t->node);
    g_free(t);
}

static bool store_it(struct store *s, void *arg, GError **error)
{
    struct start *t = arg;
    if (!alarm_store(s, t->alarm, t->node, t->row->started_ms, error))
        return false;
    t->row->no = t->alarm->row->no;
    return s->ops->campaign_put(s, t->row, error);
}

static void stored(void *arg, const GError *error)
{
    struct start *t = arg;
    struct service *s = t->service;
    service_note_store(s, error);
    if (error) {
        finish(t, (struct campaign_result){ .outcome = CAMPAIGN_UNAVAILABLE,
                                            .reason = error->message });
        return;
    }
    dispatch_wake_plan(s->dispatch, t->alarm->plan);
    sweep_note(s->expiry, t->alarm->plan->deadline_ms);
    if (t->ladder_ms != INT64_MAX)
        climb_note(s->climb, t->ladder_ms);
    delivery_log_wake(s->log);
    log_event(LOG_LEVEL_INFO, "campaign.started", LOG_STR("id", t->row->id),
              LOG_STR("by", t->row->author), LOG_INT("asked", t->alarm->plan->obligations->len));
    finish(t, (struct campaign_result){ .outcome = CAMPAIGN_DONE, .row = t->row });
}

static void start(struct start *t, const struct resolution *r)
{
    struct service *s = t->service;
    t->alarm = make_alarm(s, r, t->row);
    bool asks = t->alarm && *t->alarm->row->link_key;
    if (!asks) {
        finish(t, (struct campaign_result){
                      .outcome = CAMPAIGN_NOT_ALLOWED,
                      .reason = t->alarm ? "personal links are not configured "
                                           "(acknowledge.base_url, webhook.signing_keys_file): "
                                           "nobody could answer"
                                         : "none of those missions has a valid representative" });
        return;
    }
    t->row->id = g_strdup(t->alarm->row->id);
    t->ladder_ms = set_ladder(s->config, t->alarm);
    store_thread_submit(s->store, store_it, stored, t);
}

void campaign_start(struct service *s, const struct campaign_request *q, campaign_done_fn done,
                    void *ctx)
{
    const char *text = q->audience ? q->audience : EVERYONE;
    struct faults *f = faults_new();
    struct audience *a = audience_json_parse(text, strlen(text), f);
    int64_t now_ms = service_now_ms(s);
    struct resolution *r =
        a ? resolution_make(a, s->roster, s->config->directory, now_ms, "/audience", f) : NULL;
    struct start *t = g_new0(struct start, 1);
    *t = (struct start){ .service = s, .ladder_ms = INT64_MAX, .done = done, .ctx = ctx };
    t->node = g_strdup(s->config->node);
    t->row = g_new0(struct campaign_row, 1);
    *t->row = (struct campaign_row){ .started_ms = now_ms,
                                     .ends_ms = now_ms + q->days * DAY_MS,
                                     .author = g_strdup(q->principal),
                                     .audience = g_strdup(text) };
    if (r)
        start(t, r);
    else
        finish(t, (struct campaign_result){ .outcome = CAMPAIGN_INVALID, .faults = f });
    g_clear_pointer(&r, resolution_free);
    g_clear_pointer(&a, audience_free);
    faults_free(f);
}

/* --- looking --- */

struct look {
    char *id;
    GPtrArray *rows, *obligations;
    const struct campaign_row *found;
    campaign_done_fn done;
    void *ctx;
};

static bool look_at(struct store *s, void *arg, GError **error)
{
    struct look *k = arg;
    if (!s->ops->campaign_list(s, k->rows, error))
        return false;
    for (guint i = 0; i < k->rows->len && !k->found; i++) {
        const struct campaign_row *row = g_ptr_array_index(k->rows, i);
        k->found = g_str_equal(row->id, k->id) ? row : NULL;
    }
    return !k->found || s->ops->obligations(s, k->found->no, k->obligations, error);
}

static void looked(void *arg, const GError *error)
{
    struct look *k = arg;
    struct campaign_result r = { .outcome = k->found ? CAMPAIGN_DONE : CAMPAIGN_NOT_FOUND,
                                 .row = k->found,
                                 .obligations = k->obligations };
    if (error)
        r = (struct campaign_result){ .outcome = CAMPAIGN_UNAVAILABLE, .reason = error->message };
    k->done(&r, k->ctx);
    g_ptr_array_unref(k->rows);
    g_ptr_array_unref(k->obligations);
    g_free(k->id);
    g_free(k);
}

void campaign_show(struct service *s, const char *id, campaign_done_fn done, void *ctx)
{
    struct look *k = g_new0(struct look, 1);
    k->id = g_strdup(id);
    k->done = done;
    k->ctx = ctx;
    k->rows = g_ptr_array_new_with_free_func((GDestroyNotify)campaign_row_free);
    k->obligations = g_ptr_array_new_with_free_func((GDestroyNotify)obligation_free);
    store_thread_submit(s->store, look_at, looked, k);
}
