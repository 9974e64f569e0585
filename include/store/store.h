/*
 * store - what must survive: roster, broadcasts with their plans, the queue, the journal, tokens.
 *
 * A table of functions, so that another database of the same shape can stand beside SQLite
 * (store_sqlite).  A struct store belongs to one thread (store_thread.h) and every call that
 * changes something runs inside begin … commit.  false or NULL with *error set is our fault (disk,
 * corruption); "not there" is an answer, not an error.  Out arrays receive owned elements and free
 * them.  After an error inside begin … commit the caller undoes its savepoint or the transaction.
 */
#pragma once
#include "model/matter.h"
#include "model/obligation.h"
#include "model/plan.h"
#include "model/record.h"
#include "model/roster.h"
#include "store/store_rows.h"

struct store_ops;

struct store { /* first member of every implementation's own struct */
    const struct store_ops *ops;
};

struct store_options {
    const char *dir;          /* created (0700) if its parent exists */
    int64_t checkpoint_bytes; /* WAL size at which fold does something */
    /* Sets prev and hash of a record whose other members are complete; prev_hash is "" before the
     * first. NULL: none are kept (tests). */
    void (*seal)(struct record *r, const char *prev_hash);
};

#define STORE_ERASED "(erased)" /* stands for a text that named people */

struct store_copy { /* how far a copy is */
    int64_t page_bytes, pages, left;
    bool no_room; /* that is what failed: its disk has too little */
};

struct store_ops {
    const char *name;
    struct store *(*open)(const struct store_options *o, GError **error); /* migrates the schema */
    void (*close)(struct store *s);

    bool (*begin)(struct store *s, GError **error);
    bool (*commit)(struct store *s, GError **error); /* durable when true, else undone */
    /* Folds a write-ahead log that has grown into the database: between transactions, once those
     * who wait for the commit have been told.  What fails is logged and left for the next time. */
    void (*fold)(struct store *s);
    void (*rollback)(struct store *s);
    bool (*savepoint)(struct store *s, GError **error); /* one level inside begin … commit */
    bool (*savepoint_keep)(struct store *s, GError **error);
    void (*savepoint_undo)(struct store *s);

    /*
     * A copy of the whole store in a new file (0600; one of that name is replaced), made in steps
     * while the store is used: what is committed between two steps is in the copy, which is the
     * store as it is at the last step.  One at a time, and outside of begin … commit
     * (store_thread_submit_outside).  begin refuses where less than keep_bytes would be left of the
     * disk.  After false, or to give up, comes copy_end; the file then stays for the caller to
     * remove.  left 0: it is complete, but not synced; store_file.h marks and checks it.
     */
    bool (*copy_begin)(struct store *s, const char *path, int64_t keep_bytes, struct store_copy *at,
                       GError **error);
    bool (*copy_step)(struct store *s, unsigned pages, struct store_copy *at, GError **error);
    void (*copy_end)(struct store *s);

    /* Replaces the roster and writes one history row for each id of the change. */
    bool (*roster_save)(struct store *s, const struct roster *r, const struct roster_change *c,
                        const char *author, int64_t now_ms, GError **error);
    struct roster *(*roster_load)(struct store *s, GError **error); /* empty at first */
    bool (*roster_history)(struct store *s, const char *mission,    /* oldest first */
                           GPtrArray *out /* roster_history_row */, GError **error);

