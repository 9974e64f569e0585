#include "wire/broadcast_json.h"

#include <string.h>

#include "wire/audience_json.h"
#include "wire/json_reader.h"
#include "wire/language.h"

#define INCIDENT_MAX_BYTES 256
#define MAX_MESSAGES 64
#define MAX_OWN_MESSAGES 1000 /* of those that differ by place: as many as CAP has infos */
#define MAX_MISSIONS 100000
#define MISSION_MAX_BYTES 64
#define OWN_MAX_BYTES (256 * 1024 * 1024)
#define MAX_REFERENCES 1000
#define MAX_RESPONSES 16
#define MAX_EXPECT_MISSIONS 1000000

/* CAP 1.2, 3.2.1: no spaces, commas or restricted characters, because references join triples by
 * them. */
static char *read_identifier(struct json_reader *r, const char *name)
{
    struct json_place at = json_reader_member_place(r, name);
    char *s = json_reader_line(r, name, JSON_MUST, BROADCAST_JSON_MAX_IDENTIFIER);

    for (const char *p = s; p && *p; p = g_utf8_next_char(p)) {
        if (!strchr(",<&", *p) && !g_unichar_isspace(g_utf8_get_char(p)))
            continue;
        json_reader_fault(r->faults, &at, "bad-identifier",
                          "must not hold a blank, a comma, '<' or '&'");
        g_free(s);
        return NULL;
    }
    return s;
}

static struct reference *read_reference(const json_t *value, const struct json_place *at,
                                        struct faults *f)
{
    struct json_reader r;

    if (!json_reader_open(&r, value, at, f))
        return NULL;
    struct reference *ref = g_new0(struct reference, 1);
    ref->identifier = read_identifier(&r, "identifier");
    ref->sender = read_identifier(&r, "sender");
    bool timed = json_reader_time(&r, "sent", JSON_MUST, &ref->sent);
    json_reader_close(&r);
    if (ref->identifier && ref->sender && timed)
        return ref;
    reference_free(ref);
    return NULL;
}

/* An alert is the first of its line; every other type says what it is about. */
static void check_references(struct json_reader *r, const struct broadcast *b, bool type_known,
                             size_t given)
{
    struct json_place at = json_reader_member_place(r, "references");

    if (!type_known)
        return;
    if (b->type == TYPE_ALERT && given > 0)
        json_reader_fault(r->faults, &at, "not-allowed",
                          "an alert refers to nothing; make it an update or a cancel");
    else if (b->type != TYPE_ALERT && given == 0)
        json_reader_fault(r->faults, &at,
                          json_reader_has(r, "references") ? "empty" : "missing-member",
                          "%s %s must name the broadcasts it is about",
                          b->type == TYPE_CANCEL || b->type == TYPE_UPDATE ? "a broadcast of type"
                                                                           : "a reply of type",
                          broadcast_type_names[b->type]);
}

static bool is_itself(const struct broadcast *b, const struct reference *ref)
{
    return b->identifier && b->sender && b->sent.ms == ref->sent.ms &&
           strcmp(b->identifier, ref->identifier) == 0 && strcmp(b->sender, ref->sender) == 0;
}

static void read_references(struct json_reader *r, struct broadcast *b, bool type_known)
{
    const json_t *array = json_reader_array(r, "references", JSON_MAY, 0, MAX_REFERENCES);
    struct json_place at = json_reader_member_place(r, "references");
    size_t n = array ? json_array_size(array) : 0;

    for (size_t i = 0; i < n; i++) {
        struct json_place item = json_reader_item_place(&at, i);
        struct reference *ref = read_reference(json_array_get(array, i), &item, r->faults);
        if (!ref)
            continue;
        if (is_itself(b, ref))
            json_reader_fault(r->faults, &item, "not-allowed",
                              "a broadcast cannot refer to itself");
        g_ptr_array_add(b->references, ref);
    }
    if (array || !json_reader_has(r, "references"))
        check_references(r, b, type_known, n);
}

static char *read_language(struct json_reader *r)
{
    g_autofree char *tag = json_reader_line(r, "language", JSON_MUST, LANGUAGE_MAX_BYTES);
    struct json_place at = json_reader_member_place(r, "language");

    if (!tag)
        return NULL;
    char *canonical = language_canonical(tag);
    if (!canonical)
        json_reader_fault(r->faults, &at, "bad-language",
                          "must be a language tag such as \"en\", \"es-MX\" or \"zh-Hant\"");
    return canonical;
}

