/*
 * sqlite - what the files of the SQLite store share: the connection, its statements, its caches.
 *
 * Private to this folder.  One thread at a time.  Statements are prepared once, under the address
 * of their SQL literal, and are reset when the g_autoptr that holds them leaves its scope.
 * Everything cached of the database is forgotten by sqlite_forget() whenever a transaction or a
 * savepoint is undone.
 */
#pragma once
#include "base/digest.h"
#include "store/store_sqlite.h"
#include <sqlite3.h>

struct sqlite {
    struct store base; /* first, so that a struct store * is a struct sqlite * */
    sqlite3 *db;
    char *path;
    GHashTable *statements; /* const char *sql, by address -> sqlite3_stmt *, owned */
    GHashTable *lanes;      /* name -> int64_t * number: interned so far */
    int64_t checkpoint_bytes, page_bytes, wal_pages;
    bool checkpoint_failing; /* so that it is logged once */
    bool begun;              /* and neither committed nor undone by us */
    bool undo_owed;          /* a ROLLBACK failed: nothing is committed until one does not */
    void (*seal)(struct record *r, const char *prev_hash);
    bool tip_known; /* the journal's last record: */
    int64_t tip_seq;
    char tip_hash[RECORD_HASH_LEN + 1];
    GQueue spared;    /* struct record *, owned: consecutive ones of the journal */
    sqlite3 *copy_db; /* while a copy is made: its connection */
    sqlite3_backup *copy;
    char *copy_path;
    int64_t withdrawn_to; /* a hint: where the last withdraw() stopped */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(sqlite3_stmt, sqlite3_reset)

/* sqlite_open.c */
struct store *sqlite_open(const struct store_options *o, GError **error);
struct sqlite *sqlite_new(const char *path); /* without a connection; for sqlite_close */
void sqlite_close(struct store *s);
bool sqlite_make_file(const char *path, GError **error); /* 0600; one that is there stays */
/* The first column of the first row, 0 without; sql must be a literal. */
bool sqlite_ask_number(struct sqlite *q, const char *sql, int64_t *out, GError **error);

/* sqlite_transaction.c */
bool sqlite_begin(struct store *s, GError **error);
bool sqlite_commit(struct store *s, GError **error);
void sqlite_fold(struct store *s);
void sqlite_rollback(struct store *s);
bool sqlite_prepare_transactions(struct sqlite *q, GError **error);
bool sqlite_is_undone(struct sqlite *q, GError **error); /* true, with *error: nothing may run */
bool sqlite_savepoint(struct store *s, GError **error);
bool sqlite_savepoint_keep(struct store *s, GError **error);
void sqlite_savepoint_undo(struct store *s);
void sqlite_forget(struct sqlite *q);
int sqlite_count_wal(void *q, sqlite3 *db, const char *name, int pages); /* sqlite3_wal_hook */

/* sqlite_statement.c */
struct sqlite *sqlite_of(struct store *s);
/* "verb path: what SQLite says"; always false. */
bool sqlite_fail(struct sqlite *q, const char *verb, GError **error);
bool sqlite_refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3); /* always false */
bool sqlite_exec(struct sqlite *q, const char *sql, GError **error);
/* Ready for binding; sql must be a literal.  NULL with *error set: then nothing is bound, and what
 * would run it is false, so that only who calls SQLite itself looks. */
sqlite3_stmt *sqlite_prepare(struct sqlite *q, const char *sql, GError **error);
bool sqlite_step(struct sqlite *q, sqlite3_stmt *st, bool *row, GError **error);
bool sqlite_run(struct sqlite *q, sqlite3_stmt *st, GError **error); /* to its end; ready again */

/* Parameters first, first + 1, …; the texts must outlive the step.  texts binds NULL as "". */
void sqlite_bind_ints(sqlite3_stmt *st, int first, const int64_t *values, size_t n);
void sqlite_bind_texts(sqlite3_stmt *st, int first, const char *const *values, size_t n);
void sqlite_bind_text(sqlite3_stmt *st, int i, const char *value); /* NULL as NULL */
#define SQLITE_INTS(st, first, ...)                                                                \
    sqlite_bind_ints((st), (first), (const int64_t[]){ __VA_ARGS__ },                              \
                     sizeof((const int64_t[]){ __VA_ARGS__ }) / sizeof(int64_t))
#define SQLITE_TEXTS(st, first, ...)                                                               \
    sqlite_bind_texts((st), (first), (const char *const[]){ __VA_ARGS__ },                         \
                      sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(char *))

char *sqlite_text(sqlite3_stmt *st, int column);         /* owned; NULL reads as "" */
char *sqlite_text_or_null(sqlite3_stmt *st, int column); /* owned */
/* Columns first, first + 1, … replace the owned strings that the fields point to. */
void sqlite_read_texts(sqlite3_stmt *st, int first, char **const *fields, size_t n);
#define SQLITE_READ_TEXTS(st, first, ...)                                                          \
    sqlite_read_texts((st), (first), (char **const[]){ __VA_ARGS__ },                              \
                      sizeof((char **const[]){ __VA_ARGS__ }) / sizeof(char **))

