/*
 * release_phrases - the words that contradict a status.
 *
 * A part of release.  Each table is ended by NULL; phrases are written as people write them and
 * compared by release_contradicts(), without regard to case, accents, punctuation and letters drawn
 * alike.
 */
#pragma once

/* In an exercise or a test: words that say it is the real thing. */
extern const char *const release_phrases_real[];
/* In a live one: words that say it is none. */
extern const char *const release_phrases_unreal[];
/* What turns the words above into something else; taken out before they are looked for. */
extern const char *const release_phrases_harmless[];
