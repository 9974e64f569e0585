#include "template_inside.h"

#include <string.h>

#define USUAL_BYTES 4096 /* that are not encoded yet */

struct open_section {
    guint node;
    char *name;        /* owned */
    const char *where; /* in the source, for complaints */
};

struct parser {
    const char *file, *source;
    struct template *t;
    struct faults *faults;
    struct open_section open[TEMPLATE_MAX_DEPTH];
    size_t depth;
    /* Schema of the sections we are in, outermost first; NULL where it is not known. */
    const json_t *scope[TEMPLATE_MAX_DEPTH + 1];
};

static const json_t *descend(const json_t *value, char *const *path)
{
    for (; value && *path; path++)
        value = json_object_get(value, *path);
    return value;
}

/* The innermost scope that has the first component decides; the rest must be inside that. */
static const json_t *look_up(const json_t *const *scope, size_t depth, char *const *path)
{
    if (!*path)
        return scope[depth];
    for (size_t i = depth + 1; i-- > 0;) {
        const json_t *value = json_object_get(scope[i], path[0]);
        if (value)
            return descend(value, path + 1);
    }
    return NULL;
}

static void node_clear(gpointer data)
{
    struct node *n = data;
    g_free(n->text);
    g_free(n->lines);
    g_free(n->rest);
    g_strfreev(n->path);
}

G_GNUC_PRINTF(4, 5)
static void complain(struct parser *p, const char *where, const char *code, const char *format, ...)
{
    guint line = 1;
    const char *line_start = p->source;
    for (const char *s = p->source; s < where; s++) {
        if (*s == '\n') {
            line++;
            line_start = s + 1;
        }
    }
    g_autofree char *place =
        g_strdup_printf("%s:%u:%u", p->file, line, (guint)(where - line_start) + 1);
    va_list args;
    va_start(args, format);
    g_autofree char *detail = g_strdup_vprintf(format, args);
    va_end(args);
    faults_add(p->faults, place, code, "%s", detail);
}

static guint add_node(struct parser *p, enum node_kind kind, char *text, char **path)
{
    struct node n = { .kind = kind, .text = text, .path = path };
    g_array_append_val(p->t->nodes, n);
    return p->t->nodes->len - 1;
}

static void add_text(struct parser *p, const char *from, const char *to)
{
    if (to > from)
        add_node(p, NODE_TEXT, g_strndup(from, (gsize)(to - from)), NULL);
}

static char **parse_path(const char *name)
{
    if (g_str_equal(name, "."))
        return g_new0(char *, 1);
    char **path = g_strsplit(name, ".", -1);
    bool good = path[0] != NULL;
    for (char **c = path; good && *c; c++)
        good = **c && !(*c)[strspn(*c, "abcdefghijklmnopqrstuvwxyz0123456789_")];
    if (good)
        return path;
    g_strfreev(path);
    return NULL;
}

/* Within a section whose name was already complained of, nothing more can be said about names. */
static bool scope_is_known(const struct parser *p)
{
    for (size_t i = 0; i <= p->depth; i++) {
        if (!p->scope[i])
            return false;
    }
    return true;
}

static const json_t *check_name(struct parser *p, const char *where, const char *name, char **path)
{
    if (!scope_is_known(p))
        return NULL;
    const json_t *value = look_up(p->scope, p->depth, path);
    if (!value)
        complain(p, where, "unknown-name", "there is no %s here", name);
    return value;
}

static void parse_value(struct parser *p, const char *where, const char *name, char **path)
{
    const json_t *value = check_name(p, where, name, path);
    if (value && (json_is_object(value) || json_is_array(value)))
        complain(p, where, "not-a-text", "%s is not a text", name);
    add_node(p, NODE_VALUE, NULL, path);
}

static void open_section(struct parser *p, const char *where, enum node_kind kind, const char *name,
                         char **path)
{
    if (p->depth == TEMPLATE_MAX_DEPTH) {
        complain(p, where, "too-deep", "more than %d sections within each other",
                 TEMPLATE_MAX_DEPTH);
        g_strfreev(path);
        return;
    }
    const json_t *value = check_name(p, where, name, path);
    guint node = add_node(p, kind, NULL, path);
    p->open[p->depth] = (struct open_section){ node, g_strdup(name), where };
    /* An inverted section has no element: names in it are those outside. */
    const json_t *inside = json_is_array(value) ? json_array_get(value, 0) : value;
    if (kind == NODE_INVERTED && value)
        inside = p->scope[p->depth];
    p->scope[++p->depth] = inside;
}

static void close_section(struct parser *p, const char *where, const char *name)
{
    if (!p->depth || !g_str_equal(p->open[p->depth - 1].name, name)) {
        complain(p, where, "unopened-section", "%s is closed where it is not the open section",
                 name);
        return;
    }
    struct open_section *o = &p->open[--p->depth];
    g_array_index(p->t->nodes, struct node, o->node).end = p->t->nodes->len;
    g_free(o->name);
}

