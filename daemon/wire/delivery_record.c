#include "wire/delivery_record.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "base/digest.h"
#include "base/timestamp.h"
#include "wire/json_writer.h"

#define LINE_MAX_BYTES (16 * 1024 * 1024)

enum member_kind { MEMBER_TEXT, MEMBER_TIME, MEMBER_NUMBER, MEMBER_ATTEMPT, MEMBER_HEX };

/* What of a record is written, hashed or signed as one text. */
enum part {
    PART_LINE = 1,
    PART_OLD = 2, /* what the hash of the old form is of */
    PART_CONTENT = 4,
    PART_SIGNED = 8,
    PART_PERSONAL = 16,
};

#define FACT (PART_LINE | PART_OLD | PART_CONTENT | PART_SIGNED)
#define PERSONAL (PART_LINE | PART_OLD | PART_PERSONAL)

#define FIELD(kind, member) kind, #member, offsetof(struct record, member)
#define TEXT(member) FIELD(MEMBER_TEXT, member), 0
#define HEX(member) FIELD(MEMBER_HEX, member), sizeof((struct record *)0)->member

static const struct member {
    enum member_kind kind;
    const char *name;
    size_t offset, size; /* size: of hex digits, the NUL included */
    unsigned parts;
    bool required;
    int64_t least; /* of a number: below it stands for "absent", which is never written */
} members[] = {
    { MEMBER_NUMBER, "seq", offsetof(struct record, seq), 0, FACT, true, 0 },
    { MEMBER_TIME, "time", offsetof(struct record, time_ms), 0, FACT, true, 0 },
    { TEXT(event), FACT, true, 0 },
    { TEXT(status), FACT, false, 0 },
    { TEXT(broadcast), FACT, false, 0 },
    { TEXT(missions), FACT, false, 0 },
    { TEXT(recipient), PERSONAL, false, 0 },
    { TEXT(channel), FACT, false, 0 },
    { TEXT(endpoint), PERSONAL, false, 0 },
    { MEMBER_ATTEMPT, "attempt", offsetof(struct record, attempt), 0, FACT, false, 1 },
    { TEXT(outcome), FACT, false, 0 },
    { TEXT(reply), PERSONAL, false, 0 },
    { MEMBER_TIME, "due", offsetof(struct record, due_ms), 0, FACT, false, 0 },
    { MEMBER_NUMBER, "duration_ms", offsetof(struct record, duration_ms), 0, FACT, false, 0 },
    { TEXT(node), FACT, false, 0 },
    { TEXT(digest), FACT, false, 0 },
    { TEXT(plan), FACT, false, 0 },
    { TEXT(detail), FACT, false, 0 },
    { TEXT(key), FACT, false, 0 },
    { TEXT(signature), PART_LINE | PART_OLD | PART_CONTENT, false, 0 },
    { HEX(salt), PART_LINE | PART_PERSONAL, false, 0 },
    { HEX(personal), PART_LINE | PART_CONTENT, false, 0 },
    { HEX(prev), PART_LINE | PART_OLD | PART_SIGNED, true, 0 },
    { HEX(hash), PART_LINE, false, 0 },
};

static void add_time(GString *out, const struct member *m, int64_t ms)
{
    if (!ms && !m->required)
        return;
    g_autofree char *text = timestamp_format_utc(ms);
    json_writer_ascii(out, m->name, text);
}

static void add(GString *out, const struct record *r, const struct member *m)
{
    const char *field = (const char *)r + m->offset;

    switch (m->kind) {
    case MEMBER_TEXT:
        if (*(char *const *)field)
            json_writer_ascii(out, m->name, *(char *const *)field);
        break;
    case MEMBER_TIME:
        add_time(out, m, *(const int64_t *)field);
        break;
    case MEMBER_NUMBER:
        if (m->required || *(const int64_t *)field >= m->least)
            json_writer_integer(out, m->name, *(const int64_t *)field);
        break;
    case MEMBER_ATTEMPT:
        if (*(const int *)field)
            json_writer_integer(out, m->name, *(const int *)field);
        break;
    case MEMBER_HEX:
        if (m->required || *field)
            json_writer_ascii(out, m->name, field);
        break;
    }
}

