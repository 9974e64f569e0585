/*
 * smtp_session - the state of one SMTP session, shared by the files that make up the server.
 *
 * Not for use outside smtp_*.c.  A transaction (from, rcpts, text) begins with MAIL and ends with
 * the answer to the final dot, RSET, EHLO or STARTTLS.
 */
#pragma once
#include <glib.h>

#include "conn.h"
#include "rule.h"

enum {
    SMTP_MAX_LINE = 4096,
    SMTP_MAX_ADDRESS = 320,
    SMTP_MAX_RCPTS = 10000,
};

enum smtp_reading { READ_COMMANDS, READ_TEXT, READ_PLAIN, READ_LOGIN_USER, READ_LOGIN_PASSWORD };

struct smtp {
    struct conn *conn;    /* borrowed, owns us */
    struct sink *sink;    /* borrowed */
    GString *rcpts;       /* n_rcpts strings, each with its NUL */
    GString *text;        /* the mail, dot-unstuffed */
    struct rule *pending; /* reference held while its delay runs */
    enum stage pending_stage;
    enum smtp_reading reading;
    unsigned n_rcpts;
    bool greeted, authenticated, in_mail;
    bool at_line_start, bare_lf, too_big;
    bool esmtp; /* the last greeting was EHLO */
    char from[SMTP_MAX_ADDRESS + 1];
    char address[SMTP_MAX_ADDRESS + 1]; /* of the command at hand */
    char user[SMTP_MAX_ADDRESS + 1];    /* of an AUTH LOGIN at hand */
};

/* smtp_server.c */
void smtp_say(struct smtp *s, const char *reply); /* one line, CRLF is added */

/* smtp_stage.c: asks the script, waits its delay, then answers and does what the stage is for. */
void smtp_stage(struct smtp *s, enum stage stage);
void smtp_forget(struct smtp *s); /* ends the transaction without a mail */
/* Not accepted for a reason of the server itself, not of a rule. */
void smtp_refuse(struct smtp *s, enum stage stage, const char *reply);

/* smtp_text.c: takes mail text, answers the bytes taken; calls smtp_stage() at the final dot. */
size_t smtp_take_text(struct smtp *s, const char *data, size_t len);

/* smtp_auth.c */
void smtp_auth_begin(struct smtp *s, const char *arguments);
void smtp_auth_line(struct smtp *s, const char *line);