    /* row->no and the plan's notification ids are set here.  Without a plan (recorded or pending)
     * nothing is queued.  source: the bytes as they came, NULL: none are kept. */
    bool (*broadcast_insert)(struct store *s, struct broadcast_row *row, struct plan *p,
                             const char *source, size_t source_len, GError **error);
    bool (*broadcast_source)(struct store *s, int64_t no, GBytes **out /* NULL: none */,
                             GError **error);
    /* Rewrites what is decided about a stored broadcast (number row->no): state, urgency,
     * deadline_ms, the counts, hold, seen, approve_by_ms, reminded, approved_by, released_ms,
     * link_key, and body, to which a person may give an audience.  What came in stays as it is. */
    bool (*broadcast_update)(struct store *s, const struct broadcast_row *row, GError **error);
    /* The same for one that is pending in the store, whose plan is stored and numbered with it;
     * what is not pending is an error. */
    bool (*plan_insert)(struct store *s, struct broadcast_row *row, struct plan *p, GError **error);
    bool (*broadcast_by_key)(struct store *s, const char *identifier, const char *sender,
                             int64_t sent_ms, struct broadcast_row **out /* NULL: none */,
                             GError **error);
    bool (*broadcast_by_id)(struct store *s, const char *id, struct broadcast_row **out,
                            GError **error);
    bool (*broadcast_by_no)(struct store *s, int64_t no, struct broadcast_row **out,
                            GError **error);
    /* Newest first, numbers below before_no (0: from the newest); those of one identifier, NULL:
     * all. */
    bool (*broadcast_list)(struct store *s, const char *identifier, int64_t before_no,
                           unsigned limit, GPtrArray *out, GError **error);
    bool (*broadcast_set_state)(struct store *s, int64_t no, enum broadcast_state state,
                                GError **error);
    bool (*broadcast_progress)(struct store *s, int64_t no, struct broadcast_progress *out,
                               GError **error);
    /* Pending ones whose approve_by_ms is at or before now_ms, or that nobody was reminded of and
     * half of whose time (from received_ms) has passed; the longest due first, at most limit.
     * *next_ms: as in broadcast_overdue. */
    bool (*broadcast_pending)(struct store *s, int64_t now_ms, unsigned limit,
                              GPtrArray *out /* broadcast_row */, int64_t *next_ms, GError **error);
    /* Released ones whose deadline is at or before now_ms, oldest deadline first; *next_ms is the
     * earliest deadline after those (INT64_MAX: none), which is past when the limit left some. */
    bool (*broadcast_overdue)(struct store *s, int64_t now_ms, unsigned limit,
                              GArray *out /* int64_t no */, int64_t *next_ms, GError **error);

    /* Every stored broadcast of the same event, oldest first (sent, then type, then number):
     * reached from the references in either direction, over versions that are not here as well,
     * whatever its state; only alerts, updates and cancels of that status are versions of one.
     * self_no (0: none) is passed through but left out.  What is referred to but not here is
     * appended to unknown.  It goes no further than the nearest 10,000 versions, and logs that it
     * stopped there. */
    bool (*chain)(struct store *s, enum broadcast_status status,
                  const GPtrArray *references /* may be NULL */, int64_t self_no,
                  GArray *nos /* int64_t */, GPtrArray *unknown /* struct reference *, copies */,
                  GError **error);
    /* Those of that status that have r among their foreign ones (broadcast_row). */
    bool (*foreign_references)(struct store *s, enum broadcast_status status,
                               const struct reference *r, GArray *nos /* int64_t */,
                               GError **error);
    /* It is its sender's to correct after all. */
    bool (*reference_adopt)(struct store *s, int64_t no, const struct reference *r, GError **error);
    /* Pending ones that are held, by number. */
    bool (*broadcast_held)(struct store *s, GArray *nos /* int64_t */, GError **error);

    bool (*missions)(struct store *s, int64_t no, GPtrArray *out /* affected_mission */,
                     GError **error);
    bool (*obligations)(struct store *s, int64_t no, GPtrArray *out /* obligation */,
                        GError **error);
    /* Those that a notification serves, and the missions that they are about. */
    bool (*obligations_of)(struct store *s, const struct notification *n,
                           GPtrArray *out /* obligation */, GError **error);
    bool (*missions_of)(struct store *s, int64_t no, const GPtrArray *obligations,
                        GPtrArray *out /* affected_mission */, GError **error);
    bool (*notifications)(struct store *s, int64_t no, uint32_t after_ordinal, unsigned limit,
                          GPtrArray *out /* notification */, GError **error);
    /* Appends missions, obligations and notifications (plan_escalate, supersede_rest) to a stored
     * broadcast, numbered behind those that it has. */
    bool (*plan_append)(struct store *s, int64_t no, const struct plan *p, GError **error);
    bool (*next_ordinals)(struct store *s, int64_t no, uint32_t *obligation, uint32_t *notification,
                          GError **error);

