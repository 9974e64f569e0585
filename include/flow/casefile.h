/*
 * casefile - a broadcast with its plan, as the store has it, ready for sending.
 *
 * Read on the store thread, or made of what was just stored, then immutable and shared by reference
 * between the threads.
 */
#pragma once
#include "io/config.h"
#include "model/broadcast.h"
#include "model/link.h"
#include "model/notification.h"
#include "model/plan.h"
#include "model/quorum.h"
#include "store/store.h"

struct casefile {
    gint refs;
    int64_t no;
    struct broadcast_row *row;   /* owned: as it was then, without its body */
    struct broadcast *broadcast; /* with its id */
    int64_t deadline_ms;
    GPtrArray *missions;    /* struct affected_mission *, owned */
    GPtrArray *obligations; /* struct obligation *, by ordinal */
    bool asks;              /* somebody is to acknowledge it */
    GHashTable *by_mission; /* id -> struct affected_mission * */
};

/* NULL with error: the store failed, or what it holds cannot be read (our bug, or corruption). */
struct casefile *casefile_load(struct store *s, int64_t no, GError **error);
/* The same with n's obligations and their missions alone. */
struct casefile *casefile_load_for(struct store *s, const struct notification *n, GError **error);
/* Of what has just been stored as this, as casefile_load() would read it.  NULL: it has to be read
 * (casefile_has_to_be_read). */
struct casefile *casefile_of_plan(struct broadcast_row *row /* taken, and without its body then */,
                                  struct broadcast *b /* referenced */, const struct plan *p);
bool casefile_has_to_be_read(const struct broadcast_row *row);
/* All notifications of a broadcast as they are now, by number. */
bool casefile_notifications(struct store *s, int64_t no, GPtrArray *out /* notification */,
                            GError **error);
struct casefile *casefile_ref(struct casefile *c);
void casefile_unref(struct casefile *c);
/* Does it know every obligation of n?  Not when the plan has grown since it was read. */
bool casefile_covers(const struct casefile *c, const struct notification *n);
/* What the notification serves: arrays of borrowed elements, without doubles, freed by the caller.
 */
GPtrArray *casefile_obligations_of(const struct casefile *c, const struct notification *n);
GPtrArray *casefile_missions_of(const struct casefile *c, const GPtrArray *obligations);
/* How many missions those obligations name, doubles included. */
guint casefile_named(const struct casefile *c, const struct notification *n);
/* The broadcast as n tells it to these missions (message_narrow); the caller's reference. */
struct broadcast *casefile_broadcast_for(const struct casefile *c, const struct notification *n,
                                         const GPtrArray *missions);

/* Mission id -> GPtrArray of its struct obligation *, all borrowed; caller frees. */
GHashTable *casefile_index(const struct casefile *c);
/* The highest among its missions. */
enum threat_level casefile_threat_of(const struct casefile *c, const struct obligation *o);
/* Released, and its deadline has not passed: something may still be sent of it. */
bool casefile_is_alive(const struct casefile *c, int64_t now_ms);
/* The personal link of a notification of it; masters: GBytes *, may be NULL.  False: it carries
 * none, or its key is gone. */
bool casefile_link(const struct casefile *c, const struct notification *n, const GPtrArray *masters,
                   struct link *out);

struct quorum_policy casefile_quorum(const struct config *c);
/* Of each affected mission, as quorum_standings(); caller frees. */
GArray *casefile_standings(const struct casefile *c, const struct config *config);

/* How large it is: missions and obligations, of some 600 bytes each. */
guint casefile_bulk(const struct casefile *c);
