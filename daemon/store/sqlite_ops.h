/*
 * sqlite_ops - the functions behind the table store_sqlite, by the file that holds them.
 *
 * Private to this folder.  Their contracts are store.h's.
 */
#pragma once
#include "sqlite.h"

/* sqlite_copy.c */
bool sqlite_copy_begin(struct store *s, const char *path, int64_t keep_bytes, struct store_copy *at,
                       GError **error);
bool sqlite_copy_step(struct store *s, unsigned pages, struct store_copy *at, GError **error);
void sqlite_copy_end(struct store *s);

/* sqlite_roster.c */
bool sqlite_roster_save(struct store *s, const struct roster *r, const struct roster_change *c,
                        const char *author, int64_t now_ms, GError **error);
struct roster *sqlite_roster_load(struct store *s, GError **error);

/* sqlite_history.c */
bool sqlite_roster_history(struct store *s, const char *mission, GPtrArray *out, GError **error);
bool sqlite_history_write(struct sqlite *q, const struct roster_change *c, const char *author,
                          int64_t now_ms, GError **error);

/* sqlite_broadcast.c */
bool sqlite_broadcast_insert(struct store *s, struct broadcast_row *row, struct plan *p,
                             const char *source, size_t source_len, GError **error);
bool sqlite_broadcast_update(struct store *s, const struct broadcast_row *row, GError **error);
bool sqlite_plan_insert(struct store *s, struct broadcast_row *row, struct plan *p, GError **error);
bool sqlite_broadcast_set_state(struct store *s, int64_t no, enum broadcast_state state,
                                GError **error);

/* sqlite_broadcast_read.c */
bool sqlite_broadcast_by_key(struct store *s, const char *identifier, const char *sender,
                             int64_t sent_ms, struct broadcast_row **out, GError **error);
bool sqlite_broadcast_by_id(struct store *s, const char *id, struct broadcast_row **out,
                            GError **error);
bool sqlite_broadcast_by_no(struct store *s, int64_t no, struct broadcast_row **out,
                            GError **error);
bool sqlite_broadcast_list(struct store *s, const char *identifier, int64_t before_no,
                           unsigned limit, GPtrArray *out, GError **error);
bool sqlite_broadcast_pending(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                              int64_t *next_ms, GError **error);
bool sqlite_broadcast_held(struct store *s, GArray *nos, GError **error);
bool sqlite_broadcast_source(struct store *s, int64_t no, GBytes **out, GError **error);

/* sqlite_chain.c */
bool sqlite_chain(struct store *s, enum broadcast_status status, const GPtrArray *references,
                  int64_t self_no, GArray *nos, GPtrArray *unknown, GError **error);
bool sqlite_foreign_references(struct store *s, enum broadcast_status status,
                               const struct reference *r, GArray *nos, GError **error);
bool sqlite_reference_adopt(struct store *s, int64_t no, const struct reference *r, GError **error);

/* sqlite_progress.c */
bool sqlite_broadcast_progress(struct store *s, int64_t no, struct broadcast_progress *out,
                               GError **error);
bool sqlite_broadcast_overdue(struct store *s, int64_t now_ms, unsigned limit, GArray *out,
                              int64_t *next_ms, GError **error);

/* sqlite_plan.c */
bool sqlite_missions(struct store *s, int64_t no, GPtrArray *out, GError **error);
bool sqlite_obligations(struct store *s, int64_t no, GPtrArray *out, GError **error);
bool sqlite_obligations_of(struct store *s, const struct notification *n, GPtrArray *out,
                           GError **error);
bool sqlite_missions_of(struct store *s, int64_t no, const GPtrArray *obligations, GPtrArray *out,
                        GError **error);
bool sqlite_notifications(struct store *s, int64_t no, uint32_t after_ordinal, unsigned limit,
                          GPtrArray *out, GError **error);
bool sqlite_plan_append(struct store *s, int64_t no, const struct plan *p, GError **error);
bool sqlite_join_waiting(struct store *s, int64_t no, const char *endpoint, uint32_t obligation,
                         bool *joined, GError **error);
bool sqlite_next_ordinals(struct store *s, int64_t no, uint32_t *obligation, uint32_t *notification,
                          GError **error);

