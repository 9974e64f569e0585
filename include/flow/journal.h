/*
 * journal - one way to write down what happened to a stored broadcast, or to one of its
 * notifications.
 *
 * On the store thread, inside the transaction of what it tells.
 */
#pragma once
#include "model/notification.h"
#include "store/store.h"

struct journal_hand { /* who writes, and when; borrowed */
    const char *node;
    int64_t now_ms;
};

/* n and reply may be NULL. */
bool journal_tell(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                  const char *event, const struct notification *n, const char *reply,
                  GError **error);

/* The same of each of several, in their order. */
bool journal_tell_all(struct store *s, struct journal_hand hand, const struct broadcast_row *of,
                      const char *event, const GPtrArray *notifications, const char *reply,
                      GError **error);

/* What became of an obligation: its missions and recipient are told,
 * and channel and endpoint of n (NULL: none).  outcome, reply: NULL: none. */
bool journal_tell_obligation(struct store *s, struct journal_hand hand,
                             const struct broadcast_row *of, const char *event,
                             const struct obligation *o, const struct notification *n,
                             const char *outcome, const char *reply, GError **error);
