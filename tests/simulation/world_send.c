/* Sending to a world: the plainest broadcast with a few members of one's own, or any body. */
#include <jansson.h>

#include "flow/preview.h"
#include "world.h"

static char last_id[40];

static void replied(const struct intake_result *r, void *ctx)
{
    struct world_reply *reply = ctx;
    reply->there = true;
    reply->kind = r->kind;
    reply->at_ms = world_now_ms(reply->world);
    if (r->row)
        g_strlcpy(reply->id, r->row->id, sizeof reply->id);
    if (r->kind == INTAKE_ACCEPTED)
        g_strlcpy(last_id, r->row->id, sizeof last_id);
    if (r->kind == INTAKE_INVALID && g_getenv("LIAISOND_SEED")) {
        g_autofree char *why = faults_to_text(r->faults);
        g_printerr("# not valid: %s\n", why);
    }
}

void world_submit(struct world *w, const char *type, const char *body, struct world_reply *reply)
{
    *reply = (struct world_reply){ .world = w };
    struct intake_request q = { .type = type,
                                .body = body,
                                .len = strlen(body),
                                .principal = "unix:test",
                                .expect_missions = -1 };
    intake_submit(&w->service, &q, replied, reply);
}

enum intake_kind world_send_body(struct world *w, const char *body)
{
    struct world_reply reply = { 0 };
    world_submit(w, PREVIEW_JSON, body, &reply);
    for (int64_t at = world_now_ms(w); !reply.there; at++)
        virtual_run_until(w->service.loop, at);
    return reply.kind;
}

enum intake_kind world_send(struct world *w, const char *identifier, const char *members)
{
    g_autofree char *sent = timestamp_format_utc_s(world_now_ms(w));
    json_t *body = json_pack("{ss ss ss ss ss ss ss ss s{sb} s[{ss ss ss}]}", "identifier",
                             identifier, "sender", "desk@dss.example", "sent", sent, "type",
                             "alert", "status", "actual", "urgency", "immediate", "severity",
                             "severe", "certainty", "likely", "audience", "everyone", 1, "messages",
                             "language", "en", "headline", identifier, "description", "Text.");
    g_autofree char *braced = g_strdup_printf("{%s}", members);
    json_error_t fault;
    json_t *own = json_loads(braced, JSON_REJECT_DUPLICATES, &fault);
    if (!own)
        g_error("%s: %s", braced, fault.text);
    if (g_strcmp0(json_string_value(json_object_get(own, "type")), "cancel") == 0)
        json_object_del(body, "audience");
    json_object_update(body, own);
    char *text = json_dumps(body, JSON_COMPACT);
    enum intake_kind kind = world_send_body(w, text);
    free(text);
    json_decref(own);
    json_decref(body);
    return kind;
}

const char *world_last_id(void)
{
    return last_id;
}
