/*
 * smtp_finisher - threads on which messages are finished (signed), so that no connection waits for
 * the arithmetic of another one's mail.
 *
 * As many as there are processors, four at most; they begin with the first job.
 */
#pragma once
#include "io/smtp_job.h"

struct smtp_pool;
struct smtp_finisher;

struct smtp_finisher *smtp_finisher_new(struct smtp_pool *to /* borrowed: gets what is finished */);
void smtp_finisher_send(struct smtp_finisher *f, struct smtp_job *j /* taken */);
/* Joins; what has not been finished goes to the pool as stopped. */
void smtp_finisher_free(struct smtp_finisher *f);
