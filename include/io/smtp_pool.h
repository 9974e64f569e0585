/*
 * smtp_pool - the thread "smtp": all connections to the relay on one loop of its own.
 *
 * It takes jobs in batches and gives them back in batches, each with its outcome; a wake-up serves
 * as many as have gathered.  A job goes to an idle connection, else to a new one while there are
 * fewer than wanted, else behind the message of a busy one, if the last there took 100 ms at most.
 * A connection that came to nothing makes its place pause for 250 ms, twice as long each time up to
 * 2 s, until a session begins somewhere.
 */
#pragma once
#include "io/smtp_job.h"

struct mailbox;
struct smtp_pool;

/* results: borrowed, gets one GPtrArray of struct smtp_job at a time, owned by its reader. */
struct smtp_pool *smtp_pool_new(struct mailbox *results, GError **error);
/* Any thread.  jobs: taken; what has an outcome comes straight back. */
void smtp_pool_send(struct smtp_pool *p, GPtrArray *jobs);
void smtp_pool_configure(struct smtp_pool *p, struct smtp_relay *r, int connections);
/* What waits comes back unsent, what is on the wire is cut off.  Joins the thread; all results have
 * been posted then. */
void smtp_pool_free(struct smtp_pool *p);
