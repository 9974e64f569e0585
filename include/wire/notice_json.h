/*
 * notice_json - a notice as the value that templates are rendered with.
 *
 * notice_json_schema() has every name of it once, with examples: the list of what templates may
 * say. A broadcast of handling `notice` gives neither headline nor text nor incident away.
 */
#pragma once
#include "wire/notice.h"
#include <jansson.h>

/* New reference.  phrases are those of language, both from template_set_phrases(). */
json_t *notice_json(const struct notice *n, const json_t *phrases, const char *language);
json_t *notice_json_schema(const json_t *phrases);

/* To an office, a desk or the test recipient, rather than to a mission's people. */
bool notice_is_for_desk(const struct notice *n);
/* "[EXERCISE] Update: headline", one clean line; caller frees. */
char *notice_subject(const struct notice *n, const json_t *phrases);
