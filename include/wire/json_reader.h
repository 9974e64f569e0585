/*
 * json_reader - strict decoding of JSON objects, every fault at once.
 *
 * A reader stands on one object.  Each getter registers the member it asks for; json_reader_close()
 * reports the members that nobody asked for ("did you mean").  A getter that finds a fault adds it
 * (place: JSON pointer, RFC 6901, made printable) and answers as if the member were absent, so that
 * decoding goes on and the next fault is found too.  After JSON_READER_MAX_FAULTS one "and more"
 * ends it.
 *
 *   struct json_reader r;
 *   json_reader_open(&r, value, NULL, f);
 *   char *name = json_reader_line(&r, "name", JSON_MUST, 256);
 *   json_reader_close(&r);
 *
 * Codes: syntax duplicate-member too-deep too-long missing-member unknown-member wrong-type empty
 * not-one-of out-of-range bad-time control-character too-many-faults.  Member names passed in are
 * borrowed and must outlive the reader and everything below it; returned strings belong to the
 * caller.
 */
#pragma once
#include "base/timestamp.h"
#include "model/faults.h"
#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#define JSON_READER_MAX_DEPTH 32
#define JSON_READER_MAX_MEMBERS 32
#define JSON_READER_MAX_FAULTS 200

/* Where a value stands; a chain on the callers' stacks, NULL is the root. */
struct json_place {
    const struct json_place *up;
    const char *name; /* member; NULL: element */
    size_t index;
};

enum json_need { JSON_MAY, JSON_MUST };

struct json_reader {
    const json_t *object; /* borrowed; NULL: it was no object, and every getter is silent */
    const struct json_place *at;
    struct faults *faults;
    const char *known[JSON_READER_MAX_MEMBERS + 1]; /* NULL-terminated */
    size_t n_known;
};

/* A new reference, or NULL with one fault at "" that tells line and column.  Members that stand
 * there twice are faults at their pointers; the value is given all the same (the last one counts),
 * so that what else is wrong is found too: the caller looks at f before using anything. */
json_t *json_reader_parse(const char *text, size_t len, size_t max_bytes, struct faults *f);
/* The part of it that looks for duplicates: text is good JSON, no deeper than the ceiling. */
void json_reader_report_duplicates(const char *text, size_t len, struct faults *f);

void json_reader_fault(struct faults *f, const struct json_place *at, const char *code,
                       const char *format, ...) G_GNUC_PRINTF(4, 5);
char *json_reader_pointer(const struct json_place *at); /* "" for the root; caller frees */
struct json_place json_reader_member_place(const struct json_reader *r, const char *name);
struct json_place json_reader_item_place(const struct json_place *array, size_t i);

bool json_reader_open(struct json_reader *r, const json_t *value, const struct json_place *at,
                      struct faults *f);
void json_reader_close(struct json_reader *r);

/* The member whatever its type (borrowed), NULL: absent. */
const json_t *json_reader_member(struct json_reader *r, const char *name, enum json_need need);
bool json_reader_has(const struct json_reader *r, const char *name); /* registers nothing */
/* One line without control characters, not blank; NULL: absent or faulty. */
char *json_reader_line(struct json_reader *r, const char *name, enum json_need need,
                       size_t max_bytes);
/* Several lines: \n and \t stay, CRLF becomes \n, other controls are faults. */
char *json_reader_text(struct json_reader *r, const char *name, enum json_need need,
                       size_t max_bytes);
/* Index in names (NULL-terminated), or -1. */
int json_reader_enum(struct json_reader *r, const char *name, enum json_need need,
                     const char *const *names);
bool json_reader_time(struct json_reader *r, const char *name, enum json_need need,
                      struct timestamp *out);
bool json_reader_integer(struct json_reader *r, const char *name, enum json_need need, int64_t min,
                         int64_t max, int64_t *out);
bool json_reader_boolean(struct json_reader *r, const char *name, enum json_need need, bool *out);
/* An array of min to max elements (borrowed). */
const json_t *json_reader_array(struct json_reader *r, const char *name, enum json_need need,
                                size_t min, size_t max);
/* An array of 1 to max lines: char *, owned by the array; NULL: absent or wholly faulty. */
GPtrArray *json_reader_lines(struct json_reader *r, const char *name, enum json_need need,
                             size_t max, size_t max_bytes);
/* The same checks for a value that is no member. */
char *json_reader_value_line(const json_t *value, const struct json_place *at, struct faults *f,
                             size_t max_bytes);
int json_reader_value_enum(const json_t *value, const struct json_place *at, struct faults *f,
                           const char *const *names);
