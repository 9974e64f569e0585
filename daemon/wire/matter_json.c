#include "wire/matter_json.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "wire/json_reader.h"
#include "wire/json_text.h"
#include "wire/json_writer.h"
#include "wire/roster_values.h"

#define ID_MAX_BYTES 64
#define VALUE_MAX_BYTES 2000
#define DRAFT_LIFE_MS (INT64_C(6) * 3600 * 1000)

/* --- reading --- */

static bool is_rank(const char *s)
{
    unsigned rank;
    return roster_value_rank(s, &rank);
}

/* Texts that one predicate of the roster decides about. */
static const struct form {
    enum matter_type type;
    bool (*is)(const char *s);
    const char *code, *want;
} forms[] = {
    { MATTER_RANK, is_rank, "bad-rank", "must be a rank from 1 to 99" },
    { MATTER_DATE, roster_value_is_date, "bad-date", "must be a date as 2026-11-23" },
    { MATTER_MAILBOX, roster_value_is_mailbox, "bad-mailbox", "must be a mail address" },
    { MATTER_PHONE, roster_value_is_phone, "bad-phone", "must be a telephone number" },
    { MATTER_URL, roster_value_is_webhook, "bad-webhook", "must be an https: address" },
};

static char *read_form(struct json_reader *r, const struct matter_member *m, enum json_need need)
{
    char *value = json_reader_line(r, m->name, need, VALUE_MAX_BYTES);
    struct json_place at = json_reader_member_place(r, m->name);
    for (size_t i = 0; value && i < G_N_ELEMENTS(forms); i++)
        if (forms[i].type == m->type && !forms[i].is(value))
            json_reader_fault(r->faults, &at, forms[i].code, "%s", forms[i].want);
    return value;
}

static char *read_rank(struct json_reader *r, const struct matter_member *m, enum json_need need)
{
    int64_t rank = 0;
    return json_reader_integer(r, m->name, need, 1, 99, &rank) && rank > 0
               ? g_strdup_printf("%d", (int)rank)
               : NULL;
}

static char *read_choice(struct json_reader *r, const struct matter_member *m, enum json_need need)
{
    int which = json_reader_enum(r, m->name, need, m->choices);
    return which < 0 ? NULL : g_strdup(m->choices[which]);
}

static char *read_yes_no(struct json_reader *r, const struct matter_member *m, enum json_need need)
{
    bool yes = false;
    return json_reader_boolean(r, m->name, need, &yes) ? g_strdup(yes ? "yes" : "no") : NULL;
}

static char *read_time(struct json_reader *r, const struct matter_member *m, enum json_need need)
{
    struct timestamp t = { 0 };
    return json_reader_time(r, m->name, need, &t) && t.ms ? timestamp_format(&t) : NULL;
}

static char *read_language(struct json_reader *r, const struct matter_member *m,
                           enum json_need need)
{
    char *value = json_reader_line(r, m->name, need, VALUE_MAX_BYTES);
    struct json_place at = json_reader_member_place(r, m->name);
    if (value && !roster_value_is_language(value))
        json_reader_fault(r->faults, &at, "bad-language", "must be a language tag as \"es\"");
    return value;
}

static char *read_member(struct json_reader *r, const struct matter_member *m)
{
    enum json_need need = m->must ? JSON_MUST : JSON_MAY;
    switch (m->type) {
    case MATTER_LINE:
        return json_reader_line(r, m->name, need, m->max_bytes);
    case MATTER_TEXT:
        return json_reader_text(r, m->name, need, m->max_bytes);
    case MATTER_CHOICE:
        return read_choice(r, m, need);
    case MATTER_YES_NO:
        return read_yes_no(r, m, need);
    case MATTER_RANK:
        return read_rank(r, m, need);
    case MATTER_TIME:
        return read_time(r, m, need);
    case MATTER_LANGUAGE:
        return read_language(r, m, need);
    case MATTER_DATE:
    case MATTER_MAILBOX:
    case MATTER_PHONE:
    case MATTER_URL:
        break;
    }
    return read_form(r, m, need);
}

static struct matter_body *read_body(enum matter_kind k, const json_t *value,
                                     const struct json_place *at, struct faults *f)
{
    struct matter_body *b = matter_body_new(k);
    const struct matter_member *members = matter_rules(k)->members;
    struct json_reader r;
    if (json_reader_open(&r, value, at, f)) {
        for (size_t i = 0; members[i].name; i++)
            b->values[i] = read_member(&r, &members[i]);
        json_reader_close(&r);
    }
    if (!faults_any(f))
        matter_body_check(b, f);
    return b;
}

static void read_matter(struct json_reader *r, struct matter *m, struct faults *f)
{
    int kind = json_reader_enum(r, "kind", JSON_MUST, matter_kind_names);
    char *mission = json_reader_line(r, "mission", JSON_MAY, ID_MAX_BYTES);
    const json_t *body = json_reader_member(r, "body", JSON_MUST);
    struct json_place at = json_reader_member_place(r, "body");
    bool must = kind >= 0 && matter_rules((enum matter_kind)kind)->urgency_must;
    int urgency =
        json_reader_enum(r, "urgency", must ? JSON_MUST : JSON_MAY, broadcast_urgency_names);
    if (mission) {
        g_free(m->mission);
        m->mission = mission;
    }
    if (kind < 0)
        return;
    m->kind = (enum matter_kind)kind;
    m->urgency = urgency < 0 ? matter_rules(m->kind)->urgency : (enum broadcast_urgency)urgency;
    struct matter_body *b = body ? read_body(m->kind, body, &at, f) : NULL;
    if (b && !faults_any(f))
        matter_json_set_body(m, b);
    matter_body_free(b);
}

