#include "wire/webhook_message.h"

#include <jansson.h>
#include <string.h>

#include "wire/json_text.h"
#include "wire/json_writer.h"
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

#define USUAL_BYTES 4096 /* of a body */

struct webhook_form { /* what the bodies of one kind have in common, as members of JSON */
    char *head;       /* behind the id, up to the missions */
    char *contacts, *contacts_rest; /* around the id of the mission; rest NULL: all are in it */
    char *emergency;
};

static void append_text(GString *body, const char *name, const char *text)
{
    json_writer_string(body, name, text ? text : "");
}

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

static void append_mission(GString *body, const struct affected_mission *m,
                           enum obligation_part part)
{
    const char *const words[][2] = {
        { "id", m->id },         { "name", m->name },
        { "kind", m->kind },     { "city", m->city },
        { "state", m->state },   { "timezone", m->timezone },
        { "office", m->office }, { "part", obligation_part_names[part] },
    };
    json_writer_open(body, NULL, '{');
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        append_text(body, words[i][0], words[i][1]);
    json_writer_close(body, '}');
}

static void append_missions(GString *body, const struct notice *n)
{
    g_autoptr(GHashTable) parts = notice_part_missions(n);
    json_writer_open(body, "missions", '[');
    for (guint i = 0; i < n->missions->len; i++) {
        const struct affected_mission *m = n->missions->pdata[i];
        guint known = GPOINTER_TO_UINT(g_hash_table_lookup(parts, m->id));
        append_mission(body, m, known ? (enum obligation_part)(known - 1) : notice_part(n));
    }
    json_writer_close(body, ']');
}

static void append_recipients(GString *body, const struct notice *n)
{
    json_writer_open(body, "recipients", '[');
    for (guint i = 0; i < n->obligations->len; i++) {
        const struct obligation *o = n->obligations->pdata[i];
        json_writer_open(body, NULL, '{');
        append_text(body, "recipient", o->recipient);
        append_text(body, "name", o->name);
        append_text(body, "language", o->language);
        append_text(body, "reason", o->reason);
        if (o->rank)
            json_writer_integer(body, "rank", o->rank);
        if (strcmp(o->reason, OBLIGATION_AFFECTED) != 0 && o->missions->len)
            append_text(body, "mission", o->missions->pdata[0]);
        if (*o->detail)
            append_text(body, "detail", o->detail);
        json_writer_close(body, '}');
    }
    json_writer_close(body, ']');
}

static char *event_type(const struct broadcast *b)
{
    bool marked = b->status != STATUS_ACTUAL;
    return g_strdup_printf("gov.dss.liaison.broadcast.%s%s%s", broadcast_type_names[b->type],
                           marked ? "." : "", marked ? broadcast_status_names[b->status] : "");
}

/* The members of a value, from the first key to before the closing bracket. */
static char *members_of(json_t *value /* taken */)
{
    char *text = json_dumps(value, JSON_COMPACT);
    char *members = g_strndup(text + 1, strlen(text) - 2);
    json_decref(value);
    free(text);
    return members;
}

static char *head_of(const struct notice *n, const char *source)
{
    const struct broadcast *b = n->broadcast;
    g_autofree char *type = event_type(b);
    g_autofree char *time = timestamp_format_utc_s(b->sent.ms);
    g_autofree char *event = members_of(
        json_pack("{s:o, s:s, s:o, s:s, s:s}", "source", json_text(source), "type", type, "subject",
                  json_text(b->identifier), "time", time, "datacontenttype", "application/json"));
    g_autofree char *data = members_of(json_pack(
        "{s:s, s:o, s:o, s:o}", "part", obligation_part_names[notice_part(n)], "supersedes",
        references_json(b), "broadcast", facts_json(b), "message", message_json(n)));
    return g_strconcat(",", event, ",\"data\":{", data, NULL);
}

/* Splits the contacts of one mission's notice around its id, which is the only one they name. */
static void split_contacts(struct webhook_form *f, const struct affected_mission *m)
{
    static const char missions[] = "\"missions\":[";
    json_t *name = json_line(m->id);
    char *id = json_dumps(name, JSON_ENCODE_ANY);
    char *from = strstr(f->contacts, missions), *to = from ? from + strlen(missions) : NULL;
    if (to && g_str_has_prefix(to, id)) {
        f->contacts_rest = g_strdup(to + strlen(id));
        *to = '\0';
    }
    free(id);
    json_decref(name);
}

static void *form_new(const struct notice *n, void *source)
{
    struct webhook_form *f = g_new0(struct webhook_form, 1);
    f->head = head_of(n, source);
    f->contacts = members_of(json_pack("{s:o}", "contacts", notice_calls_data(n)));
    f->emergency = members_of(json_pack("{s:o}", "emergency", notice_emergency_data(n)));
    if (n->missions->len == 1)
        split_contacts(f, n->missions->pdata[0]);
    return f;
}

static void form_free(gpointer data)
{
    struct webhook_form *f = data;
    g_free(f->head);
    g_free(f->contacts);
    g_free(f->contacts_rest);
    g_free(f->emergency);
    g_free(f);
}

struct notice_forms *webhook_message_forms(void)
{
    return notice_forms_new(form_free);
}

static void append_members(GString *body, const char *members)
{
    g_string_append_c(body, ',');
    g_string_append(body, members);
}

static void append_contacts(GString *body, const struct notice *n, const struct webhook_form *f)
{
    append_members(body, f->contacts);
    if (!f->contacts_rest)
        return;
    append_text(body, NULL, ((const struct affected_mission *)n->missions->pdata[0])->id);
    g_string_append(body, f->contacts_rest);
}

static void append_ask(GString *body, const struct notice *n)
{
    if (n->link) {
        g_autofree char *ask = members_of(json_pack("{s:o}", "acknowledge", notice_ask_data(n)));
        append_members(body, ask);
    }
    if (notice_ask_is_reminder(n))
        json_writer_boolean(body, "reminder", true);
}

static char *body_of(const struct notice *n, const char *id, const struct webhook_form *f)
{
    GString *body = g_string_sized_new(USUAL_BYTES);
    json_writer_open(body, NULL, '{');
    append_text(body, "specversion", "1.0");
    append_text(body, "id", id);
    g_string_append(body, f->head);
    append_missions(body, n);
    append_recipients(body, n);
    append_contacts(body, n, f);
    append_members(body, f->emergency);
    append_ask(body, n);
    json_writer_close(body, '}');
    json_writer_close(body, '}');
    return g_string_free(body, FALSE);
}

struct webhook_message *webhook_message_render(const struct notice *n, const char *source,
                                               const struct webhook_keys *keys,
                                               struct notice_forms *forms)
{
    struct webhook_message *m = g_new0(struct webhook_message, 1);
    g_autofree char *id = notification_message_key(n->broadcast->id, n->notification->id);
    g_autofree char *timestamp = g_strdup_printf("%" G_GINT64_FORMAT, n->now_ms / 1000);
    struct webhook_form *f = forms ? notice_forms_get(forms, n, 0, form_new, (void *)source) : NULL;
    struct webhook_form *own = f ? NULL : form_new(n, (void *)source);
    m->body = body_of(n, id, f ? f : own);
    m->body_len = strlen(m->body);
    if (own)
        form_free(own);
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
    g_clear_pointer(&m->headers, g_ptr_array_unref);
    g_free(m);
}
