/*
 * control - commands over a UNIX socket: one JSON object a line in, one out.
 *
 * {"cmd":"stats"}, {"cmd":"wait","mails":N,"webhooks":M,"timeout_ms":T}, {"cmd":"script",
 * "rules":[...]}, {"cmd":"reset"}.  Every answer has "ok"; a failure has "error" as well.
 * A wait holds back later commands of the same connection until it is answered.
 * The socket's mode is 0600; a stale one left by a killed process is replaced.
 */
#pragma once
#include <glib.h>

#include "sink.h"

struct control;

struct control *control_open(struct sink *s, const char *path, GError **err);
void control_free(struct control *c); /* also removes the socket; waits are cut off */
/* All counts, per-rule hits and the number of connections; a new reference. */
struct json_t *control_stats(const struct sink *s);