    /* The queue.  Lanes that hold something queued or deferred. */
    bool (*lanes)(struct store *s, GPtrArray *out /* char * */, GError **error);
    /* Moves up to limit due notifications of lane and urgency to sending, in order of priority then
     * id (a deferred one counts when its due_ms <= now_ms).  *next_due_ms: the earliest later due
     * among what stays deferred (INT64_MAX: none); *more: something due was left by the limit.
     * A deferred one that was found due stays due if the clock is set back.  The first claim after
     * a long outage looks at the longest due ones only (thousands), so that it stays short. */
    bool (*claim)(struct store *s, const char *lane, enum broadcast_urgency urgency, unsigned limit,
                  int64_t now_ms, GPtrArray *out, int64_t *next_due_ms, bool *more, GError **error);
    /* *idle: claim would find nothing. */
    bool (*queue_is_idle)(struct store *s, const char *lane, enum broadcast_urgency urgency,
                          int64_t now_ms, bool *idle, GError **error);
    /* All that are sending become queued again (restart, or a stop), and may have been told since
     * the last record (unrecorded_seq). */
    bool (*unclaim_all)(struct store *s, unsigned *count, GError **error);
    /* Broadcasts that are not released and still hold something queued or deferred: a crash came
     * between their correction and their withdrawal. */
    bool (*left_behind)(struct store *s, GArray *nos /* int64_t */, GError **error);
    /* One notification: sending -> queued, otherwise untouched; not sending is an error. */
    bool (*unclaim)(struct store *s, int64_t id, GError **error);
    /* Stores the state, attempt, told (which never goes back) and due_ms of n, which must be
     * sending in the store and may end as withdrawn.  Accepted: its open obligations become
     * reached, but for those that a wrong person has answered.  Refused: those left without any way
     * become unreachable and are appended to lost (struct obligation *). */
    bool (*settle)(struct store *s, const struct notification *n, GPtrArray *lost, GError **error);
    /* As settle for each of several that were accepted, each a different one. */
    bool (*settle_accepted)(struct store *s, struct notification *const *all, guint n,
                            GError **error);
    /* Queued and deferred ones of a broadcast are withdrawn, at most limit; they are appended to
     * out as they are after it.  0 withdrawn: none is left. */
    bool (*withdraw)(struct store *s, int64_t no, unsigned limit, enum notification_event why,
                     GPtrArray *out, GError **error);
    /* Reminders to one obligation that are queued or deferred and serve nobody who
     * still waits are withdrawn, as superseded. */
    bool (*withdraw_reminders)(struct store *s, int64_t no, uint32_t obligation,
                               GPtrArray *out /* notification */, GError **error);
    /* Moves every obligation of a broadcast that the event moves; *count how many. */
    bool (*obligations_move)(struct store *s, int64_t no, enum obligation_event on, unsigned *count,
                             GError **error);
    /* Deferred notifications of a broadcast that are due later become due at due_ms; the lanes of
     * all deferred ones are appended. */
    bool (*hasten)(struct store *s, int64_t no, int64_t due_ms, GPtrArray *lanes, unsigned *count,
                   GError **error);

    /* The wall clock was set back.  Deferred ones that were tried before and are due later than
     * now_ms + longest_ms of their urgency become due at now_ms; ladders that begin later, in the
     * future of a broadcast that was released there, begin at now_ms.  What waits for its hour
     * stays.  Doing it twice does no harm. */
    bool (*clock_back)(struct store *s, int64_t now_ms, const int64_t longest_ms[] /* by urgency */,
                       unsigned *count, GError **error);

    /* Adds a stored obligation (its ordinal above those already served) to a notice of the
     * broadcast to that endpoint that has not been tried yet (queued, or deferred with no attempt
     * made), if there is one.  Notices go to offices and desks; a representative's message is never
     * joined. */
    bool (*join_waiting)(struct store *s, int64_t no, const char *endpoint, uint32_t obligation,
                         bool *joined, GError **error);

