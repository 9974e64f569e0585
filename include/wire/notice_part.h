/*
 * notice_part - which part of a broadcast's story a notice tells: the whole text, the update, that
 * it is over.
 *
 * A notice may serve obligations of several parts (one mailbox, several missions); the message as a
 * whole then speaks as an update, and its missions are listed by what they are.  A cancel is a
 * cancel throughout.
 */
#pragma once
#include "wire/notice_list.h"

enum obligation_part notice_part(const struct notice *n);
/* It tells the reader that there is nothing to be done any more: neither levels nor instructions.
 */
bool notice_part_is_over(enum obligation_part part);

/* Mission id, borrowed -> GUINT_TO_POINTER(part + 1). */
GHashTable *notice_part_missions(const struct notice *n);

/* For templates: { label, line, rest }, empty for an alert. */
json_t *notice_part_json(const struct notice *n, const json_t *phrases);
/* For templates: [ { label, missions: [ mission ] } ], a group for each part that there is.
 */
json_t *notice_part_groups(const struct notice *n, const json_t *phrases, struct notice_list *list);
/* The word before a subject's headline, "" for none. */
const char *notice_part_word(const struct notice *n, const json_t *phrases);
