#include "flow/preview.h"

#include "model/reach.h"
#include "model/release.h"
#include "wire/broadcast_json.h"
#include "wire/cap.h"
#include "wire/cap_broadcast.h"
#include "wire/preview_json.h"

static struct life_policy life_of(const struct config *c)
{
    struct life_policy p;
    for (size_t i = 0; i < G_N_ELEMENTS(p.deadline_s); i++)
        p.deadline_s[i] = c->dispatch.deadline_s[i];
    return p;
}

/* What stops a send is only told to who asks for a preview. */
static void object(struct faults *f, bool strict, const char *place, const char *code,
                   const char *why)
{
    if (strict)
        faults_add(f, place, code, "%s; nothing is sent", why);
    else
        faults_warn(f, place, code, "%s and could not be sent", why);
}

static void check_expiry(const struct broadcast *b, int64_t at_ms, bool strict, struct faults *f)
{
    if (b->expires.ms == 0 || b->expires.ms > at_ms)
        return;
    g_autofree char *when = timestamp_format(&b->expires);
    g_autofree char *why = g_strdup_printf("the broadcast expired at %s", when);
    object(f, strict, "/expires", "expired", why);
}

/* CAP lets it pass as odd; but what is held until it has expired never goes out. */
static void check_hold(const struct broadcast *b, int64_t at_ms, bool strict, struct faults *f)
{
    int64_t held_ms = life_held_until_ms(b, at_ms);
    if (held_ms && b->expires.ms && held_ms >= b->expires.ms)
        object(f, strict, "/effective", "end-before-begin",
               "the broadcast expires before it is effective");
}

static void check_ahead(const struct broadcast *b, int64_t at_ms, bool strict, struct faults *f)
{
    if (!life_is_ahead(b, at_ms))
        return;
    g_autofree char *when = timestamp_format(&b->sent);
    g_autofree char *why = g_strdup_printf("sent is %s, more than %d minutes in the future", when,
                                           (int)(LIFE_AHEAD_MS / 60000));
    object(f, strict, "/sent", "future", why);
}

/* An alert of yesterday that is fed in again must not go out as if it were news: in JSON its sender
 * says until when it is meant, in CAP a person decides. */
static void check_age(struct preview *p, const struct life_policy *life, int64_t at_ms, bool strict,
                      bool hold, struct faults *f)
{
    const struct broadcast *b = p->broadcast;
    if (!life_is_stale(b, at_ms, life))
        return;
    g_autofree char *when = timestamp_format(&b->sent);
    g_autofree char *why = g_strdup_printf(
        "sent is %s, longer ago than a broadcast of urgency %s lives, and there is no expires",
        when, broadcast_urgency_names[b->urgency]);
    bool stops = strict && b->status == STATUS_ACTUAL;
    if (stops && hold && !p->hold)
        p->hold = g_strdup(why);
    if (stops && !hold)
        faults_add(f, "/sent", "stale", "%s: give one, or send it anew", why);
    else
        faults_warn(f, "/sent", "stale", "%s", why);
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
    struct life_policy life = life_of(s->config);
    p->plan = plan_new();
    p->plan->as_of_ms = at_ms;
    p->plan->deadline_ms = life_deadline_ms(p->broadcast, at_ms, &life);
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
    struct plan_policy policy = { .test_recipient = s->config->mail.test_recipient,
                                  .life = life_of(s->config) };
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
    check_expiry(p->broadcast, at_ms, strict, f);
    check_hold(p->broadcast, at_ms, strict, f);
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
    bool cap = g_str_equal(type, PREVIEW_CAP);
    struct life_policy life = life_of(s->config);
    check_words(p, cap, f);
    check_ahead(p->broadcast, at_ms, strict, f);
    check_age(p, &life, at_ms, strict, cap, f);
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
    struct preview_facts v = {
        .broadcast = p->broadcast, .resolution = p->resolution, .plan = p->plan, .faults = f
    };
    return preview_json_write(&v);
}
