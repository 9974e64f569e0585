#include "rule_json.h"

#include <string.h>

/* Where we are in the document, for complaints; the error is kept at its first cause. */
struct place {
    char text[160];
    GError **err;
};

G_GNUC_PRINTF(3, 4)
static bool complain(const struct place *at, const char *member, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    if (at->err && !*at->err)
        g_set_error(at->err, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s%s%s: %s", at->text,
                    member ? "." : "", member ? member : "", text);
    return false;
}

static bool no_controls(const char *text)
{
    for (; *text; text++)
        if (g_ascii_iscntrl(*text))
            return false;
    return true;
}

enum kind { TEXT, COUNT, CHANCE, TRUTH, CHOICE, INNER };

/* One member of an object: what it may hold and where it goes. */
struct member {
    const char *name;
    enum kind kind;
    void *target;             /* char **, unsigned *, double *, bool *, int-sized enum * */
    unsigned min, max;        /* COUNT */
    const char *const *words; /* CHOICE; NULL-terminated, first is value `min` */
    bool (*inner)(const json_t *value, const struct place *at, void *target);
};

static bool read_choice(const struct member *m, const json_t *v, const struct place *at)
{
    g_autofree char *all = g_strjoinv(" | ", (char **)m->words);

    for (unsigned i = 0; json_is_string(v) && m->words[i]; i++)
        if (g_str_equal(m->words[i], json_string_value(v))) {
            *(unsigned *)m->target = i + m->min;
            return true;
        }
    return complain(at, m->name, "must be one of %s", all);
}

static bool read_member(const struct member *m, const json_t *v, const struct place *at)
{
    switch (m->kind) {
    case TEXT:
        if (!json_is_string(v) || strlen(json_string_value(v)) != json_string_length(v))
            return complain(at, m->name, "must be a string");
        g_free(*(char **)m->target);
        *(char **)m->target = g_strdup(json_string_value(v));
        return true;
    case COUNT:
        if (!json_is_integer(v) || json_integer_value(v) < m->min || json_integer_value(v) > m->max)
            return complain(at, m->name, "must be a whole number from %u to %u", m->min, m->max);
        *(unsigned *)m->target = (unsigned)json_integer_value(v);
        return true;
    case CHANCE:
        if (!json_is_number(v) || json_number_value(v) < 0 || json_number_value(v) > 1)
            return complain(at, m->name, "must be a number from 0 to 1");
        *(double *)m->target = json_number_value(v);
        return true;
    case TRUTH:
        if (!json_is_boolean(v))
            return complain(at, m->name, "must be true or false");
        *(bool *)m->target = json_is_true(v);
        return true;
    case CHOICE:
        return read_choice(m, v, at);
    case INNER:
        return m->inner(v, at, m->target);
    }
    return false;
}

static bool read_object(const json_t *object, const struct member *members, size_t n,
                        const struct place *at)
{
    const char *name;
    json_t *value;

    if (!json_is_object(object))
        return complain(at, NULL, "must be an object");
    json_object_foreach((json_t *)object, name, value)
    {
        size_t i = 0;

        while (i < n && !g_str_equal(members[i].name, name))
            i++;
        if (i == n)
            return complain(at, name, "is not a known member");
        if (!read_member(&members[i], value, at))
            return false;
    }
    return true;
}

static struct place within(const struct place *at, const char *member)
{
    struct place in = { .err = at->err };

    g_snprintf(in.text, sizeof(in.text), "%s.%s", at->text, member);
    return in;
}

static bool read_match(const json_t *v, const struct place *at, void *target)
{
    static const char *const stages[] = { "connect", "ehlo", "mail", "rcpt",
                                          "data",    "body", "http", NULL };
    struct rule *r = target;
    const struct place in = within(at, "match");
    const struct member members[] = {
        { "rcpt", TEXT, &r->rcpt, 0, 0, NULL, NULL },
        { "from", TEXT, &r->from, 0, 0, NULL, NULL },
        { "path", TEXT, &r->path, 0, 0, NULL, NULL },
        { "stage", CHOICE, &r->stage, STAGE_CONNECT, 0, stages, NULL },
    };

    return read_object(v, members, G_N_ELEMENTS(members), &in);
}

static bool read_headers(const json_t *v, const struct place *at, void *target)
{
    const struct place in = within(at, "headers");
    g_autoptr(GString) lines = g_string_new(NULL);
    const char *name;
    json_t *value;

    if (!json_is_object(v))
        return complain(&in, NULL, "must be an object");
    json_object_foreach((json_t *)v, name, value)
    {
        const char *text = json_string_value(value);

        if (!text || !no_controls(text) || !no_controls(name) || strpbrk(name, ": ") || !*name)
            return complain(&in, name, "must be a header name with a one-line string");
        g_string_append_printf(lines, "%s: %s\r\n", name, text);
    }
    g_free(*(char **)target);
    *(char **)target = g_strdup(lines->str);
    return true;
}

