#include "flow/threat.h"

#define DAY_MS (INT64_C(24) * 3600 * 1000)

struct setting {
    struct threat_row row;
    roster_done_fn done;
    void *ctx;
};

static bool keep(struct store *s, void *ctx, bool *overtaken, GError **error)
{
    const struct setting *t = ctx;
    (void)overtaken;
    return s->ops->threat_put(s, &t->row, error);
}

static void set(const struct roster_result *r, void *ctx)
{
    struct setting *t = ctx;
    t->done(r, t->ctx);
    g_free(t->row.mission);
    g_free(t->row.author);
    g_free(t->row.reason);
    g_free(t);
}

void threat_set(struct service *s, const struct threat_request *q, roster_done_fn done, void *ctx)
{
    struct setting *t = g_new0(struct setting, 1);
    int64_t now_ms = service_now_ms(s);
    t->done = done;
    t->ctx = ctx;
    t->row = (struct threat_row){
        .mission = g_strdup(q->mission),
        .level = q->level,
        .author = g_strdup(q->principal),
        .reason = g_strdup(q->reason),
        .time_ms = now_ms,
        .review_ms =
            q->review_ms ? q->review_ms : now_ms + s->config->roster.threat_review_days * DAY_MS,
    };
    struct roster_edit e = { t->row.mission, 0, false, "threat_level",
                             threat_level_names[q->level] };
    struct roster_amendment a = {
        .edits = &e, .n = 1, .principal = q->principal, .along = keep, .ctx = t
    };
    roster_keeper_amend(s, &a, set, t);
}