    /* Rewrites what becomes of a stored obligation: state, asks, begun_ms, behind_s, ladder_due_ms,
     * ended_ms, answer, taken_by. */
    bool (*obligation_update)(struct store *s, int64_t no, const struct obligation *o,
                              GError **error);
    /* Does a broadcast with links (link_key) ask for acknowledgements, and if so, is an obligation
     * of it left that is not closed (obligation_is_closed)?  Where it does not ask both are false.
     * A probe, as cheap as one for a claim, while somebody is waited for. */
    bool (*obligations_left)(struct store *s, int64_t no, bool *left, bool *asks, GError **error);
    /* Obligations that ask, are not closed, and whose ladder_due_ms is at or before now_ms, the
     * longest due first, at most limit; *next_ms: the earliest after those (INT64_MAX: none). */
    bool (*ladder_due)(struct store *s, int64_t now_ms, unsigned limit,
                       GPtrArray *out /* ladder_row */, int64_t *next_ms, GError **error);
    /* Notifications are stored with the digests of their links; a link dies at its broadcast's
     * deadline plus keep_ms.  The sweep forgets the dead, at most a few thousand at a time. */
    bool (*link_find)(struct store *s, const char *digest, int64_t keep_ms, struct link_row *out,
                      bool *found, GError **error);
    bool (*link_sweep)(struct store *s, int64_t now_ms, int64_t keep_ms, GError **error);
    bool (*notification_by_id)(struct store *s, int64_t id,
                               struct notification **out /* NULL: none */, GError **error);
    bool (*acknowledgement_insert)(struct store *s, int64_t no,
                                   const struct acknowledgement_row *row, GError **error);
    /* By time, then number; of one obligation, or of all (0). */
    bool (*acknowledgements)(struct store *s, int64_t no, uint32_t obligation,
                             GPtrArray *out /* acknowledgement_row */, GError **error);
    /* Inserts, or replaces the one of the same broadcast, office and kind. */
    bool (*custody_put)(struct store *s, const struct custody_row *row, GError **error);
    /* Of released broadcasts, next_ms at or before now_ms; *next_ms as in ladder_due. */
    bool (*custody_due)(struct store *s, int64_t now_ms, unsigned limit,
                        GPtrArray *out /* custody_row */, int64_t *next_ms, GError **error);
    bool (*custody_drop)(struct store *s, int64_t no, GError **error); /* all of a broadcast */
    bool (*proof_put)(struct store *s, const struct proof_row *row, GError **error);
    bool (*proof_list)(struct store *s, GPtrArray *out /* proof_row */, GError **error);

    /* Endpoints that answered "gone": not used until the roster gives them anew. */
    bool (*gone_add)(struct store *s, const char *endpoint, int64_t now_ms, GError **error);
    bool (*gone_list)(struct store *s, GPtrArray *out /* char * */, GError **error);
    bool (*gone_remove)(struct store *s, const char *endpoint, GError **error);

    /* Destinations that are down.  put again keeps since_ms.  list: the longest down first. */
    bool (*outage_put)(struct store *s, const struct outage_row *row, GError **error);
    bool (*outage_remove)(struct store *s, const char *lane, GError **error);
    bool (*outage_list)(struct store *s, GPtrArray *out /* outage_row */, GError **error);
    /* Broadcasts of that urgency of which something in the lane is not final, by number. */
    bool (*lane_broadcasts)(struct store *s, const char *lane, enum broadcast_urgency urgency,
                            GArray *nos /* int64_t */, GError **error);
    /* What was tried in the lane and is due later becomes due at now_ms. */
    bool (*lane_hasten)(struct store *s, const char *lane, int64_t now_ms, unsigned *count,
                        GError **error);

    /* The journal.  append sets seq (gap-free), seals, and keeps the hash. */
    bool (*journal_append)(struct store *s, struct record *r, GError **error);
    /* Several, one behind the other: as journal_append for each. */
    bool (*journal_append_all)(struct store *s, struct record *const *records, guint n,
                               GError **error);
    bool (*journal_read)(struct store *s, const struct record_filter *f, int64_t after_seq,
                         unsigned limit, GPtrArray *out /* record */, GError **error);
    /* A record that was just appended and that its maker is done with: taken, and given to the next
     * journal_follow that comes to it.  The store may let go of it sooner. */
    void (*journal_spare)(struct store *s, struct record *r);
    /* As journal_read without a filter, for one who reads on from where it was: what was spared is
     * given away and not read from the disk. */
    bool (*journal_follow)(struct store *s, int64_t after_seq, unsigned limit,
                           GPtrArray *out /* record */, GError **error);
    /* Those of no broadcast, older than before_ms, that still have something personal. */
    bool (*journal_loose)(struct store *s, int64_t before_ms, int64_t after_seq, unsigned limit,
                          GPtrArray *out /* record */, GError **error);
    /* 0 and "": empty.  hash may be NULL. */
    bool (*journal_last)(struct store *s, int64_t *seq, char hash[RECORD_HASH_LEN + 1],
                         GError **error);
    bool (*journal_signed)(struct store *s, struct record **out /* the last; NULL: none */,
                           GError **error);

