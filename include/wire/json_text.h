/*
 * json_text - any bytes as a JSON string.
 *
 * jansson refuses what is not UTF-8; a peer's reply or an old file may be just that, and must not
 * cost a message.
 */
#pragma once
#include <jansson.h>

json_t *json_text(const char *s); /* new reference; NULL is ""; bad bytes become U+FFFD */
json_t *json_line(const char *s); /* as text_clean_line(): a name cannot make lines of its own */
json_t *
json_text_lines(const char *s); /* list of the lines that are not blank, without blanks around */
/* A member, left out where there is nothing to say: NULL or "". */
void json_set_text(json_t *o, const char *key, const char *value);
