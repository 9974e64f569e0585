/*
 * record_show - delivery records as rows of a table, or as lines of JSON.
 */
#pragma once
#include <jansson.h>
#include <stdbool.h>

struct record_show;

struct record_show *record_show_new(bool as_json);
void record_show_free(struct record_show *s);
/* raw is the record as it came (JSON on one line), or NULL. */
void record_show_add(struct record_show *s, const json_t *record, const char *raw);
/* Prints what was added.  False: standard output is gone. */
bool record_show_flush(struct record_show *s);
