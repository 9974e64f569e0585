/*
 * record - the journal of arrivals: JSON lines, and the mails themselves in a maildir.
 *
 * A line is in the file before the client sees the answer, so whoever has read an answer can read
 * the line.  Nothing is synced to disk.  A journal that cannot be written is reported once on
 * standard error; receiving goes on.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

struct options;
struct record;

/* One SMTP arrival, or one try that was answered otherwise. */
struct record_mail {
    const char *stage;   /* where it was answered */
    const char *rule;    /* that answered, or NULL */
    const char *from;    /* NULL: not known yet */
    const char *rcpts;   /* n_rcpts strings, each with its NUL */
    const GString *text; /* the mail, dot-unstuffed; NULL before the final dot */
    uint64_t connection;
    unsigned n_rcpts;
    unsigned answer; /* 0: none was given */
    bool accepted, tls, bare_lf;
};

struct record_webhook {
    const char *method, *path;
    const GString *head; /* header lines as received, without the request line */
    const GString *body;
    const char *rule;
    uint64_t connection;
    unsigned status; /* 0: none was given */
    bool accepted, tls;
};

struct record *record_open(const struct options *o, GError **err);
void record_free(struct record *r);
/* Opens the file anew, after a rotation by rename; keeps the old one if that fails. */
bool record_reopen(struct record *r, GError **err);

/* Writes the line, keeps the mail, and answers the Message-ID ("" if none) until the next call. */
const char *record_mail(struct record *r, const struct record_mail *m);
void record_webhook(struct record *r, const struct record_webhook *w);
