/*
 * options - the command line of liaison-sink as one value.
 *
 * contract: strings are owned by the struct; NULL means "not given".  options_parse() answers the
 * exit code with which the program should end, or OPTIONS_RUN.
 */
#pragma once
#include <glib.h>
#include <stdbool.h>

enum { OPTIONS_RUN = -1 };

struct options {
    char *smtp, *http, *https; /* ADDR:PORT, port 0 lets the kernel choose */
    char *cert, *key;          /* PEM files */
    char *script;              /* rules, re-read on SIGHUP */
    char *record;              /* file, or "-" for standard output */
    char *maildir;
    char *control; /* path of a UNIX socket */
    char *auth;    /* user:password every SMTP client has to present */
    gboolean starttls, require_starttls;
    gboolean any_address; /* listen elsewhere than on loopback */
    gboolean bodies;      /* webhook bodies in the journal */
    gboolean digests;     /* SHA-256 of mails and webhook bodies in the journal */
    gboolean quiet;
    int ready_fd; /* -1: none */
};

int options_parse(struct options *o, int argc, char **argv);
void options_clear(struct options *o);
