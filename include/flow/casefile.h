/*
 * casefile - a broadcast with its plan, as the store has it, ready for sending.
 *
 * Read on the store thread, then immutable and shared by reference on the loop thread.
 * casefile_cache keeps the last few, so that memory does not grow with the number of queued
 * broadcasts.
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

#define CASEFILE_CACHE_MAX 16
#define CASEFILE_CACHE_MAX_BULK 40000 /* of those that nobody else holds */

/* Casefiles of broadcasts that are being sent.  Full, it lets go of the one that was not used for
 * longest among those that nobody else holds; where all are held, of the one that is read again
 * for least. */
struct casefile_cache;
struct casefile_cache *casefile_cache_new(void);
void casefile_cache_free(struct casefile_cache *cache);
GPtrArray *
casefile_cache_all(const struct casefile_cache *cache); /* with references of their own */
/* Takes a reference; it is the last one used.  It may be one too many until the cache is trimmed,
 * which is done when whoever read it has let it go. */
void casefile_cache_put(struct casefile_cache *cache, struct casefile *c);
void casefile_cache_trim(struct casefile_cache *cache);
void casefile_cache_drop(struct casefile_cache *cache, int64_t no);
