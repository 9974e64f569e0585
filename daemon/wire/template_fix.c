#include "template_inside.h"

#include <string.h>

#define USUAL_BYTES 4096 /* that are not encoded yet */

struct fixing {
    struct sink sink; /* its text: what is known since the last node */
    struct template *to;
    const json_t *const *open;
    gsize n;
};

/* Its whole lines are encoded once and for all. */
static void encode_lines(struct node *n, template_encode_fn encode)
{
    char *first = strchr(n->text, '\n'), *last = first ? strrchr(n->text, '\n') : NULL;
    if (!encode || first == last)
        return;
    GString *lines = g_string_new(NULL);
    encode(lines, first + 1, (gsize)(last - first));
    n->lines = g_string_free(lines, FALSE);
    n->rest = g_strdup(last + 1);
    first[1] = '\0';
    n->text = g_realloc(n->text, strlen(n->text) + 1);
}

static void end_text(struct fixing *f)
{
    GString *text = f->sink.text;
    if (!text->len)
        return;
    struct node n = { .kind = NODE_TEXT, .text = g_strndup(text->str, text->len) };
    encode_lines(&n, f->to->encode);
    g_array_append_val(f->to->nodes, n);
    g_string_truncate(text, 0);
}

static bool leave_open(struct sink *s, const json_t *value)
{
    struct fixing *f = (struct fixing *)s;
    gsize i = 0;
    while (i < f->n && f->open[i] != value)
        i++;
    if (!value || i == f->n)
        return false;
    struct node n = { .kind = NODE_OPEN, .which = i };
    end_text(f);
    g_array_append_val(f->to->nodes, n);
    return true;
}

struct template *template_fix(const struct template *t, const json_t *value,
                              const json_t *const open[], gsize n, template_encode_fn encode)
{
    struct fixing f = { .to = template_new(t->output), .open = open, .n = n };
    f.to->encode = encode;
    f.sink = (struct sink){ .text = g_string_new(NULL), .leave_open = leave_open };
    template_walk(t, value, &f.sink);
    end_text(&f);
    g_string_free(f.sink.text, TRUE);
    return f.to;
}

static void encode_text(const struct template *t, GString *text, GString *out)
{
    if (text == out)
        return;
    t->encode(out, text->str, text->len);
    g_string_truncate(text, 0);
}

static void fill_node(const struct template *t, const struct node *n, const char *const texts[],
                      GString *text, GString *out)
{
    if (n->kind == NODE_OPEN) {
        template_append_text(text, texts[n->which], t->output);
        return;
    }
    g_string_append(text, n->text);
    if (!n->lines)
        return;
    encode_text(t, text, out);
    g_string_append(out, n->lines);
    g_string_append(text, n->rest);
}

void template_fill(const struct template *t, const char *const texts[], GString *out)
{
    GString *text = t->encode ? g_string_sized_new(USUAL_BYTES) : out;
    for (guint i = 0; i < t->nodes->len; i++)
        fill_node(t, &g_array_index(t->nodes, struct node, i), texts, text, out);
    encode_text(t, text, out);
    if (text != out)
        g_string_free(text, TRUE);
}
