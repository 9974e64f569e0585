/*
 * event_adopt - part of event: what one corrects of another's because that is about his own.
 *
 * Only the other's version tells whom it is about.  A correction of it that came first has that
 * reference as foreign (store_rows.h); it is adopted when the version is here that shows, itself or
 * over others, that it leads to something of the correction's sender.
 */
#pragma once
#include "flow/event.h"

struct adopted { /* what a version refers to and may, as is known only now that the asker is here */
    int64_t no;
    struct reference *reference; /* owned */
};

struct asker { /* whose event is read; borrowed, but for the list */
    const struct broadcast *broadcast;
    const struct broadcast_row *row;
    GPtrArray *from; /* struct reference *, owned: where its event is read from */
};

/* The nearest that r leads to and that sender has sent, here or not; r, or a row's.  NULL: none. */
const struct reference *event_own_version(GHashTable *here, const struct reference *r,
                                          const char *sender);

GPtrArray *event_adopted_new(void); /* struct adopted * */
/* Adds to e->adopted what may correct the asker, or what refers to it, and was not known to; and to
 * a->from where the event is to be read from again, if anything was added.  False with error. */
bool event_adopt(struct store *s, struct event *e, const struct asker *a, GError **error);
/* The rows just read refer to what they have adopted, behind what they refer to else. */
void event_give_adopted(struct event *e);
/* May row make its i-th reference with no more than these here? */
bool event_may_refer(GHashTable *here, const struct broadcast_row *row, guint i);
/* To be done in the transaction that stores the asker. */
bool event_keep_adopted(struct store *s, const struct event *e, GError **error);
