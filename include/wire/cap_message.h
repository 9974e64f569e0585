/*
 * cap_message - the texts of a CAP alert, one message a language.
 *
 * A part of cap_broadcast.  Texts are cleaned: a headline is one line of at most 512 bytes, a text
 * has no control character but newline and tab, and at most 64 KiB.
 */
#pragma once
#include "model/broadcast.h"
#include "wire/cap.h"

#define CAP_MAX_MESSAGES 64

/* Appends to b->messages, at least one. */
void cap_messages(const struct cap_alert *a, struct broadcast *b, struct faults *f);
