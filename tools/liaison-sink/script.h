/*
 * script - an ordered list of fault rules, read from JSON and checked in full.
 *
 * The document is a list of rules, or an object whose only member "rules" is that list.  Unknown
 * members, wrong types and combinations that make no sense are errors that name the place, such as
 * `rules[2].action.smtp`.  The first rule that strikes wins; one that does not strike lets pass.
 */
#pragma once
#include "rule.h"

struct script;

struct script *script_empty(void);
struct script *script_load(const char *path, GError **err);
struct script *script_from_json(const json_t *document, GError **err);
void script_free(struct script *s);

/* The rule that strikes at this stage, borrowed, or NULL. */
struct rule *script_decide(struct script *s, enum stage stage, const struct moment *m);
void script_reset(struct script *s);
unsigned script_length(const struct script *s);
/* [{"name", "seen", "hits"}, …], a new reference. */
json_t *script_stats(const struct script *s);
