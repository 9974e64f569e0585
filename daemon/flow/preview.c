#include "flow/preview.h"

#include "model/reach.h"
#include "model/release.h"
#include "wire/broadcast_json.h"
#include "wire/cap.h"
#include "wire/cap_broadcast.h"
#include "wire/preview_json.h"

static struct plan_policy policy_of(const struct config *c)
{
    struct plan_policy p = { .test_recipient = c->mail.test_recipient };
    for (size_t i = 0; i < G_N_ELEMENTS(p.deadline_s); i++)
        p.deadline_s[i] = c->dispatch.deadline_s[i];
    return p;
}

static void check_life(const struct broadcast *b, int64_t at_ms, bool strict, struct faults *f)
{
    if (b->expires.ms == 0 || b->expires.ms > at_ms)
        return;
    g_autofree char *when = timestamp_format(&b->expires);
    if (strict)
        faults_add(f, "/expires", "expired", "the broadcast expired at %s; nothing is sent", when);
    else
        faults_warn(f, "/expires", "expired", "it expired at %s and could not be sent", when);
}

/* In JSON it is refused; in CAP, where even monthly tests come as Actual, a person decides. */
static void check_words(struct preview *p, bool hold, struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    size_t index;
    const char *words = release_contradiction(b, &index);
    if (!words)
        return;
    g_autofree char *place = g_strdup_printf("/messages/%zu", index);
    g_autofree char *why = g_strdup_printf("the text says \"%s\", but the status is \"%s\"", words,
                                           broadcast_status_names[b->status]);
    if (hold && !p->hold)
        p->hold = g_strdup(why);
    if (hold)
        faults_warn(f, place, "contradicts-status", "%s", why);
    else
        faults_add(f, place, "contradicts-status", "%s", why);
}

/* A cancel has no missions of its own: it goes to whom its alert went. */
static void plan_nothing(struct preview *p, struct service *s, int64_t at_ms)
{
    int64_t life_ms = s->config->dispatch.deadline_s[p->broadcast->urgency] * 1000;
    p->plan = plan_new();
    p->plan->as_of_ms = at_ms;
    p->plan->deadline_ms = p->broadcast->expires.ms ? p->broadcast->expires.ms : at_ms + life_ms;
    p->resolution = resolution_empty(s->roster, s->config->directory, at_ms);
}

static void resolve(struct preview *p, struct service *s, int64_t at_ms, struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    if (b->type == TYPE_CANCEL) {
        plan_nothing(p, s, at_ms);
        return;
    }
    if (!b->audience)
        return;
    struct resolution *r =
        resolution_make(b->audience, s->roster, s->config->directory, at_ms, "/audience", f);
    if (!r || faults_any(f)) {
        if (r)
            resolution_free(r);
        return;
    }
    struct plan_policy policy = policy_of(s->config);
    p->resolution = r;
    p->plan = plan_make(b, r, &policy, f);
}

static struct preview *preview_new(struct broadcast *b /* taken */)
{
    struct preview *p = g_new0(struct preview, 1);
    p->broadcast = b;
    p->expect_missions = -1;
    return p;
}

static void look(struct preview *p, struct service *s, int64_t at_ms, bool strict, struct faults *f)
{
    check_life(p->broadcast, at_ms, strict, f);
    if (!p->hold)
        resolve(p, s, at_ms, f);
}

struct preview *preview_of(struct service *s, struct broadcast *b, int64_t at_ms, bool strict,
                           struct faults *f)
{
    struct preview *p = preview_new(broadcast_ref(b));
    look(p, s, at_ms, strict, f);
    return p;
}

static struct preview *read_json(const char *body, size_t len, struct faults *f)
{
    struct broadcast_request request = { .expect_missions = -1 };
    struct broadcast *b = broadcast_json_read(body, len, 0, &request, f);
    if (!b)
        return NULL;
    struct preview *p = preview_new(b);
    p->expect_missions = request.expect_missions;
    return p;
}

static struct preview *read_cap(const struct config *c, const char *body, size_t len,
                                struct faults *f)
{
    struct cap_alert *a = cap_read(body, len, (enum cap_version)c->cap.oldest, f);
    if (!a)
        return NULL;
    struct cap_reading reading = { 0 };
    struct preview *p = NULL;
    if (cap_to_broadcast(a, &reading, f)) {
        p = preview_new(reading.broadcast);
        p->hold = reading.hold;
    }
    cap_alert_free(a);
    return p;
}

struct preview *preview_make(struct service *s, const char *type, const char *body, size_t len,
                             int64_t at_ms, bool strict, struct faults *f)
{
    struct preview *p = g_str_equal(type, PREVIEW_CAP) ? read_cap(s->config, body, len, f)
                                                       : read_json(body, len, f);
    if (!p)
        return NULL;
    check_words(p, g_str_equal(type, PREVIEW_CAP), f);
    look(p, s, at_ms, strict, f);
    return p;
}

void preview_free(struct preview *p)
{
    if (!p)
        return;
    if (p->plan)
        plan_free(p->plan);
    if (p->resolution)
        resolution_free(p->resolution);
    broadcast_unref(p->broadcast);
    g_free(p->hold);
    g_free(p);
}

char *preview_json(const struct preview *p, const struct faults *f)
{
    return preview_json_write(p->resolution, p->plan, f);
}
