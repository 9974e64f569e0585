#include <string.h>

#include "wire/cap.h"

#define MAX_OFFSET_MIN (14 * 60) /* xs:dateTime */

/* XML 1.0, 2.2: what may stand in a document. */
static bool is_char(gunichar c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xd800) ||
           (c >= 0xe000 && c <= 0xfffd) || (c >= 0x10000 && c <= 0x10ffff);
}

static void append_text(GString *out, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == '&')
            g_string_append(out, "&amp;");
        else if (c == '<')
            g_string_append(out, "&lt;");
        else if (c == '>')
            g_string_append(out, "&gt;");
        else if (c == '\r') /* would be read as a newline */
            g_string_append(out, "&#13;");
        else
            g_string_append_unichar(out, is_char(c) ? c : 0xfffd);
    }
}

static void put(GString *out, const char *name, const char *text)
{
    if (!text)
        return;
    g_string_append_printf(out, "<%s>", name);
    append_text(out, text);
    g_string_append_printf(out, "</%s>\n", name);
}

static void put_must(GString *out, const char *name, const char *text, const char *otherwise)
{
    put(out, name, text ? text : otherwise);
}

/* As the schema's pattern has it: whole seconds, never Z. */
static char *time_text(const struct timestamp *t)
{
    struct timestamp whole = *t;

    if (ABS(whole.offset_min) > MAX_OFFSET_MIN)
        whole.offset_min = 0;
    char *text = timestamp_format(&whole);
    if (!g_str_has_suffix(text, "Z"))
        return text;
    text[strlen(text) - 1] = '\0';
    char *zoned = g_strconcat(text, "-00:00", NULL);
    g_free(text);
    return zoned;
}

static void put_time(GString *out, const char *name, const struct timestamp *t)
{
    if (t->ms == 0)
        return;
    g_autofree char *text = time_text(t);
    put(out, name, text);
}

static void put_each(GString *out, const char *name, const GPtrArray *texts)
{
    for (guint i = 0; i < texts->len; i++)
        put(out, name, texts->pdata[i]);
}

/* Quoted where it would fall apart; a quotation mark within quotes cannot be written. */
static void append_item(GString *out, const char *item)
{
    if (*item != '"' && item[strcspn(item, " \t\r\n")] == '\0') {
        g_string_append(out, item);
        return;
    }
    g_autofree char *inner = g_strdup(item);
    g_string_append_printf(out, "\"%s\"", g_strdelimit(inner, "\"", '\''));
}

static void put_list(GString *out, const char *name, const GPtrArray *items)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < items->len; i++) {
        if (i > 0)
            g_string_append_c(text, ' ');
        append_item(text, items->pdata[i]);
    }
    if (items->len > 0)
        put(out, name, text->str);
}

static void put_references(GString *out, const GPtrArray *references)
{
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < references->len; i++) {
        const struct cap_reference *r = references->pdata[i];
        g_autofree char *sent = time_text(&r->sent);
        g_string_append_printf(text, "%s%s,%s,%s", i ? " " : "", r->sender, r->identifier, sent);
    }
    if (references->len > 0)
        put(out, "references", text->str);
}

static void put_pairs(GString *out, const char *name, const GPtrArray *pairs)
{
    for (guint i = 0; i < pairs->len; i++) {
        const struct cap_pair *p = pairs->pdata[i];
        g_string_append_printf(out, "<%s>\n", name);
        put(out, "valueName", p->name);
        put(out, "value", p->value);
        g_string_append_printf(out, "</%s>\n", name);
    }
}

static void put_resource(GString *out, const struct cap_resource *r)
{
    g_string_append(out, "<resource>\n");
    put_must(out, "resourceDesc", r->description, "-");
    put_must(out, "mimeType", r->mime_type, "application/octet-stream"); /* optional until 1.2 */
    put(out, "size", r->size);
    put(out, "uri", r->uri);
    put(out, "derefUri", r->deref_uri);
    put(out, "digest", r->digest);
    g_string_append(out, "</resource>\n");
}

static void put_area(GString *out, const struct cap_area *a)
{
    g_string_append(out, "<area>\n");
    put_must(out, "areaDesc", a->description, "-");
    put_each(out, "polygon", a->polygons);
    put_each(out, "circle", a->circles);
    put_pairs(out, "geocode", a->geocodes);
    put(out, "altitude", a->altitude);
    put(out, "ceiling", a->ceiling);
    g_string_append(out, "</area>\n");
}

static void put_info(GString *out, const struct cap_info *i)
{
    g_string_append(out, "<info>\n");
    put(out, "language", i->language);
    put_each(out, "category", i->categories);
    put(out, "event", i->event);
    put_each(out, "responseType", i->responses);
    put(out, "urgency", i->urgency);
    put(out, "severity", i->severity);
    put(out, "certainty", i->certainty);
    put(out, "audience", i->audience);
    put_pairs(out, "eventCode", i->event_codes);
    put_time(out, "effective", &i->effective);
    put_time(out, "onset", &i->onset);
    put_time(out, "expires", &i->expires);
    put(out, "senderName", i->sender_name);
    put(out, "headline", i->headline);
    put(out, "description", i->description);
    put(out, "instruction", i->instruction);
    put(out, "web", i->web);
    put(out, "contact", i->contact);
    put_pairs(out, "parameter", i->parameters);
    for (guint k = 0; k < i->resources->len; k++)
        put_resource(out, i->resources->pdata[k]);
    for (guint k = 0; k < i->areas->len; k++)
        put_area(out, i->areas->pdata[k]);
    g_string_append(out, "</info>\n");
}

char *cap_write(const struct cap_alert *a)
{
    GString *out = g_string_new("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                                "<alert xmlns=\"urn:oasis:names:tc:emergency:cap:1.2\">\n");

    put(out, "identifier", a->identifier);
    put(out, "sender", a->sender);
    put_time(out, "sent", &a->sent);
    put(out, "status", a->status);
    put(out, "msgType", a->msg_type);
    put(out, "source", a->source);
    put(out, "scope", a->scope);
    put(out, "restriction", a->restriction);
    put_list(out, "addresses", a->addresses);
    put_each(out, "code", a->codes);
    put(out, "note", a->note);
    put_references(out, a->references);
    put_list(out, "incidents", a->incidents);
    for (guint i = 0; i < a->infos->len; i++)
        put_info(out, a->infos->pdata[i]);
    g_string_append(out, "</alert>\n");
    return g_string_free(out, FALSE);
}
