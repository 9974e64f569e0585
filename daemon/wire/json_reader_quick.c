#include "wire/json_reader.h"

#include <string.h>

/* What is read, up to its end; nothing stands there that is not looked at first. */
struct text {
    const char *p, *end;
};

static json_t *read_value(struct text *t);

static char next_char(struct text *t)
{
    while (t->p < t->end && (*t->p == ' ' || *t->p == '\n' || *t->p == '\r' || *t->p == '\t'))
        t->p++;
    return t->p < t->end ? *t->p : '\0';
}

static bool take(struct text *t, char c)
{
    if (next_char(t) != c)
        return false;
    t->p++;
    return true;
}

/* Between its quotes, and behind the closing one.  NULL: it does not end. */
static const char *read_quoted(struct text *t, size_t *len, bool *escaped)
{
    const char *start = t->p + 1;
    *escaped = false;
    for (t->p++; t->p < t->end && *t->p != '"'; t->p++) {
        if ((guchar)*t->p < ' ')
            return NULL;
        if (*t->p != '\\')
            continue;
        *escaped = true;
        if (++t->p == t->end)
            return NULL;
    }
    if (t->p == t->end)
        return NULL;
    *len = (size_t)(t->p++ - start);
    return start;
}

/* \uXXXX is not for here. */
static char unescape(char c)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *at = c ? strchr(letters, c) : NULL;
    return at ? meant[at - letters] : '\0';
}

static json_t *read_escaped(const char *s, size_t len)
{
    g_autofree char *out = g_malloc(len);
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        char c = s[i] == '\\' ? unescape(s[++i]) : s[i];
        if (!c)
            return NULL;
        out[n++] = c;
    }
    return json_stringn(out, n);
}

static json_t *read_string(struct text *t)
{
    size_t len;
    bool escaped;
    const char *s = read_quoted(t, &len, &escaped);
    if (!s)
        return NULL;
    return escaped ? read_escaped(s, len) : json_stringn(s, len);
}

/* A member of an object that has none of that name. */
static bool read_member(struct text *t, json_t *o)
{
    size_t len;
    bool escaped;
    const char *name = next_char(t) == '"' ? read_quoted(t, &len, &escaped) : NULL;
    if (!name || escaped || json_object_getn(o, name, len) || !take(t, ':'))
        return false;
    return json_object_setn_new(o, name, len, read_value(t)) == 0;
}

static bool read_members(struct text *t, json_t *o)
{
    if (take(t, '}'))
        return true;
    do {
        if (!read_member(t, o))
            return false;
    } while (take(t, ','));
    return take(t, '}');
}

static bool read_elements(struct text *t, json_t *a)
{
    if (take(t, ']'))
        return true;
    do {
        if (json_array_append_new(a, read_value(t)) != 0)
            return false;
    } while (take(t, ','));
    return take(t, ']');
}

static json_t *read_within(struct text *t, json_t *whole, bool (*read)(struct text *t, json_t *))
{
    t->p++;
    if (!read(t, whole))
        g_clear_pointer(&whole, json_decref);
    return whole;
}

/* A whole number that has room. */
static json_t *read_number(struct text *t)
{
    const char *start = t->p;
    json_int_t n = 0;
    bool negative = *t->p == '-';
    for (t->p += negative; t->p < t->end && g_ascii_isdigit(*t->p); t->p++) {
        if (t->p - start > 17)
            return NULL;
        n = n * 10 + (*t->p - '0');
    }
    const char *digits = start + negative;
    bool odd = t->p == digits || (*digits == '0' && t->p - digits > 1);
    if (odd || (t->p < t->end && strchr(".eE", *t->p)))
        return NULL;
    return json_integer(negative ? -n : n);
}

static json_t *read_word(struct text *t)
{
    static const struct {
        const char *word;
        json_t *(*make)(void);
    } words[] = { { "true", json_true }, { "false", json_false }, { "null", json_null } };
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t len = strlen(words[i].word);
        if ((size_t)(t->end - t->p) < len || memcmp(t->p, words[i].word, len) != 0)
            continue;
        t->p += len;
        return words[i].make();
    }
    return NULL;
}

static json_t *read_value(struct text *t)
{
    char c = next_char(t);
    switch (c) {
    case '"':
        return read_string(t);
    case '{':
        return read_within(t, json_object(), read_members);
    case '[':
        return read_within(t, json_array(), read_elements);
    default:
        return c == '-' || g_ascii_isdigit(c) ? read_number(t) : read_word(t);
    }
}

json_t *json_reader_quick(const char *text, size_t len)
{
    struct text t = { text, text + len };
    json_t *value = read_value(&t);
    next_char(&t);
    if (t.p < t.end)
        g_clear_pointer(&value, json_decref);
    return value;
}
