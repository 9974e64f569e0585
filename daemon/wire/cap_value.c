#include "wire/cap_value.h"

#include <string.h>

#include "base/text.h"
#include "wire/cap_geometry.h"

#define BLANKS " \t\r\n"
#define IDENTIFIER_MAX_BYTES 256
#define MAX_OFFSET_MIN (14 * 60) /* xs:dateTime */

char *cap_value_text(const struct cap_node *n)
{
    return n ? g_strdup(n->text) : NULL;
}

/* "Very Likely" is CAP 1.0's, and CAP 1.1 (3.2.2, certainty) says what it became. */
static const char *word_of_old(const struct cap_node *n)
{
    bool old = strcmp(n->element->name, "certainty") == 0 && strcmp(n->text, "Very Likely") == 0;

    return old ? "Likely" : n->text;
}

char *cap_value_word(const struct cap_node *n, const char *const *words, struct faults *f)
{
    if (!n)
        return NULL;
    const char *text = word_of_old(n);
    if (g_strv_contains(words, text))
        return g_strdup(text);
    g_autofree char *shown = cap_shown(n->text), *all = g_strjoinv(", ", (char **)words);
    const char *meant = strlen(text) < 64 ? text_did_you_mean(text, words) : NULL;
    if (meant)
        cap_node_error(n, f, "not-one-of", "“%s” is none of %s; did you mean %s?", shown, all,
                       meant);
    else
        cap_node_error(n, f, "not-one-of", "“%s” is none of %s", shown, all);
    return NULL;
}

/* Z and fractions are unambiguous but not CAP (3.3.2); many senders write them. */
static bool read_time(const struct cap_node *n, const char *text, struct timestamp *out,
                      struct faults *f)
{
    g_autofree char *shown = cap_shown(text);
    const char *why = NULL;

    if (!timestamp_parse(text, out, &why)) {
        cap_node_error(n, f, "bad-time", "“%s”: %s", shown, why);
        return false;
    }
    if (ABS(out->offset_min) > MAX_OFFSET_MIN || out->ms == 0) {
        cap_node_error(n, f, "bad-time", "“%s” is no time that an alert can mean", shown);
        return false;
    }
    if (strchr(text, 'Z') || strchr(text, '.'))
        cap_node_warn(n, f, "odd-time",
                      "“%s” is read, but CAP has whole seconds and writes UTC as -00:00", shown);
    return true;
}

bool cap_value_time(const struct cap_node *n, struct timestamp *out, struct faults *f)
{
    struct timestamp t;

    if (!n || !read_time(n, n->text, &t, f))
        return false;
    *out = t;
    return true;
}

/* CAP 1.2, 3.2.1: no spaces, commas or restricted characters (< and &), because references join
 * triples by them. */
static bool is_identifier(const char *s)
{
    if (*s == '\0' || strlen(s) > IDENTIFIER_MAX_BYTES || text_has_control(s))
        return false;
    for (const char *p = s; *p; p = g_utf8_next_char(p))
        if (strchr(",<&", *p) || g_unichar_isspace(g_utf8_get_char(p)))
            return false;
    return true;
}

char *cap_value_identifier(const struct cap_node *n, struct faults *f)
{
    if (!n)
        return NULL;
    if (is_identifier(n->text))
        return g_strdup(n->text);
    g_autofree char *shown = cap_shown(n->text);
    cap_node_error(n, f, "bad-identifier",
                   "“%s” must be at most %d bytes without a blank, a control character, a comma, "
                   "'<' or '&'",
                   shown, IDENTIFIER_MAX_BYTES);
    return NULL;
}

/* As xs:language has it: what BCP 47 calls well-formed, and a little more. */
static bool is_language(const char *s)
{
    for (bool primary = true;; primary = false) {
        size_t n = 0;
        while (g_ascii_isalpha(s[n]) || (!primary && g_ascii_isdigit(s[n])))
            n++;
        if (n < 1 || n > 8)
            return false;
        s += n;
        if (*s == '\0')
            return true;
        if (*s++ != '-')
            return false;
    }
}

char *cap_value_language(const struct cap_node *n, struct faults *f)
{
    if (!n)
        return NULL;
    if (is_language(n->text))
        return g_strdup(n->text);
    g_autofree char *shown = cap_shown(n->text);
    cap_node_error(n, f, "bad-language", "“%s” is no language tag such as en-US or zh-Hant", shown);
    return NULL;
}

char *cap_value_number(const struct cap_node *n, bool whole, struct faults *f)
{
    double value;

    if (!n)
        return NULL;
    if (cap_decimal(n->text, &value) && !(whole && strchr(n->text, '.')))
        return g_strdup(n->text);
    g_autofree char *shown = cap_shown(n->text);
    cap_node_error(n, f, "bad-number", "“%s” is no %s", shown,
                   whole ? "whole number" : "plain decimal number");
    return NULL;
}

void cap_value_list(const struct cap_node *n, GPtrArray *out, struct faults *f)
{
    const char *s = n ? n->text : "";

    while (*(s += strspn(s, BLANKS))) {
        bool quoted = *s == '"';
        const char *end = quoted ? strchr(++s, '"') : s + strcspn(s, BLANKS);
        if (!end) {
            cap_node_error(n, f, "bad-list", "a quotation mark is not closed");
            return;
        }
        if (end > s)
            g_ptr_array_add(out, g_strndup(s, (gsize)(end - s)));
        s = end + quoted;
    }
}

static bool add_reference(const struct cap_node *n, const char *triple, GPtrArray *out,
                          struct faults *f)
{
    g_auto(GStrv) parts = g_strsplit(triple, ",", 3);
    struct timestamp sent;

    if (g_strv_length(parts) != 3 || !is_identifier(parts[0]) || !is_identifier(parts[1])) {
        g_autofree char *shown = cap_shown(triple);
        cap_node_error(n, f, "bad-reference", "“%s” is not sender,identifier,sent", shown);
        return false;
    }
    if (!read_time(n, parts[2], &sent, f))
        return false;
    g_ptr_array_add(out, cap_reference_new(parts[0], parts[1], sent));
    return true;
}

void cap_value_references(const struct cap_node *n, GPtrArray *out, struct faults *f)
{
    const char *s = n ? n->text : "";

    while (*(s += strspn(s, BLANKS))) {
        size_t length = strcspn(s, BLANKS);
        g_autofree char *triple = g_strndup(s, length);
        if (out->len == CAP_MAX_REFERENCES) {
            cap_node_error(n, f, "too-many-elements", "more than %d references",
                           CAP_MAX_REFERENCES);
            return;
        }
        add_reference(n, triple, out, f);
        s += length;
    }
}