/* Runs a bound query and gives every row to read, which appends to out what it makes of it. */
bool sqlite_each(struct sqlite *q, sqlite3_stmt *st, void (*read)(sqlite3_stmt *st, GPtrArray *out),
                 GPtrArray *out, GError **error);
/* The same for a query of one column of numbers (int64_t). */
bool sqlite_numbers(struct sqlite *q, sqlite3_stmt *st, GArray *out, GError **error);
struct sqlite_due {
    int column; /* when a row is due, by which the query is ordered */
    int64_t now_ms;
    unsigned limit; /* the query reads one more: it tells when something is due next */
};
/* The same for the rows that are due; next_ms: when the first one left is, INT64_MAX: none is. */
bool sqlite_each_due(struct sqlite *q, sqlite3_stmt *st, const struct sqlite_due *due,
                     void (*read)(sqlite3_stmt *st, GPtrArray *out), GPtrArray *out,
                     int64_t *next_ms, GError **error);
void sqlite_read_name(sqlite3_stmt *st, GPtrArray *out); /* column 0 as a char * */

/* sqlite_broadcast.c writes these columns of a broadcast, sqlite_broadcast_read.c reads them after
 * its number. */
#define SQLITE_BROADCAST_COLUMNS                                                                   \
    "sent_ms, status, type, urgency, severity, state, received_ms, deadline_ms, missions,"         \
    " representatives, notifications, approve_by_ms, reminded, released_ms, id, identifier,"       \
    " sender, digest, headline, author, body, hold, seen, approved_by, source_type, link_key"
#define SQLITE_BROADCAST_AFTER 27 /* the column behind them */

/* sqlite_chain.c: the triples that a broadcast refers to; read are only its own, NULL where there
 * are none. */
bool sqlite_references_write(struct sqlite *q, const struct broadcast_row *row, GError **error);
bool sqlite_references_read(struct sqlite *q, struct broadcast_row *row, GError **error);

/* sqlite_plan.c: the keys of obligations and notifications are number << 20 | ordinal. */
int64_t sqlite_key(int64_t no, uint32_t ordinal);
/* Two parameters: the first and the last key that a broadcast may have. */
void sqlite_bind_range(sqlite3_stmt *st, int first, int64_t no);
/* Written to the column waits with everything else of an obligation: it asks and is not closed. */
bool sqlite_waits(const struct obligation *o);
bool sqlite_plan_rows(struct sqlite *q, int64_t no, const struct plan *p, GError **error);

/* sqlite_mission.c: behind those that are there. */
bool sqlite_missions_add(struct sqlite *q, int64_t no, const GPtrArray *missions, GError **error);

/* sqlite_plan_read.c: from these columns; a notification's lane name follows them. */
struct obligation *sqlite_read_obligation(sqlite3_stmt *st);
struct notification *sqlite_read_notification(sqlite3_stmt *st);
#define SQLITE_OBLIGATION_COLUMNS                                                                  \
    "o.id, o.kind, o.state, o.rank, o.recipient, o.name, o.language, o.phone, o.reason,"           \
    " o.missions, o.detail, o.part, o.asks, o.begun_ms, o.behind_s, o.ladder_due_ms, o.ended_ms,"  \
    " o.answer, o.taken_by"
#define SQLITE_OBLIGATION_LADDER_DUE 15 /* the column o.ladder_due_ms */
#define SQLITE_NOTIFICATION_COLUMNS                                                                \
    "n.id, n.state, n.attempt, n.due_ms, n.priority, n.deadline_ms, n.channel, n.endpoint,"        \
    " n.recipient, n.language, n.obligations, n.told, n.purpose, n.link,"                          \
    " n.unrecorded_seq"

/* sqlite_journal.c: forgets the records that wait for one who follows. */
void sqlite_drop_spared(struct sqlite *q);

/* sqlite_link.c: a digest's bytes, or false where it is "". */
bool sqlite_digest_bytes(const char *hex, uint8_t bytes[DIGEST_SHA256_LEN]);
/* The same as a parameter, NULL where it is "".  They are copied, which may fail. */
bool sqlite_bind_digest(struct sqlite *q, sqlite3_stmt *st, int i, const char *hex, GError **error);
void sqlite_read_digest(sqlite3_stmt *st, int column, char **hex);

/* sqlite_queue.c */
int64_t sqlite_queue_no(int64_t lane_no, uint32_t priority);
/* The number of a lane, which is new if need be. */
bool sqlite_lane_no(struct sqlite *q, const char *lane, int64_t *no, GError **error);
