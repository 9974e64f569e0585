/*
 * tally - how many arrivals there were, and how many of them were different.
 *
 * A mail is one accepted transaction; each of its recipients is told apart by (Message-ID,
 * recipient), a webhook by its webhook-id.  The same pair or id again is a duplicate.  An arrival
 * without an id is different from all others.  Memory grows with the number of different arrivals.
 */
#pragma once
#include <jansson.h>
#include <stdint.h>

struct tally;

struct tally *tally_new(void);
void tally_free(struct tally *t);
void tally_reset(struct tally *t);

/* rcpts: n strings, one after the other, each with its NUL.  message_id NULL or "": none. */
void tally_mail(struct tally *t, const char *message_id, const char *rcpts, unsigned n);
void tally_webhook(struct tally *t, const char *webhook_id);
/* An answer that did not accept: 4xx, 5xx, or 0 for a fault without an answer. */
void tally_refusal(struct tally *t, int is_webhook);

/* Different (Message-ID, recipient) pairs and different webhook ids so far. */
uint64_t tally_different_mails(const struct tally *t);
uint64_t tally_different_webhooks(const struct tally *t);
/* Every count as members of an object, a new reference. */
json_t *tally_json(const struct tally *t);
/* changed(arg) is called after every accepted arrival. */
void tally_watch(struct tally *t, void (*changed)(void *arg), void *arg);
