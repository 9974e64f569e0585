/*
 * evidence - all that is known of one broadcast as one file that proves itself to anybody who has
 * the public key.
 *
 * A JSON object on one line, in ASCII:
 *   format, broadcast, node, made
 *   text       the broadcast as it went out; its SHA-256 is digest of one of the records
 *   source     what came in (type, base64), if it was kept; its SHA-256 is in detail of one of them
 *   plan       audience with reasons and obligations (wire/plan_text); its SHA-256 is plan of one
 *   versions   id and text of the others of the event, bound in the same way
 *   chain      runs of the journal, each from a record to one that is signed: a record of the
 *              broadcast as it is in the delivery log, of all others content alone
 *   key, signature   over the whole text before ,"signature": nothing was left out since
 * Approvals, attempts with the peers' words, and acknowledgements are records.
 */
#pragma once
#include "model/record.h"
#include "wire/journal_check.h"

struct signing_keys;

struct evidence_text {
    char *id, *text; /* owned */
};

struct evidence { /* what the head says; borrowed */
    const char *broadcast, *node, *text;
    const char *plan, *source_type; /* NULL: none */
    GBytes *source;                 /* NULL: none */
    const GPtrArray *versions;      /* struct evidence_text * */
    int64_t made_ms;
};

/* A bundle is begun, gets its runs in order, and is ended, which signs it with the newest key. */
GString *evidence_begin(const struct evidence *e);
void evidence_begin_run(GString *out); /* another run begins */
void evidence_end_run(GString *out);   /* after a signed record */
void evidence_record(GString *out, const struct record *r);
void evidence_other(GString *out, const struct record *r);
void evidence_end(GString *out, const struct signing_keys *keys);

/* detail of the record that binds source and plan: "obligations=12 source=HEX". */
char *evidence_detail(guint obligations, GBytes *source /* NULL: none */);
guint evidence_obligations(const char *detail); /* 0: it names none */

struct evidence_found {
    char *broadcast, *made, *headline; /* owned; NULL: not there */
    unsigned records, attempts, accepted, approvals, answers, erased, versions, missions;
    bool has_source, has_plan;
    unsigned faults;
};

/* keys: base64url, NULL-terminated: every signature must be of one of them.  Each fault names the
 * record (seq; 0: none) and what of the file is not as it was.  Clear found. */
void evidence_check(const char *text, size_t len, const char *const *keys,
                    void (*fault)(void *ctx, const struct journal_fault *f), void *ctx,
                    struct evidence_found *found);
void evidence_found_clear(struct evidence_found *f);
