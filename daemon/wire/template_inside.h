/*
 * template_inside - what template.c and template_fix.c share: the list of nodes, and how they
 * are rendered.
 */
#pragma once
#include "wire/template.h"

/* The template is a flat list: a section knows where it ends, so that rendering walks indexes. */
enum node_kind { NODE_TEXT, NODE_VALUE, NODE_SECTION, NODE_INVERTED, NODE_OPEN };

struct node {
    enum node_kind kind;
    char *text;  /* NODE_TEXT: what to write; else NULL */
    char **path; /* components of the name; NULL-terminated and empty for "." */
    guint end;   /* sections: index after the last node inside */
    gsize which; /* NODE_OPEN: of the open texts */
    /* NODE_TEXT of a fixed one: its whole lines encoded, which stand between text and rest; NULL:
     * it has none. */
    char *lines, *rest;
};

struct template
{
    enum template_output output;
    GArray *nodes;             /* struct node */
    template_encode_fn encode; /* of a fixed one; NULL: it is written as it is */
};

struct sink {                  /* where what is rendered goes */
    GString *text, *out;       /* out: where it goes when it is encoded */
    template_encode_fn encode; /* NULL: it is not */
    /* True: it has taken care of that value; NULL: all are written. */
    bool (*leave_open)(struct sink *s, const json_t *value);
};

/* Without a node. */
struct template *template_new(enum template_output output);
bool template_is_true(const json_t *value);
void template_walk(const struct template *t, const json_t *value, struct sink *s);
/* text is valid UTF-8. */
void template_append_text(GString *out, const char *text, enum template_output output);
void template_append_value(GString *out, const json_t *value, enum template_output output);