/* The answer of json_reader_enum, or 0 where the fault is reported already. */
static int read_word(struct json_reader *r, const char *name, enum json_need need,
                     const char *const *names, bool *known)
{
    int i = json_reader_enum(r, name, need, names);

    if (known)
        *known = i >= 0;
    return MAX(i, 0);
}

/* What texts that differ by place say besides; only we write it. */
static void read_own(struct json_reader *r, struct message *m)
{
    m->place = json_reader_line(r, "place", JSON_MAY, BROADCAST_JSON_MAX_TEXT);
    m->missions = json_reader_lines(r, "missions", JSON_MAY, MAX_MISSIONS, MISSION_MAX_BYTES);
    if (!json_reader_has(r, "urgency"))
        return;
    m->own = g_new0(struct message_own, 1);
    m->own->urgency = read_word(r, "urgency", JSON_MUST, broadcast_urgency_names, NULL);
    m->own->severity = read_word(r, "severity", JSON_MUST, broadcast_severity_names, NULL);
    m->own->certainty = read_word(r, "certainty", JSON_MUST, broadcast_certainty_names, NULL);
    json_reader_time(r, "effective", JSON_MAY, &m->own->effective);
    json_reader_time(r, "expires", JSON_MAY, &m->own->expires);
}

static struct message *read_message(const json_t *value, const struct json_place *at, bool stored,
                                    struct faults *f)
{
    struct json_reader r;

    if (!json_reader_open(&r, value, at, f))
        return NULL;
    struct message *m = g_new0(struct message, 1);
    m->language = read_language(&r);
    m->headline = json_reader_line(&r, "headline", JSON_MUST, BROADCAST_JSON_MAX_HEADLINE);
    m->description = json_reader_text(&r, "description", JSON_MUST, BROADCAST_JSON_MAX_TEXT);
    m->instruction = json_reader_text(&r, "instruction", JSON_MAY, BROADCAST_JSON_MAX_TEXT);
    if (stored)
        read_own(&r, m);
    json_reader_close(&r);
    if (m->language && m->headline && m->description)
        return m;
    message_free(m);
    return NULL;
}

static bool has_language(const struct broadcast *b, const char *language)
{
    for (guint i = 0; i < b->messages->len; i++) {
        const struct message *m = g_ptr_array_index(b->messages, i);
        if (strcmp(m->language, language) == 0)
            return true;
    }
    return false;
}

static void read_messages(struct json_reader *r, struct broadcast *b, bool stored)
{
    size_t most = stored ? MAX_OWN_MESSAGES : MAX_MESSAGES;
    const json_t *array = json_reader_array(r, "messages", JSON_MUST, 1, most);
    struct json_place at = json_reader_member_place(r, "messages");

    for (size_t i = 0; array && i < json_array_size(array); i++) {
        struct json_place item = json_reader_item_place(&at, i);
        struct message *m = read_message(json_array_get(array, i), &item, stored, r->faults);
        if (!m)
            continue;
        if (!stored && has_language(b, m->language)) {
            struct json_place language = { &item, "language", 0 };
            json_reader_fault(r->faults, &language, "duplicate-language",
                              "there is already a message in %s", m->language);
        }
        g_ptr_array_add(b->messages, m);
    }
}

static void read_responses(struct json_reader *r, struct broadcast *b)
{
    const json_t *array = json_reader_array(r, "response", JSON_MAY, 1, MAX_RESPONSES);
    struct json_place at = json_reader_member_place(r, "response");

    for (size_t i = 0; array && i < json_array_size(array); i++) {
        struct json_place item = json_reader_item_place(&at, i);
        int k = json_reader_value_enum(json_array_get(array, i), &item, r->faults,
                                       broadcast_response_names);
        if (k >= 0)
            g_ptr_array_add(b->responses, (char *)broadcast_response_names[k]);
    }
}

/* now_ms of a body that the store gives back: what came as CAP may have no audience yet, and odd
 * times. */
#define STORED INT64_MIN

