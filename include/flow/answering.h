/*
 * answering - what an answer does to what is stored.
 *
 * Part of acknowledge: on the store thread, inside its transaction.
 */
#pragma once
#include "flow/casefile.h"
#include "model/answer.h"

struct answering { /* borrowed, but for what it adds */
    const struct config *config;
    int64_t now_ms;
    enum answer answer;
    enum answer_method method;
    const char *note, *from;
    const struct notification *notification; /* whose link was used */
    GPtrArray *added;  /* struct notification *, owned: notices to those who must act */
    GPtrArray *alarms; /* struct alarm *, owned: likewise, where the broadcast cannot carry them */
};

/* Is this the last that was said through that message?  obligations: those that it serves. */
bool answering_is_known(struct store *s, const struct answering *a, int64_t no,
                        const GPtrArray *obligations, bool *known, GError **error);
/* Moves the obligations of a broadcast and tells it. */
bool answering_apply(struct store *s, const struct answering *a, const struct casefile *c,
                     const GPtrArray *obligations, GError **error);
/* The released version after c that says the same to the reader, or NULL; what of it the answer
 * answers too is appended to obligations (borrowed from it). */
bool answering_twin(struct store *s, const struct answering *a, const struct casefile *c,
                    const GPtrArray *own, struct casefile **twin, GPtrArray *obligations,
                    GError **error);
/* What must be done at once: live is the broadcast that carries the notices, NULL: none is alive.
 */
bool answering_call(struct store *s, struct answering *a, const struct casefile *live,
                    const struct casefile *c, const GPtrArray *obligations, GError **error);
