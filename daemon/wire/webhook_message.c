#include "wire/webhook_message.h"

#include <jansson.h>
#include <string.h>

#include "wire/json_text.h"
#include "wire/notice_ask.h"
#include "wire/notice_call.h"
#include "wire/notice_json.h"
#include "wire/notice_part.h"
#include "wire/webhook_signature.h"

/* What a thin notice says instead; programs read it, so it is in one language. */
#define THIN_HEADLINE "Security information: please call"
#define THIN_TEXT                                                                                  \
    "There is security information for you that is not sent by electronic message. "               \
    "Call the duty contact now and quote the reference."
/* And what is said when it is over: to those released also instead of the others' instructions. */
#define RELEASE_HEADLINE "Security information: no longer affected"
#define RELEASE_TEXT                                                                               \
    "The missions named here are no longer in the affected area of the earlier message. "          \
    "What it asked for no longer applies to them."
#define CANCEL_HEADLINE "Security information: cancelled"
#define CANCEL_TEXT "The earlier message is cancelled and no longer applies."

static void set_time(json_t *o, const char *key, const struct timestamp *t)
{
    if (!t->ms)
        return;
    g_autofree char *text = timestamp_format(t);
    json_object_set_new(o, key, json_text(text));
}

static json_t *references_json(const struct broadcast *b)
{
    json_t *list = json_array();
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *r = b->references->pdata[i];
        json_t *o = json_pack("{s:o, s:o}", "identifier", json_text(r->identifier), "sender",
                              json_text(r->sender));
        set_time(o, "sent", &r->sent);
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *facts_json(const struct broadcast *b)
{
    json_t *o = json_pack("{s:o, s:o, s:o}", "id", json_text(b->id), "identifier",
                          json_text(b->identifier), "sender", json_text(b->sender));
    set_time(o, "sent", &b->sent);
    const char *const words[][2] = {
        { "status", broadcast_status_names[b->status] },
        { "type", broadcast_type_names[b->type] },
        { "urgency", broadcast_urgency_names[b->urgency] },
        { "severity", broadcast_severity_names[b->severity] },
        { "certainty", broadcast_certainty_names[b->certainty] },
        { "handling", broadcast_handling_names[b->handling] },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        json_object_set_new(o, words[i][0], json_string(words[i][1]));
    set_time(o, "effective", &b->effective);
    set_time(o, "expires", &b->expires);
    if (b->incident && b->handling == HANDLING_FULL)
        json_object_set_new(o, "incident", json_text(b->incident));
    json_object_set_new(o, "references", references_json(b));
    return o;
}

static json_t *fixed_message(const char *headline, const char *text)
{
    return json_pack("{s:s, s:s, s:s}", "language", "en", "headline", headline, "description",
                     text);
}

static json_t *message_json(const struct notice *n)
{
    const struct message *m = broadcast_message_for(n->broadcast, n->notification->language);
    enum obligation_part part = notice_part(n);
    bool thin = !m || n->broadcast->handling == HANDLING_NOTICE;
    if (part == PART_RELEASE)
        return fixed_message(RELEASE_HEADLINE, RELEASE_TEXT);
    if (thin && part == PART_CANCEL)
        return fixed_message(CANCEL_HEADLINE, CANCEL_TEXT);
    if (thin)
        return fixed_message(THIN_HEADLINE, THIN_TEXT);
    json_t *o = json_pack("{s:o, s:o, s:o}", "language", json_text(m->language), "headline",
                          json_text(m->headline), "description", json_text(m->description));
    if (m->instruction && *m->instruction)
        json_object_set_new(o, "instruction", json_text(m->instruction));
    return o;
}

static json_t *missions_json(const struct notice *n)
{
    g_autoptr(GHashTable) parts = notice_part_missions(n);
    json_t *list = json_array();
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(parts, m->id));
        enum obligation_part part = known ? (enum obligation_part)(known - 1) : notice_part(n);
        json_array_append_new(
            list,
            json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:s}", "id", json_text(m->id), "name",
                      json_text(m->name), "kind", json_text(m->kind), "city", json_text(m->city),
                      "state", json_text(m->state), "timezone", json_text(m->timezone), "office",
                      json_text(m->office), "part", obligation_part_names[part]));
    }
    return list;
}

