#include "template_inside.h"

#include <string.h>

struct fixing {
    const struct template *from;
    struct template *to;
    const json_t *scope[TEMPLATE_MAX_DEPTH + 1];
    GString *text; /* what is known since the last node */
};

static const struct node *node_at(const struct fixing *f, guint i)
{
    return &g_array_index(f->from->nodes, struct node, i);
}

static void end_text(struct fixing *f)
{
    if (!f->text->len)
        return;
    struct node n = { .kind = NODE_TEXT, .text = g_strdup(f->text->str) };
    g_array_append_val(f->to->nodes, n);
    g_string_truncate(f->text, 0);
}

/* As it stands; ends move with it. */
static void copy_nodes(struct fixing *f, guint from, guint to)
{
    end_text(f);
    const guint shift = f->to->nodes->len - from;
    for (guint i = from; i < to; i++) {
        const struct node *n = node_at(f, i);
        struct node copy = { .kind = n->kind,
                             .text = g_strdup(n->text),
                             .path = g_strdupv(n->path),
                             .end = n->end + shift };
        g_array_append_val(f->to->nodes, copy);
    }
}

/* Whether all names between are known, as far as the scope goes. */
static bool is_known(const struct fixing *f, size_t depth, char *const *path)
{
    if (!*path)
        return depth > 0;
    for (size_t i = depth + 1; i-- > 0;)
        if (json_object_get(f->scope[i], path[0]))
            return true;
    return false;
}

static bool fix(struct fixing *f, guint from, guint to, size_t depth, bool inside);

static bool fix_section(struct fixing *f, guint i, size_t depth)
{
    const struct node *n = node_at(f, i);
    const json_t *value = template_look_up(f->scope, depth, n->path);
    if (n->kind == NODE_INVERTED || !template_is_true(value)) {
        f->scope[depth + 1] = f->scope[depth];
        return (n->kind == NODE_INVERTED) == template_is_true(value) ||
               fix(f, i + 1, n->end, depth + 1, true);
    }
    const size_t count = json_is_array(value) ? json_array_size(value) : 1;
    for (size_t k = 0; k < count; k++) {
        f->scope[depth + 1] = json_is_array(value) ? json_array_get(value, k) : value;
        if (!fix(f, i + 1, n->end, depth + 1, true))
            return false;
    }
    return true;
}

/* A section in which something is not known stays a section as a whole: what is looked up within
 * an element cannot be told from outside of it. */
static void try_section(struct fixing *f, guint i, size_t depth)
{
    const guint nodes = f->to->nodes->len;
    const gsize text = f->text->len;
    if (fix_section(f, i, depth))
        return;
    g_assert(f->to->nodes->len == nodes);
    g_string_truncate(f->text, text);
    copy_nodes(f, i, node_at(f, i)->end);
}

/* False: something inside of a section is not known. */
static bool fix(struct fixing *f, guint from, guint to, size_t depth, bool inside)
{
    for (guint i = from; i < to; i++) {
        const struct node *n = node_at(f, i);
        if (n->kind == NODE_TEXT) {
            g_string_append(f->text, n->text);
            continue;
        }
        const guint end = n->kind == NODE_VALUE ? i + 1 : n->end;
        const bool known = is_known(f, depth, n->path);
        if (!known && inside)
            return false;
        if (!known)
            copy_nodes(f, i, end);
        else if (n->kind == NODE_VALUE)
            template_append_value(f->text, template_look_up(f->scope, depth, n->path),
                                  f->from->output);
        else if (!inside)
            try_section(f, i, depth);
        else if (!fix_section(f, i, depth))
            return false;
        i = end - 1;
    }
    return true;
}

struct template *template_fix(const struct template *t, json_t *shared)
{
    struct fixing f = { .from = t, .to = template_new(t->output), .scope = { shared } };
    f.to->shared = json_incref(shared);
    f.text = g_string_new(NULL);
    fix(&f, 0, t->nodes->len, 0, false);
    end_text(&f);
    g_string_free(f.text, TRUE);
    return f.to;
}

static void encode_lines(struct node *n, template_encode_fn encode)
{
    const char *first = n->text ? strchr(n->text, '\n') : NULL;
    const char *last = first ? strrchr(n->text, '\n') : NULL;
    if (first == last)
        return;
    n->first = (gsize)(first + 1 - n->text);
    n->rest = (gsize)(last + 1 - n->text);
    GString *lines = g_string_new(NULL);
    encode(lines, n->text + n->first, n->rest - n->first);
    g_free(n->lines);
    n->lines = g_string_free(lines, FALSE);
}

void template_encode_lines(struct template *t, template_encode_fn encode)
{
    for (guint i = 0; i < t->nodes->len; i++)
        encode_lines(&g_array_index(t->nodes, struct node, i), encode);
}
