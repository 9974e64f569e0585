/*
 * page_shell - what all public pages have in common: the value that page.html is rendered with.
 *
 * It is notice_json()'s value without the code and the broadcast's text, or the part of it that
 * needs no broadcast, with the members of a page, all empty: "title", "notes" [ { tone, title,
 * line, date, clock } ] (tone "good", "bad", "info"), "form" (page.c), "contact_form"
 * (page_contact.c) and "contact_path".
 */
#pragma once
#include "wire/notice.h"
#include "wire/template_set.h"

/* New references.  *phrases is borrowed from t. */
json_t *page_shell(const struct notice *n, const struct template_set *t, const json_t **phrases);
/* For no broadcast.  languages: Accept-Language, hostile, may be NULL. */
json_t *page_shell_plain(const char *languages, const struct directory *d,
                         const struct template_set *t, const json_t **phrases);
void page_shell_note(json_t *page, const char *tone, const char *title, const char *line);
/* The last note's time, in the zone of the notice's first mission. */
void page_shell_note_time(json_t *page, const struct notice *n, const json_t *phrases,
                          int64_t at_ms);
/* Takes page; caller frees the text. */
char *page_shell_render(json_t *page, const struct template_set *t);
json_t *page_shell_schema(const json_t *phrases);

/* The language of Accept-Language that there are phrases for, by its weights; "en" when there is
 * none. Owned by t. */
const char *page_shell_language(const char *languages, const struct template_set *t);
