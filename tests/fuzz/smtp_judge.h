/*
 * smtp_judge - what may be said of a mail, judged by the bytes of both sides alone.
 *
 * It knows nothing of the client's states: it cuts what was sent into commands and messages and
 * what was heard into replies, lays the n-th reply beside the n-th thing that asks for one, and
 * aborts where a result, or a command, has no ground there.
 */
#pragma once
#include "model/outcome.h"

struct judge;

struct judge *judge_new(const char *message /* borrowed */, bool only_encrypted);
void judge_we(struct judge *j, const char *bytes, size_t len); /* handed to the kernel */
void judge_relay(struct judge *j, const char *bytes, size_t len);
void judge_secured(struct judge *j);
/* mail: from 1 in the order in which they were given; o NULL: put back. */
void judge_result(struct judge *j, unsigned mail, const struct outcome *o);
void judge_free(struct judge *j, unsigned given); /* aborts unless each of them has ended */
