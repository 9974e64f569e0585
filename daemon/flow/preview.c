#include "flow/preview.h"

#include "flow/dispatch.h"
#include "flow/preview_check.h"
#include "flow/preview_scope.h"
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

/* A cancel has no missions of its own: it goes to whom its alert went. */
static void plan_nothing(struct preview *p, struct service *s, int64_t at_ms)
{
    struct life_policy life = life_of(s->config);
    p->plan = plan_new();
    p->plan->as_of_ms = at_ms;
    p->plan->deadline_ms = life_deadline_ms(p->broadcast, at_ms, &life);
    p->resolution = resolution_empty(s->roster, s->config->directory, at_ms);
}

/* Missions of an audience in CAP that cannot be told (a city of two states, a country without
 * missions) are a person's to name. */
static void take_faults(struct preview *p, const struct faults *own, struct faults *f)
{
    for (guint i = 0; i < own->warnings->len; i++) {
        const struct fault *w = g_ptr_array_index(own->warnings, i);
        faults_warn(f, w->place, w->code, "%s", w->detail);
    }
    for (guint i = 0; i < own->errors->len; i++) {
        const struct fault *e = g_ptr_array_index(own->errors, i);
        g_autofree char *why = g_strdup_printf("its target is not understood: %s", e->detail);
        if (p->is_cap)
            preview_hold(p, why);
        if (p->is_cap)
            faults_warn(f, e->place, e->code, "%s", e->detail);
        else
            faults_add(f, e->place, e->code, "%s", e->detail);
    }
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
    struct faults *own = faults_new();
    p->resolution =
        resolution_make(b->audience, s->roster, s->config->directory, at_ms, "/audience", own);
    take_faults(p, own, f);
    faults_free(own);
    if (p->resolution && (faults_any(f) || p->hold))
        g_clear_pointer(&p->resolution, resolution_free);
    if (!p->resolution)
        return;
    struct plan_policy policy = { .test_recipient = s->config->mail.test_recipient,
                                  .life = life_of(s->config),
                                  .proofs = s->proofs };
    p->plan = plan_make(b, p->resolution, &policy, f);
    if (p->plan)
        plan_warn_languages(p->plan, b, f);
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
    p->at_ms = at_ms;
    p->gone = dispatch_gone(s->dispatch);
    preview_check(p, s->config, at_ms, strict, f);
    if (!p->hold && !p->over)
        resolve(p, s, at_ms, f);
    preview_scope(p, s, at_ms, f);
}

struct preview *preview_of(struct service *s, struct broadcast *b, int64_t at_ms, bool strict,
                           struct faults *f)
{
    struct preview *p = preview_new(broadcast_ref(b));
    look(p, s, at_ms, strict, f);
    return p;
}

/* Of one that is refused already: its sender hears at once what is wrong with whom it is for. */
static void complain_of_audience(struct service *s, struct audience *a /* taken */, int64_t at_ms,
                                 struct faults *f)
{
    if (!a)
        return;
    struct resolution *r =
        resolution_make(a, s->roster, s->config->directory, at_ms, "/audience", f);
    resolution_free(r);
    audience_free(a);
}

static struct preview *read_json(struct service *s, const char *body, size_t len, int64_t at_ms,
                                 struct faults *f)
{
    struct broadcast_request request;
    struct broadcast *b = broadcast_json_read(body, len, 0, &request, f);
    if (!b) {
        complain_of_audience(s, request.audience, at_ms, f);
        return NULL;
    }
    struct preview *p = preview_new(b);
    p->expect_missions = request.expect_missions;
    return p;
}

static struct preview *read_own(const char *body, size_t len, struct faults *f)
{
    struct broadcast *b = broadcast_json_read_stored(body, len, f);
    return b ? preview_new(b) : NULL;
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
        p->is_cap = true;
        p->hold = reading.hold;
        p->scopes = reading.scopes;
        preview_check_cap(p, a, f);
    }
    cap_alert_free(a);
    return p;
}

struct preview *preview_make(struct service *s, const char *type, const char *body, size_t len,
                             int64_t at_ms, bool strict, struct faults *f)
{
    struct preview *p = g_str_equal(type, PREVIEW_CAP)   ? read_cap(s->config, body, len, f)
                        : g_str_equal(type, PREVIEW_OWN) ? read_own(body, len, f)
                                                         : read_json(s, body, len, at_ms, f);
    if (!p)
        return NULL;
    struct life_policy life = life_of(s->config);
    preview_check_arrival(p, &life, at_ms, strict, f);
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
    g_clear_pointer(&p->released, g_ptr_array_unref);
    broadcast_unref(p->broadcast);
    g_free(p->hold);
    g_clear_pointer(&p->scopes, g_ptr_array_unref);
    g_free(p);
}

char *preview_json(const struct preview *p, const struct faults *f)
{
    struct preview_facts v = { .broadcast = p->broadcast,
                               .resolution = p->resolution,
                               .plan = p->plan,
                               .gone = p->gone,
                               .released = p->released,
                               .told = p->told,
                               .faults = f };
    return preview_json_write(&v);
}
