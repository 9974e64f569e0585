/*
 * rule - one scripted fault: when it applies and what then happens.
 *
 * contract: rules are reference-counted (rule_ref, rule_unref), because an answer that is being
 * delayed may outlive the script it came from.  Counting is part of deciding: rule_decide() is
 * called once for every try.
 */
#pragma once
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum stage {
    STAGE_CONNECT,
    STAGE_EHLO,
    STAGE_MAIL,
    STAGE_RCPT,
    STAGE_DATA, /* the DATA command */
    STAGE_BODY, /* the final dot */
    STAGE_HTTP,
    STAGES,
    STAGE_UNSET = STAGES
};

enum endless { ENDLESS_NOT, ENDLESS_HEADERS, ENDLESS_BODY };
enum drop { DROP_NOT, DROP_NOW, DROP_BEFORE_BODY, DROP_AFTER_BODY };

struct action {
    char *smtp; /* reply line without CRLF; NULL: none */
    unsigned smtp_code;
    unsigned http; /* status; 0: none */
    char *headers; /* complete lines with CRLF; NULL: none */
    char *body;    /* NULL: none */
    char *redirect;
    unsigned delay_ms;
    unsigned trickle_bps; /* bytes a second; 0: at full speed */
    enum drop drop;
    enum endless endless;
    bool hang, garbage;
    bool keep; /* a dropped arrival counts as accepted: the answer was lost, not the message */
};

struct rule {
    char *name;
    enum stage stage;
    char *rcpt, *from, *path; /* globs; NULL: any */
    unsigned first;           /* applies to the first N tries of each recipient or path; 0: all */
    unsigned every;           /* applies to every Nth try that matches; 0: all */
    double probability;       /* 1: always */
    GRand *dice;
    GHashTable *tries; /* recipient or path -> number of tries, for `first` */
    uint64_t seen, hits;
    uint32_t seed;
    struct action action;
};

/* What is known at a stage; unused members are NULL or 0. */
struct moment {
    const char *from;
    const char *rcpts; /* n_rcpts strings, one after the other, each with its NUL */
    unsigned n_rcpts;
    const char *path;
};

struct rule *rule_new(void);
struct rule *rule_ref(struct rule *r);
void rule_unref(struct rule *r);
/* Whether the rule strikes at this moment; counts the try if its match fits. */
bool rule_decide(struct rule *r, const struct moment *m);
/* Forgets all tries and hits; chance starts again from the seed. */
void rule_reset(struct rule *r);
const char *stage_name(enum stage stage);
