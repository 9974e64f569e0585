#include <string.h>

#include "wire/json_reader.h"

/* One open object or array. */
struct level {
    struct json_place at; /* of the member or element that is read now */
    GHashTable *names;    /* of an object: char *, owned; NULL: an array */
    char *name;           /* of an object: owned */
    bool wants_name;
};

struct scan {
    struct level levels[JSON_READER_MAX_DEPTH];
    size_t depth;
    struct faults *faults;
};

static void open_level(struct scan *s, bool object)
{
    struct level *l = &s->levels[s->depth];

    *l = (struct level){ .wants_name = object };
    l->at.up = s->depth ? &s->levels[s->depth - 1].at : NULL;
    if (object)
        l->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    s->depth++;
}

static void close_level(struct scan *s)
{
    struct level *l = &s->levels[--s->depth];

    g_clear_pointer(&l->names, g_hash_table_unref);
    g_clear_pointer(&l->name, g_free);
}

/* token: with its quotes.  Escapes count as what they stand for. */
static void take_name(struct scan *s, struct level *l, const char *token, size_t len)
{
    json_t *value = json_loadb(token, len, JSON_DECODE_ANY, NULL);

    g_free(l->name);
    l->at.name = l->name = g_strdup(json_string_value(value));
    l->wants_name = false;
    json_decref(value);
    if (!g_hash_table_add(l->names, g_strdup(l->name)))
        json_reader_fault(s->faults, &l->at, "duplicate-member", "stands there more than once");
}

/* The end of the string that begins at its quote, behind the closing one. */
static const char *skip_string(const char *p)
{
    for (p++; *p != '"'; p++)
        if (*p == '\\')
            p++;
    return p + 1;
}

static void next_in(struct level *l)
{
    l->wants_name = l->names != NULL;
    if (!l->names)
        l->at.index++;
}

void json_reader_report_duplicates(const char *text, size_t len, struct faults *f)
{
    struct scan s = { .faults = f };

    for (const char *p = text, *end = text + len; p < end; p++) {
        struct level *l = s.depth ? &s.levels[s.depth - 1] : NULL;
        if (*p == '"') {
            const char *behind = skip_string(p);
            if (l && l->wants_name)
                take_name(&s, l, p, (size_t)(behind - p));
            p = behind - 1;
        } else if (*p == '{' || *p == '[') {
            open_level(&s, *p == '{');
        } else if (*p == '}' || *p == ']') {
            close_level(&s);
        } else if (*p == ',') {
            next_in(l);
        }
    }
}
