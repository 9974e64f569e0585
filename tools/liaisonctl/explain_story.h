/*
 * explain_story - what one mission lived through with an event, told to a person.
 *
 * Version by version, in the order in which it happened: what each said, what the mission was to
 * it, who had it when, and what became of it.
 */
#pragma once
#include <jansson.h>

/* answer: an explanation with "versions" and "story"; mission: its id. */
void explain_story(const json_t *answer, const char *mission);
