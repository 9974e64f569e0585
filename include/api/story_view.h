/*
 * story_view - what one mission lived through with an event, as the API shows it.
 *
 * New references; text from outside goes through json_text().
 */
#pragma once
#include <glib.h>
#include <jansson.h>

json_t *view_records(const GPtrArray *records /* struct record * */);
/* Adds "versions", each with what the mission is to it and what was said to whom because of it, and
 * "story", the records of all of them in order.  mission: its id. */
void view_story(json_t *o, const char *mission,
                const GPtrArray *versions /* struct story_version * */, const GPtrArray *records);
