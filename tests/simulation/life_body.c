/* What is sent in a history. */
#include "flow/preview.h"
#include "life.h"

static const char *sender_of(const struct life_version *v)
{
    static const char *const senders[] = { "desk@dss.example", "chief@dss.example",
                                           "stranger@x.example" };
    return v->what == LIFE_ACK ? "liaison@m0001.example" : senders[v->who];
}

char *life_audience(unsigned missions)
{
    GString *out = g_string_new("{\"missions\":[");
    for (unsigned i = 0, n = 0; i < LIFE_MISSIONS; i++)
        if (missions >> i & 1)
            g_string_append_printf(out, "%s\"m%04u\"", n++ ? "," : "", i + 1);
    g_string_append(out, "]}");
    return g_string_free(out, FALSE);
}

static void each_reference(const struct life *l, const struct life_version *v,
                           void (*add)(GString *out, const char *identifier, const char *sender,
                                       const char *sent),
                           GString *out)
{
    for (int k = 0; k < l->n; k++) {
        if (!(v->refs >> k & 1))
            continue;
        g_autofree char *sent = timestamp_format_utc_s(l->v[k].sent_ms);
        add(out, l->v[k].identifier, sender_of(&l->v[k]), sent);
    }
    g_autofree char *ghost = g_strdup_printf("ghost-%s", v->identifier);
    if (v->ghost || !v->refs)
        add(out, ghost, "desk@dss.example", "2026-11-23T14:00:00Z");
}

static void add_json(GString *out, const char *identifier, const char *sender, const char *sent)
{
    g_string_append_printf(out, "%s{\"identifier\":\"%s\",\"sender\":\"%s\",\"sent\":\"%s\"}",
                           out->len ? "," : "", identifier, sender, sent);
}

static void add_cap(GString *out, const char *identifier, const char *sender, const char *sent)
{
    g_string_append_printf(out, "%s%s,%s,%.19s-00:00", out->len ? " " : "", sender, identifier,
                           sent);
}

static const char *status_of(const struct life *l, const struct life_version *v)
{
    return l->exercise != v->other_status ? "exercise" : "actual";
}

/* A place that only people know: it is held until one of them says who is there. */
static char *held_body(const struct life *l, const struct life_version *v)
{
    g_autofree char *sent = timestamp_format_utc_s(v->sent_ms);
    g_autofree char *expires = timestamp_format_utc_s(v->expires_ms);
    g_autoptr(GString) references = g_string_new(NULL);
    each_reference(l, v, add_cap, references);
    return g_strdup_printf(
        "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\"><identifier>%s</identifier>"
        "<sender>%s</sender><sent>%.19s-00:00</sent><status>%s</status><msgType>Update</msgType>"
        "<scope>Public</scope><references>%s</references><info><language>en</language>"
        "<category>Security</category><event>Demonstration</event><urgency>Immediate</urgency>"
        "<severity>Severe</severity><certainty>Likely</certainty><expires>%.19s-00:00</expires>"
        "<headline>%s</headline><description>Text.</description>"
        "<area><areaDesc>Somewhere</areaDesc></area></info></alert>",
        v->identifier, sender_of(v), sent, l->exercise ? "Exercise" : "Actual", references->str,
        expires, v->identifier);
}

char *life_body(const struct life *l, int version, bool other_content, const char **type)
{
    static const char *const types[] = { "alert", "update", "update", "update", "cancel", "ack" };
    const struct life_version *v = &l->v[version];
    *type = v->what == LIFE_HELD ? PREVIEW_CAP : PREVIEW_JSON;
    if (v->what == LIFE_HELD)
        return held_body(l, v);
    g_autofree char *sent = timestamp_format_utc_s(v->sent_ms);
    g_autofree char *expires = timestamp_format_utc_s(v->expires_ms);
    g_autofree char *effective = timestamp_format_utc_s(v->effective_ms);
    g_autofree char *audience = life_audience(v->missions);
    g_autoptr(GString) references = g_string_new(NULL);
    GString *body = g_string_new(NULL);
    g_string_printf(body,
                    "{\"identifier\":\"%s\",\"sender\":\"%s\",\"sent\":\"%s\",\"status\":\"%s\","
                    "\"type\":\"%s\",\"urgency\":\"immediate\",\"severity\":\"severe\","
                    "\"certainty\":\"likely\",\"expires\":\"%s\"",
                    v->identifier, sender_of(v), sent, status_of(l, v), types[v->what], expires);
    if (version > 0) {
        each_reference(l, v, add_json, references);
        g_string_append_printf(body, ",\"references\":[%s]", references->str);
    }
    if (v->effective_ms)
        g_string_append_printf(body, ",\"effective\":\"%s\"", effective);
    if (v->what < LIFE_CANCEL)
        g_string_append_printf(body, ",\"audience\":%s", audience);
    g_string_append_printf(body,
                           ",\"messages\":[{\"language\":\"en\",\"headline\":\"%s\","
                           "\"description\":\"%s\"}]}",
                           v->what == LIFE_SAME_WORDS ? l->v[0].identifier : v->identifier,
                           other_content ? "Other." : "Text.");
    return g_string_free(body, FALSE);
}
