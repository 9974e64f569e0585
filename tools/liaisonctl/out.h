/*
 * out - the only door to the terminal.
 *
 * Every %s is escaped by base/text.h on its way out, newlines included, so that what a peer, a
 * publisher or the server said can neither move the cursor nor forge a line.  Formats are ours.
 * Of printf there are %s %d %u %ld %lld %.1f and %%, with flags and width.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>

void out_init(void); /* locale and terminal; before anything else */
/* Text for people goes there from now on (standard output at first): standard error when standard
 * output belongs to a machine. */
void out_use(FILE *stream);
FILE *out_stream(void);
bool out_is_terminal(void);
unsigned out_columns(void); /* width of the terminal; 80 where there is none */

void out(const char *format, ...) G_GNUC_PRINTF(1, 2);
void out_bold(const char *format, ...) G_GNUC_PRINTF(1, 2); /* plain where there is no terminal */
/* Text of several lines, each one escaped and indented. */
void out_text(const char *text, unsigned indent);
/* Replaces the terminal's line by this one: progress. */
void out_line_again(const char *format, ...) G_GNUC_PRINTF(1, 2);

/* JSON for a machine, on standard output with a newline: as it is, or, on a terminal, with what
 * would move the cursor as \uNNNN, which is the same JSON. */
void out_json(const char *text, size_t len);
/* A file of text (CSV, HTML) on standard output: as it is, or, on a terminal, escaped but for its
 * lines and tabs. */
void out_document(const char *text, size_t len);

/* "liaisonctl: …" on standard error, likewise escaped. */
void complain(const char *format, ...) G_GNUC_PRINTF(1, 2);

bool out_flush(void);     /* false: standard output is gone or full */
bool out_is_closed(void); /* nobody reads standard output any more: found out by out_flush */
