/*
 * broadcast_json - a broadcast in JSON, read strictly and written back.
 *
 * Reading reports every fault at once with its JSON pointer (RFC 6901) and a stable code:
 * syntax, duplicate-member, unknown-member (with "did you mean"), missing-member, wrong-type,
 * empty, too-long, not-one-of, out-of-range, not-allowed, bad-time, bad-identifier, bad-language,
 * duplicate-language, end-before-begin, expired, empty-audience, bad-geometry (with area.h's code
 * in the sentence), bad-circle, control-character, too-deep, too-many-faults. Ceilings:
 * BROADCAST_JSON_MAX_BYTES, nesting 32, 64 messages, text 64 KiB a field, headline 512 bytes.
 * A cancel has no audience (one is not-allowed, and is not written); an alert and an update must
 * have one.
 */
#pragma once
#include "model/broadcast.h"
#include "model/faults.h"

#define BROADCAST_JSON_MAX_BYTES (5 * 1024 * 1024)
#define BROADCAST_JSON_MAX_IDENTIFIER 256   /* bytes; of a sender as well */
#define BROADCAST_JSON_MAX_TEXT (64 * 1024) /* bytes of a description or an instruction */
#define BROADCAST_JSON_MAX_HEADLINE 512

/* What is not part of the broadcast but may stand beside it. */
struct broadcast_request {
    int64_t expect_missions; /* member expect_missions; -1: not given */
    struct audience
        *audience; /* of a broadcast that is refused for something else, so that what is
                      wrong with whom it is for can be told as well; the caller's; NULL: none */
};

/* NULL when f received an error.  now_ms is for "expired"; 0: there is no now, and nothing is
 * expired. request may be NULL. */
struct broadcast *broadcast_json_read(const char *text, size_t len, int64_t now_ms,
                                      struct broadcast_request *request, struct faults *f);
/* What broadcast_json_write() wrote and we kept: one that came as CAP may have no audience yet,
 * times that JSON would be refused for, and messages that are for some missions only (place,
 * missions, levels and times of their own), several a language. */
struct broadcast *broadcast_json_read_stored(const char *text, size_t len, struct faults *f);
/* Canonical: one line, members in the design's order, absent ones left out; reading it gives an
 * equal broadcast.  Caller frees. */
char *broadcast_json_write(const struct broadcast *b);
/* SHA-256 (hex) of the canonical form with its times in UTC: equal content, equal digest. */
char *broadcast_json_digest(const struct broadcast *b);