static bool read_action(const json_t *v, const struct place *at, void *target)
{
    static const char *const drops[] = { "now", "before-body", "after-body", NULL };
    static const char *const endless[] = { "headers", "body", NULL };
    struct action *a = target;
    const struct place in = within(at, "action");
    const struct member members[] = {
        { "smtp", TEXT, &a->smtp, 0, 0, NULL, NULL },
        { "http", COUNT, &a->http, 200, 599, NULL, NULL },
        { "headers", INNER, &a->headers, 0, 0, NULL, read_headers },
        { "body", TEXT, &a->body, 0, 0, NULL, NULL },
        { "redirect", TEXT, &a->redirect, 0, 0, NULL, NULL },
        { "delay_ms", COUNT, &a->delay_ms, 0, 86400000, NULL, NULL },
        { "trickle_bps", COUNT, &a->trickle_bps, 1, 100000000, NULL, NULL },
        { "drop", CHOICE, &a->drop, DROP_NOW, 0, drops, NULL },
        { "endless", CHOICE, &a->endless, ENDLESS_HEADERS, 0, endless, NULL },
        { "hang", TRUTH, &a->hang, 0, 0, NULL, NULL },
        { "garbage", TRUTH, &a->garbage, 0, 0, NULL, NULL },
        { "keep", TRUTH, &a->keep, 0, 0, NULL, NULL },
    };

    if (!read_object(v, members, G_N_ELEMENTS(members), &in))
        return false;
    return json_object_size(v) > 0 || complain(&in, NULL, "must say what to do");
}

static bool check_smtp_text(struct action *a, const struct place *at)
{
    const char *t = a->smtp;

    if (!t)
        return true;
    if (strlen(t) < 4 || strlen(t) > 500 || !strchr("245", t[0]) || !g_ascii_isdigit(t[1]) ||
        !g_ascii_isdigit(t[2]) || t[3] != ' ' || !no_controls(t))
        return complain(at, "smtp", "must be one reply line, such as \"451 4.7.1 try later\"");
    a->smtp_code = (unsigned)((t[0] - '0') * 100 + (t[1] - '0') * 10 + (t[2] - '0'));
    return true;
}

static bool check_action(struct action *a, const struct place *at)
{
    int chosen = (a->smtp != NULL) + (a->http != 0 || a->redirect) + (a->drop != DROP_NOT) +
                 (a->endless != ENDLESS_NOT) + a->hang + a->garbage;

    if (!check_smtp_text(a, at))
        return false;
    if (chosen > 1)
        return complain(at, NULL, "smtp, http, drop, hang, endless and garbage exclude each other");
    if (a->redirect && !no_controls(a->redirect))
        return complain(at, "redirect", "must be one line");
    if (a->redirect && a->http && a->http / 100 != 3)
        return complain(at, "http", "must be from 300 to 399 beside redirect");
    if ((a->headers || a->body) && !a->http && !a->redirect)
        return complain(at, a->body ? "body" : "headers", "needs http beside it");
    if (a->keep && a->drop != DROP_AFTER_BODY)
        return complain(at, "keep", "needs \"drop\": \"after-body\" beside it");
    return true;
}

/* The stage that the rest of the rule implies when it names none. */
static enum stage implied_stage(const struct rule *r)
{
    if (r->path || r->action.http || r->action.redirect)
        return STAGE_HTTP;
    if (!r->rcpt && !r->from && !r->action.smtp)
        return STAGE_UNSET;
    if (r->action.drop == DROP_BEFORE_BODY)
        return STAGE_DATA;
    if (r->action.drop == DROP_AFTER_BODY)
        return STAGE_BODY;
    return r->rcpt || !r->from ? STAGE_RCPT : STAGE_MAIL;
}

static bool check_stage(struct rule *r, const struct place *at)
{
    const struct action *a = &r->action;

    if (r->stage == STAGE_UNSET)
        r->stage = implied_stage(r);
    if (r->stage == STAGE_UNSET)
        return complain(at, "match", "must name a stage, a rcpt, a from or a path");
    if (r->stage == STAGE_HTTP && (r->rcpt || r->from || a->smtp))
        return complain(at, "match", "stage http goes with path and http, not with rcpt or smtp");
    if (r->stage != STAGE_HTTP && (r->path || a->http || a->redirect))
        return complain(at, "match", "path, http and redirect go with stage http only");
    if (r->rcpt && r->stage < STAGE_RCPT)
        return complain(at, "match.rcpt", "is not known yet at stage %s", stage_name(r->stage));
    if (r->from && r->stage < STAGE_MAIL)
        return complain(at, "match.from", "is not known yet at stage %s", stage_name(r->stage));
    if (r->stage != STAGE_HTTP && ((a->drop == DROP_BEFORE_BODY && r->stage != STAGE_DATA) ||
                                   (a->drop == DROP_AFTER_BODY && r->stage != STAGE_BODY)))
        return complain(at, "action.drop", "before-body is for stage data, after-body for body");
    return true;
}

struct rule *rule_from_json(const json_t *row, unsigned index, GError **err)
{
    struct rule *r = rule_new();
    struct place at = { .err = err }, in;
    const struct member members[] = {
        { "name", TEXT, &r->name, 0, 0, NULL, NULL },
        { "match", INNER, r, 0, 0, NULL, read_match },
        { "first", COUNT, &r->first, 1, 1000000, NULL, NULL },
        { "every", COUNT, &r->every, 1, 1000000, NULL, NULL },
        { "probability", CHANCE, &r->probability, 0, 0, NULL, NULL },
        { "seed", COUNT, &r->seed, 0, UINT32_MAX, NULL, NULL },
        { "action", INNER, &r->action, 0, 0, NULL, read_action },
    };

    g_snprintf(at.text, sizeof(at.text), "rules[%u]", index);
    in = within(&at, "action");
    if (read_object(row, members, G_N_ELEMENTS(members), &at) &&
        (json_object_get(row, "action") || complain(&at, "action", "is missing")) &&
        check_action(&r->action, &in) && check_stage(r, &at)) {
        if (!r->name)
            r->name = g_strdup(at.text);
        return r;
    }
    rule_unref(r);
    return NULL;
}
