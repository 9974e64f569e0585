#include "wire/delivery_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "wire/json_writer.h"

#define LINE_MAX_BYTES (16 * 1024 * 1024)

static void add_text(GString *out, const char *name, const char *value)
{
    if (value)
        json_writer_ascii(out, name, value);
}

static void add_time(GString *out, const char *name, int64_t ms)
{
    g_autofree char *text = timestamp_format_utc(ms);

    json_writer_ascii(out, name, text);
}

/* Everything but the hash, with the last brace left open. */
static GString *open_line(const struct record *r)
{
    GString *out = g_string_sized_new(640 + (r->missions ? strlen(r->missions) : 0));

    json_writer_open(out, NULL, '{');
    json_writer_integer(out, "seq", r->seq);
    add_time(out, "time", r->time_ms);
    add_text(out, "event", r->event);
    add_text(out, "status", r->status);
    add_text(out, "broadcast", r->broadcast);
    add_text(out, "missions", r->missions);
    add_text(out, "recipient", r->recipient);
    add_text(out, "channel", r->channel);
    add_text(out, "endpoint", r->endpoint);
    if (r->attempt)
        json_writer_integer(out, "attempt", r->attempt);
    add_text(out, "outcome", r->outcome);
    add_text(out, "reply", r->reply);
    if (r->due_ms)
        add_time(out, "due", r->due_ms);
    if (r->duration_ms >= 0)
        json_writer_integer(out, "duration_ms", r->duration_ms);
    add_text(out, "node", r->node);
    json_writer_ascii(out, "prev", r->prev);
    return out;
}

char *delivery_record_line(const struct record *r)
{
    GString *out = open_line(r);

    if (*r->hash)
        json_writer_ascii(out, "hash", r->hash);
    json_writer_close(out, '}');
    return g_string_free(out, FALSE);
}

void delivery_record_seal(struct record *r, const char *prev_hash)
{
    g_strlcpy(r->prev, prev_hash, sizeof r->prev);
    g_autoptr(GString) line = open_line(r);
    json_writer_close(line, '}');
    g_autofree char *hash = digest_sha256_hex(line->str, line->len);
    g_strlcpy(r->hash, hash, sizeof r->hash);
}

enum member_kind { MEMBER_TEXT, MEMBER_TIME, MEMBER_NUMBER, MEMBER_ATTEMPT, MEMBER_HASH };

static const struct member {
    const char *name;
    enum member_kind kind;
    size_t offset;
    bool required;
    int64_t least; /* of a number: below it stands for "absent", which is never written */
} members[] = {
    { "seq", MEMBER_NUMBER, offsetof(struct record, seq), true, 0 },
    { "time", MEMBER_TIME, offsetof(struct record, time_ms), true, 0 },
    { "event", MEMBER_TEXT, offsetof(struct record, event), true, 0 },
    { "status", MEMBER_TEXT, offsetof(struct record, status), false, 0 },
    { "broadcast", MEMBER_TEXT, offsetof(struct record, broadcast), false, 0 },
    { "missions", MEMBER_TEXT, offsetof(struct record, missions), false, 0 },
    { "recipient", MEMBER_TEXT, offsetof(struct record, recipient), false, 0 },
    { "channel", MEMBER_TEXT, offsetof(struct record, channel), false, 0 },
    { "endpoint", MEMBER_TEXT, offsetof(struct record, endpoint), false, 0 },
    { "attempt", MEMBER_ATTEMPT, offsetof(struct record, attempt), false, 1 },
    { "outcome", MEMBER_TEXT, offsetof(struct record, outcome), false, 0 },
    { "reply", MEMBER_TEXT, offsetof(struct record, reply), false, 0 },
    { "due", MEMBER_TIME, offsetof(struct record, due_ms), false, 0 },
    { "duration_ms", MEMBER_NUMBER, offsetof(struct record, duration_ms), false, 0 },
    { "node", MEMBER_TEXT, offsetof(struct record, node), false, 0 },
    { "prev", MEMBER_HASH, offsetof(struct record, prev), true, 0 },
    { "hash", MEMBER_HASH, offsetof(struct record, hash), false, 0 },
};

static const char *take_text(void *field, const json_t *value)
{
    if (!json_is_string(value))
        return "a text member is not a string";
    *(char **)field = g_strdup(json_string_value(value));
    return NULL;
}

static const char *take_time(void *field, const json_t *value)
{
    struct timestamp t;

    if (!json_is_string(value) || !timestamp_parse(json_string_value(value), &t, NULL))
        return "a time is not an RFC 3339 instant";
    *(int64_t *)field = t.ms;
    return NULL;
}

static const char *take_number(void *field, const json_t *value, int64_t least, bool narrow)
{
    if (!json_is_integer(value))
        return "a number is not a whole number";
    json_int_t n = json_integer_value(value);
    if (n < least || (narrow && n > G_MAXINT))
        return "a number is out of range";
    if (narrow)
        *(int *)field = (int)n;
    else
        *(int64_t *)field = n;
    return NULL;
}

static const char *take_hash(char *field, const json_t *value)
{
    const char *s = json_is_string(value) ? json_string_value(value) : "-";
    size_t n = strlen(s);

    if ((n != 0 && n != RECORD_HASH_LEN) || strspn(s, "0123456789abcdef") != n)
        return "a hash is not 64 hexadecimal digits";
    memcpy(field, s, n + 1);
    return NULL;
}

static const char *take(struct record *r, const struct member *m, const json_t *value)
{
    void *field = (char *)r + m->offset;

    switch (m->kind) {
    case MEMBER_TEXT:
        return take_text(field, value);
    case MEMBER_TIME:
        return take_time(field, value);
    case MEMBER_NUMBER:
        return take_number(field, value, m->least, false);
    case MEMBER_ATTEMPT:
        return take_number(field, value, m->least, true);
    case MEMBER_HASH:
        break;
    }
    return take_hash(field, value);
}

static const char *take_all(struct record *r, const json_t *object)
{
    size_t taken = 0;

    if (!json_is_object(object))
        return "the line is not a JSON object";
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++) {
        const json_t *value = json_object_get(object, members[i].name);
        if (!value && members[i].required)
            return "one of seq, time, event and prev is missing";
        if (!value)
            continue;
        const char *wrong = take(r, &members[i], value);
        if (wrong)
            return wrong;
        taken++;
    }
    return taken == json_object_size(object) ? NULL : "there is a member that no record has";
}

struct record *delivery_record_parse(const char *line, const char **why)
{
    size_t len = strlen(line);
    const char *wrong = NULL;

    if (len > LINE_MAX_BYTES) {
        *why = "the line is too long";
        return NULL;
    }
    json_t *object = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
    if (!object) {
        *why = "the line is not JSON";
        return NULL;
    }
    struct record *r = record_new(NULL, 0);
    wrong = take_all(r, object);
    json_decref(object);
    if (!wrong)
        return r;
    *why = wrong;
    record_free(r);
    return NULL;
}