static void parse_tag(struct parser *p, const char *where, const char *body, gsize len)
{
    char sigil = len ? *body : '\0';
    bool has_sigil = sigil && strchr("#^/!", sigil);
    if (sigil == '!')
        return;
    g_autofree char *name = g_strstrip(g_strndup(body + has_sigil, len - has_sigil));
    char **path = parse_path(name);
    if (!path) {
        complain(p, where, "bad-name", "a name is made of a-z, 0-9, _ and points between");
        return;
    }
    if (sigil == '/') {
        g_strfreev(path);
        close_section(p, where, name);
    } else if (has_sigil) {
        open_section(p, where, sigil == '#' ? NODE_SECTION : NODE_INVERTED, name, path);
    } else {
        parse_value(p, where, name, path);
    }
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* If the tag in [from, to) is alone on its line, widens it to the whole line with its end. */
static void widen_to_line(const char *source, const char **from, const char **to)
{
    if (!strchr("#^/!", (*from)[2]))
        return;
    const char *start = *from, *end = *to;
    while (start > source && is_blank(start[-1]))
        start--;
    while (is_blank(*end))
        end++;
    if (*end == '\r' && end[1] == '\n')
        end++;
    if ((start > source && start[-1] != '\n') || (*end && *end != '\n'))
        return;
    *from = start;
    *to = *end ? end + 1 : end;
}

static void parse_source(struct parser *p)
{
    const char *s = p->source;
    for (const char *tag; (tag = strstr(s, "{{"));) {
        const char *close = strstr(tag + 2, "}}");
        const char *next = strstr(tag + 2, "{{");
        if (!close || (next && next < close)) {
            complain(p, tag, "unclosed-tag", "{{ without }}");
            add_text(p, s, tag);
            s = tag + 2;
            continue;
        }
        const char *from = tag, *to = close + 2;
        widen_to_line(p->source, &from, &to);
        add_text(p, s, from);
        parse_tag(p, tag, tag + 2, (gsize)(close - tag - 2));
        s = to;
    }
    add_text(p, s, s + strlen(s));
    while (p->depth) {
        struct open_section *o = &p->open[--p->depth];
        complain(p, o->where, "unclosed-section", "section %s is never closed", o->name);
        g_free(o->name);
    }
}

struct template *template_new(enum template_output output)
{
    struct template *t = g_new0(struct template, 1);
    t->output = output;
    t->nodes = g_array_new(FALSE, FALSE, sizeof(struct node));
    g_array_set_clear_func(t->nodes, node_clear);
    return t;
}

struct template *template_parse(const char *name, const char *source, enum template_output output,
                                const json_t *schema, struct faults *f)
{
    guint before = f->errors->len;
    struct template *t = template_new(output);
    struct parser p = { .file = name, .source = source, .t = t, .faults = f, .scope = { schema } };
    parse_source(&p);
    if (f->errors->len == before)
        return t;
    template_free(t);
    return NULL;
}

void template_free(struct template *t)
{
    if (!t)
        return;
    g_array_unref(t->nodes);
    g_free(t);
}

static void render(const struct template *t, guint from, guint to, const json_t **scope,
                   size_t depth, struct sink *s);

static void render_section(const struct template *t, guint i, const json_t **scope, size_t depth,
                           struct sink *s)
{
    const struct node *n = &g_array_index(t->nodes, struct node, i);
    const json_t *value = look_up(scope, depth, n->path);
    if (n->kind == NODE_INVERTED || !template_is_true(value)) {
        scope[depth + 1] = scope[depth];
        if ((n->kind == NODE_INVERTED) != template_is_true(value))
            render(t, i + 1, n->end, scope, depth + 1, s);
        return;
    }
    size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t k = 0; k < count; k++) {
        scope[depth + 1] = json_is_array(value) ? json_array_get(value, k) : value;
        render(t, i + 1, n->end, scope, depth + 1, s);
    }
}

static void render(const struct template *t, guint from, guint to, const json_t **scope,
                   size_t depth, struct sink *s)
{
    for (guint i = from; i < to; i++) {
        const struct node *n = &g_array_index(t->nodes, struct node, i);
        if (n->kind == NODE_TEXT) {
            g_string_append(s->text, n->text);
        } else if (n->kind == NODE_VALUE) {
            const json_t *value = look_up(scope, depth, n->path);
            if (!s->leave_open || !s->leave_open(s, value))
                template_append_value(s->text, value, t->output);
        } else {
            render_section(t, i, scope, depth, s);
            i = n->end - 1; /* a section ends after itself at the earliest */
        }
    }
}

void template_walk(const struct template *t, const json_t *value, struct sink *s)
{
    const json_t *scope[TEMPLATE_MAX_DEPTH + 1] = { value };
    render(t, 0, t->nodes->len, scope, 0, s);
}

void template_render(const struct template *t, const json_t *value, GString *out)
{
    struct sink s = { .text = out };
    template_walk(t, value, &s);
}

void template_render_encoded(const struct template *t, const json_t *value,
                             template_encode_fn encode, GString *out)
{
    struct sink s = { .text = g_string_sized_new(USUAL_BYTES) };
    template_walk(t, value, &s);
    encode(out, s.text->str, s.text->len);
    g_string_free(s.text, TRUE);
}