/* sqlite_queue.c */
bool sqlite_lanes(struct store *s, GPtrArray *out, GError **error);
bool sqlite_claim(struct store *s, const char *lane, enum broadcast_urgency urgency, unsigned limit,
                  int64_t now_ms, GPtrArray *out, int64_t *next_due_ms, bool *more, GError **error);
bool sqlite_queue_is_idle(struct store *s, const char *lane, enum broadcast_urgency urgency,
                          int64_t now_ms, bool *idle, GError **error);
bool sqlite_left_behind(struct store *s, GArray *nos, GError **error);
bool sqlite_unclaim_all(struct store *s, unsigned *count, GError **error);
bool sqlite_unclaim(struct store *s, int64_t id, GError **error);

/* sqlite_settle.c */
bool sqlite_settle(struct store *s, const struct notification *n, GPtrArray *lost, GError **error);
bool sqlite_settle_accepted(struct store *s, struct notification *const *all, guint n,
                            GError **error);
bool sqlite_withdraw(struct store *s, int64_t no, unsigned limit, enum notification_event why,
                     GPtrArray *out, GError **error);
bool sqlite_withdraw_reminders(struct store *s, int64_t no, uint32_t obligation, GPtrArray *out,
                               GError **error);
bool sqlite_obligations_move(struct store *s, int64_t no, enum obligation_event on, unsigned *count,
                             GError **error);
bool sqlite_clock_back(struct store *s, int64_t now_ms, const int64_t longest_ms[], unsigned *count,
                       GError **error);
bool sqlite_hasten(struct store *s, int64_t no, int64_t now_ms, GPtrArray *lanes, unsigned *count,
                   GError **error);

/* sqlite_obligation.c */
bool sqlite_obligation_update(struct store *s, int64_t no, const struct obligation *o,
                              GError **error);
bool sqlite_obligations_left(struct store *s, int64_t no, bool *left, bool *asks, GError **error);
bool sqlite_ladder_due(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                       int64_t *next_ms, GError **error);

/* sqlite_link.c */
bool sqlite_link_find(struct store *s, const char *digest, int64_t keep_ms, struct link_row *out,
                      bool *found, GError **error);
bool sqlite_link_sweep(struct store *s, int64_t now_ms, int64_t keep_ms, GError **error);
bool sqlite_notification_by_id(struct store *s, int64_t id, struct notification **out,
                               GError **error);

/* sqlite_answer.c */
bool sqlite_acknowledgement_insert(struct store *s, int64_t no,
                                   const struct acknowledgement_row *row, GError **error);
bool sqlite_acknowledgements(struct store *s, int64_t no, uint32_t obligation, GPtrArray *out,
                             GError **error);
bool sqlite_proof_put(struct store *s, const struct proof_row *row, GError **error);
bool sqlite_proof_list(struct store *s, GPtrArray *out, GError **error);

/* sqlite_custody.c */
bool sqlite_custody_put(struct store *s, const struct custody_row *row, GError **error);
bool sqlite_custody_due(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                        int64_t *next_ms, GError **error);
bool sqlite_custody_drop(struct store *s, int64_t no, GError **error);

/* sqlite_erase.c */
bool sqlite_erase_due(struct store *s, int64_t before_ms, int64_t after_no, unsigned limit,
                      GArray *nos, GError **error);
bool sqlite_erase_broadcast(struct store *s, int64_t no, int64_t now_ms, GError **error);
bool sqlite_erase_record(struct store *s, const struct record *r, GError **error);
bool sqlite_erase_matters(struct store *s, int64_t before_ms, GError **error);
bool sqlite_erase_history(struct store *s, int64_t before_ms, GError **error);
bool sqlite_erase_uses(struct store *s, const char *endpoint, GArray *nos, GError **error);
bool sqlite_erase_person(struct store *s, int64_t no, const char *endpoint, GPtrArray *names,
                         GPtrArray *seats, GError **error);
bool sqlite_erase_address(struct store *s, const char *endpoint, GError **error);
bool sqlite_erase_rest(struct store *s, int64_t max_bytes, bool *done, GError **error);

/* sqlite_journal.c */
bool sqlite_journal_append(struct store *s, struct record *r, GError **error);
bool sqlite_journal_append_all(struct store *s, struct record *const *records, guint n,
                               GError **error);
