/*
 * notice_ask - the part of a notice that asks for an answer: the personal link, its code, the
 * reminder.
 *
 * The link alone confirms nothing, because machines follow links; the code is typed by a person.
 */
#pragma once
#include "wire/notice.h"
#include <jansson.h>

/* The address of its page, "https://host/a/TOKEN"; NULL: it carries no link.  Caller frees. */
char *notice_ask_url(const struct notice *n);
char *notice_ask_spaced(const struct notice *n); /* the code of its link as "123 456"; likewise */
bool notice_ask_is_reminder(const struct notice *n);

/* For templates: { url, code, spaced }, empty without a link; spaced is "123 456". */
json_t *notice_ask_json(const struct notice *n);
/* For templates: { label, line }, empty unless it is a reminder. */
json_t *notice_ask_reminder(const struct notice *n, const json_t *phrases);
/* For programs: { url, token, code, post, answers }: post is where a signed answer goes.  NULL: no
 * link. */
json_t *notice_ask_data(const struct notice *n);