    /* Erasure: what names a person goes, what was done stays.  The next broadcasts after after_no
     * that are over since before_ms and were not erased. */
    bool (*erase_due)(struct store *s, int64_t before_ms, int64_t after_no, unsigned limit,
                      GArray *nos /* int64_t */, GError **error);
    /* Names, telephones, endpoints, notes and links of a broadcast; a daemon's own text becomes
     * STORE_ERASED. */
    bool (*erase_broadcast)(struct store *s, int64_t no, int64_t now_ms, GError **error);
    /* A journal record's personal members; r has its commitment. */
    bool (*erase_record)(struct store *s, const struct record *r, GError **error);
    /* Bodies and notes of matters that owe nothing since before_ms. */
    bool (*erase_matters)(struct store *s, int64_t before_ms, GError **error);
    /* How the roster was, and endpoints that nobody has any more, before before_ms. */
    bool (*erase_history)(struct store *s, int64_t before_ms, GError **error);
    /* One person by an endpoint: the broadcasts that went to it, whatever their state. */
    bool (*erase_uses)(struct store *s, const char *endpoint, GArray *nos, GError **error);
    /* Who is behind it in one of them; theirs are appended to names and to seats ("fr-chicago/1";
     * char *), and alarms and reports that are over and name them lose their text. */
    bool (*erase_person)(struct store *s, int64_t no, const char *endpoint, GPtrArray *names,
                         GPtrArray *seats, GError **error);
    /* Where it stands by itself: roster history, closed matters, alarms that are over. */
    bool (*erase_address)(struct store *s, const char *endpoint, GError **error);
    /* Rewrites the database so that nothing of it is left between its rows, unless it is larger
     * than max_bytes: *done.  Outside of a transaction. */
    bool (*erase_rest)(struct store *s, int64_t max_bytes, bool *done, GError **error);

    bool (*token_insert)(struct store *s, const struct token_row *t, GError **error);
    bool (*token_by_digest)(struct store *s, const char *digest, struct token_row **out,
                            GError **error);
    bool (*token_list)(struct store *s, GPtrArray *out, GError **error);
    bool (*token_revoke)(struct store *s, const char *id, int64_t now_ms, bool *found,
                         GError **error);
    bool (*token_set_digest)(struct store *s, const char *id, const char *digest, GError **error);
    bool (*token_touch)(struct store *s, const char *id, int64_t now_ms, GError **error);

    /* Master keys of webhooks and links.  put inserts, or replaces the one of the same id. */
    bool (*key_put)(struct store *s, const struct key_row *row, GError **error);
    bool (*key_list)(struct store *s, GPtrArray *out /* key_row, newest first */, GError **error);

    /* Idempotency keys by principal; older than before_ms are forgotten by the sweep. */
    bool (*idempotency_find)(struct store *s, const char *principal, const char *key,
                             struct idempotency_row **out, GError **error);
    bool (*idempotency_insert)(struct store *s, const struct idempotency_row *row, GError **error);
    bool (*idempotency_sweep)(struct store *s, int64_t before_ms, GError **error);

    bool (*meta_get)(struct store *s, const char *key, char **out /* NULL: none */, GError **error);
    bool (*meta_set)(struct store *s, const char *key, const char *value, GError **error);

    /* Matters.  insert sets m->no; update rewrites what may change: state, owner, changed_ms,
     * behind_ms, due_ms. */
    bool (*matter_insert)(struct store *s, struct matter *m, GError **error);
    bool (*matter_update)(struct store *s, const struct matter *m, GError **error);
    bool (*matter_by_no)(struct store *s, int64_t no, struct matter **out /* NULL: none */,
                         GError **error);
    /* Newest first, numbers below before_no (0: from the newest). */
    bool (*matter_list)(struct store *s, const struct matter_filter *f, unsigned limit,
                        GPtrArray *out /* matter */, GError **error);
    /* due_ms at or before now_ms, the longest due first; *next_ms as in ladder_due. */
    bool (*matter_overdue)(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                           int64_t *next_ms, GError **error);
    bool (*matter_event_add)(struct store *s, const struct matter_event *e, GError **error);
    bool (*matter_events)(struct store *s, int64_t no, /* in order */
                          GPtrArray *out /* matter_event */, GError **error);
    /* What the answer to a broadcast means for a matter: purpose is a word of the caller's. */
    bool (*matter_notice_put)(struct store *s, int64_t broadcast_no, int64_t matter,
                              const char *purpose, GError **error);
    bool (*matter_notice_find)(struct store *s, int64_t broadcast_no, int64_t *matter,
                               char **purpose /* NULL: none */, GError **error);

    bool (*threat_put)(struct store *s, const struct threat_row *row, GError **error);
    /* Of a mission, oldest first; mission NULL: the last of each, by mission. */
    bool (*threat_list)(struct store *s, const char *mission, GPtrArray *out /* threat_row */,
                        GError **error);
    bool (*campaign_put)(struct store *s, const struct campaign_row *row, GError **error);
    bool (*campaign_list)(struct store *s, GPtrArray *out /* campaign_row, newest first */,
                          GError **error);
};