void sqlite_journal_spare(struct store *s, struct record *r);
bool sqlite_journal_follow(struct store *s, int64_t after_seq, unsigned limit, GPtrArray *out,
                           GError **error);
bool sqlite_journal_read(struct store *s, const struct record_filter *f, int64_t after_seq,
                         unsigned limit, GPtrArray *out, GError **error);
bool sqlite_journal_loose(struct store *s, int64_t before_ms, int64_t after_seq, unsigned limit,
                          GPtrArray *out, GError **error);
bool sqlite_journal_last(struct store *s, int64_t *seq, char hash[RECORD_HASH_LEN + 1],
                         GError **error);
bool sqlite_journal_signed(struct store *s, struct record **out, GError **error);

/* sqlite_token.c */
bool sqlite_token_insert(struct store *s, const struct token_row *t, GError **error);
bool sqlite_token_by_digest(struct store *s, const char *digest, struct token_row **out,
                            GError **error);
bool sqlite_token_list(struct store *s, GPtrArray *out, GError **error);
bool sqlite_token_revoke(struct store *s, const char *id, int64_t now_ms, bool *found,
                         GError **error);
bool sqlite_token_set_digest(struct store *s, const char *id, const char *digest, GError **error);
bool sqlite_key_put(struct store *s, const struct key_row *row, GError **error);
bool sqlite_key_list(struct store *s, GPtrArray *out, GError **error);
bool sqlite_token_touch(struct store *s, const char *id, int64_t now_ms, GError **error);

/* sqlite_small.c */
bool sqlite_idempotency_find(struct store *s, const char *principal, const char *key,
                             struct idempotency_row **out, GError **error);
bool sqlite_idempotency_insert(struct store *s, const struct idempotency_row *row, GError **error);
bool sqlite_idempotency_sweep(struct store *s, int64_t before_ms, GError **error);
bool sqlite_gone_add(struct store *s, const char *endpoint, int64_t now_ms, GError **error);
bool sqlite_gone_list(struct store *s, GPtrArray *out, GError **error);
bool sqlite_gone_remove(struct store *s, const char *endpoint, GError **error);
bool sqlite_meta_get(struct store *s, const char *key, char **out, GError **error);
bool sqlite_meta_set(struct store *s, const char *key, const char *value, GError **error);

/* sqlite_outage.c */
bool sqlite_outage_put(struct store *s, const struct outage_row *row, GError **error);
bool sqlite_outage_remove(struct store *s, const char *lane, GError **error);
bool sqlite_outage_list(struct store *s, GPtrArray *out, GError **error);
bool sqlite_lane_broadcasts(struct store *s, const char *lane, enum broadcast_urgency urgency,
                            GArray *nos, GError **error);
bool sqlite_lane_hasten(struct store *s, const char *lane, int64_t now_ms, unsigned *count,
                        GError **error);

/* sqlite_matter.c */
bool sqlite_matter_insert(struct store *s, struct matter *m, GError **error);
bool sqlite_matter_update(struct store *s, const struct matter *m, GError **error);
bool sqlite_matter_by_no(struct store *s, int64_t no, struct matter **out, GError **error);
bool sqlite_matter_list(struct store *s, const struct matter_filter *f, unsigned limit,
                        GPtrArray *out, GError **error);
bool sqlite_matter_overdue(struct store *s, int64_t now_ms, unsigned limit, GPtrArray *out,
                           int64_t *next_ms, GError **error);
bool sqlite_matter_event_add(struct store *s, const struct matter_event *e, GError **error);
bool sqlite_matter_events(struct store *s, int64_t no, GPtrArray *out, GError **error);
bool sqlite_matter_notice_put(struct store *s, int64_t broadcast_no, int64_t matter,
                              const char *purpose, GError **error);
bool sqlite_matter_notice_find(struct store *s, int64_t broadcast_no, int64_t *matter,
                               char **purpose, GError **error);

/* sqlite_threat.c */
bool sqlite_threat_put(struct store *s, const struct threat_row *row, GError **error);
bool sqlite_threat_list(struct store *s, const char *mission, GPtrArray *out, GError **error);
bool sqlite_campaign_put(struct store *s, const struct campaign_row *row, GError **error);
bool sqlite_campaign_list(struct store *s, GPtrArray *out, GError **error);
