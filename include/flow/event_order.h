/*
 * event_order - part of event: which of its versions come before which.
 *
 * By what they refer to, over others too; else as they were sent.
 */
#pragma once
#include "flow/event.h"

/* Its parts borrowed. */
struct reference event_triple(const struct broadcast_row *row);
/* The rows by their triples, borrowed; freed by the caller. */
GHashTable *event_index(const struct event *e);
/* Whatever a row refers to stands before it, though it were sent in the same second or by a slow
 * clock; else they stay as they were. */
void event_put_in_order(struct event *e);
/* Adds to `out` the rows that the references lead to, over others too. */
void event_follow(GHashTable *here, const GPtrArray *references /* may be NULL */, GHashTable *out);
/* Fills e->before and e->after for b, whose sender may make the `own` references. */
void event_find_sides(struct event *e, const struct broadcast *b, const GPtrArray *own);