static void read_times(struct json_reader *r, struct broadcast *b, int64_t now_ms)
{
    struct json_place at = json_reader_member_place(r, "expires");
    bool begins = json_reader_time(r, "effective", JSON_MAY, &b->effective);

    if (!json_reader_time(r, "expires", JSON_MAY, &b->expires) || now_ms == STORED)
        return;
    if (b->expires.ms <= b->sent.ms)
        json_reader_fault(r->faults, &at, "end-before-begin", "expires must be later than sent");
    else if (begins && b->expires.ms <= b->effective.ms)
        json_reader_fault(r->faults, &at, "end-before-begin",
                          "expires must be later than effective");
    else if (now_ms != 0 && b->expires.ms <= now_ms)
        json_reader_fault(r->faults, &at, "expired", "this broadcast has expired already");
}

/* A cancel goes to whom its broadcast went: an audience of its own could only leave somebody out.
 * An ack or error goes nowhere. */
static void read_audience(struct json_reader *r, struct broadcast *b, bool type_known, bool stored)
{
    struct json_place at = json_reader_member_place(r, "audience");
    bool cancel = type_known && b->type == TYPE_CANCEL;
    bool needed = !stored && (!type_known || b->type == TYPE_ALERT || b->type == TYPE_UPDATE);
    const json_t *audience = json_reader_member(r, "audience", needed ? JSON_MUST : JSON_MAY);

    if (cancel && json_reader_has(r, "audience"))
        json_reader_fault(
            r->faults, &at, "not-allowed",
            "a cancel goes to everybody its broadcast went to; leave the audience out");
    else if (audience)
        b->audience = audience_json_read(audience, &at, r->faults);
}

static void read_members(struct json_reader *r, struct broadcast *b, int64_t now_ms,
                         struct broadcast_request *request)
{
    bool type_known;

    b->identifier = read_identifier(r, "identifier");
    b->sender = read_identifier(r, "sender");
    json_reader_time(r, "sent", JSON_MUST, &b->sent);
    b->status = read_word(r, "status", JSON_MUST, broadcast_status_names, NULL);
    b->type = read_word(r, "type", JSON_MUST, broadcast_type_names, &type_known);
    read_references(r, b, type_known);
    b->urgency = read_word(r, "urgency", JSON_MUST, broadcast_urgency_names, NULL);
    b->severity = read_word(r, "severity", JSON_MUST, broadcast_severity_names, NULL);
    b->certainty = read_word(r, "certainty", JSON_MUST, broadcast_certainty_names, NULL);
    read_times(r, b, now_ms);
    b->incident = json_reader_line(r, "incident", JSON_MAY, INCIDENT_MAX_BYTES);
    read_responses(r, b);
    b->handling = read_word(r, "handling", JSON_MAY, broadcast_handling_names, NULL);
    read_messages(r, b, now_ms == STORED);
    read_audience(r, b, type_known, now_ms == STORED);
    json_reader_integer(r, "expect_missions", JSON_MAY, 0, MAX_EXPECT_MISSIONS,
                        &request->expect_missions);
}

struct broadcast *broadcast_json_read(const char *text, size_t len, int64_t now_ms,
                                      struct broadcast_request *request, struct faults *f)
{
    struct broadcast_request unasked;
    struct json_reader r;
    guint before = f->errors->len;
    json_t *value = json_reader_parse(
        text, len, now_ms == STORED ? OWN_MAX_BYTES : BROADCAST_JSON_MAX_BYTES, f);

    if (!request)
        request = &unasked;
    request->expect_missions = -1;
    request->audience = NULL;
    if (!value)
        return NULL;
    struct broadcast *b = broadcast_new();
    if (json_reader_open(&r, value, NULL, f)) {
        read_members(&r, b, now_ms, request);
        json_reader_close(&r);
    }
    json_decref(value);
    if (f->errors->len == before && f->errors->len <= JSON_READER_MAX_FAULTS)
        return b;
    if (request != &unasked)
        request->audience = g_steal_pointer(&b->audience);
    broadcast_unref(b);
    return NULL;
}

struct broadcast *broadcast_json_read_stored(const char *text, size_t len, struct faults *f)
{
    return broadcast_json_read(text, len, STORED, NULL, f);
}
