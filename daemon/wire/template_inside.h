/*
 * template_inside - what template.c and template_fix.c share: the list of nodes, and how a name is
 * looked up in it.
 */
#pragma once
#include "wire/template.h"

/* The template is a flat list: a section knows where it ends, so that rendering walks indexes. */
enum node_kind { NODE_TEXT, NODE_VALUE, NODE_SECTION, NODE_INVERTED };

struct node {
    enum node_kind kind;
    char *text;  /* NODE_TEXT: what to write; else NULL */
    char **path; /* components of the name; NULL-terminated and empty for "." */
    guint end;   /* sections: index after the last node inside */
    /* NODE_TEXT: its whole lines encoded, those between text[first] and text[rest]; or NULL. */
    char *lines;
    gsize first, rest;
};

struct template
{
    enum template_output output;
    GArray *nodes;  /* struct node */
    json_t *shared; /* owned: what was fixed, seen behind every other value; NULL: nothing */
};

/* Without a node. */
struct template *template_new(enum template_output output);
/* The innermost scope that has the first component decides; the rest must be inside that. */
const json_t *template_look_up(const json_t *const *scope, size_t depth, char *const *path);
bool template_is_true(const json_t *value);
void template_append_value(GString *out, const json_t *value, enum template_output output);