struct matter *matter_json_read(const char *text, size_t len, struct faults *f)
{
    json_t *root = json_reader_parse(text, len, MATTER_JSON_MAX_BYTES, f);
    struct matter *m = matter_new();
    struct json_reader r;
    if (root && json_reader_open(&r, root, NULL, f)) {
        read_matter(&r, m, f);
        json_reader_close(&r);
    }
    json_decref(root);
    if (!faults_any(f))
        return m;
    matter_free(m);
    return NULL;
}

struct matter_body *matter_json_read_body(enum matter_kind k, const char *text)
{
    struct faults *f = faults_new();
    json_t *value = json_reader_parse(text, strlen(text), 4 * MATTER_JSON_MAX_BYTES, f);
    struct matter_body *b = value ? read_body(k, value, NULL, f) : NULL;
    if (faults_any(f))
        g_clear_pointer(&b, matter_body_free);
    json_decref(value);
    faults_free(f);
    return b;
}

/* --- writing --- */

char *matter_json_write_body(const struct matter_body *b)
{
    GString *out = g_string_new(NULL);
    const struct matter_member *m = matter_rules(b->kind)->members;
    json_writer_open(out, NULL, '{');
    for (size_t i = 0; m[i].name; i++) {
        const char *value = b->values[i];
        if (!value)
            continue;
        if (m[i].type == MATTER_RANK)
            json_writer_integer(out, m[i].name, (int64_t)g_ascii_strtoull(value, NULL, 10));
        else if (m[i].type == MATTER_YES_NO)
            json_writer_boolean(out, m[i].name, g_str_equal(value, "yes"));
        else
            json_writer_string(out, m[i].name, value);
    }
    json_writer_close(out, '}');
    return g_string_free(out, FALSE);
}

void matter_json_set_body(struct matter *m, const struct matter_body *b)
{
    g_free(m->body);
    m->body = matter_json_write_body(b);
    if (m->kind == MATTER_PROTECTIVE_RESPONSE) {
        m->from_ms = matter_body_time(b, "from");
        m->until_ms = matter_body_time(b, "until");
    }
}

/* --- a form --- */

static void append_rank(GString *out, const char *name, const char *value, unsigned own)
{
    unsigned rank = own;
    if (*value && !roster_value_rank(value, &rank))
        json_writer_string(out, name, value); /* and is refused with its place */
    else
        json_writer_integer(out, name, rank);
}

char *matter_json_contact(const char *mission, unsigned rank, const char *const *names,
                          const char *const *values)
{
    GString *out = g_string_new(NULL);
    bool is_new = false;
    for (size_t i = 0; names[i]; i++)
        is_new = is_new || (g_str_equal(names[i], "change") && g_strcmp0(values[i], "new") == 0);
    json_writer_open(out, NULL, '{');
    json_writer_string(out, "kind", matter_kind_names[MATTER_CONTACT_UPDATE]);
    json_writer_string(out, "mission", mission);
    json_writer_open(out, "body", '{');
    for (size_t i = 0; names[i]; i++) {
        const char *value = values[i] ? values[i] : "";
        if (g_str_equal(names[i], "representative") && (*value || !is_new))
            append_rank(out, names[i], value, rank);
        else if (*value)
            json_writer_string(out, names[i], value);
    }
    json_writer_close(out, '}');
    json_writer_close(out, '}');
    return g_string_free(out, FALSE);
}

/* --- a draft broadcast --- */

static json_t *instant(int64_t ms)
{
    g_autofree char *text = timestamp_format_utc_s(ms);
    return json_string(text);
}

char *matter_json_draft(const struct matter *m, const char *sender, const char *city,
                        int64_t now_ms)
{
    struct matter_body *b = matter_json_read_body(m->kind, m->body);
    g_autofree char *identifier = g_strdup_printf("MATTER-%" G_GINT64_FORMAT, m->no);
    g_autofree char *what = text_clean_line(b ? matter_body_get(b, "what") : "");
    g_autofree char *headline = text_ellipsize(what, 100);
    g_autofree char *description =
        g_strdup_printf("%s\n\nWhere: %s\nWhen: %s", b ? matter_body_get(b, "what") : "",
                        b ? matter_body_get(b, "where") : "", b ? matter_body_get(b, "when") : "");
    json_t *message = json_pack("{s:s, s:o, s:o}", "language", "en", "headline",
                                json_text(headline), "description", json_text(description));
    json_t *draft = json_pack("{s:s, s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:o, s:[o], s:{s:[o]}}",
                              "identifier", identifier, "sender", json_text(sender), "sent",
                              instant(now_ms), "status", "draft", "type", "alert", "urgency",
                              broadcast_urgency_names[m->urgency], "severity", "unknown",
                              "certainty", "possible", "expires", instant(now_ms + DRAFT_LIFE_MS),
                              "messages", message, "audience", "cities", json_text(city));
    char *dumped = json_dumps(draft, JSON_INDENT(2)), *out = g_strdup(dumped);
    free(dumped);
    json_decref(draft);
    matter_body_free(b);
    return out;
}
