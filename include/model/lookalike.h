/*
 * lookalike - text as the eye reads it, for comparing words that somebody may have disguised.
 *
 * Compatibility forms, case, accents, vowel signs and characters that are not seen (zero-width,
 * direction, soft hyphens) do not count; Cyrillic, Greek and other letters that are drawn like
 * Latin ones are those, and so are 0 and 1.  The result is for comparing only.
 */
#pragma once

/* Words with one blank around each: " this is no dri..." ; caller frees.  text must be UTF-8. */
char *lookalike_words(const char *text);