static json_t *recipients_json(const struct notice *n)
{
    json_t *list = json_array();
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        json_t *entry =
            json_pack("{s:o, s:o, s:o, s:s}", "recipient", json_text(o->recipient), "name",
                      json_text(o->name), "language", json_text(o->language), "reason", o->reason);
        if (o->rank)
            json_object_set_new(entry, "rank", json_integer(o->rank));
        if (strcmp(o->reason, OBLIGATION_AFFECTED) != 0 && o->missions->len)
            json_object_set_new(entry, "mission", json_text(o->missions->pdata[0]));
        if (*o->detail)
            json_object_set_new(entry, "detail", json_text(o->detail));
        json_array_append_new(list, entry);
    }
    return list;
}

static json_t *data_json(const struct notice *n)
{
    json_t *o = json_pack(
        "{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "part", obligation_part_names[notice_part(n)],
        "supersedes", references_json(n->broadcast), "broadcast", facts_json(n->broadcast),
        "message", message_json(n), "missions", missions_json(n), "recipients", recipients_json(n),
        "contacts", notice_calls_data(n), "emergency", notice_emergency_data(n));
    if (n->link)
        json_object_set_new(o, "acknowledge", notice_ask_data(n));
    if (notice_ask_is_reminder(n))
        json_object_set_new(o, "reminder", json_true());
    return o;
}

static char *event_type(const struct broadcast *b)
{
    bool marked = b->status != STATUS_ACTUAL;
    return g_strdup_printf("gov.dss.liaison.broadcast.%s%s%s", broadcast_type_names[b->type],
                           marked ? "." : "", marked ? broadcast_status_names[b->status] : "");
}

static json_t *event_json(const struct notice *n, const char *id, const char *source)
{
    const struct broadcast *b = n->broadcast;
    g_autofree char *type = event_type(b);
    g_autofree char *time = timestamp_format_utc_s(b->sent.ms);
    return json_pack("{s:s, s:o, s:o, s:s, s:o, s:s, s:s, s:o}", "specversion", "1.0", "id",
                     json_text(id), "source", json_text(source), "type", type, "subject",
                     json_text(b->identifier), "time", time, "datacontenttype", "application/json",
                     "data", data_json(n));
}

struct webhook_message *webhook_message_render(const struct notice *n, const char *source,
                                               const struct webhook_keys *keys)
{
    struct webhook_message *m = g_new0(struct webhook_message, 1);
    g_autofree char *id = notification_message_key(n->broadcast->id, n->notification->id);
    g_autofree char *timestamp = g_strdup_printf("%" G_GINT64_FORMAT, n->now_ms / 1000);
    json_t *event = event_json(n, id, source);
    char *dumped = json_dumps(event, JSON_COMPACT);
    json_decref(event);
    m->body = g_strdup(dumped);
    m->body_len = strlen(m->body);
    free(dumped);
    g_autofree char *signature =
        webhook_signature_make(keys, n->notification->endpoint, id, timestamp, m->body);
    m->headers = g_ptr_array_new_with_free_func(g_free);
    const char *const headers[][2] = {
        { "content-type", "application/cloudevents+json; charset=utf-8" },
        { "webhook-id", id },
        { "webhook-timestamp", timestamp },
        { "webhook-signature", signature },
    };
    for (size_t i = 0; i < G_N_ELEMENTS(headers); i++)
        g_ptr_array_add(m->headers, g_strconcat(headers[i][0], ": ", headers[i][1], NULL));
    return m;
}

void webhook_message_free(struct webhook_message *m)
{
    if (!m)
        return;
    g_free(m->body);
    g_ptr_array_unref(m->headers);
    g_free(m);
}
