/*
 * supersede_history - what the versions of a broadcast have said so far, endpoint by endpoint.
 *
 * A topic is one mission at one endpoint; its words are the obligations through which the endpoint
 * was told of it last, in the latest version that may have reached it; where only a person told of
 * one, and it says what certainly arrived before, in that.  Everything points into the versions,
 * which must outlive the history.
 */
#pragma once
#include "model/supersede.h"

#define HISTORY_NONE G_MAXUINT
#define HISTORY_NO_MISSION                                                                         \
    (G_MAXUINT - 1) /* the topic of an obligation without missions: a test of nobody */

struct history_word { /* one obligation of one topic */
    const struct obligation *obligation;
    guint version;
    enum notification_told told; /* maybe or yes */
    guint next;                  /* the topic's next word, or HISTORY_NONE */
};

struct history_topic {
    guint mission; /* index into missions */
    guint word;    /* first of its words */
    guint next;    /* the endpoint's next topic, or HISTORY_NONE */
    bool covered;  /* for the caller: spoken of in the new plan */
};

struct history_endpoint {
    const struct notification *last; /* of the latest version that may have reached it */
    guint topic;                     /* first of its topics, or HISTORY_NONE */
    guint last_topic;
    struct notification *now; /* for the caller: its message in the new plan */
};

struct history_mission {
    const struct affected_mission *mission; /* as the latest version that names it has it */
    bool was_affected;                      /* in that version */
    bool is_affected; /* for the caller: in the new plan, and not to be told that it is over */
    bool is_planned;  /* for the caller: in the new plan, for whatever reason */
};

struct history {
    GArray *words, *topics, *endpoints, *missions; /* the structs above */
    GPtrArray
        *said; /* const struct broadcast *, borrowed: of each version by its number, or NULL */
    GHashTable *by_endpoint; /* endpoint in comparison form, owned -> index + 1 */
    GHashTable *by_mission;  /* id, borrowed -> index + 1 */
    GHashTable *by_topic;    /* endpoint and mission -> index + 1 */
};

struct history *history_new(void);
void history_free(struct history *h);
/* Versions oldest first.  The second is the first without the words. */
void history_add(struct history *h, const struct version *v, guint number);
void history_add_missions(struct history *h, const struct version *v);

/* HISTORY_NONE: not known. */
guint history_find_endpoint(const struct history *h, const struct notification *n);
guint history_find_mission(const struct history *h, const char *id);
struct history_topic *history_find_topic(const struct history *h, guint endpoint,
                                         guint mission); /* or NULL */
/* How many topics an obligation is about, and which mission the i-th is. */
guint history_topics_of(const struct obligation *o);
guint history_mission_of(const struct history *h, const struct obligation *o, guint i);
/* Finds or adds; m and its id are borrowed. */
guint history_mission(struct history *h, const struct affected_mission *m);
