#include <string.h>

#include "base/digest.h"
#include "wire/audience_json.h"
#include "wire/broadcast_json.h"
#include "wire/json_writer.h"

/* RFC 3339 as written by its sender, or in UTC; with a fraction where there is one. */
static void write_time(GString *out, const char *name, const struct timestamp *t, bool utc)
{
    int fraction = (int)(((t->ms % 1000) + 1000) % 1000);
    struct timestamp whole = { t->ms - fraction, utc ? 0 : t->offset_min };
    g_autofree char *seconds = timestamp_format(&whole);
    g_autoptr(GString) text = g_string_new(seconds);

    if (fraction) {
        char digits[8];
        g_snprintf(digits, sizeof digits, ".%03d", fraction);
        g_string_insert(text, strlen("2026-11-23T09:30:00"), digits);
    }
    json_writer_string(out, name, text->str);
}

static void write_triple(GString *out, const char *identifier, const char *sender,
                         const struct timestamp *sent, bool utc)
{
    json_writer_string(out, "identifier", identifier);
    json_writer_string(out, "sender", sender);
    write_time(out, "sent", sent, utc);
}

static void write_references(GString *out, const struct broadcast *b, bool utc)
{
    if (b->references->len == 0)
        return;
    json_writer_open(out, "references", '[');
    for (guint i = 0; i < b->references->len; i++) {
        const struct reference *ref = g_ptr_array_index(b->references, i);
        json_writer_open(out, NULL, '{');
        write_triple(out, ref->identifier, ref->sender, &ref->sent, utc);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
}

static void write_responses(GString *out, const struct broadcast *b)
{
    if (b->responses->len == 0)
        return;
    json_writer_open(out, "response", '[');
    for (guint i = 0; i < b->responses->len; i++)
        json_writer_string(out, NULL, g_ptr_array_index(b->responses, i));
    json_writer_close(out, ']');
}

static void write_own(GString *out, const struct message *m, bool utc)
{
    if (m->place)
        json_writer_string(out, "place", m->place);
    if (m->missions)
        json_writer_open(out, "missions", '[');
    for (guint i = 0; m->missions && i < m->missions->len; i++)
        json_writer_string(out, NULL, g_ptr_array_index(m->missions, i));
    if (m->missions)
        json_writer_close(out, ']');
    if (!m->own)
        return;
    json_writer_string(out, "urgency", broadcast_urgency_names[m->own->urgency]);
    json_writer_string(out, "severity", broadcast_severity_names[m->own->severity]);
    json_writer_string(out, "certainty", broadcast_certainty_names[m->own->certainty]);
    if (m->own->effective.ms)
        write_time(out, "effective", &m->own->effective, utc);
    if (m->own->expires.ms)
        write_time(out, "expires", &m->own->expires, utc);
}

static void write_messages(GString *out, const struct broadcast *b, bool utc)
{
    json_writer_open(out, "messages", '[');
    for (guint i = 0; i < b->messages->len; i++) {
        const struct message *m = g_ptr_array_index(b->messages, i);
        json_writer_open(out, NULL, '{');
        json_writer_string(out, "language", m->language);
        json_writer_string(out, "headline", m->headline);
        json_writer_string(out, "description", m->description);
        if (m->instruction)
            json_writer_string(out, "instruction", m->instruction);
        write_own(out, m, utc);
        json_writer_close(out, '}');
    }
    json_writer_close(out, ']');
}

static GString *write_canonical(const struct broadcast *b, bool utc)
{
    GString *out = g_string_sized_new(2048);

    json_writer_open(out, NULL, '{');
    write_triple(out, b->identifier, b->sender, &b->sent, utc);
    json_writer_string(out, "status", broadcast_status_names[b->status]);
    json_writer_string(out, "type", broadcast_type_names[b->type]);
    write_references(out, b, utc);
    json_writer_string(out, "urgency", broadcast_urgency_names[b->urgency]);
    json_writer_string(out, "severity", broadcast_severity_names[b->severity]);
    json_writer_string(out, "certainty", broadcast_certainty_names[b->certainty]);
    if (b->effective.ms)
        write_time(out, "effective", &b->effective, utc);
    if (b->expires.ms)
        write_time(out, "expires", &b->expires, utc);
    if (b->incident)
        json_writer_string(out, "incident", b->incident);
    write_responses(out, b);
    json_writer_string(out, "handling", broadcast_handling_names[b->handling]);
    write_messages(out, b, utc);
    if (b->audience && b->type != TYPE_CANCEL) /* one that CAP gave a cancel is not used */
        audience_json_write(out, "audience", b->audience);
    json_writer_close(out, '}');
    return out;
}

char *broadcast_json_write(const struct broadcast *b)
{
    return g_string_free(write_canonical(b, false), FALSE);
}

char *broadcast_json_digest(const struct broadcast *b)
{
    g_autoptr(GString) canonical = write_canonical(b, true);

    return digest_sha256_hex(canonical->str, canonical->len);
}
