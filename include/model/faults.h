/*
 * faults - everything that is wrong with an input, gathered before anything is refused.
 *
 * A fault has a place (JSON pointer RFC 6901, or file:line:column), a stable code in kebab case
 * that manuals list, and a sentence.  Warnings are kept apart: they refuse nothing.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

struct fault {
    char *place, *code, *detail; /* owned, never NULL */
};

struct faults {
    GPtrArray *errors;   /* struct fault * */
    GPtrArray *warnings; /* struct fault * */
};

struct faults *faults_new(void);
void faults_free(struct faults *f);
void faults_add(struct faults *f, const char *place, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
void faults_warn(struct faults *f, const char *place, const char *code, const char *format, ...)
    G_GNUC_PRINTF(4, 5);
bool faults_any(const struct faults *f);      /* is there an error */
char *faults_to_text(const struct faults *f); /* "place: detail (code)" a line, caller frees */
char *faults_to_line(const struct faults *f); /* the same for a log: joined by "; " */
