/*
 * message - which of a broadcast's texts are for whom.
 *
 * Mostly every text is for everybody, one a language.  Where the texts of one broadcast are about
 * different places, each names its missions, and a mission is told its own alone: none where none
 * names it.
 */
#pragma once
#include "model/broadcast.h"

/* The message for a reader of language: exact, else of the same primary subtag, else "en", else the
 * first. NULL only where there is none at all. */
const struct message *message_in(const GPtrArray *messages, const char *language);
bool message_is_for(const struct message *m, const char *mission);
/* Those for any of the missions (NULL: for whomever), each mission's in the reader's language, in
 * their order; borrowed, the array is the caller's.  A mission that none names has none, or all of
 * them. */
enum message_unnamed { UNNAMED_NONE, UNNAMED_ALL };
GPtrArray *message_choose(const struct broadcast *b, const char *language,
                          const char *const *missions, size_t n, enum message_unnamed unnamed);
/* All of them as one, for a reader of all: each part headed by its place where those differ, what
 * is said twice said once.  Its own levels are the most pressing, its times the earliest and the
 * latest.  NULL for none; the caller's. */
struct message *message_join(const struct broadcast *b, const GPtrArray *messages);
/* The broadcast as those missions are told it: one text, with its levels, times and resources (none
 * where no text is for them).  One of which all are told the same is itself.  One reference, the
 * caller's. */
struct broadcast *message_narrow(const struct broadcast *b, const char *language,
                                 const char *const *missions, size_t n,
                                 enum message_unnamed unnamed);
/* What a mission is told first, borrowed; NULL: nothing. */
const struct message *message_first(const struct broadcast *b, const char *language,
                                    const char *mission);
/* Whether some text is for some missions only. */
bool message_differ(const struct broadcast *b);
