#include "flow/preview.h"

#include "wire/broadcast_json.h"
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

struct preview *preview_make(struct service *s, const char *body, size_t len, int64_t at_ms,
                             bool strict, struct faults *f)
{
    struct broadcast_request request = { .expect_missions = -1 };
    struct broadcast *b = broadcast_json_read(body, len, 0, &request, f);
    if (!b)
        return NULL;
    struct preview *p = g_new0(struct preview, 1);
    p->broadcast = b;
    p->expect_missions = request.expect_missions;
    check_life(b, at_ms, strict, f);
    struct resolution *r =
        resolution_make(b->audience, s->roster, s->config->directory, at_ms, "/audience", f);
    if (!r)
        return p;
    if (faults_any(f)) {
        resolution_free(r);
        return p;
    }
    struct plan_policy policy = policy_of(s->config);
    p->resolution = r;
    p->plan = plan_make(b, r, &policy, f);
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
    g_free(p);
}

char *preview_json(const struct preview *p, const struct faults *f)
{
    return preview_json_write(p->resolution, p->plan, f);
}
