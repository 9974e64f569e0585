#include "script.h"

#include "rule_json.h"

struct script {
    GPtrArray *rules;            /* owned */
    GPtrArray *at_stage[STAGES]; /* borrowed from rules, in their order */
};

struct script *script_empty(void)
{
    struct script *s = g_new0(struct script, 1);

    s->rules = g_ptr_array_new_with_free_func((GDestroyNotify)rule_unref);
    for (int i = 0; i < STAGES; i++)
        s->at_stage[i] = g_ptr_array_new();
    return s;
}

void script_free(struct script *s)
{
    if (!s)
        return;
    for (int i = 0; i < STAGES; i++)
        g_ptr_array_unref(s->at_stage[i]);
    g_ptr_array_unref(s->rules);
    g_free(s);
}

static const json_t *rules_of(const json_t *document, GError **err)
{
    const json_t *rules = json_is_object(document) ? json_object_get(document, "rules") : document;

    if (json_is_array(rules) && (rules == document || json_object_size(document) == 1))
        return rules;
    g_set_error_literal(err, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                        "a script is a list of rules, or {\"rules\": [...]} and nothing else");
    return NULL;
}

struct script *script_from_json(const json_t *document, GError **err)
{
    const json_t *rules = rules_of(document, err);
    struct script *s;
    size_t i;
    json_t *row;

    if (!rules)
        return NULL;
    s = script_empty();
    json_array_foreach(rules, i, row)
    {
        struct rule *r = rule_from_json(row, (unsigned)i, err);

        if (!r) {
            script_free(s);
            return NULL;
        }
        g_ptr_array_add(s->rules, r);
        g_ptr_array_add(s->at_stage[r->stage], r);
    }
    return s;
}

struct script *script_load(const char *path, GError **err)
{
    json_error_t fault;
    json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, &fault);
    struct script *s;

    if (!document) {
        if (fault.line > 0)
            g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_INVAL, "script %s, line %d, column %d: %s",
                        path, fault.line, fault.column, fault.text);
        else
            g_set_error(err, G_FILE_ERROR, G_FILE_ERROR_NOENT, "script %s: %s", path, fault.text);
        return NULL;
    }
    s = script_from_json(document, err);
    json_decref(document);
    if (!s)
        g_prefix_error(err, "script %s: ", path);
    return s;
}

struct rule *script_decide(struct script *s, enum stage stage, const struct moment *m)
{
    const GPtrArray *rules = s->at_stage[stage];

    for (unsigned i = 0; i < rules->len; i++)
        if (rule_decide(rules->pdata[i], m))
            return rules->pdata[i];
    return NULL;
}

void script_reset(struct script *s)
{
    for (unsigned i = 0; i < s->rules->len; i++)
        rule_reset(s->rules->pdata[i]);
}

unsigned script_length(const struct script *s)
{
    return s->rules->len;
}

json_t *script_stats(const struct script *s)
{
    json_t *list = json_array();

    for (unsigned i = 0; i < s->rules->len; i++) {
        const struct rule *r = s->rules->pdata[i];

        json_array_append_new(list, json_pack("{s:s, s:I, s:I}", "name", r->name, "seen",
                                              (json_int_t)r->seen, "hits", (json_int_t)r->hits));
    }
    return list;
}
