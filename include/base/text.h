/*
 * text - making text from outside harmless, and finding what somebody meant.
 *
 * Everything a peer, a publisher or a file said is hostile wherever it is printed: C0, DEL, C1
 * (U+0080-U+009F), U+2028/9, the bidi controls and invalid UTF-8 come out as \xNN or \u{NNNN}.
 * All functions return new strings that the caller frees, unless noted.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* For a terminal or one log field; len -1: to NUL. */
char *text_printable(const char *s, gssize len);
void text_append_printable(GString *out, const char *s, gssize len);
void text_append_integer(GString *out, int64_t n);

/* One line of prose: controls and newlines become blanks, runs of blanks one, direction overrides
 * are dropped (the marks that Arabic needs stay), invalid bytes become U+FFFD. */
char *text_clean_line(const char *s);
/* Printable ASCII with single blanks between words: most lines are clean as they are. */
bool text_is_plain_line(const char *s);

bool text_is_valid(const char *s, gssize len); /* valid UTF-8, no NUL, no control but \t \n \r */
bool text_has_control(const char *s);          /* any C0 (tab, newline), DEL, C1, invalid UTF-8 */

/* What is longer than max_chars is cut between characters and ends in "…", which counts. */
char *text_ellipsize(const char *s, size_t max_chars);
/* At most max bytes (3 or more), ended by "…" where something was cut; whole characters. */
char *text_cut(const char *s, size_t max);

/* The candidate closest to word, letter case aside (edit distance at most a third of its length,
 * and at most 3), or NULL.  candidates is a NULL-terminated array; the result points into it. */
const char *text_did_you_mean(const char *word, const char *const *candidates);

/* "a mailbox as RFC 5321 sends it": local@domain, ASCII, no quoting, no controls, local part <= 64,
 * whole <= 254.  On false *why says what is wrong (static text). */
bool text_is_mailbox(const char *s, const char **why);
