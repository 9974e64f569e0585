/*
 * watch - a broadcast's progress until nothing is left to send.
 */
#pragma once
#include "command.h"

/* timeout_s 0: none.  COMMAND_DONE when every notification was accepted. */
int watch_follow(struct session *s, const char *id, int timeout_s);