static GString *write_part(const struct record *r, enum part part)
{
    GString *out = g_string_sized_new(768 + (r->missions ? strlen(r->missions) : 0));

    json_writer_open(out, NULL, '{');
    for (size_t i = 0; i < G_N_ELEMENTS(members); i++)
        if (members[i].parts & part)
            add(out, r, &members[i]);
    json_writer_close(out, '}');
    return out;
}

char *delivery_record_line(const struct record *r)
{
    return g_string_free(write_part(r, PART_LINE), FALSE);
}

char *delivery_record_signed_text(const struct record *r)
{
    return g_string_free(write_part(r, PART_SIGNED), FALSE);
}

static void hash_part(const struct record *r, enum part part, char out[RECORD_HASH_LEN + 1])
{
    g_autoptr(GString) text = write_part(r, part);

    digest_sha256_hex_to(text->str, text->len, out);
}

/* personal stands in the line of an erased record only, and is computed for all others. */
static void hash_content(const struct record *r, char out[RECORD_HASH_LEN + 1])
{
    struct record with = *r;

    if (*r->salt)
        hash_part(r, PART_PERSONAL, with.personal);
    hash_part(&with, PART_CONTENT, out);
}

char *delivery_record_content(const struct record *r)
{
    char content[RECORD_HASH_LEN + 1];

    hash_content(r, content);
    return g_strdup(content);
}

void delivery_record_chain(const char *prev, const char *content, char *out)
{
    char both[2 * RECORD_HASH_LEN + 1];
    size_t n = strlen(prev);

    g_assert(n <= RECORD_HASH_LEN && strlen(content) == RECORD_HASH_LEN);
    memcpy(both, prev, n);
    memcpy(both + n, content, RECORD_HASH_LEN);
    digest_sha256_hex_to(both, n + RECORD_HASH_LEN, out);
}

bool delivery_record_is_old(const struct record *r)
{
    return !*r->salt && !*r->personal;
}

static void hash_record(const struct record *r, char out[RECORD_HASH_LEN + 1])
{
    char content[RECORD_HASH_LEN + 1];

    if (delivery_record_is_old(r)) {
        hash_part(r, PART_OLD, out);
        return;
    }
    hash_content(r, content);
    delivery_record_chain(r->prev, content, out);
}

/* Random bytes are drawn for many salts at once: the generator's own work is more than a hash. */
static void draw_salt(char out[RECORD_SALT_LEN + 1])
{
    static _Thread_local uint8_t drawn[64][RECORD_SALT_LEN / 2];
    static _Thread_local unsigned left;

    if (left == 0) {
        digest_random(drawn, sizeof drawn);
        left = G_N_ELEMENTS(drawn);
    }
    digest_hex_to(drawn[--left], sizeof drawn[0], out);
}

void delivery_record_seal(struct record *r, const char *prev_hash)
{
    if (delivery_record_is_old(r))
        draw_salt(r->salt);
    g_strlcpy(r->prev, prev_hash, sizeof r->prev);
    hash_record(r, r->hash);
}

bool delivery_record_holds(const struct record *r)
{
    char hash[RECORD_HASH_LEN + 1];
    bool is_erased = *r->personal != '\0';

    if (is_erased && (*r->salt || r->recipient || r->endpoint || r->reply))
        return false;
    hash_record(r, hash);
    return strcmp(hash, r->hash) == 0;
}

bool delivery_record_erase(struct record *r)
{
    if (!*r->salt)
        return false;
    hash_part(r, PART_PERSONAL, r->personal);
    *r->salt = '\0';
    g_clear_pointer(&r->recipient, g_free);
    g_clear_pointer(&r->endpoint, g_free);
    g_clear_pointer(&r->reply, g_free);
    return true;
}

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
    if (n < least || n > G_MAXINT64 / 2 || (narrow && n > G_MAXINT))
        return "a number is out of range";
    if (narrow)
        *(int *)field = (int)n;
    else
        *(int64_t *)field = n;
    return NULL;
}

static const char *take_hex(char *field, const struct member *m, const json_t *value)
{
    const char *s = json_is_string(value) ? json_string_value(value) : "-";
    size_t n = strlen(s);
    bool fits = n == m->size - 1 || (n == 0 && m->required);

    if (!fits || strspn(s, "0123456789abcdef") != n)
        return m->size == RECORD_HASH_LEN + 1 ? "a hash is not 64 hexadecimal digits"
                                              : "a salt is not 32 hexadecimal digits";
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
    case MEMBER_HEX:
        break;
    }
    return take_hex(field, m, value);
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
