/*
 * watch - a broadcast's progress until nothing is left to send.
 */
#pragma once
#include "command.h"

/* timeout_s 0: none.  COMMAND_DONE when every notification was accepted; with until_covered, when
 * no mission waits for anybody any more: it has acknowledged or was taken over. */
int watch_follow(struct session *s, const char *id, int timeout_s, bool until_covered);
