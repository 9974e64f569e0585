/*
 * store_steps_inside - what the files of the steps share.
 */
#pragma once
#include "model/plan.h"
#include "store_steps.h"

#define STORE_STEP(name) bool step_##name(struct store *s, GError **error)
#define STORE_STEP_ERROR g_quark_from_static_string("store-step")
#define STEP_PLAN 24 /* notifications of a plan */
#define STEP_LIST(free) g_ptr_array_new_with_free_func((GDestroyNotify)(free))
#define STEP_KEY(no, ordinal) ((int64_t)(no) << NOTIFICATION_ORDINAL_BITS | (ordinal))

/* X(the operation of struct store_ops, the name of a step), in order. */
#define STEPS(X)                                                                                   \
    X(roster_save, roster_import)                                                                  \
    X(roster_save, roster_removal)                                                                 \
    X(roster_load, roster)                                                                         \
    X(roster_history, roster_history)                                                              \
    X(token_insert, token)                                                                         \
    X(token_touch, token_used)                                                                     \
    X(token_set_digest, token_kept_secret)                                                         \
    X(token_by_digest, token_found)                                                                \
    X(token_list, tokens)                                                                          \
    X(broadcast_insert, alert)                                                                     \
    X(idempotency_insert, request)                                                                 \
    X(idempotency_find, request_again)                                                             \
    X(broadcast_source, source)                                                                    \
    X(broadcast_by_key, by_key)                                                                    \
    X(broadcast_by_no, by_no)                                                                      \
    X(broadcast_progress, progress)                                                                \
    X(missions, missions)                                                                          \
    X(obligations, obligations)                                                                    \
    X(missions_of, missions_of)                                                                    \
    X(obligations_of, obligations_of)                                                              \
    X(lanes, lanes)                                                                                \
    X(queue_is_idle, queue_is_busy)                                                                \
    X(claim, claim_mail)                                                                           \
    X(claim, claim_webhooks)                                                                       \
    X(notification_by_id, notification)                                                            \
    X(settle, accepted)                                                                            \
    X(settle, deferred)                                                                            \
    X(settle, refused)                                                                             \
    X(settle_accepted, both_accepted)                                                              \
    X(unclaim, give_back)                                                                          \
    X(unclaim_all, give_all_back)                                                                  \
    X(hasten, hasten)                                                                              \
    X(outage_put, outage)                                                                          \
    X(outage_list, outages)                                                                        \
    X(lane_broadcasts, lane_broadcasts)                                                            \
    X(lane_hasten, lane_hasten)                                                                    \
    X(clock_back, clock_back)                                                                      \
    X(outage_remove, outage_ends)                                                                  \
    X(next_ordinals, next_ordinals)                                                                \
    X(plan_append, append)                                                                         \
    X(notifications, notifications)                                                                \
    X(ladder_due, ladder)                                                                          \
    X(link_find, link)                                                                             \
    X(acknowledgement_insert, acknowledge)                                                         \
    X(obligation_update, acknowledged)                                                             \
    X(acknowledgements, answers)                                                                   \
    X(obligations_left, left)                                                                      \
    X(plan_append, remind)                                                                         \
    X(withdraw_reminders, withdraw_reminder)                                                       \
    X(proof_put, proof)                                                                            \
    X(proof_list, proofs)                                                                          \
    X(gone_add, gone)                                                                              \
    X(gone_list, all_gone)                                                                         \
    X(gone_remove, there_again)                                                                    \
    X(broadcast_insert, update_comes_in)                                                           \
    X(broadcast_by_id, by_id)                                                                      \
    X(broadcast_list, list)                                                                        \
    X(broadcast_held, held)                                                                        \
    X(broadcast_update, decide)                                                                    \
    X(broadcast_pending, pending)                                                                  \
    X(plan_insert, release)                                                                        \
    X(plan_append, append_to_update)                                                               \
    X(join_waiting, join)                                                                          \
    X(chain, chain)                                                                                \
    X(foreign_references, foreign_references)                                                      \
    X(reference_adopt, reference_adopt)                                                            \
    X(custody_put, custody)                                                                        \
    X(custody_due, handover)                                                                       \
    X(custody_drop, custody_ends)                                                                  \
    X(broadcast_set_state, supersede)                                                              \
    X(left_behind, left_behind)                                                                    \
    X(withdraw, withdraw)                                                                          \
    X(obligations_move, move)                                                                      \
    X(broadcast_overdue, overdue)                                                                  \
    X(journal_append, journal)                                                                     \
    X(journal_append_all, more_of_the_journal)                                                     \
    X(journal_spare, spared)                                                                       \
    X(journal_follow, follow_journal)                                                              \
    X(journal_read, read_journal)                                                                  \
    X(journal_append, signature)                                                                   \
    X(journal_signed, signed_journal)                                                              \
    X(journal_last, last_of_journal)                                                               \
    X(erase_record, record_erased)                                                                 \
    X(erase_due, what_is_over)                                                                     \
    X(erase_uses, where_somebody_is)                                                               \
    X(journal_loose, loose_records)                                                                \
    X(erase_person, person_erased)                                                                 \
    X(erase_address, address_erased)                                                               \
    X(erase_broadcast, broadcast_erased)                                                           \
    X(erase_matters, matters_erased)                                                               \
    X(erase_history, history_erased)                                                               \
    X(erase_rest, too_large_to_rewrite)                                                            \
    X(matter_insert, matter)                                                                       \
    X(matter_event_add, matter_event)                                                              \
    X(matter_update, matter_moves)                                                                 \
    X(matter_by_no, matter_found)                                                                  \
    X(matter_list, matters)                                                                        \
    X(matter_overdue, matters_overdue)                                                             \
    X(matter_events, matter_events)                                                                \
    X(matter_notice_put, matter_notice)                                                            \
    X(matter_notice_find, matter_noticed)                                                          \
    X(threat_put, threat)                                                                          \
    X(threat_list, threats)                                                                        \
    X(campaign_put, campaign)                                                                      \
    X(campaign_list, campaigns)                                                                    \
    X(key_put, key)                                                                                \
    X(key_list, keys)                                                                              \
    X(meta_set, value)                                                                             \
    X(meta_get, value_read)                                                                        \
    X(token_revoke, token_revoked)                                                                 \
    X(idempotency_sweep, sweep_requests)                                                           \
    X(link_sweep, sweep_links)

#define STEP_DECLARE(op, name) STORE_STEP(name);
STEPS(STEP_DECLARE)

struct plan *step_plan(unsigned n, const char *salt);
/* What was read is not what was written: an error of its own, so that it is seen. */
bool step_expect(bool as_written, const char *what, GError **error);
bool step_expect_n(const GPtrArray *out, guint n, GError **error);
